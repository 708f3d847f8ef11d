/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * stats.h: is the second sample larger than the first, by how much, and how
 * sure is that?  Rank statistics: they assume nothing about the shape of the
 * noise, and a single outlier moves them little.
 *
 * References: Mann and Whitney 1947; Hodges and Lehmann 1963; Streitberg and
 * Roehmel 1986 (exact distribution with ties); Holm 1979; Cliff 1993;
 * Hollander and Wolfe, Nonparametric Statistical Methods, ch. 4.
 */
#ifndef NESTSCOPE_STATS_H
#define NESTSCOPE_STATS_H

#include <stdbool.h>
#include <stdint.h>

/* More values in a sample are refused: all pairs of them are looked at. */
#define NS_STATS_MAX 200

/* Distributions that were computed last; one for a series of comparisons. */
struct ns_stats_cache {
	unsigned int na, nb;
	double *at_most; /* P(U <= u), u from 0 to na * nb */
};

void ns_stats_cache_free(struct ns_stats_cache *c);

/* How sample b differs from sample a. */
struct ns_shift {
	unsigned int na, nb;
	double a, b; /* medians */
	double shift; /* Hodges-Lehmann: median of all b - a */
	double low, high; /* its confidence interval; -INFINITY and INFINITY when
			   * the samples are too small for that confidence */
	double p; /* Mann-Whitney U, two-sided */
	double p_above, p_below; /* one-sided: that b is larger; smaller */
	double effect; /* Cliff's delta: P(b > a) - P(b < a), -1 to 1 */
};

/*
 * Compare na values with nb values (finite numbers, 1 to NS_STATS_MAX each).
 * confidence is 0.99 for 99 %.  p is exact, also with ties, up to 40 values in
 * both samples together (up to 100 without ties); above, and for the interval
 * above 100, the normal approximation is taken.  The interval is that of
 * untied data, which with ties errs on the wide side.  cache (zeroed before
 * its first use) may be NULL.
 * Returns 0, -EINVAL for empty or too large samples, -ENOMEM.
 */
int ns_shift_of(struct ns_shift *s, const double *a, unsigned int na, const double *b,
		unsigned int nb, double confidence, struct ns_stats_cache *cache);

/* The smallest one-sided p that samples of these sizes can give. */
double ns_smallest_p(unsigned int na, unsigned int nb);

/* Median of n values (1 or more), which are sorted on return. */
double ns_median(double *v, unsigned int n);

/* Median of the distances of n values from their *median; room for n values is overwritten. */
double ns_median_distance(const double *v, unsigned int n, double *room, double *median);

/* The next number of a generator (xorshift64*); state is not 0. */
uint64_t ns_random(uint64_t *state);

/* Standard deviation of n values over their mean; 0 for fewer than two. */
double ns_variation(const double *v, unsigned int n);

/*
 * Holm's step-down correction of n p-values, in place: what is below alpha
 * afterwards is wrong with a probability of at most alpha in the whole family.
 * Returns 0 or -ENOMEM.
 */
int ns_holm(double *p, unsigned int n);

#endif
