/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rules.h: which metrics a gate looks at, and how much they may change.
 *
 * A line is a rule:
 *
 *	METRIC  RELATIVE  ABSOLUTE  [up|down|both|ignore]  [workload=NAME]  [vm=NAME]
 *
 * METRIC and NAME are patterns of the shell (* and ?).  RELATIVE is "1%" or 0,
 * ABSOLUTE a number in the metric's unit, or with ns, us, ms or s.  A change is
 * a regression when it is larger than both.  up (the default): only increases
 * are; down: only decreases; both: any change; ignore: none.  Without vm= a
 * rule is for the sums over all VMs.  Where several rules match a metric the
 * last one decides.  # starts a comment.
 */
#ifndef NESTSCOPE_RULES_H
#define NESTSCOPE_RULES_H

#include <stdbool.h>

#include "error.h"

enum ns_direction { NS_UP, NS_DOWN, NS_BOTH, NS_IGNORE };

struct ns_rule {
	char *metric, *workload, *vm; /* patterns; vm "": all VMs together */
	double relative; /* 0.01 for 1% */
	double absolute; /* in the metric's unit; times in ns */
	enum ns_direction direction;
	unsigned int line;
};

struct ns_rules {
	char *path; /* or "the built-in rules" */
	bool built_in; /* then one that matches nothing is no error */
	struct ns_rule *rule;
	unsigned int nr;
};

/*
 * Read a file of rules.  Errors (NS_EXIT_USAGE) name the file and the line.
 * r is to be freed also after an error.
 */
int ns_rules_read(struct ns_rules *r, const char *path, struct ns_error *err);

/*
 * The rules without a file.  Exact data: no count changes, no mean time grows by
 * more than 1 % and 50 instructions.  Measured data: neither counts nor mean
 * times grow by more than 3 %, and 5 or 50 ns.
 */
int ns_rules_built_in(struct ns_rules *r, bool exact, struct ns_error *err);

/* The last rule that matches, as an index, or -1. */
int ns_rules_find(const struct ns_rules *r, const char *workload, const char *vm,
		  const char *metric);

/* Does this rule match, whatever the later ones say? */
bool ns_rule_matches(const struct ns_rule *rule, const char *workload, const char *vm,
		     const char *metric);

void ns_rules_free(struct ns_rules *r);

#endif
