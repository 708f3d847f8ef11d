// SPDX-License-Identifier: GPL-2.0-or-later
/* stats.c: rank statistics; see stats.h. */
#include "stats.h"

#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Values in both samples up to which the exact distribution is computed. */
#define EXACT_TIED 40
#define EXACT_UNTIED 100

static int by_value(const void *pa, const void *pb)
{
	double a = *(const double *)pa, b = *(const double *)pb;

	return a < b ? -1 : a > b;
}

static double middle(const double *sorted, unsigned int n)
{
	return n % 2 ? sorted[n / 2] : (sorted[n / 2 - 1] + sorted[n / 2]) / 2;
}

double ns_median_distance(const double *v, unsigned int n, double *room, double *median)
{
	memcpy(room, v, n * sizeof(*room));
	*median = ns_median(room, n);
	for (unsigned int i = 0; i < n; i++)
		room[i] = fabs(v[i] - *median);
	return ns_median(room, n);
}

uint64_t ns_random(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * 0x2545f4914f6cdd1dULL;
}

double ns_median(double *v, unsigned int n)
{
	qsort(v, n, sizeof(*v), by_value);
	return middle(v, n);
}

double ns_variation(const double *v, unsigned int n)
{
	double mean = 0, sum = 0;

	if (n < 2)
		return 0;
	for (unsigned int i = 0; i < n; i++)
		mean += v[i] / n;
	for (unsigned int i = 0; i < n; i++)
		sum += (v[i] - mean) * (v[i] - mean);
	return mean != 0 ? sqrt(sum / (n - 1)) / fabs(mean) : 0;
}

/* ---- ranks ---- */

struct ranked {
	double v;
	bool of_b;
};

static int by_rank(const void *pa, const void *pb)
{
	return by_value(&((const struct ranked *)pa)->v, &((const struct ranked *)pb)->v);
}

/* Both samples in one order; doubled ranks, so that midranks are integers. */
struct ranking {
	unsigned int na, nb, n;
	bool ties;
	double tie_term; /* sum of t^3 - t over groups of t equal values */
	uint64_t sum_a; /* doubled rank sum of sample a */
	unsigned int *rank2;
};

/* The group of equal values that starts at i gets its mean rank. */
static unsigned int rank_group(struct ranking *r, const struct ranked *v, unsigned int i)
{
	unsigned int end = i + 1, in_a = 0;
	double t;

	while (end < r->n && v[end].v == v[i].v)
		end++;
	t = end - i;
	r->ties |= end - i > 1;
	r->tie_term += t * t * t - t;
	for (unsigned int j = i; j < end; j++) {
		r->rank2[j] = i + 1 + end; /* twice the mean of i + 1 ... end */
		in_a += !v[j].of_b;
	}
	r->sum_a += (uint64_t)in_a * (i + 1 + end);
	return end;
}

static int rank_both(struct ranking *r, const double *a, unsigned int na, const double *b,
		     unsigned int nb)
{
	struct ranked *v = malloc((na + nb) * sizeof(*v));

	*r = (struct ranking){ .na = na, .nb = nb, .n = na + nb };
	r->rank2 = malloc(r->n * sizeof(*r->rank2));
	if (!v || !r->rank2) {
		free(v);
		return -ENOMEM;
	}
	for (unsigned int i = 0; i < na; i++)
		v[i] = (struct ranked){ a[i], false };
	for (unsigned int i = 0; i < nb; i++)
		v[na + i] = (struct ranked){ b[i], true };
	qsort(v, r->n, sizeof(*v), by_rank);
	for (unsigned int i = 0; i < r->n;)
		i = rank_group(r, v, i);
	free(v);
	return 0;
}

/* U of sample b: pairs with b > a, ties count half. */
static double u_of_b(const struct ranking *r)
{
	double u_a = (double)r->sum_a / 2 - r->na * (r->na + 1.0) / 2;

	return (double)r->na * r->nb - u_a;
}

/* ---- distributions ---- */

/*
 * ways[s]: in how many ways k of the n items have the sum s, for k = take.
 * Item by item (the shift algorithm); doubles, since there are up to 1e29.
 * Returns an array of max + 1, or NULL without memory.
 */
