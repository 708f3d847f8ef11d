// SPDX-License-Identifier: GPL-2.0-or-later
/* view_sections.c: the tables of a report: marks, contexts, TLBIs, AT, MMIO, EL2, realms. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "bill.h"
#include "view_rtt.h"

static struct ns_query of_event(int event)
{
	struct ns_query q = { NS_ANY, NS_ANY, NS_ANY, event, NS_ANY, NS_ANY };

	return q;
}

static uint64_t count(const struct view *v, struct ns_query q, int dim)
{
	q.dim = dim;
	return ns_model_count(v->m, q);
}

/* Is there something to show of an event? */
static bool any(const struct view *v, int event)
{
	return view_shows(v, event) && event_on(v->m, event) &&
	       ns_model_count(v->m, of_event(event));
}

/* ---- marks ---- */

static void marks(FILE *f, const struct view *v)
{
	const struct ns_mark *k;

	for (unsigned int i = 0; i < v->m->nr_marks; i++) {
		k = &v->m->marks[i];
		/* one may be older than the events that are left of a run */
		fprintf(f, "%s  %10.6f  %s\n", i ? "" : " Marks\n      at (s)\n",
			(int64_t)(k->ts - v->m->start_ns) / 1e9, k->text);
	}
	if (v->m->nr_marks)
		fputc('\n', f);
}

/* ---- contexts ---- */

struct ctx_row {
	const struct ns_model_ctx *c;
	uint64_t faults, cold, evicted, hits, ns;
};

static int ctx_compare(const void *pa, const void *pb)
{
	const struct ctx_row *a = pa, *b = pb;

	if (a->faults != b->faults)
		return a->faults < b->faults ? 1 : -1;
	return a->c->vttbr < b->c->vttbr ? -1 : a->c->vttbr > b->c->vttbr;
}

static int ctx_fill(const struct view *v, struct ctx_row *r, const struct ns_model_ctx *c)
{
	struct ns_query q = of_event(NS_EV_S2_FAULT);
	struct ns_hist h = { 0 };

	q.ctx = c->id;
	if (ns_model_sum(v->m, q, &h))
		return -ENOMEM;
	r->c = c;
	r->faults = h.count;
	r->ns = h.ns;
	r->cold = count(v, q, NS_CAUSE_COLD);
	r->evicted = count(v, q, NS_CAUSE_EVICT);
	q.event = NS_EV_S2_CTX;
	r->hits = count(v, q, NS_CTX_HIT);
	ns_hist_free(&h);
	return 0;
}

static void ctx_print(FILE *f, const struct view *v, const struct ctx_row *r)
{
	const struct ns_model_vm *vm = ns_model_vm(v->m, r->c->vm);
	char a[32], b[32], c[32], d[32];

	fprintf(f, "  %-18s 0x%014" PRIx64 " %6u %10s %9s %9s %8s\n", vm ? vm->name : "-",
		r->c->vttbr, vttbr_vmid(r->c->vttbr, r->c->vtcr),
		ns_count_format(r->faults, a, sizeof(a)), ns_count_format(r->cold, b, sizeof(b)),
		ns_count_format(r->evicted, c, sizeof(c)), ns_duration_format(r->ns, d, sizeof(d)));
}

static int contexts(FILE *f, const struct view *v)
{
	struct ctx_row *rows;
	unsigned int i;
	int rc = 0;

	if (!v->m->nr_ctxs || !(view_shows(v, NS_EV_S2_FAULT) || view_shows(v, NS_EV_S2_CTX)))
		return 0;
	rows = calloc(v->m->nr_ctxs, sizeof(*rows));
	if (!rows)
		return -ENOMEM;
	for (i = 0; i < v->m->nr_ctxs && !rc; i++)
		rc = ctx_fill(v, &rows[i], &v->m->ctxs[i]);
	qsort(rows, v->m->nr_ctxs, sizeof(*rows), ctx_compare);
	fprintf(f, " Contexts, by faults\n  %-18s %-16s %6s %10s %9s %9s %8s\n", "VM", "VTTBR_EL2",
		"VMID", "faults", "cold", "evicted", "time");
	for (i = 0; i < v->m->nr_ctxs && i < v->top; i++)
		ctx_print(f, v, &rows[i]);
	if (v->m->nr_ctxs > v->top)
		fprintf(f, "  and %u more; --top N shows more\n", v->m->nr_ctxs - v->top);
	free(rows);
	fputc('\n', f);
	return rc;
}

/* ---- TLBIs: what was issued, what it dropped, what came back ---- */

/* A count, or "-" when the event that would tell it is not provided. */
static void cell(FILE *f, const struct view *v, int event, int dim)
{
	char buf[32];

	if (dim < 0 || !event_on(v->m, event) || !view_shows(v, event))
		fprintf(f, " %12s", "-");
	else
		fprintf(f, " %12s",
			ns_count_format(count(v, of_event(event), dim), buf, sizeof(buf)));
}

