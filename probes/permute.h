/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * permute.h: which of many metrics are larger in one set of runs than in
 * another, when all of them may be noise: permutation tests, corrected for their
 * number.  They assume nothing about the noise but that the runs of both sets
 * could have been exchanged.
 *
 * A run counts by how far it lies from the median of both sets, in units of twice
 * the median distance, and for no more than one of these: nearly as good as the mean
 * where the noise is tame, and a single disturbed run cannot do much.
 *
 * Where a workload has four metrics or more, what its runs have in common (a run that is slower
 * altogether) is found, their median, and each metric is tested a second time
 * without its share of that: its own noise is smaller.  Only where what is common did not
 * move itself, nor more than an eighth of the other metrics: a kernel that is slower in
 * all of them is found by the first test.  Both count in the correction.
 *
 * References: Fisher 1935; Pitman 1937; Huber 1964; Holm 1979; Westfall and
 * Young, Resampling-Based Multiple Testing, 1993, algorithm 4.1.
 */
#ifndef NESTSCOPE_PERMUTE_H
#define NESTSCOPE_PERMUTE_H

struct ns_perm_metric {
	const double *v; /* na values of set a, then nb of set b */
	unsigned int na, nb; /* 1 to NS_STATS_MAX each */
	/*
	 * Metrics of one group have the same runs in the same order; what their noise has
	 * in common then makes the correction smaller.
	 */
	unsigned int group;
	int side; /* 1: is b larger; -1: smaller; 0: either */
	double p; /* out, corrected */
};

/*
 * Fill in all p: what is at most alpha is wrong with a probability of at most alpha
 * in all of them together.  p of a metric is exact up to 60 values in both sets, and
 * corrected after Holm; where that leaves out what it would not leave out alone, by
 * 5,000 permutations of the runs (the same ones each time).  0 or -ENOMEM.
 */
int ns_permute(struct ns_perm_metric *m, unsigned int nr, double alpha);

#endif
