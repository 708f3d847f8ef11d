/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * source.h: where the dashboard's numbers come from: a live session or a
 * recording.  A source is stepped once per interval, outside of drawing, and
 * leaves two models behind, and what whole events tell.
 */
#ifndef NESTSCOPE_SOURCE_H
#define NESTSCOPE_SOURCE_H

#include "cmd.h"
#include "detail.h"
#include "model.h"

struct source {
	const struct source_ops *ops;
	void *private;
	struct ns_model total; /* since the start */
	struct ns_model delta; /* of the last interval */
	double seconds; /* its length */
	bool ended; /* nothing more will come */
	char *warning; /* about the data, or NULL; owned */
	struct ns_detail *detail; /* NULL: no whole events are collected */
	uint64_t detail_lost; /* events that detail missed */
	uint64_t end_ns; /* of the recording */
	uint64_t since_ns; /* total counts from here on */
	char detail_why[256]; /* why there is no detail, or "" */
};

struct source_ops {
	const char *name; /* "live", "replay" */
	int (*open)(struct source *s, const struct args *a, struct ns_error *err);
	/* Make delta what came in the next interval (live: since the last step). */
	int (*step)(struct source *s, uint64_t interval_ns, struct ns_error *err);
	/*
	 * Let the next step begin at this time (CLOCK_MONOTONIC, as events have);
	 * NULL: nobody can go back.  Counts may begin anew: see since_ns.
	 */
	int (*seek)(struct source *s, uint64_t ts, struct ns_error *err);
	/*
	 * Called often: the screen does, or does not, need whole events.  A live
	 * session only collects them while somebody looks.
	 */
	void (*events)(struct source *s, bool wanted);
	void (*close)(struct source *s);
};

extern const struct source_ops source_live, source_replay;

#endif
