// SPDX-License-Identifier: GPL-2.0-or-later
/* compare.c: every metric of one set of runs against another's. */
#include "compare.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct work {
	const struct ns_compare_opts *opts;
	bool exact;
	struct ns_stats_cache cache;
	struct ns_change *list;
	unsigned int nr, cap;
	double *va, *vb; /* NS_STATS_MAX each */
};

/* ---- values ---- */

/* The values the runs tell; without a series, 0 of what can be counted. */
static unsigned int gather(const struct ns_workload *w, const struct ns_series *s, const char *vm,
			   const char *name, double *v)
{
	int event = ns_metric_event(name);
	bool sum = !s && event >= 0 && ns_metric_is_sum(name) && ns_workload_has_vm(w, vm);
	unsigned int n = 0;

	for (unsigned int r = 0; r < w->nr_runs; r++) {
		if (s && !isnan(s->value[r]))
			v[n++] = s->value[r];
		else if (sum && w->events[r] >> event & 1)
			v[n++] = 0;
	}
	return n;
}

static bool all_equal(const double *a, unsigned int na, const double *b, unsigned int nb)
{
	for (unsigned int i = 0; i < na; i++)
		if (a[i] != a[0])
			return false;
	for (unsigned int i = 0; i < nb; i++)
		if (b[i] != a[0])
			return false;
	return true;
}

static void exact_shift(struct ns_shift *s, double a, double b)
{
	*s = (struct ns_shift){
		.na = 1,
		.nb = 1,
		.a = a,
		.b = b,
		.shift = b - a,
		.low = b - a,
		.high = b - a,
		.p = a == b,
		.p_above = b <= a,
		.p_below = b >= a,
		.effect = a == b  ? 0
			  : b > a ? 1
				  : -1,
	};
}

/* What ns_shift_of would say of one value in all runs, without the work. */
static void constant_shift(struct ns_shift *s, unsigned int na, unsigned int nb, double v,
			   double confidence)
{
	bool few = 2 * ns_smallest_p(na, nb) > 1 - confidence + 1e-12;

	*s = (struct ns_shift){ .na = na,
				.nb = nb,
				.a = v,
				.b = v,
				.low = few ? -INFINITY : 0,
				.high = few ? INFINITY : 0,
				.p = 1,
				.p_above = 1,
				.p_below = 1 };
}

static double relative(double shift, double a)
{
	if (shift == 0)
		return 0;
	return a != 0 ? shift / a : shift > 0 ? INFINITY : -INFINITY;
}

static int keep_values(const struct work *w, struct ns_change *c)
{
	c->values = malloc((c->s.na + c->s.nb) * sizeof(*c->values));
	if (!c->values)
		return -ENOMEM;
	memcpy(c->values, w->va, c->s.na * sizeof(*c->values));
	memcpy(c->values + c->s.na, w->vb, c->s.nb * sizeof(*c->values));
	return 0;
}

static int change_of(struct work *w, struct ns_change *c, unsigned int na, unsigned int nb)
{
	int rc = 0;

	c->s.na = na;
	c->s.nb = nb;
	if (!na || !nb)
		return 0;
	c->constant = all_equal(w->va, na, w->vb, nb);
	if (w->exact)
		exact_shift(&c->s, w->va[0], w->vb[0]);
	else if (c->constant)
		constant_shift(&c->s, na, nb, w->va[0], w->opts->confidence);
	else
		rc = ns_shift_of(&c->s, w->va, na, w->vb, nb, w->opts->confidence, &w->cache);
	if (!rc && w->opts->keep_values && !w->exact && !c->constant)
		rc = keep_values(w, c);
	c->relative = relative(c->s.shift, c->s.a);
	c->differs = c->s.low > 0 || c->s.high < 0;
	return rc;
}

/* ---- pairs ---- */

static struct ns_change *list_new(struct work *w)
{
	unsigned int cap = w->cap ? w->cap * 2 : 256;
	struct ns_change *p;

	if (w->nr == w->cap) {
		p = realloc(w->list, cap * sizeof(*p));
		if (!p)
			return NULL;
		w->list = p;
		w->cap = cap;
	}
	p = &w->list[w->nr];
	memset(p, 0, sizeof(*p));
	return p;
}

static bool wanted(const struct work *w, const char *workload, const struct ns_series *s)
{
	if (w->opts->want)
		return w->opts->want(w->opts->arg, workload, s->vm, s->name);
	return ns_metric_event(s->name) >= 0;
}

