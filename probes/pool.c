// SPDX-License-Identifier: GPL-2.0-or-later
/* pool.c: see pool.h. */
#include "pool.h"

#include <string.h>

static uint32_t known(uint64_t v)
{
	return v == NS_UNAVAILABLE ? NS_POOL_NONE : (uint32_t)v;
}

/* The context that has to go: by slot when that is told, else by its VTTBR. */
static unsigned int find_victim(const struct ns_pool *p, const struct ns_event *ev, uint32_t slot,
				uint64_t old)
{
	const struct ns_pool_ctx *c;

	for (unsigned int i = 1; i < NS_MAX_CTXS; i++) {
		c = &p->ctx[i];
		if (!c->live || c->vm != ev->vm || i == ev->ctx)
			continue;
		if (slot != NS_POOL_NONE && c->slot != NS_POOL_NONE ? c->slot == slot
								    : c->vttbr == old)
			return i;
	}
	return 0;
}

static void count_pair(struct ns_pool *p, unsigned int victim, unsigned int winner)
{
	unsigned int i;

	for (i = 0; i < p->nr_pairs; i++)
		if (p->pair[i].victim == victim && p->pair[i].winner == winner)
			break;
	if (i == NS_POOL_PAIRS) {
		p->other_pairs++;
		return;
	}
	if (i == p->nr_pairs)
		p->pair[p->nr_pairs++] =
			(struct ns_pool_pair){ (uint16_t)victim, (uint16_t)winner, 0 };
	p->pair[i].count++;
}

static void evict(struct ns_pool *p, const struct ns_event *ev, uint32_t slot)
{
	unsigned int victim = find_victim(p, ev, slot, ev->field[NS_S2_CTX_OLD_VTTBR]);

	if (!victim) {
		p->unknown_victims++;
		return;
	}
	p->ctx[victim].live = false;
	p->ctx[victim].out_ns = ev->ts;
	p->ctx[victim].evicted++;
	if (ev->ctx < NS_MAX_CTXS && ev->ctx)
		count_pair(p, victim, ev->ctx);
}

/* A slot has one owner: whoever we took for it went away unseen. */
static void drop_owner(struct ns_pool *p, unsigned int vm, uint32_t slot)
{
	for (unsigned int i = 1; i < NS_MAX_CTXS; i++)
		if (p->ctx[i].live && p->ctx[i].vm == vm && p->ctx[i].slot == slot)
			p->ctx[i].live = false;
}

static void take_slot(struct ns_pool *p, struct ns_pool_ctx *c, const struct ns_event *ev,
		      uint32_t slot)
{
	if (slot != NS_POOL_NONE)
		drop_owner(p, ev->vm, slot);
	if (c->out_ns) {
		c->back++;
		c->away_ns += ev->ts > c->out_ns ? ev->ts - c->out_ns : 0;
		c->out_ns = 0;
	}
	c->since_ns = ev->ts;
	c->live = true;
}

void ns_pool_add(struct ns_pool *p, const struct ns_event *ev)
{
	struct ns_pool_ctx *c;
	uint32_t slot;

	if (ev->event != NS_EV_S2_CTX || ev->vm >= NS_MAX_VMS || ev->nr_fields <= NS_S2_CTX_POOL)
		return;
	slot = ev->nr_fields > NS_S2_CTX_SLOT ? known(ev->field[NS_S2_CTX_SLOT]) : NS_POOL_NONE;
	if (ev->field[NS_S2_CTX_POOL] != NS_UNAVAILABLE)
		p->slots[ev->vm] = (uint32_t)ev->field[NS_S2_CTX_POOL];
	if (ev->dim == NS_CTX_EVICT)
		evict(p, ev, slot);
	if (!ev->ctx || ev->ctx >= NS_MAX_CTXS)
		return;
	c = &p->ctx[ev->ctx];
	c->vm = ev->vm;
	c->vttbr = ev->field[NS_S2_CTX_VTTBR];
	c->lookups++;
	c->hits += ev->dim == NS_CTX_HIT;
	if (ev->dim != NS_CTX_HIT || !c->live)
		take_slot(p, c, ev, slot);
	c->last_ns = ev->ts;
	c->slot = slot;
	c->users = ev->nr_fields > NS_S2_CTX_REFCNT ? known(ev->field[NS_S2_CTX_REFCNT])
						    : NS_POOL_NONE;
	c->pending = ev->nr_fields > NS_S2_CTX_PENDING
			     ? known(ev->field[NS_S2_CTX_PENDING])
			     : NS_POOL_NONE;
}

unsigned int ns_pool_live(const struct ns_pool *p, int vm)
{
	unsigned int n = 0;

	for (unsigned int i = 1; i < NS_MAX_CTXS; i++)
		n += p->ctx[i].live && (vm < 0 || p->ctx[i].vm == vm);
	return n;
}
