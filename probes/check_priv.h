/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * check_priv.h: what a rule is to the checker, and what the checker keeps for
 * all rules: vCPUs, keys of contexts, changes of contexts.
 *
 * To add a rule: an id in enum ns_rule_id, a struct ns_rule in a file of its
 * group, a line in check.c's table, and a section in docs/check.md.
 */
#ifndef NESTSCOPE_CHECK_PRIV_H
#define NESTSCOPE_CHECK_PRIV_H

#include "catalogue.h"
#include "check.h"

#define NS_BIT(ev) (1ULL << (ev))

/* An event as rules see it. */
struct ns_feed {
	uint64_t id;
	const struct ns_event *ev;
	/*
	 * ts, or for a timed event the latest that it can have begun; 0: not known.
	 * KVM takes the time before the event does: whatever stops the CPU in between
	 * makes this later than it was.
	 */
	uint64_t begin;
	uint64_t not_before; /* the earliest that it can have begun; at most begin */
	unsigned int vcpu; /* index of its vCPU, below NS_CHECK_VCPUS; 0: none */
	uint64_t prev_ts; /* the event before this one of the same vCPU; 0: none */
};

struct ns_rule_run;

struct ns_rule {
	struct ns_rule_info info;
	/* One event proves a violation: losing others cannot make one up. */
	bool one_event;
	/* It looks at each vCPU by itself. */
	bool one_vcpu;
	/* Said when there were such events but none of them could be checked. */
	const char *lacking;
	size_t state_size; /* of the rule's own memory, zeroed */
	void (*feed)(struct ns_check *c, struct ns_rule_run *r, const struct ns_feed *f);
	void (*finish)(struct ns_check *c, struct ns_rule_run *r); /* may be NULL */
	void (*close)(void *state); /* may be NULL; frees what state points to */
};

/* A rule at work. */
struct ns_rule_run {
	const struct ns_rule *rule;
	bool chosen;
	bool doubtful; /* a start was not seen: what is missing decides nothing */
	uint64_t fed; /* events that it needs */
	void *state;
	struct ns_check_result result;
};

extern const struct ns_rule ns_rule_ctx_unique, ns_rule_ctx_ran, ns_rule_ctx_vmid, ns_rule_at_fast,
	ns_rule_at_par, ns_rule_at_retry, ns_rule_mmio_gen, ns_rule_mmio_stale, ns_rule_stuck,
	ns_rule_rtt_empty, ns_rule_rtt_granule, ns_rule_rtt_progress,
	ns_rule_fault_class, ns_rule_l2_runs;

/* A field, or NS_UNAVAILABLE when the event does not have it. */
static inline uint64_t ns_fed(const struct ns_event *ev, unsigned int field)
{
	return field < ev->nr_fields ? ev->field[field] : NS_UNAVAILABLE;
}

/* ---- vCPUs ---- */

#define NS_CHECK_VCPUS 4096 /* more are treated as "none" */

/* ---- contexts ---- */

/*
 * The key by which KVM finds a context: VTTBR and VTCR, or only the VMID when
 * L1's stage 2 is off.  Two context ids can then mean the same context: same
 * is the lowest of them.
 */
struct ns_check_ctx {
	bool known; /* meta had it */
	bool s2_on;
	uint16_t vm, vmid;
	uint16_t same;
	uint64_t vttbr, vtcr;
};

#define NS_VMID(vttbr) ((uint16_t)((vttbr) >> 48))

/* The key of a context id, or NULL when it is 0 or not known. */
const struct ns_check_ctx *ns_check_ctx(struct ns_check *c, unsigned int ctx);

/* Call fn for every context of this VM that VTTBR may mean. */
void ns_check_each_ctx(struct ns_check *c, unsigned int vm, uint64_t vttbr,
		       void (*fn)(void *arg, unsigned int ctx), void *arg);

/* ---- changes of contexts (check_change.c) ---- */

/* Mappings of [lo, hi), or permissions, went away between begin and end. */
struct ns_change {
	uint64_t id; /* the event */
	uint64_t begin, end; /* time; the earliest it can have begun */
	uint64_t lo, hi; /* addresses; hi is exclusive */
};

struct ns_changes;
int ns_changes_open(struct ns_changes **out); /* 0 or -ENOMEM */
void ns_changes_close(struct ns_changes *ch);
void ns_changes_feed(struct ns_changes *ch, const struct ns_feed *f);

/*
 * Did anything take the page of ctx away, or its permissions, that ended at
 * or after the time since?  *forgot: perhaps, older changes are not kept.
 */
bool ns_changed_since(const struct ns_changes *ch, const struct ns_event *ev, uint64_t ipa,
		      uint64_t since, bool *forgot);
/* The earliest that is kept of those that took the mapping away and began after that time. */
bool ns_unmapped_after(const struct ns_changes *ch, unsigned int ctx, uint64_t ipa, uint64_t after,
		       struct ns_change *out, bool *forgot);
const struct ns_changes *ns_check_changes(const struct ns_check *c);

/* ---- telling ---- */

static inline void ns_checked(struct ns_rule_run *r)
{
	r->result.checked++;
}

static inline void ns_undecided(struct ns_rule_run *r)
{
	r->result.undecided++;
}

static inline void ns_forgot(struct ns_rule_run *r)
{
	r->result.forgotten++;
}

/*
 * A violation, with the VM, vCPU and context of ev.  Fill in the rest and add
 * the proofs.  NULL when enough are kept; it is counted in any case.
 */
__attribute__((format(printf, 4, 5))) struct ns_violation *ns_violated(struct ns_check *c,
								       struct ns_rule_run *r,
								       const struct ns_event *ev,
								       const char *fmt, ...);
/* Add event id as a proof; v may be NULL; id 0 and doubles are left out. */
void ns_prove(struct ns_check *c, struct ns_violation *v, uint64_t id);
/* The same with the event at hand. */
void ns_prove_with(struct ns_violation *v, uint64_t id, const struct ns_event *ev);

unsigned int ns_check_stuck_limit(const struct ns_check *c);
/* VMs, contexts, ledger: complete when finish is called. */
const struct ns_model *ns_check_meta(const struct ns_check *c);
/* In finish: the end of what was fed is missing. */
bool ns_check_cut(const struct ns_check *c);

#endif
