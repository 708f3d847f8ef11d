// SPDX-License-Identifier: GPL-2.0-or-later
/* page.c: the page at "/": what this is, and where the metrics are. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "catalogue.h"
#include "html/html.h"
#include "http.h"

/* Text that came from a kernel or a command line stays text. */
static void text(FILE *f, const char *s)
{
	struct html h = { .f = f };

	html_text(&h, s);
}

static void event_row(FILE *f, const struct feed *feed, unsigned int event)
{
	static const char *const states[] = {
		[NS_STATE_OFF] = "unavailable", [NS_STATE_PARTIAL] = "partial", [NS_STATE_OK] = "ok",
	};
	const struct ns_provider *p = &feed->m.provider[event];

	fprintf(f, "<tr><td>%s<td>%s<td>", ns_events[event].key, states[p->state]);
	if (p->state != NS_STATE_OFF)
		fprintf(f, "%" PRIu64, feed->m.ledger[event].seen);
	fputs("<td>", f);
	text(f, p->state == NS_STATE_OFF ? p->note : p->by);
	fputc('\n', f);
}

char *page_html(const struct feed *feed, size_t *size)
{
	struct ns_ledger_row sum = ns_model_ledger(&feed->m);
	char *html = NULL;
	FILE *f = open_memstream(&html, size);

	if (!f)
		return NULL;
	fputs("<!DOCTYPE html><html lang=en><meta charset=utf-8><title>nestscope</title>\n"
	      "<style>body{font:15px sans-serif;margin:2em}td{padding:0 1.5em 0 0}</style>\n"
	      "<h1>nestscope " NS_VERSION "</h1>\n<p>Linux ",
	      f);
	text(f, feed->m.host.release);
	fputc(' ', f);
	text(f, feed->m.host.machine);
	fprintf(f,
		": %u VMs seen; %" PRIu64 " events seen = %" PRIu64 " kept + %" PRIu64
		" lost + %" PRIu64 " filtered + %" PRIu64 " of no VM.\n",
		feed->m.nr_vms, sum.seen, sum.kept, ns_ledger_lost(&sum), sum.filtered,
		sum.unattributed);
	fputs("<p><a href=/metrics>/metrics</a> is for Prometheus, <a href=/healthz>/healthz</a> "
	      "for whoever watches this.\n<table><tr><th>event<th>state<th>seen<th>from\n",
	      f);
	for (unsigned int i = 0; i < NS_NR_EVENTS; i++)
		if (feed->a->events >> i & 1)
			event_row(f, feed, i);
	fputs("</table>\n", f);
	if (fclose(f)) {
		free(html);
		return NULL;
	}
	return html;
}
