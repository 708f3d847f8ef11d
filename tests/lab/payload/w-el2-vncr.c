// SPDX-License-Identifier: GPL-2.0-or-later
/* el2-vncr: L2 is a hypervisor with a VNCR page of its own, which L1 gives it. */
#include "payload.h"

#define VNCR_VTTBR 0x20 /* where VTTBR_EL2 lies in the page */
#define MAGIC 0x123456789000ull

/*
 * KVM keeps one translation of VNCR_EL2 per vCPU.  L2's first access faults and
 * makes it; erets after that find it.  A TLBI of L1's stage 1 drops it, for all
 * vCPUs here, since L1 maps all its memory with one block.  But only with TGE
 * set: without it KVM executes the TLBI in its fast path, and keeps what it has.
 */
static bool known[LAB_MAX_VCPUS];

static void access(struct vcpu *v)
{
	uint64_t did = l2_run(v, v->ctx, l2_vncr, 0, 8);

	must(v, did == 8 && v->regs.x[4] == MAGIC, v->regs.x[4]);
	if (!known[v->id])
		count(v, CNT_VNCR_HANDLED);
	known[v->id] = true;
}

static void forget(struct vcpu *v, const void *page)
{
	write_reg("hcr_el2", HCR_L2 | HCR_TGE);
	isb();
	asm volatile("tlbi vae2is, %0" : : "r"((uint64_t)page >> 12) : "memory");
	dsb();
	write_reg("hcr_el2", HCR_L2);
	isb();
	count(v, CNT_TLBI_S1E2);
	for (unsigned int i = 0; i < LAB_MAX_VCPUS; i++)
		known[i] = false;
}

static void one(struct vcpu *v)
{
	static uint64_t *pages[LAB_MAX_VCPUS];
	uint64_t *page = pages[v->id];

	if (!page)
		page = pages[v->id] = alloc_page();
	page[VNCR_VTTBR / 8] = MAGIC;
	dsb();
	write_reg(VNCR_EL2, page);
	v->hcr |= HCR_NV | HCR_NV2;
	access(v);
	access(v);
	for (uint64_t r = rounds(8); r; r--) {
		forget(v, page);
		access(v);
	}
	v->hcr &= ~(HCR_NV | HCR_NV2);
}

void run_EL2_VNCR(struct vcpu *v)
{
	in_turn(v, t)
		one(v);
}
