// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * overview.c: the first screen.  How many shadow faults and why, whether the
 * contexts thrash, AT, MMIO and virtual EL2, and which vCPU it is, without a
 * key being pressed.  Its table is what Enter goes down in: VMs (F5), vCPUs,
 * then a vCPU's contexts.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "catalogue.h"
#include "contexts.h"
#include "fold.h"
#include "realm.h"
#include "table.h"
#include "view.h"

#define CAUSES 7 /* lines of them on a screen of 24 */
#define CAUSES_TALL 12 /* on one of 40 */
#define RIGHT 44 /* where the right column begins on a screen of 80 */
#define WIDE 100 /* from here on it begins in the middle */
#define SPARKS 180 /* from here on each cause has a history */
#define MORE_COLUMNS 150 /* from here on the table has some more */
#define TWO_COLUMNS 78 /* below this width the columns are stacked */

static void draw_faults(struct canvas *c, const struct snapshot *s, const struct ui *ui, int y)
{
	char a[NUMBER], b[NUMBER], d[NUMBER];
	unsigned int n = c->w >= 200 ? 120 : c->w >= 120 ? 40 : 14, vcpus;
	struct ns_hist h = { 0 };
	double spark[HISTORY_LENGTH];
	int x;

	if (draw_unavailable(c, s, NS_EV_S2_FAULT, "shadow S2 faults", y))
		return;
	x = draw_text(c, 1, y, STYLE_BOLD, "shadow S2 faults %s",
		      show_rate(snap_rate(s, ui, NS_EV_S2_FAULT, NS_ANY), a));
	/* the history is of all VMs: it would not fit a selected one */
	if (c->w >= SCREEN_NARROW && !scope_set(ui)) {
		history_get(s->history, s->back, NS_EV_S2_FAULT, NS_ANY, spark, n);
		draw_spark(c, 27, y, spark, n);
		x = 27 + n;
	}
	if (c->w < TWO_COLUMNS ||
	    ns_model_sum(s->delta, scope_query(ui, NS_EV_S2_FAULT, NS_ANY, NS_ANY), &h))
		return;
	/* those that took shadow faults: L2's stall is shared by them */
	vcpus = ns_model_vcpus(s->delta, scope_query(ui, NS_EV_S2_FAULT, NS_ANY, NS_ANY));
	draw_text(c, x + 1, y, STYLE_NORMAL, "p50 %s p99 %s L2 stalled %s",
		  show_ns(h.count ? ns_hist_quantile(&h, 0.5) : NAN, a),
		  show_ns(h.count ? ns_hist_quantile(&h, 0.99) : NAN, b),
		  show_percent(vcpus && s->seconds > 0 ? h.ns / 1e7 / s->seconds / vcpus : NAN, d));
	ns_hist_free(&h);
}

static int right_column(const struct canvas *c)
{
	return c->w < TWO_COLUMNS ? 2 : c->w < WIDE ? RIGHT : c->w / 2;
}

/* The bar of a cause, and on wide screens its history, which is of all VMs. */
static void draw_share(struct canvas *c, const struct snapshot *s, const struct ui *ui, int cause,
		       int y, int width, double share)
{
	bool spark = c->w >= SPARKS && !scope_set(ui);
	unsigned int n = (unsigned int)(width - 36) / 2;
	double v[HISTORY_LENGTH];

	draw_bar(c, 36, y, spark ? (int)n - 2 : width - 37, share);
	if (!spark)
		return;
	n = n < HISTORY_LENGTH ? n : HISTORY_LENGTH;
	history_get(s->history, s->back, NS_EV_S2_FAULT, cause, v, n);
	draw_spark(c, width - (int)n - 1, y, v, n);
}

