// SPDX-License-Identifier: GPL-2.0-or-later
/* realms.c: what the host did to the translation tables of realms, and what is left of it. */
#include <inttypes.h>

#include "html.h"
#include "rtt.h"

#define HIGH 200

static void line(struct html *h, const char *what, uint64_t now, uint64_t made, uint64_t gone)
{
	fprintf(h->f, "<tr><th scope=\"row\">%s</th>", what);
	html_cell(h, html_count, now);
	html_cell(h, html_count, made);
	html_cell(h, html_count, gone);
	fputs("</tr>\n", h->f);
}

static void tables(struct html *h, const struct ns_rtt *r)
{
	uint64_t data = ns_rtt_data(r);
	bool ops = html_has(h, NS_EV_RTT_OP);
	char what[32];

	fputs("<table><thead><tr><th scope=\"col\">what</th><th scope=\"col\">now</th>"
	      "<th scope=\"col\">made</th><th scope=\"col\">gone</th></tr></thead><tbody>\n",
	      h->f);
	for (unsigned int i = 0; ops && i < NS_RTT_LEVELS; i++) {
		if (!r->table[i].made && !r->table[i].gone)
			continue;
		snprintf(what, sizeof(what), "tables, level %u", i);
		line(h, what, ns_rtt_live(r, i), r->table[i].made, r->table[i].gone);
	}
	if (ops)
		line(h, "data, 4 KiB pages", data == NS_UNAVAILABLE ? data : data >> 12,
		     r->data_mapped >> 12, r->data_unmapped >> 12);
	if (html_has(h, NS_EV_RTT_CALL))
		line(h, "granules delegated", ns_rtt_granules(r), r->delegated, r->undelegated);
	fputs("</tbody></table>\n", h->f);
	if (r->unknown[0]) {
		fputs("<p class=\"note\">What is there now is unavailable: ", h->f);
		html_text(h, r->unknown);
		fputs("</p>\n", h->f);
	}
}

/* Delegated granules as a lane of the page's time. */
static void granules(struct html *h, const struct ns_gauge *g)
{
	double w = (double)g->width_ns / (double)h->p->course.width_ns;
	double x = html_x(h, g->start_ns);

	if (!g->nr || g->most <= 0)
		return;
	html_times_begin(h, "Delegated granules over time", false);
	fputs("<div class=\"lane\"><div class=\"name\">granules delegated<small>most ", h->f);
	html_count(h, (uint64_t)g->most);
	fputs("</small></div>", h->f);
	html_plot(h, "rtt", HIGH);
	fprintf(h->f, "<title>Delegated granules, at most %" PRId64 "</title><path d=\"M%.3f %d",
		g->most, x, HIGH);
	for (unsigned int i = 0; i < g->nr; i++)
		fprintf(h->f, "V%.1fH%.3f",
			HIGH - HIGH * (double)(g->slot[i] > 0 ? g->slot[i] : 0) / (double)g->most,
			x + (i + 1) * w);
	fprintf(h->f, "V%dZ\"/></svg><div class=\"now\"></div></div>\n", HIGH);
	html_times_end(h);
	fputs("</figure>\n", h->f);
}

/* Calls by command, and a column for each status that occurred. */
static void calls(struct html *h, int vm)
{
	struct ns_query q = { vm, NS_ANY, NS_ANY, NS_EV_RTT_CALL, NS_ANY, NS_ANY };
	bool occurred[NS_NR_RMI_STATUS];

	if (!html_has(h, NS_EV_RTT_CALL) || !ns_model_count(&h->p->m, q))
		return;
	fputs("<h4>Calls to the RMM</h4><div class=\"scroll\"><table><thead><tr>"
	      "<th scope=\"col\">call</th>",
	      h->f);
	for (q.sub = 0; q.sub < NS_NR_RMI_STATUS; q.sub++) {
		occurred[q.sub] = ns_model_count(&h->p->m, q);
		if (occurred[q.sub]) {
			fputs("<th scope=\"col\">", h->f);
			html_value(h, NS_D_RMI_STATUS, (unsigned int)q.sub);
			fputs("</th>", h->f);
		}
	}
	fputs("<th scope=\"col\">p50</th><th scope=\"col\">total</th></tr></thead><tbody>\n", h->f);
	for (q.dim = 0; q.dim < NS_NR_RMI; q.dim++) {
		struct ns_hist n = html_hist(h, vm, NS_EV_RTT_CALL, q.dim);

		if (!n.count)
			continue;
		fputs("<tr><th scope=\"row\">", h->f);
		html_value(h, NS_D_RMI, (unsigned int)q.dim);
		fputs("</th>", h->f);
		for (q.sub = 0; q.sub < NS_NR_RMI_STATUS; q.sub++)
			if (occurred[q.sub])
				html_cell(h, html_count, ns_model_count(&h->p->m, q));
		html_cell(h, html_ns, ns_hist_quantile(&n, 0.5));
		html_cell(h, html_ns, n.ns);
		fputs("</tr>\n", h->f);
		ns_hist_free(&n);
	}
	fputs("</tbody></table></div>\n", h->f);
}

