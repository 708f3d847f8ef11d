// SPDX-License-Identifier: GPL-2.0-or-later
/* help.c: the Help screen, from the key table; it scrolls where it must. */
#include "keys.h"

static const char *const notes[] = {
	"\"-\": this kernel does not tell, or nothing happened.",
	"seen = kept + lost: no event is lost silently. nestscope(1) says more.",
	"Contexts, TLBI, Events and the heat map collect whole events while open.",
};
#define NOTES (int)(sizeof(notes) / sizeof(*notes))
#define TWO_COLUMNS 120

static int count_keys(void)
{
	int n = 0;

	while (keys[n].label)
		n++;
	return n;
}

static void draw_key(struct canvas *c, const struct key *k, int x, int y)
{
	draw_field(c, x, y, 10, false, STYLE_BOLD, k->label);
	draw_text(c, x + 11, y, STYLE_NORMAL, "%s", k->help);
}

static void help_draw(struct canvas *c, const struct snapshot *s, struct ui *ui, int top,
		      int bottom)
{
	int n = count_keys(), columns = c->w >= TWO_COLUMNS ? 2 : 1;
	int lines = (n + columns - 1) / columns, room = bottom - top, i, at;

	(void)s;
	/* one row per line, so that the keys that move the cursor scroll */
	ui->nr_rows = lines + 1 + NOTES > room ? lines + 2 + NOTES - room : 0;
	ui->page = room / 2;
	at = ui->p.selected < 0 ? 0 : ui->p.selected;
	if (at >= ui->nr_rows)
		at = ui->nr_rows ? ui->nr_rows - 1 : 0;
	for (i = 0; i < n; i++)
		if (i % lines - at >= 0 && top + i % lines - at < bottom)
			draw_key(c, &keys[i], i < lines ? 2 : c->w / 2, top + i % lines - at);
	for (i = 0; i < NOTES; i++)
		if (top + lines + 1 + i - at < bottom)
			draw_text(c, 2, top + lines + 1 + i - at, STYLE_NORMAL, "%s", notes[i]);
}

const struct screen screen_help = { "Help", 0, false, help_draw, NULL, NULL };
