// SPDX-License-Identifier: GPL-2.0-or-later
/* l2.c: making L2 address spaces and running L2 in them. */
#include "payload.h"

#define ESR_EC(esr) ((esr) >> 26 & 0x3f)
#define EC_HVC 0x16
#define EC_SYSREG 0x18
#define EC_IABT_LOW 0x20
#define EC_DABT_LOW 0x24
#define EC_DABT_CUR 0x25
#define ESR_VNCR (1ull << 13)
#define ESR_FSC(esr) ((esr) & 0x3f)
#define FSC_SEA 0x10
#define SPSR_EL1H_MASKED 0x3c5

/* The code page, both kinds of MMIO, and --pages data pages with these rights. */
struct ctx *ctx_new(struct vcpu *v, unsigned int vmid, unsigned int rights)
{
	struct ctx *c = alloc_page();
	uint64_t pages = param(PAGES) * (v->shared ? abi->vcpus : 1);

	c->root = alloc_page();
	c->state = alloc_page();
	for (unsigned int i = 1; i < (MODEL_PAGES + 4095) / 4096; i++)
		alloc_page(); /* heap pages are consecutive while others wait */
	c->vttbr = (uint64_t)vmid << 48 | (uint64_t)c->root;
	stage2_map(c, (uint64_t)l2_page, (uint64_t)l2_page, PAGE_R | PAGE_X);
	stage2_map_device(c, LAB_GICD_BASE, LAB_GICD_BASE, PAGE_R | PAGE_W);
	stage2_map_device(c, LAB_PORT_L2, LAB_PORT_L2, PAGE_R | PAGE_W);
	if (pages < 8)
		pages = 8;
	for (uint64_t i = 0; i < pages; i++)
		stage2_map(c, v->data + i * LAB_PAGE_SIZE, v->data + i * LAB_PAGE_SIZE, rights);
	return c;
}

/*
 * Run one of l2.S's jobs to its end; returns how many times L2 says it did it.
 * Faults that come to L1 go to v->on_fault, trapped registers are stepped over.
 */
uint64_t l2_run(struct vcpu *v, struct ctx *c, const void *entry, uint64_t addr, uint64_t n)
{
	uint64_t elr = (uint64_t)entry, spsr = SPSR_EL1H_MASKED, esr;

	v->regs.x[0] = 0;
	v->regs.x[1] = addr;
	v->regs.x[2] = n;
	v->regs.x[3] = LAB_PAGE_SIZE;
	write_reg("hcr_el2", v->hcr);
	write_reg("vttbr_el2", c->vttbr);
	for (;;) {
		write_reg("elr_el1", elr); /* E2H: ELR_EL2 */
		write_reg("spsr_el1", spsr);
		model_enter(v, c);
		model_touch(v, c, PAGE_CODE, PAGE_X, PAGE_R | PAGE_X);
		l2_enter(&v->regs);
		model_leave(v);
		count(v, CNT_EXC_SYNC);
		esr = read_reg("esr_el1");
		elr = read_reg("elr_el1");
		spsr = read_reg("spsr_el1");
		switch (ESR_EC(esr)) {
		case EC_HVC:
			if (!(esr & 0xffff))
				return v->regs.x[0];
			break;
		case EC_SYSREG:
			count(v, CNT_TRAP_FORWARDED_L2);
			elr += 4;
			break;
		case EC_IABT_LOW:
		case EC_DABT_LOW:
			if (ESR_FSC(esr) == FSC_SEA) {
				must(v, v->expect_sea, esr);
				v->seas++;
				/* a jump into MMIO: back to after it, as if it had returned */
				elr = ESR_EC(esr) == EC_IABT_LOW ? v->regs.lr : elr + 4;
				break;
			}
			must(v, v->on_fault, esr);
			model_forward(v, esr);
			v->on_fault(v, c, (read_reg("hpfar_el2") >> 4 << 12) & ~0xfffull);
			if (v->step_over)
				elr += 4;
			v->step_over = false;
			break;
		case EC_DABT_CUR: /* L1's own stage 1 has nothing at VNCR_EL2 */
			must(v, esr & ESR_VNCR && v->on_fault, esr);
			count(v, CNT_VNCR_INJECTED);
			v->on_fault(v, c, 0);
			break;
		default:
			fail(v, __LINE__, esr);
		}
	}
}

/* L2 reads or writes MMIO n times; returns the last value. */
uint64_t l2_mmio(struct vcpu *v, struct ctx *c, uint64_t ipa, uint64_t n, unsigned int access,
		 enum mmio_by by)
{
	uint64_t did = l2_run(v, c, access == PAGE_W ? l2_str32 : l2_ldr32, ipa, n);

	must(v, did == n, did);
	while (did--)
		model_mmio(v, c, ipa, access, PAGE_R | PAGE_W, by);
	return v->regs.x[4];
}

/* L2 reads, writes or executes n data pages which L1 maps read/write/execute. */
void l2_touch(struct vcpu *v, struct ctx *c, uint64_t first, uint64_t n, unsigned int access)
{
	const void *job = access == PAGE_W ? l2_write : access == PAGE_X ? l2_exec : l2_read;
	uint64_t did = l2_run(v, c, job, v->data + first * LAB_PAGE_SIZE, n);

	must(v, did == n, did);
	for (uint64_t i = first; i < first + did; i++)
		model_touch(v, c, PAGE_DATA(i), access, PAGE_R | PAGE_W | PAGE_X);
}
