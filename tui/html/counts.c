// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * counts.c: every number of the recording in tables: of all VMs, and of each of
 * those with the most events.
 */
#include <stdlib.h>

#include "html.h"

#define ROWS 900 /* of the VMs together: the page is to stay small */

/* Rows that it took: 1 or 0. */
static unsigned int row(struct html *h, int vm, int event, int dim)
{
	const struct ns_event_info *info = &ns_events[event];
	struct ns_hist n = html_hist(h, vm, event, dim);

	if (!n.count && dim != NS_ANY)
		return 0;
	fprintf(h->f,
		"<tr class=\"%s\" data-metric=\"%d/%s/%s\" data-side=\"%s\"><th scope=\"row\">",
		dim == NS_ANY ? "event" : "split", vm, info->key,
		dim == NS_ANY ? "" : ns_value_key(info->dim, (unsigned int)dim), h->side);
	if (dim == NS_ANY)
		fprintf(h->f, "<code>%s</code>", info->key);
	else
		html_value(h, info->dim, (unsigned int)dim);
	fputs("</th>", h->f);
	html_cell(h, html_count, n.count);
	html_cell(h, html_rate, n.count);
	if (info->timed && n.count) {
		html_cell(h, html_ns, ns_hist_quantile(&n, 0.50));
		html_cell(h, html_ns, ns_hist_quantile(&n, 0.90));
		html_cell(h, html_ns, ns_hist_quantile(&n, 0.99));
		html_cell(h, html_ns, n.ns);
	} else {
		fputs("<td></td><td></td><td></td><td></td>", h->f);
	}
	fputs("</tr>\n", h->f);
	ns_hist_free(&n);
	return 1;
}

/* What was counted and not seen, in a line. */
static void zeros(struct html *h, int vm)
{
	struct ns_query q = { vm, NS_ANY, NS_ANY, 0, NS_ANY, NS_ANY };
	bool first = true;

	for (q.event = 0; q.event < NS_NR_EVENTS; q.event++) {
		if (!html_has(h, (unsigned int)q.event) || ns_model_count(&h->p->m, q))
			continue;
		fprintf(h->f, "%s<code>%s</code>",
			first ? "<p class=\"note\">Counted, none seen: " : ", ",
			ns_events[q.event].key);
		first = false;
	}
	fputs(first ? "" : ".</p>\n", h->f);
}

static unsigned int table(struct html *h, int vm)
{
	unsigned int rows = 0;
	struct ns_query q = { vm, NS_ANY, NS_ANY, 0, NS_ANY, NS_ANY };
	const struct ns_event_info *info;

	fputs("<div class=\"scroll\"><table class=\"counts\"><thead><tr><th "
	      "scope=\"col\">event</th>"
	      "<th scope=\"col\">count</th><th scope=\"col\">rate</th><th scope=\"col\">p50</th>"
	      "<th scope=\"col\">p90</th><th scope=\"col\">p99</th><th "
	      "scope=\"col\">total</th></tr>"
	      "</thead><tbody>\n",
	      h->f);
	for (q.event = 0; q.event < NS_NR_EVENTS; q.event++) {
		info = &ns_events[q.event];
		if (!html_has(h, (unsigned int)q.event) || !ns_model_count(&h->p->m, q))
			continue;
		rows += row(h, vm, q.event, NS_ANY);
		for (unsigned int d = 0; info->dim != NS_D_NONE && d < ns_dims[info->dim].nr; d++)
			rows += row(h, vm, q.event, (int)d);
	}
	fputs("</tbody></table></div>\n", h->f);
	zeros(h, vm);
	return rows;
}

struct vm_events {
	uint16_t id;
	uint64_t n;
};

static int by_events(const void *pa, const void *pb)
{
	const struct vm_events *a = pa, *b = pb;

	if (a->n != b->n)
		return a->n < b->n ? 1 : -1;
	return (a->id > b->id) - (a->id < b->id);
}

/* Events of each VM, and of none (id 0); how many there are. */
static unsigned int vms_of(const struct html *h, struct vm_events *vm)
{
	const struct ns_model *m = &h->p->m;
	uint64_t n[NS_MAX_VMS] = { 0 };
	unsigned int nr = 0;

	for (unsigned int i = 0; i < m->nr_metrics; i++)
		if (m->metrics[i].vm < NS_MAX_VMS && view_shows(h->v, m->metrics[i].event))
			n[m->metrics[i].vm] += m->metrics[i].h.count;
	for (uint16_t i = 0; i < NS_MAX_VMS; i++)
		if (n[i])
			vm[nr++] = (struct vm_events){ i, n[i] };
	qsort(vm, nr, sizeof(*vm), by_events);
	return nr;
}

void html_counts(struct html *h)
{
	static struct vm_events vm[NS_MAX_VMS];
	unsigned int nr = vms_of(h, vm), rows = 0, i;

	if (!nr) {
		html_none(h, "No event was seen.");
		return;
	}
	fputs("<h3>All VMs</h3>\n", h->f);
	table(h, NS_ANY);
	for (i = 0; i < nr && rows < ROWS; i++) {
		fputs("<details class=\"data\"><summary>", h->f);
		html_vm(h, vm[i].id);
		fputs(": ", h->f);
		html_count(h, vm[i].n);
		fputs(" events</summary>\n", h->f);
		rows += table(h, vm[i].id);
		fputs("</details>\n", h->f);
	}
	if (i < nr)
		fprintf(h->f,
			"<p class=\"note\">%u more VMs had fewer events; <code>nestscope report "
			"--json</code> has them all.</p>\n",
			nr - i);
}
