// SPDX-License-Identifier: GPL-2.0-or-later
/* main.c: L1 starts here: the workload, the calls to the VMM, and MMIO accesses of L1. */
#include "payload.h"

struct lab_abi *const abi = (struct lab_abi *)LAB_ABI_PAGE;

#define W_RUN(id, name, prefault, help) [WL_##id] = run_##id,
static void (*const workloads[])(void) = { LAB_WORKLOADS(W_RUN) };

/* gcc must not choose the instruction: KVM has to decode it */
uint32_t raw_read(uint64_t addr)
{
	uint32_t word;

	asm volatile("movl (%1), %0" : "=r"(word) : "r"(addr) : "memory");
	return word;
}

void raw_write(uint64_t addr, uint32_t word)
{
	asm volatile("movl %0, (%1)" : : "r"(word), "r"(addr) : "memory");
}

uint32_t mmio_read(uint64_t addr)
{
	model_mmio(L1, addr, READ);
	return raw_read(addr);
}

void mmio_write(uint64_t addr, uint32_t word)
{
	model_mmio(L1, addr, WRITE);
	raw_write(addr, word);
}

/* Every call is one write that no memslot catches: MMIO of L1. */
uint64_t call(uint32_t nr, uint64_t a0, uint64_t a1)
{
	self->args[0] = a0;
	self->args[1] = a1;
	mmio_write(LAB_PORT_L1 + vcpu_id() * 8, nr);
	return self->result;
}

void fail(unsigned int line, uint64_t value)
{
	self->fail_line = line;
	self->fail_value = value;
	for (;;)
		call(LAB_CALL_DONE, LAB_FAILED, 0);
}

void unsupported(void)
{
	for (;;)
		call(LAB_CALL_DONE, LAB_UNSUPPORTED, 0);
}

void *alloc_page(void)
{
	static uint64_t pages[64][LAB_PAGE_SIZE / 8] __attribute__((aligned(LAB_PAGE_SIZE)));
	static unsigned int next;

	unsigned int mine = __atomic_fetch_add(&next, 1, __ATOMIC_RELAXED);

	must(mine < ARRAY_SIZE(pages), mine);
	return pages[mine];
}

static volatile uint64_t turn;

void turn_begin(void)
{
	while (turn % abi->vcpus != vcpu_id())
		asm volatile("pause" : : : "memory");
}

void turn_end(void)
{
	__atomic_store_n(&turn, turn + 1, __ATOMIC_SEQ_CST);
}

/*
 * The last call is the only one that all vCPUs make at once: bring the page it is in
 * up to date before it, so that it does not matter who comes first.
 */
static void settle(void)
{
	if (abi->vcpus == 1)
		return;
	turn_begin();
	call(LAB_CALL_YIELD, 0, 0);
	turn_end();
}

void payload_main(void);
void payload_main(void)
{
	must(abi->magic == LAB_MAGIC && abi->workload < ARRAY_SIZE(workloads), abi->workload);
	do {
		workloads[abi->workload]();
		settle();
		call(LAB_CALL_DONE, LAB_OK, 0);
	} while (abi->again);
}
