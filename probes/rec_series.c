// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * rec_series.c: see rec_series.h.
 *
 * In flight the files are memfds, each a part of the time that is kept; what is
 * older than that goes with its file, and a dump copies what is left.
 */
#include "rec_series.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define PARTS 4 /* of the time kept in flight; one more is being filled */

struct ns_series {
	struct ns_series_opts opts;
	char *path, *cmdline;
	char name[PATH_MAX]; /* of the last file */
	unsigned int files; /* names used up */
	struct ns_writer *w;
	const struct ns_model *meta; /* the latest given */
	struct ns_model view; /* of the caller's meta, with the ledger of this file */
	struct ns_ledger_row before[NS_NR_EVENTS]; /* what earlier files account for */
	struct ns_ledger_row now[NS_NR_EVENTS]; /* the latest of the caller's */
	uint64_t kept[NS_NR_EVENTS]; /* events given to this file */
	uint64_t begun, last; /* time of the first and of the latest event of this file */
	uint64_t bytes, events; /* of files that are closed and kept; given in all */
	int part[PARTS + 1]; /* memfds, oldest first */
	uint64_t part_bytes[PARTS + 1]; /* of each that is closed */
	unsigned int nr_parts;
};

/* ---- the ledger of one file ---- */

/*
 * What this file accounts for.  Events that the kernel has counted but nobody
 * has read yet belong to the next file, so seen follows from the others; in
 * the last file it is the kernel's own number.
 */
static void set_view(struct ns_series *s, const struct ns_model *meta, bool last)
{
	struct ns_ledger_row *row, *b;

	s->meta = meta;
	memcpy(s->now, meta->ledger, sizeof(s->now));
	s->view = *meta;
	for (unsigned int i = 0; i < NS_NR_EVENTS; i++) {
		row = &s->view.ledger[i];
		b = &s->before[i];
		ns_ledger_subtract(row, b);
		row->kept = s->kept[i];
		if (!last)
			row->seen = ns_ledger_accounted(row);
	}
}

/* A file is complete: what it accounts for is not the next one's. */
static void pass_on(struct ns_series *s)
{
	for (unsigned int i = 0; i < NS_NR_EVENTS; i++) {
		uint64_t seen = s->before[i].seen + s->view.ledger[i].seen;

		s->before[i] = s->now[i];
		s->before[i].seen = seen;
	}
	memset(s->kept, 0, sizeof(s->kept));
}

/* ---- names ---- */

static bool several(const struct ns_series *s)
{
	return s->opts.max_bytes || s->opts.max_ns;
}

/* PATH, or PATH with a number before its suffix; 0: plain. */
static void name_of(const struct ns_series *s, unsigned int number, char *buf, size_t size)
{
	const char *slash = strrchr(s->path, '/'), *dot = strrchr(s->path, '.');
	int stem = (int)(dot && (!slash || dot > slash) ? dot - s->path : (long)strlen(s->path));

	if (number)
		snprintf(buf, size, "%.*s.%04u%s", stem, s->path, number, s->path + stem);
	else
		snprintf(buf, size, "%s", s->path);
}

static void drop_oldest(const struct ns_series *s)
{
	char name[PATH_MAX];

	if (!s->opts.keep || s->files <= s->opts.keep)
		return;
	name_of(s, s->files - s->opts.keep, name, sizeof(name));
	unlink(name); /* somebody may have been faster */
}

/* ---- files ---- */

static int begin_part(struct ns_series *s, struct ns_error *err)
{
	int fd = memfd_create("nestscope-flight", MFD_CLOEXEC), own = fd < 0 ? -1 : dup(fd);

	if (own < 0) {
		if (fd >= 0)
			close(fd);
		return ns_error(err, -errno, NS_EXIT_FAIL, "cannot keep events in memory: %s",
				strerror(errno));
	}
	if (s->nr_parts > PARTS) {
		close(s->part[0]);
		s->bytes -= s->part_bytes[0];
		memmove(s->part, s->part + 1, sizeof(s->part[0]) * PARTS);
		memmove(s->part_bytes, s->part_bytes + 1, sizeof(s->part_bytes[0]) * PARTS);
		s->nr_parts--;
	}
	s->part_bytes[s->nr_parts] = 0;
	s->part[s->nr_parts++] = own;
	return ns_writer_open_fd(&s->w, fd, "memory", &s->view, s->cmdline, err);
}

static int begin(struct ns_series *s, struct ns_error *err)
{
	int rc;

	s->begun = s->last = 0;
	if (s->opts.flight_ns)
		return begin_part(s, err);
	s->files++;
	name_of(s, several(s) ? s->files : 0, s->name, sizeof(s->name));
	rc = ns_writer_open(&s->w, s->name, &s->view, s->cmdline, err);
	if (!rc)
		drop_oldest(s);
	return rc;
}

/* Close the file that is being written; the view is its own. */
static int end(struct ns_series *s, struct ns_error *err)
{
	int rc = ns_writer_end(s->w, &s->view, err), closed;
	uint64_t bytes = ns_writer_bytes(s->w);

	closed = ns_writer_close(s->w, &s->view, rc ? NULL : err);
	rc = rc ? rc : closed;
	s->w = NULL;
	if (s->opts.flight_ns)
		s->part_bytes[s->nr_parts - 1] = bytes;
	s->bytes += bytes;
	return rc;
}

