// SPDX-License-Identifier: GPL-2.0-or-later
/* test_detail.c: what whole events tell: stack distances, pool, heat, tail. */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "detail.h"

#define LOOKUPS 20000

/* A small generator, so that every run is the same. */
static uint32_t next(uint32_t *seed)
{
	*seed = *seed * 1664525 + 1013904223;
	return *seed >> 8;
}

/* ---- stack distances against a pool that is really simulated ---- */

struct lru {
	unsigned int id[64], used[64], slots, now;
};

/* Look id up in a pool that gives up its least recently used slot. */
static bool lru_hit(struct lru *p, unsigned int id)
{
	unsigned int i, oldest = 0;

	p->now++;
	for (i = 0; i < p->slots; i++) {
		if (p->id[i] == id) {
			p->used[i] = p->now;
			return true;
		}
		if (p->used[i] < p->used[oldest])
			oldest = i;
	}
	p->id[oldest] = id;
	p->used[oldest] = p->now;
	return false;
}

static uint64_t simulate(const unsigned int *ids, unsigned int n, unsigned int slots)
{
	struct lru p = { .slots = slots };
	uint64_t hits = 0;
	unsigned int i;

	for (i = 0; i < n; i++)
		hits += lru_hit(&p, ids[i]);
	return hits;
}

static void check_sizes(const unsigned int *ids, unsigned int n, unsigned int distinct)
{
	struct ns_stackdist *d = calloc(1, sizeof(*d));
	unsigned int i, size, enough;

	assert_non_null(d);
	for (i = 0; i < n; i++)
		ns_stackdist_add(d, ids[i]);
	assert_int_equal(ns_stackdist_lookups(d), n);
	for (size = 1; size <= 40; size++)
		assert_int_equal(ns_stackdist_hits(d, size), simulate(ids, n, size));
	enough = ns_stackdist_enough(d);
	assert_in_range(enough, 1, distinct);
	assert_int_equal(ns_stackdist_hits(d, enough), n - distinct);
	if (enough > 1)
		assert_true(ns_stackdist_hits(d, enough - 1) < n - distinct);
	free(d);
}

static void test_stackdist(void **state)
{
	static unsigned int ids[LOOKUPS];
	uint32_t seed = 1;
	unsigned int i;

	/* one after the other: nothing less than all of them is enough */
	for (i = 0; i < LOOKUPS; i++)
		ids[i] = 1 + i % 9;
	check_sizes(ids, LOOKUPS, 9);
	for (i = 0; i < LOOKUPS; i++)
		ids[i] = 1 + next(&seed) % 32;
	check_sizes(ids, LOOKUPS, 32);
	/* two phases: each fits in less than both together */
	for (i = 0; i < LOOKUPS; i++)
		ids[i] = 1 + (i < LOOKUPS / 2 ? 0 : 20) + next(&seed) % 12;
	check_sizes(ids, LOOKUPS, 24);
}

static void test_stackdist_edges(void **state)
{
	struct ns_stackdist *d = calloc(1, sizeof(*d));
	unsigned int i, round;

	assert_non_null(d);
	assert_int_equal(ns_stackdist_enough(d), 0);
	ns_stackdist_add(d, 0);
	ns_stackdist_add(d, NS_MAX_CTXS);
	assert_int_equal(d->unknown, 2);
	assert_int_equal(ns_stackdist_lookups(d), 0);
	ns_stackdist_add(d, 7);
	assert_int_equal(ns_stackdist_enough(d), 1);
	/* as many contexts as there can be */
	for (round = 0; round < 2; round++)
		for (i = 1; i < NS_MAX_CTXS; i++)
			ns_stackdist_add(d, i);
	assert_int_equal(d->nr, NS_MAX_CTXS - 1);
	assert_int_equal(ns_stackdist_enough(d), NS_MAX_CTXS - 1);
	free(d);
}

/* ---- the pool ---- */

static struct ns_event lookup(uint64_t ts, unsigned int ctx, unsigned int dim, uint64_t slot,
			      unsigned int old)
{
	struct ns_event ev = {
		.ts = ts,
		.vm = 1,
		.ctx = (uint16_t)ctx,
		.event = NS_EV_S2_CTX,
		.dim = (uint8_t)dim,
		.nr_fields = NS_S2_CTX_NR_FIELDS,
	};

	ev.field[NS_S2_CTX_VTTBR] = (uint64_t)ctx << 48;
	ev.field[NS_S2_CTX_OLD_VTTBR] = old ? (uint64_t)old << 48 : NS_UNAVAILABLE;
	ev.field[NS_S2_CTX_POOL] = 2;
	ev.field[NS_S2_CTX_SLOT] = slot;
	ev.field[NS_S2_CTX_REFCNT] = 1;
	ev.field[NS_S2_CTX_PENDING] = NS_UNAVAILABLE;
	return ev;
}

