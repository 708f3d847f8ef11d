// SPDX-License-Identifier: GPL-2.0-or-later
/* gate_text.c: the result of a gate for people: text, and Markdown for a pull request. */
#include <math.h>
#include <string.h>

#include "compare_text.h"
#include "gate_out.h"
#include "view.h"

#define MAX_ROWS 40 /* of one verdict; the rest is counted, and in the JSON */

void gate_limit(const struct ns_gate *g, const struct ns_finding *i, char *buf, size_t size)
{
	static const char *const signs[] = { [NS_UP] = "+", [NS_DOWN] = "-", [NS_BOTH] = "+-" };
	const struct ns_rule *r = &g->rules->rule[i->rule];
	const char *sign = signs[r->direction];
	char relative[40], absolute[60];

	*relative = *absolute = '\0';
	if (r->relative != 0)
		snprintf(relative, sizeof(relative), " %s%.5g %%", sign, r->relative * 100);
	if (r->absolute != 0)
		snprintf(absolute, sizeof(absolute), "%s%s%.10g%s", *relative ? " and " : " ", sign,
			 r->absolute,
			 !g->exact && ns_metric_unit(i->c.name) == NS_METRIC_NS ? " ns" : "");
	snprintf(buf, size, "limit%s%s", relative, *relative || *absolute ? absolute : " 0");
}

void gate_change(const struct ns_gate *g, const struct ns_finding *i, char *buf, size_t size)
{
	char a[40], b[40], share[40], limit[120], between[60], sure[100] = "", p[24] = "";

	gate_limit(g, i, limit, sizeof(limit));
	if (!g->exact)
		snprintf(sure, sizeof(sure), ", %.5g %% interval %s", (2 * g->confidence - 1) * 100,
			 interval_text(&i->c, between, sizeof(between)));
	/* p asks whether it is worse */
	if (!g->exact && i->verdict != NS_BETTER)
		snprintf(p, sizeof(p), ", p %.2g", i->p);
	snprintf(buf, size, "%s -> %s%s  (%s%s%s, %s)",
		 metric_value(i->c.name, g->exact, i->c.s.a, a, sizeof(a)),
		 metric_value(i->c.name, g->exact, i->c.s.b, b, sizeof(b)),
		 metric_unit_word(i->c.name, g->exact),
		 percent(i->c.relative, share, sizeof(share)), sure, p, limit);
}

/* ---- text ---- */

static void text_finding(FILE *f, const struct ns_gate *g, const struct ns_finding *i)
{
	char label[220], change[360];

	fprintf(f, " %-6s ", ns_verdict_name(i->verdict));
	if (*i->c.workload) {
		put_padded(f, i->c.workload, 13);
		fputc(' ', f);
	}
	put_padded(f, metric_label(&i->c, label, sizeof(label)), 33);
	if (i->why) {
		fprintf(f, " %s\n", i->why);
		return;
	}
	gate_change(g, i, change, sizeof(change));
	fprintf(f, " %s\n", change);
}

static bool is_too_few(const struct ns_gate *g, const struct ns_finding *i)
{
	return g->need_runs && i->verdict == NS_UNSURE && i->c.s.nb;
}

static void text_verdict(FILE *f, const struct ns_gate *g, enum ns_verdict v)
{
	unsigned int shown = 0, left = 0;

	for (unsigned int i = 0; i < g->nr; i++) {
		if (g->finding[i].verdict != v || is_too_few(g, &g->finding[i]))
			continue;
		if (shown++ < MAX_ROWS)
			text_finding(f, g, &g->finding[i]);
		else
			left++;
	}
	if (left)
		fprintf(f, " %-6s %u more; --json has all\n", ns_verdict_name(v), left);
}

static const char *plural(unsigned int n)
{
	return n == 1 ? "" : "s";
}

/* What has the same reason for all metrics is said once. */
static void too_few(FILE *f, const struct ns_gate *g, const char *lead)
{
	unsigned int n = 0, na = 0, nb = 0;

	for (unsigned int i = 0; i < g->nr; i++) {
		if (!is_too_few(g, &g->finding[i]))
			continue;
		if (!n++) {
			na = g->finding[i].c.s.na;
			nb = g->finding[i].c.s.nb;
		}
	}
	if (n)
		fprintf(f,
			"%s%u metric%s: %u and %u runs can show no difference at all with %.5g %% "
			"confidence in %u metric%s; %u runs a side can\n",
			lead, n, plural(n), na, nb, g->confidence * 100, g->tested ? g->tested : 1,
			plural(g->tested), g->need_runs);
}

static void text_notes(FILE *f, const char *notes)
{
	const char *end;

	for (; notes && *notes; notes = end + 1) {
		end = strchr(notes, '\n');
		fprintf(f, " note   %.*s\n", (int)(end - notes), notes);
	}
}

