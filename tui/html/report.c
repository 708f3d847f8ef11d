// SPDX-License-Identifier: GPL-2.0-or-later
/* report.c: the page of `nestscope report --html`. */
#include "html.h"
#include "html_out.h"

/* The VMs by name, the first few. */
static void vms(struct html *h)
{
	const struct ns_model *m = &h->p->m;
	unsigned int i;

	for (i = 0; i < m->nr_vms && i < 3; i++) {
		if (i)
			fputs(", ", h->f);
		html_name(h, m->vms[i].name);
	}
	if (m->nr_vms > i)
		fprintf(h->f, " and %u more", m->nr_vms - i);
	if (!m->nr_vms)
		fputs("no VM", h->f);
}

void html_head(struct html *h)
{
	struct ns_ledger_row l = ns_model_ledger(&h->p->m);

	fputs("<p class=\"what\">", h->f);
	vms(h);
	fputs(" on ", h->f);
	html_name(h, h->p->m.host.nodename);
	fputs(", Linux ", h->f);
	html_name(h, h->p->m.host.release);
	fputs(" ", h->f);
	html_name(h, h->p->m.host.machine);
	fprintf(h->f, ", for %.3f s</p>\n", model_seconds(&h->p->m));
	fprintf(h->f, "<p class=\"ledger %s\">", ns_ledger_lost(&l) ? "bad" : "good");
	html_count(h, l.seen);
	fputs(" events seen = ", h->f);
	html_count(h, l.kept);
	fputs(" kept", h->f);
	if (l.filtered) {
		fputs(" + ", h->f);
		html_count(h, l.filtered);
		fputs(" filtered", h->f);
	}
	if (l.unattributed) {
		fputs(" + ", h->f);
		html_count(h, l.unattributed);
		fputs(" unattributed", h->f);
	}
	fputs(ns_ledger_lost(&l) ? " + " : ", ", h->f);
	fputs(ns_ledger_lost(&l) ? "" : "lost ", h->f);
	html_count(h, ns_ledger_lost(&l));
	fputs(ns_ledger_lost(&l) ? " lost" : "", h->f);
	if (l.missed) {
		fputs(", of these missed ", h->f);
		html_count(h, l.missed);
	} else if (l.missed_unknown) {
		fputs(", missed <span class=\"na\">unavailable</span>", h->f);
	}
	fputs("</p>\n", h->f);
	if (h->p->warning) {
		fputs("<p class=\"warning\"><b>Warning:</b> ", h->f);
		html_text(h, h->p->warning);
		fputs("</p>\n", h->f);
	}
}

void html_only(struct html *h, const char *filter)
{
	if (!filter)
		return;
	fputs("<p class=\"warning\"><b>Only events for which</b> <code>", h->f);
	html_name(h, filter);
	fputs("</code></p>\n", h->f);
}

int html_report(FILE *f, const struct view *v, const struct ns_page *p, const char *file,
		const char *filter)
{
	struct html h = { .f = f, .v = v, .p = p, .file = file, .side = "" };
	char title[300];

	snprintf(title, sizeof(title), "nestscope report %s", file);
	html_begin(f, title);
	fputs("<header><h1>nestscope report <span>", f);
	html_name(&h, file);
	fputs("</span></h1>\n", f);
	html_head(&h);
	html_only(&h, filter);
	fputs("</header>\n", f);
	html_contents(f, NULL, NULL);
	fputs("<main id=\"main\">\n", f);
	for (const struct html_section *s = html_sections; s->id; s++) {
		html_section_begin(f, s);
		s->put(&h);
		fputs("</section>\n", f);
	}
	fputs("</main>\n", f);
	html_times_data(&h);
	html_end(f);
	return h.rc;
}