static int tlbi(FILE *f, const struct view *v)
{
	struct ns_query q = of_event(NS_EV_S2_TLBI);
	struct ns_hist h = { 0 };
	char a[32], b[32];
	unsigned int i;

	if (!any(v, NS_EV_S2_TLBI))
		return 0;
	fprintf(f, " TLBIs by L1\n  %-16s %12s %9s %9s %12s %12s\n", "kind", "count", "p50",
		"total", "unmaps", "refaults");
	for (i = 0; i < NS_BILL_KINDS; i++) {
		if (ns_bill_kinds[i].event != NS_EV_S2_TLBI)
			continue;
		q.dim = ns_bill_kinds[i].dim;
		if (ns_model_sum(v->m, q, &h))
			return -ENOMEM;
		if (h.count) {
			fprintf(f, "  %-16s", ns_value_label(NS_D_TLBI, q.dim));
			cell(f, v, NS_EV_S2_TLBI, q.dim);
			fprintf(f, " %9s %9s",
				ns_duration_format(ns_hist_quantile(&h, 0.5), a, sizeof(a)),
				ns_duration_format(h.ns, b, sizeof(b)));
			cell(f, v, NS_EV_S2_UNMAP, ns_bill_kinds[i].unmap);
			cell(f, v, NS_EV_S2_FAULT, ns_bill_kinds[i].cause);
			fputc('\n', f);
		}
		ns_hist_free(&h);
	}
	fputc('\n', f);
	return 0;
}

/* ---- AT: instructions down, the paths that occurred across ---- */

static void at_line(FILE *f, const struct view *v, int op)
{
	struct ns_query q = of_event(NS_EV_AT_OP);
	unsigned int i;
	char buf[32];

	q.sub = op;
	if (!ns_model_count(v->m, q))
		return;
	fprintf(f, "  at.%-7s %9s", ns_value_key(NS_D_ATOP, op),
		ns_count_format(ns_model_count(v->m, q), buf, sizeof(buf)));
	for (i = 0; i < NS_NR_PATH; i++)
		if (count(v, of_event(NS_EV_AT_OP), i))
			fprintf(f, " %11s", ns_count_format(count(v, q, i), buf, sizeof(buf)));
	fputc('\n', f);
}

static void at(FILE *f, const struct view *v)
{
	unsigned int i;

	if (!any(v, NS_EV_AT_OP))
		return;
	fprintf(f, " %-12s%9s", "AT", "count");
	for (i = 0; i < NS_NR_PATH; i++)
		if (count(v, of_event(NS_EV_AT_OP), i))
			fprintf(f, " %11s", ns_value_key(NS_D_PATH, i));
	fputc('\n', f);
	for (i = 0; i < NS_NR_ATOP; i++)
		at_line(f, v, i);
	fputc('\n', f);
}

/* ---- an event as a table: first split down, second across ---- */

static void cross(FILE *f, const struct view *v, const char *title, int event)
{
	const struct ns_event_info *ev = &ns_events[event];
	struct ns_query q = of_event(event);
	unsigned int i, s;
	char buf[32];

	if (!any(v, event))
		return;
	fprintf(f, " %-22s", title);
	for (s = 0; s < ns_dims[ev->sub].nr; s++)
		fprintf(f, " %12s", ns_value_label(ev->sub, s));
	fputc('\n', f);
	for (i = 0; i < ns_dims[ev->dim].nr; i++) {
		q.dim = i;
		q.sub = NS_ANY;
		if (!ns_model_count(v->m, q))
			continue;
		fputs("  ", f);
		put_padded(f, ns_value_label(ev->dim, i), 21);
		for (s = 0; s < ns_dims[ev->sub].nr; s++) {
			q.sub = s;
			fprintf(f, " %12s",
				ns_count_format(ns_model_count(v->m, q), buf, sizeof(buf)));
		}
		fputc('\n', f);
	}
	fputc('\n', f);
}

static void el2_rates(FILE *f, const struct view *v)
{
	static const int rows[] = { NS_EV_EL2_ERET, NS_EV_EL2_EXC, NS_EV_EL2_TRAP, NS_EV_EL2_VNCR };
	double s = model_seconds(v->m);
	char n[32], r[32];
	unsigned int i;
	uint64_t c;

	if (!any(v, NS_EV_EL2_ERET) && !any(v, NS_EV_EL2_EXC) && !any(v, NS_EV_EL2_VNCR))
		return;
	fputs(" Virtual EL2\n", f);
	for (i = 0; i < 4; i++) {
		if (!view_shows(v, rows[i]))
			continue;
		c = ns_model_count(v->m, of_event(rows[i]));
		rate_format(s > 0 ? c / s : 0, r, sizeof(r));
		if (event_on(v->m, rows[i]))
			fprintf(f, "  %-14s %12s %10s   %s\n", ns_events[rows[i]].key,
				ns_count_format(c, n, sizeof(n)), r, ns_events[rows[i]].help);
		else
			fprintf(f, "  %-14s %12s\n", ns_events[rows[i]].key, "unavailable");
	}
	fputc('\n', f);
}

int view_sections(FILE *f, const struct view *v)
{
	int rc;

	marks(f, v);
	rc = contexts(f, v);
	if (!rc)
		rc = tlbi(f, v);
	at(f, v);
	cross(f, v, "MMIO aborts", NS_EV_MMIO_ABORT);
	el2_rates(f, v);
	cross(f, v, "Traps", NS_EV_EL2_TRAP);
	view_rtt(f, v);
	return rc;
}
