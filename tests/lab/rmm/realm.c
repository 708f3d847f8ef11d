// SPDX-License-Identifier: GPL-2.0-or-later
/* realm.c: realms come and go, and what addresses they have. */
#include "rules.h"

#define MIN_S2SZ 32
#define MAX_ROOTS_SHIFT 4 /* the architecture concatenates up to 16 tables */

/* NULL when rd is not a realm's descriptor. */
struct realm *realm_find(struct rmm *m, uint64_t rd)
{
	return granule_in(m, rd, RMM_RD) ? m->plat->realm(rd) : NULL;
}

bool realm_protects(const struct realm *r, uint64_t ipa)
{
	return ipa < 1ull << (r->s2sz - 1);
}

/* Is ipa within the realm, and where an entry of that level can begin? */
bool realm_has(const struct realm *r, uint64_t ipa, int level)
{
	return !(ipa >> r->s2sz) && !(ipa & (map_size(level) - 1));
}

/* The number of root tables that s2sz and the start level ask for; 0: they do not agree. */
static uint64_t roots_for(uint64_t s2sz, int64_t start)
{
	unsigned int entry, one; /* bits that an entry, a table at that level translates */

	if (start < 0 || start > RMI_LEVEL_LAST)
		return 0;
	entry = (unsigned int)RMI_MAP_SHIFT(start);
	one = entry + 9;
	if (s2sz <= entry)
		return 0;
	if (s2sz <= one)
		return 1;
	/* nothing can be concatenated at level 0 */
	if (start == 0 || s2sz > one + MAX_ROOTS_SHIFT)
		return 0;
	return 1ull << (s2sz - one);
}

/* The parameters as RMI_PARAMS_* has them, one word each. */
static uint64_t param(const uint64_t *page, unsigned int offset)
{
	return page[offset / 8];
}

static bool params_valid(const struct rmm *m, const uint64_t *p)
{
	uint64_t s2sz = param(p, RMI_PARAMS_S2SZ) & 0xff;
	uint64_t max = m->feature0 >> RMI_F0_S2SZ_SHIFT & 0xff;
	uint64_t bps = param(p, RMI_PARAMS_BPS) & 0xff, wps = param(p, RMI_PARAMS_WPS) & 0xff;
	uint64_t roots = param(p, RMI_PARAMS_NUM_START) & 0xffffffff;

	/* LPA2, SVE and PMU are not on offer */
	if (param(p, RMI_PARAMS_FLAGS) & 7 || s2sz < MIN_S2SZ || s2sz > max)
		return false;
	if (!bps || bps > (m->feature0 >> RMI_F0_BPS_SHIFT & 0x3f) || !wps ||
	    wps > (m->feature0 >> RMI_F0_WPS_SHIFT & 0x3f))
		return false;
	if ((param(p, RMI_PARAMS_HASH) & 0xff) != RMI_HASH_SHA256)
		return false;
	return roots && roots == roots_for(s2sz, (int64_t)param(p, RMI_PARAMS_LEVEL_START)) &&
	       !(param(p, RMI_PARAMS_RTT_BASE) % (roots * RMI_GRANULE));
}

static bool vmid_take(struct rmm *m, uint64_t vmid)
{
	uint64_t bit = 1ull << vmid % 64;

	if (m->vmids[vmid / 64] & bit)
		return false;
	m->vmids[vmid / 64] |= bit;
	return true;
}

/* rd and every root table DELEGATED, and all different. */
static bool granules_ready(struct rmm *m, uint64_t rd, uint64_t root, uint64_t nr)
{
	if (!granule_in(m, rd, RMM_DELEGATED) || (rd >= root && rd - root < nr * RMI_GRANULE))
		return false;
	for (uint64_t i = 0; i < nr; i++)
		if (!granule_in(m, root + i * RMI_GRANULE, RMM_DELEGATED))
			return false;
	return true;
}

/* A root table says of each of its entries on which side of the middle it is. */
static void root_init(struct rmm *m, const struct realm *r, uint64_t i)
{
	uint64_t pa = r->root + i * RMI_GRANULE, *table = m->plat->realm(pa);
	const struct entry in = { .state = E_UNASSIGNED, .ripas = RMI_EMPTY };
	const struct entry out = { .state = E_UNASSIGNED_NS };
	uint64_t ipa = i * RMI_ENTRIES * map_size(r->start);

	granule_make_table(m, granule_find(m, pa), r->start);
	for (unsigned int k = 0; k < RMI_ENTRIES; k++, ipa += map_size(r->start))
		table[k] = entry_pack(realm_protects(r, ipa) ? &in : &out, r->start);
}

void rmi_realm_create(struct rmm *m, struct rmm_call *c)
{
	/* up to num_start, which is the last */
	uint64_t p[RMI_PARAMS_NUM_START / 8 + 1];
	struct realm *r;

	c->x[0] = RMI_ERROR_INPUT;
	if (!granule_in(m, c->a[1], RMM_NS))
		return;
	/* once: the host can write to it meanwhile */
	m->plat->read_ns(p, c->a[1], sizeof(p));
	if (!params_valid(m, p) ||
	    !granules_ready(m, c->a[0], param(p, RMI_PARAMS_RTT_BASE),
			    param(p, RMI_PARAMS_NUM_START) & 0xffffffff) ||
	    !vmid_take(m, param(p, RMI_PARAMS_VMID) & 0xffff))
		return;
	r = m->plat->realm(c->a[0]);
	r->state = REALM_NEW;
	r->s2sz = param(p, RMI_PARAMS_S2SZ) & 0xff;
	r->start = (int64_t)param(p, RMI_PARAMS_LEVEL_START);
	r->nr_roots = param(p, RMI_PARAMS_NUM_START) & 0xffffffff;
	r->root = param(p, RMI_PARAMS_RTT_BASE);
	r->vmid = param(p, RMI_PARAMS_VMID) & 0xffff;
	granule_set(m, granule_find(m, c->a[0]), RMM_RD);
	for (uint64_t i = 0; i < r->nr_roots; i++)
		root_init(m, r, i);
	m->count.realms++;
	c->x[0] = RMI_SUCCESS;
}

void rmi_realm_activate(struct rmm *m, struct rmm_call *c)
{
	struct realm *r = realm_find(m, c->a[0]);

	if (!r) {
		c->x[0] = RMI_ERROR_INPUT;
	} else if (r->state != REALM_NEW) {
		c->x[0] = RMI_ERROR_REALM;
	} else {
		r->state = REALM_ACTIVE;
		c->x[0] = RMI_SUCCESS;
	}
}

void rmi_realm_destroy(struct rmm *m, struct rmm_call *c)
{
	struct realm *r = realm_find(m, c->a[0]);
	uint64_t root, nr;

	c->x[0] = RMI_ERROR_INPUT;
	if (!r)
		return;
	root = r->root;
	nr = r->nr_roots;
	c->x[0] = RMI_ERROR_REALM;
	for (uint64_t i = 0; i < nr; i++)
		if (granule_find(m, root + i * RMI_GRANULE)->refs)
			return;
	m->vmids[r->vmid / 64] &= ~(1ull << r->vmid % 64);
	for (uint64_t i = 0; i < nr; i++)
		granule_free(m, root + i * RMI_GRANULE);
	granule_free(m, c->a[0]);
	m->count.realms--;
	c->x[0] = RMI_SUCCESS;
}
