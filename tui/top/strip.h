/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * strip.h: time as a line: how much happened when, where the cursor is, and
 * the marks.  A source fills it, the frame draws it above the foot while time
 * stands still.
 */
#ifndef NESTSCOPE_STRIP_H
#define NESTSCOPE_STRIP_H

#include "canvas.h"
#include "model.h"

#define STRIP_MAX 232 /* columns */

struct strip {
	double value[STRIP_MAX]; /* events per second */
	bool mark[STRIP_MAX];
	unsigned int nr; /* columns */
	unsigned int cursor; /* the column that is shown above */
	double from_s, to_s; /* since the start */
	const char *text; /* of a mark where the cursor is, or NULL */
};

/* Set the marks of column i, which is of the times after from up to to. */
void strip_mark(struct strip *p, unsigned int i, const struct ns_model *m, uint64_t from,
		uint64_t to);
/* The lines it takes on a screen of this height, and of this width the columns. */
int strip_height(int h);
unsigned int strip_columns(int w);
void strip_draw(struct canvas *c, const struct strip *p, int y, int lines);

#endif
