// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * rtt.c: walking the tables, making and destroying them.
 *
 * A call that changes a table at level l needs its parent, so its address is
 * one where an entry of level l - 1 begins, and the walk goes to l - 1.
 */
#include "rules.h"

/* Walk to that level, or as far down as there are tables. */
void walk_to(struct rmm *m, const struct realm *r, uint64_t ipa, int level, struct walk *w)
{
	uint64_t index = ipa >> RMI_MAP_SHIFT(r->start);
	uint64_t pa = r->root + index / RMI_ENTRIES * RMI_GRANULE;

	w->level = (int)r->start;
	for (;;) {
		struct entry e;

		w->granule = granule_find(m, pa);
		w->table = m->plat->realm(pa);
		w->index = index % RMI_ENTRIES;
		e = walk_entry(w);
		if (w->level >= level || e.state != E_TABLE)
			return;
		pa = e.pa;
		index = ipa >> RMI_MAP_SHIFT(++w->level);
	}
}

struct entry walk_entry(const struct walk *w)
{
	return entry_unpack(w->table[w->index], w->level);
}

/* A CPU may be walking the tables: one whole store. */
void walk_set(const struct walk *w, const struct entry *e)
{
	__atomic_store_n(&w->table[w->index], entry_pack(e, w->level), __ATOMIC_RELEASE);
}

/*
 * The next address at or after ipa where something is live, or where this
 * table ends; ipa itself when its entry is live.
 */
uint64_t walk_skip(const struct walk *w, uint64_t ipa)
{
	unsigned int i = w->index;

	if (entry_live(w->table[i]))
		return ipa;
	while (++i < RMI_ENTRIES && !entry_live(w->table[i]))
		;
	return (ipa & ~(map_size(w->level) - 1)) + (i - w->index) * map_size(w->level);
}

/* The realm, when the call's address and level make sense for it. */
static struct realm *structure_call(struct rmm *m, uint64_t rd, uint64_t ipa, uint64_t level)
{
	struct realm *r = realm_find(m, rd);

	if (!r || level < (uint64_t)r->start + 1 || level > RMI_LEVEL_LAST ||
	    !realm_has(r, ipa, (int)level - 1))
		return NULL;
	return r;
}

/* The entries that say what the parent's one said; the number that are references. */
static unsigned int table_fill(uint64_t *table, const struct entry *parent, int level)
{
	struct entry e = *parent;

	for (unsigned int i = 0; i < RMI_ENTRIES; i++) {
		table[i] = entry_pack(&e, level);
		if (entry_live(table[i]))
			e.pa += map_size(level);
	}
	return parent->state == E_ASSIGNED ? RMI_ENTRIES : 0;
}

void rmi_rtt_create(struct rmm *m, struct rmm_call *c)
{
	uint64_t rtt = c->a[1], ipa = c->a[2];
	struct rmm_granule *g = granule_in(m, rtt, RMM_DELEGATED);
	struct realm *r = structure_call(m, c->a[0], ipa, c->a[3]);
	int level = (int)c->a[3];
	struct entry e;
	struct walk w;

	c->x[0] = RMI_ERROR_INPUT;
	if (!g || !r)
		return;
	walk_to(m, r, ipa, level - 1, &w);
	e = walk_entry(&w);
	c->x[0] = RMI_RETURN(RMI_ERROR_RTT, w.level);
	if (w.level != level - 1 || e.state == E_TABLE)
		return;
	granule_make_table(m, g, level);
	g->refs = table_fill(m->plat->realm(rtt), &e, level);
	/* an assigned block was one reference, and the table is one now */
	if (e.state != E_ASSIGNED)
		w.granule->refs++;
	walk_set(&w, &(struct entry){ .state = E_TABLE, .pa = rtt });
	m->count.made[level]++;
	c->x[0] = RMI_SUCCESS;
}

void rmi_rtt_destroy(struct rmm *m, struct rmm_call *c)
{
	uint64_t ipa = c->a[1];
	struct realm *r = structure_call(m, c->a[0], ipa, c->a[2]);
	int level = (int)c->a[2];
	struct entry e, gone = { .state = E_UNASSIGNED, .ripas = RMI_DESTROYED };
	struct walk w;

	c->x[0] = RMI_ERROR_INPUT;
	if (!r)
		return;
	walk_to(m, r, ipa, level - 1, &w);
	e = walk_entry(&w);
	if (w.level != level - 1 || e.state != E_TABLE) {
		c->x[0] = RMI_RETURN(RMI_ERROR_RTT, w.level);
		c->x[2] = walk_skip(&w, ipa);
		return;
	}
	if (granule_find(m, e.pa)->refs) {
		c->x[0] = RMI_RETURN(RMI_ERROR_RTT, level);
		c->x[2] = ipa;
		return;
	}
	if (!realm_protects(r, ipa))
		gone.state = E_UNASSIGNED_NS;
	walk_set(&w, &gone);
	w.granule->refs--;
	granule_free(m, e.pa);
	m->count.gone[level]++;
	c->x[0] = RMI_SUCCESS;
	c->x[1] = e.pa;
	c->x[2] = walk_skip(&w, ipa);
}

void rmi_rtt_read_entry(struct rmm *m, struct rmm_call *c)
{
	static const uint64_t states[] = {
		[E_UNASSIGNED] = RMI_UNASSIGNED,
		[E_ASSIGNED] = RMI_ASSIGNED,
		[E_UNASSIGNED_NS] = RMI_UNASSIGNED,
		[E_ASSIGNED_NS] = RMI_ASSIGNED,
		[E_TABLE] = RMI_TABLE,
	};
	struct realm *r = realm_find(m, c->a[0]);
	struct entry e;
	struct walk w;

	c->x[0] = RMI_ERROR_INPUT;
	if (!r || c->a[2] < (uint64_t)r->start || c->a[2] > RMI_LEVEL_LAST ||
	    !realm_has(r, c->a[1], (int)c->a[2]))
		return;
	walk_to(m, r, c->a[1], (int)c->a[2], &w);
	e = walk_entry(&w);
	c->x[0] = RMI_SUCCESS;
	c->x[1] = (uint64_t)w.level;
	c->x[2] = states[e.state];
	c->x[3] = e.pa | e.attrs;
	c->x[4] = e.ripas;
}
