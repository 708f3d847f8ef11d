// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * check_mmio.c: rules about the MMIO caches: a hit is of the memslots of today,
 * and of something that was filled in after the page was last unmapped.
 *
 * A hit's event comes some time after the look-up, so that it can come after
 * the event of an unmap that was later.  What counts is when the access
 * began: certainly after the vCPU's event before it, and the fault that it is a
 * part of, whose event follows, tells it exactly.  A fill's event can be late
 * too: what another vCPU filled in may be hit before its event comes.
 */
#include "check_priv.h"

#include <stddef.h>

/* ---- mmio-gen: no hit under an old memslot generation ---- */

static void gen_feed(struct ns_check *c, struct ns_rule_run *r, const struct ns_feed *f)
{
	uint64_t gen = ns_fed(f->ev, NS_MMIO_CACHE_GEN);
	uint64_t now = ns_fed(f->ev, NS_MMIO_CACHE_SLOT_GEN);
	struct ns_violation *v;

	/* Not a vCPU hit: its event reads the memslots' generation again, which may be newer. */
	if (f->ev->dim != NS_CACHE_HIT || gen == NS_UNAVAILABLE || now == NS_UNAVAILABLE)
		return;
	ns_checked(r);
	if (gen == now)
		return;
	v = ns_violated(c, r, f->ev, "hit on an entry of memslot generation %llu, now it is %llu",
			(unsigned long long)gen, (unsigned long long)now);
	if (v)
		v->ipa = ns_fed(f->ev, NS_MMIO_CACHE_L2_IPA);
	ns_prove_with(v, f->id, f->ev);
}

const struct ns_rule ns_rule_mmio_gen = {
	.info = { "mmio-gen", "no MMIO cache hit under an old memslot generation",
		  NS_BIT(NS_EV_MMIO_CACHE), 0 },
	.one_event = true,
	.one_vcpu = true,
	.lacking = "no cache hit told its generation",
	.feed = gen_feed,
};

/* ---- mmio-stale: no hit after an unmap, until a fill ---- */

#define SETS 4096
#define WAYS 4
#define SUSPECTS 64
#define PAGE(ipa) ((ipa) >> 12)

struct fill {
	uint64_t page; /* + 1; 0: free */
	uint64_t id, ts;
	uint16_t ctx;
};

/* A hit that looks wrong, until all that could explain it has been seen. */
struct suspect {
	uint64_t id, fill_id;
	struct ns_event ev;
	struct ns_change unmap;
	unsigned int vcpu;
	bool certain; /* it began after the unmap was over */
};

struct stale_state {
	struct fill fill[SETS][WAYS];
	bool full[SETS]; /* one had to go: what is not found may have been filled in */
	struct suspect suspect[SUSPECTS];
	unsigned int nr;
};

static unsigned int set_of(unsigned int ctx, uint64_t page)
{
	return (unsigned int)((page * 0x9e3779b97f4a7c15ULL ^ ctx * 0x85ebca6bULL << 32) >> 52) %
	       SETS;
}

/* The page's fill, or the place for it: the oldest of its set. */
static struct fill *place(struct stale_state *s, unsigned int ctx, uint64_t page, bool *found)
{
	struct fill *set = s->fill[set_of(ctx, page)], *oldest = set;

	*found = true;
	for (struct fill *x = set; x < set + WAYS; x++) {
		if (x->page == page + 1 && x->ctx == ctx)
			return x;
		if (x->id < oldest->id)
			oldest = x;
	}
	*found = false;
	return oldest;
}

static void tell(struct ns_check *c, struct ns_rule_run *r, const struct suspect *x)
{
	struct ns_violation *v;

	v = ns_violated(c, r, &x->ev, "%s",
			x->fill_id ? "hit on what was filled in before the page was unmapped"
				   : "hit although the page was unmapped and not filled in since");
	if (v)
		v->ipa = ns_fed(&x->ev, NS_MMIO_CACHE_L2_IPA);
	ns_prove(c, v, x->fill_id);
	ns_prove(c, v, x->unmap.id);
	ns_prove_with(v, x->id, &x->ev);
}

static void drop(struct stale_state *s, unsigned int i)
{
	s->nr--;
	for (; i < s->nr; i++)
		s->suspect[i] = s->suspect[i + 1];
}

