// SPDX-License-Identifier: GPL-2.0-or-later
/* s2-switch: L1 goes round more address spaces than KVM has contexts for. */
#include "payload.h"

#define MAX_VTTBRS 32

void run_S2_SWITCH(struct vcpu *v)
{
	static struct ctx *ctx[LAB_MAX_VCPUS][MAX_VTTBRS];
	uint64_t n = param(VTTBRS);

	must(v, n && n <= MAX_VTTBRS, n);
	in_turn(v, t)
		for (uint64_t k = 0; k < n && !ctx[v->id][k]; k++)
			ctx[v->id][k] = k ? ctx_new(v, 1 + 64 * v->id + k,
						    PAGE_R | PAGE_W | PAGE_X) : v->ctx;
	/* who is evicted depends on the order: one vCPU at a time */
	for (uint64_t r = rounds(2); r; r--)
		for (uint64_t k = 0; k < n; k++)
			in_turn(v, t) {
				l2_touch(v, ctx[v->id][k], 0, param(PAGES), PAGE_W);
				l2_touch(v, ctx[v->id][k], 0, param(PAGES), PAGE_W);
			}
}
