// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * diff.c: the page of `nestscope diff --html`: what changed, with its interval,
 * and below it each section of a report for both sides, on the same scales.
 */
#include <math.h>

#include "compare_text.h"
#include "html.h"
#include "html_out.h"

#define ROWS 300
#define FIRST 20 /* rows that are there without opening anything */
#define WIDEST 2.0 /* relative changes beyond this leave the drawing */

static bool alone(const struct ns_change *c)
{
	return !c->s.na || !c->s.nb;
}

/* One run a side, or an exact clock: there is nothing to be sure of. */
static bool has_intervals(const struct html_diff *d)
{
	return !d->exact && !d->one_run;
}

/* ---- a change as a drawing: an interval around a point, left and right of none ---- */

static double relative(const struct ns_change *c, double v)
{
	return c->s.a > 0 ? v / c->s.a : v > 0 ? WIDEST : v < 0 ? -WIDEST : 0;
}

/* How far the drawings reach: the largest change of all, up to WIDEST. */
static double reach(const struct html_diff *d)
{
	double most = 0.01, v;

	for (unsigned int i = 0; i < d->shown; i++) {
		if (alone(&d->change[i]))
			continue;
		v = fabs(relative(&d->change[i], d->change[i].s.shift));
		most = v > most ? v : most;
	}
	return most < WIDEST ? most : WIDEST;
}

/* 0 to 100, 50 is no change. */
static double place(double v, double most)
{
	v = v < -most ? -most : v > most ? most : v;
	return 50 + 48 * v / most;
}

static void drawing(struct html *h, const struct ns_change *c, double most)
{
	double at = place(relative(c, c->s.shift), most);
	bool interval = isfinite(c->s.low) && isfinite(c->s.high) && c->s.low != c->s.high;

	fputs("<svg class=\"change\" viewBox=\"0 0 100 10\" preserveAspectRatio=\"none\" "
	      "role=\"img\">"
	      "<title>the change, and its interval</title><path class=\"tk\" d=\"M50 0V10\"/>",
	      h->f);
	if (interval)
		fprintf(h->f, "<path class=\"range-line\" d=\"M%.2f 5H%.2f\"/>",
			place(relative(c, c->s.low), most), place(relative(c, c->s.high), most));
	fprintf(h->f, "<rect class=\"%s\" x=\"%.2f\" width=\"%.2f\" y=\"3\" height=\"4\"/>",
		c->s.shift > 0 ? "more" : "less",
		interval  ? at - 0.5
		: at < 50 ? at
			  : 50,
		interval ? 1 : fabs(at - 50) + 0.3);
	fputs("</svg>", h->f);
}

/* ---- the table ---- */

static void value(struct html *h, const struct html_diff *d, const struct ns_change *c, double v)
{
	char buf[40];

	fprintf(h->f, "<td><data value=\"%.17g\">", v);
	html_text(h, metric_value(c->name, d->exact, v, buf, sizeof(buf)));
	fputs("</data></td>", h->f);
}

static void row(struct html *h, const struct html_diff *d, const struct ns_change *c, double most)
{
	char label[220], buf[60];

	fputs("<tr data-change=\"", h->f);
	html_text(h, metric_label(c, label, sizeof(label)));
	fputs("\"><th scope=\"row\">", h->f);
	if (*c->workload) {
		html_name(h, c->workload);
		fputs(" ", h->f);
	}
	fputs("<code>", h->f);
	html_name(h, label);
	fputs("</code></th>", h->f);
	if (alone(c)) {
		fprintf(h->f, "<td class=\"words\" colspan=\"6\">only in %s</td></tr>\n",
			c->s.na ? "A" : "B");
		return;
	}
	value(h, d, c, c->s.a);
	value(h, d, c, c->s.b);
	fputs("<td>", h->f);
	html_text(h, percent(c->relative, buf, sizeof(buf)));
	fputs("</td><td class=\"drawn\">", h->f);
	drawing(h, c, most);
	fputs("</td>", h->f);
	if (has_intervals(d)) {
		fputs("<td>", h->f);
		html_text(h, interval_text(c, buf, sizeof(buf)));
		fprintf(h->f, "</td><td>%+.2f</td>", c->s.effect);
	}
	fputs("</tr>\n", h->f);
}

static void summary(struct html *h, const struct html_diff *d)
{
	fputs("<p>", h->f);
	html_count(h, d->sure);
	fputs(" of ", h->f);
	html_count(h, d->nr);
	fprintf(h->f, " metrics %s.", has_intervals(d) ? "changed for sure" : "changed");
	if (!d->exact && d->one_run)
		fputs(" <b>One run a side: nothing tells a change from noise; give several.</b>",
		      h->f);
	if (d->exact)
		fputs(" The clock is an emulator's: every number is exact, times are instructions.",
		      h->f);
	fputs("</p>\n", h->f);
}

