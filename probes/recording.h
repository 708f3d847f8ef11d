/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * recording.h: write and read recordings; docs/format.md is the format.
 */
#ifndef NESTSCOPE_RECORDING_H
#define NESTSCOPE_RECORDING_H

#include "error.h"
#include "event.h"
#include "expr.h"
#include "model.h"

/* ---- writing ---- */

struct ns_writer;

/*
 * Create path (0600; symbolic links, FIFOs and devices other than /dev/null
 * are refused, and so is a file that another nestscope writes; any other file
 * is replaced) and write header, host facts, schema and providers from meta.
 * cmdline: how nestscope was called, for the header; may be NULL.
 *
 * The writer keeps meta, the latest one it was given, until it is closed: a
 * chunk that fills up between flushes is preceded by its VMs and contexts.
 */
int ns_writer_open(struct ns_writer **out, const char *path, const struct ns_model *meta,
		   const char *cmdline, struct ns_error *err);

/*
 * The same on an open file, which is emptied and belongs to the writer (closed
 * also on error); name is for messages.
 */
int ns_writer_open_fd(struct ns_writer **out, int fd, const char *name,
		      const struct ns_model *meta, const char *cmdline, struct ns_error *err);

/*
 * Add an event to the open chunk; a full chunk is compressed and written.
 * -EINVAL for an event that the catalogue does not have; the file stays good.
 * After a failed write (full disk) every call gives the same error again.
 */
int ns_writer_event(struct ns_writer *w, const struct ns_event *ev, struct ns_error *err);

/*
 * End the open chunk and write it, preceded by VMs and contexts of meta that
 * the file does not have yet and followed by the ledger.  What was flushed
 * survives kill -9.  Call it every second or so.
 */
int ns_writer_flush(struct ns_writer *w, const struct ns_model *meta, struct ns_error *err);

/*
 * Flush, write index and clean-end mark: nothing can be added any more, and
 * ns_writer_bytes is the file's size.  On error the file is readable up to the last
 * whole chunk.
 */
int ns_writer_end(struct ns_writer *w, const struct ns_model *meta, struct ns_error *err);

/* End it unless that was done, close and free (also on error). */
int ns_writer_close(struct ns_writer *w, const struct ns_model *meta, struct ns_error *err);

uint64_t ns_writer_bytes(const struct ns_writer *w); /* written so far */
uint64_t ns_writer_events(const struct ns_writer *w); /* added so far */

/* ---- reading ---- */

struct ns_reader;

/*
 * Open a recording.  Errors (NS_EXIT_USAGE): not a recording, of a newer major
 * version, wrong byte order, damaged before the first chunk.
 */
int ns_reader_open(struct ns_reader **out, const char *path, struct ns_error *err);

/*
 * The same, with the VMs and contexts of the whole file known from the start: an
 * event may come before the section that names its VM.  Looks at each section's
 * head, and reads all but the events.
 */
int ns_reader_open_known(struct ns_reader **out, const char *path, struct ns_error *err);

/*
 * The next event.  Returns 1 with *ev filled, 0 at the end of what can be
 * read.  A truncated or damaged tail ends the reading and is told by
 * ns_reader_warning; it is not an error.  Negative only for lack of memory or
 * an I/O error.
 */
int ns_reader_next(struct ns_reader *r, struct ns_event *ev, struct ns_error *err);

/*
 * The same with all that is left of a chunk, which is faster: *ev and *nr,
 * valid until the next call.  An event of NS_NR_EVENTS or above is one that
 * this version does not know, to be passed over.
 */
int ns_reader_batch(struct ns_reader *r, const struct ns_event **ev, unsigned int *nr,
		    struct ns_error *err);

/* The number in the file of the event that was read last, from 1. */
uint64_t ns_reader_id(const struct ns_reader *r);

/* After the end: was the recording ended cleanly, and read up to there? */
bool ns_reader_whole(const struct ns_reader *r);

/*
 * Host, providers, VMs, contexts, ledger as far as read (complete once
 * ns_reader_next returned 0).  No metrics: feed the events to a model of
 * yours.  Owned by the reader.
 */
const struct ns_model *ns_reader_meta(const struct ns_reader *r);

/* NULL, or what is wrong with the file: truncated, damaged chunk, no clean end. */
const char *ns_reader_warning(const struct ns_reader *r);
/* How the recording was made, or "". */
const char *ns_reader_cmdline(const struct ns_reader *r);
void ns_reader_close(struct ns_reader *r);

/* ---- going to a time ---- */

struct ns_chunk {
	uint64_t offset; /* in the file */
	uint64_t first_ns, last_ns; /* lowest and highest time of its events */
	uint32_t events;
};

struct ns_chunks {
	struct ns_chunk *chunk; /* in the order of the file */
	unsigned int nr, cap;
	uint64_t events; /* of all of them */
};

/*
 * Read everything but the events: afterwards ns_reader_meta is complete and
 * the table, which the caller frees with ns_chunks_free, tells where the events
 * are.  It comes from the chunks themselves, so a recording that was cut off has one, too.
 * ns_reader_next gives nothing until ns_reader_seek.  0, or negative as
 * ns_reader_next.
 */
int ns_reader_skim(struct ns_reader *r, struct ns_chunks *out, struct ns_error *err);
void ns_chunks_free(struct ns_chunks *c);
/*
 * Let ns_reader_next go on with the first event of this chunk.  Warnings given
 * so far are forgotten: keep what ns_reader_warning said after skimming.
 */
void ns_reader_seek(struct ns_reader *r, const struct ns_chunk *chunk);

/*
 * Read a whole recording into m (initialised, empty): metrics, meta and
 * ledger.  The ledger's kept is what was read, so that a damaged file shows
 * in seen against kept.  *warning (may be NULL) is malloc'ed or NULL.
 */
int ns_recording_load(const char *path, struct ns_model *m, char **warning, struct ns_error *err);

/* What else is to be done with the events on the way. */
struct ns_load {
	/* only events that match (by VM names, too); the others count as filtered; NULL: all */
	const struct ns_expr *filter;
	uint64_t left_out[NS_NR_EVENTS]; /* filled: how many did not match */
	char cmdline[512]; /* filled: how the recording was made, or "" */
	/*
	 * Called with every event, its number in the file, and whether it matches;
	 * not 0 (-errno) ends the reading.  NULL: none.
	 */
	int (*see)(void *arg, const struct ns_event *ev, uint64_t id, bool chosen,
		   const struct ns_model *meta);
	void *arg;
};
int ns_recording_load_some(const char *path, struct ns_model *m, struct ns_load *load,
			   char **warning, struct ns_error *err);

#endif
