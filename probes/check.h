/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * check.h: invariants over events: a checker that is fed events in the order
 * of time, live or from a recording, and tells which rules were broken and by
 * which events.  docs/check.md says what each rule means.
 *
 * What cannot be known is never called good: a rule whose events are not there
 * is "not checked", one whose events were lost is "inconclusive".  Memory is
 * bounded; what a rule had to forget is counted.
 */
#ifndef NESTSCOPE_CHECK_H
#define NESTSCOPE_CHECK_H

#include <stdbool.h>
#include <stdint.h>

#include "error.h"
#include "event.h"
#include "model.h"

enum ns_rule_id {
	NS_RULE_CTX_UNIQUE,
	NS_RULE_CTX_RAN,
	NS_RULE_CTX_VMID,
	NS_RULE_AT_FAST,
	NS_RULE_AT_PAR,
	NS_RULE_AT_RETRY,
	NS_RULE_MMIO_GEN,
	NS_RULE_MMIO_STALE,
	NS_RULE_STUCK,
	NS_RULE_RTT_EMPTY,
	NS_RULE_RTT_GRANULE,
	NS_RULE_RTT_PROGRESS,
	NS_RULE_FAULT_CLASS,
	NS_RULE_L2_RUNS,
	NS_NR_RULES
};

/* What is told about a rule (the table of them is ns_rule_info). */
struct ns_rule_info {
	const char *key; /* --rule, JSON, JUnit */
	const char *help; /* one line */
	uint64_t needs; /* events, by bit, without which it cannot be checked */
	uint64_t uses; /* events that it looks at as well */
};
const struct ns_rule_info *ns_rule_info(unsigned int rule);

/*
 * Parse a comma-separated list of rules; "ctx", "at", "mmio" and "rtt" mean all
 * that begin so.  0 with the mask by rule, or -EINVAL with the word that is no rule
 * in *bad (malloc'ed) and -ENOMEM.
 */
int ns_rules_parse(const char *list, uint64_t *mask, char **bad);

enum ns_check_state {
	NS_CHECK_OK, /* looked at, and nothing was broken */
	NS_CHECK_VIOLATED,
	NS_CHECK_INCONCLUSIVE, /* events are missing; violations may be their artefacts */
	NS_CHECK_NOT_CHECKED,
};

/* An event that proves a violation. */
struct ns_check_proof {
	uint64_t id; /* as `nestscope script -F id` numbers events, from 1 */
	bool held; /* ev is filled */
	struct ns_event ev;
};

#define NS_CHECK_PROOFS 4

struct ns_violation {
	uint16_t vm, vcpu, ctx; /* 0, NS_NO_VCPU, 0: none */
	uint64_t vttbr, ipa; /* NS_UNAVAILABLE: none */
	char text[192]; /* what is wrong */
	unsigned int nr_proofs;
	struct ns_check_proof proof[NS_CHECK_PROOFS]; /* in the order of time */
};

struct ns_check_result {
	enum ns_check_state state;
	char reason[256]; /* why it is inconclusive or not checked; else "" */
	uint64_t checked; /* events (of pairs: the second one) the rule was applied to */
	uint64_t violations;
	uint64_t undecided; /* could be either, e.g. two vCPUs at once */
	uint64_t forgotten; /* not checked because memory is bounded */
	struct ns_violation *kept; /* the first NS_CHECK_KEPT; owned by the checker */
	unsigned int nr_kept;
};

#define NS_CHECK_KEPT 100 /* violations of a rule that are kept; all are counted */
#define NS_CHECK_STUCK 16 /* default of stuck_limit */

struct ns_check_opts {
	uint64_t rules; /* mask by rule; 0: all */
	uint64_t events; /* events that are fed at all; 0: all */
	unsigned int stuck_limit; /* faults on one page without a change; 0: default */
	unsigned int history; /* events held to show as proofs; 0: none (fill them in later) */
	bool one_vcpu; /* only one vCPU's events are fed */
};

struct ns_check;

/*
 * meta gives the contexts' keys; it is looked at while events are fed and must
 * know an event's context before the event comes.  -ENOMEM.
 */
int ns_check_open(struct ns_check **out, const struct ns_check_opts *opts,
		  const struct ns_model *meta);
void ns_check_close(struct ns_check *c);

/* Feed event number id (rising).  Events out of the catalogue are ignored. */
void ns_check_feed(struct ns_check *c, uint64_t id, const struct ns_event *ev);

/* How complete what was fed is, beside the ledger of meta. */
struct ns_check_input {
	bool cut; /* the end is missing: damaged, or not ended cleanly */
	bool filters_harmless; /* what the ledger calls filtered is not needed */
};

/* All was fed: judge.  meta is not needed any more, feed nothing after it. */
void ns_check_finish(struct ns_check *c, const struct ns_check_input *in);

/* After finish; NULL for a rule that was not chosen. */
const struct ns_check_result *ns_check_result(const struct ns_check *c, unsigned int rule);

/* NS_EXIT_OK, NS_EXIT_FAIL (a violation) or NS_EXIT_INCONCLUSIVE, for all rules together. */
int ns_check_verdict(const struct ns_check *c);

uint64_t ns_check_events(const struct ns_check *c); /* fed so far */

/* What to feed of a recording; what is left out is as if it was not there. */
struct ns_check_select {
	int pid; /* only the VM of this VMM; 0: all */
	int vcpu; /* only this vCPU; -1: all */
};

/*
 * Feed a recording, judge, and find the events that prove what was found.
 * filters_harmless is asked about how the recording was made (its command
 * line, or ""): was nothing filtered out that rules need?  meta (initialised)
 * gets a copy of the recording's VMs, contexts, host and ledger; *warning is
 * malloc'ed or NULL.  Fails as ns_reader_open does; then *out is NULL.
 */
int ns_check_recording(struct ns_check **out, const char *path, const struct ns_check_opts *opts,
		       const struct ns_check_select *sel,
		       bool (*filters_harmless)(const char *cmdline), struct ns_model *meta,
		       char **warning, struct ns_error *err);

#endif
