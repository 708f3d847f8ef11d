// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_rules.c: the rules of RMI 1.0, one by one, in numbers.  Every call also
 * goes to the model (world.h), so what is spelt out here checks the model too.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "world.h"

#define RTT(level) RMI_RETURN(RMI_ERROR_RTT, level)
#define G(n) (WORLD_BASE + (uint64_t)(n)*RMI_GRANULE)
#define PARAMS G(1)
#define RD G(2)
#define ROOT G(16) /* and what follows: aligned for 16 */
#define TABLE G(40) /* 16 spare granules, delegated */
#define DATA G(60)
#define BLOCK G(512) /* aligned for a block of 2 MB */
#define HALF (1ull << 38) /* s2sz 39: one root table at level 1 */
#define GB (1ull << 30)
#define MB2 (2ull << 20)

static struct world *w;
static uint64_t x[5];

static uint64_t call(uint64_t fid, uint64_t a0, uint64_t a1, uint64_t a2, uint64_t a3)
{
	uint64_t a[6] = { a0, a1, a2, a3 };

	world_call(w, fid, a, x);
	return x[0];
}

static void ok(uint64_t fid, uint64_t a0, uint64_t a1, uint64_t a2, uint64_t a3)
{
	assert_int_equal(call(fid, a0, a1, a2, a3), RMI_SUCCESS);
}

static void delegate(uint64_t pa, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		ok(RMI_GRANULE_DELEGATE, pa + i * RMI_GRANULE, 0, 0, 0);
}

static int setup(void **state)
{
	(void)state;
	w = world_new();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	world_check(w);
	world_free(w);
	return 0;
}

/* A new realm of 39 bits, and some delegated granules. */
static int setup_realm(void **state)
{
	setup(state);
	delegate(RD, 1);
	delegate(ROOT, 1);
	delegate(TABLE, 16);
	delegate(DATA, 16);
	world_params(PARAMS, 39, 1, 1, ROOT, 7);
	ok(RMI_REALM_CREATE, RD, PARAMS, 0, 0);
	return 0;
}

static void entry_is(uint64_t ipa, uint64_t level, uint64_t at, uint64_t state, uint64_t desc,
		     uint64_t ripas)
{
	ok(RMI_RTT_READ_ENTRY, RD, ipa, level, 0);
	assert_int_equal(x[1], at);
	assert_int_equal(x[2], state);
	assert_int_equal(x[3], desc);
	assert_int_equal(x[4], ripas);
}

static void test_version(void **state)
{
	ok(RMI_VERSION, 0x10000, 0, 0, 0);
	assert_int_equal(x[1], 0x10000);
	assert_int_equal(call(RMI_VERSION, 0x20000, 0, 0, 0), RMI_ERROR_INPUT);
	assert_int_equal(x[2], 0x10000);
	ok(RMI_FEATURES, 0, 0, 0, 0);
	assert_int_equal(x[1] & 0xff, 48);
	ok(RMI_FEATURES, 1, 0, 0, 0);
	assert_int_equal(x[1], 0);
}

static void test_unknown(void **state)
{
	struct rmm_call c = { .fid = RMI_FID(0x15a) }; /* REC_CREATE */

	assert_false(rmm_dispatch(&w->rmm, &c));
	c.fid = RMI_FID_FIRST + RMI_NR_FIDS;
	assert_false(rmm_dispatch(&w->rmm, &c));
	c.fid = 0xc4000190; /* a realm's question: we are none */
	assert_false(rmm_dispatch(&w->rmm, &c));
}

static void test_granule(void **state)
{
	assert_int_equal(call(RMI_GRANULE_UNDELEGATE, DATA, 0, 0, 0), RMI_ERROR_INPUT);
	ok(RMI_GRANULE_DELEGATE, DATA, 0, 0, 0);
	assert_int_equal(call(RMI_GRANULE_DELEGATE, DATA, 0, 0, 0), RMI_ERROR_INPUT);
	assert_int_equal(call(RMI_GRANULE_DELEGATE, DATA + 8, 0, 0, 0), RMI_ERROR_INPUT);
	assert_int_equal(call(RMI_GRANULE_DELEGATE, G(WORLD_GRANULES), 0, 0, 0), RMI_ERROR_INPUT);
	assert_int_equal(call(RMI_GRANULE_DELEGATE, ~0xfffull, 0, 0, 0), RMI_ERROR_INPUT);
	ok(RMI_GRANULE_UNDELEGATE, DATA, 0, 0, 0);
	/* the host finds nothing there */
	assert_int_equal(world_page(DATA)[0], 0);
}

