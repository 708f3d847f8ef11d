// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * gpt.c: the granule protection table: which world each granule belongs to,
 * enforced by the CPU on every access (FEAT_RME).  RAM has a table of 4-bit
 * entries per GB; the rest of the machine is open to all, and the bus keeps
 * the secure devices and the SRAM from the non-secure world.
 */
#include "fw.h"

/* checks on, 4 KB granules, inner shareable cached walks, 40 bits of address */
#define GPCCR_ON (1ul << 16 | 3ul << 12 | 1ul << 10 | 1ul << 8 | 2)

#define GPT_ANY_BLOCK 0xf1ul
#define GPT_TABLE 3ul
#define GPI_NS 0x9ul
#define GPI_REALM 0xbul
#define GPIS_PER_WORD 16
#define WORDS_PER_GB (1ul << (30 - 12 - 4))

static uint64_t level0[1024] __attribute__((aligned(8192)));
static uint64_t level1[FW_MAX_GB][WORDS_PER_GB] __attribute__((aligned(128 << 10)));
static uint64_t first_gb;

void gpt_init(uint64_t ram, uint64_t size)
{
	first_gb = ram >> 30;
	for (unsigned int i = 0; i < 1024; i++)
		level0[i] = GPT_ANY_BLOCK;
	for (uint64_t gb = 0; gb < FW_MAX_GB && gb << 30 < size; gb++) {
		for (unsigned int i = 0; i < WORDS_PER_GB; i++)
			level1[gb][i] = GPI_NS * 0x1111111111111111ul;
		level0[first_gb + gb] = (uint64_t)level1[gb] | GPT_TABLE;
	}
}

void gpt_on(void)
{
	write_sysreg(s3_6_c2_c1_4, (uint64_t)level0 >> 12); /* GPTBR_EL3 */
	write_sysreg(s3_6_c2_c1_6, GPCCR_ON); /* GPCCR_EL3 */
	isb();
	__asm__ volatile("sys #6, c8, c7, #4" ::: "memory"); /* TLBI PAALL */
	dsb();
	isb();
}

void gpt_protect(uint64_t pa, bool realm)
{
	uint64_t granule = pa >> 12 & ((1ul << 18) - 1);
	uint64_t *word = &level1[(pa >> 30) - first_gb][granule / GPIS_PER_WORD];
	unsigned int shift = granule % GPIS_PER_WORD * 4;

	*(volatile uint64_t *)word = (*word & ~(0xful << shift)) | (realm ? GPI_REALM : GPI_NS)
									   << shift;
	dsb();
	/* TLBI RPALOS: this granule, on every CPU */
	__asm__ volatile("sys #6, c8, c4, #7, %0" ::"r"(pa >> 12) : "memory");
	dsb();
	isb();
}