void gate_text(FILE *f, const struct gate_report *r)
{
	const struct ns_gate *g = r->g;
	unsigned int other = g->count[NS_OK];
	char buf[200];

	fprintf(f, "# nestscope gate: %s\n", r->baseline);
	fprintf(f, " baseline: %s\n", metricset_text(r->base, buf, sizeof(buf)));
	fprintf(f, " current:  %s\n\n", metricset_text(r->now, buf, sizeof(buf)));
	text_notes(f, r->base->notes);
	text_notes(f, r->now->notes);
	text_notes(f, g->notes);
	text_verdict(f, g, NS_REGRESSION);
	text_verdict(f, g, NS_UNSURE);
	too_few(f, g, " unsure ");
	text_verdict(f, g, NS_BETTER);
	if (other)
		fprintf(f, " ok     %u %smetric%s by %u rule%s\n", other,
			other == g->nr ? "" : "other ", plural(other), g->rules->nr,
			plural(g->rules->nr));
	if (g->blind)
		fprintf(f,
			" note   in %u of them a change over the limit would have gone unseen: the "
			"runs "
			"differ too much; give more, or wider limits\n",
			g->blind);
	if (g->count[NS_NOT_JUDGED])
		fprintf(f, " note   %u more are not in every run of the baseline: not judged\n",
			g->count[NS_NOT_JUDGED]);
	if (g->count[NS_BETTER])
		fputs(" note   to keep what became better: nestscope gate --update\n", f);
	fprintf(f, " exit %d\n", ns_gate_exit(g));
}

/* ---- Markdown ---- */

/* Names may hold what Markdown takes for its own. */
static void md_text(FILE *f, const char *s)
{
	for (; *s; s++) {
		if (strchr("|`*_<>[]\\&", *s))
			fputc('\\', f);
		fputc(*s, f);
	}
}

static void md_row(FILE *f, const struct ns_gate *g, const struct ns_finding *i)
{
	static const char *const marks[] = {
		[NS_REGRESSION] = "**FAIL**", [NS_UNSURE] = "unsure", [NS_BETTER] = "better"
	};
	char label[220], a[40], b[40], share[40], between[60], limit[120];

	fprintf(f, "| %s | ", marks[i->verdict]);
	md_text(f, i->c.workload);
	fputs(" | ", f);
	md_text(f, metric_label(&i->c, label, sizeof(label)));
	if (i->why) {
		fprintf(f, " | | | %s | |\n", i->why);
		return;
	}
	gate_limit(g, i, limit, sizeof(limit));
	fprintf(f, " | %s | %s%s | %s", metric_value(i->c.name, g->exact, i->c.s.a, a, sizeof(a)),
		metric_value(i->c.name, g->exact, i->c.s.b, b, sizeof(b)),
		metric_unit_word(i->c.name, g->exact),
		percent(i->c.relative, share, sizeof(share)));
	if (!g->exact)
		fprintf(f, " (%s)", interval_text(&i->c, between, sizeof(between)));
	fprintf(f, " | %s |\n", limit);
}

static void md_table(FILE *f, const struct ns_gate *g)
{
	unsigned int shown = 0, left = 0;

	for (unsigned int i = 0; i < g->nr; i++) {
		if (g->finding[i].verdict > NS_BETTER || is_too_few(g, &g->finding[i]))
			continue;
		if (!shown)
			fputs("| | workload | metric | baseline | current | change | limit |\n"
			      "|---|---|---|---:|---:|---:|---|\n",
			      f);
		if (shown++ < MAX_ROWS)
			md_row(f, g, &g->finding[i]);
		else
			left++;
	}
	if (left)
		fprintf(f, "\n%u more rows are in the JSON.\n", left);
	if (shown)
		fputc('\n', f);
}

static void md_notes(FILE *f, const char *notes)
{
	char line[512];
	size_t len;

	for (; notes && *notes; notes += len + 1) {
		len = strcspn(notes, "\n");
		snprintf(line, sizeof(line), "%.*s", (int)len, notes);
		fputs("- note: ", f);
		md_text(f, line);
		fputc('\n', f);
	}
}

void gate_markdown(FILE *f, const struct gate_report *r)
{
	static const char *const titles[] = { [NS_EXIT_OK] = "passed",
					      [NS_EXIT_FAIL] = "FAILED",
					      [NS_EXIT_INCONCLUSIVE] = "inconclusive" };
	const struct ns_gate *g = r->g;
	char buf[200];

	fprintf(f, "### nestscope gate %s\n\n", titles[ns_gate_exit(g)]);
	md_table(f, g);
	too_few(f, g, "- unsure: ");
	fprintf(f, "- ok: %u of %u metrics\n", g->count[NS_OK], g->nr);
	md_notes(f, r->base->notes);
	md_notes(f, r->now->notes);
	md_notes(f, g->notes);
	fputs("- baseline: ", f);
	md_text(f, metricset_text(r->base, buf, sizeof(buf)));
	fputs("\n- current: ", f);
	md_text(f, metricset_text(r->now, buf, sizeof(buf)));
	fputc('\n', f);
}
