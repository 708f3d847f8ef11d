// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * teardown.c: a realm of 64 GB of address space with ten thousand tables, with
 * pages, blocks, holes and windows in them, and its end.
 */
#include "el2.h"

#define S2SZ 36
#define HALF (1ull << (S2SZ - 1))
#define TABLES 10000
#define BLOCKS 4

/* A block of 2 MB: 512 pages in order, folded. */
static void make_block(struct realm *r, uint64_t ipa)
{
	r->next = (r->next + MB2 - 1) & ~(MB2 - 1);
	for (unsigned int i = 0; i < RMI_ENTRIES; i++)
		expect(rmi4(RMI_DATA_CREATE_UNKNOWN, r->rd, realm_delegated(r),
			    ipa + i * RMI_GRANULE, 0) == RMI_SUCCESS);
	expect(rmi4(RMI_RTT_FOLD, r->rd, ipa, 3, 0) == RMI_SUCCESS);
	expect(rmi4(RMI_GRANULE_UNDELEGATE, out(1), 0, 0, 0) == RMI_SUCCESS);
	r->tables--;
}

/* Some of the tables hold something, with holes between. */
static void fill(struct realm *r, uint64_t ipa, unsigned int n)
{
	if (ipa < HALF && n % 7 == 0)
		for (unsigned int i = 0; i < 3; i++)
			expect(rmi4(RMI_DATA_CREATE_UNKNOWN, r->rd, realm_delegated(r),
				    ipa + i * 100 * RMI_GRANULE, 0) == RMI_SUCCESS);
	if (ipa >= HALF && n % 5 == 0)
		for (unsigned int i = 0; i < 2; i++)
			expect(rmi4(RMI_RTT_MAP_UNPROTECTED, r->rd, ipa + i * 77 * RMI_GRANULE, 3,
				    i * RMI_GRANULE) == RMI_SUCCESS);
}

/* Tables at every third place of the last level; and windows of 2 MB beside some. */
static unsigned int build(struct realm *r)
{
	unsigned int n = 0, windows = 0;

	for (uint64_t gb = 0; gb < 1ull << S2SZ; gb += GB)
		expect(realm_table(r, gb, 2));
	for (uint64_t ipa = 0; ipa < 1ull << S2SZ && r->tables < TABLES - BLOCKS; ipa += 3 * MB2) {
		expect(realm_table(r, ipa, 3));
		fill(r, ipa, n++);
		if (ipa < HALF || n % 9)
			continue;
		expect(rmi4(RMI_RTT_MAP_UNPROTECTED, r->rd, ipa + MB2, 2, n * MB2) == RMI_SUCCESS);
		windows++;
	}
	/* between the others: made a table, filled, folded */
	for (uint64_t ipa = MB2; ipa < MB2 + BLOCKS * 3 * MB2; ipa += 3 * MB2) {
		expect(realm_table(r, ipa, 3));
		make_block(r, ipa);
	}
	return windows;
}

/* Is every granule of the pool the host's? */
static bool all_back(const struct realm *r)
{
	uint64_t v;

	for (uint64_t pa = POOL(0); pa < r->next; pa += RMI_GRANULE)
		if (probe_read(pa, &v))
			return false;
	for (unsigned int s = RMM_DELEGATED; s < RMM_NR_STATES; s++)
		if (rmm_count(RMM_COUNT_GRANULES, s, 0))
			return false;
	return true;
}

static void print_ratio(const struct realm *r, uint64_t tables)
{
	print("# ");
	print_number(tables);
	print(" tables, ");
	print_number(r->calls);
	print(" calls of RTT_DESTROY: ");
	print_number(r->calls / tables);
	print(".");
	for (uint64_t rest = r->calls % tables, i = 0; i < 3; i++, rest = rest * 10 % tables)
		print_number(rest * 10 / tables);
	print(" per table\n");
}

void test_teardown(void)
{
	struct realm r;
	uint64_t tables, levels[4];

	expect(realm_new(&r, 0, S2SZ, 1));
	build(&r);
	for (unsigned int l = 0; l < 4; l++)
		levels[l] = rmm_count(RMM_COUNT_TABLES, l, 0);
	expect(levels[0] == 0 && levels[1] == 1 && levels[2] == 64);
	expect(levels[2] + levels[3] == r.tables);
	expect(realm_unmap(&r) > 0);
	expect(rmm_count(RMM_COUNT_GRANULES, RMM_DATA, 0) == 0);
	tables = r.tables;
	expect(tables == TABLES);
	expect(rmm_count(RMM_COUNT_TABLES, 2, 0) + rmm_count(RMM_COUNT_TABLES, 3, 0) == tables);
	result("a realm of 64 GB with ten thousand tables, as many as the firmware has");
	expect(realm_destroy_tables(&r) == WALK_OK && r.tables == 0);
	print_ratio(&r, tables);
	expect(r.calls * 10 <= tables * 11);
	result("its tables go with at most 1.1 calls each");
	expect(realm_end(&r) && !r.leaked);
	expect(all_back(&r));
	result("after it every granule is the host's again");
}
