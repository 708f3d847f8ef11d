// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * tlbi.c: the TLBI screen: the bill of everything that drops shadow entries:
 * its own time, the faults on what it dropped, and their time.
 */
#include <math.h>
#include <string.h>

#include "bill.h"
#include "catalogue.h"
#include "table.h"
#include "view.h"

enum {
	COL_WHAT,
	COL_RATE,
	COL_BILL,
	COL_REFAULTS,
	COL_TIME,
	COL_RETIME,
	COL_P50,
	COL_COUNT,
	COL_ALL_REFAULTS,
	COL_ALL_RETIME,
	COL_ALL_TIME,
	COL_UNMAPS,
	COL_BYTES,
	COL_ASKED,
	COL_APPLIED,
	COL_MORE,
	COL_P99,
	NR_COLS
};
static const struct table_column columns[NR_COLS + 1] = {
	[COL_WHAT] = { "what drops entries", 19, NULL, 16 },
	[COL_RATE] = { "rate/s", 7, show_per_second, 0 },
	[COL_BILL] = { "bill each", 9, show_ns, 0 },
	[COL_REFAULTS] = { "refault/s", 9, show_per_second, 0 },
	[COL_TIME] = { "own t/s", 7, show_ns, 0 },
	[COL_RETIME] = { "their t/s", 9, show_ns, 0 },
	[COL_P50] = { "p50", 7, show_ns, 0 },
	[COL_COUNT] = { "count", 9, show_count, 0 },
	[COL_ALL_REFAULTS] = { "refaults", 9, show_count, 0 },
	[COL_ALL_RETIME] = { "their t", 7, show_ns, 0 },
	[COL_ALL_TIME] = { "own t", 7, show_ns, 0 },
	[COL_UNMAPS] = { "unmaps", 9, show_count, 0 },
	[COL_BYTES] = { "covered", 7, show_bytes, 0 },
	[COL_ASKED] = { "asked", 6, show_bytes, 0 },
	[COL_APPLIED] = { "applied", 7, show_bytes, 0 },
	[COL_MORE] = { "x asked", 7, show_factor, 0 },
	[COL_P99] = { "p99", 7, show_ns, 0 },
};

static void label(const struct ns_bill_kind *b, char *out)
{
	const struct ns_event_info *ev = &ns_events[b->event];

	if (b->event == NS_EV_S2_WP)
		snprintf(out, TABLE_TEXT, "write-protection");
	else
		snprintf(out, TABLE_TEXT, "%s%s", b->event == NS_EV_S2_TLBI ? "TLBI " : "",
			 ns_value_label(ev->dim, b->dim));
}

/*
 * Bytes that whole events told, of whole VMs: all together, or on the average.
 * first is the first VM's, and step bytes further the next one's.
 */
static double told(const struct ui *ui, const struct ns_told *first, size_t step, bool average)
{
	struct ns_told sum = { 0 };
	const struct ns_told *t;
	unsigned int vm;

	for (vm = 0; vm < NS_MAX_VMS; vm++) {
		t = (const void *)((const char *)first + vm * step);
		if (ui->p.only.vm != NS_ANY && ui->p.only.vm != (int)vm)
			continue;
		sum.sum += t->sum;
		sum.events += t->events;
	}
	if (!sum.events)
		return NAN;
	return average ? (double)sum.sum / sum.events : sum.sum;
}

static void fill_told(const struct snapshot *s, const struct ui *ui, const struct ns_bill_kind *b,
		      double *v)
{
	const struct ns_detail *d = s->detail;

	v[COL_BYTES] = v[COL_ASKED] = v[COL_APPLIED] = NAN;
	if (d && ui->p.only.vcpu == NS_ANY && ui->p.only.ctx == NS_ANY) {
		if (b->unmap >= 0)
			v[COL_BYTES] =
				told(ui, &d->unmapped[0][b->unmap], sizeof(d->unmapped[0]), false);
		if (b->event == NS_EV_S2_TLBI) {
			v[COL_ASKED] =
				told(ui, &d->tlbi[0][b->dim].asked, sizeof(d->tlbi[0]), true);
			v[COL_APPLIED] =
				told(ui, &d->tlbi[0][b->dim].applied, sizeof(d->tlbi[0]), true);
		}
	}
	v[COL_MORE] = v[COL_ASKED] > 0 ? v[COL_APPLIED] / v[COL_ASKED] : NAN;
}

/* Count and time of what the bill names, since the start. */
static void sum_of(const struct ns_model *m, struct ns_query q, double *count, double *ns)
{
	struct ns_hist h = { 0 };

	*count = *ns = NAN;
	if (!event_on(m, q.event) || ns_model_sum(m, q, &h))
		return;
	*count = h.count;
	*ns = h.ns;
	ns_hist_free(&h);
}

