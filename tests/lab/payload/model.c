// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * model.c: what KVM's shadow contexts must hold, and the counts that follow.
 *
 * KVM keeps a pool of two contexts per vCPU for the whole VM, filled round
 * robin; one that a vCPU is running on is not taken.  A page is mapped with
 * the rights L1 gives, but on a CPU without CTR_EL0.DIC executable only once it
 * has been executed and, with a dirty log, writable only once written.
 *
 * With our series KVM also notes in a context which of its pages are MMIO; the
 * notes go where mappings go, and are stale once the memslots have changed.
 */
#include "payload.h"

#define POOL_PER_VCPU 2
#define CTR_DIC (1ull << 29)

static struct {
	uint32_t lock;
	struct ctx *pool[POOL_PER_VCPU * LAB_MAX_VCPUS];
	unsigned int size, next;
	struct ctx *running[LAB_MAX_VCPUS];
	bool logging, dic, off;
	uint64_t gen; /* of the memslots */
	uint32_t swap_gen[LAB_SWAP_PAGES];
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

static void drop_all(struct ctx *c, enum cause why)
{
	model_drop(c, 0, MODEL_PAGES, why);
	model_mmio_drop(c, 0, ~0ull);
}

/* L1 erets into L2: KVM looks the context up, and may have to make one. */
void model_enter(struct vcpu *v, struct ctx *c)
{
	unsigned int i;

	count(v, CNT_ERET_L2);
	if (model.off)
		return;
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
			drop_all(model.pool[i], CAUSE_EVICT);
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

	if (model.off)
		return;
	if (s & STATE_MAPPED) {
		if (s & access)
			return;
		if (access == PAGE_W && s & STATE_WP)
			count(v, CNT_FAULT_WP);
		else
			count(v, CNT_FAULT_PERM);
		count(v, CNT_OUT_PERM_RELAX);
	} else {
		count(v, CNT_OUT_MAP);
		count(v, CNT_FAULT_COLD + ((s & STATE_CAUSE) >> 3));
		s = 0;
	}
	if (page >= PAGE_SWAP(0) && !(s & STATE_MAPPED)) {
		/* it was MMIO: the note is asked, and the mapping takes its place */
		uint64_t ipa = LAB_SWAP_BASE + (page - PAGE_SWAP(0)) * LAB_PAGE_SIZE;

		model_mmio_asked(v, c, ipa);
		model_mmio_drop(c, ipa, 1);
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

static struct mmio_note *note_of(struct vcpu *v, struct ctx *c, uint64_t ipa)
{
	for (unsigned int i = 0; i < MMIO_NOTES; i++)
		if (!c->mmio[i].ipa || c->mmio[i].ipa == ipa) {
			c->mmio[i].ipa = ipa;
			return &c->mmio[i];
		}
	fail(v, __LINE__, ipa);
	return NULL;
}

/* L2 accesses MMIO (or writes to ROM, which is the same but not noted). */
void model_mmio(struct vcpu *v, struct ctx *c, uint64_t ipa, unsigned int access,
		unsigned int l1_rights, enum mmio_by by)
{
	static const enum lab_count aborts[] = {
		[MMIO_KERNEL] = CNT_MMIO_KERNEL_L2,
		[MMIO_USER] = CNT_MMIO_USER_L2,
		[MMIO_ERROR] = CNT_MMIO_ERROR_L2,
	};
	uint64_t page = ipa & ~(LAB_PAGE_SIZE - 1ull);
	struct mmio_note *note = note_of(v, c, page);
	uint64_t swap = (page - LAB_SWAP_BASE) / LAB_PAGE_SIZE;
	bool rom = swap < LAB_SWAP_PAGES && LAB_SWAP_IS_ROM(model.swap_gen[swap]);

	count(v, by == MMIO_ERROR ? CNT_FAULT_ERROR : CNT_FAULT_MMIO);
	count(v, by == MMIO_ERROR ? CNT_OUT_ERROR : CNT_OUT_MMIO);
	count(v, aborts[by]);
	if (by != MMIO_KERNEL) /* it went to the VMM and came back */
		model_reenter(v, c);
	if (note->rights && note->gen == model.gen && note->rights & access) {
		count(v, CNT_CACHE_HIT);
		return;
	}
	/* asked in vain, unless the page is mapped and this a permission fault */
	if (note->rights)
		count(v, note->gen == model.gen ? CNT_CACHE_BYPASS : CNT_CACHE_STALE);
	if (rom) {
		count(v, CNT_CACHE_BYPASS);
	} else {
		count(v, CNT_CACHE_FILL);
		note->gen = model.gen;
		note->rights = l1_rights;
	}
}

/* The cache is asked in vain, if it knows the page at all, and nothing is noted. */
void model_mmio_asked(struct vcpu *v, struct ctx *c, uint64_t ipa)
{
	struct mmio_note *note = note_of(v, c, ipa & ~(LAB_PAGE_SIZE - 1ull));

	if (note->rights)
		count(v, note->gen == model.gen ? CNT_CACHE_BYPASS : CNT_CACHE_STALE);
}

void model_mmio_drop(struct ctx *c, uint64_t start, uint64_t size)
{
	for (unsigned int i = 0; i < MMIO_NOTES; i++)
		if (c->mmio[i].ipa - start < size)
			c->mmio[i].rights = 0;
}

/* A memslot came; or went, and all contexts are emptied. */
void model_memslot(bool gone, struct vcpu *v)
{
	model.gen++;
	if (gone)
		model_wipe(v, CAUSE_MEMSLOT);
}

/* Swap page n has its next generation. */
void model_swap(uint64_t n, uint32_t gen)
{
	model.swap_gen[n] = gen;
}

/* L1 got a fault. */
void model_forward(struct vcpu *v, uint64_t esr)
{
	if (model.off)
		return;
	count(v, CNT_FAULT_FORWARD);
	count(v, (esr & 0x3c) == 0x0c /* permission */ ? CNT_OUT_INJECT_PERM : CNT_OUT_INJECT_WALK);
}

/* Nothing was mapped, L2 tries again. */
void model_retry(struct vcpu *v, enum lab_count outcome)
{
	count(v, CNT_FAULT_RETRY);
	count(v, outcome);
}

/* From now on only what L1 itself does is counted, not what KVM makes of it. */
void model_off(void)
{
	model.off = true;
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
		drop_all(model.pool[i], why);
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
