/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * export_metrics.h: a model as Prometheus takes it, in three formats; names and
 * help are the catalogue's.  What `nestscope export` and `nestscope serve` share.
 */
#ifndef NESTSCOPE_EXPORT_METRICS_H
#define NESTSCOPE_EXPORT_METRICS_H

#include <stdio.h>

#include "exemplars.h"
#include "model.h"

enum ns_metrics_format {
	NS_METRICS_OPENMETRICS, /* text, with exemplars */
	NS_METRICS_PROMETHEUS, /* the older text, 0.0.4 */
	NS_METRICS_PROTOBUF, /* io.prometheus.client.MetricFamily, each after its length */
	NS_NR_METRICS_FORMATS
};

struct ns_metrics_opts {
	enum ns_metrics_format format;
	uint64_t events; /* bit mask by event id: what is written */
	int64_t time_ns; /* wall-clock time of the numbers, for each sample; 0: without one */
	const struct ns_exemplars *exemplars; /* NULL: none */
	const bool *hidden; /* by VM id, NS_MAX_VMS of them: left out; NULL: none is */
};

/*
 * Write a model (sorted).  Labels are VM names and names of the catalogue, never
 * an address.  0, or a negative errno.
 */
int ns_metrics_write(FILE *out, const struct ns_model *m, const struct ns_metrics_opts *o);

#endif