static void settle(struct ns_check *c, struct ns_rule_run *r, unsigned int i)
{
	struct stale_state *s = r->state;

	if (s->suspect[i].certain)
		tell(c, r, &s->suspect[i]);
	else
		ns_undecided(r);
	drop(s, i);
}

static void hit(struct ns_check *c, struct ns_rule_run *r, const struct ns_feed *f, uint64_t ipa)
{
	struct stale_state *s = r->state;
	bool found, forgot;
	const struct fill *fill = place(s, f->ev->ctx, PAGE(ipa), &found);
	struct ns_change unmap;

	if (!found && s->full[set_of(f->ev->ctx, PAGE(ipa))]) {
		ns_forgot(r);
		return;
	}
	ns_checked(r);
	if (!ns_unmapped_after(ns_check_changes(c), f->ev->ctx, ipa, found ? fill->ts : 0, &unmap,
			       &forgot) ||
	    unmap.end >= f->ev->ts) {
		r->result.forgotten += forgot;
		return;
	}
	if (s->nr == SUSPECTS)
		settle(c, r, 0);
	s->suspect[s->nr++] = (struct suspect){ .id = f->id,
						.fill_id = found ? fill->id : 0,
						.ev = *f->ev,
						.unmap = unmap,
						.vcpu = f->vcpu,
						.certain = f->prev_ts > unmap.end };
}

/* A fill explains hits of that page that came while it may have been under way. */
static void fill_in(struct ns_rule_run *r, const struct ns_feed *f, uint64_t ipa)
{
	struct stale_state *s = r->state;
	bool found;
	struct fill *x = place(s, f->ev->ctx, PAGE(ipa), &found);

	for (unsigned int i = s->nr; i--;)
		if (s->suspect[i].ev.ctx == f->ev->ctx &&
		    (!f->vcpu || s->suspect[i].vcpu != f->vcpu) &&
		    PAGE(ns_fed(&s->suspect[i].ev, NS_MMIO_CACHE_L2_IPA)) == PAGE(ipa) &&
		    f->prev_ts <= s->suspect[i].ev.ts) {
			ns_undecided(r);
			drop(s, i);
		}
	if (!found && x->page)
		s->full[set_of(f->ev->ctx, PAGE(ipa))] = true;
	*x = (struct fill){ PAGE(ipa) + 1, f->id, f->ev->ts, f->ev->ctx };
}

/* The fault that a hit was part of says when it began. */
static void fault(struct ns_rule_run *r, const struct ns_feed *f)
{
	struct stale_state *s = r->state;

	for (unsigned int i = s->nr; i--;) {
		struct suspect *x = &s->suspect[i];

		if (x->vcpu != f->vcpu || x->certain || x->ev.ts > f->ev->ts || x->ev.ts < f->begin)
			continue;
		x->certain = f->begin > x->unmap.end;
	}
}

static void stale_feed(struct ns_check *c, struct ns_rule_run *r, const struct ns_feed *f)
{
	uint64_t ipa;

	if (f->ev->event == NS_EV_S2_FAULT) {
		if (f->vcpu)
			fault(r, f);
		return;
	}
	ipa = ns_fed(f->ev, NS_MMIO_CACHE_L2_IPA);
	if (f->ev->event != NS_EV_MMIO_CACHE || !f->ev->ctx || f->ev->ctx >= NS_MAX_CTXS ||
	    ipa == NS_UNAVAILABLE)
		return;
	if (f->ev->dim == NS_CACHE_HIT)
		hit(c, r, f, ipa);
	else if (f->ev->dim == NS_CACHE_FILL)
		fill_in(r, f, ipa);
}

static void stale_finish(struct ns_check *c, struct ns_rule_run *r)
{
	struct stale_state *s = r->state;

	while (s->nr)
		settle(c, r, 0);
}

const struct ns_rule ns_rule_mmio_stale = {
	.info = { "mmio-stale", "no MMIO cache hit after an unmap of the page, until a fill",
		  NS_BIT(NS_EV_MMIO_CACHE) | NS_BIT(NS_EV_S2_UNMAP),
		  NS_BIT(NS_EV_S2_CTX) | NS_BIT(NS_EV_S2_FAULT) },
	.lacking = "no hit was in a shadow context",
	.state_size = sizeof(struct stale_state),
	.feed = stale_feed,
	.finish = stale_finish,
};
