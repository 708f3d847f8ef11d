// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * rtt.c: the RTT screen: what is live of the realms, how far a teardown got, and
 * below it calls to the RMM, operations on tables, steps and leaks.
 */
#include "rtt.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "catalogue.h"
#include "realm.h"
#include "split.h"
#include "view.h"

static const int events[] = { NS_EV_RTT_CALL, NS_EV_RTT_OP, NS_EV_RTT_TEARDOWN, NS_EV_RTT_LEAK,
			      -1 };
static const struct split split = { events, "realm", "by" };

#define SPARK 60 /* characters of a history */

static double known(uint64_t n)
{
	return n == NS_UNAVAILABLE ? NAN : (double)n;
}

void realm_count(const struct snapshot *s, const struct ui *ui, struct ns_rtt *r)
{
	ns_rtt_count(s->total, ui->p.only.vm, r);
	if (s->late && !r->unknown[0])
		snprintf(r->unknown, sizeof(r->unknown), "counts do not begin with the recording");
}

/* The VM that the lines are about: the scope's, or the one that did something last. */
static int trace_vm(const struct snapshot *s, const struct ui *ui)
{
	const struct ns_rtt_trace *t;
	uint64_t ts, latest = 0;
	int best = NS_ANY;

	if (!s->detail || ui->p.only.vm != NS_ANY)
		return s->detail ? ui->p.only.vm : NS_ANY;
	for (int vm = 0; vm < NS_MAX_VMS; vm++) {
		t = s->detail->rtt.vm[vm];
		ts = t ? t->last_ns : 0;
		if (ts > latest) {
			latest = ts;
			best = vm;
		}
	}
	return best;
}

/*
 * Granules over time.  Whole events may have begun late: what was delegated
 * before them follows from the counts.  False: it is not known.
 */
static bool draw_granules(struct canvas *c, const struct snapshot *s, int vm, int y)
{
	const struct ns_gauge *g = &s->detail->rtt.vm[vm]->granules;
	unsigned int n = g->nr < SPARK ? g->nr : SPARK;
	double v[SPARK], before;
	struct ns_rtt r;
	char a[NUMBER];
	int x;

	ns_rtt_count(s->total, vm, &r);
	before = s->late ? NAN : known(ns_rtt_granules(&r)) - (double)g->now;
	if (!n || isnan(before))
		return false;
	x = draw_text(c, 1, y, STYLE_NORMAL, "%s: granules ", vm_name(s->total, vm));
	if (n > (unsigned int)(c->w > x + 20 ? c->w - x - 20 : 1))
		n = (unsigned int)(c->w > x + 20 ? c->w - x - 20 : 1);
	for (unsigned int i = 0; i < n; i++)
		v[i] = before + (double)g->slot[(i + 1) * g->nr / n - 1];
	draw_spark(c, x, y, v, n);
	draw_text(c, x + (int)n, y, STYLE_NORMAL, " most %s",
		  show_count(before + (double)g->most, a));
	return true;
}

/* Where the last walk is, and where one was given up before it; false: there was none. */
static bool draw_teardown(struct canvas *c, const struct snapshot *s, int vm, int y)
{
	const struct ns_rtt_trace *t = s->detail->rtt.vm[vm];
	const struct ns_rtt_step *at = &t->last, *stop = &t->stop;
	char where[64];
	int x;

	if (!at->ts)
		return false;
	x = draw_text(c, 1, y, STYLE_NORMAL, "%s: teardown %s", vm_name(s->total, vm),
		      ns_value_label(NS_D_TEARDOWN, at->action));
	if (at->action != NS_TEARDOWN_DONE)
		x = draw_text(c, x, y, STYLE_NORMAL, " at level %llu 0x%llx",
			      (unsigned long long)at->level, (unsigned long long)at->addr);
	if (!stop->ts || stop->ts == at->ts)
		return true;
	snprintf(where, sizeof(where), " at level %llu 0x%llx", (unsigned long long)stop->level,
		 (unsigned long long)stop->addr);
	x = draw_text(c, x, y, STYLE_WARN, "; given up before: %s",
		      ns_value_label(NS_D_TEARDOWN, stop->action));
	if (x + (int)strlen(where) <= c->w) /* half an address is another one */
		draw_text(c, x, y, STYLE_WARN, "%s", where);
	return true;
}

static void draw_live(struct canvas *c, const struct ns_rtt *r, int y)
{
	char live[64], a[NUMBER], b[NUMBER], d[NUMBER];
	int x;

	x = draw_text(c, 1, y, STYLE_BOLD, "%slive %s", c->w < SCREEN_NARROW ? "" : "tables ",
		      ns_rtt_live_format(r, live, sizeof(live)));
	if (r->unknown[0]) {
		draw_text(c, x, y, STYLE_BOLD, "  leaked %s: %s", show_count((double)r->leaked, a),
			  r->unknown);
		return;
	}
	if (c->w >= SCREEN_NARROW)
		x = draw_text(c, x, y, STYLE_BOLD, " (level 1/2/3)  data %s  granules %s",
			      show_bytes(known(ns_rtt_data(r)), a),
			      show_count(known(ns_rtt_granules(r)), b));
	draw_text(c, x, y, STYLE_BOLD, "  leaked %s", show_count((double)r->leaked, d));
}

static int draw_head(struct canvas *c, const struct snapshot *s, struct ui *ui, int top, int bottom)
{
	struct ns_rtt r;
	int vm;

	realm_count(s, ui, &r);
	if (!r.seen) {
		draw_text(c, 1, top, STYLE_BOLD, "no realm was seen");
		return top + 1;
	}
	draw_live(c, &r, top++);
	if (bottom - top < 10 || draw_no_detail(c, s, top))
		return top + (bottom - top >= 10);
	vm = trace_vm(s, ui);
	if (vm == NS_ANY || !s->detail->rtt.vm[vm])
		return top;
	top += draw_granules(c, s, vm, top);
	return top + draw_teardown(c, s, vm, top);
}

/* No event at all: what this screen would be about. */
static void draw_nothing(struct canvas *c, const struct snapshot *s, int top, int bottom)
{
	static const char text[] =
		"A realm's translation tables belong to the RMM: the host only asks it to make "
		"and destroy them. What the host asks can be seen where KVM runs realms (Arm "
		"CCA) and has the kvm_rtt tracepoints.";
	char why[200];
	int y;

	snprintf(why, sizeof(why), "RTT unavailable: %s", s->total->provider[NS_EV_RTT_CALL].note);
	y = draw_wrapped(c, 1, top, c->w - 2, bottom, STYLE_BOLD, why);
	draw_wrapped(c, 1, y + 1, c->w < 80 ? c->w - 2 : 76, bottom, STYLE_NORMAL, text);
}

static void rtt_draw(struct canvas *c, const struct snapshot *s, struct ui *ui, int top, int bottom)
{
	const int *e;

	for (e = events; *e >= 0 && !event_on(s->total, *e); e++)
		;
	if (*e < 0)
		draw_nothing(c, s, top, bottom);
	else
		split_draw(c, s, ui, &split, draw_head(c, s, ui, top, bottom), bottom);
}

static void rtt_of_row(const struct ui *ui, int *event, int *dim)
{
	*event = NS_EV_RTT_CALL;
	split_of_row(ui, event, dim);
}

const struct screen screen_rtt = { "RTT", '8', true, rtt_draw, split_enter, rtt_of_row };
