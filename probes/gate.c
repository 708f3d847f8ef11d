// SPDX-License-Identifier: GPL-2.0-or-later
/* gate.c: is a set of runs worse than a baseline, by rules? */
#include "gate.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "catalogue.h"
#include "permute.h"

const char *ns_verdict_name(enum ns_verdict v)
{
	static const char *const names[NS_NR_VERDICTS] = {
		[NS_REGRESSION] = "FAIL", [NS_UNSURE] = "unsure",      [NS_BETTER] = "better",
		[NS_OK] = "ok",		  [NS_NOT_JUDGED] = "skipped",
	};

	return names[v];
}

enum ns_exit ns_gate_exit(const struct ns_gate *g)
{
	if (g->count[NS_REGRESSION])
		return NS_EXIT_FAIL;
	return g->count[NS_UNSURE] ? NS_EXIT_INCONCLUSIVE : NS_EXIT_OK;
}

void ns_gate_free(struct ns_gate *g)
{
	for (unsigned int i = 0; i < g->nr; i++)
		free(g->finding[i].c.values);
	free(g->finding);
	free(g->notes);
	memset(g, 0, sizeof(*g));
}

/* ---- which metrics, by which rule ---- */

static bool want(void *arg, const char *workload, const char *vm, const char *name)
{
	const struct ns_rules *rules = arg;
	int rule = ns_rules_find(rules, workload, vm, name);

	return rule >= 0 && rules->rule[rule].direction != NS_IGNORE;
}

static int take_changes(struct ns_gate *g, const struct ns_change *c, unsigned int nr)
{
	g->finding = calloc(nr ? nr : 1, sizeof(*g->finding));
	if (!g->finding) {
		for (unsigned int i = 0; i < nr; i++)
			free(c[i].values);
		return -ENOMEM;
	}
	for (unsigned int i = 0; i < nr; i++) {
		g->finding[i].c = c[i];
		g->finding[i].rule =
			(unsigned int)ns_rules_find(g->rules, c[i].workload, c[i].vm, c[i].name);
		g->finding[i].p = g->exact ? c[i].s.p : 1;
	}
	g->nr = nr;
	return 0;
}

static bool rule_is_used(const struct ns_gate *g, unsigned int rule)
{
	for (unsigned int i = 0; i < g->nr; i++)
		if (g->finding[i].rule == rule && g->finding[i].verdict != NS_NOT_JUDGED)
			return true;
	return false;
}

/* Does the rule match any metric of the workload, whoever decides it? */
static bool matches_workload(const struct ns_rule *rule, const struct ns_workload *w)
{
	for (unsigned int i = 0; i < w->nr_series; i++)
		if (ns_rule_matches(rule, w->name, w->series[i].vm, w->series[i].name))
			return true;
	return false;
}

static bool matches_set(const struct ns_rule *rule, const struct ns_metricset *set)
{
	for (unsigned int i = 0; i < set->nr_workloads; i++)
		if (matches_workload(rule, &set->workloads[i]))
			return true;
	return false;
}

/* A rule that does nothing is a mistake that nobody would notice. */
static int check_rule(const struct ns_gate *g, unsigned int i, const struct ns_metricset *base,
		      const struct ns_metricset *now, struct ns_error *err)
{
	const struct ns_rule *rule = &g->rules->rule[i];
	bool any = matches_set(rule, base) || matches_set(rule, now);
	const char *what;

	if (rule->direction == NS_IGNORE ? any : rule_is_used(g, i))
		return 0;
	if (any)
		what = "decides nothing: later rules decide all it matches, or the baseline has no "
		       "value of it";
	else if (ns_metric_event(rule->metric) >= 0 || strpbrk(rule->metric, "*?["))
		what = "matches no metric of the data ('nestscope diff --all' lists them)";
	else
		what = "matches no metric: no event has that name ('nestscope help events')";
	return ns_error(err, -EINVAL, NS_EXIT_USAGE, "%s:%u: the rule '%.100s' %s", g->rules->path,
			rule->line, rule->metric, what);
}

static int check_rules(const struct ns_gate *g, const struct ns_metricset *base,
		       const struct ns_metricset *now, struct ns_error *err)
{
	int rc = 0;

	for (unsigned int i = 0; !rc && !g->rules->built_in && i < g->rules->nr; i++)
		rc = check_rule(g, i, base, now, err);
	if (!rc && g->count[NS_NOT_JUDGED] == g->nr)
		rc = ns_error(err, -EINVAL, NS_EXIT_USAGE,
			      "%s leave nothing to be judged: the data has no metric for them",
			      g->rules->path);
	return rc;
}

/* ---- verdicts ---- */

