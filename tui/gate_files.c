// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * gate_files.c: the result of a gate for programs: JUnit, and JSON:
 *
 * {"nestscope": "gate", "version", "baseline", "rules", "clock", "confidence",
 *  "exit": 0 | 1 | 3, "tested": N, "need_runs": N,
 *  "verdicts": {"FAIL": N, "unsure", "better", "ok", "skipped"},
 *  "notes": [TEXT],
 *  "metrics": [{"workload", "vm", "metric", "unit", "runs": [A, B], "a", "b",
 *    "change", "relative", "low", "high", "p", "effect", "verdict",
 *    "p_corrected", "why", "blind", "limit": {"relative", "absolute",
 *    "direction", "line"}}]}
 *
 * a is the baseline's median, b the current one; null is what does not exist.
 */
#include <stdlib.h>
#include <string.h>

#include "compare_text.h"
#include "gate_out.h"

/* ---- JSON ---- */

static json_t *limit_json(const struct ns_rule *r)
{
	static const char *const directions[] = {
		[NS_UP] = "up", [NS_DOWN] = "down", [NS_BOTH] = "both"
	};
	json_t *j = json_object();

	json_object_set_new(j, "relative", real_or_null(r->relative));
	json_object_set_new(j, "absolute", real_or_null(r->absolute));
	json_object_set_new(j, "direction", json_string(directions[r->direction]));
	json_object_set_new(j, "line", json_integer(r->line));
	return j;
}

static json_t *finding_json(const struct ns_gate *g, const struct ns_finding *i)
{
	json_t *j = change_json(&i->c);

	json_object_set_new(j, "verdict", json_string(ns_verdict_name(i->verdict)));
	json_object_set_new(j, "p_corrected", i->why ? json_null() : real_or_null(i->p));
	json_object_set_new(j, "why", i->why ? json_string(i->why) : json_null());
	json_object_set_new(j, "blind", json_boolean(i->blind));
	json_object_set_new(j, "limit", limit_json(&g->rules->rule[i->rule]));
	return j;
}

static json_t *verdicts_json(const struct ns_gate *g)
{
	json_t *j = json_object();

	for (unsigned int v = 0; v < NS_NR_VERDICTS; v++)
		json_object_set_new(j, ns_verdict_name(v), json_integer(g->count[v]));
	return j;
}

static void add_notes(json_t *list, const char *notes)
{
	size_t len;

	for (; notes && *notes; notes += len + 1) {
		len = strcspn(notes, "\n");
		json_array_append_new(list, json_stringn(notes, len));
	}
}

static json_t *notes_json(const struct gate_report *r)
{
	json_t *list = json_array();

	add_notes(list, r->base->notes);
	add_notes(list, r->now->notes);
	add_notes(list, r->g->notes);
	return list;
}

int gate_json(FILE *f, const struct gate_report *r)
{
	const struct ns_gate *g = r->g;
	json_t *j = json_object(), *metrics = json_array();
	int rc;

	for (unsigned int i = 0; i < g->nr; i++)
		json_array_append_new(metrics, finding_json(g, &g->finding[i]));
	json_object_set_new(j, "nestscope", json_string("gate"));
	json_object_set_new(j, "version", json_string(NS_VERSION));
	json_object_set_new(j, "baseline", json_string(r->baseline));
	json_object_set_new(j, "rules", json_string(g->rules->path));
	json_object_set_new(j, "clock", json_string(g->exact ? "icount" : "monotonic"));
	json_object_set_new(j, "confidence", json_real(g->confidence));
	json_object_set_new(j, "exit", json_integer(ns_gate_exit(g)));
	json_object_set_new(j, "tested", json_integer(g->tested));
	json_object_set_new(j, "need_runs", json_integer(g->need_runs));
	json_object_set_new(j, "verdicts", verdicts_json(g));
	json_object_set_new(j, "notes", notes_json(r));
	json_object_set_new(j, "metrics", metrics);
	rc = json_dumpf(j, f, JSON_INDENT(1));
	fputc('\n', f);
	json_decref(j);
	return rc;
}

/* ---- JUnit: a suite for each workload, a case for each metric ---- */

static void xml_text(FILE *f, const char *s)
{
	for (; *s; s++) {
		switch (*s) {
		case '&':
			fputs("&amp;", f);
			break;
		case '<':
			fputs("&lt;", f);
			break;
		case '>':
			fputs("&gt;", f);
			break;
		case '"':
			fputs("&quot;", f);
			break;
		default:
			fputc(*s, f);
		}
	}
}

static void junit_case(FILE *f, const struct ns_gate *g, const struct ns_finding *i)
{
	static const char *const tags[NS_NR_VERDICTS] = {
		[NS_REGRESSION] = "failure", [NS_UNSURE] = "error", [NS_NOT_JUDGED] = "skipped"
	};
	const char *tag = tags[i->verdict];
	char label[220], change[360];

	fputs("  <testcase classname=\"nestscope.", f);
	xml_text(f, i->c.workload);
	fputs("\" name=\"", f);
	xml_text(f, metric_label(&i->c, label, sizeof(label)));
	if (!tag) {
		fputs("\"/>\n", f);
		return;
	}
	if (!i->why)
		gate_change(g, i, change, sizeof(change));
	fprintf(f, "\">\n   <%s message=\"", tag);
	xml_text(f, i->c.workload);
	fputc(' ', f);
	xml_text(f, label);
	fputs(": ", f);
	xml_text(f, i->why ? i->why : change);
	fputs("\"/>\n  </testcase>\n", f);
}

static unsigned int count(const struct ns_gate *g, const char *workload, int verdict)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < g->nr; i++)
		n += !strcmp(g->finding[i].c.workload, workload) &&
		     (verdict < 0 || g->finding[i].verdict == (unsigned int)verdict);
	return n;
}

static void junit_suite(FILE *f, const struct ns_gate *g, const char *workload)
{
	fputs(" <testsuite name=\"", f);
	xml_text(f, *workload ? workload : "nestscope");
	fprintf(f, "\" tests=\"%u\" failures=\"%u\" errors=\"%u\" skipped=\"%u\">\n",
		count(g, workload, -1), count(g, workload, NS_REGRESSION),
		count(g, workload, NS_UNSURE), count(g, workload, NS_NOT_JUDGED));
	for (unsigned int i = 0; i < g->nr; i++)
		if (!strcmp(g->finding[i].c.workload, workload))
			junit_case(f, g, &g->finding[i]);
	fputs(" </testsuite>\n", f);
}

void gate_junit(FILE *f, const struct gate_report *r)
{
	const struct ns_gate *g = r->g;
	const char *name;

	fprintf(f,
		"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		"<testsuites name=\"nestscope gate\" tests=\"%u\" failures=\"%u\" errors=\"%u\" "
		"skipped=\"%u\">\n",
		g->nr, g->count[NS_REGRESSION], g->count[NS_UNSURE], g->count[NS_NOT_JUDGED]);
	for (unsigned int i = 0; i < r->base->nr_workloads; i++) {
		name = r->base->workloads[i].name;
		/* the current data may have the name that the baseline lacks */
		if (!*name && r->now->nr_workloads == 1)
			name = r->now->workloads[0].name;
		junit_suite(f, g, name);
	}
	fputs("</testsuites>\n", f);
}
