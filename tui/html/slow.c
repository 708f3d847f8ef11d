// SPDX-License-Identifier: GPL-2.0-or-later
/* slow.c: the events that took longest, and what was around each of them. */
#include <inttypes.h>

#include "html.h"

/* The fields that were told, but the duration, which has its own column. */
static void fields(struct html *h, const struct ns_event *ev)
{
	const struct ns_event_info *info = &ns_events[ev->event];
	char buf[32];

	for (unsigned int i = info->timed; i < info->nr_fields && i < ev->nr_fields; i++) {
		if (ns_field_unavailable(info->fields[i].unit, ev->field[i]))
			continue;
		fprintf(h->f, "<span title=\"");
		html_text(h, info->fields[i].help);
		fprintf(h->f, "\">%s=%s</span> ", info->fields[i].key,
			ns_field_format(info->fields[i].unit, ev->field[i], buf, sizeof(buf)));
	}
}

static void event_cells(struct html *h, const struct ns_event *ev)
{
	const struct ns_event_info *info = &ns_events[ev->event];

	fprintf(h->f, "<td class=\"words\"><code>%s</code> ", info->key);
	if (info->dim != NS_D_NONE)
		html_value(h, info->dim, ev->dim);
	if (info->sub != NS_D_NONE) {
		fputs(", ", h->f);
		html_value(h, info->sub, ev->sub);
	}
	fputs("</td><td class=\"words fields\"><code>", h->f);
	fields(h, ev);
	fputs("</code></td>", h->f);
}

/* One of the same vCPU: how far away it was, and its own duration. */
static void around(struct html *h, const struct ns_event *ev, const struct ns_event *slow)
{
	const struct ns_event_info *info = &ns_events[ev->event];
	bool early = ev->ts < slow->ts;
	char away[32];

	ns_duration_format(early ? slow->ts - ev->ts : ev->ts - slow->ts, away, sizeof(away));
	fprintf(h->f, "<tr><td>%s%s</td><td>", early ? "−" : "+", away);
	if (info->timed && ev->nr_fields)
		html_ns(h, ev->field[0]);
	fputs("</td>", h->f);
	event_cells(h, ev);
	fputs("</tr>\n", h->f);
}

static void context(struct html *h, const struct ns_slow *s)
{
	if (!s->nr_before && !s->nr_after)
		return;
	fprintf(h->f,
		"<details class=\"data\"><summary>%u before it, %u after it on its vCPU</summary>"
		"<table><tbody>\n",
		s->nr_before, s->nr_after);
	for (unsigned int i = 0; i < s->nr_before + s->nr_after; i++)
		around(h, &s->around[i].ev, &s->self.ev);
	fputs("</tbody></table></details>", h->f);
}

static void slow(struct html *h, const struct ns_slow *s)
{
	const struct ns_event *ev = &s->self.ev;
	uint64_t start = h->p->m.start_ns;

	fprintf(h->f, "<tr data-id=\"%" PRIu64 "\" data-side=\"%s\"><td>", s->self.id, h->side);
	html_ns(h, ev->field[0]);
	fprintf(h->f, "</td><td>%.6f</td><td class=\"word\">",
		ev->ts > start ? (double)(ev->ts - start) / 1e9 : 0);
	html_vm(h, ev->vm);
	if (ev->vcpu == NS_NO_VCPU)
		fputs("</td><td>–</td>", h->f);
	else
		fprintf(h->f, "</td><td>%u</td>", ev->vcpu);
	event_cells(h, ev);
	fputs("</tr>\n<tr class=\"around\"><td colspan=\"6\">", h->f);
	context(h, s);
	fputs("</td></tr>\n", h->f);
}

void html_slowest(struct html *h)
{
	const struct ns_slowest *s = &h->p->slowest;

	if (!s->nr) {
		html_none(h, "No event that has a duration was seen.");
		return;
	}
	fputs("<div class=\"scroll\"><table class=\"wide slowest\"><thead><tr><th "
	      "scope=\"col\">took</th>"
	      "<th scope=\"col\">at (s)</th><th scope=\"col\" class=\"word\">VM</th>"
	      "<th scope=\"col\">vCPU</th><th scope=\"col\" class=\"words\">event</th>"
	      "<th scope=\"col\" class=\"words\">what it told</th></tr></thead><tbody>\n",
	      h->f);
	for (unsigned int i = 0; i < s->nr; i++)
		slow(h, &s->slow[i]);
	fputs("</tbody></table></div>\n", h->f);
}