static double *sums(const unsigned int *item, unsigned int n, unsigned int take, unsigned int max)
{
	size_t row = (size_t)max + 1;
	double *ways = calloc((size_t)(take + 1) * row, sizeof(*ways)), *last;

	if (!ways)
		return NULL;
	ways[0] = 1;
	for (unsigned int i = 0; i < n; i++)
		for (unsigned int k = take; k > 0; k--)
			for (unsigned int s = max; s >= item[i]; s--)
				ways[k * row + s] += ways[(k - 1) * row + s - item[i]];
	last = malloc(row * sizeof(*last));
	if (last)
		memcpy(last, ways + take * row, row * sizeof(*last));
	free(ways);
	return last;
}

/* P(U <= u) for untied samples into c. */
static int untied(struct ns_stats_cache *c, unsigned int na, unsigned int nb)
{
	unsigned int n = na + nb, least = na * (na + 1) / 2, item[EXACT_UNTIED];
	double *ways, total = 0, below = 0;

	if (c->at_most && c->na == na && c->nb == nb)
		return 0;
	ns_stats_cache_free(c);
	for (unsigned int i = 0; i < n; i++)
		item[i] = i + 1;
	ways = sums(item, n, na, least + na * nb);
	c->at_most = malloc(((size_t)na * nb + 1) * sizeof(*c->at_most));
	if (!ways || !c->at_most) {
		free(ways);
		ns_stats_cache_free(c);
		return -ENOMEM;
	}
	for (unsigned int u = 0; u <= na * nb; u++)
		total += ways[least + u];
	for (unsigned int u = 0; u <= na * nb; u++) {
		below += ways[least + u];
		c->at_most[u] = below / total;
	}
	free(ways);
	c->na = na;
	c->nb = nb;
	return 0;
}

void ns_stats_cache_free(struct ns_stats_cache *c)
{
	free(c->at_most);
	memset(c, 0, sizeof(*c));
}

/* Over all ways to choose a's ranks; two-sided: P(|S - E| >= |s - E|). */
static int p_tied(const struct ranking *r, struct ns_shift *out)
{
	unsigned int max = r->n * (r->n + 1);
	int64_t expected = (int64_t)r->na * (r->n + 1); /* doubled */
	int64_t off = llabs((int64_t)r->sum_a - expected);
	double *ways = sums(r->rank2, r->n, r->na, max), total = 0;

	if (!ways)
		return -ENOMEM;
	for (unsigned int s = 0; s <= max; s++)
		total += ways[s];
	for (unsigned int s = 0; s <= max; s++) {
		if (llabs((int64_t)s - expected) >= off)
			out->p += ways[s] / total;
		/* b is above when the ranks of a are low */
		if (s <= r->sum_a)
			out->p_above += ways[s] / total;
		if (s >= r->sum_a)
			out->p_below += ways[s] / total;
	}
	free(ways);
	return 0;
}

static int p_untied(const struct ranking *r, struct ns_stats_cache *c, struct ns_shift *out)
{
	unsigned int u = (unsigned int)lround(u_of_b(r)), other = r->na * r->nb - u;
	int rc = untied(c, r->na, r->nb);

	if (rc)
		return rc;
	out->p_above = c->at_most[other];
	out->p_below = c->at_most[u];
	out->p = fmin(1, 2 * fmin(out->p_above, out->p_below));
	return 0;
}

/* With continuity correction and the variance of tied ranks. */
static void p_normal(const struct ranking *r, struct ns_shift *out)
{
	double pairs = (double)r->na * r->nb, n = r->n, off = u_of_b(r) - pairs / 2;
	double sd = sqrt(pairs / 12 * (n + 1 - r->tie_term / (n * (n - 1))));

	out->p_above = out->p_below = 1;
	if (sd > 0) {
		out->p_above = erfc((off - 0.5) / (sd * sqrt(2))) / 2;
		out->p_below = erfc((-off - 0.5) / (sd * sqrt(2))) / 2;
	}
	out->p = fmin(1, 2 * fmin(out->p_above, out->p_below));
}

static int p_of(const struct ranking *r, struct ns_stats_cache *c, struct ns_shift *out)
{
	if (r->ties && r->n <= EXACT_TIED)
		return p_tied(r, out);
	if (!r->ties && r->n <= EXACT_UNTIED)
		return p_untied(r, c, out);
	p_normal(r, out);
	return 0;
}

double ns_smallest_p(unsigned int na, unsigned int nb)
{
	double ways = 1;

	for (unsigned int i = 1; i <= na; i++)
		ways *= (double)(nb + i) / i;
	return 1 / ways;
}

