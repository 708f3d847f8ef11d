// SPDX-License-Identifier: GPL-2.0-or-later
/* at-slow: AT before there is a context, and after a TLBI emptied it. */
#include "payload.h"

void run_AT_SLOW(struct vcpu *v)
{
	static const enum at_op ops[] = { AT_S1E1R, AT_S1E1W, AT_S1E0R, AT_S12E1R };
	bool first = !v->ctx->in_pool;

	at_setup(v);
	if (first)
		for (unsigned int i = 0; i < ARRAY_SIZE(ops); i++)
			at(v, v->ctx, ops[i], at_va(v, AT_RW));
	at_warm(v, v->ctx);
	for (uint64_t r = rounds(3); r; r--) {
		tlbi_all(v, v->ctx, OP_VMALLS12E1IS);
		for (unsigned int i = 0; i < 4 * ARRAY_SIZE(ops); i++) {
			uint64_t par = at(v, v->ctx, ops[i % ARRAY_SIZE(ops)], at_va(v, AT_RW));

			must(v, !(par & 1), par);
		}
	}
}
