/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rec_series.h: a recording that is more than one file: begun anew when a file
 * is large or old enough, or kept in memory with only the last seconds written.
 */
#ifndef NESTSCOPE_REC_SERIES_H
#define NESTSCOPE_REC_SERIES_H

#include "recording.h"

struct ns_series_opts {
	const char *path; /* one file: this name; several: PATH with ".0001" before its suffix */
	const char *cmdline; /* or NULL */
	uint64_t max_bytes; /* begin a new file after so many; 0: no limit */
	uint64_t max_ns; /* or after this time; 0: no limit */
	unsigned int keep; /* files kept, the oldest is removed; 0: all */
	uint64_t flight_ns; /* keep this much in memory, write when told; 0: write at once */
};

struct ns_series;

/*
 * meta is copied where its counts are needed, but its VMs and contexts are not:
 * it must stay and may change only right before the next call that gets it.
 */
int ns_series_open(struct ns_series **out, const struct ns_series_opts *opts,
		   const struct ns_model *meta, struct ns_error *err);
int ns_series_event(struct ns_series *s, const struct ns_event *ev, struct ns_error *err);

/* As ns_writer_flush, every second or so; begins a new file when it is time to. */
int ns_series_flush(struct ns_series *s, const struct ns_model *meta, struct ns_error *err);

/* In flight: write the last seconds to a file (PATH, then PATH with ".0001", ...). */
int ns_series_dump(struct ns_series *s, const struct ns_model *meta, struct ns_error *err);

/* End and free, also on error.  In flight what was not dumped is gone. */
int ns_series_close(struct ns_series *s, const struct ns_model *meta, struct ns_error *err);

uint64_t ns_series_bytes(const struct ns_series *s); /* in all files, or in memory now */
uint64_t ns_series_events(const struct ns_series *s); /* given so far */
/* The file written last, or being written. */
const char *ns_series_path(const struct ns_series *s);
unsigned int ns_series_files(const struct ns_series *s); /* begun so far */

#endif