/* Are both limits crossed by a change for the worse of that size? */
static bool over(const struct ns_rule *r, double shift, double base)
{
	double share = base != 0 ? shift / base : INFINITY;

	return shift > 0 && shift > r->absolute && share > r->relative;
}

/* sign 1: upwards, -1: downwards. */
static bool crossed(const struct ns_finding *f, const struct ns_rule *r, int sign)
{
	return over(r, sign * f->c.s.shift, f->c.s.a);
}

static bool is_bad_way(const struct ns_rule *r, int sign)
{
	return r->direction == NS_BOTH || (r->direction == NS_UP) == (sign > 0);
}

static enum ns_verdict by_limits(const struct ns_finding *f, const struct ns_rule *r)
{
	enum ns_verdict v = NS_OK;

	for (int sign = -1; sign <= 1; sign += 2)
		if (crossed(f, r, sign))
			v = is_bad_way(r, sign) ? NS_REGRESSION : NS_BETTER;
	return v;
}

/* Could a run for the worse have been missed in the noise? */
static bool is_blind(const struct ns_finding *f, const struct ns_rule *r)
{
	return (is_bad_way(r, 1) && over(r, f->c.s.high, f->c.s.a)) ||
	       (is_bad_way(r, -1) && over(r, -f->c.s.low, f->c.s.a));
}

/* What can be said without looking at the numbers. */
static void prejudge(const struct ns_gate *g, struct ns_finding *f)
{
	f->verdict = NS_OK;
	if (f->c.s.na < (g->exact ? 1 : f->c.runs_a)) {
		f->verdict = NS_NOT_JUDGED;
		f->why = f->c.s.na ? "not in every run of the baseline" : "not in the baseline";
	} else if (!f->c.s.nb) {
		f->verdict = NS_UNSURE;
		f->why = "in the baseline, but it did not occur or is not provided now";
	}
}

/* 1 - 0.9 is a little below 0.1 */
static double alpha(const struct ns_gate *g)
{
	return 1 - g->confidence + 1e-12;
}

/* The smallest p the rule's test could give, after correction. */
static double smallest_p(const struct ns_gate *g, const struct ns_rule *r, unsigned int na,
			 unsigned int nb)
{
	return ns_smallest_p(na, nb) * (r->direction == NS_BOTH ? 2 : 1) *
	       (g->tested ? g->tested : 1);
}

static unsigned int runs_needed(const struct ns_gate *g, const struct ns_rule *r)
{
	unsigned int n = 2;

	while (n < NS_STATS_MAX && smallest_p(g, r, n, n) > alpha(g))
		n++;
	return n;
}

static void judge_noisy(struct ns_gate *g, struct ns_finding *f)
{
	const struct ns_rule *r = &g->rules->rule[f->rule];
	unsigned int need;

	if (smallest_p(g, r, f->c.s.na, f->c.s.nb) > alpha(g)) {
		f->verdict = NS_UNSURE;
		f->why = "too few runs";
		need = runs_needed(g, r);
		g->need_runs = need > g->need_runs ? need : g->need_runs;
		return;
	}
	if (f->c.differs)
		f->verdict = by_limits(f, r);
	if (f->verdict == NS_REGRESSION && f->p > alpha(g))
		f->verdict = NS_OK;
	f->blind = f->verdict == NS_OK && !f->c.constant && is_blind(f, r);
}

/* Is it one of those that are tested, and corrected for? */
static bool is_tested(const struct ns_finding *f)
{
	return f->verdict == NS_OK && !f->c.constant;
}

/* Which group of runs a metric is of: whole ones of a workload share theirs. */
static unsigned int group_of(const struct ns_gate *g, unsigned int i)
{
	const struct ns_change *c = &g->finding[i].c;
	unsigned int k = 0;

	if (c->s.na < c->runs_a || c->s.nb < c->runs_b)
		return g->nr + i;
	while (strcmp(g->finding[k].c.workload, c->workload))
		k++;
	return k;
}

/*
 * The tests, of the metrics whose values differ at all: one value in all runs of
 * both sides can never be found to differ, which is known without knowing which run
 * was on which side (Tarone 1990).  One-sided where the rule knows which side is worse.
 */
static int test_all(struct ns_gate *g)
{
	struct ns_perm_metric *m = calloc(g->nr ? g->nr : 1, sizeof(*m));
	const struct ns_rule *r;
	unsigned int n = 0;
	int rc;

	if (!m)
		return -ENOMEM;
	for (unsigned int i = 0; i < g->nr; i++) {
		if (!is_tested(&g->finding[i]))
			continue;
		r = &g->rules->rule[g->finding[i].rule];
		m[n++] = (struct ns_perm_metric){
			.v = g->finding[i].c.values,
			.na = g->finding[i].c.s.na,
			.nb = g->finding[i].c.s.nb,
			.group = group_of(g, i),
			.side = r->direction == NS_UP ? 1 : r->direction == NS_DOWN ? -1 : 0,
		};
	}
	rc = ns_permute(m, n, alpha(g));
	g->tested = n;
	n = 0;
	for (unsigned int i = 0; !rc && i < g->nr; i++)
		if (is_tested(&g->finding[i]))
			g->finding[i].p = m[n++].p;
	free(m);
	return rc;
}

