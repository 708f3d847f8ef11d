// SPDX-License-Identifier: GPL-2.0-or-later
/* strip.c: see strip.h. */
#include "strip.h"

#include <string.h>

#define LABEL 9 /* columns of "1234.5 s" on each side */
#define LOW 16 /* screens below this height have one line for it */

void strip_mark(struct strip *p, unsigned int i, const struct ns_model *m, uint64_t from,
		uint64_t to)
{
	for (unsigned int k = 0; k < m->nr_marks; k++) {
		if (m->marks[k].ts <= from || m->marks[k].ts > to)
			continue;
		p->mark[i] = true;
		if (i == p->cursor)
			p->text = m->marks[k].text;
	}
}

int strip_height(int h)
{
	return h < LOW ? 1 : 2;
}

unsigned int strip_columns(int w)
{
	int n = w - 2 * LABEL - 4;

	return n < 1 ? 1 : n > STRIP_MAX ? STRIP_MAX : (unsigned int)n;
}

/* Below the blocks: where the marks and the cursor are, and what the mark says. */
static void draw_below(struct canvas *c, const struct strip *p, int x, int y)
{
	int len = p->text ? (int)strlen(p->text) : 0;
	int at = x + (int)p->cursor;

	draw_field(c, 1, y, LABEL, true, STYLE_DIM, "events/s");
	for (unsigned int i = 0; i < p->nr; i++)
		if (p->mark[i])
			draw_text(c, x + (int)i, y, STYLE_BOLD, "M");
	draw_text(c, at, y, STYLE_BOLD, p->text ? "M" : "^");
	if (p->text)
		draw_text(c, at + 2 + len < c->w ? at + 2 : at - 1 - len, y, STYLE_BOLD, "%s",
			  p->text);
}

void strip_draw(struct canvas *c, const struct strip *p, int y, int lines)
{
	char label[24];
	int x = LABEL + 2;

	snprintf(label, sizeof(label), "%.1f s", p->from_s);
	draw_field(c, 1, y, LABEL, true, STYLE_NORMAL, label);
	draw_spark(c, x, y, p->value, p->nr);
	/* the cursor is a character of its own: colour alone must not tell it */
	draw_text(c, x + (int)p->cursor, y, STYLE_SELECTED, "|");
	draw_text(c, x + (int)p->nr + 1, y, STYLE_NORMAL, "%.1f s", p->to_s);
	if (lines > 1)
		draw_below(c, p, x, y + 1);
}
