// SPDX-License-Identifier: GPL-2.0-or-later
/* permute.c: see permute.h. */
#include "permute_priv.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#include "stats.h"

#define STEPS 50 /* a run's score is -STEPS to STEPS */
#define CLIP 2 /* median distances that count in full */
#define EXACT 60 /* values in both sets */
#define PERMUTATIONS 5000
#define SEED 0x6e73636f70650001ULL
#define STEADY 2.0 /* sd: what is common to all metrics did not move */
#define CLEAR 2.5 /* sd: a metric did move ... */
#define FEW(nr) ((nr) / 8) /* ... and so many may, for the others to be a measure */

/* A metric while it is tested: as it was measured, or less what its run's others have too. */
struct test {
	struct ns_perm_metric *m;
	int *score; /* of each run */
	struct common *common; /* of the latter: what was taken off; */
	const struct test *whole; /* and the same metric with it */
	double mean, sd; /* of b's sum, over all permutations */
	double t; /* that sum in units of sd, for the side that is asked for */
	double alone; /* p, not corrected */
};

/* What the metrics of a group have in common. */
struct common {
	struct test t;
	struct test *member; /* as they were measured */
	unsigned int nr;
	unsigned int moved; /* of them, in the order looked at last */
	bool steady;
	unsigned int looked; /* at this permutation, + 1 */
};

/* ---- scores ---- */

static int score_runs(struct test *t, const double *v)
{
	unsigned int n = t->m->na + t->m->nb;
	double *room = malloc(n * sizeof(*room)), median, distance, z;

	t->score = malloc(n * sizeof(*t->score));
	if (!room || !t->score) {
		free(room);
		return -ENOMEM;
	}
	distance = CLIP * ns_median_distance(v, n, room, &median);
	free(room);
	for (unsigned int i = 0; i < n; i++) {
		z = v[i] - median;
		/* where most values are one and the same, only the side is left */
		z = distance > 0 ? z / distance : z > 0 ? 1 : z < 0 ? -1 : 0;
		t->score[i] = (int)lround(STEPS * fmax(-1, fmin(1, z)));
	}
	return 0;
}

/* Mean and variance of a sum of nb of them without replacement. */
static void moments(struct test *t)
{
	double n = t->m->na + t->m->nb, sum = 0, squares = 0;

	for (unsigned int i = 0; i < n; i++) {
		sum += t->score[i];
		squares += (double)t->score[i] * t->score[i];
	}
	t->mean = t->m->nb * sum / n;
	t->sd = sqrt(t->m->na * (double)t->m->nb / (n * (n - 1)) * fmax(0, squares - sum * sum / n));
}

/* b's sum, in units of sd, where run i of both sets is order[i]; NULL: as it was. */
static double distance(const struct test *t, const unsigned int *order)
{
	unsigned int n = t->m->na + t->m->nb;
	double sum = 0;

	for (unsigned int i = t->m->na; i < n; i++)
		sum += t->score[order ? order[i] : i];
	return t->sd > 0 ? (sum - t->mean) / t->sd : 0;
}

static bool is_clear(const struct test *t, const unsigned int *order)
{
	return fabs(distance(t, order)) > CLEAR;
}

static void look(struct common *c, const unsigned int *order)
{
	c->steady = fabs(distance(&c->t, order)) <= STEADY;
	c->moved = 0;
	for (unsigned int i = 0; i < c->nr; i++)
		c->moved += is_clear(&c->member[i], order);
}

/*
 * What is common to all is no measure where it moved itself, or where more than a
 * few of the others did: then what one of them gained would seem another's loss.
 */
static bool is_measure(const struct test *t, const unsigned int *order)
{
	const struct common *c = t->common;

	return c->steady && c->moved - is_clear(t->whole, order) <= FEW(c->nr);
}

/* A distance as one to the side that is asked for. */
static double to_side(const struct test *t, double z)
{
	return t->m->side > 0 ? z : t->m->side < 0 ? -z : fabs(z);
}

static double statistic(const struct test *t, const unsigned int *order)
{
	if (t->common && !is_measure(t, order))
		return -INFINITY;
	return to_side(t, distance(t, order));
}

/* ---- one metric ---- */

