// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * s2-outcomes: faults that end in ways no well-behaved guest or VMM sees:
 *   sea    L2's code, or its page tables, are in MMIO
 *   error  KVM_RUN fails: an access KVM cannot emulate, memory that is not there
 *   walk   L1's descriptor changes while KVM sets its access flag
 *   race   two vCPUs fault on one page at the same time
 *   hwpoison  the host's page is bad
 */
#include "payload.h"

enum { MODE_ALL, MODE_SEA, MODE_ERROR, MODE_WALK, MODE_RACE, MODE_HWPOISON };
#define DEVICE (LAB_GICD_BASE + GICD_TYPER)
#define FIRST 512 /* pages nobody else uses */

static uint64_t page_ipa(struct vcpu *v, uint64_t n)
{
	return v->data + n * LAB_PAGE_SIZE;
}

static void map_page(struct vcpu *v, uint64_t n)
{
	stage2_map(v->ctx, page_ipa(v, n), page_ipa(v, n), PAGE_R | PAGE_W | PAGE_X);
}

static void seas(struct vcpu *v, const void *job, uint64_t addr, uint64_t n)
{
	v->seas = 0;
	v->expect_sea = true;
	v->hcr |= HCR_TEA; /* they are L1's */
	must(v, l2_run(v, v->ctx, job, addr, n) == n, addr);
	v->hcr &= ~HCR_TEA;
	v->expect_sea = false;
	must(v, v->seas == n, v->seas);
	while (n--) {
		count(v, CNT_FAULT_ABORT);
		count(v, CNT_OUT_INJECT_SEA);
		model_mmio_asked(v, v->ctx, LAB_PORT_L2); /* not for the cache */
	}
}

/*
 * L2's stage 1: memory as it is, by one block, and at 2 GiB a table that is not
 * in memory at all.  The L1 table is a data page, in the shadow before L2 uses it.
 */
static void tables_in_mmio(struct vcpu *v, uint64_t n)
{
	uint64_t sctlr = read_reg(SCTLR_EL12);
	uint64_t *table = (uint64_t *)page_ipa(v, FIRST);

	table[1] = 0x40000701ull;
	table[2] = LAB_PORT_L2 | 3;
	dsb();
	map_page(v, FIRST);
	l2_touch(v, v->ctx, FIRST, 1, PAGE_R);
	write_reg(MAIR_EL12, 0xff);
	write_reg(TTBR0_EL12, table);
	write_reg(TCR_EL12, TCR_L2);
	write_reg(SCTLR_EL12, sctlr | 1);
	isb();
	seas(v, l2_ldr32, 0x80000000, n);
	write_reg(SCTLR_EL12, sctlr);
	isb();
}

static void sea(struct vcpu *v)
{
	stage2_map_device(v->ctx, LAB_PORT_L2, LAB_PORT_L2, PAGE_R | PAGE_W | PAGE_X);
	seas(v, l2_jump, LAB_PORT_L2, rounds(4));
	tables_in_mmio(v, rounds(4));
}

/* The VMM steps over what KVM cannot emulate, and brings back what is missing. */
static void error(struct vcpu *v)
{
	uint64_t n = rounds(4);

	must(v, l2_run(v, v->ctx, l2_ldxr, DEVICE & ~7ull, n) == n, n);
	for (uint64_t i = 0; i < n; i++)
		model_mmio(v, v->ctx, DEVICE, PAGE_R, PAGE_R | PAGE_W, MMIO_ERROR);
	l2_touch(v, v->ctx, 0, 1, PAGE_W);
	while (n--) {
		must(v, call(v, LAB_CALL_UNMAP, page_ipa(v, 0), 0) == 0, n);
		model_wipe(v, CAUSE_NOTIFIER);
		must(v, l2_run(v, v->ctx, l2_write, page_ipa(v, 0), 1) == 1, n);
		count(v, CNT_FAULT_ERROR);
		count(v, CNT_OUT_ERROR);
		model_reenter(v, v->ctx);
		model_touch(v, v->ctx, PAGE_DATA(0), PAGE_W, PAGE_R | PAGE_W | PAGE_X);
	}
}

/*
 * L1 leaves the access flag of its stage 2 to the walker, which sets it with a
 * compare-and-swap.  The VMM has write-protected the table: the swap waits for
 * it, and finds another descriptor than the one that was read.  To protect and
 * to unprotect are MMU notifier calls, so L2 starts again with nothing mapped.
 */
