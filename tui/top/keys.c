// SPDX-License-Identifier: GPL-2.0-or-later
/* keys.c: htop's keys where htop has one. */
#include "keys.h"

#include <curses.h>
#include <string.h>

#define ESCAPE 27

const struct key keys[] = {
	{ { KEY_F(1), '?', 'h' }, "F1 ? h", "this help", "F1 Help", ACT_HELP },
	{ { '\t' }, "1-9 Tab", "go to a screen, to the next one", NULL, ACT_NEXT },
	{ { KEY_BTAB }, "Shift-Tab", "previous screen", NULL, ACT_PREVIOUS },
	{ { KEY_UP, 'k' }, "Up k", "row up", NULL, ACT_UP },
	{ { KEY_DOWN, 'j' }, "Down j", "row down", NULL, ACT_DOWN },
	{ { KEY_PPAGE }, "PgUp", "page up", NULL, ACT_PAGE_UP },
	{ { KEY_NPAGE }, "PgDn", "page down", NULL, ACT_PAGE_DOWN },
	{ { KEY_HOME, 'g' }, "Home g", "first row", NULL, ACT_HOME },
	{ { KEY_END, 'G' }, "End G", "last row", NULL, ACT_END },
	{ { '\n', '\r', KEY_ENTER },
	  "Enter",
	  "go into the row, down to single events",
	  "Enter Go",
	  ACT_ENTER },
	{ { ESCAPE }, "Esc", "back", "Esc Back", ACT_BACK },
	{ { KEY_F(3), '/' }, "F3 /", "search the rows for a word", "F3 Search", ACT_SEARCH },
	{ { 'n' }, "n", "next row with that word", NULL, ACT_NEXT_MATCH },
	{ { 'N' }, "N", "previous row with that word", NULL, ACT_PREVIOUS_MATCH },
	{ { KEY_F(4), '\\' }, "F4 \\", "only rows with a word", "F4 Filter", ACT_FILTER },
	{ { KEY_F(5), 't' }, "F5 t", "Overview by VM or by vCPU", NULL, ACT_TREE },
	{ { KEY_F(6), '>' }, "F6 >", "sort by the next column", "F6 Sort", ACT_SORT },
	{ { 'I' }, "I", "invert the order", NULL, ACT_INVERT },
	{ { 'a' }, "a", "numbers since the start, or of the interval", NULL, ACT_SINCE_START },
	{ { 'm' }, "m", "heat map by faults, time, cause", NULL, ACT_HEAT_BY },
	{ { 'l' }, "l", "latencies of the row", NULL, ACT_LATENCY },
	{ { 'p' }, "p", "pause and go on", "p Pause", ACT_PAUSE },
	{ { 'w' }, "w", "write the events in memory to a recording", NULL, ACT_WRITE },
	{ { 'M' }, "M", "mark this moment", NULL, ACT_MARK },
	{ { ',', KEY_LEFT }, ", Left", "one interval back in time", NULL, ACT_STEP_BACK },
	{ { '.', KEY_RIGHT }, ". Right", "one interval on", NULL, ACT_STEP },
	{ { '{' }, "{", "ten intervals back", NULL, ACT_BACKWARD },
	{ { '}' }, "}", "ten intervals on", NULL, ACT_FORWARD },
	{ { ']' }, "]", "replay: twice as fast", NULL, ACT_SPEED_UP },
	{ { '[' }, "[", "replay: half as fast", NULL, ACT_SPEED_DOWN },
	{ { '+' }, "+", "longer interval", NULL, ACT_SLOWER },
	{ { '-' }, "-", "shorter interval", NULL, ACT_FASTER },
	{ { 'c' }, "c", "theme: default, mono, high contrast", NULL, ACT_THEME },
	{ { KEY_F(10), 'q' }, "F10 q", "quit", "F10 Quit", ACT_QUIT },
	{ { 0 }, NULL, NULL, NULL, ACT_NONE },
};

enum action keys_find(int code)
{
	const struct key *k;
	unsigned int i;

	if (code == KEY_RESIZE)
		return ACT_RESIZE;
	if (code == KEY_MOUSE)
		return ACT_MOUSE;
	for (k = keys; k->label; k++)
		for (i = 0; i < 4; i++)
			if (k->code[i] && k->code[i] == code)
				return k->action;
	return ACT_NONE;
}

/* The last key is how to get out: it always has its place. */
void keys_foot(struct canvas *c, int y)
{
	const struct key *k, *last = keys;
	int x = 1, split, room;

	for (k = keys; k->label; k++)
		last = k->foot ? k : last;
	for (k = keys; k->label; k++) {
		room = k == last ? c->w : c->w - (int)strlen(last->foot) - 2;
		if (!k->foot || x + (int)strlen(k->foot) > room)
			continue;
		split = (int)strcspn(k->foot, " ");
		x = draw_text(c, x, y, STYLE_BOLD, "%.*s", split, k->foot);
		x = draw_text(c, x, y, STYLE_NORMAL, "%s", k->foot + split) + 2;
	}
}
