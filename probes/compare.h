/* SPDX-License-Identifier: GPL-2.0-or-later */
/* compare.h: every metric of one set of runs against another's. */
#ifndef NESTSCOPE_COMPARE_H
#define NESTSCOPE_COMPARE_H

#include "metricset.h"
#include "stats.h"

struct ns_change {
	/* of the sets, which must live as long */
	const char *workload, *vm, *name;
	unsigned int runs_a, runs_b; /* of the workload; s has how many tell a value */
	struct ns_shift s; /* exact data: shift = low = high = b - a, each p is 0 or 1 */
	double relative; /* shift / median of a; INFINITY or -INFINITY from 0 */
	bool constant; /* one and the same value in all runs of both */
	bool differs; /* the confidence interval excludes 0 */
	double *values; /* with keep_values: s.na of a and s.nb of b, in the order of the runs;
			 * the caller frees them */
};

/* Is this metric to be compared? */
typedef bool (*ns_compare_want)(void *arg, const char *workload, const char *vm, const char *name);

struct ns_compare_opts {
	double confidence; /* 0.99 */
	bool keep_values; /* of what is measured and not constant */
	bool all_workloads; /* one that only one set has is an error */
	ns_compare_want want; /* NULL: all but "run.time" */
	void *arg;
};

/*
 * Compare b with a (both finished) into *out (malloc'ed, *nr of them), in the
 * order of workloads and names.  Metrics that no run of a and b tells are left
 * out; where only one side tells, s.na or s.nb is 0 and the rest of s is too.
 * A workload is compared with that of the same name; when both sets have just
 * one and one of them has no name, these two are.
 * Errors (NS_EXIT_USAGE): exact against measured data, workloads that only one
 * side has (all_workloads), no workload that both have.
 */
int ns_compare(struct ns_change **out, unsigned int *nr, const struct ns_metricset *a,
	       const struct ns_metricset *b, const struct ns_compare_opts *opts,
	       struct ns_error *err);

/* The workload of b that is compared with w of a, or NULL. */
const struct ns_workload *ns_compare_other(const struct ns_metricset *a,
					   const struct ns_metricset *b,
					   const struct ns_workload *w);

#endif
