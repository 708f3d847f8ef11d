// SPDX-License-Identifier: GPL-2.0-or-later
/* faults.c: the Faults screen: each cause with rate, share, times, accesses. */
#include <math.h>
#include <string.h>

#include "catalogue.h"
#include "table.h"
#include "view.h"

enum {
	COL_CAUSE,
	COL_RATE,
	COL_SHARE,
	COL_P50,
	COL_P99,
	COL_STALL,
	COL_COUNT,
	COL_R,
	COL_W,
	COL_X,
	COL_TOTAL,
	COL_P90,
};
static const struct table_column columns[] = {
	[COL_CAUSE] = { "cause", 28, NULL, 20 },
	[COL_RATE] = { "rate/s", 7, show_per_second, 0 },
	[COL_SHARE] = { "share", 6, show_percent, 0 },
	[COL_P50] = { "p50", 7, show_ns, 0 },
	[COL_P99] = { "p99", 7, show_ns, 0 },
	[COL_STALL] = { "time/s", 7, show_ns, 0 },
	[COL_COUNT] = { "count", 9, show_count, 0 },
	[COL_R] = { "read/s", 7, show_per_second, 0 },
	[COL_W] = { "write/s", 7, show_per_second, 0 },
	[COL_X] = { "exec/s", 7, show_per_second, 0 },
	[COL_TOTAL] = { "total", 7, show_ns, 0 },
	[COL_P90] = { "p90", 7, show_ns, 0 },
	{ 0 },
};

static double access_rate(const struct snapshot *s, struct ns_query q, int sub)
{
	q.sub = sub;
	return s->seconds > 0 ? ns_model_count(s->delta, q) / s->seconds : NAN;
}

static bool fill_row(const struct snapshot *s, const struct ui *ui, struct table_row *r, int cause)
{
	struct ns_query q = scope_query(ui, NS_EV_S2_FAULT, cause, NS_ANY);
	struct ns_hist h = { 0 };
	double *v = r->value;

	if (ns_model_sum(s->total, q, &h) || !h.count)
		return false;
	v[COL_COUNT] = h.count;
	v[COL_TOTAL] = h.ns;
	ns_hist_free(&h);
	if (ns_model_sum(s->delta, q, &h))
		return false;
	r->id = (struct row_id){ NS_ANY, NS_ANY, NS_ANY, cause };
	r->event = NS_EV_S2_FAULT;
	r->dim = cause;
	cause_label(cause, r->text[0], TABLE_TEXT);
	v[COL_RATE] = snap_rate(s, ui, NS_EV_S2_FAULT, cause);
	v[COL_SHARE] = snap_share(s, ui, NS_EV_S2_FAULT, cause);
	v[COL_P50] = h.count ? ns_hist_quantile(&h, 0.5) : NAN;
	v[COL_P90] = h.count ? ns_hist_quantile(&h, 0.9) : NAN;
	v[COL_P99] = h.count ? ns_hist_quantile(&h, 0.99) : NAN;
	v[COL_STALL] = s->seconds > 0 ? h.ns / s->seconds : NAN;
	v[COL_R] = access_rate(s, q, NS_ACCESS_READ);
	v[COL_W] = access_rate(s, q, NS_ACCESS_WRITE);
	v[COL_X] = access_rate(s, q, NS_ACCESS_EXEC);
	ns_hist_free(&h);
	return true;
}

static void faults_draw(struct canvas *c, const struct snapshot *s, struct ui *ui, int top,
			int bottom)
{
	struct table t = { .columns = columns, .sort = COL_RATE, .spark = true };
	char a[NUMBER];
	int i, x;

	if (draw_unavailable(c, s, NS_EV_S2_FAULT, "shadow S2 faults", top))
		return;
	x = draw_text(c, 1, top, STYLE_BOLD, "shadow S2 faults %s, by cause",
		  show_rate(snap_rate(s, ui, NS_EV_S2_FAULT, NS_ANY), a));
	draw_history(c, s, ui, NS_EV_S2_FAULT, NS_ANY, x + 2, top);
	t.rows = table_rows(NS_NR_CAUSE);
	for (i = 0; t.rows && i < NS_NR_CAUSE; i++)
		t.nr += fill_row(s, ui, &t.rows[t.nr], i);
	if (!t.nr)
		draw_text(c, 1, top + 2, STYLE_DIM, "none since the start");
	table_draw(c, s, ui, &t, top + 1, bottom);
}

/* The events of the cause: its name becomes the filter. */
static void faults_enter(struct ui *ui)
{
	events_of(ui, NS_EV_S2_FAULT, (int)ui->at.key);
}

static void faults_of_row(const struct ui *ui, int *event, int *dim)
{
	*event = NS_EV_S2_FAULT;
	*dim = ui->on_row ? (int)ui->at.key : NS_ANY;
}

const struct screen screen_faults = { "Faults", '2', false, faults_draw, faults_enter,
				       faults_of_row };