static bool full(const struct ns_series *s)
{
	uint64_t age = s->last - s->begun;

	if (s->opts.flight_ns)
		return age >= s->opts.flight_ns / PARTS;
	return (s->opts.max_bytes && ns_writer_bytes(s->w) >= s->opts.max_bytes) ||
	       (s->opts.max_ns && age >= s->opts.max_ns);
}

/* ---- the interface ---- */

static void series_free(struct ns_series *s)
{
	for (unsigned int i = 0; i < s->nr_parts; i++)
		close(s->part[i]);
	free(s->path);
	free(s->cmdline);
	free(s);
}

int ns_series_open(struct ns_series **out, const struct ns_series_opts *opts,
		   const struct ns_model *meta, struct ns_error *err)
{
	struct ns_series *s = calloc(1, sizeof(*s));
	int rc;

	*out = NULL;
	if (!s)
		return ns_error(err, -ENOMEM, NS_EXIT_FAIL, "%s: out of memory", opts->path);
	s->opts = *opts;
	s->path = strdup(opts->path);
	s->cmdline = opts->cmdline ? strdup(opts->cmdline) : NULL;
	set_view(s, meta, false);
	rc = s->path && (s->cmdline || !opts->cmdline) ?
		     begin(s, err) :
		     ns_error(err, -ENOMEM, NS_EXIT_FAIL, "%s: out of memory", opts->path);
	if (rc) {
		series_free(s);
		return rc;
	}
	*out = s;
	return 0;
}

/* Go on in a new file. */
static int turn(struct ns_series *s, struct ns_error *err)
{
	int rc;

	set_view(s, s->meta, false);
	rc = end(s, err);
	pass_on(s);
	set_view(s, s->meta, false);
	return rc ? rc : begin(s, err);
}

int ns_series_event(struct ns_series *s, const struct ns_event *ev, struct ns_error *err)
{
	int rc = ns_writer_event(s->w, ev, err);

	if (rc)
		return rc;
	s->kept[ev->event]++;
	s->events++;
	if (!s->begun)
		s->begun = ev->ts;
	if (ev->ts > s->last)
		s->last = ev->ts;
	return full(s) ? turn(s, err) : 0;
}

int ns_series_flush(struct ns_series *s, const struct ns_model *meta, struct ns_error *err)
{
	int rc;

	set_view(s, meta, false);
	rc = ns_writer_flush(s->w, &s->view, err);
	return rc || !full(s) ? rc : turn(s, err);
}

/* Copy the events of a part that are not older than since. */
static int copy_part(struct ns_series *s, struct ns_writer *to, int fd, uint64_t since,
		     struct ns_error *err)
{
	struct ns_reader *r;
	struct ns_event ev;
	char name[40];
	int rc;

	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	rc = ns_reader_open(&r, name, err);
	if (rc)
		return rc;
	while ((rc = ns_reader_next(r, &ev, err)) > 0) {
		if (ev.ts < since)
			continue;
		s->kept[ev.event]++;
		rc = ns_writer_event(to, &ev, err);
		if (rc < 0)
			break;
	}
	ns_reader_close(r);
	return rc;
}

/* The whole time's ledger; what is not in the file was left out on purpose. */
static void set_dump_view(struct ns_series *s, const struct ns_model *meta)
{
	struct ns_ledger_row *row;

	s->view = *meta;
	for (unsigned int i = 0; i < NS_NR_EVENTS; i++) {
		row = &s->view.ledger[i];
		row->filtered += row->kept - s->kept[i];
		row->kept = s->kept[i];
		row->seen = ns_ledger_accounted(row);
	}
}

static int dump_to(struct ns_series *s, const struct ns_model *meta, uint64_t since,
		   struct ns_error *err)
{
	struct ns_writer *to;
	int rc, ended;

	name_of(s, s->files++, s->name, sizeof(s->name));
	rc = ns_writer_open(&to, s->name, meta, s->cmdline, err);
	if (rc)
		return rc;
	for (unsigned int i = 0; !rc && i < s->nr_parts; i++)
		rc = copy_part(s, to, s->part[i], since, err);
	set_dump_view(s, meta);
	ended = ns_writer_close(to, &s->view, rc ? NULL : err);
	return rc ? rc : ended;
}

int ns_series_dump(struct ns_series *s, const struct ns_model *meta, struct ns_error *err)
{
	uint64_t mine[NS_NR_EVENTS];
	uint64_t since = s->last > s->opts.flight_ns ? s->last - s->opts.flight_ns : 0;
	int rc;

	set_view(s, meta, false);
	rc = ns_writer_flush(s->w, &s->view, err);
	if (rc)
		return rc;
	/* kept counts what goes into the file, for as long as it is written */
	memcpy(mine, s->kept, sizeof(mine));
	memset(s->kept, 0, sizeof(s->kept));
	rc = dump_to(s, meta, since, err);
	memcpy(s->kept, mine, sizeof(mine));
	set_view(s, meta, false);
	return rc;
}

int ns_series_close(struct ns_series *s, const struct ns_model *meta, struct ns_error *err)
{
	int rc = 0;

	if (s->w) { /* else it failed to begin a new file */
		set_view(s, meta, true);
		rc = end(s, err);
	}
	series_free(s);
	return rc;
}

uint64_t ns_series_bytes(const struct ns_series *s)
{
	return s->bytes + (s->w ? ns_writer_bytes(s->w) : 0);
}

uint64_t ns_series_events(const struct ns_series *s)
{
	return s->events;
}

const char *ns_series_path(const struct ns_series *s)
{
	return s->name;
}

unsigned int ns_series_files(const struct ns_series *s)
{
	return s->files;
}
