// SPDX-License-Identifier: GPL-2.0-or-later
/* at.c: the AT screen: which instruction took which path, and why the slow one. */
#include <math.h>

#include "catalogue.h"
#include "fold.h"
#include "split.h"

static const int events[] = { NS_EV_AT_OP, -1 };
static const struct split split = { events, "path", "AT" };

/* Percent of the instructions that took a fast, or a slow, path. */
static double share(const struct snapshot *s, const struct ui *ui, bool slow)
{
	double sum = 0;
	int i;

	for (i = 0; i < NS_NR_PATH; i++)
		if (i != NS_PATH_RETRY && path_is_slow(i) == slow)
			sum += snap_share(s, ui, NS_EV_AT_OP, i);
	return sum;
}

static void at_draw(struct canvas *c, const struct snapshot *s, struct ui *ui, int top, int bottom)
{
	char a[NUMBER], b[NUMBER], d[NUMBER], e[NUMBER];
	int x;

	if (draw_unavailable(c, s, NS_EV_AT_OP, "AT", top))
		return;
	x = draw_text(c, 1, top, STYLE_BOLD, "AT %s  fast %s  slow %s  retry %s",
		  show_rate(snap_rate(s, ui, NS_EV_AT_OP, NS_ANY), a),
		  show_percent(share(s, ui, false), b), show_percent(share(s, ui, true), d),
		  show_percent(snap_share(s, ui, NS_EV_AT_OP, NS_PATH_RETRY), e));
	draw_history(c, s, ui, NS_EV_AT_OP, NS_ANY, x + 2, top);
	split_draw(c, s, ui, &split, top + 1, bottom);
}

static void at_of_row(const struct ui *ui, int *event, int *dim)
{
	*event = NS_EV_AT_OP;
	split_of_row(ui, event, dim);
}

const struct screen screen_at = { "AT", '5', false, at_draw, split_enter, at_of_row };
