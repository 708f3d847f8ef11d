// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * mmu.c: EL3's own translation.  With granule protection on, an access of EL3
 * without an MMU goes to the root world, where neither the host's nor a
 * realm's memory is: each has a window here.
 */
#include "fw.h"

#define D_BLOCK 1ul
#define D_TABLE 3ul
#define D_NORMAL (0ul << 2) /* MAIR index */
#define D_DEVICE (1ul << 2)
#define D_NS (1ul << 5) /* which world: NSE and NS */
#define D_NSE (1ul << 11)
#define D_SHARED (3ul << 8)
#define D_AF (1ul << 10)
#define D_XN (1ul << 54)
#define D_ROOT D_NSE
#define D_NON_SECURE D_NS
#define D_REALM (D_NSE | D_NS)

#define MAIR 0x00fful /* 0: normal write-back, 1: device nGnRnE */
/* 39 bits from level 1, 4 KB granules, cached walks, 40 bits out */
#define TCR (1ul << 31 | 1ul << 23 | 2ul << 16 | 3ul << 12 | 1ul << 10 | 1ul << 8 | 25)
#define SCTLR_M (1ul << 0)
#define SCTLR_C (1ul << 2)
#define SCTLR_I (1ul << 12)

#define MB2 (2ul << 20)
#define GB (1ul << 30)

static uint64_t level1[512] __attribute__((aligned(4096)));
static uint64_t level2[512] __attribute__((aligned(4096))); /* of the first GB */

/* Flash and the secure SRAM are memory, the rest is devices. */
static bool is_memory(uint64_t pa)
{
	return pa < 0x08000000 || (pa >= 0x0e000000 && pa < 0x0f000000);
}

void mmu_init(void)
{
	for (uint64_t i = 0; i < 512; i++) {
		uint64_t pa = i * MB2;

		level2[i] = pa | D_BLOCK | D_AF | D_ROOT |
			    (is_memory(pa) ? D_NORMAL | D_SHARED : D_DEVICE | D_XN);
	}
	level1[0] = (uint64_t)level2 | D_TABLE;
	for (uint64_t i = 0; i < FW_WINDOW_GB; i++) {
		uint64_t entry = i * GB | D_BLOCK | D_AF | D_NORMAL | D_SHARED | D_XN;

		level1[FW_NS_WINDOW / GB + i] = entry | D_NON_SECURE;
		level1[FW_REALM_WINDOW / GB + i] = entry | D_REALM;
	}
}

void mmu_on(void)
{
	write_sysreg(mair_el3, MAIR);
	write_sysreg(tcr_el3, TCR);
	write_sysreg(ttbr0_el3, level1);
	dsb();
	__asm__ volatile("tlbi alle3");
	dsb();
	isb();
	write_sysreg(sctlr_el3, read_sysreg(sctlr_el3) | SCTLR_M | SCTLR_C | SCTLR_I);
	isb();
}