static void table(struct html *h, const struct html_diff *d, unsigned int from, unsigned int to)
{
	double most = reach(d);

	fprintf(h->f,
		"<div class=\"scroll\"><table class=\"wide changes\"><thead><tr>"
		"<th scope=\"col\">metric</th><th scope=\"col\">A</th><th scope=\"col\">B</th>"
		"<th scope=\"col\">change</th><th scope=\"col\" class=\"middle\">less · more, up to "
		"±%.0f %%</th>",
		100 * most);
	if (has_intervals(d))
		fprintf(h->f,
			"<th scope=\"col\">%.5g %% interval</th><th scope=\"col\" title=\"Cliff's "
			"delta: -1 all lower, +1 all higher\">effect</th>",
			d->confidence * 100);
	fputs("</tr></thead><tbody>\n", h->f);
	for (unsigned int i = from; i < to; i++)
		row(h, d, &d->change[i], most);
	fputs("</tbody></table></div>\n", h->f);
}

static void changes(struct html *h, const struct html_diff *d)
{
	fputs("<section id=\"changes\" aria-labelledby=\"h-changes\"><h2 id=\"h-changes\">What "
	      "changed"
	      "</h2>\n<p class=\"lead\">B against A: increases first, then decreases, each from the "
	      "largest.</p>\n",
	      h->f);
	summary(h, d);
	if (d->shown)
		table(h, d, 0, d->shown < FIRST ? d->shown : FIRST);
	if (d->shown > FIRST) {
		fprintf(h->f, "<details class=\"data\"><summary>%u more</summary>\n",
			(d->shown < ROWS ? d->shown : ROWS) - FIRST);
		table(h, d, FIRST, d->shown < ROWS ? d->shown : ROWS);
		fputs("</details>\n", h->f);
	}
	if (d->shown > ROWS)
		fprintf(h->f,
			"<p class=\"note\">%u more changed less; <code>nestscope diff "
			"--json</code> has "
			"them all.</p>\n",
			d->shown - ROWS);
	fputs("</section>\n", h->f);
}

/* ---- both sides ---- */

/* What a side is, above its charts. */
static void side_head(struct html *h, const struct html_side *s, const char *letter)
{
	fprintf(h->f, "<div class=\"side\"><h2>%s: ", letter);
	html_name(h, s->word);
	fputs("</h2>\n<p class=\"what\">", h->f);
	html_text(h, s->runs);
	fputs("</p>\n", h->f);
	if (s->note) {
		fputs("<p class=\"note\">", h->f);
		html_text(h, s->note);
		fputs("</p>\n", h->f);
	}
	if (s->page)
		html_head(h);
	fputs("</div>\n", h->f);
}

static void side(struct html *h, const struct html_section *s, const char *letter)
{
	fprintf(h->f, "<div class=\"side\" data-side=\"%s\"><h3 class=\"letter\">%s</h3>\n",
		h->side, letter);
	if (h->p)
		s->put(h);
	else
		fputs("<p class=\"none\"><b>Unavailable.</b> This side has no recording: charts need "
		      "whole events.</p>\n",
		      h->f);
	fputs("</div>\n", h->f);
}

static void section(struct html *a, struct html *b, const struct html_section *s)
{
	html_section_begin(a->f, s);
	fputs("<div class=\"sides\">\n", a->f);
	side(a, s, "A");
	side(b, s, "B");
	fputs("</div></section>\n", a->f);
}

static void header(struct html *a, struct html *b, const struct html_diff *d)
{
	fputs("<header><h1>nestscope diff</h1>\n<div class=\"sides\">\n", a->f);
	side_head(a, &d->a, "A");
	side_head(b, &d->b, "B");
	fputs("</div>\n", a->f);
	html_only(a, d->filter);
	fputs("</header>\n", a->f);
}

int html_diff(FILE *f, const struct html_diff *d)
{
	struct html a = { .f = f, .v = d->a.v, .p = d->a.page, .file = d->a.file, .side = "a-" };
	struct html b = { .f = f, .v = d->b.v, .p = d->b.page, .file = d->b.file, .side = "b-" };

	a.peer = b.p;
	b.peer = a.p;
	html_begin(f, "nestscope diff");
	header(&a, &b, d);
	html_contents(f, "changes", "Changes");
	fputs("<main id=\"main\">\n", f);
	changes(&a, d);
	for (const struct html_section *s = html_sections; s->id; s++)
		section(&a, &b, s);
	fputs("</main>\n", f);
	if (a.p)
		html_times_data(&a);
	if (b.p)
		html_times_data(&b);
	html_end(f);
	return a.rc ? a.rc : b.rc;
}
