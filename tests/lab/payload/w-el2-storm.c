// SPDX-License-Identifier: GPL-2.0-or-later
/* el2-storm: in and out of L2, and register accesses of L2 that trap. */
#include "payload.h"

void run_EL2_STORM(struct vcpu *v)
{
	uint64_t n = rounds(64), did;

	must(v, l2_run(v, v->ctx, l2_hvc, 0, n) == n, n);
	/* L1 asks for the ID registers: forwarded (counted where they arrive) */
	v->hcr |= HCR_TID3;
	must(v, l2_run(v, v->ctx, l2_idreg, 0, n) == n, n);
	v->hcr &= ~HCR_TID3;
	/* L1 does not: L0 traps them all the same, and emulates them */
	did = l2_run(v, v->ctx, l2_idreg, 0, n);
	for (uint64_t i = 0; i < did; i++)
		count(v, CNT_TRAP_EMULATED_L2);
}
