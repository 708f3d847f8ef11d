// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * main.c: L1 starts here: its own MMU, the default context, the workload, and
 * the calls to the VMM.
 */
#include "payload.h"

struct lab_abi *const abi = (struct lab_abi *)LAB_ABI_PAGE;
struct vcpu vcpus[LAB_MAX_VCPUS];
static uint64_t l1_table[512] __attribute__((aligned(4096)));

#define W_RUN(id, name, prefault, help) [WL_##id] = run_##id,
static void (*const workloads[])(struct vcpu *v) = { LAB_WORKLOADS(W_RUN) };

/* Every call is one write that no memslot catches: an MMIO exit of L1. */
uint64_t call(struct vcpu *v, uint32_t nr, uint64_t a0, uint64_t a1)
{
	v->abi->args[0] = a0;
	v->abi->args[1] = a1;
	count(v, CNT_MMIO_USER_L1);
	dsb();
	asm volatile("str %w0, [%1]" : : "r"(nr), "r"((uint64_t)LAB_PORT_L1 + v->id * 8)
		     : "memory");
	dsb();
	return v->abi->result;
}

void barrier(struct vcpu *v)
{
	if (abi->vcpus > 1)
		call(v, LAB_CALL_BARRIER, 0, 0);
}

void fail(struct vcpu *v, unsigned int line, uint64_t value)
{
	v->abi->fail_line = line;
	v->abi->fail_value = value;
	for (;;)
		call(v, LAB_CALL_DONE, LAB_FAILED, 0);
}

void unsupported(struct vcpu *v)
{
	for (;;)
		call(v, LAB_CALL_DONE, LAB_UNSUPPORTED, 0);
}

/* L2 got a value it cannot have got. */
void wrong(struct vcpu *v, uint64_t addr, uint64_t got, uint64_t expected)
{
	v->abi->args[1] = addr;
	v->abi->args[2] = got;
	v->abi->args[3] = expected;
	for (;;) {
		v->abi->args[0] = LAB_WRONG;
		asm volatile("str %w0, [%1]"
			     : : "r"(LAB_CALL_DONE), "r"((uint64_t)LAB_PORT_L1 + v->id * 8)
			     : "memory");
	}
}

/* start.S comes here when L1 itself takes an exception. */
void payload_died(uint64_t esr, uint64_t elr, uint64_t far);
void payload_died(uint64_t esr, uint64_t elr, uint64_t far)
{
	struct vcpu *v = &vcpus[read_reg("mpidr_el1") & 1];

	v->abi->args[2] = elr;
	v->abi->args[3] = far;
	fail(v, 0, esr);
}

void need_access_flags(struct vcpu *v)
{
	if (!(read_reg("id_aa64mmfr1_el1") & 0xf)) /* HAFDBS */
		unsupported(v);
}

uint64_t rounds(uint64_t by_default)
{
	return param(ROUNDS) ? param(ROUNDS) : by_default;
}

/*
 * L1 runs with its MMU on: exclusives (the model's lock) are only certain on
 * cacheable memory.  1 GiB blocks, device below LAB_RAM_BASE, memory above.
 */
static void mmu_on(void)
{
	l1_table[0] = 0x0000000000000401ull | (1ull << 2);
	l1_table[1] = 0x0000000040000701ull;
	dsb();
	write_reg("mair_el1", 0x00ff);	    /* 0: normal write-back, 1: device */
	write_reg("tcr_el1", 0x200803519ull); /* T0SZ 25, 4K, inner, 40-bit, EPD1 */
	write_reg("ttbr0_el1", l1_table);
	isb();
	write_reg("sctlr_el1", read_reg("sctlr_el1") | 0x1005); /* I, C, M */
	isb();
}

void payload_main(uint64_t id);
void payload_main(uint64_t id)
{
	struct vcpu *v = &vcpus[id];
	bool shared = abi->flags & LAB_FLAG_SHARED;

	mmu_on();
	v->id = id;
	v->abi = &abi->vcpu[id];
	v->shared = shared;
	v->data = LAB_DATA_BASE + (shared ? 0 : id * LAB_DATA_PER_VCPU);
	v->first = shared ? id * param(PAGES) : 0;
	if (abi->magic != LAB_MAGIC || abi->workload >= ARRAY_SIZE(workloads))
		fail(v, __LINE__, abi->magic);
	if (id == 0)
		model_init(abi->vcpus);
	barrier(v);

	v->hcr = HCR_L2;
	write_reg("vtcr_el2", VTCR_L2);
	write_reg(SCTLR_EL12, 0x30d00800);
	in_turn(v, t)
		v->ctx = shared && id ? vcpus[0].ctx :
			 ctx_new(v, 1 + 64 * id, PAGE_R | PAGE_W | PAGE_X);

	do {
		workloads[abi->workload](v);
		call(v, LAB_CALL_DONE, LAB_OK, 0);
	} while (abi->again);
}