static uint64_t create(uint64_t s2sz, uint64_t start, uint64_t roots, uint64_t root, uint64_t vmid)
{
	world_params(PARAMS, s2sz, start, roots, root, vmid);
	return call(RMI_REALM_CREATE, RD, PARAMS, 0, 0);
}

static void test_realm_shapes(void **state)
{
	static const struct {
		uint64_t s2sz, start, roots, status;
	} t[] = {
		{ 32, 1, 1, 0 },     { 39, 1, 1, 0 },  { 40, 1, 2, 0 },	 { 43, 1, 16, 0 },
		{ 32, 2, 4, 0 },     { 34, 2, 16, 0 }, { 40, 0, 1, 0 },	 { 48, 0, 1, 0 },
		{ 31, 1, 1, 1 },     { 49, 0, 2, 1 },  { 44, 1, 32, 1 }, { 40, 1, 1, 1 },
		{ 39, 1, 2, 1 },     { 39, 0, 1, 1 },  { 35, 2, 32, 1 }, { 32, 3, 16, 1 },
		{ 40, ~0ull, 1, 1 }, { 39, 1, 0, 1 },  { 35, 2, 16, 1 },
	};

	delegate(RD, 1);
	delegate(ROOT, 32);
	for (unsigned int i = 0; i < sizeof(t) / sizeof(*t); i++) {
		assert_int_equal(create(t[i].s2sz, t[i].start, t[i].roots, ROOT, 1), t[i].status);
		if (!t[i].status)
			ok(RMI_REALM_DESTROY, RD, 0, 0, 0);
	}
}

static void test_realm_create(void **state)
{
	delegate(RD, 1);
	delegate(ROOT, 2);
	/* a root table is missing, aliases rd, is not aligned to all of them */
	assert_int_equal(create(41, 1, 4, ROOT, 1), RMI_ERROR_INPUT);
	assert_int_equal(create(39, 1, 1, RD, 1), RMI_ERROR_INPUT);
	assert_int_equal(create(40, 1, 2, ROOT + RMI_GRANULE, 1), RMI_ERROR_INPUT);
	/* the parameters are not the host's */
	assert_int_equal(call(RMI_REALM_CREATE, RD, ROOT + RMI_GRANULE, 0, 0), RMI_ERROR_INPUT);
	world_params(PARAMS, 39, 1, 1, ROOT, 1);
	world_page(PARAMS)[RMI_PARAMS_FLAGS / 8] = 1; /* LPA2 */
	assert_int_equal(call(RMI_REALM_CREATE, RD, PARAMS, 0, 0), RMI_ERROR_INPUT);
	world_page(PARAMS)[RMI_PARAMS_FLAGS / 8] = 0;
	world_page(PARAMS)[RMI_PARAMS_HASH / 8] = 1;
	assert_int_equal(call(RMI_REALM_CREATE, RD, PARAMS, 0, 0), RMI_ERROR_INPUT);
	assert_int_equal(create(39, 1, 1, ROOT, 1), RMI_SUCCESS);
	/* the VMID is taken until the realm is gone */
	delegate(DATA, 2);
	world_params(PARAMS, 39, 1, 1, DATA + RMI_GRANULE, 1);
	assert_int_equal(call(RMI_REALM_CREATE, DATA, PARAMS, 0, 0), RMI_ERROR_INPUT);
	ok(RMI_REALM_ACTIVATE, RD, 0, 0, 0);
	assert_int_equal(call(RMI_REALM_ACTIVATE, RD, 0, 0, 0), RMI_ERROR_REALM);
	ok(RMI_REALM_DESTROY, RD, 0, 0, 0);
	world_params(PARAMS, 39, 1, 1, DATA + RMI_GRANULE, 1);
	ok(RMI_REALM_CREATE, DATA, PARAMS, 0, 0);
	assert_int_equal(call(RMI_REALM_DESTROY, RD, 0, 0, 0), RMI_ERROR_INPUT);
}