static int draw_causes(struct canvas *c, const struct snapshot *s, const struct ui *ui, int y,
		       int bottom, int width)
{
	int i, best, line, most = c->h >= 40 ? CAUSES_TALL : CAUSES;
	char buf[NUMBER], label[TABLE_TEXT];
	uint64_t n[NS_NR_CAUSE], all = 0;

	for (i = 0; i < NS_NR_CAUSE; i++) {
		n[i] = ns_model_count(s->delta, scope_query(ui, NS_EV_S2_FAULT, i, NS_ANY));
		all += n[i];
	}
	for (line = 0; line < most && y < bottom; line++, y++) {
		for (best = 0, i = 1; i < NS_NR_CAUSE; i++)
			if (n[i] > n[best])
				best = i;
		if (!n[best])
			break;
		cause_label(best, label, sizeof(label));
		draw_field(c, 2, y, 28, false, STYLE_NORMAL, label);
		snprintf(buf, sizeof(buf), "%.0f %%", 100.0 * n[best] / all);
		draw_field(c, 30, y, 5, true, STYLE_NORMAL, buf);
		draw_share(c, s, ui, best, y, width, (double)n[best] / all);
		n[best] = 0;
	}
	if (!line && y < bottom && event_on(s->total, NS_EV_S2_FAULT) && s->seconds > 0)
		draw_text(c, 2, y++, STYLE_DIM, "no shadow fault in this interval");
	return y;
}

/* ---- the right column: a line per subject ---- */

/* Contexts of the scope that anything was ever seen of. */
static unsigned int contexts_seen(const struct snapshot *s, const struct ui *ui)
{
	bool seen[NS_MAX_CTXS] = { false };
	const struct ns_metric *k;
	unsigned int i, n = 0;

	for (i = 0; i < s->total->nr_metrics; i++) {
		k = &s->total->metrics[i];
		if (!k->ctx || k->ctx >= NS_MAX_CTXS || seen[k->ctx] ||
		    !scope_metric(&ui->p.only, k))
			continue;
		seen[k->ctx] = true;
		n++;
	}
	return n;
}

static void line_contexts(struct canvas *c, int x, int y, const struct snapshot *s,
			  const struct ui *ui)
{
	char a[NUMBER], b[NUMBER];

	draw_text(c, x, y, STYLE_NORMAL, "contexts %u  hit %s  evict %s", contexts_seen(s, ui),
		  show_percent(snap_share(s, ui, NS_EV_S2_CTX, NS_CTX_HIT), a),
		  show_rate(snap_rate(s, ui, NS_EV_S2_CTX, NS_CTX_EVICT), b));
}

static void line_tlbi(struct canvas *c, int x, int y, const struct snapshot *s, const struct ui *ui)
{
	char a[NUMBER], b[NUMBER];

	draw_text(c, x, y, STYLE_NORMAL, "TLBI %s  unmaps %s",
		  show_rate(snap_rate(s, ui, NS_EV_S2_TLBI, NS_ANY), a),
		  show_rate(snap_rate(s, ui, NS_EV_S2_UNMAP, NS_ANY), b));
}

static void line_at(struct canvas *c, int x, int y, const struct snapshot *s, const struct ui *ui)
{
	char a[NUMBER], b[NUMBER], d[NUMBER];
	double share, fast = 0, slow = 0;
	int i;

	for (i = 0; i < NS_NR_PATH; i++) {
		share = snap_share(s, ui, NS_EV_AT_OP, i);
		if (path_is_slow(i))
			slow += share;
		else if (i != NS_PATH_RETRY)
			fast += share;
	}
	draw_text(c, x, y, STYLE_NORMAL, "AT   fast %s slow %s retry %s", show_percent(fast, a),
		  show_percent(slow, b),
		  show_percent(snap_share(s, ui, NS_EV_AT_OP, NS_PATH_RETRY), d));
}