/* Three contexts take turns in two slots; slot is told, or not. */
static void play_pool(struct ns_pool *p, bool told)
{
	static const struct {
		unsigned int ctx, dim, slot, old;
	} steps[] = {
		{ 1, NS_CTX_FREE, 0, 0 },  { 2, NS_CTX_FREE, 1, 0 },  { 1, NS_CTX_HIT, 0, 0 },
		{ 3, NS_CTX_EVICT, 0, 1 }, { 1, NS_CTX_EVICT, 1, 2 }, { 2, NS_CTX_EVICT, 0, 3 },
		{ 3, NS_CTX_EVICT, 1, 1 },
	};
	struct ns_event ev;
	unsigned int i;

	for (i = 0; i < sizeof(steps) / sizeof(*steps); i++) {
		ev = lookup(100 + 10 * i, steps[i].ctx, steps[i].dim,
			    told ? steps[i].slot : NS_UNAVAILABLE, steps[i].old);
		ns_pool_add(p, &ev);
	}
}

static void check_pool(const struct ns_pool *p)
{
	assert_int_equal(ns_pool_live(p, 1), 2);
	assert_int_equal(ns_pool_live(p, 2), 0);
	assert_int_equal(p->slots[1], 2);
	assert_false(p->ctx[1].live);
	assert_true(p->ctx[2].live);
	assert_true(p->ctx[3].live);
	assert_int_equal(p->ctx[1].lookups, 3);
	assert_int_equal(p->ctx[1].hits, 1);
	assert_int_equal(p->ctx[1].evicted, 2);
	assert_int_equal(p->ctx[1].back, 1);
	assert_int_equal(p->ctx[1].away_ns, 10); /* out at 130, back at 140 */
	assert_int_equal(p->ctx[3].since_ns, 160);
	assert_int_equal(p->ctx[3].users, 1);
	assert_int_equal(p->ctx[3].pending, NS_POOL_NONE);
	assert_int_equal(p->nr_pairs, 3); /* 1 -> 3 twice, 2 -> 1, 3 -> 2 */
	assert_int_equal(p->pair[0].victim, 1);
	assert_int_equal(p->pair[0].winner, 3);
	assert_int_equal(p->pair[0].count, 2);
	assert_int_equal(p->unknown_victims, 0);
}

static void test_pool(void **state)
{
	struct ns_pool *p = calloc(1, sizeof(*p));
	struct ns_event ev;

	assert_non_null(p);
	play_pool(p, true);
	check_pool(p);
	assert_int_equal(p->ctx[3].slot, 1);
	/* 2's slot is free all of a sudden: it went away unseen */
	ev = lookup(190, 5, NS_CTX_FREE, 0, 0);
	ns_pool_add(p, &ev);
	assert_false(p->ctx[2].live);
	assert_int_equal(ns_pool_live(p, 1), 2);
	memset(p, 0, sizeof(*p));
	play_pool(p, false);
	check_pool(p);
	assert_int_equal(p->ctx[3].slot, NS_POOL_NONE);
	/* a victim that was there before anyone looked */
	ev = lookup(200, 4, NS_CTX_EVICT, NS_UNAVAILABLE, 99);
	ns_pool_add(p, &ev);
	assert_int_equal(p->unknown_victims, 1);
	assert_int_equal(ns_pool_live(p, -1), 3);
	free(p);
}

/* ---- the heat of L2's addresses ---- */

static struct ns_event fault(unsigned int ctx, uint64_t ipa, unsigned int cause, uint64_t ns)
{
	struct ns_event ev = {
		.vm = 1,
		.ctx = (uint16_t)ctx,
		.event = NS_EV_S2_FAULT,
		.dim = (uint8_t)cause,
		.nr_fields = NS_S2_FAULT_NR_FIELDS,
	};

	ev.field[NS_S2_FAULT_DUR] = ns;
	ev.field[NS_S2_FAULT_L2_IPA] = ipa;
	return ev;
}

