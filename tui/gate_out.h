/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * gate_out.h: the result of a gate for people, CI servers and pull requests.
 * All are the same bytes for the same data: no time, no host, no pid.
 */
#ifndef NESTSCOPE_GATE_OUT_H
#define NESTSCOPE_GATE_OUT_H

#include <stdio.h>

#include "calibrate.h"
#include "gate.h"

struct gate_report {
	const struct ns_gate *g;
	const char *baseline; /* as it was given */
	const struct ns_metricset *base, *now;
};

void gate_text(FILE *f, const struct gate_report *r);
void gate_markdown(FILE *f, const struct gate_report *r);
void gate_junit(FILE *f, const struct gate_report *r);
int gate_json(FILE *f, const struct gate_report *r);

/* "2,104 -> 2,310 instructions (+9.8 %, limit +1 % and +50)" */
void gate_change(const struct ns_gate *g, const struct ns_finding *i, char *buf, size_t size);
/* "limit +1 % and +50" */
void gate_limit(const struct ns_gate *g, const struct ns_finding *i, char *buf, size_t size);

/* How noisy the runs are, and what the rules make of that. */
void calibrate_text(FILE *f, const struct ns_calibration *c, const struct ns_rules *rules);

#endif
