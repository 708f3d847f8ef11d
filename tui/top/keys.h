/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keys.h: the table of keys; help and the foot line are made from it. */
#ifndef NESTSCOPE_KEYS_H
#define NESTSCOPE_KEYS_H

#include "screen.h"

enum action {
	ACT_NONE,
	ACT_HELP,
	ACT_NEXT,
	ACT_PREVIOUS,
	ACT_QUIT,
	ACT_PAUSE,
	ACT_FASTER,
	ACT_SLOWER,
	ACT_UP,
	ACT_DOWN,
	ACT_PAGE_UP,
	ACT_PAGE_DOWN,
	ACT_HOME,
	ACT_END,
	ACT_ENTER,
	ACT_BACK,
	ACT_SORT,
	ACT_INVERT,
	ACT_SEARCH,
	ACT_NEXT_MATCH,
	ACT_PREVIOUS_MATCH,
	ACT_FILTER,
	ACT_TREE,
	ACT_SINCE_START,
	ACT_HEAT_BY,
	ACT_LATENCY,
	ACT_WRITE,
	ACT_MARK,
	ACT_STEP,
	ACT_STEP_BACK,
	ACT_FORWARD,
	ACT_BACKWARD,
	ACT_SPEED_UP,
	ACT_SPEED_DOWN,
	ACT_THEME,
	ACT_MOUSE,
	ACT_RESIZE,
};

struct key {
	int code[4]; /* curses key codes, 0: none */
	const char *label;
	const char *help;
	const char *foot; /* what the foot line says, or NULL */
	enum action action;
};

extern const struct key keys[]; /* ends with label NULL */
enum action keys_find(int code);
void keys_foot(struct canvas *c, int y);

#endif
