/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * source.h: where the dashboard's numbers come from: a live session or a
 * recording.  A source is stepped once per interval, outside of drawing, and
 * leaves two models to be shown, and what whole events tell.
 */
#ifndef NESTSCOPE_SOURCE_H
#define NESTSCOPE_SOURCE_H

#include "cmd.h"
#include "detail.h"
#include "model.h"
#include "strip.h"

struct source {
	const struct source_ops *ops;
	void *private;
	const struct ns_model *total; /* since the start */
	const struct ns_model *delta; /* of the interval that is shown */
	double seconds; /* its length */
	const struct ns_model *newest; /* of the last interval that was collected */
	double newest_seconds;
	unsigned int back; /* intervals from the one shown to that one */
	bool ended; /* nothing more will come */
	char *warning; /* about the data, or NULL; owned */
	struct ns_detail *detail; /* NULL: no whole events are collected */
	uint64_t detail_lost; /* events that detail missed */
	uint64_t since_ns; /* total counts from here on */
	char detail_why[256]; /* why there is no detail, or "" */
};

struct source_ops {
	const char *name; /* "live", "replay" */
	bool live; /* what happens goes on while an older interval is shown */
	int (*open)(struct source *s, const struct args *a, struct ns_error *err);
	/* The next interval (live: since the last step).  It is shown unless one is held. */
	int (*step)(struct source *s, uint64_t interval_ns, struct ns_error *err);
	/*
	 * Show the interval so many after the one that is shown, or before when
	 * negative, as far as there are, and hold it.  -ENOENT: there is none at all.
	 * Counts of a recording may begin anew: see since_ns.
	 */
	int (*go)(struct source *s, int intervals, uint64_t interval_ns, struct ns_error *err);
	/* Show the newest again. */
	void (*follow)(struct source *s);
	/* Mark the moment that is shown.  0, or -ENOSPC. */
	int (*mark)(struct source *s, const char *text);
	/* Time as at most n columns, p->nr of them used. */
	void (*strip)(const struct source *s, struct strip *p, unsigned int n);
	/*
	 * Called often: the screen does, or does not, need whole events.  A live
	 * session only collects them while somebody looks.
	 */
	void (*events)(struct source *s, bool wanted);
	void (*close)(struct source *s);
};

extern const struct source_ops source_live, source_replay;

#endif
