// SPDX-License-Identifier: GPL-2.0-or-later
/* gantt.c: when each shadow context had its slot, and who took it away. */
#include <inttypes.h>
#include <stdlib.h>

#include "html.h"

#define ROWS 24
#define HIGH 20

void html_context(struct html *h, unsigned int ctx)
{
	const struct ns_model_ctx *c = ns_model_ctx(&h->p->m, ctx);

	if (!c) {
		fprintf(h->f, "context %u", ctx);
		return;
	}
	html_vm(h, c->vm);
	fprintf(h->f, " VMID %u <code>0x%" PRIx64 "</code>", vttbr_vmid(c->vttbr, c->vtcr),
		c->vttbr);
}

/* Until when a context had a slot that nobody took: as long as its VM was there. */
static double until(const struct html *h, unsigned int ctx)
{
	const struct ns_model_ctx *c = ns_model_ctx(&h->p->m, ctx);
	const struct ns_model_vm *vm = c ? ns_model_vm(&h->p->m, c->vm) : NULL;

	return vm && vm->ended ? html_x(h, h->p->vm_last_ns[vm->id]) : html_span(h);
}

/* A tenure: a bar, open to the left when it began before, with a mark where it was taken. */
static void bar(struct html *h, const struct ns_tenure *t)
{
	double span = html_span(h), from = t->before ? 0 : html_x(h, t->start);
	double to = t->end ? html_x(h, t->end) : until(h, t->ctx), least = span / 2000;

	to = to < from + least ? from + least : to;
	fprintf(h->f,
		"<rect class=\"held\" x=\"%.3f\" y=\"7\" width=\"%.3f\" height=\"12\"><title>",
		from, to - from);
	if (t->nr > 1)
		fprintf(h->f, "%" PRIu32 " times, %" PRIu32 " evictions", t->nr, t->evicted);
	else if (t->evicted)
		fputs("evicted", h->f);
	else
		fputs(t->end ? "given up" : "kept", h->f);
	if (t->by && ns_model_ctx(&h->p->m, t->by))
		fprintf(h->f, ", last by VMID %u",
			vttbr_vmid(ns_model_ctx(&h->p->m, t->by)->vttbr,
				   ns_model_ctx(&h->p->m, t->by)->vtcr));
	fputs("</title></rect>", h->f);
	if (t->evicted)
		fprintf(h->f, "<path class=\"taken\" d=\"M%.3f 1V7\"/>", to);
}

static void row(struct html *h, unsigned int ctx)
{
	const struct ns_pool_ctx *c = &h->p->detail.pool.ctx[ctx];
	const struct ns_tenures *t = &h->p->tenures;

	fputs("<div class=\"lane gantt\"><div class=\"name\">", h->f);
	html_context(h, ctx);
	fputs("</div>", h->f);
	html_plot(h, "hold", HIGH);
	fprintf(h->f, "<title>%" PRIu64 " look-ups, evicted %" PRIu64 " times</title>", c->lookups,
		c->evicted);
	for (unsigned int i = 0; i < t->nr; i++)
		if (t->tenure[i].ctx == ctx)
			bar(h, &t->tenure[i]);
	fputs("</svg><div class=\"now\">", h->f);
	html_count(h, c->evicted);
	fputs("</div></div>\n", h->f);
}

/* ---- which ones, and in numbers ---- */

static const struct ns_pool *sorting;

/* By evictions, then by look-ups. */
static int by_evictions(const void *pa, const void *pb)
{
	const struct ns_pool_ctx *a = &sorting->ctx[*(const uint16_t *)pa];
	const struct ns_pool_ctx *b = &sorting->ctx[*(const uint16_t *)pb];

	if (a->evicted != b->evicted)
		return a->evicted < b->evicted ? 1 : -1;
	if (a->lookups != b->lookups)
		return a->lookups < b->lookups ? 1 : -1;
	return a < b ? -1 : a > b;
}

static void table_row(struct html *h, unsigned int id)
{
	const struct ns_pool_ctx *c = &h->p->detail.pool.ctx[id];
	struct ns_query q = { NS_ANY, NS_ANY, (int)id, NS_EV_S2_FAULT, NS_ANY, NS_ANY };

	fputs("<tr><th scope=\"row\">", h->f);
	html_context(h, id);
	fputs("</th>", h->f);
	html_cell(h, html_count, c->lookups);
	fputs("<td>", h->f);
	html_share(h, c->hits, c->lookups);
	fputs("</td>", h->f);
	html_cell(h, html_count, c->evicted);
	html_cell(h, html_count, c->back);
	html_cell(h, html_ns, c->back ? c->away_ns / c->back : NS_UNAVAILABLE);
	html_cell(h, html_count,
		  html_has(h, NS_EV_S2_FAULT) ? ns_model_count(&h->p->m, q) : NS_UNAVAILABLE);
	q.dim = NS_CAUSE_EVICT;
	html_cell(h, html_count,
		  html_has(h, NS_EV_S2_FAULT) ? ns_model_count(&h->p->m, q) : NS_UNAVAILABLE);
	fputs("</tr>\n", h->f);
}

static void table(struct html *h, const uint16_t *id, unsigned int nr)
{
	html_data(h, "The numbers");
	fputs("<table><thead><tr><th scope=\"col\">context</th><th scope=\"col\">look-ups</th>"
	      "<th scope=\"col\">hits</th><th scope=\"col\">evicted</th><th scope=\"col\">came "
	      "back</th>"
	      "<th scope=\"col\">away, on average</th><th scope=\"col\">faults</th>"
	      "<th scope=\"col\">after eviction</th></tr></thead><tbody>\n",
	      h->f);
	for (unsigned int i = 0; i < nr; i++)
		table_row(h, id[i]);
	fputs("</tbody></table>", h->f);
	html_data_end(h);
}

static void caption(struct html *h, unsigned int nr)
{
	const struct ns_tenures *t = &h->p->tenures;
	const struct ns_pool *p = &h->p->detail.pool;
	char buf[32];

	fputs("<figcaption>A bar is a slot of the pool; a tick above its end says that another "
	      "context took it. On the right: how often.",
	      h->f);
	if (nr > ROWS)
		fprintf(h->f, " %u more contexts were evicted less often.", nr - ROWS);
	if (t->grain_ns)
		fprintf(h->f, " Tenures less than %s apart are drawn as one.",
			ns_duration_format(t->grain_ns, buf, sizeof(buf)));
	if (p->unknown_victims)
		fprintf(h->f, " %" PRIu64 " evictions were of contexts not seen before.",
			p->unknown_victims);
	fputs("</figcaption>\n", h->f);
}

void html_contexts(struct html *h)
{
	const struct ns_pool *p = &h->p->detail.pool;
	static uint16_t id[NS_MAX_CTXS];
	unsigned int nr = 0, shown;

	if (html_off(h, NS_EV_S2_CTX))
		return;
	for (uint16_t i = 1; i < NS_MAX_CTXS; i++)
		if (p->ctx[i].lookups)
			id[nr++] = i;
	if (!nr) {
		html_none(h, "No vCPU began to run an L2.");
		return;
	}
	sorting = p;
	qsort(id, nr, sizeof(*id), by_evictions);
	shown = nr < ROWS ? nr : ROWS;
	html_times_begin(h, "Shadow contexts over time", false);
	for (unsigned int i = 0; i < shown; i++)
		row(h, id[i]);
	html_times_end(h);
	caption(h, nr);
	table(h, id, shown);
	fputs("</figure>\n", h->f);
}
