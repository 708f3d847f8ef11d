// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * check_nested.c: rules about faults and nested VMs on x86: every fault ended in
 * a way that is known, and L2 exits and faults only while it runs.
 */
#include "check_priv.h"

#include <stddef.h>

/* ---- fault-class: every fault is in a class ---- */

static uint64_t outcome_of(const struct ns_event *ev)
{
	return ns_fed(ev, ev->event == NS_EV_S2_FAULT ? NS_S2_FAULT_OUTCOME :
							 NS_S2_L1FAULT_OUTCOME);
}

static void class_feed(struct ns_check *c, struct ns_rule_run *r, const struct ns_feed *f)
{
	uint64_t outcome = outcome_of(f->ev);
	struct ns_violation *v;

	if (outcome == NS_UNAVAILABLE)
		return;
	ns_checked(r);
	if (outcome == NS_OUTCOME_OTHER || outcome >= NS_NR_OUTCOME) {
		v = ns_violated(c, r, f->ev, "a fault that ended in no way that is known");
		ns_prove_with(v, f->id, f->ev);
	} else if (f->ev->event == NS_EV_S2_FAULT && f->ev->dim == NS_CAUSE_UNKNOWN) {
		ns_undecided(r);
	}
}

const struct ns_rule ns_rule_fault_class = {
	.info = { "fault-class", "every fault ended in a way that is known",
		  NS_BIT(NS_EV_S2_FAULT), NS_BIT(NS_EV_S2_L1FAULT) },
	.one_event = true,
	.one_vcpu = true,
	.lacking = "no fault told how it ended",
	.feed = class_feed,
};

/* ---- l2-runs: L2 exits and faults only while it runs ---- */

/* What is known of a vCPU. */
struct where {
	uint64_t left_id, left_ts; /* the exit that L1 got; 0: L2 may run */
};

struct runs_state {
	struct where vcpu[NS_CHECK_VCPUS];
};

static void runs_tell(struct ns_check *c, struct ns_rule_run *r, const struct ns_feed *f,
		      const struct where *w, const char *what)
{
	struct ns_violation *v = ns_violated(
		c, r, f->ev, "%s, but L1 got the exit before it and has not entered L2 since", what);

	ns_prove(c, v, w->left_id);
	ns_prove_with(v, f->id, f->ev);
}

static void runs_feed(struct ns_check *c, struct ns_rule_run *r, const struct ns_feed *f)
{
	struct runs_state *s = r->state;
	struct where *w = &s->vcpu[f->vcpu];

	if (!f->vcpu)
		return;
	if (f->ev->event == NS_EV_EL2_ERET) {
		w->left_id = 0;
		return;
	}
	/* The fault and the exit that it was end at the same entry, in any order. */
	if (f->ev->event == NS_EV_S2_FAULT) {
		ns_checked(r);
		if (w->left_id && f->begin > w->left_ts)
			runs_tell(c, r, f, w, "L2 faulted");
		return;
	}
	ns_checked(r);
	if (w->left_id)
		runs_tell(c, r, f, w, "L2 exited");
	w->left_id = f->ev->sub == NS_TRAP_FORWARDED ? f->id : 0;
	w->left_ts = f->ev->ts;
}

const struct ns_rule ns_rule_l2_runs = {
	.info = { "l2-runs", "x86: L2 exits and faults only while it runs",
		  NS_BIT(NS_EV_EL2_EXIT) | NS_BIT(NS_EV_EL2_ERET), NS_BIT(NS_EV_S2_FAULT) },
	.one_vcpu = true,
	.lacking = "the vCPUs are not known",
	.state_size = sizeof(struct runs_state),
	.feed = runs_feed,
};
