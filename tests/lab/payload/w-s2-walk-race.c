// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * s2-walk-race: one vCPU translates an address of L2, the other one changes the
 * descriptors of both stages under the walk, and invalidates.  Who wins is
 * chance; what is certain is counted: the instructions, and that every
 * translation is one of the two that were ever there.
 *
 * The walker has access flags to set in both stages, so that it writes to what
 * changes, and loses (AT path retry) when it changed in between.
 */
#include "payload.h"

#define ATS_PER_TLBI 8
#define ATS_PER_WARM 64

static volatile uint64_t translated; /* in this repetition */

static void translate(struct vcpu *v, uint64_t a, uint64_t b)
{
	for (uint64_t n = 0; n < ATS_PER_TLBI * rounds(64); n++) {
		uint64_t par, pa;

		/* now and then the tables are in the shadow, for the hardware to walk */
		if (n % ATS_PER_WARM == 0)
			at_warm(v, v->ctx);
		par = at_raw(v, v->ctx, n & 1 ? AT_S1E1R : AT_S12E1R, at_va(v, AT_RW));
		pa = par & 0xfffffffff000ull;
		if (par & 1 || (pa != a && pa != b))
			wrong(v, at_va(v, AT_RW), par, a);
		count(v, CNT_AT_BUT_RETRY);
		translated = n + 1;
		/* with one CPU nothing would happen in between otherwise */
		if (n % ATS_PER_TLBI == 0)
			call(v, LAB_CALL_YIELD, 0, 0);
	}
}

/* The tables change all the time, the TLBIs keep step with the translations. */
static void change(struct vcpu *v, struct vcpu *other, uint64_t a, uint64_t b)
{
	volatile uint64_t *s1 = at_leaf(other, AT_RW);
	volatile uint64_t *s2a = stage2_leaf(other->ctx, a), *s2b = stage2_leaf(other->ctx, b);
	uint64_t attr = *s1 & ~0xfffffffff000ull & ~DESC_AF;
	uint64_t r = 0;

	while (r < rounds(64)) {
		for (unsigned int i = 0; i < 64; i++) {
			*s1 = attr | (i & 1 ? a : b);
			*s2a &= ~DESC_AF;
			*s2b &= ~DESC_AF;
		}
		if (translated < r * ATS_PER_TLBI)
			continue;
		dsb();
		if (r++ & 1) {
			tlbi_raw(v, other->ctx, OP_VMALLE1IS, 0, 0);
		} else {
			tlbi_raw(v, other->ctx, OP_IPAS2E1IS, at_table(other), TLBI_TTL_4K);
			count(v, CNT_UNMAP_IPAS2E1);
		}
		call(v, LAB_CALL_YIELD, 0, 0);
	}
}

void run_S2_WALK_RACE(struct vcpu *v)
{
	uint64_t a = at_va(&vcpus[0], AT_RW), b = at_va(&vcpus[0], AT_PRIV);

	if (abi->vcpus != 2)
		unsupported(v);
	need_access_flags(v);
	write_reg("vtcr_el2", VTCR_L2 | VTCR_HA);
	if (v->id == 0) {
		at_setup(v);
		write_reg(TCR_EL12, TCR_L2 | TCR_HA);
		model_off();
		translated = 0;
		at_warm(v, v->ctx);
	}
	barrier(v);
	if (v->id == 0)
		translate(v, a, b);
	else
		change(v, &vcpus[0], a, b);
	barrier(v);
}
