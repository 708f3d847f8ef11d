// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * check_teardown.c: tearing a realm's tables down makes progress: a step that
 * leaves something behind it goes on further up, going below a table destroys
 * something there, and the walk comes to an end.
 */
#include "check_priv.h"

#include "rtt_trace.h"

#include <stddef.h>
#include <string.h>

#define REALMS 64 /* that are torn down at once; the oldest is forgotten */
#define LEVELS 4

/* Going below a table. */
struct below {
	uint64_t id; /* 0: not now */
	uint64_t addr, destroyed; /* tables destroyed so far, then */
};

struct walk {
	uint64_t rd, last_id; /* last_id 0: free, or over */
	uint64_t destroyed;
	uint16_t vm;
	struct below below[LEVELS];
};

struct teardown_state {
	struct walk walk[REALMS];
};

static struct walk *walk_of(struct ns_rule_run *r, uint64_t rd)
{
	struct teardown_state *s = r->state;
	struct walk *oldest = s->walk;

	for (struct walk *w = s->walk; w < s->walk + REALMS; w++) {
		if (w->last_id && w->rd == rd)
			return w;
		if (w->last_id < oldest->last_id)
			oldest = w;
	}
	if (oldest->last_id)
		ns_forgot(r);
	memset(oldest, 0, sizeof(*oldest));
	oldest->rd = rd;
	return oldest;
}

static void tell(struct ns_check *c, struct ns_rule_run *r, const struct ns_feed *f, uint64_t with,
		 const char *what)
{
	uint64_t rd = ns_fed(f->ev, NS_RTT_TEARDOWN_RD);
	struct ns_violation *v = ns_violated(c, r, f->ev, "teardown of realm 0x%llx %s",
					     (unsigned long long)rd, what);

	if (v)
		v->ipa = ns_fed(f->ev, NS_RTT_TEARDOWN_ADDR);
	ns_prove(c, v, with);
	ns_prove_with(v, f->id, f->ev);
}

/* The tables below go first; the second time something must have gone. */
static void recurse(struct ns_check *c, struct ns_rule_run *r, const struct ns_feed *f,
		    struct walk *w, uint64_t addr)
{
	uint64_t level = ns_fed(f->ev, NS_RTT_TEARDOWN_LEVEL);
	struct below *b = level < LEVELS ? &w->below[level] : NULL;

	if (!b)
		return;
	if (b->id && b->addr == addr && b->destroyed == w->destroyed)
		tell(c, r, f, b->id, "went below this table twice, and nothing was destroyed");
	*b = (struct below){ f->id, addr, w->destroyed };
}

static void teardown_feed(struct ns_check *c, struct ns_rule_run *r, const struct ns_feed *f)
{
	uint64_t addr = ns_fed(f->ev, NS_RTT_TEARDOWN_ADDR);
	uint64_t next = ns_fed(f->ev, NS_RTT_TEARDOWN_NEXT);
	struct walk *w = walk_of(r, ns_fed(f->ev, NS_RTT_TEARDOWN_RD));

	ns_checked(r);
	switch (f->ev->dim) {
	case NS_TEARDOWN_DESTROYED:
	case NS_TEARDOWN_SKIPPED:
		w->destroyed += f->ev->dim == NS_TEARDOWN_DESTROYED;
		if (next <= addr)
			tell(c, r, f, w->last_id, "does not go on from here");
		break;
	case NS_TEARDOWN_RECURSED:
		recurse(c, r, f, w, addr);
		break;
	case NS_TEARDOWN_NO_PROGRESS:
		tell(c, r, f, w->last_id, "was given up: it made no progress");
		break;
	default:
		break;
	}
	w->vm = f->ev->vm;
	w->last_id = f->id;
	if (ns_rtt_stops(f->ev->dim) || f->ev->dim == NS_TEARDOWN_DONE)
		w->last_id = 0;
}

/* A VMM that is gone has no walk under way. */
static void teardown_finish(struct ns_check *c, struct ns_rule_run *r)
{
	struct teardown_state *s = r->state;
	struct ns_event ev = { .vcpu = NS_NO_VCPU };
	const struct ns_model_vm *m;
	struct ns_violation *v;

	for (struct walk *w = s->walk; w < s->walk + REALMS; w++) {
		m = w->last_id ? ns_model_vm(ns_check_meta(c), w->vm) : NULL;
		if (!m || !m->ended || ns_check_cut(c))
			continue;
		ev.vm = w->vm;
		v = ns_violated(c, r, &ev,
				"teardown of realm 0x%llx was neither finished nor given up",
				(unsigned long long)w->rd);
		ns_prove(c, v, w->last_id);
	}
}

const struct ns_rule ns_rule_rtt_progress = {
	.info = { "rtt-progress", "tearing a realm down makes progress, and ends",
		  NS_BIT(NS_EV_RTT_TEARDOWN), 0 },
	.state_size = sizeof(struct teardown_state),
	.feed = teardown_feed,
	.finish = teardown_finish,
};
