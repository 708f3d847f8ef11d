// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * mmio: L1's accesses to devices of the VMM: the first one to a page, the same page
 * again, another one in between, and what is left of it after memslots change.
 */
#include "payload.h"

/* The page is filled in, then the vCPU's own; and after another page the SPTE. */
static void back_and_forth(void)
{
	for (unsigned int i = 0; i < 3; i++)
		must(mmio_read(LAB_PORT_L2) == LAB_PORT_VALUE, i);
	mmio_write(LAB_PORT_L2, 0);
	must(mmio_read(swap_addr(1)) >> 28 == LAB_WORD_MMIO, 1);
	must(mmio_read(LAB_PORT_L2) == LAB_PORT_VALUE, 0);
}

/* RAM where MMIO was, and MMIO again; then ROM, which reads as memory and does not write. */
static void other_backing(unsigned int page)
{
	uint64_t addr = swap_addr(page);

	must(mmio_read(addr) >> 28 == LAB_WORD_MMIO, page);
	swap_next(page);
	model_slot(addr);
	must(raw_read(addr) >> 28 == LAB_WORD_RAM, raw_read(addr));
	raw_write(addr, LAB_WORD(LAB_WORD_WRITE, page, 0));
	swap_next(page);
	must(mmio_read(addr) >> 28 == LAB_WORD_MMIO, page);
	swap_next(page);
	model_slot(addr);
	must(raw_read(addr) >> 28 == LAB_WORD_RAM, raw_read(addr));
	for (unsigned int i = 0; i < 2; i++) {
		model_rom_write(addr);
		raw_write(addr, LAB_WORD(LAB_WORD_WRITE, page, 0));
	}
	swap_next(page);
}

void run_MMIO(void)
{
	turn_begin();
	if (!vcpu_id())
		must(!call(LAB_CALL_IOEVENTFD, LAB_PORT_EVENT, 0) || abi->again, 0);
	turn_end();
	for (uint64_t r = 0; r < param(ROUNDS); r++) {
		turn_begin();
		back_and_forth();
		slot_create();
		back_and_forth();
		slot_delete();
		back_and_forth();
		/* once: what is set already changes nothing */
		if (!r && !vcpu_id() && !abi->again)
			slot_flags();
		back_and_forth();
		/* these never leave the kernel */
		for (unsigned int i = 0; i < 3; i++)
			mmio_write(LAB_PORT_EVENT, i);
		other_backing(r % LAB_SWAP_PAGES);
		turn_end();
	}
}
