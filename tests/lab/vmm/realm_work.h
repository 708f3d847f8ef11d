/* SPDX-License-Identifier: GPL-2.0-or-later */
/* realm_work.h: a workload of realms: what it is given, and what it has done. */
#ifndef LAB_REALM_WORK_H
#define LAB_REALM_WORK_H

#include "realm.h"

/* V(id, name, default, help) */
#define REALM_PARAMS(V)                                                        \
	V(BITS, "bits", 40, "bits of IPA; the upper half is unprotected")      \
	V(PAGES, "pages", 64, "rtt-build: pages of data")                      \
	V(TABLES, "tables", 2000, "rtt-teardown: tables at the last level")    \
	V(DATA, "data", 1, "rtt-teardown: 0 for tables only")                  \
	V(ROUNDS, "rounds", 2, "rtt-build: repetitions")                       \
	V(ALONE, "alone", 1, "0: others use the RMM too, its counts say nothing") \
	V(DELAY, "delay-ms", 0, "sleep before the start")
#define REALM_PARAM_ID(id, name, def, help) REALM_PARAM_##id,
enum realm_param { REALM_PARAMS(REALM_PARAM_ID) REALM_PARAM_MAX };

struct work {
	const char *name;
	uint64_t params[REALM_PARAM_MAX];
	struct realm realm; /* its VM is there from the start */
	unsigned int vm;
	uint64_t rounds, start_ns, elapsed_ns;
	struct model_counts sum;
	struct firmware before;
	int64_t leaked_before;
	const char *more; /* members for the line, or NULL */
};

uint64_t work_ns(void);
void work_report(const struct work *w, const struct model_counts *n, const char *more);
/*
 * The end of a VM, which is closed: compare with the firmware's counts, and what
 * it still has with the pages that were leaked; write the line.  Returns the
 * program's exit code.
 */
int work_settle(struct work *w, const struct model_counts *n, uint64_t leaked);

int work_faulty(struct work *w);
int work_touch(struct work *w);

#endif