static void walk(struct vcpu *v)
{
	need_access_flags(v);
	for (uint64_t r = rounds(4); r; r--) {
		uint64_t n = FIRST + r, *leaf = stage2_leaf(v->ctx, page_ipa(v, n));

		map_page(v, n);
		*leaf &= ~DESC_AF;
		dsb();
		if (call(v, LAB_CALL_CHANGE, (uint64_t)leaf, *leaf ^ DESC_SOFTWARE) != 0)
			unsupported(v);
		model_wipe(v, CAUSE_NOTIFIER);
		must(v, l2_run(v, v->ctx, l2_read, page_ipa(v, n), 1) == 1, n);
		model_retry(v, CNT_OUT_RETRY_WALK);
		model_wipe(v, CAUSE_NOTIFIER);
		model_touch(v, v->ctx, PAGE_CODE, PAGE_X, PAGE_R | PAGE_X);
		model_touch(v, v->ctx, PAGE_DATA(n), PAGE_R, PAGE_R | PAGE_W | PAGE_X);
		must(v, *leaf & DESC_AF && *leaf & DESC_SOFTWARE, *leaf);
	}
}

/*
 * Both vCPUs run one context and write to one page that the VMM brings when
 * both wait for it: one maps it, the other finds it mapped.
 */
static void race(struct vcpu *v)
{
	static uint64_t used[LAB_MAX_VCPUS]; /* a page is missing only once */
	struct ctx *c = vcpus[0].ctx;
	uint64_t n = rounds(4), first = FIRST + used[v->id];

	if (abi->vcpus != 2)
		unsupported(v);
	used[v->id] += n;
	must(v, first + n < LAB_FRESH_FIRST, first);
	in_turn(v, t) {
		must(v, l2_run(v, c, l2_hvc, 0, 0) == 0, 0); /* the code page */
		if (t == 0)
			for (uint64_t i = 0; i < n; i++)
				map_page(v, first + i);
	}
	for (uint64_t i = 0; i < n; i++) {
		if (v->id == 0 && call(v, LAB_CALL_MARK, 2, 0) != 0)
			unsupported(v);
		barrier(v);
		must(v, l2_run(v, c, l2_write, page_ipa(&vcpus[0], first + i), 1) == 1, i);
		barrier(v);
		if (v->id)
			model_retry(v, CNT_OUT_RETRY_RACE);
		else
			model_touch(v, c, PAGE_DATA(first + i), PAGE_W, PAGE_R | PAGE_W | PAGE_X);
	}
}

/* The VMM gets a signal for it, and gives the guest a new page. */
static void hwpoison(struct vcpu *v)
{
	l2_touch(v, v->ctx, 0, 1, PAGE_W);
	for (uint64_t r = rounds(2); r; r--) {
		if (call(v, LAB_CALL_POISON, page_ipa(v, 0), 0) != 0)
			unsupported(v);
		model_wipe(v, CAUSE_NOTIFIER);
		must(v, l2_run(v, v->ctx, l2_write, page_ipa(v, 0), 1) == 1, r);
		count(v, CNT_FAULT_ERROR);
		count(v, CNT_OUT_HWPOISON);
		model_reenter(v, v->ctx);
		model_wipe(v, CAUSE_NOTIFIER);
		model_touch(v, v->ctx, PAGE_CODE, PAGE_X, PAGE_R | PAGE_X);
		model_touch(v, v->ctx, PAGE_DATA(0), PAGE_W, PAGE_R | PAGE_W | PAGE_X);
	}
}

void run_S2_OUTCOMES(struct vcpu *v)
{
	static void (*const modes[])(struct vcpu *v) = {
		[MODE_SEA] = sea, [MODE_ERROR] = error, [MODE_WALK] = walk,
	};
	uint64_t mode = param(MODE);

	must(v, mode <= MODE_HWPOISON, mode);
	write_reg("vtcr_el2", VTCR_L2 | VTCR_HA);
	if (mode == MODE_RACE) {
		race(v);
		return;
	}
	/* most of these empty the contexts of all */
	in_turn(v, t)
		for (uint64_t m = MODE_SEA; m <= MODE_WALK; m++)
			if (mode == MODE_ALL || mode == m)
				modes[m](v);
	if (mode == MODE_HWPOISON)
		in_turn(v, t)
			hwpoison(v);
}
