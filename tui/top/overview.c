// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * overview.c: the first screen.  How many shadow faults and why, whether the
 * contexts thrash, AT, MMIO and virtual EL2, and which vCPU it is, without a
 * key being pressed.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "catalogue.h"
#include "screen.h"
#include "view.h"

#define CAUSES 7 /* lines of them on a screen of 24 */
#define RIGHT 44 /* where the right column begins */
#define TWO_COLUMNS 78 /* below this width the columns are stacked */
#define MAX_ROWS 1024

static struct ns_query faults_of(const struct ui *ui)
{
	struct ns_query q = { ui->only.vm,    ui->only.vcpu, ui->only.ctx,
			      NS_EV_S2_FAULT, NS_ANY,	     NS_ANY };

	return q;
}

/* vCPUs that took shadow faults: the ones that L2's stall is shared by. */
static unsigned int faulting_vcpus(const struct snapshot *s, const struct ui *ui)
{
	unsigned int i, n = 0, last_vm = 0;
	static bool seen[NS_NO_VCPU + 1];
	const struct ns_metric *k;

	memset(seen, 0, sizeof(seen));
	for (i = 0; i < s->delta->nr_metrics; i++) { /* sorted by VM */
		k = &s->delta->metrics[i];
		if (k->event != NS_EV_S2_FAULT || !k->h.count)
			continue;
		if (ui->only.vm != NS_ANY && ui->only.vm != k->vm)
			continue;
		if (ui->only.vcpu != NS_ANY && ui->only.vcpu != k->vcpu)
			continue;
		if (k->vm != last_vm)
			memset(seen, 0, sizeof(seen));
		last_vm = k->vm;
		n += !seen[k->vcpu];
		seen[k->vcpu] = true;
	}
	return n;
}

static void draw_faults(struct canvas *c, const struct snapshot *s, const struct ui *ui, int y)
{
	char a[NUMBER], b[NUMBER], d[NUMBER];
	unsigned int n = c->w >= 120 ? 40 : 14, vcpus;
	struct ns_hist h = { 0 };
	double spark[HISTORY_LENGTH];
	int x;

	if (!event_on(s->total, NS_EV_S2_FAULT)) {
		draw_text(c, 1, y, STYLE_BOLD, "shadow S2 faults unavailable: %s",
			  s->total->provider[NS_EV_S2_FAULT].note);
		return;
	}
	x = draw_text(c, 1, y, STYLE_BOLD, "shadow S2 faults %s",
		      show_rate(snap_rate(s, ui, NS_EV_S2_FAULT, NS_ANY), a));
	/* the history is of all VMs: it would not fit a selected one */
	if (c->w >= 60 && ui->only.vm == NS_ANY) {
		history_event(s->history, NS_EV_S2_FAULT, spark, n);
		draw_spark(c, 27, y, spark, n);
		x = 27 + n;
	}
	if (ns_model_sum(s->delta, faults_of(ui), &h))
		return;
	vcpus = faulting_vcpus(s, ui);
	if (c->w >= TWO_COLUMNS)
		draw_text(c, x + 1, y, STYLE_NORMAL, "p50 %s p99 %s L2 stalled %s",
			  show_ns(h.count ? ns_hist_quantile(&h, 0.5) : NAN, a),
			  show_ns(h.count ? ns_hist_quantile(&h, 0.99) : NAN, b),
			  show_percent(vcpus && s->seconds > 0 ? h.ns / 1e7 / s->seconds / vcpus
							       : NAN,
				       d));
	ns_hist_free(&h);
}

/* "refault  L1 TLBI vmalls12e1is" is in two columns elsewhere: here it is one. */
static void cause_label(int cause, char *out)
{
	const char *label = ns_value_label(NS_D_CAUSE, cause), *gap = strstr(label, "  ");

	if (gap)
		snprintf(out, TABLE_TEXT, "%.*s%s", (int)(gap - label), label, gap + 1);
	else
		snprintf(out, TABLE_TEXT, "%s", label);
}

static int draw_causes(struct canvas *c, const struct snapshot *s, const struct ui *ui, int y,
		       int bottom, int width)
{
	uint64_t n[NS_NR_CAUSE], all = 0;
	struct ns_query q = faults_of(ui);
	char buf[NUMBER], label[TABLE_TEXT];
	int i, best, line;

	for (i = 0; i < NS_NR_CAUSE; i++) {
		q.dim = i;
		n[i] = ns_model_count(s->delta, q);
		all += n[i];
	}
	for (line = 0; line < CAUSES && y < bottom; line++, y++) {
		for (best = 0, i = 1; i < NS_NR_CAUSE; i++)
			if (n[i] > n[best])
				best = i;
		if (!n[best])
			break;
		cause_label(best, label);
		draw_field(c, 2, y, 28, false, STYLE_NORMAL, label);
		snprintf(buf, sizeof(buf), "%.0f %%", 100.0 * n[best] / all);
		draw_field(c, 30, y, 5, true, STYLE_NORMAL, buf);
		draw_bar(c, 36, y, width - 37, (double)n[best] / all);
		n[best] = 0;
	}
	if (!line && event_on(s->total, NS_EV_S2_FAULT) && s->seconds > 0)
		draw_text(c, 2, y++, STYLE_DIM, "no shadow fault in this interval");
	return y;
}

