// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * page.c: the frame of a page: head, contents, sections.  Its policy lets in
 * this script and this style, by their hashes, and nothing else: no request, no
 * form, no other code, whatever a recording holds.
 */
#include "html.h"
#include "html_assets.h"

const struct html_section html_sections[] = {
	{ "overview", "Overview", "Overview", "What users ask first, answered from this recording.",
	  html_overview },
	{ "timeline", "Timeline", "Timeline", "How often each event happened, over time.",
	  html_timeline },
	{ "causes", "Causes over time", "Causes", "Why L2 faulted on its shadow tables.",
	  html_causes },
	{ "heat", "Heat map", "Heat map", "Where in its address space L2 faulted, by context.",
	  html_heat },
	{ "latency", "Latencies", "Latencies",
	  "How long each event took, from 1 ns to 1000 s in steps of a tenth of a power of ten.",
	  html_latency },
	{ "bill", "The bill of TLBIs", "TLBI bill",
	  "What took shadow entries away, and what that cost: its own time, and the faults on what "
	  "it dropped.",
	  html_bill },
	{ "contexts", "Contexts", "Contexts",
	  "When each shadow context had a slot of its VM's pool.", html_contexts },
	{ "realms", "Realms", "Realms", "What the host did to the translation tables of realms.",
	  html_realms },
	{ "slowest", "Slowest events", "Slowest",
	  "With the events of the same vCPU around each of them.", html_slowest },
	{ "counts", "All numbers", "Numbers", "What nestscope report prints, and --json has.",
	  html_counts },
	{ "ledger", "Loss ledger", "Ledger",
	  "Every event that was seen is in one of these columns: seen = kept + ring full + map "
	  "full + missed + filtered + unattributed.",
	  html_ledger },
	{ "host", "Host and recording", "Host", NULL, html_host },
	{ 0 },
};

void html_begin(FILE *f, const char *title)
{
	struct html h = { .f = f };

	fprintf(f,
		"<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
		"<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
		"style-src 'sha256-%s'; script-src 'sha256-%s'; base-uri 'none'; "
		"form-action 'none'\">\n"
		"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
		"<meta name=\"color-scheme\" content=\"light dark\">\n"
		"<meta name=\"referrer\" content=\"no-referrer\">\n"
		"<meta name=\"generator\" content=\"nestscope %s\">\n<title>",
		html_css_hash, html_js_hash, NS_VERSION);
	html_text(&h, title);
	fprintf(f, "</title>\n<style>%s</style>\n</head>\n<body>\n", html_css);
	fputs("<a class=\"skip\" href=\"#main\">To the contents</a>\n", f);
}

void html_section_begin(FILE *f, const struct html_section *s)
{
	fprintf(f, "<section id=\"%s\" aria-labelledby=\"h-%s\">\n<h2 id=\"h-%s\">%s</h2>\n", s->id,
		s->id, s->id, s->title);
	if (s->lead)
		fprintf(f, "<p class=\"lead\">%s</p>\n", s->lead);
}

void html_contents(FILE *f, const char *first_id, const char *first)
{
	fputs("<nav aria-label=\"Contents\"><ul>\n", f);
	if (first)
		fprintf(f, "<li><a href=\"#%s\">%s</a></li>\n", first_id, first);
	for (const struct html_section *s = html_sections; s->id; s++)
		fprintf(f, "<li><a href=\"#%s\">%s</a></li>\n", s->id, s->brief);
	fputs("</ul><button type=\"button\" id=\"theme\" hidden>Theme: system</button></nav>\n", f);
}

void html_end(FILE *f)
{
	fprintf(f,
		"<footer>Made by nestscope %s. This page is one file; it asks for nothing from "
		"anywhere.</footer>\n<script>%s</script>\n</body>\n</html>\n",
		NS_VERSION, html_js);
}