/* sa or sb may be NULL, not both. */
static int pair(struct work *w, const struct ns_workload *a, const struct ns_series *sa,
		const struct ns_workload *b, const struct ns_series *sb)
{
	const struct ns_series *s = sa ? sa : sb;
	const char *workload = *a->name ? a->name : b->name;
	struct ns_change *c;
	unsigned int na, nb;

	if (!wanted(w, workload, s))
		return 0;
	na = gather(a, sa, s->vm, s->name, w->va);
	nb = gather(b, sb, s->vm, s->name, w->vb);
	if (!na && !nb)
		return 0;
	c = list_new(w);
	if (!c)
		return -ENOMEM;
	c->workload = workload;
	c->vm = s->vm;
	c->name = s->name;
	c->runs_a = a->nr_runs;
	c->runs_b = b->nr_runs;
	w->nr++;
	return change_of(w, c, na, nb);
}

static int order(const struct ns_series *a, const struct ns_series *b)
{
	int c;

	if (!a || !b)
		return a ? -1 : 1;
	c = strcmp(a->name, b->name);
	return c ? c : strcmp(a->vm, b->vm);
}

/* Both lists are sorted: walk them side by side. */
static int pair_all(struct work *w, const struct ns_workload *a, const struct ns_workload *b)
{
	const struct ns_series *sa, *sb;
	unsigned int i = 0, j = 0;
	int c, rc = 0;

	while (!rc && (i < a->nr_series || j < b->nr_series)) {
		sa = i < a->nr_series ? &a->series[i] : NULL;
		sb = j < b->nr_series ? &b->series[j] : NULL;
		c = order(sa, sb);
		rc = pair(w, a, c <= 0 ? sa : NULL, b, c >= 0 ? sb : NULL);
		i += c <= 0;
		j += c >= 0;
	}
	return rc;
}

/* ---- workloads ---- */

const struct ns_workload *ns_compare_other(const struct ns_metricset *a,
					   const struct ns_metricset *b,
					   const struct ns_workload *w)
{
	const struct ns_workload *other = ns_metricset_workload(b, w->name);

	if (other || a->nr_workloads != 1 || b->nr_workloads != 1)
		return other;
	other = &b->workloads[0];
	return !*w->name || !*other->name ? other : NULL;
}

static int missing(struct ns_error *err, const char *name, const char *where)
{
	return ns_error(err, -EINVAL, NS_EXIT_USAGE,
			"workload '%s' is only in the %s data: run it on both sides, or make the "
			"baseline again with 'nestscope gate --update'",
			*name ? name : "(without a name)", where);
}

static int check_sets(const struct ns_metricset *a, const struct ns_metricset *b,
		      const struct ns_compare_opts *opts, struct ns_error *err)
{
	unsigned int pairs = 0;

	if (a->exact != b->exact)
		return ns_error(
			err, -EINVAL, NS_EXIT_USAGE,
			"the %s data has instruction counts (clock: icount), the other side "
			"measured times: only like can be compared with like",
			a->exact ? "first" : "second");
	for (unsigned int i = 0; i < a->nr_workloads; i++) {
		if (ns_compare_other(a, b, &a->workloads[i]))
			pairs++;
		else if (opts->all_workloads)
			return missing(err, a->workloads[i].name, "first");
	}
	for (unsigned int i = 0; opts->all_workloads && i < b->nr_workloads; i++)
		if (!ns_compare_other(b, a, &b->workloads[i]))
			return missing(err, b->workloads[i].name, "second");
	return pairs ? 0 : missing(err, a->workloads[0].name, "first");
}

int ns_compare(struct ns_change **out, unsigned int *nr, const struct ns_metricset *a,
	       const struct ns_metricset *b, const struct ns_compare_opts *opts,
	       struct ns_error *err)
{
	struct work w = { .opts = opts, .exact = a->exact };
	const struct ns_workload *other;
	int rc = check_sets(a, b, opts, err);

	*out = NULL;
	*nr = 0;
	if (rc)
		return rc;
	w.va = malloc(NS_STATS_MAX * sizeof(*w.va));
	w.vb = malloc(NS_STATS_MAX * sizeof(*w.vb));
	rc = w.va && w.vb ? 0 : -ENOMEM;
	for (unsigned int i = 0; !rc && i < a->nr_workloads; i++) {
		other = ns_compare_other(a, b, &a->workloads[i]);
		if (other)
			rc = pair_all(&w, &a->workloads[i], other);
	}
	free(w.va);
	free(w.vb);
	ns_stats_cache_free(&w.cache);
	if (rc) {
		for (unsigned int i = 0; i < w.nr; i++)
			free(w.list[i].values);
		free(w.list);
		return ns_error(err, rc, NS_EXIT_FAIL, "comparing: %s", strerror(-rc));
	}
	*out = w.list;
	*nr = w.nr;
	return 0;
}
