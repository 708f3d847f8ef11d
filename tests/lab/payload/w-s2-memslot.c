// SPDX-License-Identifier: GPL-2.0-or-later
/* s2-memslot: another memslot goes away, and all contexts are emptied. */
#include "payload.h"

void run_S2_MEMSLOT(struct vcpu *v)
{
	l2_touch(v, v->ctx, 0, param(PAGES), PAGE_W);
	for (uint64_t r = rounds(3); r; r--) {
		barrier(v);
		if (v->id == 0) {
			/* creating one empties nothing */
			must(v, call(v, LAB_CALL_MEMSLOT, 1, 0) == 0, r);
			model_memslot(false, v);
			must(v, call(v, LAB_CALL_MEMSLOT, 0, 0) == 0, r);
			model_memslot(true, v);
		}
		barrier(v);
		l2_touch(v, v->ctx, 0, param(PAGES), PAGE_W);
	}
}