/* Make the tables of ipa down to level 3, from TABLE on. */
static void tables_to(uint64_t ipa, uint64_t first)
{
	ok(RMI_RTT_CREATE, RD, first, ipa & ~(GB - 1), 2);
	ok(RMI_RTT_CREATE, RD, first + RMI_GRANULE, ipa & ~(MB2 - 1), 3);
}

static void test_rtt_create(void **state)
{
	/* no parent; not a level of the realm's tables; not aligned; too high */
	assert_int_equal(call(RMI_RTT_CREATE, RD, TABLE, 0, 3), RTT(1));
	assert_int_equal(call(RMI_RTT_CREATE, RD, TABLE, 0, 1), RMI_ERROR_INPUT);
	assert_int_equal(call(RMI_RTT_CREATE, RD, TABLE, 0, 4), RMI_ERROR_INPUT);
	assert_int_equal(call(RMI_RTT_CREATE, RD, TABLE, MB2, 2), RMI_ERROR_INPUT);
	assert_int_equal(call(RMI_RTT_CREATE, RD, TABLE, 2 * HALF, 2), RMI_ERROR_INPUT);
	assert_int_equal(call(RMI_RTT_CREATE, RD, PARAMS, 0, 2), RMI_ERROR_INPUT);
	ok(RMI_RTT_CREATE, RD, TABLE, 0, 2);
	assert_int_equal(call(RMI_RTT_CREATE, RD, TABLE + RMI_GRANULE, 0, 2), RTT(1));
	entry_is(0, 1, 1, RMI_TABLE, TABLE, 0);
	entry_is(0, 3, 2, RMI_UNASSIGNED, 0, RMI_EMPTY);
	assert_int_equal(call(RMI_REALM_DESTROY, RD, 0, 0, 0), RMI_ERROR_REALM);
}

static void test_rtt_destroy(void **state)
{
	tables_to(GB, TABLE);
	/* nothing at 0: the next live thing is the table at 1 GB */
	assert_int_equal(call(RMI_RTT_DESTROY, RD, 0, 2, 0), RTT(1));
	assert_int_equal(x[2], GB);
	/* a parent is missing: skip to where it is not */
	assert_int_equal(call(RMI_RTT_DESTROY, RD, MB2, 3, 0), RTT(1));
	assert_int_equal(x[2], GB);
	/* the table holds a table */
	assert_int_equal(call(RMI_RTT_DESTROY, RD, GB, 2, 0), RTT(2));
	assert_int_equal(x[2], GB);
	ok(RMI_RTT_DESTROY, RD, GB, 3, 0);
	assert_int_equal(x[1], TABLE + RMI_GRANULE);
	assert_int_equal(x[2], 2 * GB);
	entry_is(GB, 3, 2, RMI_UNASSIGNED, 0, RMI_DESTROYED);
	ok(RMI_RTT_DESTROY, RD, GB, 2, 0);
	/* the root table is one of 512 entries, whatever the realm's size */
	assert_int_equal(x[2], 512 * GB);
	assert_int_equal(call(RMI_RTT_DESTROY, RD, 0, 1, 0), RMI_ERROR_INPUT);
	assert_int_equal(x[2], 0);
	ok(RMI_REALM_DESTROY, RD, 0, 0, 0);
}

static void test_data(void **state)
{
	tables_to(0, TABLE);
	world_page(PARAMS)[5] = 99;
	assert_int_equal(call(RMI_DATA_CREATE, RD, DATA, GB, PARAMS), RTT(1));
	assert_int_equal(call(RMI_DATA_CREATE, RD, DATA, HALF, PARAMS), RMI_ERROR_INPUT);
	assert_int_equal(call(RMI_DATA_CREATE, RD, DATA, 0, DATA), RMI_ERROR_INPUT);
	ok(RMI_DATA_CREATE, RD, DATA, 0x1000, PARAMS);
	assert_int_equal(world_page(DATA)[5], 99);
	entry_is(0x1000, 3, 3, RMI_ASSIGNED, DATA, RMI_RAM);
	assert_int_equal(call(RMI_DATA_CREATE, RD, DATA + RMI_GRANULE, 0x1000, PARAMS), RTT(3));
	/* unknown content keeps what the realm was told */
	ok(RMI_DATA_CREATE_UNKNOWN, RD, DATA + RMI_GRANULE, 0x3000, 0);
	entry_is(0x3000, 3, 3, RMI_ASSIGNED, DATA + RMI_GRANULE, RMI_EMPTY);
	ok(RMI_REALM_ACTIVATE, RD, 0, 0, 0);
	assert_int_equal(call(RMI_DATA_CREATE, RD, DATA + 2 * RMI_GRANULE, 0, PARAMS),
			 RMI_ERROR_REALM);
	assert_int_equal(call(RMI_DATA_DESTROY, RD, 0, 0, 0), RTT(3));
	assert_int_equal(x[2], 0x1000);
	ok(RMI_DATA_DESTROY, RD, 0x1000, 0, 0);
	assert_int_equal(x[1], DATA);
	assert_int_equal(x[2], 0x3000);
	entry_is(0x1000, 3, 3, RMI_UNASSIGNED, 0, RMI_DESTROYED);
	ok(RMI_DATA_DESTROY, RD, 0x3000, 0, 0);
	assert_int_equal(x[2], MB2);
	entry_is(0x3000, 3, 3, RMI_UNASSIGNED, 0, RMI_EMPTY);
	/* nothing of the realm's is left */
	assert_int_equal(world_page(DATA)[5], 0);
}