static void test_heat(void **state)
{
	struct ns_heat h = { 0 };
	struct ns_heat_page *p;
	struct ns_event ev;
	unsigned int i;

	/* pages downwards, twice each, in two contexts */
	for (i = 0; i < 2000; i++) {
		ev = fault(1 + i % 2, (uint64_t)(2000 - i / 2 % 500) << 12 | 0x123,
			   i < 500 ? NS_CAUSE_COLD : NS_CAUSE_EVICT, 10);
		assert_int_equal(ns_heat_add(&h, &ev), 0);
	}
	assert_int_equal(h.nr, 1000);
	assert_int_equal(ns_heat_pages(&h, 1, &p), 500);
	for (i = 0; i < 500; i++) {
		assert_int_equal(p[i].page, 1501 + i);
		assert_int_equal(p[i].faults, 2);
		assert_int_equal(p[i].ns, 20);
	}
	assert_int_equal(ns_heat_top_cause(&p[0]), NS_CAUSE_EVICT);
	assert_int_equal(p[499].cause[NS_CAUSE_COLD], 1);
	free(p);
	assert_int_equal(ns_heat_pages(&h, 3, &p), 0);
	assert_null(p);
	ns_heat_free(&h);
}

static void test_heat_bounds(void **state)
{
	struct ns_heat h = { 0 };
	struct ns_event ev;
	unsigned int i;

	ev = fault(1, NS_UNAVAILABLE, NS_CAUSE_COLD, 1);
	assert_int_equal(ns_heat_add(&h, &ev), 0);
	ev = fault(0, 0x1000, NS_CAUSE_COLD, 1);
	assert_int_equal(ns_heat_add(&h, &ev), 0);
	assert_int_equal(h.unknown, 2);
	for (i = 0; i < NS_HEAT_MAX + 10; i++) {
		ev = fault(1, (uint64_t)i << 12, NS_CAUSE_COLD, 1);
		assert_int_equal(ns_heat_add(&h, &ev), 0);
	}
	assert_int_equal(h.nr, NS_HEAT_MAX);
	assert_int_equal(h.left_out, 10);
	/* a page that is in is still counted */
	ev = fault(1, 0, NS_CAUSE_COLD, 1);
	assert_int_equal(ns_heat_add(&h, &ev), 0);
	assert_int_equal(h.left_out, 10);
	ns_heat_free(&h);
}

/* ---- all of it ---- */

static void test_detail(void **state)
{
	struct ns_detail *d = malloc(sizeof(*d));
	struct ns_event ev = { .vm = 1, .event = NS_EV_S2_TLBI, .dim = NS_TLBI_IPAS2E1 };
	unsigned int i;

	assert_non_null(d);
	assert_int_equal(ns_detail_init(d), 0);
	assert_null(ns_tail_get(&d->tail, 0));
	ev.nr_fields = NS_S2_TLBI_NR_FIELDS;
	ev.field[NS_S2_TLBI_ASKED] = 4096;
	ev.field[NS_S2_TLBI_APPLIED] = 2 << 20;
	for (i = 0; i < NS_TAIL_EVENTS + 5; i++) {
		ev.ts = 1000 + i;
		assert_int_equal(ns_detail_add(d, &ev), 0);
	}
	ev.field[NS_S2_TLBI_ASKED] = 0; /* L1 did not say */
	ev.field[NS_S2_TLBI_APPLIED] = NS_UNAVAILABLE;
	assert_int_equal(ns_detail_add(d, &ev), 0);
	assert_int_equal(d->tlbi[1][NS_TLBI_IPAS2E1].asked.events, NS_TAIL_EVENTS + 5);
	assert_int_equal(d->tlbi[1][NS_TLBI_IPAS2E1].asked.sum, 4096ULL * (NS_TAIL_EVENTS + 5));
	assert_int_equal(d->tlbi[1][NS_TLBI_IPAS2E1].applied.events, NS_TAIL_EVENTS + 5);
	assert_int_equal(ns_tail_count(&d->tail), NS_TAIL_EVENTS);
	assert_int_equal(d->events, NS_TAIL_EVENTS + 6);
	assert_int_equal(ns_tail_get(&d->tail, 1)->ts, 1000 + NS_TAIL_EVENTS + 4);
	assert_int_equal(ns_tail_get(&d->tail, NS_TAIL_EVENTS - 1)->ts, 1006);
	assert_null(ns_tail_get(&d->tail, NS_TAIL_EVENTS));
	ev = lookup(1, 3, NS_CTX_FREE, 0, 0);
	assert_int_equal(ns_detail_add(d, &ev), 0);
	assert_int_equal(ns_stackdist_lookups(d->dist[1]), 1);
	assert_null(d->dist[2]);
	assert_int_equal(ns_detail_clear(d), 0);
	assert_int_equal(d->events, 0);
	assert_null(d->dist[1]);
	ns_detail_free(d);
	free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_stackdist),   cmocka_unit_test(test_stackdist_edges),
		cmocka_unit_test(test_pool),	    cmocka_unit_test(test_heat),
		cmocka_unit_test(test_heat_bounds), cmocka_unit_test(test_detail),
	};

	return cmocka_run_group_tests_name("detail", tests, NULL, NULL);
}
