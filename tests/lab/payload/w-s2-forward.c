// SPDX-License-Identifier: GPL-2.0-or-later
/* s2-forward: L2 touches what L1 does not map; L1 steps over the access. */
#include "payload.h"

#define UNMAPPED 0x60000000ull

static void step_over(struct vcpu *v, struct ctx *c, uint64_t ipa)
{
	(void)c;
	must(v, ipa >= UNMAPPED, ipa);
	v->step_over = true;
}

void run_S2_FORWARD(struct vcpu *v)
{
	v->on_fault = step_over;
	must(v, l2_run(v, v->ctx, l2_read, UNMAPPED, param(PAGES)) == param(PAGES), 0);
	v->on_fault = NULL;
}
