// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * check_stuck.c: no vCPU faults on one page again and again while nothing
 * takes the page away.
 *
 * A fault that maps should be the last one, for this kind of access, until
 * something changes.  Each vCPU is looked at by itself: many of them can fault
 * on a new page at once.  A retry maps nothing and is normal while an MMU
 * notifier is at work, and that takes as long as its thread waits for a CPU: one
 * second was seen on a starved host.  A vCPU that never gets on retries for ever,
 * so retries must go on for ten seconds to count.
 */
#include "check_priv.h"

#include <stddef.h>

#define SETS 16384
#define WAYS 4
#define RETRY_NS 10000000000ULL
#define PAGE(ipa) ((ipa) >> 12)

/* A vCPU's faults on a page of a context since the page last changed. */
struct streak {
	uint64_t page; /* + 1; 0: free */
	uint64_t first_id, last_id;
	uint64_t begin; /* of the latest fault */
	uint64_t retry_ts; /* of the first retry */
	uint32_t nr, retries;
	uint16_t ctx, vcpu;
	uint8_t kinds; /* of access, a bit each */
};

struct stuck_state {
	struct streak set[SETS][WAYS];
};

enum what { MAPS, AGAIN, EXPLAINED, OTHER };

/* What a fault with this cause says about the page. */
static enum what what_it_is(const struct ns_event *ev)
{
	switch (ev->dim) {
	case NS_CAUSE_COLD:
	case NS_CAUSE_PERM:
	case NS_CAUSE_AF:
	case NS_CAUSE_UNKNOWN:
		return MAPS;
	case NS_CAUSE_RETRY:
		return AGAIN;
	case NS_CAUSE_TLBI_VMALLS12E1:
	case NS_CAUSE_TLBI_IPAS2E1:
	case NS_CAUSE_TLBI_RIPAS2E1:
	case NS_CAUSE_TLBI_ALLE1:
	case NS_CAUSE_EVICT:
	case NS_CAUSE_NOTIFIER:
	case NS_CAUSE_MEMSLOT:
	case NS_CAUSE_TABLES:
	case NS_CAUSE_WP:
		return EXPLAINED; /* it was unmapped, or protected, in between */
	default:
		return OTHER; /* MMIO, L1's own, an error: nothing is mapped or should be */
	}
}

static unsigned int set_of(const struct ns_event *ev, uint64_t page)
{
	uint64_t key = page ^ (uint64_t)ev->ctx << 44 ^ (uint64_t)ev->vcpu << 54;

	return (unsigned int)(key * 0x9e3779b97f4a7c15ULL >> 50) % SETS;
}

/* The page's streak, or the place for it: the oldest of its set. */
static struct streak *place(struct stuck_state *s, const struct ns_event *ev, uint64_t page,
			    bool *found)
{
	struct streak *set = s->set[set_of(ev, page)], *oldest = set;

	*found = true;
	for (struct streak *x = set; x < set + WAYS; x++) {
		if (x->page == page + 1 && x->ctx == ev->ctx && x->vcpu == ev->vcpu)
			return x;
		if (x->last_id < oldest->last_id)
			oldest = x;
	}
	*found = false;
	return oldest;
}

static void start(struct streak *x, const struct ns_feed *f, uint64_t page)
{
	*x = (struct streak){ .page = page + 1,
			      .first_id = f->id,
			      .last_id = f->id,
			      .begin = f->begin,
			      .nr = f->ev->dim != NS_CAUSE_RETRY,
			      .retries = f->ev->dim == NS_CAUSE_RETRY,
			      .retry_ts = f->ev->ts,
			      .ctx = f->ev->ctx,
			      .vcpu = f->ev->vcpu,
			      .kinds = (uint8_t)(1U << f->ev->sub) };
}

static void tell(struct ns_check *c, struct ns_rule_run *r, const struct ns_feed *f,
		 const struct streak *x, uint32_t nr, const char *what)
{
	struct ns_violation *v = ns_violated(
		c, r, f->ev, "%u %s on this page, with nothing that explains them", nr, what);

	if (v)
		v->ipa = ns_fed(f->ev, NS_S2_FAULT_L2_IPA);
	ns_prove(c, v, x->first_id);
	ns_prove(c, v, x->last_id);
	ns_prove_with(v, f->id, f->ev);
}

/* Another fault of the same streak. */
static void again(struct ns_check *c, struct ns_rule_run *r, struct streak *x,
		  const struct ns_feed *f)
{
	unsigned int limit = ns_check_stuck_limit(c);

	if (f->ev->dim == NS_CAUSE_RETRY) {
		if (!x->retries++)
			x->retry_ts = f->ev->ts;
		if (x->retries > limit && f->ev->ts - x->retry_ts >= RETRY_NS &&
		    f->ev->ts > x->retry_ts) {
			tell(c, r, f, x, x->retries, "retries in ten seconds or more");
			start(x, f, x->page - 1);
			return;
		}
	} else {
		x->retries = 0;
		if (!(x->kinds >> f->ev->sub & 1)) { /* another kind of access: once each */
			x->kinds |= (uint8_t)(1U << f->ev->sub);
		} else if (x->nr++ == limit) {
			tell(c, r, f, x, x->nr, "faults");
		}
	}
	x->last_id = f->id;
	x->begin = f->begin;
}

static void stuck_feed(struct ns_check *c, struct ns_rule_run *r, const struct ns_feed *f)
{
	uint64_t ipa = ns_fed(f->ev, NS_S2_FAULT_L2_IPA);
	enum what what = what_it_is(f->ev);
	struct streak *x;
	bool found, forgot = false;

	if (f->ev->event != NS_EV_S2_FAULT || !f->ev->ctx || f->ev->ctx >= NS_MAX_CTXS ||
	    ipa == NS_UNAVAILABLE)
		return;
	ns_checked(r);
	x = place(r->state, f->ev, PAGE(ipa), &found);
	if (what == OTHER) {
		if (found)
			x->page = 0;
		return;
	}
	if (found && what != EXPLAINED &&
	    !ns_changed_since(ns_check_changes(c), f->ev, ipa, x->begin, &forgot) && !forgot) {
		again(c, r, x, f);
		return;
	}
	if (forgot || (!found && x->page && (x->nr > 1 || x->retries > 1)))
		ns_forgot(r);
	start(x, f, PAGE(ipa));
}

const struct ns_rule ns_rule_stuck = {
	.info = { "stuck", "no page faults again and again without a change in between",
		  NS_BIT(NS_EV_S2_FAULT) | NS_BIT(NS_EV_S2_UNMAP),
		  NS_BIT(NS_EV_S2_CTX) | NS_BIT(NS_EV_S2_WP) },
	.lacking = "the faults' contexts are not known",
	.state_size = sizeof(struct stuck_state),
	.feed = stuck_feed,
};
