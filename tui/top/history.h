/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * history.h: what the last intervals brought, for sparklines.  Updated when an
 * interval ends, never while drawing.
 */
#ifndef NESTSCOPE_HISTORY_H
#define NESTSCOPE_HISTORY_H

#include "model.h"

#define HISTORY_LENGTH 240
#define HISTORY_DIMS 32 /* values that a dimension can have */

struct history_entry {
	float rate[NS_NR_EVENTS][HISTORY_DIMS]; /* events per second, by dim */
};

struct history {
	struct history_entry entry[HISTORY_LENGTH]; /* a ring */
	unsigned int nr; /* entries ever added */
};

void history_add(struct history *h, const struct ns_model *delta, double seconds);
/*
 * The last n (at most HISTORY_LENGTH) rates of an event with this dim (NS_ANY:
 * all), oldest first, 0 where there is none yet, or no more.  back: up to so
 * many entries before the last one.
 */
void history_get(const struct history *h, unsigned int back, int event, int dim, double *out,
		 unsigned int n);

#endif
