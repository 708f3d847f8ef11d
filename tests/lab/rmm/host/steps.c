// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * steps.c: calls that often make sense, from a stream of choices.  Left to
 * chance no table would ever be full, so there are plans: one call for each
 * address of a table in turn.
 */
#include <string.h>

#include "world.h"

static uint64_t below(struct chooser *c, uint64_t n)
{
	return c->below(c, n);
}

static uint64_t any_pa(struct chooser *c)
{
	uint64_t pa = WORLD_BASE + below(c, WORLD_GRANULES) * RMI_GRANULE;

	switch (below(c, 32)) {
	case 0:
		return pa + 8;
	case 1:
		return WORLD_BASE + (uint64_t)WORLD_GRANULES * RMI_GRANULE;
	case 2:
		return WORLD_BASE - RMI_GRANULE;
	}
	return pa;
}

/* A granule in that state if there is one, mostly; low ones, so that blocks stay free. */
static uint64_t pa_in(struct world *w, struct chooser *c, unsigned int state)
{
	uint64_t start = below(c, 32) ? below(c, RMI_ENTRIES) : below(c, WORLD_GRANULES);

	if (!below(c, 16))
		return any_pa(c);
	for (uint64_t i = 0; i < WORLD_GRANULES; i++) {
		uint64_t n = (start + i) % WORLD_GRANULES;

		if (w->model.granules[n].state == state)
			return WORLD_BASE + n * RMI_GRANULE;
	}
	return any_pa(c);
}

static struct model_realm *some_realm(struct world *w, struct chooser *c)
{
	uint64_t start = below(c, MODEL_REALMS);

	for (unsigned int i = 0; i < MODEL_REALMS; i++) {
		struct model_realm *r = &w->model.realms[(start + i) % MODEL_REALMS];

		if (r->used)
			return r;
	}
	return NULL;
}

static uint64_t some_rd(struct chooser *c, const struct model_realm *r)
{
	return r && below(c, 32) ? r->rd : any_pa(c);
}

static struct model_table *some_table(struct world *w, struct chooser *c,
				      const struct model_realm *r)
{
	uint64_t start = below(c, MODEL_TABLES);

	for (unsigned int i = 0; i < MODEL_TABLES; i++) {
		struct model_table *t = &w->model.tables[(start + i) % MODEL_TABLES];

		if (t->used && (!r || t->realm == r))
			return t;
	}
	return NULL;
}

/* Where something interesting may be: at the table, on its edges, in it. */
static uint64_t some_ipa(struct chooser *c, const struct model_realm *r,
			 const struct model_table *t)
{
	static const unsigned int near[] = { 0, 1, 2, 255, 256, 510, 511 };
	uint64_t half = r ? 1ull << (r->s2sz - 1) : 1ull << 40, size, ipa;

	switch (below(c, 24)) {
	case 0:
		return half - RMI_GRANULE;
	case 1:
		return half;
	case 2:
		return 2 * half;
	}
	if (!t)
		return 0;
	size = 1ull << RMI_MAP_SHIFT(t->level);
	ipa = t->base + (below(c, 4) ? near[below(c, 7)] : below(c, RMI_ENTRIES)) * size;
	return below(c, 16) ? ipa : ipa + RMI_GRANULE;
}

static uint64_t some_level(struct chooser *c, const struct model_table *t, int offset)
{
	if (!t || !below(c, 16))
		return below(c, 8) ? below(c, 6) : ~0ull;
	return (uint64_t)(t->level + offset);
}

/* Delegate what the realm will need, or leave it to chance. */
static void delegate_roots(struct world *w, uint64_t rd, uint64_t root, uint64_t roots)
{
	world_call4(w, RMI_GRANULE_DELEGATE, rd, 0, 0, 0);
	for (uint64_t i = 0; i < roots; i++)
		world_call4(w, RMI_GRANULE_DELEGATE, root + i * RMI_GRANULE, 0, 0, 0);
}

/* One thing that may be wrong with the parameters. */
static void spoil_params(struct chooser *c, uint64_t *p)
{
	switch (below(c, 24)) {
	case 0:
		p[RMI_PARAMS_FLAGS / 8] = below(c, 16);
		break;
	case 1:
		p[RMI_PARAMS_BPS / 8] = below(c, 16);
		break;
	case 2:
		p[RMI_PARAMS_WPS / 8] = below(c, 16);
		break;
	case 3:
		p[RMI_PARAMS_HASH / 8] = below(c, 3);
		break;
	case 4:
		p[RMI_PARAMS_LEVEL_START / 8] = below(c, 8) - 2;
		break;
	}
}

