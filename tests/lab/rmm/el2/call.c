// SPDX-License-Identifier: GPL-2.0-or-later
/* call.c: SMCs, and this side's count of them. */
#include "el2.h"

static uint64_t counts[CPUS][RMI_NR_FIDS][RMI_NR_STATUS + 1];
static uint64_t results[CPUS][7];

unsigned int this_cpu(void)
{
	uint64_t mpidr;

	__asm__ volatile("mrs %0, mpidr_el1" : "=r"(mpidr));
	return mpidr & 0xff;
}

static uint64_t call(uint64_t fid, const uint64_t *a)
{
	uint64_t *r = results[this_cpu()];

	r[0] = fid;
	for (unsigned int i = 0; i < 5; i++)
		r[1 + i] = a[i];
	r[6] = 0;
	smc_raw(r);
	return r[0];
}

uint64_t rmi5(uint64_t fid, uint64_t a0, uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4)
{
	const uint64_t a[] = { a0, a1, a2, a3, a4 };
	uint64_t x0 = call(fid, a), status = RMI_STATUS(x0);

	if (x0 > 0xffff || status > RMI_NR_STATUS)
		status = RMI_NR_STATUS;
	counts[this_cpu()][fid - RMI_FID_FIRST][status]++;
	return x0;
}

uint64_t rmi4(uint64_t fid, uint64_t a0, uint64_t a1, uint64_t a2, uint64_t a3)
{
	return rmi5(fid, a0, a1, a2, a3, 0);
}

uint64_t out(unsigned int i)
{
	return results[this_cpu()][i];
}

uint64_t counted(unsigned int command, unsigned int status)
{
	uint64_t n = 0;

	for (unsigned int cpu = 0; cpu < CPUS; cpu++)
		n += counts[cpu][command][status];
	return n;
}

/* Not RMI: the test's own calls are not counted. */
uint64_t rmm_count(uint64_t what, uint64_t i, uint64_t j)
{
	const uint64_t a[5] = { what, i, j };

	return call(RMM_CTL_COUNT, a) ? ~0ull : out(1);
}

void order(uint64_t fid, uint64_t skip, uint64_t times, uint64_t answer)
{
	const uint64_t a[5] = { fid, skip, times, answer };

	expect(call(RMM_CTL_ORDER, a) == 0);
}

void order_clear(void)
{
	const uint64_t a[5] = { 0 };

	call(RMM_CTL_CLEAR, a);
}
