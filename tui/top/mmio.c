// SPDX-License-Identifier: GPL-2.0-or-later
/* mmio.c: the MMIO screen: who handled the aborts, and what the caches knew. */
#include "catalogue.h"
#include "fold.h"
#include "split.h"
#include "view.h"

static const int events[] = { NS_EV_MMIO_ABORT, NS_EV_MMIO_ACCESS, NS_EV_MMIO_CACHE,
			      NS_EV_MMIO_MATCH, NS_EV_MMIO_GEN,	   -1 };
static const struct split split = { events, "MMIO", "by" };

static void mmio_draw(struct canvas *c, const struct snapshot *s, struct ui *ui, int top,
		      int bottom)
{
	char a[NUMBER], b[NUMBER], d[NUMBER];
	int x;

	x = draw_text(c, 1, top, STYLE_BOLD, "MMIO aborts %s  accesses %s",
		      show_rate(snap_rate(s, ui, NS_EV_MMIO_ABORT, NS_ANY), a),
		      show_rate(snap_rate(s, ui, NS_EV_MMIO_ACCESS, NS_ANY), b));
	if (event_on(s->total, NS_EV_MMIO_CACHE))
		x = draw_text(c, x, top, STYLE_BOLD, "  cache hit %s  stale %s",
			  show_percent(snap_share(s, ui, NS_EV_MMIO_CACHE, NS_CACHE_HIT), a),
			  show_percent(snap_share(s, ui, NS_EV_MMIO_CACHE, NS_CACHE_STALE), d));
	draw_history(c, s, ui, mmio_event(s->total), NS_ANY, x + 2, top);
	split_draw(c, s, ui, &split, top + 1, bottom);
}

static void mmio_of_row(const struct ui *ui, int *event, int *dim)
{
	*event = NS_EV_MMIO_ABORT;
	split_of_row(ui, event, dim);
}

const struct screen screen_mmio = { "MMIO", '6', false, mmio_draw, split_enter, mmio_of_row };
