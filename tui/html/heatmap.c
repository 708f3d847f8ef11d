// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * heatmap.c: where in its address space L2 faults: for each of the contexts
 * with the most faults, lines of cells, without the lines that nothing faulted
 * in.  A cell that is larger and darker has more faults.
 */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "html.h"
#include "top/screen.h"

#define CONTEXTS 6
#define LINES 16
#define LEVELS 5

/* How dark a cell is, from 1; logarithmic: one hot page must not hide what the others do. */
static int level(uint32_t faults, uint32_t most)
{
	int l = most > 1 ? 1 + (int)(log(faults) / log(most) * (LEVELS - 0.01)) : LEVELS;

	return l > LEVELS ? LEVELS : l;
}

/* The cells of all levels, of which the maps are made. */
static void levels(struct html *h)
{
	double size;

	fputs("<svg class=\"defs\" width=\"0\" height=\"0\" aria-hidden=\"true\"><defs>", h->f);
	for (int l = 1; l <= LEVELS; l++) {
		size = 0.4 + 0.12 * l;
		fprintf(h->f,
			"<rect id=\"%sh%d\" class=\"h%d\" x=\"%.2f\" y=\"%.2f\" width=\"%.2f\" "
			"height=\"%.2f\"/>",
			h->side, l, l, (1 - size) / 2, (1 - size) / 2, size, size);
	}
	fputs("</defs></svg>\n", h->f);
}

static void cell(struct html *h, const struct ns_heat_page *c, int i, uint64_t at, uint32_t most)
{
	fprintf(h->f, "<use href=\"#%sh%d\" x=\"%d\"><title>0x%" PRIx64 ": %" PRIu32 ", ", h->side,
		level(c->faults, most), i, at, c->faults);
	html_text(h, cause_short((int)ns_heat_top_cause(c)));
	fputs("</title></use>", h->f);
}

static void line(struct html *h, const struct ns_heat_line *l, uint64_t bytes, uint32_t most)
{
	fprintf(h->f,
		"<tr><th scope=\"row\"><code>0x%" PRIx64 "</code></th><td class=\"map\">"
		"<svg viewBox=\"0 0 %d 1\" preserveAspectRatio=\"none\" role=\"img\">"
		"<title>%" PRIu32 " faults from 0x%" PRIx64 "</title>",
		l->start, NS_HEAT_CELLS, l->sum.faults, l->start);
	for (int i = 0; i < NS_HEAT_CELLS; i++)
		if (l->cell[i].faults)
			cell(h, &l->cell[i], i, l->start + (uint64_t)i * bytes, most);
	fputs("</svg></td>", h->f);
	html_cell(h, html_count, l->sum.faults);
	html_cell(h, html_ns, l->sum.ns);
	fputs("<td class=\"words\">", h->f);
	html_value(h, NS_D_CAUSE, ns_heat_top_cause(&l->sum));
	fputs("</td></tr>\n", h->f);
}

static void map(struct html *h, const struct ns_heat_page *pages, int nr)
{
	char a[NUMBER], b[NUMBER];
	struct ns_heat_line *l = NULL;
	unsigned int shift;
	uint32_t most = 0;
	uint64_t bytes;
	int n;

	n = ns_heat_lines(pages, nr, NS_HEAT_CELLS, LINES, &shift, &l);
	if (n < 0)
		h->rc = n;
	for (int i = 0; i < n; i++)
		for (int k = 0; k < NS_HEAT_CELLS; k++)
			most = l[i].cell[k].faults > most ? l[i].cell[k].faults : most;
	bytes = 1ULL << (shift + NS_HEAT_SHIFT);
	fprintf(h->f,
		"<div class=\"scroll\"><table class=\"wide heat\"><thead><tr><th scope=\"col\">L2 "
		"IPA</th>"
		"<th scope=\"col\" class=\"words\">a cell is %s, a line %s</th><th "
		"scope=\"col\">faults</th>"
		"<th scope=\"col\">time</th><th scope=\"col\" "
		"class=\"words\">mostly</th></tr></thead><tbody>\n",
		show_bytes((double)(bytes / NS_HEAT_CELLS), a), show_bytes((double)bytes, b));
	for (int i = 0; i < n; i++)
		line(h, &l[i], bytes / NS_HEAT_CELLS, most);
	fputs("</tbody></table></div>\n", h->f);
	free(l);
}

static void context(struct html *h, unsigned int ctx, uint64_t faults)
{
	struct ns_heat_page *pages;
	int nr = ns_heat_pages(&h->p->detail.heat, ctx, &pages);

	if (nr < 0)
		h->rc = nr;
	if (nr <= 0)
		return;
	fputs("<h3>", h->f);
	html_context(h, ctx);
	fputs(": ", h->f);
	html_count(h, faults);
	fputs(" faults on ", h->f);
	html_count(h, (uint64_t)nr);
	fputs(" pages</h3>\n", h->f);
	map(h, pages, nr);
	free(pages);
}

static void legend(struct html *h)
{
	levels(h);
	fputs("<p class=\"legend\">fewer faults <svg viewBox=\"0 0 5 1\" aria-hidden=\"true\">",
	      h->f);
	for (int l = 1; l <= LEVELS; l++)
		fprintf(h->f, "<use href=\"#%sh%d\" x=\"%d\"/>", h->side, l, l - 1);
	fputs("</svg> more (logarithmic, for each context)</p>\n", h->f);
}

/* What is not on the maps. */
static void left_out(struct html *h, unsigned int contexts)
{
	const struct ns_heat *heat = &h->p->detail.heat;

	if (contexts > CONTEXTS)
		fprintf(h->f,
			"<p class=\"note\">%u more contexts had fewer faults; "
			"<code>--filter</code> chooses others.</p>\n",
			contexts - CONTEXTS);
	if (heat->left_out)
		fprintf(h->f,
			"<p class=\"note\">%" PRIu64 " faults on further pages are left out: "
			"there was no room for more.</p>\n",
			heat->left_out);
	if (heat->unknown)
		fprintf(h->f,
			"<p class=\"note\">%" PRIu64 " faults did not tell their L2 IPA or "
			"context.</p>\n",
			heat->unknown);
}

void html_heat(struct html *h)
{
	const struct ns_heat *heat = &h->p->detail.heat;
	static uint64_t faults[NS_MAX_CTXS];
	unsigned int nr = 0, best;

	if (html_off(h, NS_EV_S2_FAULT))
		return;
	memset(faults, 0, sizeof(faults));
	for (unsigned int i = 0; i < heat->size; i++)
		if (heat->slot[i].ctx < NS_MAX_CTXS) {
			nr += heat->slot[i].faults && !faults[heat->slot[i].ctx];
			faults[heat->slot[i].ctx] += heat->slot[i].faults;
		}
	if (!nr && !heat->unknown)
		html_none(h, "L2 took no fault on a shadow context.");
	else if (nr)
		legend(h);
	for (unsigned int k = 0; k < CONTEXTS && k < nr; k++) {
		best = 0;
		for (unsigned int i = 1; i < NS_MAX_CTXS; i++)
			best = faults[i] > faults[best] ? i : best;
		context(h, best, faults[best]);
		faults[best] = 0;
	}
	left_out(h, nr);
}
