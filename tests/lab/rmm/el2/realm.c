// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * realm.c: what a host does with a realm: make it, map things, and take it down
 * level by level.  The walk never reads an output that the status does not
 * vouch for, and never tries for ever.
 */
#include "el2.h"

#define RETRIES 3

static uint64_t map_size(int level)
{
	return 1ull << RMI_MAP_SHIFT(level);
}

static uint64_t end_of(const struct realm *r)
{
	return 1ull << r->s2sz;
}

uint64_t realm_page(struct realm *r)
{
	uint64_t pa = r->next;

	r->next += RMI_GRANULE;
	return pa;
}

uint64_t realm_delegated(struct realm *r)
{
	uint64_t pa = realm_page(r);

	expect(rmi4(RMI_GRANULE_DELEGATE, pa, 0, 0, 0) == RMI_SUCCESS);
	return pa;
}

/* The host's page again; when the RMM refuses, it must never be used: it leaks. */
static void undelegate(struct realm *r, uint64_t pa)
{
	if (rmi4(RMI_GRANULE_UNDELEGATE, pa, 0, 0, 0) != RMI_SUCCESS)
		r->leaked++;
}

bool realm_new(struct realm *r, unsigned int cpu, unsigned int s2sz, int start)
{
	volatile uint64_t *p;

	*r = (struct realm){ .s2sz = s2sz, .start = start, .next = POOL(cpu) };
	r->params = realm_page(r);
	r->rd = realm_delegated(r);
	r->root = realm_delegated(r);
	r->spare = realm_delegated(r);
	p = (uint64_t *)r->params;
	for (unsigned int i = 0; i < RMI_GRANULE / 8; i++)
		p[i] = 0;
	p[RMI_PARAMS_S2SZ / 8] = s2sz;
	p[RMI_PARAMS_BPS / 8] = 1;
	p[RMI_PARAMS_WPS / 8] = 1;
	p[RMI_PARAMS_VMID / 8] = cpu + 1;
	p[RMI_PARAMS_RTT_BASE / 8] = r->root;
	p[RMI_PARAMS_LEVEL_START / 8] = (uint64_t)start;
	p[RMI_PARAMS_NUM_START / 8] = 1;
	__asm__ volatile("dsb sy" ::: "memory");
	return rmi4(RMI_REALM_CREATE, r->rd, r->params, 0, 0) == RMI_SUCCESS;
}

bool realm_table(struct realm *r, uint64_t ipa, int level)
{
	uint64_t pa = realm_delegated(r);

	if (rmi4(RMI_RTT_CREATE, r->rd, pa, ipa, (uint64_t)level) != RMI_SUCCESS)
		return false;
	r->tables++;
	return true;
}

/* A block is in the way of a page: the spare page becomes its table. */
static void unfold(struct realm *r, uint64_t ipa, int level)
{
	ipa &= ~(map_size(level) - 1);
	if (!expect(rmi4(RMI_RTT_CREATE, r->rd, r->spare, ipa, (uint64_t)level + 1) == RMI_SUCCESS))
		return;
	r->tables++;
	r->spare = realm_delegated(r);
}

static uint64_t unmap_protected(struct realm *r)
{
	uint64_t ipa = 0, pages = 0, half = end_of(r) / 2;

	while (ipa < half) {
		uint64_t x0 = rmi4(RMI_DATA_DESTROY, r->rd, ipa, 0, 0), top = out(2);

		if (x0 == RMI_SUCCESS) {
			undelegate(r, out(1));
			pages++;
		} else if (!expect(RMI_STATUS(x0) == RMI_ERROR_RTT)) {
			return pages;
		} else if (top == ipa && RMI_INDEX(x0) < RMI_LEVEL_LAST) {
			unfold(r, ipa, (int)RMI_INDEX(x0));
		}
		if (top == ipa && !expect(RMI_INDEX(x0) < RMI_LEVEL_LAST))
			return pages;
		ipa = top;
	}
	return pages;
}

static uint64_t unmap_unprotected(struct realm *r)
{
	uint64_t ipa = end_of(r) / 2, windows = 0;
	uint64_t level = RMI_LEVEL_LAST;

	while (ipa < end_of(r)) {
		uint64_t x0 = rmi4(RMI_RTT_UNMAP_UNPROTECTED, r->rd, ipa, level, 0);

		if (x0 == RMI_SUCCESS) {
			windows++;
		} else if (!expect(RMI_STATUS(x0) == RMI_ERROR_RTT)) {
			break;
		} else if (out(1) == ipa) {
			/* a block: at its own level */
			if (!expect(RMI_INDEX(x0) < level))
				break;
			level = RMI_INDEX(x0);
			continue;
		}
		level = RMI_LEVEL_LAST;
		ipa = out(1);
	}
	return windows;
}

uint64_t realm_unmap(struct realm *r)
{
	uint64_t pages = unmap_protected(r);

	return pages + unmap_unprotected(r);
}

static enum walk_result destroy_range(struct realm *r, uint64_t ipa, uint64_t end, int level);

/* One step at ipa: *next says where to go on. */
static enum walk_result destroy_at(struct realm *r, uint64_t ipa, int level, uint64_t *next)
{
	enum walk_result rc;
	uint64_t x0;

	for (unsigned int tries = 0; tries < RETRIES; tries++) {
		x0 = rmi4(RMI_RTT_DESTROY, r->rd, ipa, (uint64_t)level, 0);
		r->calls++;
		if (RMI_STATUS(x0) != RMI_SUCCESS && RMI_STATUS(x0) != RMI_ERROR_RTT)
			return WALK_BROKEN;
		*next = out(2);
		if (x0 == RMI_SUCCESS) {
			/* the RMM contradicts itself: nor is there a page to take */
			if (*next <= ipa)
				return WALK_STUCK;
			undelegate(r, out(1));
			r->tables--;
			return WALK_OK;
		}
		/* no table there */
		if (*next > ipa)
			return WALK_OK;
		/* a block above, or something live in the last level */
		if ((int)RMI_INDEX(x0) != level || level == RMI_LEVEL_LAST)
			return WALK_BUSY;
		/* it holds tables: those first, then once more */
		rc = destroy_range(r, ipa, ipa + map_size(level - 1), level + 1);
		if (rc != WALK_OK)
			return rc;
	}
	return WALK_STUCK;
}

/* The tables of one level; bounded, for each step goes on. */
static enum walk_result destroy_range(struct realm *r, uint64_t ipa, uint64_t end, int level)
{
	while (ipa < end) {
		enum walk_result rc = destroy_at(r, ipa, level, &ipa);

		if (rc != WALK_OK)
			return rc;
		ipa = (ipa + map_size(level - 1) - 1) & ~(map_size(level - 1) - 1);
	}
	return WALK_OK;
}

enum walk_result realm_destroy_tables(struct realm *r)
{
	return destroy_range(r, 0, end_of(r), r->start + 1);
}

bool realm_end(struct realm *r)
{
	if (rmi4(RMI_REALM_DESTROY, r->rd, 0, 0, 0) != RMI_SUCCESS)
		return false;
	undelegate(r, r->rd);
	undelegate(r, r->root);
	undelegate(r, r->spare);
	return true;
}
