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
#define LAB_GICD_BASE 0x08000000
#define LAB_GICR_BASE 0x080a0000
/* Doorbells: nothing is mapped here, so a write is an exit to the VMM. */
#define LAB_PORT_L1 0x0a000000
#define LAB_PORT_L2 0x0a010000
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

/* Every data page starts with this instruction, so that L2 can call it. */
#define LAB_INSN_RET 0xd65f03c0u

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

/* payload status */
#define LAB_OK 0
#define LAB_FAILED 1
#define LAB_WRONG 2 /* stress: args 1 address, 2 got, 3 expected */
#define LAB_UNSUPPORTED 77

/* ---- what is counted: C(id, key); the keys are those of bpf/events.def ---- */
#define LAB_AT_PATHS(P, C)                                                     \
	P(FAST, "fast", C) P(FAST_PERM, "fast_perm", C) P(FAST_AF, "fast_af", C) \
	P(SLOW_COLD, "slow_cold", C) P(SLOW_FAULT, "slow_fault", C)            \
	P(SLOW_NO_CTX, "slow_no_ctx", C) P(RETRY, "retry", C)
#define LAB_AT_OPS(P, PS, C)                                                   \
	C(AT_##P##_S1E1R, "at.op." PS ".s1e1r")                                \
	C(AT_##P##_S1E1W, "at.op." PS ".s1e1w")                                \
	C(AT_##P##_S1E0R, "at.op." PS ".s1e0r")                                \
	C(AT_##P##_S1E0W, "at.op." PS ".s1e0w")                                \
	C(AT_##P##_S12E1R, "at.op." PS ".s12e1r")                              \
	C(AT_##P##_S12E1W, "at.op." PS ".s12e1w")

#define LAB_COUNTS(C)                                                          \
	C(FAULT_COLD, "s2.fault.cold")                                         \
	C(FAULT_TLBI_VMALLS12E1, "s2.fault.tlbi_vmalls12e1")                   \
	C(FAULT_TLBI_IPAS2E1, "s2.fault.tlbi_ipas2e1")                         \
	C(FAULT_TLBI_RIPAS2E1, "s2.fault.tlbi_ripas2e1")                       \
	C(FAULT_TLBI_ALLE1, "s2.fault.tlbi_alle1")                             \
	C(FAULT_EVICT, "s2.fault.evict")                                       \
	C(FAULT_NOTIFIER, "s2.fault.notifier")                                 \
	C(FAULT_MEMSLOT, "s2.fault.memslot")                                   \
	C(FAULT_WP, "s2.fault.wp")                                             \
	C(FAULT_PERM, "s2.fault.perm")                                         \
	C(FAULT_MMIO, "s2.fault.mmio")                                         \
	C(FAULT_FORWARD, "s2.fault.forward")                                   \
	C(FAULT_RETRY, "s2.fault.retry")                                       \
	C(FAULT_ABORT, "s2.fault.abort")                                       \
	C(FAULT_ERROR, "s2.fault.error")                                       \
	/* what became of them: values of a field, see check.py */             \
	C(OUT_MAP, "s2.fault:outcome.map")                                     \
	C(OUT_PERM_RELAX, "s2.fault:outcome.perm_relax")                       \
	C(OUT_MMIO, "s2.fault:outcome.mmio")                                   \
	C(OUT_INJECT_WALK, "s2.fault:outcome.inject_walk")                     \
	C(OUT_INJECT_PERM, "s2.fault:outcome.inject_perm")                     \
	C(OUT_INJECT_SEA, "s2.fault:outcome.inject_sea")                       \
	C(OUT_HWPOISON, "s2.fault:outcome.hwpoison")                           \
	C(OUT_RETRY_WALK, "s2.fault:outcome.retry_walk")                       \
	C(OUT_RETRY_INVAL, "s2.fault:outcome.retry_inval")                     \
	C(OUT_RETRY_RACE, "s2.fault:outcome.retry_race")                       \
	C(OUT_ERROR, "s2.fault:outcome.error")                                 \
	C(CTX_HIT, "s2.ctx.hit")                                               \
	C(CTX_FREE, "s2.ctx.free")                                             \
	C(CTX_EVICT, "s2.ctx.evict")                                           \
	C(TLBI_VMALLS12E1, "s2.tlbi.vmalls12e1")                               \
	C(TLBI_IPAS2E1, "s2.tlbi.ipas2e1")                                     \
	C(TLBI_RIPAS2E1, "s2.tlbi.ripas2e1")                                   \
	C(TLBI_ALLE1, "s2.tlbi.alle1")                                         \
	C(TLBI_S1E1, "s2.tlbi.s1e1")                                           \
	C(TLBI_S1E2, "s2.tlbi.s1e2")                                           \
	C(UNMAP_VMALLS12E1, "s2.unmap.tlbi_vmalls12e1")                        \
	C(UNMAP_IPAS2E1, "s2.unmap.tlbi_ipas2e1")                              \
	C(UNMAP_RIPAS2E1, "s2.unmap.tlbi_ripas2e1")                            \
	C(UNMAP_ALLE1, "s2.unmap.tlbi_alle1")                                  \
	C(UNMAP_RECYCLE, "s2.unmap.recycle")                                   \
	C(UNMAP_NOTIFIER, "s2.unmap.notifier")                                 \
	C(UNMAP_MEMSLOT, "s2.unmap.memslot")                                   \
	C(WP, "s2.wp.all")                                                     \
	LAB_AT_PATHS(LAB_AT_OPS, C)                                            \
	C(AT_BUT_RETRY, "at.op-retry") /* all but the value: see check.py */   \
	C(MMIO_KERNEL_L1, "mmio.abort.kernel.l1")                              \
	C(MMIO_KERNEL_L2, "mmio.abort.kernel.l2")                              \
	C(MMIO_USER_L1, "mmio.abort.user.l1")                                  \
	C(MMIO_USER_L2, "mmio.abort.user.l2")                                  \
	C(MMIO_ERROR_L2, "mmio.abort.error.l2")                                \
	C(CACHE_HIT, "mmio.cache.hit.l2")                                      \
	C(CACHE_FILL, "mmio.cache.fill.l2")                                    \
	C(CACHE_STALE, "mmio.cache.stale.l2")                                  \
	C(CACHE_BYPASS, "mmio.cache.bypass.l2")                                \
	C(ERET_L2, "el2.eret.l2")                                              \
	C(EXC_SYNC, "el2.exc.sync")                                            \
	C(TRAP_FORWARDED_L2, "el2.trap.forwarded.l2")                          \
	C(TRAP_EMULATED_L2, "el2.trap.emulated.l2")                            \
	C(VNCR_HANDLED, "el2.vncr.handled")                                    \
	C(VNCR_INJECTED, "el2.vncr.injected")                                  \
	C(VNCR_INVAL_TLBI, "el2.vncr_inval.tlbi")                              \
	C(VNCR_INVAL_IPA, "el2.vncr_inval.ipa")                                \
	C(VNCR_INVAL_RETRANSLATE, "el2.vncr_inval.retranslate")

#ifndef __ASSEMBLER__
#define LAB_COUNT_ID(id, key) CNT_##id,
enum lab_count { LAB_COUNTS(LAB_COUNT_ID) CNT_MAX };

/* What a workload can be given; V(id, name, default, help). */
#define LAB_PARAMS(V)                                                          \
	V(PAGES, "pages", 64, "pages that L2 touches")                         \
	V(ROUNDS, "rounds", 0, "repetitions (0: what suits the workload)")     \
	V(VTTBRS, "vttbrs", 5, "s2-switch: contexts, against a pool of 2 per vCPU") \
	V(OP, "op", 0, "s2-tlbi: vmalls12e1is, ipas2e1is, ripas2e1is, alle1is, vmalle1is") \
	V(MODE, "mode", 0, "s2-perm: l1, host; mmio-hit: both, kernel, user, tlbi, forbid, " \
	  "recycle; s2-outcomes: sea, error, walk, race, hwpoison")            \
	V(SEED, "seed", 1, "stress: another seed, another order of things")
#define LAB_PARAM_ID(id, name, def, help) PARAM_##id,
enum lab_param { LAB_PARAMS(LAB_PARAM_ID) PARAM_MAX };

enum lab_op { OP_VMALLS12E1IS, OP_IPAS2E1IS, OP_RIPAS2E1IS, OP_ALLE1IS, OP_VMALLE1IS, OP_MAX };

#define LAB_FLAG_SHARED 1u /* both vCPUs use one VTTBR */

/* The workloads; W(id, name, prefault, help). */
#define LAB_WORKLOADS(W)                                                       \
	W(S2_COLD, "s2-cold", 1, "L2 touches pages once")                      \
	W(S2_TLBI, "s2-tlbi", 1, "L1 invalidates stage 2, L2 touches the pages again (--op)") \
	W(S2_SWITCH, "s2-switch", 1, "L1 goes round more VTTBRs than the pool holds") \
	W(S2_NOTIFIER, "s2-notifier", 1, "the VMM discards and re-adds pages") \
	W(S2_MEMSLOT, "s2-memslot", 1, "the VMM creates and deletes another memslot") \
	W(S2_WP, "s2-wp", 1, "the VMM collects a dirty log, L2 writes again")  \
	W(S2_PERM, "s2-perm", 1, "read, then write, then execute (--mode l1 or host)") \
	W(S2_FORWARD, "s2-forward", 1, "L2 touches what L1 does not map")      \
	W(S2_RETRY, "s2-retry", 0, "an invalidation hits a fault half way (userfaultfd)") \
	W(AT_FAST, "at-fast", 1, "AT with a warm shadow")                      \
	W(AT_SLOW, "at-slow", 1, "AT with a cold shadow, and with no context") \
	W(AT_FAULT, "at-fault", 1, "AT that ends in a stage-1 fault")          \
	W(MMIO_HIT, "mmio-hit", 1, "L2 accesses the GIC and the VMM's doorbell (--mode)") \
	W(MMIO_MEMSLOT, "mmio-memslot", 1, "memslots come and go between L2's MMIO accesses") \
	W(S2_OUTCOMES, "s2-outcomes", 1, "faults with rare outcomes (--mode)") \
	W(AT_RETRY, "at-retry", 1, "a descriptor changes under an AT's walk (userfaultfd)") \
	W(S2_WALK_RACE, "s2-walk-race", 1, "AT against TLBIs and new descriptors of another vCPU") \
	W(STRESS, "stress", 1, "everything changes all the time, every value is checked") \
	W(EL2_STORM, "el2-storm", 1, "erets into L2, hypercalls, register traps") \
	W(EL2_VNCR, "el2-vncr", 1, "L2 is a hypervisor too: VNCR aborts")      \
	W(MIXED, "mixed", 1, "a bit of everything")
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
