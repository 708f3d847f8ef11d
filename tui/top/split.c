// SPDX-License-Identifier: GPL-2.0-or-later
/* split.c: see split.h. */
#include "split.h"

#include <math.h>
#include <string.h>

#include "catalogue.h"
#include "table.h"
#include "view.h"

enum {
	COL_WHAT,
	COL_SUB,
	COL_RATE,
	COL_SHARE,
	COL_P50,
	COL_P99,
	COL_TIME,
	COL_COUNT,
	COL_TOTAL,
	COL_P90,
	NR_COLS
};
static const struct table_column columns[NR_COLS + 1] = {
	[COL_WHAT] = { "", 26, NULL, 15 },
	[COL_SUB] = { "", 7, NULL, 6 },
	[COL_RATE] = { "rate/s", 7, show_per_second, 0 },
	[COL_SHARE] = { "share", 6, show_percent, 0 },
	[COL_P50] = { "p50", 7, show_ns, 0 },
	[COL_P99] = { "p99", 7, show_ns, 0 },
	[COL_TIME] = { "time/s", 7, show_ns, 0 },
	[COL_COUNT] = { "count", 9, show_count, 0 },
	[COL_TOTAL] = { "total", 7, show_ns, 0 },
	[COL_P90] = { "p90", 7, show_ns, 0 },
};

/* A row's key: what it is of. */
#define KEY(event, dim, sub) ((int64_t)(event) << 16 | (dim) << 8 | (sub))
#define KEY_EVENT(key) ((int)((key) >> 16))
#define KEY_DIM(key) ((int)((key) >> 8 & 0xff))
#define KEY_SUB(key) ((int)((key) & 0xff))

/* "mmio.abort" is "abort" on the MMIO screen; alone on a screen it needs no name. */
static void what_text(const struct split *sp, int event, int dim, char *out)
{
	const struct ns_event_info *ev = &ns_events[event];
	const char *dot = strchr(ev->key, '.');
	bool alone = sp->events[1] < 0;

	if (ev->dim == NS_D_NONE)
		snprintf(out, TABLE_TEXT, "%s", dot + 1);
	else
		snprintf(out, TABLE_TEXT, "%s%s%s", alone ? "" : dot + 1, alone ? "" : " ",
			 ns_value_label(ev->dim, dim));
}

static void fill_row(const struct snapshot *s, const struct ui *ui, const struct split *sp,
		     struct table_row *r, int64_t key)
{
	int event = KEY_EVENT(key), dim = KEY_DIM(key), sub = KEY_SUB(key);
	struct ns_query q = scope_query(ui, event, dim, sub);
	const struct ns_event_info *ev = &ns_events[event];
	bool timed = ev->timed;
	struct ns_hist h = { 0 };
	double *v = r->value;
	uint64_t all;

	r->id = (struct row_id){ NS_ANY, NS_ANY, NS_ANY, key };
	/* the history knows no second split */
	r->event = ev->sub == NS_D_NONE ? event : -1;
	r->dim = dim;
	what_text(sp, event, dim, r->text[0]);
	snprintf(r->text[1], TABLE_TEXT, "%s",
		 ev->sub == NS_D_NONE ? "" : ns_value_label(ev->sub, sub));
	snprintf(r->text[2], TABLE_TEXT, "%s %s %s", ev->key, ns_value_key(ev->dim, dim),
		 ns_value_key(ev->sub, sub)); /* not shown, but found */
	if (!ns_model_sum(s->total, q, &h)) {
		v[COL_COUNT] = h.count;
		v[COL_TOTAL] = timed ? (double)h.ns : NAN;
	}
	ns_hist_free(&h);
	if (ns_model_sum(s->delta, q, &h))
		return;
	timed = timed && h.count;
	all = ns_model_count(s->delta, scope_query(ui, event, NS_ANY, NS_ANY));
	v[COL_RATE] = s->seconds > 0 ? h.count / s->seconds : NAN;
	v[COL_SHARE] = all ? 100.0 * h.count / all : NAN;
	v[COL_P50] = timed ? ns_hist_quantile(&h, 0.5) : NAN;
	v[COL_P90] = timed ? ns_hist_quantile(&h, 0.9) : NAN;
	v[COL_P99] = timed ? ns_hist_quantile(&h, 0.99) : NAN;
	v[COL_TIME] = ev->timed && s->seconds > 0 ? h.ns / s->seconds : NAN;
	ns_hist_free(&h);
}

/* The pairs of splits of an event that ever occurred in the scope. */
static int collect(const struct snapshot *s, const struct ui *ui, int event, int64_t *keys,
		   int nr)
{
	static bool seen[256][256];
	const struct ns_metric *k;
	unsigned int i, dim, sub;

	memset(seen, 0, sizeof(seen));
	for (i = 0; i < s->total->nr_metrics; i++) {
		k = &s->total->metrics[i];
		if (k->event == event && k->h.count && scope_metric(&ui->p.only, k))
			seen[k->dim][k->sub] = true;
	}
	for (dim = 0; dim < ns_dims[ns_events[event].dim].nr; dim++)
		for (sub = 0; sub < ns_dims[ns_events[event].sub].nr; sub++)
			if (seen[dim][sub])
				keys[nr++] = KEY(event, dim, sub);
	return nr;
}

/* Events of the list that are off: bottom lines, from the last one up. */
static int draw_missing(struct canvas *c, const struct snapshot *s, const struct split *sp,
			int bottom)
{
	const struct ns_provider *p;
	const int *e;

	for (e = sp->events; *e >= 0; e++) {
		p = &s->total->provider[*e];
		if (!event_on(s->total, *e))
			draw_text(c, 1, --bottom, STYLE_DIM, "%s unavailable: %s",
				  ns_events[*e].key, *p->note ? p->note : "see nestscope doctor");
	}
	return bottom;
}

void split_draw(struct canvas *c, const struct snapshot *s, struct ui *ui, const struct split *sp,
		int top, int bottom)
{
	struct table_column titled[NR_COLS + 1];
	struct table t = { .columns = titled, .sort = COL_RATE, .spark = true };
	int64_t keys[1024];
	const int *e;
	int nr = 0, i;

	memcpy(titled, columns, sizeof(columns));
	titled[COL_WHAT].title = sp->what;
	titled[COL_SUB].title = sp->sub;
	for (e = sp->events; *e >= 0; e++)
		if (event_on(s->total, *e) && nr < 512)
			nr = collect(s, ui, *e, keys, nr);
	t.rows = table_rows(nr);
	for (i = 0; t.rows && i < nr; i++)
		fill_row(s, ui, sp, &t.rows[t.nr++], keys[i]);
	bottom = draw_missing(c, s, sp, bottom);
	if (!nr)
		draw_text(c, 1, top + 1, STYLE_DIM, "none since the start");
	table_draw(c, s, ui, &t, top, bottom);
}

void split_of_row(const struct ui *ui, int *event, int *dim)
{
	if (!ui->on_row)
		return;
	*event = KEY_EVENT(ui->at.key);
	*dim = KEY_DIM(ui->at.key);
}

void split_enter(struct ui *ui)
{
	int64_t key = ui->at.key;

	events_of(ui, KEY_EVENT(key), KEY_DIM(key));
}
