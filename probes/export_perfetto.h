/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * export_perfetto.h: packets of a Perfetto trace.  Names and the keys of
 * annotations are the catalogue's and are sent once, at the beginning.
 */
#ifndef NESTSCOPE_EXPORT_PERFETTO_H
#define NESTSCOPE_EXPORT_PERFETTO_H

#include <stdio.h>

#include "event.h"
#include "model.h"
#include "spans.h"

enum ns_track_kind {
	NS_TRACK_VM = 1,
	NS_TRACK_VCPU,
	NS_TRACK_L0,
	NS_TRACK_L1,
	NS_TRACK_L2,
	NS_TRACK_CPU, /* instead of a vCPU's number, a host CPU's */
	NS_TRACK_RATE, /* instead of it, a cause */
	NS_TRACK_CONTEXTS,
	NS_TRACK_LOST,
};
#define NS_TRACK(vm, which, kind) ((uint64_t)(vm) << 32 | (uint64_t)(which) << 8 | (kind))

struct ns_track {
	uint64_t uuid; /* NS_TRACK */
	uint64_t parent; /* 0: none */
	const char *name;
	const char *counter; /* the unit; NULL: it has slices */
	uint32_t pid; /* of the VMM, for a VM's track; 0: no process */
	int rank; /* among the tracks of the parent */
	bool children_ranked;
};

struct ns_perfetto_out;

/* Write the beginning of a trace.  All return 0 or a negative errno. */
int ns_perfetto_open(struct ns_perfetto_out **o, FILE *f, const struct ns_model *meta);
void ns_perfetto_close(struct ns_perfetto_out *o); /* frees, does not close f */

/* Describe a track, before anything happens on it; known: it was. */
bool ns_perfetto_known(const struct ns_perfetto_out *o, uint64_t uuid);
int ns_perfetto_track(struct ns_perfetto_out *o, const struct ns_track *t);

/* Times are CLOCK_MONOTONIC ns. flow 0: none. */
int ns_perfetto_begin(struct ns_perfetto_out *o, uint64_t track, uint64_t ts,
		      const struct ns_event *ev, uint64_t flow);
int ns_perfetto_begin_level(struct ns_perfetto_out *o, uint64_t track, uint64_t ts,
			    enum ns_level level);
int ns_perfetto_end(struct ns_perfetto_out *o, uint64_t track, uint64_t ts);
int ns_perfetto_instant(struct ns_perfetto_out *o, uint64_t track, uint64_t ts,
			const struct ns_event *ev);
int ns_perfetto_rate(struct ns_perfetto_out *o, uint64_t track, uint64_t ts, double value);
int ns_perfetto_count(struct ns_perfetto_out *o, uint64_t track, uint64_t ts, int64_t value);

#endif
