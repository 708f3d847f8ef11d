// SPDX-License-Identifier: GPL-2.0-or-later
/* calibrate.c: runs of one kernel against each other. */
#include "calibrate.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- half of the runs as a set; names are borrowed ---- */

static void half_free(struct ns_metricset *half)
{
	for (unsigned int i = 0; i < half->nr_workloads; i++) {
		for (unsigned int s = 0; s < half->workloads[i].nr_series; s++)
			free(half->workloads[i].series[s].value);
		free(half->workloads[i].series);
		free(half->workloads[i].events);
	}
	free(half->workloads);
	memset(half, 0, sizeof(*half));
}

static int half_workload(struct ns_workload *to, const struct ns_workload *from,
			 const unsigned int *run, unsigned int nr)
{
	to->name = from->name;
	to->origin = from->origin;
	to->vms = from->vms;
	to->nr_vms = from->nr_vms;
	to->nr_runs = nr;
	to->events = malloc(nr * sizeof(*to->events));
	to->series = calloc(from->nr_series, sizeof(*to->series));
	if (!to->events || !to->series)
		return -ENOMEM;
	for (unsigned int r = 0; r < nr; r++)
		to->events[r] = from->events[run[r]];
	for (unsigned int s = 0; s < from->nr_series; s++) {
		to->series[s] = from->series[s];
		to->series[s].value = malloc(nr * sizeof(double));
		to->nr_series++;
		if (!to->series[s].value)
			return -ENOMEM;
		for (unsigned int r = 0; r < nr; r++)
			to->series[s].value[r] = from->series[s].value[run[r]];
	}
	return 0;
}

static unsigned int below(uint64_t *rng, unsigned int n)
{
	return (unsigned int)((ns_random(rng) >> 33) % n);
}

/* rng NULL: in the order they were given. */
static void shuffle(unsigned int *v, unsigned int n, uint64_t *rng)
{
	unsigned int j, t;

	for (unsigned int i = 0; i < n; i++)
		v[i] = i;
	for (unsigned int i = n; rng && i > 1; i--) {
		j = below(rng, i);
		t = v[i - 1];
		v[i - 1] = v[j];
		v[j] = t;
	}
}

static int split(const struct ns_metricset *set, struct ns_metricset half[2], uint64_t *rng)
{
	unsigned int run[NS_STATS_MAX], n;
	int rc = 0;

	memset(half, 0, 2 * sizeof(*half));
	for (int h = 0; h < 2; h++) {
		half[h].workloads = calloc(set->nr_workloads, sizeof(*half[h].workloads));
		if (!half[h].workloads)
			return -ENOMEM;
	}
	for (unsigned int i = 0; !rc && i < set->nr_workloads; i++) {
		n = set->workloads[i].nr_runs / 2;
		shuffle(run, set->workloads[i].nr_runs, rng);
		for (int h = 0; h < 2 && !rc; h++) {
			half[h].nr_workloads = i + 1;
			rc = half_workload(&half[h].workloads[i], &set->workloads[i],
					   run + (size_t)h * n, n);
		}
	}
	return rc;
}

/* ---- rounds ---- */

static struct ns_noise *noise_of(struct ns_calibration *c, const struct ns_change *ch)
{
	for (unsigned int i = 0; i < c->nr; i++)
		if (c->noise[i].name == ch->name) /* the series' own string */
			return &c->noise[i];
	return NULL;
}

static double width(const struct ns_change *c)
{
	double w = (c->s.high - c->s.low) / 2;

	return c->s.a != 0 && isfinite(w) ? w / fabs(c->s.a) : 0;
}

/* A metric that is not in every half the first time is rare: left out. */
static int count_round(struct ns_calibration *c, const struct ns_gate *g)
{
	struct ns_noise *n;

	if (!c->noise) {
		c->noise = calloc(g->nr ? g->nr : 1, sizeof(*n));
		if (!c->noise)
			return -ENOMEM;
		for (unsigned int i = 0; i < g->nr; i++)
			c->noise[c->nr++] = (struct ns_noise){
				.workload = g->finding[i].c.workload,
				.vm = g->finding[i].c.vm,
				.name = g->finding[i].c.name,
				.rule = g->finding[i].rule,
			};
	}
	for (unsigned int i = 0; i < g->nr; i++) {
		n = noise_of(c, &g->finding[i].c);
		if (!n)
			continue;
		n->failed += g->finding[i].verdict == NS_REGRESSION;
		n->width += width(&g->finding[i].c) / NS_CALIBRATE_ROUNDS;
	}
	c->rounds++;
	c->failed += g->count[NS_REGRESSION] != 0;
	c->unsure += g->need_runs != 0;
	if (g->need_runs)
		c->need_runs = 2 * g->need_runs;
	return 0;
}