static int judge_all(struct ns_gate *g)
{
	struct ns_finding *f;
	int rc = 0;

	for (unsigned int i = 0; i < g->nr; i++)
		prejudge(g, &g->finding[i]);
	if (!g->exact)
		rc = test_all(g);
	for (unsigned int i = 0; i < g->nr; i++) {
		f = &g->finding[i];
		if (f->verdict == NS_OK && g->exact)
			f->verdict = by_limits(f, &g->rules->rule[f->rule]);
		else if (f->verdict == NS_OK)
			judge_noisy(g, f);
		g->count[f->verdict]++;
		g->blind += f->blind;
	}
	return rc;
}

/* ---- what is not alike ---- */

static int note(struct ns_gate *g, const char *line)
{
	size_t have = g->notes ? strlen(g->notes) : 0;
	char *p;

	/* the same is often true of every workload */
	if (g->notes && strstr(g->notes, line))
		return 0;
	p = realloc(g->notes, have + strlen(line) + 2);
	if (!p)
		return -ENOMEM;
	sprintf(p + have, "%s\n", line);
	g->notes = p;
	return 0;
}

static int note_origins(struct ns_gate *g, const struct ns_origin *a, const struct ns_origin *b)
{
	char line[256];
	int rc = 0;

	if (strcmp(a->machine, b->machine)) {
		snprintf(line, sizeof(line), "the baseline is of %s, the current data of %s",
			 a->machine, b->machine);
		rc = note(g, line);
	}
	for (unsigned int i = 0; !rc && i < NS_NR_EVENTS; i++) {
		if (!strcmp(a->by[i], b->by[i]))
			continue;
		snprintf(line, sizeof(line),
			 "%s: provided by %s in the baseline, by %s now: its times include other "
			 "probes",
			 ns_events[i].key, *a->by[i] ? a->by[i] : "nothing",
			 *b->by[i] ? b->by[i] : "nothing");
		rc = note(g, line);
	}
	return rc;
}

static int note_all(struct ns_gate *g, const struct ns_metricset *base,
		    const struct ns_metricset *now)
{
	const struct ns_workload *other;
	int rc = 0;

	for (unsigned int i = 0; !rc && i < base->nr_workloads; i++) {
		other = ns_compare_other(base, now, &base->workloads[i]);
		if (other)
			rc = note_origins(g, &base->workloads[i].origin, &other->origin);
	}
	return rc;
}

/* ---- all of it ---- */

static int worst_first(const void *pa, const void *pb)
{
	const struct ns_finding *a = pa, *b = pb;
	double ra = fabs(a->c.relative), rb = fabs(b->c.relative);
	int c;

	if (a->verdict != b->verdict)
		return a->verdict < b->verdict ? -1 : 1;
	if (ra != rb && (a->verdict == NS_REGRESSION || a->verdict == NS_BETTER))
		return ra > rb ? -1 : 1;
	c = strcmp(a->c.workload, b->c.workload);
	if (!c)
		c = strcmp(a->c.name, b->c.name);
	return c ? c : strcmp(a->c.vm, b->c.vm);
}

int ns_gate_judge(struct ns_gate *g, const struct ns_metricset *base,
		  const struct ns_metricset *now, const struct ns_rules *rules, double confidence,
		  struct ns_error *err)
{
	/* one side of the interval is left out with 1 - confidence */
	struct ns_compare_opts opts = { .confidence = 2 * confidence - 1,
					.keep_values = true,
					.all_workloads = true,
					.want = want,
					.arg = (void *)rules };
	struct ns_change *changes;
	unsigned int nr;
	int rc;

	memset(g, 0, sizeof(*g));
	g->rules = rules;
	g->exact = base->exact;
	g->confidence = confidence;
	rc = ns_compare(&changes, &nr, base, now, &opts, err);
	if (rc)
		return rc;
	rc = take_changes(g, changes, nr);
	free(changes);
	if (!rc)
		rc = judge_all(g);
	if (!rc)
		rc = note_all(g, base, now);
	if (rc)
		return ns_error(err, rc, NS_EXIT_FAIL, "judging: %s", strerror(-rc));
	qsort(g->finding, g->nr, sizeof(*g->finding), worst_first);
	return check_rules(g, base, now, err);
}