static void test_init_ripas(void **state)
{
	tables_to(0, TABLE);
	assert_int_equal(call(RMI_RTT_INIT_RIPAS, RD, 0x2000, 0x2000, 0), RMI_ERROR_INPUT);
	assert_int_equal(call(RMI_RTT_INIT_RIPAS, RD, 0, HALF + 0x1000, 0), RMI_ERROR_INPUT);
	assert_int_equal(call(RMI_RTT_INIT_RIPAS, RD, 0, 0x1008, 0), RMI_ERROR_INPUT);
	/* to the end of the table, then as far as the next one says */
	ok(RMI_RTT_INIT_RIPAS, RD, 0x1000, GB, 0);
	assert_int_equal(x[1], MB2);
	ok(RMI_RTT_INIT_RIPAS, RD, MB2, GB, 0);
	assert_int_equal(x[1], GB);
	entry_is(MB2, 2, 2, RMI_UNASSIGNED, 0, RMI_RAM);
	/* less than the entry there is: a table is needed first */
	assert_int_equal(call(RMI_RTT_INIT_RIPAS, RD, GB, GB + MB2, 0), RTT(1));
	assert_int_equal(call(RMI_RTT_INIT_RIPAS, RD, GB + MB2, 3 * GB, 0), RTT(1));
	ok(RMI_DATA_CREATE_UNKNOWN, RD, DATA, 0x5000, 0);
	assert_int_equal(call(RMI_RTT_INIT_RIPAS, RD, 0x5000, 0x6000, 0), RTT(3));
	ok(RMI_RTT_INIT_RIPAS, RD, 0x3000, 0x9000, 0);
	assert_int_equal(x[1], 0x5000);
	ok(RMI_REALM_ACTIVATE, RD, 0, 0, 0);
	assert_int_equal(call(RMI_RTT_INIT_RIPAS, RD, GB, 2 * GB, 0), RMI_ERROR_REALM);
}

