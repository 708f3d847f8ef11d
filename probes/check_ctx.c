// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * check_ctx.c: rules about shadow contexts: one for each key, and none that
 * nobody asked for.
 */
#include "check_slots.h"

/* ---- ctx-unique: two live contexts never have one key ---- */

static void unique_feed(struct ns_check *c, struct ns_rule_run *r, const struct ns_feed *f)
{
	struct ns_slots *s = r->state;
	struct ns_slot_clash clash;
	struct ns_violation *v;

	if (!ns_check_ctx(c, f->ev->ctx)) {
		ns_forgot(r);
		return;
	}
	ns_checked(r);
	if (!ns_slots_feed(c, s, f, &clash))
		return;
	if (clash.slot == NS_UNAVAILABLE)
		v = ns_violated(c, r, f->ev,
				"this context got a slot although it had one: there are two");
	else
		v = ns_violated(c, r, f->ev, "slot %u has this context, and so has slot %u",
				(unsigned int)ns_fed(f->ev, NS_S2_CTX_SLOT),
				(unsigned int)clash.slot);
	ns_prove(c, v, clash.id);
	ns_prove_with(v, f->id, f->ev);
}

const struct ns_rule ns_rule_ctx_unique = {
	.info = { "ctx-unique", "two live contexts never have the same key", NS_BIT(NS_EV_S2_CTX),
		  0 },
	.state_size = sizeof(struct ns_slots),
	.feed = unique_feed,
	.close = ns_slots_close,
};

/* ---- ctx-ran: what faults or is unmapped was looked up before ---- */

/*
 * A fault that KVM turns into an exception for L1 gives the context up before
 * its event comes: the slot can be another's by then.
 */
static bool ran_gave_up(const struct ns_event *ev)
{
	return ev->event == NS_EV_S2_FAULT &&
	       (ev->dim == NS_CAUSE_FORWARD || ev->dim == NS_CAUSE_ABORT);
}

static void ran_check(struct ns_check *c, struct ns_rule_run *r, const struct ns_feed *f)
{
	const struct ns_check_ctx *x = ns_check_ctx(c, f->ev->ctx);
	const char *what = f->ev->event == NS_EV_S2_FAULT ? "fault" : "unmap";
	const struct ns_slots *s = r->state;
	const struct ns_ctx_life *life;
	unsigned int vm = f->ev->vm;
	struct ns_violation *v;

	if (!x || !vm || vm >= NS_MAX_VMS || x->vm != vm || !s->told[vm] || s->mixed[vm] ||
	    ran_gave_up(f->ev))
		return;
	life = &s->ctx[x->same];
	if (life->life == NS_LIFE_UNKNOWN && !s->whole[vm])
		return; /* it may be from before the observation */
	ns_checked(r);
	if (life->life == NS_LIFE_LIVE || (life->life == NS_LIFE_DEAD && f->not_before <= life->ts))
		return;
	if (life->life == NS_LIFE_DEAD) {
		v = ns_violated(c, r, f->ev, "%s in a context that had lost its slot", what);
		ns_prove(c, v, life->id);
	} else {
		v = ns_violated(c, r, f->ev, "%s in a context that no vCPU ever looked up", what);
		ns_prove(c, v, s->whole[vm]);
	}
	ns_prove_with(v, f->id, f->ev);
}

static void ran_feed(struct ns_check *c, struct ns_rule_run *r, const struct ns_feed *f)
{
	struct ns_slot_clash clash;

	if (f->ev->event == NS_EV_S2_CTX)
		ns_slots_feed(c, r->state, f, &clash);
	else
		ran_check(c, r, f);
}

const struct ns_rule ns_rule_ctx_ran = {
	.info = { "ctx-ran", "faults and unmaps are of contexts that a vCPU ran in",
		  NS_BIT(NS_EV_S2_CTX), NS_BIT(NS_EV_S2_FAULT) | NS_BIT(NS_EV_S2_UNMAP) },
	.lacking = "the first use of the pool or a change of a slot must be seen, and s2.ctx must "
		   "name slots",
	.state_size = sizeof(struct ns_slots),
	.feed = ran_feed,
	.close = ns_slots_close,
};
