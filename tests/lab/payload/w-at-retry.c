// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * at-retry: the software walker of an AT sets the access flag in L2's stage 1
 * with a compare-and-swap, and finds a descriptor that has changed.  KVM executes
 * the instruction again.
 */
#include "payload.h"

static void one(struct vcpu *v)
{
	static const enum at_op ops[] = { AT_S1E1R, AT_S1E1W, AT_S1E0R, AT_S12E1R };
	uint64_t *leaf = at_leaf(v, AT_RW);

	at_setup(v);
	write_reg(TCR_EL12, TCR_L2 | TCR_HA);
	at_warm(v, v->ctx);
	for (uint64_t r = rounds(2); r; r--)
		for (unsigned int i = 0; i < ARRAY_SIZE(ops); i++) {
			uint64_t par;

			*leaf &= ~DESC_AF;
			dsb();
			/* the VMM write-protects the table, and changes it when the swap waits */
			if (call(v, LAB_CALL_CHANGE, (uint64_t)leaf, *leaf ^ DESC_SOFTWARE) != 0)
				unsupported(v);
			model_wipe(v, CAUSE_NOTIFIER);
			count(v, CNT_AT_RETRY_S1E1R + ops[i]);
			model_wipe(v, CAUSE_NOTIFIER);
			par = at(v, v->ctx, ops[i], at_va(v, AT_RW));
			must(v, !(par & 1), par);
			must(v, *leaf & DESC_AF, *leaf);
		}
}

void run_AT_RETRY(struct vcpu *v)
{
	need_access_flags(v);
	in_turn(v, t)
		one(v);
}