static void step(struct html *h, const char *what, const struct ns_rtt_step *s)
{
	if (!s->ts)
		return;
	fprintf(h->f, "; %s: ", what);
	html_value(h, NS_D_TEARDOWN, s->action);
	if (s->action != NS_TEARDOWN_DONE)
		fprintf(h->f, " at level %" PRIu64 " <code>0x%" PRIx64 "</code>", s->level,
			s->addr);
}

static void teardown(struct html *h, const struct ns_rtt_trace *t)
{
	if (!html_has(h, NS_EV_RTT_TEARDOWN))
		return;
	fputs("<p>Teardowns that came to their end: ", h->f);
	html_count(h, t ? t->done : 0);
	fputs(", given up: ", h->f);
	html_count(h, t ? t->stops : 0);
	if (t) {
		step(h, "given up last", &t->stop);
		if (t->last.ts != t->stop.ts)
			step(h, "last step", &t->last);
	}
	fputs(".</p>\n", h->f);
}

static void leaks(struct html *h, int vm, const struct ns_rtt_trace *t)
{
	struct ns_query q = { vm, NS_ANY, NS_ANY, NS_EV_RTT_LEAK, NS_ANY, NS_ANY };

	if (!html_has(h, NS_EV_RTT_LEAK))
		return;
	fputs("<p>Pages leaked: ", h->f);
	html_count(h, ns_model_count(&h->p->m, q));
	for (unsigned int i = 0; t && i < t->leaks && i < NS_RTT_LEAKS; i++) {
		fprintf(h->f, "%s<code>0x%" PRIx64 "</code> ", i ? ", " : ": ", t->leak[i].pa);
		html_value(h, NS_D_LEAK, t->leak[i].why);
	}
	if (t && t->leaks > NS_RTT_LEAKS)
		fprintf(h->f, " and %" PRIu64 " more", t->leaks - NS_RTT_LEAKS);
	fputs(".</p>\n", h->f);
}

static bool realm(struct html *h, unsigned int vm, bool first)
{
	const struct ns_rtt_trace *t = h->p->detail.rtt.vm[vm];
	struct ns_rtt r;

	ns_rtt_count(&h->p->m, (int)vm, &r);
	if (!r.seen)
		return false;
	fprintf(h->f, "<details class=\"realm on-paper\"%s><summary><b>", first ? " open" : "");
	html_vm(h, vm);
	fputs("</b>: ", h->f);
	html_count(h, ns_rtt_live_all(&r));
	fputs(" tables and ", h->f);
	html_count(h, ns_rtt_granules(&r));
	fputs(" granules left</summary>\n", h->f);
	tables(h, &r);
	if (t && !r.unknown[0] && html_has(h, NS_EV_RTT_CALL))
		granules(h, &t->granules);
	calls(h, (int)vm);
	teardown(h, t);
	leaks(h, (int)vm, t);
	fputs("</details>\n", h->f);
	return true;
}

void html_realms(struct html *h)
{
	bool any = false;

	if (!html_has(h, NS_EV_RTT_OP) && !html_has(h, NS_EV_RTT_CALL)) {
		html_off(h, NS_EV_RTT_CALL);
		return;
	}
	for (unsigned int i = 0; i < NS_MAX_VMS; i++)
		any |= realm(h, i, !any);
	if (!any)
		html_none(h, "No realm was seen.");
}
