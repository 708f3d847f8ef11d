// SPDX-License-Identifier: GPL-2.0-or-later
/* slots.c: changes of the memslots, by the VMM and in the model. */
#include "payload.h"

static void change(uint32_t nr, uint64_t a0, bool deletes)
{
	must(!(int64_t)call(nr, a0, 0) || nr == LAB_CALL_DIRTY, a0);
	model_memslots(deletes);
}

void slot_create(void)
{
	change(LAB_CALL_MEMSLOT, 1, false);
}

void slot_delete(void)
{
	change(LAB_CALL_MEMSLOT, 0, true);
}

void slot_flags(void)
{
	change(LAB_CALL_DIRTY, 1, false);
}

void log_start(uint64_t addr, uint64_t n)
{
	slot_flags();
	for (uint64_t i = 0; i < n; i++)
		model_protect(addr + i * LAB_PAGE_SIZE);
}

void log_collect(uint64_t addr, uint64_t n)
{
	must((int64_t)call(LAB_CALL_DIRTY, 2, 0) > 0, n);
	for (uint64_t i = 0; i < n; i++)
		model_protect(addr + i * LAB_PAGE_SIZE);
}

void discard(uint64_t addr, uint64_t n)
{
	must(!call(LAB_CALL_DISCARD, addr, n * LAB_PAGE_SIZE), addr);
	call(LAB_CALL_POPULATE, addr, n * LAB_PAGE_SIZE);
	for (uint64_t i = 0; i < n; i++)
		model_discard(addr + i * LAB_PAGE_SIZE);
}

uint64_t swap_addr(unsigned int page)
{
	return LAB_SWAP_BASE + page * LAB_PAGE_SIZE;
}

/* The page becomes RAM, MMIO, ROM, MMIO in turn: a slot is made, or deleted. */
void swap_next(unsigned int page)
{
	uint32_t gen = abi->swap[page].done + 1;

	change(LAB_CALL_SWAP, page, !LAB_SWAP_IS_RAM(gen));
}
