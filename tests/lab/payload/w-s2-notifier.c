// SPDX-License-Identifier: GPL-2.0-or-later
/* s2-notifier: the VMM discards and re-adds pages between the touches of L2. */
#include "payload.h"

void run_S2_NOTIFIER(struct vcpu *v)
{
	uint64_t size = param(PAGES) * LAB_PAGE_SIZE;

	l2_touch(v, v->ctx, 0, param(PAGES), PAGE_W);
	for (uint64_t r = rounds(3); r; r--) {
		/* a discard empties every context of the VM, so nobody may run */
		barrier(v);
		if (v->id == 0)
			discard(v, v->data, size);
		barrier(v);
		l2_touch(v, v->ctx, 0, param(PAGES), PAGE_W);
	}
}