static void test_unprotected(void **state)
{
	const uint64_t attrs = 0xc0 | 0x3c, mb = HALF + MB2;

	ok(RMI_RTT_CREATE, RD, TABLE, HALF, 2);
	assert_int_equal(call(RMI_RTT_MAP_UNPROTECTED, RD, 0, 2, MB2), RMI_ERROR_INPUT);
	assert_int_equal(call(RMI_RTT_MAP_UNPROTECTED, RD, HALF, 0, MB2), RMI_ERROR_INPUT);
	assert_int_equal(call(RMI_RTT_MAP_UNPROTECTED, RD, HALF, 3, MB2), RTT(2));
	/* bits that are not the host's, the reserved attribute, an address not aligned */
	assert_int_equal(call(RMI_RTT_MAP_UNPROTECTED, RD, HALF, 2, MB2 | 1), RMI_ERROR_INPUT);
	assert_int_equal(call(RMI_RTT_MAP_UNPROTECTED, RD, HALF, 2, MB2 | 0x10), RMI_ERROR_INPUT);
	assert_int_equal(call(RMI_RTT_MAP_UNPROTECTED, RD, HALF, 2, MB2 | 0x300), RMI_ERROR_INPUT);
	assert_int_equal(call(RMI_RTT_MAP_UNPROTECTED, RD, HALF, 2, 0x1000), RMI_ERROR_INPUT);
	ok(RMI_RTT_MAP_UNPROTECTED, RD, mb, 2, 4 * MB2 | attrs);
	assert_int_equal(call(RMI_RTT_MAP_UNPROTECTED, RD, mb, 2, MB2), RTT(2));
	entry_is(mb, 3, 2, RMI_ASSIGNED, 4 * MB2 | attrs, 0);
	/* such mappings hold no reference, but they are live */
	assert_int_equal(call(RMI_RTT_UNMAP_UNPROTECTED, RD, HALF, 2, 0), RTT(2));
	assert_int_equal(x[1], mb);
	assert_int_equal(call(RMI_RTT_UNMAP_UNPROTECTED, RD, mb, 3, 0), RTT(2));
	assert_int_equal(x[1], mb);
	/* unfold: a window of 512 pages */
	ok(RMI_RTT_CREATE, RD, TABLE + RMI_GRANULE, mb, 3);
	entry_is(mb + 0x5000, 3, 3, RMI_ASSIGNED, (4 * MB2 + 0x5000) | attrs, 0);
	ok(RMI_RTT_FOLD, RD, mb, 3, 0);
	ok(RMI_RTT_UNMAP_UNPROTECTED, RD, mb, 2, 0);
	assert_int_equal(x[1], HALF + GB);
	ok(RMI_RTT_MAP_UNPROTECTED, RD, mb, 2, MB2);
	ok(RMI_RTT_DESTROY, RD, HALF, 2, 0);
	entry_is(HALF, 3, 1, RMI_UNASSIGNED, 0, 0);
	ok(RMI_REALM_DESTROY, RD, 0, 0, 0);
}

static void fill_block(uint64_t ipa)
{
	delegate(BLOCK, RMI_ENTRIES);
	for (unsigned int i = 0; i < RMI_ENTRIES; i++)
		ok(RMI_DATA_CREATE_UNKNOWN, RD, BLOCK + i * RMI_GRANULE, ipa + i * RMI_GRANULE, 0);
}

static void test_fold_data(void **state)
{
	const uint64_t t3 = TABLE + RMI_GRANULE;

	tables_to(MB2, TABLE);
	fill_block(MB2);
	assert_int_equal(call(RMI_RTT_FOLD, RD, 0, 3, 0), RTT(2));
	assert_int_equal(call(RMI_RTT_FOLD, RD, GB, 3, 0), RTT(1));
	assert_int_equal(call(RMI_RTT_FOLD, RD, 0, 2, 0), RTT(2));
	ok(RMI_RTT_FOLD, RD, MB2, 3, 0);
	assert_int_equal(x[1], t3);
	entry_is(MB2, 3, 2, RMI_ASSIGNED, BLOCK, RMI_EMPTY);
	/* in a block no page can be destroyed, nor a table, nor the realm */
	assert_int_equal(call(RMI_DATA_DESTROY, RD, MB2 + 0x1000, 0, 0), RTT(2));
	assert_int_equal(x[2], MB2 + 0x1000);
	assert_int_equal(call(RMI_RTT_DESTROY, RD, MB2, 3, 0), RTT(2));
	assert_int_equal(x[2], MB2);
	assert_int_equal(call(RMI_RTT_DESTROY, RD, 0, 2, 0), RTT(2));
	ok(RMI_RTT_CREATE, RD, t3, MB2, 3);
	assert_int_equal(call(RMI_RTT_DESTROY, RD, MB2, 3, 0), RTT(3));
	for (unsigned int i = 0; i < RMI_ENTRIES; i++)
		ok(RMI_DATA_DESTROY, RD, MB2 + i * RMI_GRANULE, 0, 0);
	ok(RMI_RTT_DESTROY, RD, MB2, 3, 0);
	ok(RMI_RTT_DESTROY, RD, 0, 2, 0);
	ok(RMI_REALM_DESTROY, RD, 0, 0, 0);
}

