/* SPDX-License-Identifier: GPL-2.0-or-later */
/* gate.h: is a set of runs worse than a baseline, by rules? */
#ifndef NESTSCOPE_GATE_H
#define NESTSCOPE_GATE_H

#include "compare.h"
#include "rules.h"

enum ns_verdict {
	NS_REGRESSION,
	NS_UNSURE, /* the data cannot tell: too few runs, or it did not occur */
	NS_BETTER, /* the limits are crossed the other way */
	NS_OK,
	NS_NOT_JUDGED, /* the baseline does not have it in every run */
	NS_NR_VERDICTS
};

struct ns_finding {
	struct ns_change c;
	unsigned int rule; /* index into the rules */
	enum ns_verdict verdict;
	double p; /* that it is noise, corrected for the number of metrics judged; permute.h */
	const char *why; /* of UNSURE and NOT_JUDGED, else NULL */
	bool blind; /* a regression over the limits cannot be excluded */
};

struct ns_gate {
	const struct ns_rules *rules;
	bool exact;
	double confidence;
	struct ns_finding *finding; /* worst first */
	unsigned int nr;
	unsigned int count[NS_NR_VERDICTS], blind;
	unsigned int tested; /* metrics the correction is for */
	unsigned int need_runs; /* a side, for any verdict; 0: there are enough */
	char *notes; /* lines about what is not alike on both sides, or NULL */
};

/*
 * Judge the current data.  base, now and rules must live as long as g.
 *
 * Exact data: a regression is a change over both limits of its rule.
 * Measured data: only if besides the interval of the change excludes 0 and p of
 * ns_permute is at most 1 - confidence.  p is one-sided for rules with a direction, and
 * the interval has 1 - confidence on each side of it.  An A/A comparison therefore fails with a probability of at most 1 - confidence.
 * confidence is from 0.75 to below 1.
 *
 * Errors (NS_EXIT_USAGE): those of ns_compare; a rule of a file that matches
 * nothing, or that later rules hide; rules that leave nothing to be judged.
 * g is to be freed also after an error.
 */
int ns_gate_judge(struct ns_gate *g, const struct ns_metricset *base,
		  const struct ns_metricset *now, const struct ns_rules *rules, double confidence,
		  struct ns_error *err);

/* 1 when there is a regression, 3 when there is none but something is unsure. */
enum ns_exit ns_gate_exit(const struct ns_gate *g);

/* "FAIL", "unsure", ... */
const char *ns_verdict_name(enum ns_verdict v);

void ns_gate_free(struct ns_gate *g);

#endif
