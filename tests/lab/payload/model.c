// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * model.c: what KVM's shadow contexts must hold, and the counts that follow.
 *
 * KVM keeps a pool of two contexts per vCPU for the whole VM, filled round
 * robin; one that a vCPU is running on is not taken.  A page is mapped with
 * the rights L1 gives, but on a CPU without CTR_EL0.DIC executable only once it
 * has been executed and, with a dirty log, writable only once written.
 */
#include "payload.h"

#define POOL_PER_VCPU 2
#define CTR_DIC (1ull << 29)

static struct {
	uint32_t lock;
	struct ctx *pool[POOL_PER_VCPU * LAB_MAX_VCPUS];
	unsigned int size, next;
	struct ctx *running[LAB_MAX_VCPUS];
	bool logging, dic;
} model;

void model_init(uint64_t vcpus)
{
	model.size = POOL_PER_VCPU * vcpus;
	model.dic = read_reg("ctr_el0") & CTR_DIC;
}

static bool busy(const struct ctx *c)
{
	for (unsigned int i = 0; i < LAB_MAX_VCPUS; i++)
		if (c && model.running[i] == c)
			return true;
	return false;
}

void model_drop(struct ctx *c, uint64_t first, uint64_t n, enum cause why)
{
	for (uint64_t i = first; i < first + n; i++)
		if (c->state[i] & STATE_MAPPED)
			c->state[i] = (why << 3) & STATE_CAUSE;
}

/* L1 erets into L2: KVM looks the context up, and may have to make one. */
void model_enter(struct vcpu *v, struct ctx *c)
{
	unsigned int i;

	count(v, CNT_ERET_L2);
	lock(&model.lock);
	if (c->in_pool) {
		count(v, CNT_CTX_HIT);
	} else {
		for (i = model.next; busy(model.pool[i % model.size]); i++)
			;
		model.next = (i + 1) % model.size;
		i %= model.size;
		if (model.pool[i]) {
			count(v, CNT_CTX_EVICT);
			count(v, CNT_UNMAP_RECYCLE);
			model_drop(model.pool[i], 0, MODEL_PAGES, CAUSE_EVICT);
			model.pool[i]->in_pool = false;
		} else {
			count(v, CNT_CTX_FREE);
		}
		model.pool[i] = c;
		c->in_pool = true;
	}
	model.running[v->id] = c;
	unlock(&model.lock);
}

/* L2 went to the VMM and came back: KVM looks its context up again. */
void model_reenter(struct vcpu *v, struct ctx *c)
{
	must(v, c->in_pool, c->vttbr);
	count(v, CNT_CTX_HIT);
}

void model_leave(struct vcpu *v)
{
	lock(&model.lock);
	model.running[v->id] = NULL;
	unlock(&model.lock);
}

/* L2 accesses a page which L1 lets it access. */
void model_touch(struct vcpu *v, struct ctx *c, uint64_t page, unsigned int access,
		 unsigned int l1_rights)
{
	/* slot 1 has the log, the code page is in slot 0 */
	bool logged = model.logging && page != PAGE_CODE;
	uint8_t s = c->state[page];

	if (s & STATE_MAPPED) {
		if (s & access)
			return;
		if (access == PAGE_W && s & STATE_WP)
			count(v, CNT_FAULT_WP);
		else
			count(v, CNT_FAULT_PERM);
	} else {
		count(v, CNT_FAULT_COLD + ((s & STATE_CAUSE) >> 3));
		s = 0;
	}
	s |= STATE_MAPPED | PAGE_R | access;
	if (l1_rights & PAGE_W && (!logged || access == PAGE_W))
		s |= PAGE_W;
	if (l1_rights & PAGE_X && model.dic)
		s |= PAGE_X;
	if (s & PAGE_W)
		s &= ~STATE_WP;
	c->state[page] = s;
}

/* Something that empties every context of the VM. */
void model_wipe(struct vcpu *v, enum cause why)
{
	static const enum lab_count unmap[] = {
		[CAUSE_ALLE1] = CNT_UNMAP_ALLE1,
		[CAUSE_NOTIFIER] = CNT_UNMAP_NOTIFIER,
		[CAUSE_MEMSLOT] = CNT_UNMAP_MEMSLOT,
	};

	lock(&model.lock);
	for (unsigned int i = 0; i < model.size; i++) {
		if (!model.pool[i])
			continue;
		model_drop(model.pool[i], 0, MODEL_PAGES, why);
		count(v, unmap[why]);
	}
	unlock(&model.lock);
}

/* The dirty log was collected: no context has a writable page left. */
void model_wp(struct vcpu *v)
{
	lock(&model.lock);
	for (unsigned int i = 0; i < model.size; i++) {
		if (model.pool[i])
			count(v, CNT_WP);
		for (unsigned int p = 0; model.pool[i] && p < MODEL_PAGES; p++) {
			uint8_t *s = &model.pool[i]->state[p];

			if (*s & STATE_MAPPED && *s & PAGE_W)
				*s = (*s & ~PAGE_W) | STATE_WP;
		}
	}
	unlock(&model.lock);
}

void model_logging(void)
{
	model.logging = true;
}

bool model_mapped(struct ctx *c, uint64_t page)
{
	return c->in_pool && c->state[page] & STATE_MAPPED;
}
