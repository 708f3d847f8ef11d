// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * at.c: AT instructions of L1 for L2's stage 1, whose tables lie in the last
 * data pages.  KVM first tries the hardware walk, which succeeds when the
 * pages of the tables are in the shadow; else it walks in software.
 */
#include "payload.h"

#define TABLES 3
#define TABLE_PAGE(i) (LAB_MAX_PAGES - TABLES + (i))
#define PAR_F 1
#define PAR_FST(par) ((par) >> 1 & 0x3f)
#define FST_TYPE 0x3c
#define FST_AF 0x08
#define FST_PERM 0x0c

#define S1_AF (1ull << 10)
#define S1_INNER (3ull << 8)
#define S1_RO (1ull << 7)
#define S1_USER (1ull << 6)

static uint64_t table(struct vcpu *v, int i)
{
	return v->data + TABLE_PAGE(i) * LAB_PAGE_SIZE;
}

uint64_t at_va(struct vcpu *v, enum at_page p)
{
	return v->data + p * LAB_PAGE_SIZE;
}

/* Stage 1 of L2: 39-bit, three levels, one page of each kind. */
void at_setup(struct vcpu *v)
{
	static const uint64_t attr[] = {
		[AT_RW] = S1_AF | S1_USER, [AT_RO] = S1_AF | S1_USER | S1_RO,
		[AT_PRIV] = S1_AF, [AT_NO_AF] = S1_USER,
	};
	uint64_t *t[TABLES];

	for (int i = 0; i < TABLES; i++)
		t[i] = (uint64_t *)table(v, i);
	t[0][v->data >> 30 & 511] = table(v, 1) | 3;
	t[1][v->data >> 21 & 511] = table(v, 2) | 3;
	for (unsigned int p = 0; p < ARRAY_SIZE(attr); p++)
		t[2][(at_va(v, p) >> 12) & 511] = at_va(v, p) | attr[p] | S1_INNER | 3;
	dsb();
	for (int i = 0; i < TABLES; i++)
		stage2_map(v->ctx, table(v, i), table(v, i), PAGE_R | PAGE_W);
	write_reg(MAIR_EL12, 0xff);
	write_reg(TTBR0_EL12, table(v, 0));
	write_reg(TCR_EL12, TCR_L2);
}

/* The descriptor of a page in L2's stage 1, and the table it lies in. */
uint64_t *at_leaf(struct vcpu *v, enum at_page p)
{
	return (uint64_t *)table(v, TABLES - 1) + (at_va(v, p) >> 12 & 511);
}

uint64_t at_table(struct vcpu *v)
{
	return table(v, TABLES - 1);
}

/* L2, with its stage 1 off, reads its tables: now they are in the shadow. */
void at_warm(struct vcpu *v, struct ctx *c)
{
	l2_touch(v, c, TABLE_PAGE(0), TABLES, PAGE_R);
}

static enum lab_count path(struct ctx *c, uint64_t par)
{
	bool warm = true;

	if (!c->in_pool)
		return CNT_AT_SLOW_NO_CTX_S1E1R;
	for (int i = 0; i < TABLES; i++)
		warm = warm && model_mapped(c, PAGE_DATA(TABLE_PAGE(i)));
	if (!(par & PAR_F))
		return warm ? CNT_AT_FAST_S1E1R : CNT_AT_SLOW_COLD_S1E1R;
	if (warm && (PAR_FST(par) & FST_TYPE) == FST_PERM)
		return CNT_AT_FAST_PERM_S1E1R;
	if (warm && (PAR_FST(par) & FST_TYPE) == FST_AF)
		return CNT_AT_FAST_AF_S1E1R;
	return CNT_AT_SLOW_FAULT_S1E1R;
}

/* Translate va for L2, uncounted; returns PAR_EL1. */
uint64_t at_raw(struct vcpu *v, struct ctx *c, enum at_op op, uint64_t va)
{
	uint64_t sctlr = read_reg(SCTLR_EL12), par;

	write_reg("hcr_el2", v->hcr);
	write_reg("vttbr_el2", c->vttbr);
	write_reg(SCTLR_EL12, sctlr | 1);
	isb();
	switch (op) {
	case AT_S1E1R: asm volatile("at s1e1r, %0" : : "r"(va) : "memory"); break;
	case AT_S1E1W: asm volatile("at s1e1w, %0" : : "r"(va) : "memory"); break;
	case AT_S1E0R: asm volatile("at s1e0r, %0" : : "r"(va) : "memory"); break;
	case AT_S1E0W: asm volatile("at s1e0w, %0" : : "r"(va) : "memory"); break;
	case AT_S12E1R: asm volatile("at s12e1r, %0" : : "r"(va) : "memory"); break;
	case AT_S12E1W: asm volatile("at s12e1w, %0" : : "r"(va) : "memory"); break;
	default: fail(v, __LINE__, op);
	}
	isb();
	par = read_reg("par_el1");
	write_reg(SCTLR_EL12, sctlr);
	return par;
}

uint64_t at(struct vcpu *v, struct ctx *c, enum at_op op, uint64_t va)
{
	uint64_t par = at_raw(v, c, op, va);

	count(v, path(c, par) + op);
	return par;
}
