/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lab_abi.h: what the VMM and the payload agree on: the guest's address map,
 * the page through which parameters and counts pass, the calls the payload
 * makes to the VMM, and the names of everything that is counted.
 */
#ifndef LAB_ABI_H
#define LAB_ABI_H

#ifndef __ASSEMBLER__
#include <stdint.h>
#endif

#define LAB_PAGE_SIZE 4096
#define LAB_MAX_VCPUS 2

/* ---- L1's physical address map ---- */
/* Doorbells: nothing is mapped here, so a write is an exit to the VMM. */
#define LAB_PORT_L1 0x0a000000
#define LAB_PORT_L2 0x0a010000
#define LAB_PORT_EVENT 0x0a020000 /* LAB_CALL_IOEVENTFD */
/* Slot 0: image, stacks, tables, parameter page.  Populated from the start. */
#define LAB_RAM_BASE 0x40000000
#define LAB_RAM_SIZE 0x01000000
#define LAB_ABI_PAGE LAB_RAM_BASE
#define LAB_IMAGE_BASE (LAB_RAM_BASE + 0x10000)
/* Slot 1: the pages L2 touches, LAB_DATA_PER_VCPU for each vCPU. */
#define LAB_DATA_BASE 0x50000000
#define LAB_DATA_PER_VCPU 0x01000000
#define LAB_MAX_PAGES (LAB_DATA_PER_VCPU / LAB_PAGE_SIZE)
/* The page behind them is never touched by L2: something to discard. */
#define LAB_SPARE_BASE (LAB_DATA_BASE + LAB_MAX_VCPUS * LAB_DATA_PER_VCPU)
#define LAB_DATA_SIZE (LAB_MAX_VCPUS * LAB_DATA_PER_VCPU + LAB_PAGE_SIZE)
/* Slot 2 comes and goes with s2-memslot; nobody touches it. */
#define LAB_EXTRA_BASE 0x70000000
#define LAB_EXTRA_SIZE LAB_PAGE_SIZE

/*
 * Slots 3 to 6, a page each: the VMM makes them MMIO of its own (no slot), RAM
 * and ROM in turn.  Every change is a generation, and every word read from such
 * a page names it, so that one that is out of date is found out.
 */
#define LAB_SWAP_BASE 0x30000000
#define LAB_SWAP_PAGES 4
#define LAB_SWAP_SLOT 3
#define LAB_SWAP_IS_RAM(gen) ((gen) & 1)
#define LAB_SWAP_IS_ROM(gen) (((gen) & 3) == 3)
#define LAB_GEN_MASK 0xfffffu
#define LAB_WORD(kind, page, gen) ((uint32_t)(kind) << 28 | (page) << 20 | ((gen) & LAB_GEN_MASK))
#define LAB_WORD_MMIO 9
#define LAB_WORD_RAM 10
#define LAB_WORD_DATA 11 /* stress: a data page that is discarded and filled again */
#define LAB_WORD_WRITE 12 /* what L2 writes; page: where L1 maps it */
/* stress: pages of slot 1, from this one of vCPU 0 on, whose contents have generations */
#define LAB_FRESH_FIRST 1024
#define LAB_FRESH_PAGES 4
/* Reading the L2 port gives this. */
#define LAB_PORT_VALUE 0x504f5254

/* ---- calls: a 32-bit write of the number to the L1 port ---- */
#define LAB_CALL_DONE 1     /* end of the workload; arg 0: status */
#define LAB_CALL_BARRIER 2  /* wait for every vCPU */
#define LAB_CALL_DISCARD 3  /* MADV_DONTNEED of arg 0 = IPA, arg 1 = bytes */
#define LAB_CALL_POPULATE 4 /* bring them back */
#define LAB_CALL_MEMSLOT 5  /* arg 0: 1 creates, 0 deletes slot 2 */
#define LAB_CALL_DIRTY 6    /* arg 0: 1 starts, 2 collects the dirty log of slot 1 */
/* the VMM brings missing data pages; arg 0: when so many faults wait, 1: 1 discards another first */
#define LAB_CALL_MARK 7
#define LAB_CALL_SWAP 8     /* swap page arg 0 gets its next generation */
#define LAB_CALL_UNMAP 9    /* nothing is behind page arg 0 until KVM_RUN fails for it */
#define LAB_CALL_POISON 10  /* the host's page behind arg 0 goes bad */
#define LAB_CALL_CHANGE 11  /* the 64 bits at arg 0 become arg 1 when somebody writes them */
#define LAB_CALL_CHAOS 12   /* stress: the VMM changes things from now on, arg 0: seed */
#define LAB_CALL_YIELD 13   /* let the other vCPU's thread run */
#define LAB_CALL_IOEVENTFD 14 /* a write of 32 bits to arg 0 ends in an eventfd */

/* payload status */
#define LAB_OK 0
#define LAB_FAILED 1
#define LAB_WRONG 2 /* stress: args 1 address, 2 got, 3 expected */
#define LAB_UNSUPPORTED 77

/*
 * Each architecture's own: LAB_COUNTS, what is counted: C(id, key), the keys are
 * those of bpf/events.def; LAB_PARAMS, what a workload can be given:
 * V(id, name, default, help); LAB_WORDS, words that stand for a number:
 * D(parameter, word, value); LAB_WORKLOADS: W(id, name, prefault, help).
 */
#ifdef __x86_64__
#include "lab_x86.h"
#else
#include "lab_arm64.h"
#endif

#ifndef __ASSEMBLER__
#define LAB_COUNT_ID(id, key) CNT_##id,
enum lab_count { LAB_COUNTS(LAB_COUNT_ID) CNT_MAX };

#define LAB_PARAM_ID(id, name, def, help) PARAM_##id,
enum lab_param { LAB_PARAMS(LAB_PARAM_ID) PARAM_MAX };


#define LAB_FLAG_SHARED 1u /* both vCPUs use one VTTBR */

#define LAB_WORKLOAD_ID(id, name, prefault, help) WL_##id,
enum lab_workload { LAB_WORKLOADS(LAB_WORKLOAD_ID) WL_MAX };

#define LAB_MAGIC 0x6e6573740001ull

struct lab_vcpu {
	uint64_t args[4];
	uint64_t result;
	uint64_t fail_line; /* where the payload gave up, and with what */
	uint64_t fail_value;
	uint64_t counts[CNT_MAX];
};

/* Two generations: of a change that has begun, and of one that is done. */
struct lab_gen {
	volatile uint32_t begin, done;
};

/* At LAB_ABI_PAGE; larger than a page is fine, the image starts 64 KB on. */
struct lab_abi {
	uint64_t magic;
	uint64_t workload;
	uint64_t vcpus;
	uint64_t flags;
	uint64_t params[PARAM_MAX];
	uint64_t again; /* written by the VMM before DONE returns: run once more */
	struct lab_gen swap[LAB_SWAP_PAGES];
	struct lab_gen fresh[LAB_FRESH_PAGES];
	struct lab_vcpu vcpu[LAB_MAX_VCPUS];
};
#endif
#endif