/* Over all choices of nb runs: the share whose sum is as far to the side as b's. */
static int exact_p(struct test *t)
{
	unsigned int n = t->m->na + t->m->nb, take = t->m->nb, max = take * 2 * STEPS, item;
	size_t row = (size_t)max + 1;
	double *ways = calloc((take + 1) * row, sizeof(*ways)), total = 0, far = 0, z;

	if (!ways)
		return -ENOMEM;
	ways[0] = 1;
	for (unsigned int i = 0; i < n; i++) {
		item = (unsigned int)(t->score[i] + STEPS);
		for (unsigned int k = i < take ? i + 1 : take; k > 0; k--)
			for (unsigned int s = k * 2 * STEPS; s + 1 > item; s--)
				ways[k * row + s] += ways[(k - 1) * row + s - item];
	}
	for (unsigned int s = 0; s <= max; s++) {
		z = t->sd > 0 ? ((double)s - take * (double)STEPS - t->mean) / t->sd : 0;
		z = to_side(t, z);
		total += ways[take * row + s];
		if (z >= t->t - 1e-9)
			far += ways[take * row + s];
	}
	free(ways);
	t->alone = far / total;
	return 0;
}

static int test_one(struct test *t, const double *v)
{
	int rc = score_runs(t, v);

	if (rc)
		return rc;
	moments(t);
	t->t = statistic(t, NULL);
	t->alone = 1;
	if (isinf(t->t))
		return 0;
	if (t->m->na + t->m->nb <= EXACT)
		return exact_p(t);
	t->alone = erfc(t->t / sqrt(2)) / (t->m->side ? 2 : 1);
	return 0;
}

/* ---- all of them ---- */

static void shuffle(unsigned int *order, unsigned int n, uint64_t *rng)
{
	unsigned int j, x;

	for (unsigned int i = 0; i < n; i++)
		order[i] = i;
	for (unsigned int i = n - 1; i > 0; i--) {
		j = (unsigned int)((ns_random(rng) >> 32) * (i + 1) >> 32);
		x = order[i];
		order[i] = order[j];
		order[j] = x;
	}
}

static int by_statistic(const void *pa, const void *pb)
{
	const struct test *a = pa, *b = pb;

	return a->t > b->t ? -1 : a->t < b->t;
}

/* The same runs, so the same permutation. */
static bool same_runs(const struct ns_perm_metric *a, const struct ns_perm_metric *b)
{
	return a->group == b->group && a->na == b->na && a->nb == b->nb;
}

/*
 * order has a permutation for each metric, in t's order; metrics of a group share
 * that of the first of them.
 */
static void shuffle_all(const struct test *t, unsigned int nr, const unsigned int *first,
			unsigned int *order, uint64_t *rng)
{
	for (unsigned int i = 0; i < nr; i++)
		if (first[i] == i)
			shuffle(order + (size_t)i * 2 * NS_STATS_MAX, t[i].m->na + t[i].m->nb, rng);
}

static const unsigned int *own_order(const unsigned int *order, unsigned int first)
{
	return order + (size_t)first * 2 * NS_STATS_MAX;
}

static void look_once(struct common *c, const unsigned int *order, unsigned int n)
{
	if (c && c->looked != n + 1)
		look(c, order);
	if (c)
		c->looked = n + 1;
}

/* Step-down maxT: how often is the largest of a metric and those below it as large? */
static int resample(struct test *t, unsigned int nr)
{
	unsigned int *order = calloc(nr, 2 * NS_STATS_MAX * sizeof(*order));
	unsigned int *first = calloc(nr, sizeof(*first)), *as_large = calloc(nr, sizeof(*as_large));
	uint64_t rng = SEED;
	double most, z, p = 0;
	bool ok = order && first && as_large;

	for (unsigned int i = 0; ok && i < nr; i++)
		while (first[i] < i && !same_runs(t[first[i]].m, t[i].m))
			first[i]++;
	for (unsigned int n = 0; ok && n < PERMUTATIONS; n++) {
		shuffle_all(t, nr, first, order, &rng);
		most = -INFINITY;
		for (unsigned int i = nr; i-- > 0;) {
			look_once(t[i].common, own_order(order, first[i]), n);
			z = statistic(&t[i], own_order(order, first[i]));
			most = z > most ? z : most;
			as_large[i] += most >= t[i].t - 1e-9;
		}
	}
	for (unsigned int i = 0; ok && i < nr; i++) {
		/* never below a metric that is further off */
		p = fmax(p, (as_large[i] + 1.0) / (PERMUTATIONS + 1));
		t[i].m->p = fmin(t[i].m->p, p);
	}
	free(order);
	free(first);
	free(as_large);
	return ok ? 0 : -ENOMEM;
}

