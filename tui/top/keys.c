// SPDX-License-Identifier: GPL-2.0-or-later
/* keys.c: htop's keys where htop has one. */
#include "keys.h"

#include <curses.h>

#define ESCAPE 27

const struct key keys[] = {
	{ { KEY_F(1), '?', 'h' }, "F1 ? h", "this help", "Help", ACT_HELP },
	{ { '\t' }, "Tab", "next screen", "Next", ACT_NEXT },
	{ { KEY_BTAB }, "Shift-Tab", "previous screen", NULL, ACT_PREVIOUS },
	{ { KEY_UP, 'k' }, "Up k", "row up", NULL, ACT_UP },
	{ { KEY_DOWN, 'j' }, "Down j", "row down", NULL, ACT_DOWN },
	{ { KEY_PPAGE }, "PgUp", "ten rows up", NULL, ACT_PAGE_UP },
	{ { KEY_NPAGE }, "PgDn", "ten rows down", NULL, ACT_PAGE_DOWN },
	{ { KEY_HOME }, "Home", "first row", NULL, ACT_HOME },
	{ { KEY_END }, "End", "last row", NULL, ACT_END },
	{ { '\n', '\r', KEY_ENTER },
	  "Enter",
	  "show only the selected VM and vCPU",
	  "Only",
	  ACT_ENTER },
	{ { ESCAPE }, "Esc", "show all again", NULL, ACT_BACK },
	{ { KEY_F(6), '>' }, "F6 >", "sort by the next column", "Sort", ACT_SORT },
	{ { 'p' }, "p", "pause and go on", "Pause", ACT_PAUSE },
	{ { '+' }, "+", "longer interval", NULL, ACT_SLOWER },
	{ { '-' }, "-", "shorter interval", NULL, ACT_FASTER },
	{ { KEY_F(10), 'q' }, "F10 q", "quit", "Quit", ACT_QUIT },
	{ { 0 }, NULL, NULL, NULL, ACT_NONE },
};

enum action keys_find(int code)
{
	const struct key *k;
	unsigned int i;

	if (code == KEY_RESIZE)
		return ACT_RESIZE;
	for (k = keys; k->label; k++)
		for (i = 0; i < 4; i++)
			if (k->code[i] && k->code[i] == code)
				return k->action;
	return ACT_NONE;
}

void keys_foot(struct canvas *c, int y)
{
	const struct key *k;
	int x = 1;

	for (k = keys; k->label; k++) {
		if (!k->foot)
			continue;
		x = draw_text(c, x, y, STYLE_BOLD, "%s", k->label);
		x = draw_text(c, x + 1, y, STYLE_NORMAL, "%s", k->foot) + 2;
	}
}
