// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * latency.c: how long one kind of event takes: its histogram in the last
 * interval, or since the start, with the quantiles and the count behind them.
 * A bucket of the model is 3 % wide; a line here is several of them, so many
 * that the range that occurred fits on the screen.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "catalogue.h"
#include "screen.h"
#include "view.h"

#define LINES_MAX 40
#define LEFT 31 /* columns before the bar */

/* The next event that has a duration. */
static int next_timed(int event)
{
	do
		event = (event + 1) % NS_NR_EVENTS;
	while (!ns_events[event].timed);
	return event;
}

void latency_enter(struct ui *ui)
{
	const struct screen *s = screens[ui->p.screen];
	struct row_id only = ui->p.only;

	if (s == &screen_latency) { /* again: another event */
		ui->latency_event = next_timed(ui->latency_event);
		ui->latency_dim = NS_ANY;
		return;
	}
	ui->latency_event = NS_EV_S2_FAULT;
	ui->latency_dim = NS_ANY;
	if (ui->on_row && ui->at.vm != NS_ANY && ui->at.vm != 0)
		only = ui->at;
	if (s->of_row)
		s->of_row(ui, &ui->latency_event, &ui->latency_dim);
	if (!ns_events[ui->latency_event].timed)
		ui->latency_event = NS_EV_S2_FAULT;
	only.key = 0;
	ui_enter(ui, screen_index(&screen_latency), only);
}

static bool any_bucket(const struct ns_hist *h, unsigned int *first, unsigned int *last)
{
	unsigned int i;
	bool any = false;

	for (i = h->first; i < (unsigned int)h->first + h->nr; i++) {
		if (!ns_hist_at(h, i))
			continue;
		if (!any)
			*first = i;
		*last = i;
		any = true;
	}
	return any;
}

static uint64_t sum(const struct ns_hist *h, unsigned int from, unsigned int n)
{
	uint64_t s = 0;

	for (; n && from < NS_NR_BUCKETS; n--, from++)
		s += ns_hist_at(h, from);
	return s;
}

static const char *quantile(const struct ns_hist *h, double q, char *buf)
{
	return show_ns(h->count ? ns_hist_quantile(h, q) : NAN, buf);
}

static void draw_quantiles(struct canvas *c, const struct ns_hist *h, unsigned int last, int y)
{
	char a[NUMBER], b[NUMBER], d[NUMBER], m[NUMBER], n[NUMBER], t[NUMBER];
	uint64_t low, high = 0;

	ns_bucket_range(last, &low, &high);
	draw_text(c, 1, y, STYLE_NORMAL, "p50 %s  p90 %s  p99 %s  at most %s  events %s  sum %s",
		  quantile(h, 0.5, a), quantile(h, 0.9, b), quantile(h, 0.99, d),
		  show_ns(high, m), show_count(h->count, n), show_ns(h->ns, t));
}

static void draw_lines(struct canvas *c, const struct ns_hist *h, unsigned int first,
		       unsigned int last, int top, int bottom)
{
	int room = bottom - top > LINES_MAX ? LINES_MAX : bottom - top;
	unsigned int per, i, lines;
	char a[NUMBER], b[NUMBER], n[NUMBER];
	uint64_t low, high, most = 0, none;

	for (per = 1; (last - first) / per >= (unsigned int)room; per++)
		;
	lines = (last - first) / per + 1;
	for (i = 0; i < lines; i++)
		if (sum(h, first + i * per, per) > most)
			most = sum(h, first + i * per, per);
	for (i = 0; i < lines; i++) {
		uint64_t count = sum(h, first + i * per, per);

		ns_bucket_range(first + i * per, &low, &none);
		ns_bucket_range(first + i * per + per - 1, &none, &high);
		draw_field(c, 1, top + (int)i, 8, true, STYLE_NORMAL, show_ns(low, a));
		draw_text(c, 10, top + (int)i, STYLE_NORMAL, "-");
		draw_field(c, 11, top + (int)i, 8, true, STYLE_NORMAL, show_ns(high, b));
		draw_field(c, 20, top + (int)i, 10, true, STYLE_NORMAL, show_count(count, n));
		draw_bar(c, LEFT, top + (int)i, c->w - LEFT - 1, (double)count / most);
	}
}

static void latency_draw(struct canvas *c, const struct snapshot *s, struct ui *ui, int top,
			 int bottom)
{
	const struct ns_event_info *info = &ns_events[ui->latency_event];
	struct ns_query q = scope_query(ui, ui->latency_event, ui->latency_dim, NS_ANY);
	unsigned int first = 0, last = 0;
	struct ns_hist h = { 0 };

	draw_text(c, 1, top, STYLE_BOLD, "how long %s%s%s takes (l: the next event)", info->key,
		  ui->latency_dim == NS_ANY ? "" : " ",
		  ui->latency_dim == NS_ANY
			  ? ""
			  : ns_value_key(info->dim, (unsigned int)ui->latency_dim));
	if (draw_unavailable(c, s, ui->latency_event, info->key, top + 1))
		return;
	if (ns_model_sum(s->delta, q, &h))
		return;
	if (any_bucket(&h, &first, &last)) {
		draw_quantiles(c, &h, last, top + 1);
		draw_lines(c, &h, first, last, top + 2, bottom);
	} else {
		draw_text(c, 1, top + 1, STYLE_DIM, "none in this interval");
	}
	ns_hist_free(&h);
}

const struct screen screen_latency = { "Latency", 0, false, latency_draw, NULL, NULL };
