// SPDX-License-Identifier: GPL-2.0-or-later
/* s2-wp: the VMM collects a dirty log; the next write to each page faults. */
#include "payload.h"

#define DIRTY_START 1
#define DIRTY_COLLECT 2

void run_S2_WP(struct vcpu *v)
{
	l2_touch(v, v->ctx, 0, param(PAGES), PAGE_W);
	for (uint64_t r = 0; r < rounds(3); r++) {
		barrier(v);
		if (v->id == 0) {
			/* the result is how often KVM write-protects: once for each
			 * 64 pages with a dirty one, or once when the log starts */
			uint64_t n = call(v, LAB_CALL_DIRTY, r ? DIRTY_COLLECT : DIRTY_START, 0);

			model_logging();
			must(v, n && n < LAB_MAX_PAGES, n);
			while (n--)
				model_wp(v);
		}
		barrier(v);
		l2_touch(v, v->ctx, 0, param(PAGES), PAGE_W);
	}
}
