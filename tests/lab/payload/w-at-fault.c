// SPDX-License-Identifier: GPL-2.0-or-later
/* at-fault: AT of pages that stage 1 forbids, or does not map at all. */
#include "payload.h"

void run_AT_FAULT(struct vcpu *v)
{
	static const struct {
		enum at_op op;
		enum at_page page;
	} tries[] = {
		{ AT_S1E1R, AT_NONE }, { AT_S1E0R, AT_NONE }, { AT_S12E1R, AT_NONE },
		{ AT_S1E1W, AT_RO },   { AT_S1E0R, AT_PRIV }, { AT_S1E1R, AT_NO_AF },
	};

	at_setup(v);
	at_warm(v, v->ctx);
	for (uint64_t r = rounds(16); r; r--)
		for (unsigned int i = 0; i < ARRAY_SIZE(tries); i++) {
			uint64_t par = at(v, v->ctx, tries[i].op, at_va(v, tries[i].page));

			must(v, par & 1, par);
		}
}