static void create_realm(struct world *w, struct chooser *c, uint64_t *a)
{
	/* the last ones must be refused */
	static const struct {
		uint8_t s2sz, start, roots;
	} shapes[] = { { 32, 2, 4 }, { 33, 2, 8 },  { 34, 2, 16 }, { 32, 1, 1 }, { 39, 1, 1 },
		       { 40, 1, 2 }, { 43, 1, 16 }, { 40, 0, 1 },  { 48, 0, 1 }, { 37, 1, 1 },
		       { 31, 2, 2 }, { 35, 2, 32 }, { 44, 1, 32 }, { 49, 0, 2 }, { 40, 0, 2 },
		       { 32, 2, 1 }, { 25, 3, 16 }, { 39, 0, 1 } };
	uint64_t n = below(c, sizeof(shapes) / sizeof(*shapes));
	uint64_t page = pa_in(w, c, RMM_NS), root = pa_in(w, c, RMM_DELEGATED);

	if (below(c, 4))
		root &= ~(shapes[n].roots * (uint64_t)RMI_GRANULE - 1);
	a[0] = pa_in(w, c, RMM_DELEGATED);
	a[1] = page;
	if (below(c, 4))
		delegate_roots(w, a[0], root, shapes[n].roots);
	if (page % RMI_GRANULE || page < WORLD_BASE ||
	    page >= WORLD_BASE + (uint64_t)WORLD_GRANULES * RMI_GRANULE ||
	    w->model.granules[(page - WORLD_BASE) / RMI_GRANULE].state != RMM_NS)
		return;
	world_params(page, shapes[n].s2sz, shapes[n].start, shapes[n].roots, root, below(c, 6));
	spoil_params(c, world_page(page));
}

/* Begin to do one thing for every address of a table, mostly one that can be done. */
static void make_plan(struct world *w, struct chooser *c)
{
	static const uint64_t in[] = { RMI_DATA_CREATE_UNKNOWN, RMI_DATA_DESTROY },
			      out[] = { RMI_RTT_MAP_UNPROTECTED, RMI_RTT_UNMAP_UNPROTECTED };
	struct model_realm *r = some_realm(w, c);
	struct model_table *t = some_table(w, c, r);
	struct world_plan *p = &w->plan;

	if (!r || !t)
		return;
	/* only at the last level is there data */
	for (int i = 0; i < 4 && t->level != RMI_LEVEL_LAST; i++)
		t = some_table(w, c, r);
	p->fid = (t->base >> (r->s2sz - 1) ? out : in)[below(c, 4) == 0];
	if (!below(c, 8))
		p->fid = RMI_RTT_READ_ENTRY;
	p->left = RMI_ENTRIES + 1;
	p->spare = pa_in(w, c, RMM_DELEGATED);
	p->rd = r->rd;
	p->base = p->ipa = t->base;
	p->level = t->level;
	p->attrs = below(c, 4) * 0x40 + below(c, 16) * 4;
	p->pa = WORLD_BASE + (1 + below(c, 2)) * RMI_ENTRIES * RMI_GRANULE;
	/* mostly aligned for a block one level up */
	if (p->fid == RMI_RTT_MAP_UNPROTECTED)
		p->pa = (1 + below(c, 100))
			<< RMI_MAP_SHIFT(below(c, 4) && p->level > 0 ? p->level - 1 : p->level);
}

static void follow_plan(struct world *w)
{
	struct world_plan *p = &w->plan;
	uint64_t size = 1ull << RMI_MAP_SHIFT(p->level);
	uint64_t a[6] = { p->rd, p->ipa, (uint64_t)p->level, p->pa | p->attrs }, x[5];

	if (!--p->left) { /* at the end: fold it, and make it again */
		world_call4(w, RMI_RTT_FOLD, p->rd, p->base, (uint64_t)p->level, 0);
		if (w->calls % 2)
			world_call4(w, RMI_RTT_CREATE, p->rd, p->spare, p->base,
				    (uint64_t)p->level);
		return;
	}
	if (p->fid == RMI_DATA_CREATE_UNKNOWN) {
		world_call4(w, RMI_GRANULE_DELEGATE, p->pa, 0, 0, 0);
		a[1] = p->pa;
		a[2] = p->ipa;
	}
	world_call(w, p->fid, a, x);
	p->ipa += size;
	p->pa += size;
}