/* ---- the interval ---- */

/* z with P(|Z| > z) = p, by halving: called once per comparison at most. */
static double normal_beyond(double p)
{
	double low = 0, high = 40, z;

	for (int i = 0; i < 80; i++) {
		z = (low + high) / 2;
		if (erfc(z / sqrt(2)) > p)
			low = z;
		else
			high = z;
	}
	return low;
}

/*
 * How many of the sorted differences to leave out at each end; 0 when even
 * the outermost ones do not hold the shift with that confidence.
 */
static int trim(unsigned int na, unsigned int nb, double confidence, struct ns_stats_cache *c,
		unsigned int *k)
{
	/* 1 - 0.9 is a little below 0.1 */
	double alpha = 1 - confidence + 1e-12, pairs = (double)na * nb, sd;
	int rc;

	*k = 0;
	if (na + nb <= EXACT_UNTIED) {
		rc = untied(c, na, nb);
		while (!rc && *k <= na * nb / 2 && c->at_most[*k] <= alpha / 2)
			(*k)++;
		return rc;
	}
	sd = sqrt(pairs * (na + nb + 1) / 12);
	*k = (unsigned int)fmax(0, floor(pairs / 2 - normal_beyond(alpha) * sd));
	return 0;
}

static int interval(struct ns_shift *s, const double *a, const double *b, double confidence,
		    struct ns_stats_cache *c)
{
	size_t pairs = (size_t)s->na * s->nb, i = 0;
	double *d = malloc(pairs * sizeof(*d));
	unsigned int k;
	int rc;

	if (!d)
		return -ENOMEM;
	for (unsigned int x = 0; x < s->na; x++)
		for (unsigned int y = 0; y < s->nb; y++)
			d[i++] = b[y] - a[x];
	s->shift = ns_median(d, (unsigned int)pairs);
	rc = trim(s->na, s->nb, confidence, c, &k);
	s->low = k ? d[k - 1] : -INFINITY;
	s->high = k ? d[pairs - k] : INFINITY;
	free(d);
	return rc;
}

/* ---- all of it ---- */

static int median_of(const double *v, unsigned int n, double *out)
{
	double *copy = malloc(n * sizeof(*copy));

	if (!copy)
		return -ENOMEM;
	memcpy(copy, v, n * sizeof(*copy));
	*out = ns_median(copy, n);
	free(copy);
	return 0;
}

int ns_shift_of(struct ns_shift *s, const double *a, unsigned int na, const double *b,
		unsigned int nb, double confidence, struct ns_stats_cache *cache)
{
	struct ns_stats_cache own = { 0 }, *c = cache ? cache : &own;
	struct ranking r = { 0 };
	int rc;

	memset(s, 0, sizeof(*s));
	if (!na || !nb || na > NS_STATS_MAX || nb > NS_STATS_MAX)
		return -EINVAL;
	s->na = na;
	s->nb = nb;
	rc = rank_both(&r, a, na, b, nb);
	if (!rc)
		rc = p_of(&r, c, s);
	if (!rc)
		rc = interval(s, a, b, confidence, c);
	if (!rc)
		rc = median_of(a, na, &s->a);
	if (!rc)
		rc = median_of(b, nb, &s->b);
	s->effect = rc ? 0 : 2 * u_of_b(&r) / ((double)na * nb) - 1;
	free(r.rank2);
	ns_stats_cache_free(&own);
	return rc;
}

/* ---- many comparisons at once ---- */

struct entry {
	double p;
	unsigned int at;
};

static int by_p(const void *pa, const void *pb)
{
	return by_value(&((const struct entry *)pa)->p, &((const struct entry *)pb)->p);
}

int ns_holm(double *p, unsigned int n)
{
	struct entry *e = malloc((n ? n : 1) * sizeof(*e));
	double most = 0;

	if (!e)
		return -ENOMEM;
	for (unsigned int i = 0; i < n; i++)
		e[i] = (struct entry){ p[i], i };
	qsort(e, n, sizeof(*e), by_p);
	for (unsigned int i = 0; i < n; i++) {
		/* a larger p never ends up below a smaller one */
		most = fmax(most, fmin(1, e[i].p * (n - i)));
		p[e[i].at] = most;
	}
	free(e);
	return 0;
}