static void test_fold_mixed(void **state)
{
	tables_to(0, TABLE);
	ok(RMI_RTT_INIT_RIPAS, RD, 0, 0x1000, 0);
	assert_int_equal(call(RMI_RTT_FOLD, RD, 0, 3, 0), RTT(3));
	ok(RMI_RTT_INIT_RIPAS, RD, 0x1000, MB2, 0);
	ok(RMI_RTT_FOLD, RD, 0, 3, 0);
	entry_is(0, 3, 2, RMI_UNASSIGNED, 0, RMI_RAM);
	/* 512 pages in order, but not where a block can begin */
	ok(RMI_RTT_CREATE, RD, TABLE + RMI_GRANULE, MB2, 3);
	delegate(BLOCK, RMI_ENTRIES + 1);
	for (unsigned int i = 0; i < RMI_ENTRIES; i++)
		ok(RMI_DATA_CREATE_UNKNOWN, RD, BLOCK + (i + 1) * RMI_GRANULE,
		   MB2 + i * RMI_GRANULE, 0);
	assert_int_equal(call(RMI_RTT_FOLD, RD, MB2, 3, 0), RTT(3));
}

/* At level 0 there are no blocks: 512 windows of 1 GB stay a table. */
static void test_fold_level1(void **state)
{
	const uint64_t half = 1ull << 39;

	delegate(RD, 1);
	delegate(ROOT, 1);
	delegate(TABLE, 1);
	assert_int_equal(create(40, 0, 1, ROOT, 0), RMI_SUCCESS);
	ok(RMI_RTT_CREATE, RD, TABLE, half, 1);
	for (uint64_t i = 0; i < RMI_ENTRIES; i++)
		ok(RMI_RTT_MAP_UNPROTECTED, RD, half + i * GB, 1, i * GB);
	assert_int_equal(call(RMI_RTT_FOLD, RD, half, 1, 0), RTT(1));
	ok(RMI_RTT_DESTROY, RD, half, 1, 0);
}

/* The upper half begins in another root table than the lower one. */
static void test_many_roots(void **state)
{
	delegate(RD, 1);
	delegate(ROOT, 4);
	delegate(TABLE, 2);
	assert_int_equal(create(32, 2, 4, ROOT, 0), RMI_SUCCESS);
	ok(RMI_RTT_CREATE, RD, TABLE, GB, 3);
	ok(RMI_RTT_CREATE, RD, TABLE + RMI_GRANULE, 3 * GB, 3);
	assert_int_equal(call(RMI_RTT_DESTROY, RD, 0, 3, 0), RTT(2));
	assert_int_equal(x[2], GB);
	assert_int_equal(call(RMI_REALM_DESTROY, RD, 0, 0, 0), RMI_ERROR_REALM);
	ok(RMI_RTT_DESTROY, RD, GB, 3, 0);
	assert_int_equal(call(RMI_REALM_DESTROY, RD, 0, 0, 0), RMI_ERROR_REALM);
	ok(RMI_RTT_MAP_UNPROTECTED, RD, 3 * GB, 3, 0x1000);
	ok(RMI_RTT_DESTROY, RD, 3 * GB, 3, 0);
	ok(RMI_REALM_DESTROY, RD, 0, 0, 0);
}

/* ---- what tests order, and what is counted: without the model ---- */
static uint64_t raw(uint64_t fid, uint64_t a0, uint64_t a1, uint64_t a2, uint64_t a3)
{
	struct rmm_call c = { .fid = fid, .a = { a0, a1, a2, a3 } };

	assert_true(rmm_dispatch(&w->rmm, &c));
	memcpy(x, c.x, sizeof(x));
	return x[0];
}

static uint64_t count(uint64_t what, uint64_t i, uint64_t j)
{
	assert_int_equal(raw(RMM_CTL_COUNT, what, i, j, 0), 0);
	return x[1];
}

static int teardown_raw(void **state)
{
	(void)state;
	world_free(w);
	return 0;
}