/* The arguments that make sense for fid. */
static void arguments(struct world *w, struct chooser *c, uint64_t fid, uint64_t *a)
{
	struct model_realm *r = some_realm(w, c);
	struct model_table *t = some_table(w, c, r);
	uint64_t ipa = some_ipa(c, r, t);

	a[0] = some_rd(c, r);
	switch (fid) {
	case RMI_VERSION:
		a[0] = 0xffff + below(c, 3);
		break;
	case RMI_FEATURES:
		a[0] = below(c, 3);
		break;
	case RMI_GRANULE_DELEGATE:
		a[0] = pa_in(w, c, RMM_NS);
		break;
	case RMI_GRANULE_UNDELEGATE:
		a[0] = pa_in(w, c, RMM_DELEGATED);
		break;
	case RMI_REALM_CREATE:
		create_realm(w, c, a);
		break;
	case RMI_RTT_CREATE:
		a[1] = pa_in(w, c, RMM_DELEGATED);
		a[2] = ipa;
		a[3] = some_level(c, t, 1);
		break;
	case RMI_RTT_DESTROY:
	case RMI_RTT_FOLD:
		a[1] = t && below(c, 8) ? t->base : ipa;
		a[2] = some_level(c, t, a[1] == ipa);
		break;
	case RMI_RTT_READ_ENTRY:
	case RMI_RTT_UNMAP_UNPROTECTED:
		a[1] = ipa;
		a[2] = some_level(c, t, 0);
		break;
	case RMI_RTT_MAP_UNPROTECTED:
		a[1] = ipa;
		a[2] = some_level(c, t, 0);
		a[3] = below(c, 64) << (t ? RMI_MAP_SHIFT(t->level) : 12) | below(c, 64) << 2;
		if (!below(c, 16))
			a[3] |= 1ull << below(c, 64);
		break;
	case RMI_RTT_INIT_RIPAS:
		a[1] = ipa;
		a[2] = below(c, 4) ? ipa + (below(c, 1024) << RMI_MAP_SHIFT(t ? t->level : 3))
				   : some_ipa(c, r, t);
		break;
	case RMI_DATA_CREATE:
	case RMI_DATA_CREATE_UNKNOWN:
		a[1] = pa_in(w, c, RMM_DELEGATED);
		a[2] = ipa;
		a[3] = pa_in(w, c, RMM_NS);
		break;
	case RMI_DATA_DESTROY:
		a[1] = ipa;
		break;
	}
}

void world_step(struct world *w, struct chooser *c)
{
	static const struct {
		uint64_t fid;
		unsigned int weight;
	} mix[] = { { RMI_GRANULE_DELEGATE, 14 },
		    { RMI_GRANULE_UNDELEGATE, 4 },
		    { RMI_REALM_CREATE, 6 },
		    { RMI_REALM_ACTIVATE, 1 },
		    { RMI_REALM_DESTROY, 2 },
		    { RMI_RTT_CREATE, 14 },
		    { RMI_RTT_DESTROY, 8 },
		    { RMI_RTT_FOLD, 8 },
		    { RMI_RTT_READ_ENTRY, 6 },
		    { RMI_RTT_INIT_RIPAS, 6 },
		    { RMI_RTT_MAP_UNPROTECTED, 6 },
		    { RMI_RTT_UNMAP_UNPROTECTED, 4 },
		    { RMI_DATA_CREATE, 6 },
		    { RMI_DATA_CREATE_UNKNOWN, 4 },
		    { RMI_DATA_DESTROY, 6 },
		    { RMI_VERSION, 1 },
		    { RMI_FEATURES, 1 } };
	uint64_t a[6] = { 0 }, x[5], n = below(c, 100);

	if (w->plan.left) {
		follow_plan(w);
		return;
	}
	if (n == 99) {
		make_plan(w, c);
		return;
	}
	if (n == 98) { /* anything at all, also calls that are not served */
		for (int i = 0; i < 6; i++)
			a[i] = below(c, ~0ull);
		world_call(w, RMI_FID_FIRST + below(c, RMI_NR_FIDS + 2) - 1, a, x);
		return;
	}
	for (unsigned int i = 0; i < sizeof(mix) / sizeof(*mix); i++) {
		if (n < mix[i].weight) {
			/* a realm stays new for a while */
			if (mix[i].fid == RMI_REALM_ACTIVATE && below(c, 8))
				return;
			arguments(w, c, mix[i].fid, a);
			world_call(w, mix[i].fid, a, x);
			return;
		}
		n -= mix[i].weight;
	}
}
