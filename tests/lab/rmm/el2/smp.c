// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * smp.c: two CPUs at once: the same granules, realms side by side, and an access
 * of one CPU to what the other has just delegated.  The MMU is off, so memory
 * is not cached, and plain words will do to meet.
 */
#include "el2.h"

#define CPU_ON 0xc4000003
#define SHARED (POOL(0) + 0x8000000ul)
#define CONTESTED 2000
#define ROUNDS 150

static volatile uint64_t arrived[CPUS], won[CPUS], lost[CPUS], bad[CPUS], seen_esr;

static void meet(uint64_t n)
{
	unsigned int me = this_cpu();

	__asm__ volatile("dsb sy" ::: "memory");
	arrived[me] = n;
	__asm__ volatile("dsb sy" ::: "memory");
	while (arrived[!me] < n)
		__asm__ volatile("wfe");
	__asm__ volatile("dsb sy" ::: "memory");
}

/* Both want every granule: one gets it. */
static void contest(void)
{
	unsigned int me = this_cpu();

	for (unsigned int i = 0; i < CONTESTED; i++) {
		uint64_t x0 = rmi4(RMI_GRANULE_DELEGATE, SHARED + i * RMI_GRANULE, 0, 0, 0);

		won[me] += x0 == RMI_SUCCESS;
		lost[me] += x0 == RMI_ERROR_INPUT;
		/* QEMU turns to the other CPU, where they take turns */
		__asm__ volatile("wfe");
	}
}

static void give_back(void)
{
	for (unsigned int i = 0; i < CONTESTED; i++)
		rmi4(RMI_GRANULE_UNDELEGATE, SHARED + i * RMI_GRANULE, 0, 0, 0);
}

/* A realm of this CPU's own comes and goes, many times. */
static void rounds(void)
{
	unsigned int me = this_cpu();
	struct realm r;

	for (unsigned int i = 0; i < ROUNDS; i++) {
		bool ok = realm_new(&r, me, 39, 1);

		ok = ok && realm_table(&r, 0, 2) && realm_table(&r, 0, 3);
		for (unsigned int k = 0; ok && k < 8; k++)
			ok = rmi4(RMI_DATA_CREATE_UNKNOWN, r.rd, realm_delegated(&r),
				  k * 3 * RMI_GRANULE, 0) == RMI_SUCCESS;
		ok = ok && realm_unmap(&r) == 8 && realm_destroy_tables(&r) == WALK_OK;
		ok = ok && realm_end(&r) && !r.leaked;
		bad[me] += !ok;
	}
}

/* The second CPU reads a page, the first delegates it, the second reads again. */
static void stale(void)
{
	uint64_t v;

	if (this_cpu() == 1)
		bad[1] += probe_read(SHARED, &v) != 0;
	meet(11);
	if (this_cpu() == 0)
		bad[0] += rmi4(RMI_GRANULE_DELEGATE, SHARED, 0, 0, 0) != RMI_SUCCESS;
	meet(12);
	if (this_cpu() == 1)
		seen_esr = probe_read(SHARED, &v);
	meet(13);
	if (this_cpu() == 0)
		bad[0] += rmi4(RMI_GRANULE_UNDELEGATE, SHARED, 0, 0, 0) != RMI_SUCCESS;
	meet(14);
}

static void both(void)
{
	meet(1);
	contest();
	meet(2);
	if (this_cpu() == 0)
		give_back();
	meet(3);
	rounds();
	meet(10);
	stale();
}

void smp_secondary(void)
{
	both();
	for (;;)
		__asm__ volatile("wfi");
}

void test_smp(void)
{
	uint64_t on[7] = { CPU_ON, 1, (uint64_t)secondary_start, 1 };

	smc_raw(on);
	if (on[0]) {
		print("ok - rmm: two CPUs at once # SKIP there is one\n");
		return;
	}
	both();
	expect(won[0] + won[1] == CONTESTED && lost[0] + lost[1] == CONTESTED);
	print("# they got ");
	print_number(won[0]);
	print(" and ");
	print_number(won[1]);
	print("\n");
	result("of two CPUs that want a granule one gets it");
	expect(!bad[0] && !bad[1]);
	result("two CPUs with realms of their own do not disturb each other");
	expect(is_gpf(seen_esr));
	result("what one CPU delegates is refused to the other at once");
}
