// SPDX-License-Identifier: GPL-2.0-or-later
/* help.c: the Help screen, from the key table. */
#include "keys.h"

static void help_draw(struct canvas *c, const struct snapshot *s, struct ui *ui, int top,
		      int bottom)
{
	const struct key *k;
	int y = top;

	(void)s;
	(void)ui;
	for (k = keys; k->label && y < bottom; k++, y++) {
		draw_field(c, 2, y, 10, false, STYLE_BOLD, k->label);
		draw_text(c, 13, y, STYLE_NORMAL, "%s", k->help);
	}
	y = bottom - 3 > y ? bottom - 3 : y;
	if (y + 2 < bottom + 1) {
		draw_text(c, 2, y, STYLE_NORMAL,
			  "\"-\": this kernel does not tell, or nothing happened.");
		draw_text(c, 2, y + 1, STYLE_NORMAL,
			  "seen = kept + lost: no event is lost silently. nestscope(1) says more.");
	}
}

const struct screen screen_help = { "Help", 0, help_draw };
