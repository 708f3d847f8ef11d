// SPDX-License-Identifier: GPL-2.0-or-later
/* svm-ram, svm-mmio, svm-tables, svm-forward: what L2 does through L1's nested page table. */
#include "payload.h"

#define DATA(page) (LAB_DATA_BASE + vcpu_id() * LAB_DATA_PER_VCPU + (page) * LAB_PAGE_SIZE)

/* Pages [first, first + n) where they are, with these bits. */
static void map_data(uint64_t first, uint64_t n, uint64_t bits)
{
	for (uint64_t i = first; i < first + n; i++)
		l2_map(DATA(i), DATA(i) | bits);
}

/* Every page faults once, and once more after each thing that takes it away. */
void run_SVM_RAM(void)
{
	uint64_t n = param(PAGES);

	l2_setup();
	map_data(0, n, NPT_WRITE | NPT_DIRTY);
	l2_touch(DATA(0), READ, n);
	l2_touch(DATA(0), WRITE, n);
	for (uint64_t r = 0; r < param(ROUNDS); r++) {
		slot_create();
		l2_touch(DATA(0), WRITE, n);
		slot_delete();
		l2_touch(DATA(0), WRITE, n);
		discard(DATA(0), n / 2);
		l2_touch(DATA(0), READ, n);
	}
	if (abi->again)
		return;
	log_start(DATA(0), n);
	l2_touch(DATA(0), WRITE, n);
	for (uint64_t r = 0; r < param(ROUNDS); r++) {
		log_collect(DATA(0), n);
		l2_touch(DATA(0), READ, n);
		l2_touch(DATA(0), WRITE, n);
	}
}

/* The SPTE is all the memory there is: L2 never uses that of the vCPU. */
static void l2_back_and_forth(void)
{
	l2_mmio(LAB_PORT_L2, READ, 1);
	l2_mmio(LAB_PORT_L2, READ, 1);
	l2_mmio(swap_addr(0), READ, 2);
	l2_mmio(LAB_PORT_L2, WRITE, 1);
	/* L1 finds what L2 left */
	must(mmio_read(LAB_PORT_L2) == LAB_PORT_VALUE, 0);
}

void run_SVM_MMIO(void)
{
	l2_setup();
	l2_map(LAB_PORT_L2, LAB_PORT_L2 | NPT_WRITE);
	l2_map(LAB_PORT_EVENT, LAB_PORT_EVENT | NPT_WRITE);
	l2_map(swap_addr(0), swap_addr(0) | NPT_WRITE);
	l2_map(swap_addr(1), swap_addr(1) | NPT_WRITE);
	turn_begin();
	if (!vcpu_id())
		must(!call(LAB_CALL_IOEVENTFD, LAB_PORT_EVENT, 0) || abi->again, 0);
	turn_end();
	for (uint64_t r = 0; r < param(ROUNDS); r++) {
		turn_begin();
		l2_back_and_forth();
		slot_create();
		l2_back_and_forth();
		slot_delete();
		l2_back_and_forth();
		l2_mmio(LAB_PORT_EVENT, WRITE, 1);
		turn_end();
	}
}

/*
 * L1 rewrites entries that KVM shadows: other frames, none, fewer rights and more
 * again, and entries that were never written through.
 */
void run_SVM_TABLES(void)
{
	uint64_t n = param(PAGES) / 2;

	l2_setup();
	map_data(0, n, NPT_WRITE | NPT_DIRTY);
	map_data(n, n, NPT_WRITE);
	/* the second half is not dirty: read first, then written */
	l2_touch(DATA(0), WRITE, n);
	l2_touch(DATA(n), READ, n);
	l2_touch(DATA(n), WRITE, n);
	for (uint64_t r = 0; r < param(ROUNDS); r++) {
		/* the same frames, but not accessed: KVM drops what it shadowed */
		map_data(0, n, NPT_WRITE | NPT_DIRTY);
		l2_touch(DATA(0), READ, n);
		/* two frames change places */
		l2_map(DATA(0), DATA(1) | NPT_WRITE | NPT_DIRTY);
		l2_map(DATA(1), DATA(0) | NPT_WRITE | NPT_DIRTY);
		l2_touch(DATA(0), WRITE, n);
		/* gone, and given again by L1 when L2 misses them */
		for (uint64_t i = 0; i < n; i++)
			l2_map(DATA(i), 0);
		l2_touch(DATA(0), READ, n);
		l2_touch(DATA(0), WRITE, n);
		/* read-only while it stays accessed: KVM keeps the page and takes the right */
		for (uint64_t i = n; i < 2 * n; i++)
			l2_map(DATA(i), l2_entry(DATA(i)) & ~2ull);
		l2_touch(DATA(n), READ, n);
		l2_touch(DATA(n), WRITE, n);
	}
}

/* L1 maps a page when L2 misses it, for reading, and for writing when that is missed. */
void run_SVM_FORWARD(void)
{
	uint64_t n = param(PAGES) / 2;

	l2_setup();
	if (!abi->again) {
		l2_touch(DATA(0), READ, n);
		l2_touch(DATA(0), WRITE, n);
		l2_touch(DATA(n), WRITE, n);
	}
	l2_touch(DATA(0), WRITE, 2 * n);
}
