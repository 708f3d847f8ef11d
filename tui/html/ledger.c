// SPDX-License-Identifier: GPL-2.0-or-later
/* ledger.c: what was lost, where events came from, and the host. */
#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "html.h"

static void ledger_cells(struct html *h, const struct ns_ledger_row *r, const char *key)
{
	const struct {
		const char *name;
		uint64_t n;
	} cell[] = {
		{ "seen", r->seen },
		{ "kept", r->kept },
		{ "ring_full", r->ring_full },
		{ "map_full", r->map_full },
		{ "missed", r->missed_unknown ? NS_UNAVAILABLE : r->missed },
		{ "filtered", r->filtered },
		{ "unattributed", r->unattributed },
		{ "lost", ns_ledger_lost(r) },
	};

	for (unsigned int i = 0; i < sizeof(cell) / sizeof(*cell); i++) {
		fprintf(h->f, "<td data-ledger=\"%s.%s\" data-side=\"%s\">", key, cell[i].name,
			h->side);
		html_count(h, cell[i].n);
		fputs("</td>", h->f);
	}
}

static void ledger_event(struct html *h, unsigned int event)
{
	const struct ns_provider *p = &h->p->m.provider[event];

	fprintf(h->f, "<tr class=\"%s\"><th scope=\"row\"><code>%s</code></th>",
		ns_state_key(p->state), ns_events[event].key);
	if (event_on(&h->p->m, event))
		ledger_cells(h, &h->p->m.ledger[event], ns_events[event].key);
	else
		fputs("<td colspan=\"8\" class=\"na\">unavailable</td>", h->f);
	fprintf(h->f, "<td class=\"word\">%s</td><td class=\"words\">", ns_state_key(p->state));
	html_text(h, p->by);
	if (*p->note) {
		fputs("<small>", h->f);
		html_text(h, p->note);
		fputs("</small>", h->f);
	}
	fputs("</td></tr>\n", h->f);
}

/* Is everything there that should be, and if not, what to do? */
static void verdict(struct html *h, const struct ns_ledger_row *sum)
{
	uint64_t known = ns_ledger_accounted(sum);
	bool missing = sum->seen > known;

	fprintf(h->f, "<p class=\"verdict %s\">", ns_ledger_lost(sum) || missing ? "bad" : "good");
	if (missing) {
		fputs("<b>", h->f);
		html_count(h, sum->seen - known);
		fputs(" events are not in this file:</b> it is damaged, or was cut off.</p>\n",
		      h->f);
	} else if (ns_ledger_lost(sum)) {
		fputs("<b>", h->f);
		html_count(h, ns_ledger_lost(sum));
		fputs(" events were lost:</b> every count on this page is too low by up to that "
		      "many.",
		      h->f);
		if (sum->ring_full)
			fputs(" A larger ring (<code>record --ring</code>), or fewer events "
			      "(<code>-e</code>), keeps those for which it was full.",
			      h->f);
		if (sum->missed)
			fputs(" What is missed, the kernel did not run our programs for: it had "
			      "preempted them.",
			      h->f);
		fputs("</p>\n", h->f);
	} else {
		fputs("<b>Nothing was lost:</b> every event that was seen is kept, or accounted "
		      "for here.",
		      h->f);
		fputs(sum->missed_unknown ? " What the kernel missed is unavailable.</p>\n"
					  : "</p>\n",
		      h->f);
	}
}

void html_ledger(struct html *h)
{
	struct ns_ledger_row sum = ns_model_ledger(&h->p->m);

	verdict(h, &sum);
	fputs("<div class=\"scroll\"><table class=\"wide\"><thead><tr><th scope=\"col\">event</th>"
	      "<th scope=\"col\">seen</th><th scope=\"col\">kept</th>"
	      "<th scope=\"col\" title=\"lost: no room in the ring\">ring full</th>"
	      "<th scope=\"col\" title=\"lost: no room for its count\">map full</th>"
	      "<th scope=\"col\" title=\"lost: the kernel did not run our program\">missed</th>"
	      "<th scope=\"col\" title=\"left out by filters\">filtered</th>"
	      "<th scope=\"col\" title=\"its start was not seen\">unattributed</th>"
	      "<th scope=\"col\">lost</th><th scope=\"col\" class=\"word\">state</th>"
	      "<th scope=\"col\" class=\"words\">provided by</th></tr></thead><tbody>\n",
	      h->f);
	for (unsigned int i = 0; i < NS_NR_EVENTS; i++)
		if (view_shows(h->v, i))
			ledger_event(h, i);
	fputs("</tbody><tfoot><tr><th scope=\"row\">all</th>", h->f);
	ledger_cells(h, &sum, "all");
	fputs("<td></td><td></td></tr></tfoot></table></div>\n", h->f);
}

/* ---- the host ---- */

static void fact(struct html *h, const char *what, const char *text)
{
	fprintf(h->f, "<dt>%s</dt><dd>", what);
	if (*text)
		html_name(h, text);
	else
		fputs("<span class=\"na\">unavailable</span>", h->f);
	fputs("</dd>\n", h->f);
}

static void facts(struct html *h)
{
	const struct ns_host *host = &h->p->m.host;
	time_t t = (time_t)(host->start_realtime_ns / 1000000000);
	char buf[160], when[64] = "";
	struct tm tm;

	if (host->start_realtime_ns && gmtime_r(&t, &tm))
		strftime(when, sizeof(when), "%Y-%m-%d %H:%M:%S UTC", &tm);
	fputs("<dl class=\"facts\">\n", h->f);
	fact(h, "Recording", h->file);
	fact(h, "Made by", h->p->cmdline);
	fact(h, "Host", host->nodename);
	snprintf(buf, sizeof(buf), "Linux %s, %s", host->release, host->machine);
	fact(h, "Kernel", buf);
	snprintf(buf, sizeof(buf), "%" PRIu32, host->cpus);
	fact(h, "CPUs", buf);
	fact(h, "From", when);
	snprintf(buf, sizeof(buf), "%.3f s", model_seconds(&h->p->m));
	fact(h, "For", buf);
	fact(h, "Clock",
	     host->icount ? "of an emulator: one nanosecond is one instruction" : "monotonic");
	fact(h, "Attached by", provider_summary(&h->p->m, buf, sizeof(buf)));
	fputs("</dl>\n", h->f);
}

void html_host(struct html *h)
{
	const struct ns_model *m = &h->p->m;

	facts(h);
	if (!m->nr_vms) {
		html_none(h, "No VM was seen.");
		return;
	}
	html_data(h, "The VMs and their command lines");
	fputs("<table><thead><tr><th scope=\"col\">VM</th><th scope=\"col\">pid</th>"
	      "<th scope=\"col\" class=\"words\">state</th>"
	      "<th scope=\"col\" class=\"words\">command line</th></tr></thead><tbody>\n",
	      h->f);
	for (unsigned int i = 0; i < m->nr_vms; i++) {
		fputs("<tr><th scope=\"row\">", h->f);
		html_name(h, m->vms[i].name);
		fprintf(h->f,
			"</th><td>%" PRIu32 "</td><td class=\"words\">%s</td><td class=\"words\">",
			m->vms[i].key.pid, m->vms[i].ended ? "ended" : "running");
		html_name(h, m->vms[i].cmdline);
		fputs("</td></tr>\n", h->f);
	}
	fputs("</tbody></table>", h->f);
	html_data_end(h);
}