static void line_mmio(struct canvas *c, int x, int y, const struct snapshot *s, const struct ui *ui)
{
	int event = mmio_event(s->total);
	char a[NUMBER], b[NUMBER], d[NUMBER];

	if (event == NS_EV_MMIO_ABORT)
		draw_text(c, x, y, STYLE_NORMAL, "MMIO %s  kernel %s  VMM %s",
			  show_rate(snap_rate(s, ui, event, NS_ANY), a),
			  show_percent(snap_share(s, ui, event, NS_DEST_KERNEL), b),
			  show_percent(snap_share(s, ui, event, NS_DEST_USER), d));
	else
		draw_text(c, x, y, STYLE_NORMAL, "MMIO write %s  read %s",
			  show_rate(snap_rate(s, ui, event, NS_MMIO_KIND_WRITE), a),
			  show_rate(snap_rate(s, ui, event, NS_MMIO_KIND_READ), b));
}

static void line_cache(struct canvas *c, int x, int y, const struct snapshot *s,
		       const struct ui *ui)
{
	char a[NUMBER], b[NUMBER];
	double hit = snap_share(s, ui, NS_EV_MMIO_CACHE, NS_CACHE_HIT) +
		     snap_share(s, ui, NS_EV_MMIO_CACHE, NS_CACHE_VCPU_HIT);

	draw_text(c, x, y, STYLE_NORMAL, "     cache hit %s  stale %s", show_percent(hit, a),
		  show_percent(snap_share(s, ui, NS_EV_MMIO_CACHE, NS_CACHE_STALE), b));
}

/* x86: L2 is entered, and left. */
static void line_exits(struct canvas *c, int x, int y, const struct snapshot *s,
		       const struct ui *ui)
{
	char a[NUMBER], b[NUMBER];

	draw_text(c, x, y, STYLE_NORMAL, "EL2  entry %s  exit %s",
		  show_rate(snap_rate(s, ui, NS_EV_EL2_ERET, NS_ANY), a),
		  show_rate(snap_rate(s, ui, NS_EV_EL2_EXIT, NS_ANY), b));
}

static void line_el2(struct canvas *c, int x, int y, const struct snapshot *s, const struct ui *ui)
{
	char a[NUMBER], b[NUMBER];

	if (event_on(s->total, NS_EV_EL2_EXIT)) {
		line_exits(c, x, y, s, ui);
		return;
	}

	draw_text(c, x, y, STYLE_NORMAL, "EL2  eret %s  trap %s",
		  show_rate(snap_rate(s, ui, NS_EV_EL2_ERET, NS_ANY), a),
		  show_rate(snap_rate(s, ui, NS_EV_EL2_TRAP, NS_ANY), b));
}

static void line_el2_more(struct canvas *c, int x, int y, const struct snapshot *s,
			  const struct ui *ui)
{
	char a[NUMBER], b[NUMBER];

	if (event_on(s->total, NS_EV_EL2_EXIT)) {
		draw_text(c, x, y, STYLE_NORMAL, "     to L1 %s  pages %s",
			  show_rate(snap_rate(s, ui, NS_EV_EL2_EXC, NS_ANY), a),
			  show_rate(snap_rate(s, ui, NS_EV_S2_PAGE, NS_PAGE_MADE), b));
		return;
	}
	draw_text(c, x, y, STYLE_NORMAL, "     exc %s  VNCR %s",
		  show_rate(snap_rate(s, ui, NS_EV_EL2_EXC, NS_ANY), a),
		  show_rate(snap_rate(s, ui, NS_EV_EL2_VNCR, NS_ANY), b));
}

static void line_rtt(struct canvas *c, int x, int y, const struct snapshot *s, const struct ui *ui)
{
	char live[64], a[NUMBER];
	struct ns_rtt r;

	realm_count(s, ui, &r);
	if (r.seen)
		draw_text(c, x, y, STYLE_NORMAL, "RTT  live %s leaked %s",
			  ns_rtt_live_format(&r, live, sizeof(live)),
			  show_count((double)r.leaked, a));
	else
		draw_text(c, x, y, STYLE_NORMAL, "RTT  no realm was seen");
}

