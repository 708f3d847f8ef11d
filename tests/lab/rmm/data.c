// SPDX-License-Identifier: GPL-2.0-or-later
/* data.c: what the tables map: pages of the realm, and of the host. */
#include "rules.h"

/* Both ways to give a page to the realm at a protected address. */
static void data_create(struct rmm *m, struct rmm_call *c, bool from_host)
{
	uint64_t data = c->a[1], ipa = c->a[2], src = c->a[3];
	struct rmm_granule *g = granule_in(m, data, RMM_DELEGATED);
	struct realm *r = realm_find(m, c->a[0]);
	struct entry e;
	struct walk w;

	c->x[0] = RMI_ERROR_INPUT;
	if (!g || !r || (from_host && !granule_in(m, src, RMM_NS)) ||
	    !realm_has(r, ipa, RMI_LEVEL_LAST) || !realm_protects(r, ipa))
		return;
	c->x[0] = RMI_ERROR_REALM;
	if (from_host && r->state != REALM_NEW)
		return;
	walk_to(m, r, ipa, RMI_LEVEL_LAST, &w);
	e = walk_entry(&w);
	c->x[0] = RMI_RETURN(RMI_ERROR_RTT, w.level);
	if (w.level != RMI_LEVEL_LAST || e.state != E_UNASSIGNED)
		return;
	if (from_host) {
		m->plat->read_ns(m->plat->realm(data), src, RMI_GRANULE);
		e.ripas = RMI_RAM;
	}
	e.state = E_ASSIGNED;
	e.pa = data;
	granule_set(m, g, RMM_DATA);
	walk_set(&w, &e);
	w.granule->refs++;
	c->x[0] = RMI_SUCCESS;
}

void rmi_data_create(struct rmm *m, struct rmm_call *c)
{
	data_create(m, c, true);
}

void rmi_data_create_unknown(struct rmm *m, struct rmm_call *c)
{
	data_create(m, c, false);
}

void rmi_data_destroy(struct rmm *m, struct rmm_call *c)
{
	struct realm *r = realm_find(m, c->a[0]);
	struct entry e, gone = { .state = E_UNASSIGNED };
	uint64_t ipa = c->a[1];
	struct walk w;

	c->x[0] = RMI_ERROR_INPUT;
	if (!r || !realm_has(r, ipa, RMI_LEVEL_LAST) || !realm_protects(r, ipa))
		return;
	walk_to(m, r, ipa, RMI_LEVEL_LAST, &w);
	e = walk_entry(&w);
	if (w.level != RMI_LEVEL_LAST || e.state != E_ASSIGNED) {
		c->x[0] = RMI_RETURN(RMI_ERROR_RTT, w.level);
		c->x[2] = walk_skip(&w, ipa);
		return;
	}
	/* the realm lost what it had there, unless it had declared it empty */
	gone.ripas = e.ripas == RMI_EMPTY ? RMI_EMPTY : RMI_DESTROYED;
	walk_set(&w, &gone);
	w.granule->refs--;
	granule_free(m, e.pa);
	c->x[0] = RMI_SUCCESS;
	c->x[1] = e.pa;
	c->x[2] = walk_skip(&w, ipa);
}

/* EMPTY becomes RAM from base on, within one table, as far as it can. */
void rmi_rtt_init_ripas(struct rmm *m, struct rmm_call *c)
{
	struct realm *r = realm_find(m, c->a[0]);
	uint64_t base = c->a[1], top = c->a[2], ipa = base;
	struct walk w;

	c->x[0] = RMI_ERROR_INPUT;
	if (!r || top <= base || top % RMI_GRANULE || !realm_has(r, base, RMI_LEVEL_LAST) ||
	    !realm_protects(r, top - 1))
		return;
	c->x[0] = RMI_ERROR_REALM;
	if (r->state != REALM_NEW)
		return;
	walk_to(m, r, base, RMI_LEVEL_LAST, &w);
	c->x[0] = RMI_RETURN(RMI_ERROR_RTT, w.level);
	if (base & (map_size(w.level) - 1))
		return;
	for (; w.index < RMI_ENTRIES && top - ipa >= map_size(w.level); w.index++) {
		struct entry e = walk_entry(&w);

		if (e.state != E_UNASSIGNED || e.ripas == RMI_DESTROYED)
			break;
		e.ripas = RMI_RAM;
		walk_set(&w, &e);
		ipa += map_size(w.level);
	}
	if (ipa == base)
		return;
	c->x[0] = RMI_SUCCESS;
	c->x[1] = ipa;
}

/* The realm, when an unprotected block or page of that level can be at ipa. */
static struct realm *unprotected_call(struct rmm *m, uint64_t rd, uint64_t ipa, uint64_t level)
{
	struct realm *r = realm_find(m, rd);

	if (!r || level < 1 || level < (uint64_t)r->start || level > RMI_LEVEL_LAST ||
	    !realm_has(r, ipa, (int)level) || realm_protects(r, ipa))
		return NULL;
	return r;
}

/* An address aligned to the level and attributes that are the host's to choose. */
static bool desc_valid(uint64_t desc, int level)
{
	uint64_t pa = desc & 0x0000ffffffffffffull & ~(map_size(level) - 1);

	return !(desc & ~(pa | RMI_NS_MEMATTR | RMI_NS_S2AP)) &&
	       (desc & RMI_NS_MEMATTR) != RMI_NS_MEMATTR_RESERVED;
}

void rmi_rtt_map_unprotected(struct rmm *m, struct rmm_call *c)
{
	struct realm *r = unprotected_call(m, c->a[0], c->a[1], c->a[2]);
	uint64_t desc = c->a[3], attrs = desc & (RMI_NS_MEMATTR | RMI_NS_S2AP);
	int level = (int)c->a[2];
	struct walk w;

	c->x[0] = RMI_ERROR_INPUT;
	if (!r || !desc_valid(desc, level))
		return;
	walk_to(m, r, c->a[1], level, &w);
	c->x[0] = RMI_RETURN(RMI_ERROR_RTT, w.level);
	if (w.level != level || walk_entry(&w).state != E_UNASSIGNED_NS)
		return;
	walk_set(&w,
		 &(struct entry){ .state = E_ASSIGNED_NS, .pa = desc & ~attrs, .attrs = attrs });
	c->x[0] = RMI_SUCCESS;
}

void rmi_rtt_unmap_unprotected(struct rmm *m, struct rmm_call *c)
{
	struct realm *r = unprotected_call(m, c->a[0], c->a[1], c->a[2]);
	int level = (int)c->a[2];
	struct walk w;

	c->x[0] = RMI_ERROR_INPUT;
	if (!r)
		return;
	walk_to(m, r, c->a[1], level, &w);
	if (w.level == level && walk_entry(&w).state == E_ASSIGNED_NS) {
		walk_set(&w, &(struct entry){ .state = E_UNASSIGNED_NS });
		c->x[0] = RMI_SUCCESS;
	} else {
		c->x[0] = RMI_RETURN(RMI_ERROR_RTT, w.level);
	}
	c->x[1] = walk_skip(&w, c->a[1]);
}
