// SPDX-License-Identifier: GPL-2.0-or-later
/* ops.c: what takes pages out of the shadow: L1's TLBIs, the VMM's doings. */
#include "payload.h"

#define ISAR0_TLB_RANGE 2

/* The instruction alone: arg has what the operand has beside the address. */
void tlbi_raw(struct vcpu *v, struct ctx *c, enum lab_op op, uint64_t ipa, uint64_t arg)
{
	static const enum lab_count counts[] = {
		[OP_VMALLS12E1IS] = CNT_TLBI_VMALLS12E1, [OP_IPAS2E1IS] = CNT_TLBI_IPAS2E1,
		[OP_RIPAS2E1IS] = CNT_TLBI_RIPAS2E1,	 [OP_ALLE1IS] = CNT_TLBI_ALLE1,
		[OP_VMALLE1IS] = CNT_TLBI_S1E1,
	};
	uint64_t x = ipa / LAB_PAGE_SIZE | arg;

	write_reg("hcr_el2", v->hcr);
	write_reg("vttbr_el2", c->vttbr);
	isb();
	switch (op) {
	case OP_VMALLS12E1IS: asm volatile("tlbi vmalls12e1is" : : : "memory"); break;
	case OP_IPAS2E1IS: asm volatile("tlbi ipas2e1is, %0" : : "r"(x) : "memory"); break;
	case OP_RIPAS2E1IS:
		if ((read_reg("id_aa64isar0_el1") >> 56 & 0xf) < ISAR0_TLB_RANGE)
			unsupported(v);
		asm volatile("sys #4, c8, c0, #2, %0" : : "r"(x) : "memory");
		break;
	case OP_ALLE1IS: asm volatile("tlbi alle1is" : : : "memory"); break;
	case OP_VMALLE1IS: asm volatile("tlbi vmalle1is" : : : "memory"); break;
	default: fail(v, __LINE__, op);
	}
	dsb();
	count(v, counts[op]);
}

/*
 * Invalidate everything of c's VMID, or (alle1is) of all VMIDs.  vmalle1is is
 * for the stage 1 of c's VMID: it traps too, and takes nothing from the shadow.
 */
void tlbi_all(struct vcpu *v, struct ctx *c, enum lab_op op)
{
	tlbi_raw(v, c, op, 0, 0);
	if (op == OP_ALLE1IS) {
		model_wipe(v, CAUSE_ALLE1);
	} else if (op == OP_VMALLS12E1IS && c->in_pool) {
		count(v, CNT_UNMAP_VMALLS12E1);
		model_drop(c, 0, MODEL_PAGES, CAUSE_VMALLS12E1);
		model_mmio_drop(c, 0, ~0ull);
	}
}

/*
 * Invalidate data pages one by one, or by ranges.  With no TTL hint KVM takes
 * the size from the entry in its shadow, so a page that is not mapped there
 * would take up to 1 GiB with it: only pages that are mapped are invalidated.
 */
void tlbi_pages(struct vcpu *v, struct ctx *c, enum lab_op op, uint64_t first, uint64_t n)
{
	uint64_t num, pages;

	while (n) {
		uint64_t ipa = v->data + first * LAB_PAGE_SIZE;

		if (op == OP_IPAS2E1IS) {
			pages = 1;
			must(v, model_mapped(c, PAGE_DATA(first)), first);
			tlbi_raw(v, c, op, ipa, 0);
			count(v, CNT_UNMAP_IPAS2E1);
			model_drop(c, PAGE_DATA(first), 1, CAUSE_IPAS2E1);
		} else {
			num = (n < 64 ? n : 64) / 2 - (n > 1);
			pages = 2 * (num + 1);
			tlbi_raw(v, c, op, ipa, TLBI_RANGE(num));
			if (c->in_pool) {
				count(v, CNT_UNMAP_RIPAS2E1);
				model_drop(c, PAGE_DATA(first), pages, CAUSE_RIPAS2E1);
			}
		}
		first += pages;
		n -= pages < n ? pages : n;
	}
}

/*
 * Invalidate an address with no entry in the shadow, and no TTL hint: KVM has to
 * take the largest block there is, 1 GiB, which must be empty here.
 */
void tlbi_nothing(struct vcpu *v, struct ctx *c, uint64_t ipa)
{
	must(v, c->in_pool, ipa);
	tlbi_raw(v, c, OP_IPAS2E1IS, ipa, 0);
	count(v, CNT_UNMAP_IPAS2E1);
}

/* Invalidate an address of L1's own stage 1. */
void tlbi_el2(struct vcpu *v, const void *p)
{
	/* without TGE KVM does it in its fast path, unseen */
	write_reg("hcr_el2", HCR_L2 | HCR_TGE);
	isb();
	asm volatile("tlbi vae2is, %0" : : "r"((uint64_t)p >> 12) : "memory");
	dsb();
	write_reg("hcr_el2", HCR_L2);
	isb();
	count(v, CNT_TLBI_S1E2);
}

/* Invalidate one page of MMIO (by ranges: and the next one). */
void tlbi_mmio(struct vcpu *v, struct ctx *c, enum lab_op op, uint64_t ipa)
{
	must(v, c->in_pool, ipa);
	tlbi_raw(v, c, op, ipa, op == OP_RIPAS2E1IS ? TLBI_RANGE(0ull) : TLBI_TTL_4K);
	count(v, op == OP_RIPAS2E1IS ? CNT_UNMAP_RIPAS2E1 : CNT_UNMAP_IPAS2E1);
	model_mmio_drop(c, ipa, (op == OP_RIPAS2E1IS ? 2 : 1) * LAB_PAGE_SIZE);
}

/* The VMM gives the memory back to its kernel, then takes it again. */
void discard(struct vcpu *v, uint64_t ipa, uint64_t size)
{
	must(v, call(v, LAB_CALL_DISCARD, ipa, size) == 0, ipa);
	/* one madvise of one mapping: one notifier call, whatever is there */
	model_wipe(v, CAUSE_NOTIFIER);
	must(v, call(v, LAB_CALL_POPULATE, ipa, size) == 0, ipa);
}
