// SPDX-License-Identifier: GPL-2.0-or-later
/* s2-retry: while a fault waits for its page, another page is discarded. */
#include "payload.h"

void run_S2_RETRY(struct vcpu *v)
{
	uint64_t n = param(PAGES) < 8 ? param(PAGES) : 8;

	for (uint64_t i = 0; i < n; i++)
		in_turn(v, t) {
			uint64_t ipa = v->data + i * LAB_PAGE_SIZE;

			/* the VMM waits for this page's fault with userfaultfd */
			if (call(v, LAB_CALL_MARK, 1, 1) != 0)
				unsupported(v);
			must(v, l2_run(v, v->ctx, l2_write, ipa, 1) == 1, i);
			/*
			 * The discard has emptied the contexts and raised the
			 * VM's invalidation count: KVM throws the page it
			 * waited for away.  L2 starts again, and needs its
			 * code page first.
			 */
			model_retry(v, CNT_OUT_RETRY_INVAL);
			model_wipe(v, CAUSE_NOTIFIER);
			model_touch(v, v->ctx, PAGE_CODE, PAGE_X, PAGE_R | PAGE_X);
			model_touch(v, v->ctx, PAGE_DATA(i), PAGE_W, PAGE_R | PAGE_W | PAGE_X);
		}
}
