/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * payload.h: inside the payload: L1's services for the workloads.
 *
 * A workload never counts by hand what KVM should do.  It performs operations
 * through these functions, and each one moves the model (model.c), a copy of
 * what KVM's MMIO caches and shadow page tables must hold; the counts fall out
 * of its changes.
 */
#ifndef PAYLOAD_H
#define PAYLOAD_H

#include <stdbool.h>
#include <stddef.h>
#include "lab_abi.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

extern struct lab_abi *const abi;
#define param(p) (abi->params[PARAM_##p])

/* Who runs: each vCPU has a stack of its own. */
static inline unsigned int vcpu_id(void)
{
	return (LAB_STACK - (uintptr_t)__builtin_frame_address(0)) / LAB_STACK_SIZE;
}

#define self (&abi->vcpu[vcpu_id()])

static inline void count(enum lab_count c)
{
	self->counts[c]++;
}

enum who { L1, L2 };
enum access { READ, WRITE, EXEC };
/* Why L2 faults, in the order of the counts. */
enum cause { COLD, TABLES, MEMSLOT, NOTIFIER, WP, PERM, MMIO, FORWARD };
#define RIGHT_READ 1
#define RIGHT_WRITE 2

/* main.c */
uint64_t call(uint32_t nr, uint64_t a0, uint64_t a1);
void fail(unsigned int line, uint64_t value);
#define must(cond, value)                                                      \
	do {                                                                   \
		if (!(cond))                                                   \
			fail(__LINE__, (uint64_t)(value));                     \
	} while (0)
void unsupported(void);
void *alloc_page(void);
/*
 * Turns: what depends on the order in which the vCPUs do it is done by one at a time,
 * in their order; the others wait without leaving the guest.
 */
void turn_begin(void);
void turn_end(void);
uint32_t mmio_read(uint64_t addr);
void mmio_write(uint64_t addr, uint32_t word);
/* memory that may be a memslot: the model is not told */
uint32_t raw_read(uint64_t addr);
void raw_write(uint64_t addr, uint32_t word);

/* slots.c: what the VMM does to the memslots */
void slot_create(void);
void slot_delete(void);
void slot_flags(void);
void swap_next(unsigned int page);
uint64_t swap_addr(unsigned int page);
/* the VMM takes n pages away and brings them back; logs writes; collects the log */
void discard(uint64_t addr, uint64_t n);
void log_start(uint64_t addr, uint64_t n);
void log_collect(uint64_t addr, uint64_t n);

/* model.c */
void model_mmio(enum who who, uint64_t addr, enum access access);
/* L1 touches a page that is RAM or ROM now: its MMIO SPTE, if there is one, is stale */
void model_slot(uint64_t addr);
void model_rom_write(uint64_t addr);
void model_memslots(bool deleted);
/* L1 writes an entry of its NPT, without rights: removes it */
void model_entry(uint64_t addr, unsigned int rights, bool accessed, bool dirty);
/* L2 touches a page; false: L1 gets the fault */
bool model_touch(uint64_t addr, enum access access);
void model_discard(uint64_t addr);
void model_protect(uint64_t addr);
void model_enter(void);
void model_leave(void);
void model_hypercall(void);

/* l2.c */
struct l2_regs {
	uint64_t addr, n, stride;
};
void l2_enter(uint64_t vmcb, struct l2_regs *r);
extern const char l2_read[], l2_write[];
void l2_setup(void);
/* Entries of L1's NPT. */
#define NPT_READ 0x5ull /* present, user: what nested paging wants */
#define NPT_WRITE 0x7ull
#define NPT_ACCESSED 0x20ull
#define NPT_DIRTY 0x40ull
#define NPT_FRAME 0x000ffffffffff000ull
uint64_t l2_entry(uint64_t addr);
void l2_map(uint64_t addr, uint64_t entry);
void l2_mmio(uint64_t addr, enum access access, uint64_t n);
void l2_touch(uint64_t addr, enum access access, uint64_t n);

#define W_DECLARE(id, name, prefault, help) void run_##id(void);
LAB_WORKLOADS(W_DECLARE)

#endif
