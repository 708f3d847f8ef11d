/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * calibrate.h: an A/A run: runs of one and the same kernel against each other.
 * What fails there is a false alarm.
 */
#ifndef NESTSCOPE_CALIBRATE_H
#define NESTSCOPE_CALIBRATE_H

#include "gate.h"

#define NS_CALIBRATE_ROUNDS 200

struct ns_noise {
	const char *workload, *vm, *name; /* of the set */
	unsigned int rule;
	double variation; /* standard deviation over mean of all runs */
	double width; /* half the interval of the change, over the median; mean of the rounds */
	unsigned int failed; /* rounds in which this metric was a regression */
};

struct ns_calibration {
	unsigned int rounds, failed, unsure; /* rounds */
	unsigned int drifted; /* metrics that the last half of the runs changed against the first */
	unsigned int need_runs; /* in all, for any verdict; 0: there are enough */
	double confidence;
	struct ns_noise *noise; /* noisiest first */
	unsigned int nr;
};

/*
 * Judge the last half of the runs of each workload, in the order they were
 * given, by the first, which shows whether the machine drifts; then halves
 * chosen at random (always in the same way), which shows how much noise there
 * is.  set must live as long as c.
 * Errors: those of ns_gate_judge; exact data; a workload of one run.
 */
int ns_calibrate(struct ns_calibration *c, const struct ns_metricset *set,
		 const struct ns_rules *rules, double confidence, struct ns_error *err);

/* 0: no drift, and no more false alarms than confidence allows; 3: too few runs. */
enum ns_exit ns_calibration_exit(const struct ns_calibration *c);

void ns_calibration_free(struct ns_calibration *c);

#endif