static void fill_own(const struct snapshot *s, struct ns_query q, double *v)
{
	struct ns_hist h = { 0 };

	if (ns_model_sum(s->delta, q, &h))
		return;
	v[COL_RATE] = s->seconds > 0 ? h.count / s->seconds : NAN;
	v[COL_P50] = h.count ? ns_hist_quantile(&h, 0.5) : NAN;
	v[COL_P99] = h.count ? ns_hist_quantile(&h, 0.99) : NAN;
	v[COL_TIME] = s->seconds > 0 ? h.ns / s->seconds : NAN;
	ns_hist_free(&h);
}

static bool fill_row(const struct snapshot *s, const struct ui *ui, const struct ns_bill_kind *b,
		     struct table_row *r)
{
	struct ns_query own = scope_query(ui, b->event, b->dim, NS_ANY);
	struct ns_query after = scope_query(ui, NS_EV_S2_FAULT, b->cause, NS_ANY);
	bool faults = b->cause >= 0 && event_on(s->total, NS_EV_S2_FAULT);
	double *v = r->value, count, ns;

	sum_of(s->total, own, &v[COL_COUNT], &v[COL_ALL_TIME]);
	v[COL_ALL_REFAULTS] = v[COL_ALL_RETIME] = v[COL_REFAULTS] = v[COL_RETIME] = NAN;
	if (faults)
		sum_of(s->total, after, &v[COL_ALL_REFAULTS], &v[COL_ALL_RETIME]);
	if (!(v[COL_COUNT] > 0) && !(v[COL_ALL_REFAULTS] > 0))
		return false;
	r->id = (struct row_id){ NS_ANY, NS_ANY, NS_ANY, b - ns_bill_kinds };
	r->event = b->event;
	r->dim = b->dim;
	label(b, r->text[0]);
	fill_own(s, own, v);
	if (faults && s->seconds > 0) {
		sum_of(s->delta, after, &count, &ns);
		v[COL_REFAULTS] = count / s->seconds;
		v[COL_RETIME] = ns / s->seconds;
	}
	/* what one of them costs, with the faults that came after it */
	v[COL_BILL] =
		v[COL_RATE] > 0 ? (v[COL_TIME] + (faults ? v[COL_RETIME] : 0)) / v[COL_RATE] : NAN;
	v[COL_UNMAPS] = NAN;
	if (b->unmap >= 0)
		sum_of(s->total, scope_query(ui, NS_EV_S2_UNMAP, b->unmap, NS_ANY), &v[COL_UNMAPS],
		       &ns);
	fill_told(s, ui, b, v);
	return true;
}

static void tlbi_draw(struct canvas *c, const struct snapshot *s, struct ui *ui, int top,
		      int bottom)
{
	struct table t = { .columns = columns, .sort = COL_BILL, .spark = true };
	char a[NUMBER], b[NUMBER], d[NUMBER];
	unsigned int i;
	int x;

	if (draw_unavailable(c, s, NS_EV_S2_TLBI, "TLBI", top))
		top++;
	x = draw_text(c, 1, top, STYLE_BOLD, "TLBI %s  unmaps %s  MMU notifier %s",
		      show_rate(snap_rate(s, ui, NS_EV_S2_TLBI, NS_ANY), a),
		      show_rate(snap_rate(s, ui, NS_EV_S2_UNMAP, NS_ANY), b),
		      show_rate(snap_rate(s, ui, NS_EV_S2_UNMAP, NS_UNMAP_NOTIFIER), d));
	draw_history(c, s, ui, NS_EV_S2_TLBI, NS_ANY, x + 2, top);
	t.rows = table_rows(NS_BILL_KINDS);
	for (i = 0; t.rows && i < NS_BILL_KINDS; i++)
		t.nr += fill_row(s, ui, &ns_bill_kinds[i], &t.rows[t.nr]);
	if (!t.nr)
		draw_text(c, 1, top + 2, STYLE_DIM, "none since the start");
	table_draw(c, s, ui, &t, top + 1, bottom);
}

static void tlbi_enter(struct ui *ui)
{
	const struct ns_bill_kind *b = &ns_bill_kinds[ui->at.key];

	events_of(ui, b->event, b->dim);
}

static void tlbi_of_row(const struct ui *ui, int *event, int *dim)
{
	*event = ui->on_row ? ns_bill_kinds[ui->at.key].event : NS_EV_S2_TLBI;
	*dim = ui->on_row ? ns_bill_kinds[ui->at.key].dim : NS_ANY;
}

const struct screen screen_tlbi = { "TLBI", '4', true, tlbi_draw, tlbi_enter, tlbi_of_row };
