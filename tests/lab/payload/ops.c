// SPDX-License-Identifier: GPL-2.0-or-later
/* ops.c: what takes pages out of the shadow: L1's TLBIs, the VMM's doings. */
#include "payload.h"

#define ISAR0_TLB_RANGE 2

/* Invalidate everything of c's VMID, or (alle1is) of all VMIDs. */
void tlbi_all(struct vcpu *v, struct ctx *c, enum lab_op op)
{
	write_reg("hcr_el2", v->hcr);
	write_reg("vttbr_el2", c->vttbr);
	isb();
	if (op == OP_ALLE1IS) {
		asm volatile("tlbi alle1is" : : : "memory");
		count(v, CNT_TLBI_ALLE1);
		model_wipe(v, CAUSE_ALLE1);
	} else {
		asm volatile("tlbi vmalls12e1is" : : : "memory");
		count(v, CNT_TLBI_VMALLS12E1);
		if (c->in_pool) {
			count(v, CNT_UNMAP_VMALLS12E1);
			model_drop(c, 0, MODEL_PAGES, CAUSE_VMALLS12E1);
		}
	}
	dsb();
}

/*
 * Invalidate data pages one by one, or by ranges.  With no TTL hint KVM takes
 * the size from the entry in its shadow, so a page that is not mapped there
 * would take up to 1 GiB with it: only pages that are mapped are invalidated.
 */
void tlbi_pages(struct vcpu *v, struct ctx *c, enum lab_op op, uint64_t first, uint64_t n)
{
	uint64_t page = v->data / LAB_PAGE_SIZE;

	write_reg("hcr_el2", v->hcr);
	write_reg("vttbr_el2", c->vttbr);
	isb();
	if (op == OP_IPAS2E1IS) {
		for (uint64_t i = first; i < first + n; i++) {
			must(v, model_mapped(c, PAGE_DATA(i)), i);
			asm volatile("tlbi ipas2e1is, %0" : : "r"(page + i) : "memory");
			count(v, CNT_TLBI_IPAS2E1);
			count(v, CNT_UNMAP_IPAS2E1);
			model_drop(c, PAGE_DATA(i), 1, CAUSE_IPAS2E1);
		}
	} else {
		if ((read_reg("id_aa64isar0_el1") >> 56 & 0xf) < ISAR0_TLB_RANGE)
			unsupported(v);
		while (n) {
			/* TG 4K, SCALE 0: 2 * (NUM + 1) pages */
			uint64_t num = (n < 64 ? n : 64) / 2 - (n > 1);
			uint64_t pages = 2 * (num + 1);

			asm volatile("sys #4, c8, c0, #2, %0" /* ripas2e1is */
				     : : "r"(1ull << 46 | num << 39 | (page + first)) : "memory");
			count(v, CNT_TLBI_RIPAS2E1);
			if (c->in_pool) {
				count(v, CNT_UNMAP_RIPAS2E1);
				model_drop(c, PAGE_DATA(first), pages, CAUSE_RIPAS2E1);
			}
			first += pages;
			n -= pages < n ? pages : n;
		}
	}
	dsb();
}

/* The VMM gives the memory back to its kernel, then takes it again. */
void discard(struct vcpu *v, uint64_t ipa, uint64_t size)
{
	must(v, call(v, LAB_CALL_DISCARD, ipa, size) == 0, ipa);
	/* one madvise of one mapping: one notifier call, whatever is there */
	model_wipe(v, CAUSE_NOTIFIER);
	must(v, call(v, LAB_CALL_POPULATE, ipa, size) == 0, ipa);
}
