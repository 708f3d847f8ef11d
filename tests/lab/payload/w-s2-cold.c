// SPDX-License-Identifier: GPL-2.0-or-later
/* s2-cold: L2 touches pages once: each is a cold fault, and so is its code page. */
#include "payload.h"

void run_S2_COLD(struct vcpu *v)
{
	in_turn(v, t)
		l2_touch(v, v->ctx, v->first, param(PAGES), PAGE_W);
}
