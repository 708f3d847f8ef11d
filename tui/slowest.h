/* SPDX-License-Identifier: GPL-2.0-or-later */
/* slowest.h: the events of a recording that took the longest. */
#ifndef NESTSCOPE_SLOWEST_H
#define NESTSCOPE_SLOWEST_H

#include "view.h"

/*
 * Print the v->top slowest of the events that v shows.  Returns 0, or negative
 * with err filled.
 */
int slowest_print(FILE *f, const struct view *v, const char *path, struct ns_error *err);

#endif
