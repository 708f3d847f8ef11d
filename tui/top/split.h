/* SPDX-License-Identifier: GPL-2.0-or-later */
/* split.h: events as a table, a row for each pair of their splits that occurred. */
#ifndef NESTSCOPE_SPLIT_H
#define NESTSCOPE_SPLIT_H

#include "screen.h"

struct split {
	const int *events; /* of the catalogue, ended by -1 */
	const char *what, *sub; /* titles of the two splits */
};

/* The table, and below it the events that are unavailable, with the reason. */
void split_draw(struct canvas *c, const struct snapshot *s, struct ui *ui, const struct split *sp,
		int top, int bottom);
/* What the row under the cursor is of; nothing is changed when there is none. */
void split_of_row(const struct ui *ui, int *event, int *dim);
/* Go to the events of the row under the cursor. */
void split_enter(struct ui *ui);

#endif
