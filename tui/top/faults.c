// SPDX-License-Identifier: GPL-2.0-or-later
/* faults.c: the Faults screen: each cause with rate, share, times, accesses. */
#include <math.h>
#include <string.h>

#include "catalogue.h"
#include "screen.h"
#include "view.h"

#define SPARK 30

enum { COL_CAUSE, COL_RATE, COL_SHARE, COL_P50, COL_P99, COL_STALL, COL_SUM, COL_R, COL_W, COL_X };
static const struct table_column columns[] = {
	[COL_CAUSE] = { "cause", 29, NULL },
	[COL_RATE] = { "rate/s", 7, show_per_second },
	[COL_SHARE] = { "share", 7, show_percent },
	[COL_P50] = { "p50", 7, show_ns },
	[COL_P99] = { "p99", 7, show_ns },
	[COL_STALL] = { "time/s", 7, show_ns },
	[COL_SUM] = { "total", 6, show_number },
	[COL_R] = { "read/s", 7, show_per_second },
	[COL_W] = { "write/s", 7, show_per_second },
	[COL_X] = { "exec/s", 7, show_per_second },
	{ 0 },
};
#define TABLE_WIDTH 102 /* of all columns: what is right of it is free */

static double access_rate(const struct snapshot *s, struct ns_query q, int sub)
{
	q.sub = sub;
	return s->seconds > 0 ? ns_model_count(s->delta, q) / s->seconds : NAN;
}

static bool fill_row(const struct snapshot *s, const struct ui *ui, struct table_row *r, int cause)
{
	struct ns_query q = { ui->only.vm,    ui->only.vcpu, ui->only.ctx,
			      NS_EV_S2_FAULT, cause,	     NS_ANY };
	struct ns_hist h = { 0 };

	r->value[COL_SUM] = ns_model_count(s->total, q);
	if (!r->value[COL_SUM] || ns_model_sum(s->delta, q, &h))
		return false;
	r->id = (struct row_id){ NS_ANY, NS_ANY, cause }; /* only keeps the order stable */
	snprintf(r->text[0], TABLE_TEXT, "%s", ns_value_label(NS_D_CAUSE, cause));
	r->value[COL_RATE] = snap_rate(s, ui, NS_EV_S2_FAULT, cause);
	r->value[COL_SHARE] = snap_share(s, ui, NS_EV_S2_FAULT, cause);
	r->value[COL_P50] = h.count ? ns_hist_quantile(&h, 0.5) : NAN;
	r->value[COL_P99] = h.count ? ns_hist_quantile(&h, 0.99) : NAN;
	r->value[COL_STALL] = s->seconds > 0 ? h.ns / s->seconds : NAN;
	r->value[COL_R] = access_rate(s, q, NS_ACCESS_READ);
	r->value[COL_W] = access_rate(s, q, NS_ACCESS_WRITE);
	r->value[COL_X] = access_rate(s, q, NS_ACCESS_EXEC);
	ns_hist_free(&h);
	return true;
}

static void draw_sparks(struct canvas *c, const struct snapshot *s, const struct ui *ui,
			const struct table_row *rows, int nr, int top, int bottom)
{
	double v[SPARK];
	int i;

	/* the history is of all VMs */
	if (c->w < TABLE_WIDTH + SPARK || ui->only.vm != NS_ANY)
		return;
	for (i = ui->scroll; i < nr && top + 1 + i - ui->scroll < bottom; i++) {
		history_cause(s->history, rows[i].id.ctx, v, SPARK);
		draw_spark(c, TABLE_WIDTH, top + 1 + i - ui->scroll, v, SPARK);
	}
}

static void faults_draw(struct canvas *c, const struct snapshot *s, struct ui *ui, int top,
			int bottom)
{
	struct table_row rows[NS_NR_CAUSE];
	char a[NUMBER];
	int i, nr = 0;

	if (!event_on(s->total, NS_EV_S2_FAULT)) {
		draw_text(c, 1, top, STYLE_BOLD, "shadow S2 faults unavailable: %s",
			  s->total->provider[NS_EV_S2_FAULT].note);
		return;
	}
	draw_text(c, 1, top, STYLE_BOLD, "shadow S2 faults %s, by cause",
		  show_rate(snap_rate(s, ui, NS_EV_S2_FAULT, NS_ANY), a));
	memset(rows, 0, sizeof(rows));
	for (i = 0; i < NS_NR_CAUSE; i++)
		nr += fill_row(s, ui, &rows[nr], i);
	if (!nr)
		draw_text(c, 1, top + 2, STYLE_DIM, "none since the start");
	if (!ui->sort)
		ui->sort = COL_RATE;
	table_draw(c, ui, columns, rows, nr, top + 1, bottom);
	draw_sparks(c, s, ui, rows, nr, top + 1, bottom);
}

const struct screen screen_faults = { "Faults", '2', faults_draw };