static void line_plain(struct canvas *c, int x, int y, const struct snapshot *s,
		       const struct ui *ui)
{
	char a[NUMBER];

	draw_text(c, x, y, STYLE_NORMAL, "faults on canonical tables %s",
		  show_rate(snap_rate(s, ui, NS_EV_S2_L1FAULT, NS_ANY), a));
}

static const struct {
	void (*draw)(struct canvas *c, int x, int y, const struct snapshot *s, const struct ui *ui);
	int event; /* the line says unavailable without it; -1: it says so itself */
	const char *name; /* NULL: the line is left out without its event */
} lines[] = {
	{ line_contexts, NS_EV_S2_CTX, "contexts" },
	{ line_tlbi, NS_EV_S2_TLBI, "TLBI" },
	{ line_at, NS_EV_AT_OP, "AT  " },
	{ line_mmio, NS_EV_MMIO_ACCESS, "MMIO" },
	{ line_cache, NS_EV_MMIO_CACHE, NULL },
	{ line_el2, NS_EV_EL2_ERET, "EL2 " },
	{ line_el2_more, -1, NULL },
	{ line_rtt, NS_EV_RTT_OP, NULL },
	{ line_plain, NS_EV_S2_L1FAULT, "faults on canonical tables" },
};

static int draw_lines(struct canvas *c, const struct snapshot *s, const struct ui *ui, int x, int y,
		      int bottom)
{
	unsigned int i;

	for (i = 0; i < sizeof(lines) / sizeof(*lines) && y < bottom; i++) {
		if (lines[i].event < 0 || event_on(s->total, lines[i].event))
			lines[i].draw(c, x, y++, s, ui);
		else if (lines[i].name)
			draw_text(c, x, y++, STYLE_DIM, "%s unavailable", lines[i].name);
	}
	return y;
}

/* ---- the table: a row per vCPU or VM ---- */

static const char *show_vcpu(double v, char *buf)
{
	return show_integer(v, buf);
}

enum {
	COL_VM,
	COL_VCPU,
	COL_FAULTS,
	COL_REFAULT,
	COL_P99,
	COL_EVICT,
	COL_SLOW,
	COL_MMIO,
	COL_CAUSE,
	/* on wide screens these are before the cause: */
	COL_HIT = COL_CAUSE,
	COL_AT,
	COL_STALLED,
	COL_COUNT,
	COL_TOTAL,
	COL_WIDE_CAUSE,
};
#define COLUMNS_OF_ALL                                           \
	[COL_VM] = { "VM", 15, NULL, 0 },                        \
	[COL_VCPU] = { "vCPU", 4, show_vcpu, 0 },                \
	[COL_FAULTS] = { "faults/s", 8, show_per_second, 0 },    \
	[COL_REFAULT] = { "refault", 7, show_percent, 0 },       \
	[COL_P99] = { "p99", 7, show_ns, 0 },                    \
	[COL_EVICT] = { "evict/s", 7, show_per_second, 0 },      \
	[COL_SLOW] = { "AT slow", 7, show_percent, 0 },          \
	[COL_MMIO] = { "MMIO/s", 6, show_per_second, 0 }
static const struct table_column wide_columns[] = {
	COLUMNS_OF_ALL,
	[COL_HIT] = { "ctx hit", 7, show_percent, 0 },
	[COL_AT] = { "AT/s", 7, show_per_second, 0 },
	[COL_STALLED] = { "stalled", 7, show_percent, 0 },
	[COL_COUNT] = { "faults", 10, show_count, 0 },
	[COL_TOTAL] = { "in all", 8, show_ns, 0 },
	[COL_WIDE_CAUSE] = { "top cause", 10, NULL, 0 },
	{ 0 },
};
static const struct table_column columns[] = {
	COLUMNS_OF_ALL,
	[COL_CAUSE] = { "top cause", 10, NULL, 0 },
	{ 0 },
};

static uint64_t refaults(const struct fold_row *f)
{
	uint64_t n = 0;
	int i;

	for (i = 0; i < NS_NR_CAUSE; i++)
		n += cause_is_refault(i) ? f->cause[i] : 0;
	return n;
}

