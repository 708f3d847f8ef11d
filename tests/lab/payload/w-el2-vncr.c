// SPDX-License-Identifier: GPL-2.0-or-later
/* el2-vncr: L2 is a hypervisor with a VNCR page of its own, which L1 gives it. */
#include "payload.h"

#define VNCR_VTTBR 0x20 /* where VTTBR_EL2 lies in the page */
#define MAGIC 0x123456789000ull
#define NOWHERE 0xc0000000ull /* L1's stage 1 maps nothing there */

/*
 * KVM keeps one translation of VNCR_EL2 per vCPU.  L2's first access faults and
 * makes it; erets after that find it.  A TLBI of L1's stage 1 drops it, for all
 * vCPUs here, since L1 maps all its memory with one block.  But only with TGE
 * set: without it KVM executes the TLBI in its fast path, and keeps what it has.
 * An MMU notifier drops it as well, and so does another value of VNCR_EL2.
 */
static bool known[LAB_MAX_VCPUS];
static uint64_t *pages[LAB_MAX_VCPUS][2];

static void drop(struct vcpu *v, unsigned int vcpu, enum lab_count why)
{
	if (known[vcpu])
		count(v, why);
	known[vcpu] = false;
}

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
	tlbi_el2(v, page);
	for (unsigned int i = 0; i < LAB_MAX_VCPUS; i++)
		drop(v, i, CNT_VNCR_INVAL_TLBI);
}

static void give(uint64_t *page)
{
	page[VNCR_VTTBR / 8] = MAGIC;
	dsb();
	write_reg(VNCR_EL2, page);
}

/* A second page: the access finds the translation of the first one. */
static void retranslate(struct vcpu *v, uint64_t *page)
{
	give(page);
	drop(v, v->id, CNT_VNCR_INVAL_RETRANSLATE);
	access(v);
}

static void repair(struct vcpu *v, struct ctx *c, uint64_t ipa)
{
	give(pages[v->id][0]);
}

/* VNCR_EL2 leads nowhere: the fault is L1's, which gives a page; then L2 goes on. */
static void nowhere(struct vcpu *v)
{
	write_reg(VNCR_EL2, NOWHERE);
	drop(v, v->id, CNT_VNCR_INVAL_RETRANSLATE);
	v->on_fault = repair;
	access(v);
	v->on_fault = NULL;
}

/* The host takes memory away, somewhere. */
static void notify(struct vcpu *v)
{
	must(v, call(v, LAB_CALL_DISCARD, LAB_SPARE_BASE, LAB_PAGE_SIZE) == 0, 0);
	model_wipe(v, CAUSE_NOTIFIER);
	for (unsigned int i = 0; i < LAB_MAX_VCPUS; i++)
		drop(v, i, CNT_VNCR_INVAL_IPA);
	access(v);
}

static void one(struct vcpu *v)
{
	uint64_t *page = pages[v->id][0];

	if (!page) {
		page = pages[v->id][0] = alloc_page();
		pages[v->id][1] = alloc_page();
	}
	give(page);
	v->hcr |= HCR_NV | HCR_NV2;
	access(v);
	access(v);
	for (uint64_t r = rounds(8); r; r--) {
		forget(v, page);
		access(v);
	}
	for (unsigned int i = 0; i < 3; i++)
		retranslate(v, pages[v->id][~i & 1]);
	retranslate(v, page);
	nowhere(v);
	notify(v);
	v->hcr &= ~(HCR_NV | HCR_NV2);
}

void run_EL2_VNCR(struct vcpu *v)
{
	in_turn(v, t)
		one(v);
}
