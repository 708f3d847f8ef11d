// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * model.c: what KVM's MMIO caches and the shadow of L1's nested page table must
 * hold.
 *
 * An MMIO page has an MMIO SPTE in the tables it was accessed through, L1's or
 * those that shadow L1's NPT, with the memslot generation of that time.  In front
 * of that is the vCPU's memory of its last MMIO page, which L2's accesses fill but
 * never use.  Deleting a memslot zaps all tables; any change of memslots is
 * another generation.
 *
 * All vCPUs have the same tables for L1, and each an L2 of its own; what is of all
 * they change in turns.
 */
#include "payload.h"

#define NOTES 128
#define PREFETCH 8 /* PTE_PREFETCH_NUM of KVM */

struct note {
	uint64_t page; /* 0: free */
	uint64_t gen; /* memslot generation of the MMIO SPTE; 0: there is none */
	/* a page of RAM in the shadow of L1's NPT */
	bool mapped, was_mapped, writable;
	bool accessed, dirty; /* in L1's entry */
	unsigned int rights; /* of L1's entry */
	enum cause gone; /* why it is not mapped, or not for writing, any more */
};

static struct note l1_notes[NOTES], l2_notes[LAB_MAX_VCPUS][NOTES]; /* by their tables */
static uint64_t gen = 1;
static struct note lasts[LAB_MAX_VCPUS];
#define last (lasts[vcpu_id()])

static struct note *notes_of(enum who who)
{
	return who == L1 ? l1_notes : l2_notes[vcpu_id()];
}

static struct note *find(enum who who, uint64_t addr)
{
	uint64_t page = addr / LAB_PAGE_SIZE;

	for (unsigned int i = 0; i < NOTES; i++) {
		struct note *n = &notes_of(who)[i];

		if (n->page != page && n->page)
			continue;
		n->page = page;
		return n;
	}
	fail(__LINE__, page);
	return NULL;
}

/* ---- MMIO ---- */

/* In the order of LAB_MMIO_COUNTS. */
enum result { FILL, VCPU_HIT, HIT, STALE, STALE_RAM, BYPASS, READ_ONLY, KERNEL, USER };

static void mmio_count(enum who who, enum result r)
{
	count((who == L1 ? CNT_CACHE_FILL_L1 : CNT_CACHE_FILL_L2) + r);
}

/* What the caches know of the page when it is accessed. */
static enum result look_up(enum who who, const struct note *n)
{
	if (abi->flags & LAB_FLAG_UNCACHED)
		return BYPASS;
	if (!n->gen)
		return FILL;
	if (who == L1 && last.page == n->page && last.gen == gen)
		return VCPU_HIT;
	return n->gen == gen ? HIT : STALE;
}

/* KVM's tracepoint tells a read that the VMM answers twice. */
static void emulated(enum who who, uint64_t addr, enum access access)
{
	mmio_count(who, addr == LAB_PORT_EVENT && access == WRITE ? KERNEL : USER);
	if (access == WRITE) {
		count(CNT_ACCESS_WRITE);
	} else {
		count(CNT_ACCESS_READ_PENDING);
		count(CNT_ACCESS_READ);
	}
}

void model_mmio(enum who who, uint64_t addr, enum access access)
{
	struct note *n = find(who, addr);
	enum result r = look_up(who, n);

	mmio_count(who, r);
	/* the vCPU's memory hides a stale SPTE, when L2 brought it up to date */
	if (r != VCPU_HIT && r != BYPASS)
		n->gen = gen;
	last = (struct note){ .page = n->page, .gen = gen };
	emulated(who, addr, access);
	if (who == L1)
		return;
	count(access == WRITE ? CNT_FAULT_MMIO_WRITE : CNT_FAULT_MMIO_READ);
	count(CNT_OUT_MMIO);
	count(CNT_EXIT_FAULT_EMULATED);
}

void model_slot(uint64_t addr)
{
	struct note *n = find(L1, addr);

	if (n->gen)
		mmio_count(L1, STALE_RAM);
	n->gen = 0;
}

void model_rom_write(uint64_t addr)
{
	mmio_count(L1, READ_ONLY);
	emulated(L1, addr, WRITE);
}

static void zap(struct note *n, enum cause why)
{
	if (n->mapped)
		n->gone = why;
	n->mapped = false;
}

void model_memslots(bool deleted)
{
	gen++;
	for (unsigned int i = 0; deleted && i < NOTES; i++) {
		l1_notes[i].gen = 0;
		for (unsigned int v = 0; v < LAB_MAX_VCPUS; v++) {
			l2_notes[v][i].gen = 0;
			zap(&l2_notes[v][i], MEMSLOT);
		}
	}
}

/* ---- L2's memory ---- */

/* Causes and accesses in the order of LAB_FAULT_COUNTS. */
static void fault(enum cause cause, enum access access, enum lab_count outcome)
{
	count(CNT_FAULT_COLD_READ + cause * 3 + access);
	count(outcome);
	count(cause == FORWARD ? CNT_EXIT_FAULT_FORWARDED : CNT_EXIT_FAULT_EMULATED);
}

static void map(struct note *n, enum access access)
{
	n->accessed = true;
	n->dirty |= access == WRITE;
	n->mapped = n->was_mapped = true;
	n->gone = COLD;
	/* not dirty: mapped read-only, to see the first write */
	n->writable = n->rights & RIGHT_WRITE && n->dirty;
}

/* What L1 says was accessed, among the same eight entries, is mapped too. */
static void prefetch(uint64_t page)
{
	for (unsigned int i = 0; i < NOTES; i++) {
		struct note *n = &notes_of(L2)[i];

		if (n->page / PREFETCH == page / PREFETCH && n->accessed && n->rights && !n->mapped)
			map(n, READ);
	}
}

void model_entry(uint64_t addr, unsigned int rights, bool accessed, bool dirty)
{
	struct note *n = find(L2, addr);

	n->rights = rights;
	n->accessed = accessed;
	n->dirty = dirty;
	/* KVM keeps what L1 says was accessed, with the new rights */
	if (!rights || !accessed)
		zap(n, TABLES);
	else if (n->mapped)
		n->writable = rights & RIGHT_WRITE && dirty;
}

bool model_touch(uint64_t addr, enum access access)
{
	struct note *n = find(L2, addr);

	if (!n->rights) {
		fault(FORWARD, access, CNT_OUT_INJECT_WALK);
		return false;
	}
	if (access == WRITE && !(n->rights & RIGHT_WRITE)) {
		fault(FORWARD, access, CNT_OUT_INJECT_PERM);
		return false;
	}
	if (!n->mapped) {
		fault(n->was_mapped ? n->gone : COLD, access, CNT_OUT_MAP);
		map(n, access);
		prefetch(n->page);
	} else if (access == WRITE && !n->writable) {
		fault(n->gone == WP ? WP : PERM, access, CNT_OUT_PERM_RELAX);
		map(n, access);
	}
	return true;
}

void model_discard(uint64_t addr)
{
	zap(find(L2, addr), NOTIFIER);
}

void model_protect(uint64_t addr)
{
	struct note *n = find(L2, addr);

	if (n->mapped && n->writable)
		n->gone = WP;
	n->writable = false;
}

void model_enter(void)
{
	count(CNT_ERET_L2);
}

void model_leave(void)
{
	count(CNT_EXC_SYNC);
}

void model_hypercall(void)
{
	count(CNT_EXIT_HYPERCALL_FORWARDED);
}
