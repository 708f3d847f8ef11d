// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * fold.c: a table whose 512 entries say one thing gives way to the one entry
 * in its parent that says the same.
 */
#include "rules.h"

/* Do all entries say what the first says, of addresses that follow each other? */
static bool table_uniform(const uint64_t *table, int level)
{
	uint64_t step = entry_live(table[0]) ? map_size(level) : 0;

	for (unsigned int i = 1; i < RMI_ENTRIES; i++)
		if (table[i] != table[0] + i * step)
			return false;
	return true;
}

/*
 * What the parent shall say, from the table's first entry; false when the
 * table cannot be folded.  A block needs an address aligned to its size and a
 * level that has blocks: 1 or 2.
 */
static bool folded(const struct rmm_granule *g, const uint64_t *table, int level,
		   struct entry *first)
{
	*first = entry_unpack(table[0], level);
	if (first->state == E_TABLE || !table_uniform(table, level))
		return false;
	switch (first->state) {
	case E_ASSIGNED:
		if (g->refs != RMI_ENTRIES)
			return false;
		/* fall through */
	case E_ASSIGNED_NS:
		return level > 1 && !(first->pa & (map_size(level - 1) - 1));
	default:
		return !g->refs;
	}
}

void rmi_rtt_fold(struct rmm *m, struct rmm_call *c)
{
	uint64_t ipa = c->a[1];
	struct realm *r = realm_find(m, c->a[0]);
	int level = (int)c->a[2];
	struct rmm_granule *g;
	struct entry e, first;
	struct walk w;

	c->x[0] = RMI_ERROR_INPUT;
	if (!r || c->a[2] < (uint64_t)r->start + 1 || c->a[2] > RMI_LEVEL_LAST ||
	    !realm_has(r, ipa, level - 1))
		return;
	walk_to(m, r, ipa, level - 1, &w);
	e = walk_entry(&w);
	c->x[0] = RMI_RETURN(RMI_ERROR_RTT, w.level);
	if (w.level != level - 1 || e.state != E_TABLE)
		return;
	g = granule_find(m, e.pa);
	c->x[0] = RMI_RETURN(RMI_ERROR_RTT, level);
	if (!folded(g, m->plat->realm(e.pa), level, &first))
		return;
	walk_set(&w, &first);
	/* the reference of the table is now that of an assigned block, if it is one */
	if (first.state != E_ASSIGNED)
		w.granule->refs--;
	granule_free(m, e.pa);
	m->count.gone[level]++;
	c->x[0] = RMI_SUCCESS;
	c->x[1] = e.pa;
}
