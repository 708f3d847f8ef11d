// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * mmio-memslot: memslots come and go between L2's MMIO accesses: one elsewhere,
 * and one that turns the very page into RAM, or ROM, and back.  Every value L2
 * reads tells what it was read from.
 */
#include "payload.h"

static uint64_t swap_ipa(uint64_t n)
{
	return LAB_SWAP_BASE + n * LAB_PAGE_SIZE;
}

/* vCPU 0 has the VMM change memslots while nobody runs L2. */
static void other_slot(struct vcpu *v, bool there)
{
	barrier(v);
	if (v->id == 0) {
		must(v, call(v, LAB_CALL_MEMSLOT, there, 0) == 0, there);
		model_memslot(!there, v);
	}
	barrier(v);
}

/* The next generation of every vCPU's page. */
static void swap(struct vcpu *v)
{
	barrier(v);
	for (uint64_t n = 0; v->id == 0 && n < abi->vcpus; n++) {
		must(v, call(v, LAB_CALL_SWAP, n, 0) == 0, n);
		model_swap(n, abi->swap[n].done);
		model_memslot(!LAB_SWAP_IS_RAM(abi->swap[n].done), v);
	}
	barrier(v);
}

static void check(struct vcpu *v, uint64_t got)
{
	uint32_t gen = abi->swap[v->id].done;
	uint32_t kind = LAB_SWAP_IS_RAM(gen) ? LAB_WORD_RAM : LAB_WORD_MMIO;

	if (got != LAB_WORD(kind, v->id, gen))
		wrong(v, swap_ipa(v->id), got, LAB_WORD(kind, v->id, gen));
}

/* The page as MMIO, twice, and two devices that stay what they are. */
static void access_mmio(struct vcpu *v, uint64_t typer)
{
	uint64_t got;

	for (int i = 0; i < 2; i++) {
		check(v, l2_mmio(v, v->ctx, swap_ipa(v->id), 1, PAGE_R, MMIO_USER));
		got = l2_mmio(v, v->ctx, LAB_GICD_BASE + GICD_TYPER, 1, PAGE_R, MMIO_KERNEL);
		must(v, got == typer, got);
		got = l2_mmio(v, v->ctx, LAB_PORT_L2, 1, PAGE_R, MMIO_USER);
		must(v, got == LAB_PORT_VALUE, got);
	}
}

static void read_memory(struct vcpu *v, unsigned int rights)
{
	must(v, l2_run(v, v->ctx, l2_ldr32, swap_ipa(v->id), 2) == 2, rights);
	model_touch(v, v->ctx, PAGE_SWAP(v->id), PAGE_R, rights);
	check(v, v->regs.x[4]);
}

static void as_ram(struct vcpu *v)
{
	read_memory(v, PAGE_R | PAGE_W);
	v->regs.x[5] = 0x12345678;
	must(v, l2_run(v, v->ctx, l2_str32, swap_ipa(v->id) + 64, 1) == 1, 0);
	must(v, l2_run(v, v->ctx, l2_ldr32, swap_ipa(v->id) + 64, 1) == 1, 0);
	if (v->regs.x[4] != 0x12345678)
		wrong(v, swap_ipa(v->id) + 64, v->regs.x[4], 0x12345678);
}

/* A write to ROM is the VMM's, whether L2 has read the page before or not. */
static void as_rom(struct vcpu *v)
{
	v->regs.x[5] = LAB_WORD(LAB_WORD_WRITE, v->id, 0);
	l2_mmio(v, v->ctx, swap_ipa(v->id), 2, PAGE_W, MMIO_USER);
	read_memory(v, PAGE_R);
	v->regs.x[5] = LAB_WORD(LAB_WORD_WRITE, v->id, 0);
	l2_mmio(v, v->ctx, swap_ipa(v->id), 2, PAGE_W, MMIO_USER);
	read_memory(v, PAGE_R);
}

void run_MMIO_MEMSLOT(struct vcpu *v)
{
	uint64_t typer = *(volatile uint32_t *)(LAB_GICD_BASE + GICD_TYPER);

	count(v, CNT_MMIO_KERNEL_L1);
	stage2_map_device(v->ctx, swap_ipa(v->id), swap_ipa(v->id), PAGE_R | PAGE_W);
	for (uint64_t r = rounds(2); r; r--) {
		access_mmio(v, typer);
		other_slot(v, true);
		access_mmio(v, typer);
		other_slot(v, false);
		access_mmio(v, typer);
		swap(v);
		as_ram(v);
		swap(v);
		access_mmio(v, typer);
		swap(v);
		as_rom(v);
		swap(v);
	}
}