static int judge_halves(struct ns_gate *g, struct ns_metricset half[2], struct ns_calibration *c,
			const struct ns_metricset *set, const struct ns_rules *rules, uint64_t *rng,
			struct ns_error *err)
{
	int rc = split(set, half, rng);

	if (rc)
		return ns_error(err, rc, NS_EXIT_FAIL, "out of memory");
	return ns_gate_judge(g, &half[0], &half[1], rules, c->confidence, err);
}

/* rng NULL: the first runs against the last ones. */
static int one_round(struct ns_calibration *c, const struct ns_metricset *set,
		     const struct ns_rules *rules, uint64_t *rng, struct ns_error *err)
{
	struct ns_metricset half[2] = { 0 };
	struct ns_gate g = { 0 };
	int rc = judge_halves(&g, half, c, set, rules, rng, err);

	if (!rc && !rng)
		c->drifted = g.count[NS_REGRESSION] + g.count[NS_BETTER];
	else if (!rc)
		rc = count_round(c, &g);
	ns_gate_free(&g);
	half_free(&half[0]);
	half_free(&half[1]);
	return rc;
}

/* ---- all of it ---- */

static void fill_variation(struct ns_calibration *c, const struct ns_metricset *set)
{
	const struct ns_workload *w;
	struct ns_noise *n;

	for (unsigned int i = 0; i < c->nr; i++) {
		n = &c->noise[i];
		w = ns_metricset_workload(set, n->workload);
		for (unsigned int s = 0; w && s < w->nr_series; s++)
			if (!strcmp(w->series[s].name, n->name) && !strcmp(w->series[s].vm, n->vm))
				n->variation = ns_variation(w->series[s].value, w->nr_runs);
		if (isnan(n->variation)) /* not in every run */
			n->variation = 0;
	}
}

static int noisiest_first(const void *pa, const void *pb)
{
	const struct ns_noise *a = pa, *b = pb;

	if (a->failed != b->failed)
		return a->failed > b->failed ? -1 : 1;
	if (a->variation != b->variation)
		return a->variation > b->variation ? -1 : 1;
	return strcmp(a->name, b->name);
}

static int check(const struct ns_metricset *set, struct ns_error *err)
{
	if (set->exact)
		return ns_error(
			err, -EINVAL, NS_EXIT_USAGE,
			"instruction counts (clock: icount) have no noise to calibrate for");
	for (unsigned int i = 0; i < set->nr_workloads; i++)
		if (set->workloads[i].nr_runs < 2)
			return ns_error(
				err, -EINVAL, NS_EXIT_USAGE,
				"workload '%s' has one run: nothing to compare it with; give 16 "
				"or more",
				set->workloads[i].name);
	return 0;
}

int ns_calibrate(struct ns_calibration *c, const struct ns_metricset *set,
		 const struct ns_rules *rules, double confidence, struct ns_error *err)
{
	uint64_t rng = 1;
	int rc;

	memset(c, 0, sizeof(*c));
	c->confidence = confidence;
	rc = check(set, err);
	if (!rc)
		rc = one_round(c, set, rules, NULL, err);
	for (unsigned int i = 0; !rc && i < NS_CALIBRATE_ROUNDS; i++)
		rc = one_round(c, set, rules, &rng, err);
	if (rc)
		return rc;
	fill_variation(c, set);
	qsort(c->noise, c->nr, sizeof(*c->noise), noisiest_first);
	return 0;
}

enum ns_exit ns_calibration_exit(const struct ns_calibration *c)
{
	if (c->drifted || c->failed > (1 - c->confidence) * c->rounds + 0.5)
		return NS_EXIT_FAIL;
	return c->unsure ? NS_EXIT_INCONCLUSIVE : NS_EXIT_OK;
}

void ns_calibration_free(struct ns_calibration *c)
{
	free(c->noise);
	memset(c, 0, sizeof(*c));
}