static void top_cause(const struct fold_row *f, char *out)
{
	int i, best = 0;

	for (i = 1; i < NS_NR_CAUSE; i++)
		if (f->cause[i] > f->cause[best])
			best = i;
	snprintf(out, TABLE_TEXT, "%s", f->cause[best] ? cause_short(best) : "-");
}

static uint64_t lookups(const struct fold_row *f)
{
	uint64_t n = 0;
	int i;

	for (i = 0; i < NS_NR_CTX; i++)
		n += f->ctx[i];
	return n;
}

static double rate_of(const struct snapshot *s, int event, uint64_t n)
{
	return event_on(s->total, event) && s->seconds > 0 ? n / s->seconds : NAN;
}

static void fill_row(const struct snapshot *s, const struct fold_row *f, struct table_row *r)
{
	double *v = r->value;

	r->id = f->id;
	snprintf(r->text[0], TABLE_TEXT, "%s", vm_name(s->total, f->id.vm));
	v[COL_VCPU] = f->id.vcpu == NS_NO_VCPU || f->id.vcpu == NS_ANY ? NAN : f->id.vcpu;
	v[COL_FAULTS] = rate_of(s, NS_EV_S2_FAULT, f->faults.count);
	v[COL_REFAULT] = percent_of(refaults(f), f->faults.count);
	v[COL_P99] = f->faults.count ? ns_hist_quantile(&f->faults, 0.99) : NAN;
	v[COL_EVICT] = rate_of(s, NS_EV_S2_CTX, f->ctx[NS_CTX_EVICT]);
	v[COL_SLOW] = percent_of(f->at_slow, f->at);
	v[COL_MMIO] = rate_of(s, mmio_event(s->total), f->mmio);
	v[COL_HIT] = percent_of(f->ctx[NS_CTX_HIT], lookups(f));
	v[COL_AT] = rate_of(s, NS_EV_AT_OP, f->at);
	v[COL_STALLED] = f->id.vcpu != NS_ANY && event_on(s->total, NS_EV_S2_FAULT) && s->seconds > 0
				 ? f->faults.ns / 1e7 / s->seconds
				 : NAN;
	v[COL_COUNT] = f->all_faults;
	v[COL_TOTAL] = f->all_ns;
	top_cause(f, r->text[1]);
}

static void draw_table(struct canvas *c, const struct snapshot *s, struct ui *ui, int top,
		       int bottom)
{
	bool vms = ui->by_vm && ui->p.only.vm == NS_ANY;
	struct table t = { .columns = c->w < MORE_COLUMNS ? columns : wide_columns,
			   .sort = COL_FAULTS };

	fold_draw(c, s, ui, &t, vms ? FOLD_VM : FOLD_VCPU, fill_row, top, bottom);
}

static void overview_draw(struct canvas *c, const struct snapshot *s, struct ui *ui, int top,
			  int bottom)
{
	bool two = c->w >= TWO_COLUMNS;
	int y, right;

	draw_faults(c, s, ui, top);
	/* on a low screen the table keeps three lines */
	y = draw_causes(c, s, ui, top + 1, two ? bottom - 3 : bottom - 5,
			two ? right_column(c) : c->w);
	right = draw_lines(c, s, ui, right_column(c), two ? top + 1 : y, bottom - 3);
	if (right > y)
		y = right;
	if (ui->p.only.vcpu != NS_ANY)
		contexts_table(c, s, ui, y, bottom);
	else
		draw_table(c, s, ui, y, bottom);
}

static void overview_enter(struct ui *ui)
{
	if (ui->at.ctx != NS_ANY)
		ui_enter(ui, screen_index(&screen_heat), ui->at);
	else
		ui_enter(ui, screen_index(&screen_overview), ui->at);
}

const struct screen screen_overview = { "Overview", '1', false, overview_draw, overview_enter, NULL };
