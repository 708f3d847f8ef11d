// SPDX-License-Identifier: GPL-2.0-or-later
/* mixed: a bit of each of the others, for demonstrations and as a test. */
#include "payload.h"

void run_MIXED(struct vcpu *v)
{
	run_S2_COLD(v);
	run_EL2_STORM(v);
	run_MMIO_HIT(v);
	run_AT_FAST(v);
	run_AT_FAULT(v);
	barrier(v);
	tlbi_pages(v, v->ctx, OP_IPAS2E1IS, 0, param(PAGES));
	l2_touch(v, v->ctx, 0, param(PAGES), PAGE_W);
	tlbi_pages(v, v->ctx, OP_RIPAS2E1IS, 0, param(PAGES));
	l2_touch(v, v->ctx, 0, param(PAGES), PAGE_W);
	l2_touch(v, v->ctx, 0, param(PAGES), PAGE_X);
	run_AT_SLOW(v);
	run_S2_NOTIFIER(v);
	run_S2_FORWARD(v);
	run_S2_SWITCH(v);
}