static void test_orders(void **state)
{
	/* refuse the second undelegate */
	assert_int_equal(raw(RMM_CTL_ORDER, RMI_GRANULE_UNDELEGATE, 1, 1, RMI_ERROR_INPUT), 0);
	for (unsigned int i = 0; i < 3; i++)
		raw(RMI_GRANULE_DELEGATE, G(i), 0, 0, 0);
	assert_int_equal(raw(RMI_GRANULE_UNDELEGATE, G(0), 0, 0, 0), RMI_SUCCESS);
	assert_int_equal(raw(RMI_GRANULE_UNDELEGATE, G(1), 0, 0, 0), RMI_ERROR_INPUT);
	assert_int_equal(raw(RMI_GRANULE_UNDELEGATE, G(2), 0, 0, 0), RMI_SUCCESS);
	assert_int_equal(count(RMM_COUNT_GRANULES, RMM_DELEGATED, 0), 1);
	assert_int_equal(count(RMM_COUNT_ORDERED, 0, 0), 1);
	/* never make progress, until told otherwise */
	raw(RMM_CTL_ORDER, RMI_RTT_DESTROY, 0, ~0ull, RTT(2));
	for (unsigned int i = 0; i < 10; i++) {
		assert_int_equal(raw(RMI_RTT_DESTROY, RD, GB, 2, 0), RTT(2));
		assert_int_equal(x[2], GB);
		assert_int_equal(x[1], 0);
	}
	raw(RMM_CTL_CLEAR, 0, 0, 0, 0);
	assert_int_equal(raw(RMI_RTT_DESTROY, RD, GB, 2, 0), RMI_ERROR_INPUT);
	/* what cannot be ordered */
	assert_int_equal(raw(RMM_CTL_ORDER, RMI_FID(0x15a), 0, 1, 0), ~0ull);
	assert_int_equal(raw(RMM_CTL_ORDER, 1, 0, 1, 0), ~0ull);
	assert_int_equal(raw(RMM_CTL_ORDER, RMI_VERSION, 0, 0, 0), ~0ull);
	for (unsigned int i = 0; i < RMM_NR_ORDERS; i++)
		assert_int_equal(raw(RMM_CTL_ORDER, RMI_VERSION, i, 1, 0), 0);
	assert_int_equal(raw(RMM_CTL_ORDER, RMI_VERSION, 0, 1, 0), ~0ull);
}

static void test_log(void **state)
{
	const uint64_t i = RMI_GRANULE_DELEGATE - RMI_FID_FIRST;

	raw(RMI_GRANULE_DELEGATE, RD, 0, 0, 0);
	raw(RMI_GRANULE_DELEGATE, RD, 0, 0, 0);
	assert_int_equal(count(RMM_COUNT_CALLS, i, RMI_SUCCESS), 1);
	assert_int_equal(count(RMM_COUNT_CALLS, i, RMI_ERROR_INPUT), 1);
	assert_int_equal(count(RMM_COUNT_LOGGED, 0, 0), 2);
	assert_int_equal(raw(RMM_CTL_LOG, 1, 0, 0, 0), 0);
	assert_int_equal(x[1], RMI_GRANULE_DELEGATE << 32 | RMI_ERROR_INPUT);
	assert_int_equal(x[2], RD);
	assert_int_equal(raw(RMM_CTL_LOG, 2, 0, 0, 0), ~0ull);
	/* an answer that is no status is counted as such */
	raw(RMM_CTL_ORDER, RMI_VERSION, 0, 1, ~0ull);
	raw(RMM_CTL_ORDER, RMI_VERSION, 0, 1, 0xee);
	raw(RMI_VERSION, 0x10000, 0, 0, 0);
	raw(RMI_VERSION, 0x10000, 0, 0, 0);
	assert_int_equal(count(RMM_COUNT_CALLS, 0, RMI_NR_STATUS), 2);
	for (unsigned int n = 1; n < RMM_LOG_SIZE; n++)
		raw(RMI_VERSION, 0, 0, 0, 0);
	assert_int_equal(raw(RMM_CTL_LOG, 2, 0, 0, 0), ~0ull);
	assert_int_equal(raw(RMM_CTL_LOG, 3, 0, 0, 0), 0);
	assert_int_equal(raw(RMM_CTL_COUNT, RMM_NR_COUNTS, 0, 0, 0), ~0ull);
	assert_int_equal(raw(RMM_CTL_COUNT, RMM_COUNT_TABLES, 4, 0, 0), ~0ull);
	assert_int_equal(raw(RMM_CTL_COUNT, RMM_COUNT_CALLS, RMI_NR_FIDS, 0, 0), ~0ull);
}

/*
 * A block of 1 GB takes 262,144 pages: more memory than the world has.  The
 * realm never writes to them, so they need not be there; only tables are.
 */
#define HUGE 0x4000000000ull
#define HUGE_PAGES (1u << 18)
static uint64_t huge_tables[600][RMI_GRANULE / 8];

