// SPDX-License-Identifier: GPL-2.0-or-later
/* el2.c: the EL2 screen: erets, exceptions, traps and VNCR of virtual EL2. */
#include "catalogue.h"
#include "view.h"
#include "split.h"

static const int events[] = { NS_EV_EL2_ERET, NS_EV_EL2_EXC,	    NS_EV_EL2_TRAP,
			      NS_EV_EL2_VNCR, NS_EV_EL2_VNCR_INVAL, -1 };
static const struct split split = { events, "virtual EL2", "by" };

/* What there is of it on x86. */
static const int x86_events[] = { NS_EV_EL2_ERET, NS_EV_EL2_EXIT, NS_EV_EL2_EXC, NS_EV_S2_PAGE, -1 };
static const struct split x86_split = { x86_events, "nested VMs", "by" };

static void x86_draw(struct canvas *c, const struct snapshot *s, struct ui *ui, int top, int bottom)
{
	char a[NUMBER], b[NUMBER], d[NUMBER], e[NUMBER];
	int x;

	x = draw_text(c, 1, top, STYLE_BOLD, "entries %s  exits %s  to L1 %s  shadow pages %s",
		      show_rate(snap_rate(s, ui, NS_EV_EL2_ERET, NS_ANY), a),
		      show_rate(snap_rate(s, ui, NS_EV_EL2_EXIT, NS_ANY), b),
		      show_rate(snap_rate(s, ui, NS_EV_EL2_EXC, NS_ANY), d),
		      show_rate(snap_rate(s, ui, NS_EV_S2_PAGE, NS_PAGE_MADE), e));
	draw_history(c, s, ui, NS_EV_EL2_EXIT, NS_ANY, x + 2, top);
	split_draw(c, s, ui, &x86_split, top + 1, bottom);
}

static void el2_draw(struct canvas *c, const struct snapshot *s, struct ui *ui, int top, int bottom)
{
	char a[NUMBER], b[NUMBER], d[NUMBER], e[NUMBER];
	int x;

	if (event_on(s->total, NS_EV_EL2_EXIT) || event_on(s->total, NS_EV_S2_PAGE)) {
		x86_draw(c, s, ui, top, bottom);
		return;
	}
	x = draw_text(c, 1, top, STYLE_BOLD, "eret %s  exceptions %s  VNCR %s  traps %s",
		  show_rate(snap_rate(s, ui, NS_EV_EL2_ERET, NS_ANY), a),
		  show_rate(snap_rate(s, ui, NS_EV_EL2_EXC, NS_ANY), b),
		  show_rate(snap_rate(s, ui, NS_EV_EL2_VNCR, NS_ANY), d),
		  show_rate(snap_rate(s, ui, NS_EV_EL2_TRAP, NS_ANY), e));
	draw_history(c, s, ui, NS_EV_EL2_TRAP, NS_ANY, x + 2, top);
	split_draw(c, s, ui, &split, top + 1, bottom);
}

static void el2_of_row(const struct ui *ui, int *event, int *dim)
{
	*event = NS_EV_EL2_VNCR;
	split_of_row(ui, event, dim);
}

const struct screen screen_el2 = { "EL2", '7', false, el2_draw, split_enter, el2_of_row };
