// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * mmio-hit: L2 accesses a device in the kernel, and one of the VMM; and what a
 * cache of that must not survive: TLBIs, a context that goes to another VTTBR,
 * and rights that L1 took away.
 */
#include "payload.h"

enum { MODE_BOTH, MODE_KERNEL, MODE_USER, MODE_TLBI, MODE_FORBID, MODE_RECYCLE };
#define DEVICE (LAB_GICD_BASE + GICD_TYPER)

/* TLBIs that cover the page, one that is for another page, one for stage 1 only. */
static void after_tlbi(struct vcpu *v)
{
	l2_touch(v, v->ctx, 0, 1, PAGE_R);
	l2_mmio(v, v->ctx, DEVICE, 2, PAGE_R, MMIO_KERNEL);
	for (uint64_t r = rounds(2); r; r--) {
		tlbi_pages(v, v->ctx, OP_IPAS2E1IS, 0, 1);
		l2_mmio(v, v->ctx, DEVICE, 2, PAGE_R, MMIO_KERNEL);
		tlbi_all(v, v->ctx, OP_VMALLE1IS);
		l2_mmio(v, v->ctx, DEVICE, 2, PAGE_R, MMIO_KERNEL);
		tlbi_mmio(v, v->ctx, OP_IPAS2E1IS, LAB_GICD_BASE);
		l2_mmio(v, v->ctx, DEVICE, 2, PAGE_R, MMIO_KERNEL);
		tlbi_mmio(v, v->ctx, OP_RIPAS2E1IS, LAB_GICD_BASE);
		l2_mmio(v, v->ctx, DEVICE, 2, PAGE_R, MMIO_KERNEL);
		tlbi_all(v, v->ctx, OP_VMALLS12E1IS);
		l2_mmio(v, v->ctx, DEVICE, 2, PAGE_R, MMIO_KERNEL);
		l2_touch(v, v->ctx, 0, 1, PAGE_R);
	}
}

static uint64_t forwarded[LAB_MAX_VCPUS];

static void step_over(struct vcpu *v, struct ctx *c, uint64_t ipa)
{
	must(v, ipa == LAB_GICD_BASE, ipa);
	forwarded[v->id]++;
	v->step_over = true;
}

/* L1 gives only these rights; a kernel that does not look lets the access through. */
static void forbidden(struct vcpu *v, unsigned int rights, unsigned int access)
{
	uint64_t n = 4;

	forwarded[v->id] = 0;
	v->on_fault = step_over;
	must(v, l2_run(v, v->ctx, access == PAGE_W ? l2_str32 : l2_ldr32, DEVICE, n) == n, n);
	v->on_fault = NULL;
	must(v, !forwarded[v->id] || forwarded[v->id] == n, forwarded[v->id]);
	while (n--)
		if (forwarded[v->id])
			model_mmio_asked(v, v->ctx, DEVICE);
		else
			model_mmio(v, v->ctx, DEVICE, access, rights, MMIO_KERNEL);
}

static void give(struct vcpu *v, unsigned int rights)
{
	stage2_map_device(v->ctx, LAB_GICD_BASE, LAB_GICD_BASE, rights);
}

static void allowed(struct vcpu *v, unsigned int rights, unsigned int access)
{
	must(v, l2_run(v, v->ctx, access == PAGE_W ? l2_str32 : l2_ldr32, DEVICE, 1) == 1, rights);
	model_mmio(v, v->ctx, DEVICE, access, rights, MMIO_KERNEL);
}

static void with_rights(struct vcpu *v)
{
	l2_mmio(v, v->ctx, DEVICE, 2, PAGE_R, MMIO_KERNEL);
	for (uint64_t r = rounds(2); r; r--) {
		give(v, PAGE_R);
		tlbi_mmio(v, v->ctx, OP_IPAS2E1IS, LAB_GICD_BASE);
		/* unknown, then known with rights that do not suffice */
		forbidden(v, PAGE_R, PAGE_W);
		allowed(v, PAGE_R, PAGE_R);
		allowed(v, PAGE_R, PAGE_R);
		forbidden(v, PAGE_R, PAGE_W);
		/* more rights need no TLBI: what is known is too little, and renewed */
		give(v, PAGE_R | PAGE_W);
		allowed(v, PAGE_R | PAGE_W, PAGE_W);
		allowed(v, PAGE_R | PAGE_W, PAGE_W);
		give(v, PAGE_W);
		tlbi_mmio(v, v->ctx, OP_IPAS2E1IS, LAB_GICD_BASE);
		allowed(v, PAGE_W, PAGE_W);
		forbidden(v, PAGE_W, PAGE_R);
		give(v, PAGE_R | PAGE_W);
		tlbi_mmio(v, v->ctx, OP_IPAS2E1IS, LAB_GICD_BASE);
	}
}

/* One context more than the pool has: each comes back empty. */
static void with_new_contexts(struct vcpu *v)
{
	static struct ctx *ctx[LAB_MAX_VCPUS][2 * LAB_MAX_VCPUS + 1];
	uint64_t n = 2 * abi->vcpus + 1;

	in_turn(v, t)
		for (uint64_t k = 0; k < n && !ctx[v->id][k]; k++)
			ctx[v->id][k] = k ? ctx_new(v, 1 + 64 * v->id + k, PAGE_R | PAGE_W) : v->ctx;
	for (uint64_t r = rounds(2); r; r--)
		for (uint64_t k = 0; k < n; k++)
			in_turn(v, t)
				l2_mmio(v, ctx[v->id][k], DEVICE, 2, PAGE_R, MMIO_KERNEL);
}

void run_MMIO_HIT(struct vcpu *v)
{
	uint64_t mode = param(MODE), n = rounds(32);

	if (mode == MODE_BOTH || mode == MODE_KERNEL)
		l2_mmio(v, v->ctx, DEVICE, n, PAGE_R, MMIO_KERNEL);
	if (mode == MODE_BOTH || mode == MODE_USER)
		l2_mmio(v, v->ctx, LAB_PORT_L2, n, PAGE_W, MMIO_USER);
	if (mode == MODE_TLBI)
		after_tlbi(v);
	if (mode == MODE_FORBID)
		with_rights(v);
	if (mode == MODE_RECYCLE)
		with_new_contexts(v);
}
