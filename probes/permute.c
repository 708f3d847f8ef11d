// SPDX-License-Identifier: GPL-2.0-or-later
/* permute.c: see permute.h. */
#include "permute.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "stats.h"

#define STEPS 50 /* a run's score is -STEPS to STEPS */
#define CLIP 2 /* median distances that count in full */
#define EXACT 60 /* values in both sets */
#define PERMUTATIONS 5000
#define SEED 0x6e73636f70650001ULL

/* A metric while it is tested. */
struct test {
	struct ns_perm_metric *m;
	int *score; /* of each run */
	double mean, sd; /* of b's sum, over all permutations */
	double t; /* that sum in units of sd, for the side that is asked for */
	double alone; /* p, not corrected */
};

/* ---- scores ---- */

static int score_runs(struct test *t)
{
	unsigned int n = t->m->na + t->m->nb;
	double *sorted = malloc(n * sizeof(*sorted)), median, distance, z;

	t->score = malloc(n * sizeof(*t->score));
	if (!sorted || !t->score) {
		free(sorted);
		return -ENOMEM;
	}
	memcpy(sorted, t->m->v, n * sizeof(*sorted));
	median = ns_median(sorted, n);
	for (unsigned int i = 0; i < n; i++)
		sorted[i] = fabs(t->m->v[i] - median);
	distance = CLIP * ns_median(sorted, n);
	free(sorted);
	for (unsigned int i = 0; i < n; i++) {
		z = t->m->v[i] - median;
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

/* b's sum where run i of both sets is order[i]; NULL: as it was. */
static double statistic(const struct test *t, const unsigned int *order)
{
	unsigned int n = t->m->na + t->m->nb;
	double sum = 0, z;

	for (unsigned int i = t->m->na; i < n; i++)
		sum += t->score[order ? order[i] : i];
	z = t->sd > 0 ? (sum - t->mean) / t->sd : 0;
	return t->m->side > 0 ? z : t->m->side < 0 ? -z : fabs(z);
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
		z = t->m->side > 0 ? z : t->m->side < 0 ? -z : fabs(z);
		total += ways[take * row + s];
		if (z >= t->t - 1e-9)
			far += ways[take * row + s];
	}
	free(ways);
	t->alone = far / total;
	return 0;
}

static int test_one(struct test *t)
{
	int rc = score_runs(t);

	if (rc)
		return rc;
	moments(t);
	t->t = statistic(t, NULL);
	if (t->m->na + t->m->nb <= EXACT)
		return exact_p(t);
	t->alone = erfc(t->t / sqrt(2)) / (t->m->side ? 2 : 1);
	return 0;
}

/* ---- all of them ---- */

static uint64_t next(uint64_t *rng)
{
	*rng ^= *rng >> 12;
	*rng ^= *rng << 25;
	*rng ^= *rng >> 27;
	return *rng * 0x2545f4914f6cdd1dULL;
}

static void shuffle(unsigned int *order, unsigned int n, uint64_t *rng)
{
	unsigned int j, x;

	for (unsigned int i = 0; i < n; i++)
		order[i] = i;
	for (unsigned int i = n - 1; i > 0; i--) {
		j = (unsigned int)((next(rng) >> 32) * (i + 1) >> 32);
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
static bool same_runs(const struct test *a, const struct test *b)
{
	return a->m->group == b->m->group && a->m->na == b->m->na && a->m->nb == b->m->nb;
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

/* Step-down maxT: how often is the largest of a metric and those below it as large? */
static int resample(struct test *t, unsigned int nr)
{
	unsigned int *order = calloc(nr, 2 * NS_STATS_MAX * sizeof(*order));
	unsigned int *first = calloc(nr, sizeof(*first)), *as_large = calloc(nr, sizeof(*as_large));
	uint64_t rng = SEED;
	double most, z, p = 0;
	bool ok = order && first && as_large;

	for (unsigned int i = 0; ok && i < nr; i++)
		while (first[i] < i && !same_runs(&t[first[i]], &t[i]))
			first[i]++;
	for (unsigned int n = 0; ok && n < PERMUTATIONS; n++) {
		shuffle_all(t, nr, first, order, &rng);
		most = -INFINITY;
		for (unsigned int i = nr; i-- > 0;) {
			z = statistic(&t[i], order + (size_t)first[i] * 2 * NS_STATS_MAX);
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
		t[i].m->p = p[i];
		*doubtful |= t[i].alone <= alpha && p[i] > alpha;
	}
	free(p);
	return rc;
}

int ns_permute(struct ns_perm_metric *m, unsigned int nr, double alpha)
{
	struct test *t = calloc(nr ? nr : 1, sizeof(*t));
	bool doubtful = false;
	int rc = t ? 0 : -ENOMEM;

	for (unsigned int i = 0; !rc && i < nr; i++) {
		t[i].m = &m[i];
		rc = test_one(&t[i]);
	}
	if (!rc)
		rc = correct(t, nr, alpha, &doubtful);
	if (!rc && doubtful) {
		qsort(t, nr, sizeof(*t), by_statistic);
		rc = resample(t, nr);
	}
	for (unsigned int i = 0; t && i < nr; i++)
		free(t[i].score);
	free(t);
	return rc;
}
