// SPDX-License-Identifier: GPL-2.0-or-later
/* stage2.c: L1's stage-2 tables, always of 4K pages, and the memory for them. */
#include "payload.h"

#define S2_INNER (3ull << 8)
#define S2_R (1ull << 6)
#define S2_W (2ull << 6)
#define S2_NORMAL (0xfull << 2)
#define S2_XN (2ull << 53)
#define S2_ADDR 0xfffffffff000ull

extern char __bss_end[];
static char *heap;
static uint32_t heap_lock;

void lock(uint32_t *l)
{
	uint32_t old, busy;

	do {
		asm volatile("ldaxr %w0, [%2]\n\tstxr %w1, %w3, [%2]"
			     : "=&r"(old), "=&r"(busy) : "r"(l), "r"(1) : "memory");
	} while (old || busy);
}

void unlock(uint32_t *l)
{
	asm volatile("stlr wzr, [%0]" : : "r"(l) : "memory");
}

/* A zeroed page (the VMM gives zeroed memory), never freed. */
void *alloc_page(void)
{
	char *p;

	lock(&heap_lock);
	if (!heap)
		heap = __bss_end;
	p = heap;
	heap += LAB_PAGE_SIZE;
	unlock(&heap_lock);
	return p;
}

uint64_t *stage2_leaf(struct ctx *c, uint64_t ipa)
{
	uint64_t *table = c->root;

	for (int shift = 30; shift > 12; shift -= 9) {
		uint64_t *e = &table[(ipa >> shift) & 511];

		if (!(*e & 1))
			*e = (uint64_t)alloc_page() | 3;
		table = (uint64_t *)(*e & S2_ADDR);
	}
	return &table[(ipa >> 12) & 511];
}

/* Change an entry; no invalidation, that is the workloads' business. */
void stage2_map(struct ctx *c, uint64_t ipa, uint64_t pa, unsigned int rights)
{
	*stage2_leaf(c, ipa) = rights ? pa | DESC_AF | S2_INNER | S2_NORMAL | 3 |
				 (rights & PAGE_R ? S2_R : 0) | (rights & PAGE_W ? S2_W : 0) |
				 (rights & PAGE_X ? 0 : S2_XN) : 0;
	dsb();
}

void stage2_map_device(struct ctx *c, uint64_t ipa, uint64_t pa, unsigned int rights)
{
	*stage2_leaf(c, ipa) = rights ? pa | DESC_AF | (rights & PAGE_R ? S2_R : 0) |
					(rights & PAGE_W ? S2_W : 0) |
					(rights & PAGE_X ? 0 : S2_XN) | 3 : 0;
	dsb();
}
