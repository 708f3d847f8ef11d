// SPDX-License-Identifier: GPL-2.0-or-later
/* rtt.c: the RTT screen: realm translation tables, which nothing provides yet. */
#include <stdio.h>

#include "screen.h"

static void rtt_draw(struct canvas *c, const struct snapshot *s, struct ui *ui, int top, int bottom)
{
	static const char text[] =
		"A realm's translation tables belong to the RMM: the host only asks it to make "
		"and destroy them. What the host asks can be seen where KVM runs realms (Arm "
		"CCA); this version has no events for it.";
	char why[160];
	int y;

	(void)ui;
	snprintf(why, sizeof(why), "RTT unavailable: nothing in Linux %.24s %s tells of realms",
		 s->total->host.release, s->total->host.machine);
	y = draw_wrapped(c, 1, top, c->w - 2, bottom, STYLE_BOLD, why);
	draw_wrapped(c, 1, y + 1, c->w < 80 ? c->w - 2 : 76, bottom, STYLE_NORMAL, text);
}

const struct screen screen_rtt = { "RTT", '8', false, rtt_draw, NULL, NULL };
