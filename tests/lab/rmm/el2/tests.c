// SPDX-License-Identifier: GPL-2.0-or-later
/* tests.c: every command once in the firmware, and what the hardware refuses. */
#include "el2.h"

#define RTT(level) RMI_RETURN(RMI_ERROR_RTT, level)
#define HALF (1ull << 38)

static void commands_plain(void)
{
	expect(rmi4(RMI_VERSION, RMI_ABI_VERSION, 0, 0, 0) == RMI_SUCCESS);
	expect(out(1) == RMI_ABI_VERSION && out(2) == RMI_ABI_VERSION);
	expect(rmi4(RMI_VERSION, 0x20000, 0, 0, 0) == RMI_ERROR_INPUT);
	expect(rmi4(RMI_FEATURES, 0, 0, 0, 0) == RMI_SUCCESS);
	expect((out(1) & 0xff) == 48 && out(1) & RMI_F0_SHA256);
	expect(rmi4(RMI_FEATURES, 1, 0, 0, 0) == RMI_SUCCESS && !out(1));
	expect(rmi4(RMI_GRANULE_DELEGATE, 0x09000000, 0, 0, 0) == RMI_ERROR_INPUT);
	expect(rmi4(RMI_GRANULE_DELEGATE, 0x80000000, 0, 0, 0) == RMI_ERROR_INPUT);
	result("VERSION, FEATURES, and what cannot be delegated");
}

static void entry_is(const struct realm *r, uint64_t ipa, uint64_t level, uint64_t state,
		     uint64_t desc, uint64_t ripas)
{
	expect(rmi4(RMI_RTT_READ_ENTRY, r->rd, ipa, RMI_LEVEL_LAST, 0) == RMI_SUCCESS);
	expect(out(1) == level && out(2) == state && out(3) == desc && out(4) == ripas);
}

static void commands_protected(struct realm *r)
{
	uint64_t data = realm_delegated(r), more = realm_delegated(r);

	expect(rmi4(RMI_RTT_CREATE, r->rd, data, 0, 3) == RTT(1));
	expect(realm_table(r, 0, 2) && realm_table(r, 0, 3));
	expect(rmi4(RMI_RTT_INIT_RIPAS, r->rd, 0, GB, 0) == RMI_SUCCESS && out(1) == MB2);
	expect(rmi5(RMI_DATA_CREATE, r->rd, data, 0x1000, r->params, 0) == RMI_SUCCESS);
	entry_is(r, 0x1000, 3, RMI_ASSIGNED, data, RMI_RAM);
	expect(rmi4(RMI_DATA_CREATE_UNKNOWN, r->rd, more, 0x1000, 0) == RTT(3));
	expect(rmi4(RMI_REALM_ACTIVATE, r->rd, 0, 0, 0) == RMI_SUCCESS);
	expect(rmi5(RMI_DATA_CREATE, r->rd, more, 0x2000, r->params, 0) == RMI_ERROR_REALM);
	expect(rmi4(RMI_DATA_CREATE_UNKNOWN, r->rd, more, 0x2000, 0) == RMI_SUCCESS);
	expect(rmi4(RMI_RTT_DESTROY, r->rd, 0, 3, 0) == RTT(3) && out(2) == 0);
	expect(rmi4(RMI_RTT_FOLD, r->rd, 0, 3, 0) == RTT(3));
	expect(rmi4(RMI_DATA_DESTROY, r->rd, 0x1000, 0, 0) == RMI_SUCCESS && out(1) == data);
	expect(out(2) == 0x2000);
	entry_is(r, 0x1000, 3, RMI_UNASSIGNED, 0, RMI_DESTROYED);
	expect(rmi4(RMI_GRANULE_UNDELEGATE, data, 0, 0, 0) == RMI_SUCCESS);
	/* the realm had the host's parameters in that page: nothing of it is left */
	expect(*(volatile uint64_t *)(data + RMI_PARAMS_S2SZ) == 0);
}

static void commands_unprotected(struct realm *r)
{
	expect(realm_table(r, HALF, 2));
	expect(rmi4(RMI_RTT_MAP_UNPROTECTED, r->rd, HALF, 2, MB2 | 1) == RMI_ERROR_INPUT);
	expect(rmi4(RMI_RTT_MAP_UNPROTECTED, r->rd, HALF, 2, 4 * MB2 | 0xd8) == RMI_SUCCESS);
	entry_is(r, HALF, 2, RMI_ASSIGNED, 4 * MB2 | 0xd8, 0);
	expect(realm_table(r, HALF, 3));
	entry_is(r, HALF + 0x3000, 3, RMI_ASSIGNED, (4 * MB2 + 0x3000) | 0xd8, 0);
	expect(rmi4(RMI_RTT_FOLD, r->rd, HALF, 3, 0) == RMI_SUCCESS);
	r->tables--;
	expect(rmi4(RMI_GRANULE_UNDELEGATE, out(1), 0, 0, 0) == RMI_SUCCESS);
	expect(rmi4(RMI_RTT_UNMAP_UNPROTECTED, r->rd, HALF, 2, 0) == RMI_SUCCESS);
	expect(out(1) == HALF + GB);
}

void test_commands(void)
{
	struct realm r;

	commands_plain();
	expect(realm_new(&r, 0, 39, 1));
	commands_protected(&r);
	commands_unprotected(&r);
	expect(!realm_end(&r));
	expect(realm_unmap(&r) == 1);
	expect(realm_destroy_tables(&r) == WALK_OK && !r.tables);
	expect(realm_end(&r) && !r.leaked);
	result("each command in a realm of its own");
}

/* The granule in every state a realm can have it in. */
static void nothing_gets_in(uint64_t pa)
{
	uint64_t seen = 0;

	expect(is_gpf(probe_read(pa, &seen)) && !seen);
	expect(is_gpf(probe_write(pa + 8, 1)));
}

void test_protection(void)
{
	struct realm r;
	uint64_t pa = POOL(0) + 0x1000000, v = 0, data;

	expect(!probe_write(pa, 0x1234567) && !probe_read(pa, &v) && v == 0x1234567);
	expect(rmi4(RMI_GRANULE_DELEGATE, pa, 0, 0, 0) == RMI_SUCCESS);
	nothing_gets_in(pa);
	/* its neighbours are the host's still */
	expect(!probe_read(pa - 8, &v) && !probe_read(pa + RMI_GRANULE, &v));
	expect(rmi4(RMI_GRANULE_UNDELEGATE, pa, 0, 0, 0) == RMI_SUCCESS);
	expect(!probe_read(pa, &v) && v == 0);
	expect(!probe_write(pa, 5) && !probe_read(pa, &v) && v == 5);
	result("a host access to a delegated granule takes a granule protection fault");

	expect(realm_new(&r, 0, 39, 1));
	nothing_gets_in(r.rd);
	nothing_gets_in(r.root);
	expect(realm_table(&r, 0, 2) && realm_table(&r, 0, 3));
	data = realm_delegated(&r);
	nothing_gets_in(data - RMI_GRANULE);
	expect(rmi5(RMI_DATA_CREATE, r.rd, data, 0, r.params, 0) == RMI_SUCCESS);
	nothing_gets_in(data);
	realm_unmap(&r);
	expect(!probe_read(data, &v) && v == 0);
	expect(realm_destroy_tables(&r) == WALK_OK && realm_end(&r));
	expect(!probe_read(r.rd, &v) && !v && !probe_read(r.root, &v) && !v);
	result("so does one to a realm's descriptor, table or page, until they are back");
}
