// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * bill.c: what drops shadow entries, and what it costs: its own time, and that
 * of the faults on what it dropped.
 */
#include "bill.h"

#include <inttypes.h>

#include "html.h"

static void name(struct html *h, const struct ns_bill_kind *k)
{
	if (k->event == NS_EV_S2_TLBI)
		fputs("TLBI ", h->f);
	if (k->event == NS_EV_S2_WP)
		fputs("write-protection", h->f);
	else
		html_value(h, ns_events[k->event].dim, (unsigned int)k->dim);
}

static bool to_show(const struct ns_bill *b)
{
	return (b->count && b->count != NS_UNAVAILABLE) ||
	       (b->refaults && b->refaults != NS_UNAVAILABLE);
}

static uint64_t known(uint64_t n)
{
	return n == NS_UNAVAILABLE ? 0 : n;
}

/* The two parts of a bill, of the longest one. */
static void bar(struct html *h, const struct ns_bill *b, uint64_t longest)
{
	double own = longest ? 100.0 * (double)known(b->ns) / (double)longest : 0;
	double after = longest ? 100.0 * (double)known(b->refault_ns) / (double)longest : 0;

	fputs("<td class=\"bar\"><svg viewBox=\"0 0 100 10\" preserveAspectRatio=\"none\" "
	      "role=\"img\">"
	      "<title>its own time, and that of the refaults</title>",
	      h->f);
	fprintf(h->f, "<rect class=\"own\" y=\"1\" width=\"%.2f\" height=\"8\"/>", own);
	fprintf(h->f,
		"<rect class=\"after\" x=\"%.2f\" y=\"2.5\" width=\"%.2f\" "
		"height=\"5\"/></svg></td>",
		own, after);
}

/* A cell that does not apply is empty; one that applies and is not told says so. */
static void cell(struct html *h, const char *key, void (*put)(struct html *h, uint64_t n),
		 uint64_t n, bool applies)
{
	fprintf(h->f, "<td data-bill=\"%s\">", key);
	if (applies)
		put(h, n);
	fputs("</td>", h->f);
}

static void row(struct html *h, const struct ns_bill_kind *k, const struct ns_bill *b,
		uint64_t longest)
{
	bool tlbi = k->event == NS_EV_S2_TLBI;

	fprintf(h->f, "<tr data-kind=\"%s.%s\"><th scope=\"row\">", ns_events[k->event].key,
		ns_value_key(ns_events[k->event].dim, (unsigned int)k->dim));
	name(h, k);
	fputs("</th>", h->f);
	bar(h, b, longest);
	cell(h, "count", html_count, b->count, true);
	cell(h, "each", html_ns, b->each_ns, true);
	cell(h, "own", html_ns, b->ns, true);
	cell(h, "dropped", html_count, b->dropped, k->unmap >= 0);
	cell(h, "back", html_count, b->back, k->unmap >= 0 && k->cause >= 0);
	cell(h, "refaults", html_count, b->refaults, k->cause >= 0);
	cell(h, "after", html_ns, b->refault_ns, k->cause >= 0);
	cell(h, "unmaps", html_count, b->unmaps, k->unmap >= 0 && tlbi);
	cell(h, "asked", html_bytes, b->asked, tlbi && k->unmap >= 0);
	cell(h, "applied", html_bytes, b->applied, tlbi && k->unmap >= 0);
	fputs("</tr>\n", h->f);
}

static void head(struct html *h)
{
	static const struct {
		const char *title, *help;
	} columns[] = {
		{ "count", "how many" },
		{ "each costs", "own time and that of the refaults, for one" },
		{ "own time", "of all of them" },
		{ "pages dropped", "4 KiB pages that a fault of this recording had mapped" },
		{ "came back", "pages mapped again by its refaults" },
		{ "refaults", "faults on what it dropped" },
		{ "their time", "of all of them" },
		{ "unmaps", "ranges of contexts that it walked" },
		{ "asked", "what L1 wanted dropped, on the average" },
		{ "applied", "what was dropped in each context, on the average" },
	};

	fputs("<div class=\"scroll\"><table class=\"wide bill\"><thead><tr><th scope=\"col\">what drops "
	      "entries</th><th scope=\"col\" class=\"words\">"
	      "<span class=\"key-own\">own</span> + <span class=\"key-after\">refaults</span></th>",
	      h->f);
	for (unsigned int i = 0; i < sizeof(columns) / sizeof(*columns); i++)
		fprintf(h->f, "<th scope=\"col\" title=\"%s\">%s</th>", columns[i].help,
			columns[i].title);
	fputs("</tr></thead><tbody>\n", h->f);
}

/* What the numbers of pages do not know. */
static void notes(struct html *h)
{
	const struct ns_mapped *m = &h->p->mapped;

	fputs("<p class=\"note\">Pages are those of 4 KiB that this recording saw being mapped: what "
	      "was mapped before it began is not among them. A block counts with all its pages, and "
	      "one fault brings them all back.",
	      h->f);
	if (m->not_told || m->left_out)
		fprintf(h->f,
			" They are unavailable here: %" PRIu64 " events did not tell their range, "
			"and for %" PRIu64 " blocks there was no room.",
			m->not_told, m->left_out);
	fputs("</p>\n", h->f);
}

void html_bill(struct html *h)
{
	struct ns_bill b[NS_BILL_KINDS];
	uint64_t longest = 0, sum;
	unsigned int nr = 0;
	int rc;

	for (unsigned int i = 0; i < NS_BILL_KINDS; i++) {
		rc = ns_bill_of(&b[i], &ns_bill_kinds[i], h->v->events, &h->p->m, &h->p->detail,
				&h->p->mapped);
		if (rc) {
			h->rc = rc;
			return;
		}
		sum = known(b[i].ns) + known(b[i].refault_ns);
		longest = sum > longest ? sum : longest;
		nr += to_show(&b[i]);
	}
	if (!html_has(h, NS_EV_S2_TLBI))
		html_off(h, NS_EV_S2_TLBI);
	if (!html_has(h, NS_EV_S2_UNMAP))
		html_off(h, NS_EV_S2_UNMAP);
	if (!nr) {
		if (html_has(h, NS_EV_S2_TLBI))
			html_none(h, "L1 issued no TLBI, and nothing else dropped shadow entries.");
		return;
	}
	head(h);
	for (unsigned int i = 0; i < NS_BILL_KINDS; i++)
		if (to_show(&b[i]))
			row(h, &ns_bill_kinds[i], &b[i], longest);
	fputs("</tbody></table></div>\n", h->f);
	notes(h);
}
