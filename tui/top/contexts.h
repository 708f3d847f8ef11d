/* SPDX-License-Identifier: GPL-2.0-or-later */
/* contexts.h: the table of contexts, which Overview shows of one vCPU too. */
#ifndef NESTSCOPE_CONTEXTS_H
#define NESTSCOPE_CONTEXTS_H

#include "screen.h"

void contexts_table(struct canvas *c, const struct snapshot *s, struct ui *ui, int top, int bottom);

/*
 * The lines about the pool above the table, and about evictions from the
 * bottom up; both return where they ended.
 */
int pool_draw_head(struct canvas *c, const struct snapshot *s, const struct ui *ui, int y,
		   int bottom);
int pool_draw_chains(struct canvas *c, const struct snapshot *s, const struct ui *ui, int top,
		     int bottom);

#endif
