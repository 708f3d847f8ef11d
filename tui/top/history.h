/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * history.h: what the last intervals brought, for sparklines.  Updated when an
 * interval ends, never while drawing.
 */
#ifndef NESTSCOPE_HISTORY_H
#define NESTSCOPE_HISTORY_H

#include "model.h"

#define HISTORY_LENGTH 256

struct history_entry {
	double event[NS_NR_EVENTS]; /* events per second */
	double cause[NS_NR_CAUSE]; /* of them s2.fault, by cause */
};

struct history {
	struct history_entry entry[HISTORY_LENGTH]; /* a ring */
	unsigned int nr; /* entries ever added */
};

void history_add(struct history *h, const struct ns_model *delta, double seconds);
/* The last n (at most HISTORY_LENGTH) rates, oldest first, 0 where there is none yet. */
void history_event(const struct history *h, int event, double *out, unsigned int n);
void history_cause(const struct history *h, int cause, double *out, unsigned int n);

#endif