/* ---- the right column: a line per subject ---- */

static void line_contexts(struct canvas *c, int x, int y, const struct snapshot *s,
			  const struct ui *ui)
{
	char a[NUMBER], b[NUMBER];
	unsigned int i, n = 0;

	for (i = 0; i < s->total->nr_ctxs; i++)
		n += ui->only.vm == NS_ANY || ui->only.vm == s->total->ctxs[i].vm;
	draw_text(c, x, y, STYLE_NORMAL, "contexts %u  hit %s  evict %s", n,
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
	double fast = 0, slow = 0, share;
	char a[NUMBER], b[NUMBER], d[NUMBER];
	int i;

	for (i = 0; i < NS_NR_PATH; i++) {
		share = snap_share(s, ui, NS_EV_AT_OP, i);
		if (i <= NS_PATH_FAST_UNKNOWN)
			fast += share;
		else if (i != NS_PATH_RETRY)
			slow += share;
	}
	draw_text(c, x, y, STYLE_NORMAL, "AT   fast %s slow %s retry %s", show_percent(fast, a),
		  show_percent(slow, b),
		  show_percent(snap_share(s, ui, NS_EV_AT_OP, NS_PATH_RETRY), d));
}

static void line_mmio(struct canvas *c, int x, int y, const struct snapshot *s, const struct ui *ui)
{
	int event = event_on(s->total, NS_EV_MMIO_ABORT) ? NS_EV_MMIO_ABORT : NS_EV_MMIO_ACCESS;
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

static void line_el2(struct canvas *c, int x, int y, const struct snapshot *s, const struct ui *ui)
{
	char a[NUMBER], b[NUMBER];

	draw_text(c, x, y, STYLE_NORMAL, "EL2  eret %s  trap %s",
		  show_rate(snap_rate(s, ui, NS_EV_EL2_ERET, NS_ANY), a),
		  show_rate(snap_rate(s, ui, NS_EV_EL2_TRAP, NS_ANY), b));
}

static void line_el2_more(struct canvas *c, int x, int y, const struct snapshot *s,
			  const struct ui *ui)
{
	char a[NUMBER], b[NUMBER];

	draw_text(c, x, y, STYLE_NORMAL, "     exc %s  VNCR %s",
		  show_rate(snap_rate(s, ui, NS_EV_EL2_EXC, NS_ANY), a),
		  show_rate(snap_rate(s, ui, NS_EV_EL2_VNCR, NS_ANY), b));
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
	const char *name;
} lines[] = {
	{ line_contexts, NS_EV_S2_CTX, "contexts" },
	{ line_tlbi, NS_EV_S2_TLBI, "TLBI" },
	{ line_at, NS_EV_AT_OP, "AT  " },
	{ line_mmio, NS_EV_MMIO_ACCESS, "MMIO" },
	{ line_el2, NS_EV_EL2_ERET, "EL2 " },
	{ line_el2_more, -1, NULL },
	{ line_plain, NS_EV_S2_L1FAULT, "faults on canonical tables" },
};

static int draw_lines(struct canvas *c, const struct snapshot *s, const struct ui *ui, int x, int y,
		      int bottom)
{
	unsigned int i;

	for (i = 0; i < sizeof(lines) / sizeof(*lines) && y < bottom; i++, y++) {
		if (lines[i].event >= 0 && !event_on(s->total, lines[i].event))
			draw_text(c, x, y, STYLE_DIM, "%s unavailable", lines[i].name);
		else
			lines[i].draw(c, x, y, s, ui);
	}
	return y;
}

/* ---- the table: a row per vCPU ---- */

static const char *show_vcpu(double v, char *buf)
{
	if (isnan(v))
		return "-";
	snprintf(buf, NUMBER, "%.0f", v);
	return buf;
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
};
static const struct table_column columns[] = {
	[COL_VM] = { "VM", 15, NULL },
	[COL_VCPU] = { "vCPU", 4, show_vcpu },
	[COL_FAULTS] = { "faults/s", 8, show_per_second },
	[COL_REFAULT] = { "refault", 7, show_percent },
	[COL_P99] = { "p99", 7, show_ns },
	[COL_EVICT] = { "evict/s", 7, show_per_second },
	[COL_SLOW] = { "AT slow", 7, show_percent },
	[COL_MMIO] = { "MMIO/s", 6, show_per_second },
	[COL_CAUSE] = { "top cause", 10, NULL },
	{ 0 },
};

static double refault_share(const struct snapshot *s, const struct ui *one)
{
	double sum = 0;
	int i;

	for (i = NS_CAUSE_TLBI_VMALLS12E1; i <= NS_CAUSE_MEMSLOT; i++)
		sum += snap_share(s, one, NS_EV_S2_FAULT, i);
	return sum;
}

static double slow_share(const struct snapshot *s, const struct ui *one)
{
	return snap_share(s, one, NS_EV_AT_OP, NS_PATH_SLOW_COLD) +
	       snap_share(s, one, NS_EV_AT_OP, NS_PATH_SLOW_FAULT) +
	       snap_share(s, one, NS_EV_AT_OP, NS_PATH_SLOW_NO_CTX);
}

static void top_cause(const struct snapshot *s, const struct ui *one, char *out)
{
	struct ns_query q = faults_of(one);
	uint64_t n, best = 0;
	int i;

	snprintf(out, TABLE_TEXT, "-");
	for (i = 0; i < NS_NR_CAUSE; i++) {
		q.dim = i;
		n = ns_model_count(s->delta, q);
		if (n <= best)
			continue;
		best = n;
		snprintf(out, TABLE_TEXT, "%s", ns_value_key(NS_D_CAUSE, i));
	}
}

static void fill_row(const struct snapshot *s, struct table_row *r)
{
	const struct ns_model_vm *vm = ns_model_vm(s->total, r->id.vm);
	struct ui one = { .only = r->id };
	struct ns_hist h = { 0 };

	snprintf(r->text[0], TABLE_TEXT, "%.*s", TABLE_TEXT - 1, vm ? vm->name : "(no VM)");
	r->value[COL_VCPU] = r->id.vcpu == NS_NO_VCPU ? NAN : r->id.vcpu;
	r->value[COL_FAULTS] = snap_rate(s, &one, NS_EV_S2_FAULT, NS_ANY);
	r->value[COL_REFAULT] = refault_share(s, &one);
	r->value[COL_P99] = NAN;
	if (!ns_model_sum(s->delta, faults_of(&one), &h) && h.count)
		r->value[COL_P99] = ns_hist_quantile(&h, 0.99);
	ns_hist_free(&h);
	r->value[COL_EVICT] = snap_rate(s, &one, NS_EV_S2_CTX, NS_CTX_EVICT);
	r->value[COL_SLOW] = slow_share(s, &one);
	r->value[COL_MMIO] = snap_rate(s, &one,
				       event_on(s->total, NS_EV_MMIO_ABORT) ? NS_EV_MMIO_ABORT
									    : NS_EV_MMIO_ACCESS,
				       NS_ANY);
	top_cause(s, &one, r->text[1]);
}

static bool have_row(const struct table_row *rows, int nr, int vm, int vcpu)
{
	while (nr-- > 0)
		if (rows[nr].id.vm == vm && (vcpu == NS_ANY || rows[nr].id.vcpu == vcpu))
			return true;
	return false;
}

/*
 * Every (VM, vCPU) ever seen, so that rows do not come and go.  A VM's own
 * events get a row only where no vCPU of it is known (the second pass, none).
 */
static int collect_rows(const struct snapshot *s, const struct ui *ui, struct table_row *rows,
			int nr, bool none)
{
	const struct ns_metric *k;
	unsigned int i;

	for (i = 0; i < s->total->nr_metrics && nr < MAX_ROWS; i++) {
		k = &s->total->metrics[i];
		if (ui->only.vm != NS_ANY && ui->only.vm != k->vm)
			continue;
		if (ui->only.vcpu != NS_ANY && ui->only.vcpu != k->vcpu)
			continue;
		if (none != (k->vcpu == NS_NO_VCPU) ||
		    have_row(rows, nr, k->vm, none ? NS_ANY : k->vcpu))
			continue;
		rows[nr++].id = (struct row_id){ k->vm, k->vcpu, NS_ANY };
	}
	return nr;
}

static void overview_draw(struct canvas *c, const struct snapshot *s, struct ui *ui, int top,
			  int bottom)
{
	static struct table_row rows[MAX_ROWS];
	bool two = c->w >= TWO_COLUMNS;
	int y, right, i, nr;

	draw_faults(c, s, ui, top);
	/* on a low screen the table keeps three lines */
	y = draw_causes(c, s, ui, top + 1, two ? bottom - 3 : bottom - 5, two ? RIGHT : c->w);
	right = draw_lines(c, s, ui, two ? RIGHT : 2, two ? top + 1 : y, bottom - 3);
	if (right > y)
		y = right;
	memset(rows, 0, sizeof(rows));
	nr = collect_rows(s, ui, rows, 0, false);
	nr = collect_rows(s, ui, rows, nr, true);
	for (i = 0; i < nr; i++)
		fill_row(s, &rows[i]);
	if (!ui->sort)
		ui->sort = COL_FAULTS;
	table_draw(c, ui, columns, rows, nr, y, bottom);
}

const struct screen screen_overview = { "Overview", '1', overview_draw };
