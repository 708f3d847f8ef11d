// SPDX-License-Identifier: GPL-2.0-or-later
/* s2-tlbi: L2 touches pages, L1 invalidates them, L2 touches them again. */
#include "payload.h"

#define NOTHING 0x80000000ull /* neither L1's stage 2 nor KVM's shadow has anything in this GiB */

static void invalidate(struct vcpu *v, enum lab_op op)
{
	if (op == OP_IPAS2E1IS || op == OP_RIPAS2E1IS)
		tlbi_pages(v, v->ctx, op, v->first, param(PAGES));
	else
		tlbi_all(v, v->ctx, op);
}

void run_S2_TLBI(struct vcpu *v)
{
	enum lab_op op = param(OP);
	/* what touches other vCPUs' pages needs them to stand still */
	bool all = v->shared || op == OP_ALLE1IS;

	in_turn(v, t)
		l2_touch(v, v->ctx, v->first, param(PAGES), PAGE_W);
	for (uint64_t r = rounds(3); r; r--) {
		if (!all) {
			invalidate(v, op);
			l2_touch(v, v->ctx, v->first, param(PAGES), PAGE_W);
			continue;
		}
		in_turn(v, t) {
			invalidate(v, op);
			l2_touch(v, v->ctx, v->first, param(PAGES), PAGE_W);
		}
	}
	if (op == OP_IPAS2E1IS)
		in_turn(v, t)
			tlbi_nothing(v, v->ctx, NOTHING);
}
