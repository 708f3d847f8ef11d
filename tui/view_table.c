// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * view_table.c: per VM the events with counts and times, below each the values
 * of its split that occurred.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "view.h"

#define MAX_ROWS 64

struct row {
	char label[64];
	struct numbers n;
};

static const struct column *sort_by;

static int row_compare(const void *pa, const void *pb)
{
	double a = sort_by->value(&((const struct row *)pa)->n);
	double b = sort_by->value(&((const struct row *)pb)->n);

	return a < b ? 1 : a > b ? -1 : 0;
}

static void print_rows(FILE *f, const struct view *v, struct row *rows, unsigned int n)
{
	unsigned int i;

	if (v->sort && n) {
		sort_by = v->sort;
		qsort(rows, n, sizeof(*rows), row_compare);
	}
	for (i = 0; i < n; i++)
		view_row(f, v, rows[i].label, &rows[i].n);
}

static int fill(const struct view *v, struct ns_query q, uint64_t whole, struct numbers *n)
{
	n->timed = ns_events[q.event].timed;
	n->seconds = model_seconds(v->m);
	n->whole = whole;
	return ns_model_sum(v->m, q, &n->h);
}

/* Rows of the values of an event's first split. */
static int print_dims(FILE *f, const struct view *v, struct ns_query q, uint64_t whole)
{
	const struct ns_event_info *ev = &ns_events[q.event];
	struct row rows[MAX_ROWS];
	unsigned int i, n = 0;

	if (ev->dim == NS_D_NONE)
		return 0;
	for (i = 0; i < ns_dims[ev->dim].nr && n < MAX_ROWS; i++) {
		q.dim = i;
		if (!ns_model_count(v->m, q))
			continue;
		if (fill(v, q, whole, &rows[n].n))
			return -ENOMEM;
		snprintf(rows[n++].label, sizeof(rows[0].label), "   %s",
			 ns_value_label(ev->dim, i));
	}
	print_rows(f, v, rows, n);
	return 0;
}

/* The second split on one line: "by access: read 200  write 3". */
static void print_subs(FILE *f, const struct view *v, struct ns_query q)
{
	const struct ns_event_info *ev = &ns_events[q.event];
	bool first = true;
	unsigned int i;
	uint64_t n;
	char buf[32];

	if (ev->sub == NS_D_NONE)
		return;
	for (i = 0; i < ns_dims[ev->sub].nr; i++) {
		q.sub = i;
		n = ns_model_count(v->m, q);
		if (!n)
			continue;
		fprintf(f, "%s %s %s", first ? "     of these:" : " ", ns_value_label(ev->sub, i),
			ns_count_format(n, buf, sizeof(buf)));
		first = false;
	}
	if (!first)
		fputc('\n', f);
}

static int print_vcpus(FILE *f, const struct view *v, struct ns_query q, uint64_t whole)
{
	static bool seen[NS_NO_VCPU + 1];
	struct numbers n;
	char label[64];
	unsigned int i;

	memset(seen, 0, sizeof(seen));
	for (i = 0; i < v->m->nr_metrics; i++)
		if (v->m->metrics[i].vm == q.vm && v->m->metrics[i].event == q.event)
			seen[v->m->metrics[i].vcpu] = true;
	for (i = 0; i <= NS_NO_VCPU; i++) {
		if (!seen[i])
			continue;
		q.vcpu = i;
		if (!ns_model_count(v->m, q))
			continue;
		if (fill(v, q, whole, &n))
			return -ENOMEM;
		if (i == NS_NO_VCPU)
			snprintf(label, sizeof(label), "   no vCPU");
		else
			snprintf(label, sizeof(label), "   vCPU %u", i);
		view_row(f, v, label, &n);
	}
	return 0;
}

static int print_contexts(FILE *f, const struct view *v, struct ns_query q, uint64_t whole)
{
	const struct ns_model_ctx *c;
	struct numbers n;
	char label[64];
	unsigned int i;

	for (i = 0; i < v->m->nr_ctxs; i++) {
		c = &v->m->ctxs[i];
		q.ctx = c->id;
		if (c->vm != q.vm || !ns_model_count(v->m, q))
			continue;
		if (fill(v, q, whole, &n))
			return -ENOMEM;
		snprintf(label, sizeof(label), "   VTTBR 0x%llx", (unsigned long long)c->vttbr);
		view_row(f, v, label, &n);
	}
	return 0;
}

static int print_event(FILE *f, const struct view *v, struct ns_query q)
{
	struct numbers n;
	uint64_t whole;
	char label[64];
	int rc;

	if (fill(v, q, 0, &n))
		return -ENOMEM;
	whole = n.whole = n.h.count;
	snprintf(label, sizeof(label), " %s%s", ns_events[q.event].key,
		 v->m->provider[q.event].state == NS_STATE_PARTIAL ? " (partial)" : "");
	view_row(f, v, label, &n);
	if (!whole)
		return 0;
	rc = print_dims(f, v, q, whole);
	print_subs(f, v, q);
	if (!rc && v->by_vcpu)
		rc = print_vcpus(f, v, q, whole);
	if (!rc && v->by_context)
		rc = print_contexts(f, v, q, whole);
	return rc;
}

static int print_vm(FILE *f, const struct view *v, int vm, const char *name)
{
	struct ns_query q = { vm, NS_ANY, NS_ANY, 0, NS_ANY, NS_ANY };
	int rc = 0;

	view_row_head(f, v, name);
	for (q.event = 0; q.event < NS_NR_EVENTS && !rc; q.event++)
		if (view_shows(v, q.event) && event_on(v->m, q.event))
			rc = print_event(f, v, q);
	fputc('\n', f);
	return rc;
}

int view_table(FILE *f, const struct view *v)
{
	struct ns_query none = { 0, NS_ANY, NS_ANY, NS_ANY, NS_ANY, NS_ANY };
	const struct ns_model_vm *vm;
	char name[128];
	unsigned int i;
	int rc = 0;

	for (i = 0; i < v->m->nr_vms && !rc; i++) {
		vm = &v->m->vms[i];
		snprintf(name, sizeof(name), "VM %s%s", vm->name, vm->ended ? " (ended)" : "");
		rc = print_vm(f, v, vm->id, name);
	}
	/* events that no VM could be named for are shown, not dropped */
	if (!rc && ns_model_count(v->m, none))
		rc = print_vm(f, v, 0, "no VM");
	return rc;
}