/* Holm's correction; and is there one that is only too large because of it? */
static int correct(struct test *t, unsigned int nr, double alpha, bool *doubtful)
{
	double *p = malloc((nr ? nr : 1) * sizeof(*p));
	int rc = p ? 0 : -ENOMEM;

	for (unsigned int i = 0; !rc && i < nr; i++)
		p[i] = t[i].alone;
	if (!rc)
		rc = ns_holm(p, nr);
	for (unsigned int i = 0; !rc && i < nr; i++) {
		t[i].m->p = fmin(t[i].m->p, p[i]);
		*doubtful |= t[i].alone <= alpha && p[i] > alpha;
	}
	free(p);
	return rc;
}

/* ---- what tests there are ---- */

/* One or two of each metric. */
struct tests {
	struct test *t;
	struct common *common;
	unsigned int nr, nr_common;
};

static int add(struct tests *all, struct ns_perm_metric *m, const double *v, struct common *common,
	       const struct test *whole)
{
	struct test *t = &all->t[all->nr++];

	*t = (struct test){ .m = m, .common = common, .whole = whole };
	return test_one(t, v);
}

/* Indices of the metrics that have the runs of m[i], when it is the first of them. */
static unsigned int collect(const struct ns_perm_metric *m, unsigned int nr, unsigned int i,
			    unsigned int *group)
{
	unsigned int n = 0;

	for (unsigned int k = 0; k < nr; k++) {
		if (!same_runs(&m[k], &m[i]))
			continue;
		if (k < i)
			return 0;
		group[n++] = k;
	}
	return n;
}

static int common_init(struct common *c, const struct tests *all, const unsigned int *group,
		       unsigned int nr, const double *common)
{
	int rc;

	c->member = calloc(nr, sizeof(*c->member));
	if (!c->member)
		return -ENOMEM;
	c->nr = nr;
	for (unsigned int k = 0; k < nr; k++)
		c->member[k] = all->t[group[k]];
	c->t.m = c->member[0].m;
	rc = score_runs(&c->t, common);
	if (rc)
		return rc;
	moments(&c->t);
	look(c, NULL);
	return 0;
}

/* m: all metrics, whose tests are the first in all. */
static int add_own(struct tests *all, struct ns_perm_metric *m, const unsigned int *group,
		   unsigned int nr)
{
	unsigned int n = m[group[0]].na + m[group[0]].nb;
	struct common *c = &all->common[all->nr_common];
	double *own, *common;
	int rc = ns_own_parts(m, group, nr, &own, &common);

	if (rc <= 0)
		return rc;
	all->nr_common++;
	rc = common_init(c, all, group, nr, common);
	for (unsigned int k = 0; !rc && k < nr; k++)
		rc = add(all, &m[group[k]], own + (size_t)k * n, c, &c->member[k]);
	free(own);
	return rc;
}

static int add_all(struct tests *all, struct ns_perm_metric *m, unsigned int nr)
{
	unsigned int *group = calloc(nr ? nr : 1, sizeof(*group)), n;
	int rc = group ? 0 : -ENOMEM;

	for (unsigned int i = 0; !rc && i < nr; i++) {
		m[i].p = 1;
		rc = add(all, &m[i], m[i].v, NULL, NULL);
	}
	for (unsigned int i = 0; !rc && i < nr; i++) {
		n = collect(m, nr, i, group);
		if (n)
			rc = add_own(all, m, group, n);
	}
	free(group);
	return rc;
}

static void tests_free(struct tests *all)
{
	for (unsigned int i = 0; all->t && i < all->nr; i++)
		free(all->t[i].score);
	for (unsigned int i = 0; all->common && i < all->nr_common; i++) {
		free(all->common[i].t.score);
		free(all->common[i].member); /* their scores are freed above */
	}
	free(all->t);
	free(all->common);
}

int ns_permute(struct ns_perm_metric *m, unsigned int nr, double alpha)
{
	struct tests all = {
		.t = calloc(nr ? 2 * (size_t)nr : 1, sizeof(*all.t)),
		.common = calloc(nr ? nr : 1, sizeof(*all.common)),
	};
	bool doubtful = false;
	int rc = all.t && all.common ? 0 : -ENOMEM;

	if (!rc)
		rc = add_all(&all, m, nr);
	if (!rc)
		rc = correct(all.t, all.nr, alpha, &doubtful);
	if (!rc && doubtful) {
		qsort(all.t, all.nr, sizeof(*all.t), by_statistic);
		rc = resample(all.t, all.nr);
	}
	tests_free(&all);
	return rc;
}
