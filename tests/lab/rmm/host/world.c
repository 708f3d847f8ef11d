// SPDX-License-Identifier: GPL-2.0-or-later
/* world.c: the machine, and the comparison of library and model. */
#include "world.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rules.h"

#define VMID_BITS 16
#define DIE(...) (fprintf(stderr, __VA_ARGS__), fputc('\n', stderr), abort())

static uint64_t memory[WORLD_GRANULES][RMI_GRANULE / 8];
static uint8_t is_realm[WORLD_GRANULES];
static struct rmm_granule granules[WORLD_GRANULES], expected[WORLD_GRANULES];
static const uint64_t zeroes[RMI_GRANULE / 8];

static unsigned int number(uint64_t pa)
{
	if (pa % RMI_GRANULE || pa < WORLD_BASE || pa >= WORLD_BASE + sizeof(memory))
		DIE("the library wants a granule at %#" PRIx64, pa);
	return (unsigned int)((pa - WORLD_BASE) / RMI_GRANULE);
}

uint64_t *world_page(uint64_t pa)
{
	return memory[number(pa)];
}

static const uint64_t *ns_page(uint64_t pa)
{
	return world_page(pa);
}

/* ---- the hooks: each checks that the memory is what it is taken for ---- */
static void *plat_realm(uint64_t pa)
{
	if (!is_realm[number(pa)])
		DIE("the library uses %#" PRIx64 ", which is the host's", pa);
	return memory[number(pa)];
}

static void plat_read_ns(void *dst, uint64_t pa, unsigned int size)
{
	if (is_realm[number(pa)])
		DIE("the library reads %#" PRIx64 " as the host's, which it is not", pa);
	memcpy(dst, memory[number(pa)], size);
}

static void plat_protect(uint64_t pa, bool realm)
{
	if (is_realm[number(pa)] == realm)
		DIE("%#" PRIx64 " is protected twice, or not at all", pa);
	is_realm[number(pa)] = realm;
}

static void plat_wipe(uint64_t pa)
{
	memset(plat_realm(pa), 0, RMI_GRANULE);
}

struct world *world_new(void)
{
	static const struct rmm_plat plat = { plat_realm, plat_read_ns, plat_protect, plat_wipe };
	struct world *w = calloc(1, sizeof(*w));

	memset(is_realm, 0, sizeof(is_realm));
	memset(granules, 0, sizeof(granules));
	memset(expected, 0, sizeof(expected));
	/* the host's memory is full of something */
	memset(memory, 0x5a, sizeof(memory));
	w->rmm.plat = &plat;
	w->rmm.granules = granules;
	w->rmm.base = w->model.base = WORLD_BASE;
	w->rmm.nr_granules = w->model.nr = WORLD_GRANULES;
	w->rmm.feature0 = 48 | 6ull << RMI_F0_BPS_SHIFT | 4ull << RMI_F0_WPS_SHIFT | RMI_F0_SHA256;
	w->model.feature0 = w->rmm.feature0;
	w->model.granules = expected;
	w->model.ns_page = ns_page;
	w->model.tables = calloc(MODEL_TABLES, sizeof(*w->model.tables));
	return w;
}

void world_free(struct world *w)
{
	free(w->model.tables);
	free(w);
}

void world_params(uint64_t page, uint64_t s2sz, uint64_t start, uint64_t roots, uint64_t root,
		  uint64_t vmid)
{
	uint64_t *p = world_page(page);

	memset(p, 0, RMI_GRANULE);
	p[RMI_PARAMS_S2SZ / 8] = s2sz;
	p[RMI_PARAMS_BPS / 8] = 6;
	p[RMI_PARAMS_WPS / 8] = 4;
	p[RMI_PARAMS_VMID / 8] = vmid;
	p[RMI_PARAMS_RTT_BASE / 8] = root;
	p[RMI_PARAMS_LEVEL_START / 8] = start;
	p[RMI_PARAMS_NUM_START / 8] = roots;
}

/* ---- one call ---- */
static void say(const struct world *w, uint64_t fid, const uint64_t *a)
{
	fprintf(stderr,
		"call %" PRIu64 ": %s(%#" PRIx64 ", %#" PRIx64 ", %#" PRIx64 ", %#" PRIx64 ")\n",
		w->calls, rmm_fid_name(fid), a[0], a[1], a[2], a[3]);
}

static void compare_results(const struct world *w, const struct rmm_call *c, unsigned int nx,
			    const uint64_t *x)
{
	if (c->nx == nx && !memcmp(c->x, x, sizeof(*x) * nx))
		return;
	say(w, c->fid, c->a);
	for (unsigned int i = 0; i < nx; i++)
		fprintf(stderr, "x%u: %#" PRIx64 ", and must be %#" PRIx64 "\n", i, c->x[i], x[i]);
	DIE("%u results, and must be %u", c->nx, nx);
}

/* State, level and references of every granule. */
static void compare_granules(const struct world *w, uint64_t fid, const uint64_t *a)
{
	if (!memcmp(granules, expected, sizeof(granules)))
		return;
	say(w, fid, a);
	for (unsigned int i = 0; i < WORLD_GRANULES; i++)
		if (memcmp(&granules[i], &expected[i], sizeof(*granules)))
			DIE("granule %u: state %u level %u refs %u, and must be %u %u %u", i,
			    granules[i].state, granules[i].level, granules[i].refs,
			    expected[i].state, expected[i].level, expected[i].refs);
}

