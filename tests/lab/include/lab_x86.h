/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lab_x86.h: lab_abi.h's part for x86: what the VMM sets up, what there is to run and count. */
#ifndef LAB_X86_H
#define LAB_X86_H

/* L1's page tables: everything below 4 GiB is where it is, in pages of 2 MiB. */
#define LAB_TABLES (LAB_RAM_BASE + LAB_RAM_SIZE - 0x10000)
#define LAB_STACK LAB_TABLES
#define LAB_STACK_SIZE 0x10000 /* of each vCPU; vCPU 0 has the highest */
/* What each vCPU does is known by itself, too. */
#define LAB_VCPU_COUNTS

/* What KVM was told or found out, in lab_abi.flags. */
#define LAB_FLAG_UNCACHED 2u /* it caches no MMIO: mmio_caching=0, or too many address bits */
#define LAB_FLAG_SHADOW 4u /* npt=0: L1 is on shadow page tables, and gets no NPT */

/* Every data page starts with this instruction, so that L2 can call it. */
#define LAB_INSN_RET 0xc3u

/* ---- what is counted ---- */
#define LAB_MMIO_COUNTS(WHO, who, C)                                           \
	C(CACHE_FILL_##WHO, "mmio.cache.fill." who)                            \
	C(CACHE_VCPU_HIT_##WHO, "mmio.cache.vcpu_hit." who)                    \
	C(CACHE_HIT_##WHO, "mmio.cache.hit." who)                              \
	C(CACHE_STALE_##WHO, "mmio.cache.stale." who)                          \
	C(CACHE_STALE_RAM_##WHO, "mmio.cache.stale_ram." who)                  \
	C(CACHE_BYPASS_##WHO, "mmio.cache.bypass." who)                        \
	C(CACHE_READ_ONLY_##WHO, "mmio.cache.read_only." who)                  \
	C(ABORT_KERNEL_##WHO, "mmio.abort.kernel." who)                        \
	C(ABORT_USER_##WHO, "mmio.abort.user." who)

#define LAB_FAULT_COUNTS(CAUSE, cause, C)                                      \
	C(FAULT_##CAUSE##_READ, "s2.fault." cause ".read")                     \
	C(FAULT_##CAUSE##_WRITE, "s2.fault." cause ".write")                   \
	C(FAULT_##CAUSE##_EXEC, "s2.fault." cause ".exec")

#define LAB_COUNTS(C)                                                          \
	LAB_MMIO_COUNTS(L1, "l1", C)                                           \
	LAB_MMIO_COUNTS(L2, "l2", C)                                           \
	C(ACCESS_READ, "mmio.access.read")                                     \
	C(ACCESS_READ_PENDING, "mmio.access.read_pending")                     \
	C(ACCESS_WRITE, "mmio.access.write")                                   \
	LAB_FAULT_COUNTS(COLD, "cold", C)                                      \
	LAB_FAULT_COUNTS(TABLES, "tables", C)                                  \
	LAB_FAULT_COUNTS(MEMSLOT, "memslot", C)                                \
	LAB_FAULT_COUNTS(NOTIFIER, "notifier", C)                              \
	LAB_FAULT_COUNTS(WP, "wp", C)                                          \
	LAB_FAULT_COUNTS(PERM, "perm", C)                                      \
	LAB_FAULT_COUNTS(MMIO, "mmio", C)                                      \
	LAB_FAULT_COUNTS(FORWARD, "forward", C)                                \
	/* what became of them: values of a field, see check.py */             \
	C(OUT_MAP, "s2.fault:outcome.map")                                     \
	C(OUT_PERM_RELAX, "s2.fault:outcome.perm_relax")                       \
	C(OUT_MMIO, "s2.fault:outcome.mmio")                                   \
	C(OUT_INJECT_WALK, "s2.fault:outcome.inject_walk")                     \
	C(OUT_INJECT_PERM, "s2.fault:outcome.inject_perm")                     \
	C(ERET_L2, "el2.eret.l2")                                              \
	C(EXIT_FAULT_EMULATED, "el2.exit.fault.emulated")                      \
	C(EXIT_FAULT_FORWARDED, "el2.exit.fault.forwarded")                    \
	C(EXIT_HYPERCALL_FORWARDED, "el2.exit.hypercall.forwarded")            \
	C(EXC_SYNC, "el2.exc.sync")

/* The host's own interrupts come when they come. */
#define LAB_NOT_COUNTED "\"s2.l1fault\",\"el2.exit.irq.emulated\""

#define LAB_PARAMS(V)                                                          \
	V(PAGES, "pages", 16, "pages that L2 touches")                         \
	V(ROUNDS, "rounds", 4, "repetitions")

#define LAB_WORDS(D)

#define LAB_WORKLOADS(W)                                                       \
	W(MMIO, "mmio", 1, "MMIO accesses, and memslot changes between them")  \
	W(SVM_RAM, "svm-ram", 1, "L2 touches pages, the VMM takes them away, logs them, zaps all") \
	W(SVM_MMIO, "svm-mmio", 1, "MMIO accesses of L2, and memslot changes between them") \
	W(SVM_TABLES, "svm-tables", 1, "L1 rewrites its nested page table")    \
	W(SVM_FORWARD, "svm-forward", 1, "L2 touches what L1 does not map, or not for writing")

#endif
