/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * export.h: a recording in the formats of other tools; docs/export.md says what
 * is in each.  Recordings are read as a stream: memory does not grow with them.
 */
#ifndef NESTSCOPE_EXPORT_H
#define NESTSCOPE_EXPORT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "error.h"

enum ns_export_format {
	NS_EXPORT_PERFETTO, /* Perfetto's track events, protobuf */
	NS_EXPORT_FOLDED, /* stacks for flame graphs */
	NS_EXPORT_CSV, /* one line per event */
	NS_EXPORT_OPENMETRICS, /* the sums, with the time of the recording's end */
	NS_EXPORT_PROMETHEUS, /* the same in Prometheus' text format, without a time */
	NS_NR_EXPORTS
};

/* "perfetto", ...; NULL after the last. */
const char *ns_export_name(unsigned int format);
const char *ns_export_help(unsigned int format);

struct ns_export_opts {
	const char *path; /* of the recording */
	unsigned int format;
	uint64_t events; /* bit mask by event id: what is written */
	bool counts; /* folded: events instead of ns */
};

struct ns_export_result {
	uint64_t events; /* written */
	uint64_t moved, linked, unlinked; /* perfetto: as in spans.h */
	uint64_t left_out; /* folded: weight of stacks for which there was no room */
	char *warning; /* about the recording; malloc'ed or NULL */
};

/*
 * Write the recording to out, which is flushed but not closed.  r is overwritten;
 * free r->warning, also after an error.  Errors: those of ns_reader_open (NS_EXIT_USAGE), too
 * many vCPUs (NS_EXIT_USAGE), writing and memory (NS_EXIT_FAIL).
 */
int ns_export(FILE *out, const struct ns_export_opts *opts, struct ns_export_result *r,
	      struct ns_error *err);

#endif
