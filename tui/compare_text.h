/* SPDX-License-Identifier: GPL-2.0-or-later */
/* compare_text.h: how `diff` and `gate` write metrics and changes. */
#ifndef NESTSCOPE_COMPARE_TEXT_H
#define NESTSCOPE_COMPARE_TEXT_H

#include <jansson.h>

#include "cmd.h"
#include "compare.h"

/* "s2.fault.count", or "VM:s2.fault.count" */
const char *metric_label(const struct ns_change *c, char *buf, size_t size);

/* "14,016", "2.1us", "5,309.3" (instructions, when exact), "1.17k/s" */
const char *metric_value(const char *name, bool exact, double v, char *buf, size_t size);
/* "", " instructions" or " /s": what metric_value leaves out */
const char *metric_unit_word(const char *name, bool exact);

/* "+9.8 %", "-0.02 %", "from 0" */
const char *percent(double share, char *buf, size_t size);
/* "+8.1 .. +11.2 %" of the base, or "too few runs" */
const char *interval_text(const struct ns_change *c, char *buf, size_t size);

/* "99", "99.9%" into 0.99, 0.999.  0, or an exit code after a message. */
int confidence_parse(const char *text, double fallback, double *out);

/* Load all words into set, finished.  0, or an exit code after a message. */
int metricset_load(struct ns_metricset *set, char *const *words, int nr);

/* "10 runs, 2 workloads, Linux 7.3.4 aarch64" */
const char *metricset_text(const struct ns_metricset *set, char *buf, size_t size);

/* The change as JSON, without what a view adds; NULL for what is infinite. */
json_t *change_json(const struct ns_change *c);
json_t *real_or_null(double v);

#endif
