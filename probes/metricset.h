/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * metricset.h: what recordings, `stat --json` and `report --json` files and
 * baselines say, as named numbers: the data of `diff` and `gate`.
 *
 * A set has workloads; a workload has runs; a series has the value of one
 * metric in each run.  Metrics are named from the catalogue:
 *
 *	EVENT.count			s2.fault.count
 *	EVENT.VALUE.count		s2.fault.cold.count
 *	EVENT.VALUE.SUBVALUE.count	s2.fault.cold.write.count
 *	EVENT[.VALUE].rate		the same per second; not in exact data
 *	EVENT[.VALUE].time.total	ns; also .mean .p50 .p90 .p99
 *
 *	EVENT.NAME=VALUE[,...].count	s2.fault.vttbr=0x1000040000000.count, and
 *					its times: of a group
 *
 * They are sums over all VMs.  When a run has several VMs, each one's are
 * there too, under its name without the process id ("vmm", "vmm#2"); quantiles
 * then exist for each VM only.  An event that the kernel provides but that did
 * not occur has the count 0; one that is not provided has no value at all.
 */
#ifndef NESTSCOPE_METRICSET_H
#define NESTSCOPE_METRICSET_H

#include <stdbool.h>
#include <stdint.h>

#include "error.h"
#include "expr.h"
#include "model.h"

enum ns_metric_unit { NS_METRIC_N, NS_METRIC_RATE, NS_METRIC_NS };

struct ns_series {
	char *vm; /* "": all VMs together */
	char *name;
	double *value; /* one for each run; NAN: that run does not tell */
};

/* Where the numbers of a workload come from; of its first run. */
struct ns_origin {
	char release[65], machine[65];
	char by[NS_NR_EVENTS][48]; /* "" when the event is not provided */
};

struct ns_workload {
	char *name; /* "" when nobody named it */
	struct ns_origin origin;
	unsigned int nr_runs;
	uint64_t *events; /* per run, mask of those provided */
	struct ns_series *series; /* sorted by name, then VM, after finish */
	unsigned int nr_series;
	char (*vms)[72]; /* the VMs in series, after finish */
	unsigned int nr_vms;
	unsigned int cap_series; /* private */
	uint32_t *index; /* private: hash of series */
	unsigned int index_size; /* private */
};

/* More are refused, as are more than NS_MAX_VMS VMs of a workload. */
#define NS_MAX_WORKLOADS 1000

struct ns_metricset {
	bool exact; /* one ns is one instruction: every number is exact */
	bool lossy_ok; /* take lossy and damaged files, and say so in notes */
	/* Of recordings only these events, and NULL for all; a JSON file is refused then. */
	const struct ns_expr *filter;
	/* Per group of this list (group.h) instead of per value; NULL: not; no JSON either. */
	const char *group;
	struct ns_workload *workloads; /* sorted by name after finish */
	unsigned int nr_workloads;
	char *notes; /* lines about the data that a reader should know, or NULL */
	bool filtered; /* private: there is a line about filters */
	void *seen; /* private: observations, so that none is counted twice */
	unsigned int nr_seen;
};

void ns_metricset_init(struct ns_metricset *set);
void ns_metricset_free(struct ns_metricset *set);

/*
 * Add what PATH, or NAME=PATH, has: a file is one run of the workload NAME
 * ("" without); a directory has a run in each *.nsr and *.json file and a
 * workload in each directory below it; a baseline has all it was made from.
 * Errors (NS_EXIT_USAGE) name the file: it cannot be read, is no such file,
 * has lost events or is damaged (unless lossy_ok), is exact where the others
 * are not, or is the same observation as another one.
 */
int ns_metricset_add(struct ns_metricset *set, const char *word, struct ns_error *err);

/*
 * Add what was observed live as one run of a workload ("": without a name).  m is
 * sorted; name is for messages, as "run 3".  Errors as ns_metricset_add.
 */
int ns_metricset_add_model(struct ns_metricset *set, const char *workload, const char *name,
			   const struct ns_model *m, struct ns_error *err);

/*
 * Call once after the last add: sorts, and derives means and rates.  -EINVAL
 * when there is no run at all, or when runs of exact data differ.
 */
int ns_metricset_finish(struct ns_metricset *set, struct ns_error *err);

/* After finish. */
const struct ns_workload *ns_metricset_workload(const struct ns_metricset *set, const char *name);

/* The values of one run; what a reader of files calls. */
int ns_workload_put(struct ns_workload *w, unsigned int run, const char *vm, const char *name,
		    double value);

/* Is there a series of that VM?  "" is always there. */
bool ns_workload_has_vm(const struct ns_workload *w, const char *vm);

/* The catalogue's event that a metric is of, or -1. */
int ns_metric_event(const char *name);
enum ns_metric_unit ns_metric_unit(const char *name);
/* Does no value mean that nothing was counted (if the event is provided)? */
bool ns_metric_is_sum(const char *name);

/*
 * Write the set (finished) as a baseline, one metric a line, the same bytes
 * for the same numbers; path is replaced at once or not at all.
 */
int ns_baseline_write(const struct ns_metricset *set, const char *path, struct ns_error *err);

#endif
