// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * check_granule.c: every granule that was delegated is taken back, or reported
 * as leaked, by the time its VMM is gone; and what leaked is never used again.
 */
#include "check_map.h"
#include "check_priv.h"

#include <stddef.h>

enum { TAKEN_BACK, DELEGATED, LEAKED };

struct granule_state {
	struct ns_things things; /* by address; with: the undelegation that failed */
};

static void tell(struct ns_check *c, struct ns_rule_run *r, const struct ns_feed *f,
		 const struct ns_thing *t, uint64_t pa, const char *what)
{
	struct ns_violation *v = ns_violated(c, r, f->ev, "granule 0x%llx %s",
					     (unsigned long long)pa, what);

	ns_prove(c, v, t->id);
	ns_prove_with(v, f->id, f->ev);
}

static void delegate(struct ns_check *c, struct ns_rule_run *r, const struct ns_feed *f, uint64_t pa)
{
	struct granule_state *s = r->state;
	struct ns_thing *t = ns_thing_get(&s->things, pa, 0);

	if (!t) {
		ns_forgot(r);
		return;
	}
	if (t->kind == LEAKED)
		tell(c, r, f, t, pa, "leaked and is delegated again: it was freed");
	t->kind = DELEGATED;
	t->id = f->id;
	t->with = 0;
	t->vm = f->ev->vm;
}

static void undelegate(struct ns_rule_run *r, const struct ns_feed *f, uint64_t pa)
{
	struct granule_state *s = r->state;
	struct ns_thing *t = ns_thing_find(&s->things, pa, 0);

	if (!t || t->kind != DELEGATED)
		return; /* its beginning was not seen */
	if (f->ev->sub != NS_RMI_STATUS_SUCCESS) {
		t->with = f->id;
		return;
	}
	ns_checked(r);
	t->kind = TAKEN_BACK;
	t->id = f->id;
}

static void leak(struct ns_check *c, struct ns_rule_run *r, const struct ns_feed *f, uint64_t pa)
{
	struct granule_state *s = r->state;
	struct ns_thing *t = ns_thing_get(&s->things, pa, 0);

	if (!t) {
		ns_forgot(r);
		return;
	}
	ns_checked(r);
	/*
	 * A pinned page is the host's own, and the RMM may say that it gave a
	 * page back when it has not.  Of others we need to have seen the beginning.
	 */
	if (f->ev->dim != NS_LEAK_PINNED && f->ev->dim != NS_LEAK_UNDELEGATE &&
	    t->kind == TAKEN_BACK && t->id)
		tell(c, r, f, t, pa, "is given up as leaked although it was taken back");
	else if (t->kind == LEAKED)
		tell(c, r, f, t, pa, "leaked twice");
	t->kind = LEAKED;
	t->id = f->id;
	t->vm = f->ev->vm;
}

static void granule_feed(struct ns_check *c, struct ns_rule_run *r, const struct ns_feed *f)
{
	uint64_t pa;

	if (f->ev->event == NS_EV_RTT_LEAK) {
		pa = ns_fed(f->ev, NS_RTT_LEAK_PA);
		if (pa != NS_UNAVAILABLE)
			leak(c, r, f, pa);
		return;
	}
	pa = ns_fed(f->ev, NS_RTT_CALL_ARG1);
	if (f->ev->dim == NS_RMI_GRANULE_DELEGATE && f->ev->sub == NS_RMI_STATUS_SUCCESS)
		delegate(c, r, f, pa);
	else if (f->ev->dim == NS_RMI_GRANULE_UNDELEGATE)
		undelegate(r, f, pa);
}

/* Is all that the VM had to give back due? */
static bool is_over(struct ns_check *c, unsigned int vm)
{
	const struct ns_model_vm *m = ns_model_vm(ns_check_meta(c), vm);

	return m && m->ended && !ns_check_cut(c);
}

static void granule_finish(struct ns_check *c, struct ns_rule_run *r)
{
	struct granule_state *s = r->state;
	struct ns_event ev = { .vcpu = NS_NO_VCPU };
	struct ns_violation *v;
	struct ns_thing *t;

	for (unsigned int i = 0; i < s->things.size; i++) {
		t = ns_thing_at(&s->things, i);
		if (!t || t->kind != DELEGATED || !is_over(c, t->vm))
			continue;
		ns_checked(r);
		ev.vm = t->vm;
		v = ns_violated(c, r, &ev, "granule 0x%llx %s, and is not reported as leaked",
				(unsigned long long)t->a,
				t->with ? "was not given back when it was asked for" :
					  "was delegated and never asked back");
		ns_prove(c, v, t->id);
		ns_prove(c, v, t->with);
	}
}

static void granule_close(void *state)
{
	struct granule_state *s = state;

	ns_things_free(&s->things);
}

const struct ns_rule ns_rule_rtt_granule = {
	.info = { "rtt-granule", "every granule delegated is taken back, or reported as leaked",
		  NS_BIT(NS_EV_RTT_CALL) | NS_BIT(NS_EV_RTT_LEAK), 0 },
	.lacking = "no granule was taken back or leaked, and no VMM with granules ended",
	.state_size = sizeof(struct granule_state),
	.feed = granule_feed,
	.finish = granule_finish,
	.close = granule_close,
};