static void *huge_realm(uint64_t pa)
{
	uint64_t n = (pa - HUGE) / RMI_GRANULE - HUGE_PAGES;

	assert_true(n < 600);
	return huge_tables[n];
}

static void huge_wipe(uint64_t pa)
{
	if (pa >= HUGE + GB)
		memset(huge_realm(pa), 0, RMI_GRANULE);
}

static void huge_read_ns(void *dst, uint64_t pa, unsigned int size)
{
	uint64_t *p = dst;

	memset(dst, 0, size);
	p[RMI_PARAMS_S2SZ / 8] = 39;
	p[RMI_PARAMS_BPS / 8] = p[RMI_PARAMS_WPS / 8] = 1;
	p[RMI_PARAMS_RTT_BASE / 8] = HUGE + GB;
	p[RMI_PARAMS_LEVEL_START / 8] = p[RMI_PARAMS_NUM_START / 8] = 1;
}

static void huge_protect(uint64_t pa, bool realm)
{
}

static void test_fold_1gb(void **state)
{
	static const struct rmm_plat plat = { huge_realm, huge_read_ns, huge_protect, huge_wipe };
	const uint64_t root = HUGE + GB, rd = root + RMI_GRANULE, t2 = rd + RMI_GRANULE,
		       t3 = t2 + RMI_GRANULE;
	struct rmm_granule *g = calloc(HUGE_PAGES + 600, sizeof(*g));

	w->rmm.plat = &plat;
	w->rmm.granules = g;
	w->rmm.base = HUGE;
	w->rmm.nr_granules = HUGE_PAGES + 600;
	for (uint64_t pa = HUGE; pa <= t3; pa += RMI_GRANULE)
		assert_int_equal(raw(RMI_GRANULE_DELEGATE, pa, 0, 0, 0), 0);
	assert_int_equal(raw(RMI_REALM_CREATE, rd, t3 + RMI_GRANULE, 0, 0), 0);
	assert_int_equal(raw(RMI_RTT_CREATE, rd, t2, GB, 2), 0);
	for (uint64_t at = 0; at < GB; at += MB2) {
		assert_int_equal(raw(RMI_RTT_CREATE, rd, t3, GB + at, 3), 0);
		for (uint64_t i = 0; i < MB2; i += RMI_GRANULE)
			assert_int_equal(
				raw(RMI_DATA_CREATE_UNKNOWN, rd, HUGE + at + i, GB + at + i, 0), 0);
		/* of blocks and holes no block can be made */
		assert_int_equal(raw(RMI_RTT_FOLD, rd, GB, 2, 0), RTT(2));
		assert_int_equal(raw(RMI_RTT_FOLD, rd, GB + at, 3, 0), 0);
	}
	assert_int_equal(raw(RMI_RTT_FOLD, rd, GB, 2, 0), 0);
	assert_int_equal(x[1], t2);
	assert_int_equal(raw(RMI_RTT_READ_ENTRY, rd, GB, 3, 0), 0);
	assert_int_equal(x[1], 1);
	assert_int_equal(x[3], HUGE);
	assert_int_equal(raw(RMI_RTT_CREATE, rd, t2, GB, 2), 0);
	assert_int_equal(raw(RMI_RTT_READ_ENTRY, rd, GB + 5 * MB2, 3, 0), 0);
	assert_int_equal(x[1], 2);
	assert_int_equal(x[3], HUGE + 5 * MB2);
	assert_int_equal(raw(RMI_RTT_DESTROY, rd, GB, 2, 0), RTT(2));
	free(g);
}

#define ALONE(t) cmocka_unit_test_setup_teardown(t, setup, teardown)
#define REALM(t) cmocka_unit_test_setup_teardown(t, setup_realm, teardown)
#define RAW(t) cmocka_unit_test_setup_teardown(t, setup, teardown_raw)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ALONE(test_version),	  ALONE(test_unknown),
		ALONE(test_granule),	  ALONE(test_realm_shapes),
		ALONE(test_realm_create), REALM(test_rtt_create),
		REALM(test_rtt_destroy),  REALM(test_data),
		REALM(test_init_ripas),	  REALM(test_unprotected),
		REALM(test_fold_data),	  REALM(test_fold_mixed),
		ALONE(test_fold_level1),  ALONE(test_many_roots),
		RAW(test_orders),	  RAW(test_log),
		RAW(test_fold_1gb),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
