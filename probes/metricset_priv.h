/* SPDX-License-Identifier: GPL-2.0-or-later */
/* metricset_priv.h: what metricset*.c and baseline.c share. */
#ifndef NESTSCOPE_METRICSET_PRIV_H
#define NESTSCOPE_METRICSET_PRIV_H

#include <jansson.h>

#include "metricset.h"

#define RUN_TIME "run.time" /* ns observed; rates come from it */

/* What one file says of its run, before it becomes part of a set. */
struct run {
	const char *path;
	bool exact;
	struct ns_origin origin;
	char nodename[65];
	int64_t start_realtime_ns;
	uint64_t duration_ns;
	uint64_t events; /* mask of those provided */
	struct ns_ledger_row ledger[NS_NR_EVENTS];
	const char *warning; /* NULL: the file is whole */
};

/* Check the run against the set and start it: *w and *nr are its place. */
int ns_run_begin(struct ns_metricset *set, const char *workload, const struct run *r,
		 struct ns_workload **w, unsigned int *nr, struct ns_error *err);

/* Free what ns_run_begin remembers of the runs. */
void ns_run_forget(struct ns_metricset *set);

/* The workload called name, made if need be; NULL without memory. */
struct ns_workload *ns_metricset_get(struct ns_metricset *set, const char *name);
/* One run more in w; 0 or -ENOMEM. */
int ns_workload_run(struct ns_workload *w, uint64_t events);

/* How the numbers of one cell are called: prefix is "s2.fault.cold". */
int ns_put_count(struct ns_workload *w, unsigned int run, const char *vm, const char *prefix,
		 uint64_t count);
struct cell_times {
	uint64_t total, p50, p90, p99;
};
int ns_put_times(struct ns_workload *w, unsigned int run, const char *vm, const char *prefix,
		 uint64_t count, const struct cell_times *t);

/* VM names without process ids, each once; of the VMs of one run. */
struct vm_names {
	char (*name)[72];
	unsigned int nr;
};
int ns_vm_names_add(struct vm_names *n, const char *name, uint64_t pid);
void ns_vm_names_free(struct vm_names *n);

/* Add a recording, or a parsed JSON file. */
int ns_metricset_add_recording(struct ns_metricset *set, const char *workload, const char *path,
			       struct ns_error *err);
int ns_metricset_add_stat(struct ns_metricset *set, const char *workload, const char *path,
			  const json_t *root, struct ns_error *err);
int ns_metricset_add_baseline(struct ns_metricset *set, const char *path, const json_t *root,
			      struct ns_error *err);

int ns_metricset_nomem(struct ns_error *err);

#endif
