// SPDX-License-Identifier: GPL-2.0-or-later
/* faults.c: an RMM that does not do what it should, and a walk that ends all the same. */
#include "el2.h"

#define RTT(level) RMI_RETURN(RMI_ERROR_RTT, level)
#define FOR_EVER (~0ull)

/* Three tables, two of them at the last level. */
static void build(struct realm *r)
{
	expect(realm_new(r, 0, 39, 1));
	expect(realm_table(r, 0, 2) && realm_table(r, 0, 3) && realm_table(r, 5 * MB2, 3));
}

/* With the RMM as it should be, nothing is left over. */
static void finish(struct realm *r)
{
	order_clear();
	expect(realm_destroy_tables(r) == WALK_OK && !r->tables);
	expect(realm_end(r) && !r->leaked);
	expect(rmm_count(RMM_COUNT_GRANULES, RMM_DELEGATED, 0) == 0);
}

static void ordered_walk(uint64_t skip, uint64_t times, uint64_t answer, enum walk_result want)
{
	struct realm r;

	build(&r);
	order(RMI_RTT_DESTROY, skip, times, answer);
	expect(realm_destroy_tables(&r) == want);
	expect(r.calls < 20);
	finish(&r);
}

/* The second and the third time as well, the table of level 2 is said to hold something. */
static void stubborn_table(void)
{
	struct realm r;

	build(&r);
	order(RMI_RTT_DESTROY, 3, 1, RTT(2));
	order(RMI_RTT_DESTROY, 4, 1, RTT(2));
	expect(realm_destroy_tables(&r) == WALK_STUCK);
	expect(r.calls < 20 && r.tables == 1);
	finish(&r);
}

static void test_leak(void)
{
	struct realm r;
	uint64_t v, before = rmm_count(RMM_COUNT_ORDERED, 0, 0);

	build(&r);
	order(RMI_GRANULE_UNDELEGATE, 1, 1, RMI_ERROR_INPUT);
	expect(realm_destroy_tables(&r) == WALK_OK && r.leaked == 1);
	expect(realm_end(&r));
	expect(rmm_count(RMM_COUNT_ORDERED, 0, 0) == before + 1);
	/* the one that leaked is known: the host cannot touch it */
	expect(rmm_count(RMM_COUNT_GRANULES, RMM_DELEGATED, 0) == 1);
	for (uint64_t pa = POOL(0), n = 0; pa < r.next; pa += RMI_GRANULE) {
		if (!probe_read(pa, &v))
			continue;
		expect(++n == 1);
		expect(rmi4(RMI_GRANULE_UNDELEGATE, pa, 0, 0, 0) == RMI_SUCCESS);
	}
	expect(rmm_count(RMM_COUNT_GRANULES, RMM_DELEGATED, 0) == 0);
	result("ordered: the second undelegate is refused, and one page leaks");
}

void test_faults(void)
{
	test_leak();
	/* the first call is for level 2, and answered that it holds tables */
	ordered_walk(1, 1, RTT(1), WALK_BUSY);
	result("ordered: a wrong level, and the walk stops as busy");
	ordered_walk(1, 1, RTT(3), WALK_BUSY);
	result("ordered: a live entry in the last level, and the walk stops as busy");
	ordered_walk(0, FOR_EVER, RTT(2), WALK_BUSY);
	result("ordered: never any progress, and the walk ends");
	stubborn_table();
	result("ordered: a table that stays though it is empty, and the walk ends");
	ordered_walk(2, 1, RMI_ERROR_INPUT, WALK_BROKEN);
	result("ordered: another status, and the walk stops at once");
	ordered_walk(2, 1, RMI_SUCCESS, WALK_STUCK);
	result("ordered: success without a step, and the walk stops");
}
