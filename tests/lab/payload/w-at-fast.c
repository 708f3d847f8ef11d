// SPDX-License-Identifier: GPL-2.0-or-later
/* at-fast: AT whose tables are in the shadow, so that the hardware can walk. */
#include "payload.h"

void run_AT_FAST(struct vcpu *v)
{
	static const enum at_op ops[] = { AT_S1E1R, AT_S1E1W, AT_S1E0R, AT_S12E1R };

	at_setup(v);
	at_warm(v, v->ctx);
	for (uint64_t r = rounds(16); r; r--)
		for (unsigned int i = 0; i < ARRAY_SIZE(ops); i++) {
			uint64_t par = at(v, v->ctx, ops[i], at_va(v, AT_RW));

			must(v, !(par & 1), par);
		}
}
