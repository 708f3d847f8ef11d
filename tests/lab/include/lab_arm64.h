/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lab_arm64.h: lab_abi.h's part for arm64: the GIC, and what there is to run and count. */
#ifndef LAB_ARM64_H
#define LAB_ARM64_H

#define LAB_GICD_BASE 0x08000000
#define LAB_GICR_BASE 0x080a0000

/* Every data page starts with this instruction, so that L2 can call it. */
#define LAB_INSN_RET 0xd65f03c0u

/* ---- what is counted ---- */
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

/* L1's own register traps depend on the KVM version */
#define LAB_NOT_COUNTED "\"el2.trap.emulated.l1\",\"s2.l1fault\""

#define LAB_PARAMS(V)                                                          \
	V(PAGES, "pages", 64, "pages that L2 touches")                         \
	V(ROUNDS, "rounds", 0, "repetitions (0: what suits the workload)")     \
	V(VTTBRS, "vttbrs", 5, "s2-switch: contexts, against a pool of 2 per vCPU") \
	V(OP, "op", 0, "s2-tlbi: vmalls12e1is, ipas2e1is, ripas2e1is, alle1is, vmalle1is") \
	V(MODE, "mode", 0, "s2-perm: l1, host; mmio-hit: both, kernel, user, tlbi, forbid, " \
	  "recycle; s2-outcomes: sea, error, walk, race, hwpoison")            \
	V(SEED, "seed", 1, "stress: another seed, another order of things")
#define LAB_WORDS(D)                                                           \
	D(OP, "vmalls12e1is", OP_VMALLS12E1IS)                                 \
	D(OP, "ipas2e1is", OP_IPAS2E1IS)                                       \
	D(OP, "ripas2e1is", OP_RIPAS2E1IS)                                     \
	D(OP, "alle1is", OP_ALLE1IS)                                           \
	D(OP, "vmalle1is", OP_VMALLE1IS)                                       \
	D(MODE, "l1", 0)                                                       \
	D(MODE, "host", 1)                                                     \
	D(MODE, "both", 0)                                                     \
	D(MODE, "kernel", 1)                                                   \
	D(MODE, "user", 2)                                                     \
	D(MODE, "tlbi", 3)                                                     \
	D(MODE, "forbid", 4)                                                   \
	D(MODE, "recycle", 5)                                                  \
	D(MODE, "all", 0)                                                      \
	D(MODE, "sea", 1)                                                      \
	D(MODE, "error", 2)                                                    \
	D(MODE, "walk", 3)                                                     \
	D(MODE, "race", 4)                                                     \
	D(MODE, "hwpoison", 5)

#ifndef __ASSEMBLER__
enum lab_op { OP_VMALLS12E1IS, OP_IPAS2E1IS, OP_RIPAS2E1IS, OP_ALLE1IS, OP_VMALLE1IS, OP_MAX };
#endif

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
#endif
