// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * granule.c: who owns a granule.  Whatever is not non-secure is realm memory,
 * and a granule that is DELEGATED holds zeroes: they are written when it
 * becomes that, so that none of a realm's data ever gets out.
 */
#include "rules.h"

/* NULL for an address that is not aligned or not the RMM's to give. */
struct rmm_granule *granule_find(struct rmm *m, uint64_t pa)
{
	if (pa % RMI_GRANULE || pa < m->base || (pa - m->base) / RMI_GRANULE >= m->nr_granules)
		return NULL;
	return &m->granules[(pa - m->base) / RMI_GRANULE];
}

struct rmm_granule *granule_in(struct rmm *m, uint64_t pa, unsigned int state)
{
	struct rmm_granule *g = granule_find(m, pa);

	return g && g->state == state ? g : NULL;
}

void granule_set(struct rmm *m, struct rmm_granule *g, unsigned int state)
{
	if (g->state != RMM_NS)
		m->count.granules[g->state]--;
	if (g->state == RMM_RTT)
		m->count.tables[g->level]--;
	*g = (struct rmm_granule){ .state = (uint8_t)state };
	if (state != RMM_NS)
		m->count.granules[state]++;
}

/* The table has no references yet. */
void granule_make_table(struct rmm *m, struct rmm_granule *g, int level)
{
	granule_set(m, g, RMM_RTT);
	g->level = (uint8_t)level;
	m->count.tables[level]++;
}

/* A granule of a realm is free again. */
void granule_free(struct rmm *m, uint64_t pa)
{
	m->plat->wipe(pa);
	granule_set(m, granule_find(m, pa), RMM_DELEGATED);
}

void rmi_granule_delegate(struct rmm *m, struct rmm_call *c)
{
	struct rmm_granule *g = granule_in(m, c->a[0], RMM_NS);

	c->x[0] = RMI_ERROR_INPUT;
	if (!g)
		return;
	/* protected first: nobody else writes to it while it is wiped */
	m->plat->protect(c->a[0], true);
	m->plat->wipe(c->a[0]);
	granule_set(m, g, RMM_DELEGATED);
	c->x[0] = RMI_SUCCESS;
}

void rmi_granule_undelegate(struct rmm *m, struct rmm_call *c)
{
	struct rmm_granule *g = granule_in(m, c->a[0], RMM_DELEGATED);

	c->x[0] = RMI_ERROR_INPUT;
	if (!g)
		return;
	m->plat->protect(c->a[0], false);
	granule_set(m, g, RMM_NS);
	c->x[0] = RMI_SUCCESS;
}
