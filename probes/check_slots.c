// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * check_slots.c: see check_slots.h.
 *
 * Look-ups and changes of the pool happen under mmu_lock, and so do their
 * events: they come in the true order.  With slot numbers it is known which
 * context lost its slot; without them only its VTTBR is, which several
 * contexts can share, so those are "unknown" afterwards and never "dead".
 */
#include "check_slots.h"

#include <stdlib.h>

void ns_slots_close(void *state)
{
	struct ns_slots *s = state;

	for (unsigned int i = 0; i < NS_MAX_VMS; i++)
		free(s->vm[i]);
}

static void live(struct ns_slots *s, unsigned int same, const struct ns_feed *f)
{
	s->ctx[same] = (struct ns_ctx_life){ NS_LIFE_LIVE, f->id, f->ev->ts };
}

static void forget(void *arg, unsigned int same)
{
	struct ns_slots *s = arg;

	s->ctx[same].life = NS_LIFE_UNKNOWN;
}

/* Without slot numbers. */
static bool feed_keys(struct ns_check *c, struct ns_slots *s, const struct ns_feed *f,
		      unsigned int same, struct ns_slot_clash *clash)
{
	const struct ns_ctx_life *was = &s->ctx[same];
	bool bad = f->ev->dim != NS_CTX_HIT && was->life == NS_LIFE_LIVE;
	uint64_t old = ns_fed(f->ev, NS_S2_CTX_OLD_VTTBR);

	*clash = (struct ns_slot_clash){ was->id, NS_UNAVAILABLE };
	if (f->ev->dim == NS_CTX_EVICT) {
		/* who lost, if that is told at all: else it may be anyone */
		if (old == NS_UNAVAILABLE)
			for (unsigned int i = 1; i < NS_MAX_CTXS; i++)
				forget(s, i);
		else
			ns_check_each_ctx(c, f->ev->vm, old, forget, s);
	}
	live(s, same, f);
	return bad;
}

/* The other slot of this VM that has the context, or -1. */
static int other_slot(const struct ns_slot *slot, unsigned int same, uint64_t but)
{
	for (int i = 0; i < NS_CHECK_SLOTS; i++)
		if (slot[i].ctx == same && (uint64_t)i != but)
			return i;
	return -1;
}

/*
 * A slot that is in use never becomes free again: if a look-up calls it free,
 * there are two VMs under one name.
 */
static bool is_mixed(struct ns_slots *s, const struct ns_slot *slot, const struct ns_event *ev)
{
	if (ev->dim == NS_CTX_FREE && slot->ctx)
		s->mixed[ev->vm] = true;
	return s->mixed[ev->vm];
}

static bool feed_slot(struct ns_slots *s, const struct ns_feed *f, unsigned int same, uint64_t at,
		      struct ns_slot_clash *clash)
{
	struct ns_slot *slots = s->vm[f->ev->vm], *slot = &slots[at];
	int other = -1;

	if (is_mixed(s, slot, f->ev))
		return false;
	if (f->ev->dim == NS_CTX_FREE && !at)
		s->whole[f->ev->vm] = f->id;
	/* a context that is where it was cannot be anywhere else: no need to look */
	if (slot->ctx != same || s->ctx[same].life != NS_LIFE_LIVE)
		other = other_slot(slots, same, at);
	if (other >= 0) {
		*clash = (struct ns_slot_clash){ slots[other].id, (uint64_t)other };
		slots[other].ctx = 0;
	}
	if (slot->ctx && slot->ctx != same)
		s->ctx[slot->ctx] = (struct ns_ctx_life){ f->ev->dim == NS_CTX_HIT ? NS_LIFE_UNKNOWN
										   : NS_LIFE_DEAD,
							  f->id, f->ev->ts };
	*slot = (struct ns_slot){ (uint16_t)same, f->id };
	live(s, same, f);
	return other >= 0;
}

bool ns_slots_feed(struct ns_check *c, struct ns_slots *s, const struct ns_feed *f,
		   struct ns_slot_clash *clash)
{
	const struct ns_check_ctx *x = ns_check_ctx(c, f->ev->ctx);
	uint64_t at = ns_fed(f->ev, NS_S2_CTX_SLOT);
	unsigned int vm = f->ev->vm;

	if (!x || !vm || vm >= NS_MAX_VMS || x->vm != vm)
		return false;
	if (at == NS_UNAVAILABLE)
		return !s->told[vm] && feed_keys(c, s, f, x->same, clash);
	if (at >= NS_CHECK_SLOTS)
		return false;
	if (!s->vm[vm])
		s->vm[vm] = calloc(NS_CHECK_SLOTS, sizeof(*s->vm[vm]));
	s->told[vm] = true;
	return s->vm[vm] && feed_slot(s, f, x->same, at, clash);
}
