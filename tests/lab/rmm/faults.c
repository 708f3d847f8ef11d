// SPDX-License-Identifier: GPL-2.0-or-later
/* faults.c: answers that a test ordered in advance (ctl.h tells how). */
#include "rules.h"

#define FOR_EVER (~0ull)

/* Is this call of fid one to be answered by an order? */
bool order_answers(struct rmm *m, uint64_t fid, uint64_t *answer)
{
	for (unsigned int i = 0; i < RMM_NR_ORDERS; i++) {
		struct rmm_order *o = &m->orders[i];

		if (o->fid != fid)
			continue;
		if (o->skip) {
			o->skip--;
			continue;
		}
		*answer = o->answer;
		if (o->times != FOR_EVER && !--o->times)
			o->fid = 0;
		m->count.ordered++;
		return true;
	}
	return false;
}

bool order_add(struct rmm *m, uint64_t fid, uint64_t skip, uint64_t times, uint64_t answer)
{
	if (fid < RMI_FID_FIRST || fid - RMI_FID_FIRST >= RMI_NR_FIDS || !times)
		return false;
	for (unsigned int i = 0; i < RMM_NR_ORDERS; i++)
		if (!m->orders[i].fid) {
			m->orders[i] = (struct rmm_order){ fid, skip, times, answer };
			return true;
		}
	return false;
}

void order_clear(struct rmm *m)
{
	for (unsigned int i = 0; i < RMM_NR_ORDERS; i++)
		m->orders[i].fid = 0;
}