/* A page that came from the host holds what the host had put there. */
static void compare_contents(const struct world *w, const struct rmm_call *c)
{
	if (c->x[0])
		return;
	if (c->fid == RMI_DATA_CREATE &&
	    memcmp(world_page(c->a[1]), world_page(c->a[3]), RMI_GRANULE)) {
		say(w, c->fid, c->a);
		DIE("the realm's page is not the host's");
	}
	if ((c->fid == RMI_GRANULE_DELEGATE || c->fid == RMI_GRANULE_UNDELEGATE) &&
	    memcmp(world_page(c->a[0]), zeroes, RMI_GRANULE)) {
		say(w, c->fid, c->a);
		DIE("the granule is not zeroed");
	}
	/* the realm and the host write to what they are given */
	if (c->fid == RMI_DATA_CREATE_UNKNOWN)
		world_page(c->a[1])[7] = c->a[2] + 1;
	if (c->fid == RMI_GRANULE_UNDELEGATE)
		world_page(c->a[0])[9] = w->calls + 1;
}

static bool room(const struct world *w, uint64_t fid)
{
	unsigned int tables = 0, realms = 0;

	for (int i = 0; i < MODEL_TABLES; i++)
		tables += w->model.tables[i].used;
	for (int i = 0; i < MODEL_REALMS; i++)
		realms += w->model.realms[i].used;
	return tables + 16 < MODEL_TABLES && (fid != RMI_REALM_CREATE || realms < MODEL_REALMS);
}

void world_call(struct world *w, uint64_t fid, const uint64_t *a, uint64_t *x)
{
	struct rmm_call c = { .fid = fid };
	uint64_t want[5];
	unsigned int nx;

	memset(x, 0, sizeof(want));
	/* the model's arrays end somewhere */
	if ((fid == RMI_RTT_CREATE || fid == RMI_REALM_CREATE) && !room(w, fid))
		return;
	memcpy(c.a, a, sizeof(c.a));
	nx = model_call(&w->model, fid, a, want);
	if (rmm_dispatch(&w->rmm, &c) != (nx != 0))
		DIE("%#" PRIx64 " is %sserved", fid, nx ? "not " : "");
	w->calls++;
	if (!nx)
		return;
	compare_results(w, &c, nx, want);
	compare_granules(w, fid, a);
	compare_contents(w, &c);
	w->seen[fid - RMI_FID_FIRST][RMI_STATUS(want[0])]++;
	memcpy(x, c.x, sizeof(c.x));
}

uint64_t world_call4(struct world *w, uint64_t fid, uint64_t a0, uint64_t a1, uint64_t a2,
		     uint64_t a3)
{
	uint64_t a[6] = { a0, a1, a2, a3 }, x[5];

	world_call(w, fid, a, x);
	return x[0];
}

/* ---- everything ---- */
static void check_table(const struct model_table *t)
{
	static const enum entry_state states[] = { [M_HOLE] = E_UNASSIGNED,
						   [M_DATA] = E_ASSIGNED,
						   [M_OUTSIDE] = E_UNASSIGNED_NS,
						   [M_WINDOW] = E_ASSIGNED_NS,
						   [M_TABLE] = E_TABLE };

	if (granules[number(t->pa)].refs != model_refs(t))
		DIE("table %#" PRIx64 ": %u references, and it holds %u", t->pa,
		    granules[number(t->pa)].refs, model_refs(t));
	for (unsigned int i = 0; i < RMI_ENTRIES; i++) {
		const struct model_entry *want = &t->e[i];
		struct entry e = entry_unpack(world_page(t->pa)[i], t->level);

		if (e.state != states[want->kind] || e.ripas != want->ripas || e.pa != want->pa ||
		    e.attrs != want->attrs)
			DIE("table %#" PRIx64 " entry %u: state %u, and must be %u", t->pa, i,
			    e.state, states[want->kind]);
	}
}

static void check_counts(const struct world *w, const uint64_t *states, const uint64_t *levels)
{
	const struct rmm_counts *n = &w->rmm.count;
	uint64_t realms = 0, calls = 0;

	for (unsigned int s = RMM_DELEGATED; s < RMM_NR_STATES; s++)
		if (n->granules[s] != states[s])
			DIE("%" PRIu64 " granules of state %u are counted, %" PRIu64 " are there",
			    n->granules[s], s, states[s]);
	for (int l = 0; l <= RMI_LEVEL_LAST; l++)
		if (n->tables[l] != levels[l])
			DIE("%" PRIu64 " tables of level %d are counted, %" PRIu64 " are there",
			    n->tables[l], l, levels[l]);
	for (int i = 0; i < MODEL_REALMS; i++)
		realms += w->model.realms[i].used;
	for (unsigned int f = 0; f < RMI_NR_FIDS; f++)
		for (unsigned int s = 0; s < RMI_NR_STATUS; s++) {
			calls += n->calls[f][s];
			if (n->calls[f][s] != w->seen[f][s])
				DIE("calls of %u with status %u are miscounted", f, s);
		}
	if (n->realms != realms || n->realms != states[RMM_RD] || n->logged != calls)
		DIE("the realms or the calls are miscounted");
}

void world_check(struct world *w)
{
	uint64_t states[RMM_NR_STATES] = { 0 }, levels[RMI_LEVEL_LAST + 1] = { 0 };

	for (unsigned int i = 0; i < WORLD_GRANULES; i++) {
		states[granules[i].state]++;
		if (is_realm[i] != (granules[i].state != RMM_NS))
			DIE("granule %u: state %u, but protected: %u", i, granules[i].state,
			    is_realm[i]);
		if (granules[i].state == RMM_DELEGATED && memcmp(memory[i], zeroes, RMI_GRANULE))
			DIE("granule %u is DELEGATED and not zero", i);
	}
	for (int i = 0; i < MODEL_TABLES; i++) {
		if (!w->model.tables[i].used)
			continue;
		check_table(&w->model.tables[i]);
		levels[w->model.tables[i].level]++;
	}
	check_counts(w, states, levels);
}
