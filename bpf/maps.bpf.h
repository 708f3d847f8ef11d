/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * maps.bpf.h: the maps and settings that all systems share.  Everything is
 * weak, so that the objects, linked into one, share one copy.
 */
#ifndef NESTSCOPE_MAPS_BPF_H
#define NESTSCOPE_MAPS_BPF_H

#include "kernel.h"
#include "abi.h"

/* ---- settings, fixed before load ---- */

const volatile __weak u32 cfg_mode = NS_MODE_COUNT;
const volatile __weak u64 cfg_events = ~0UL; /* wanted events, by id */
const volatile __weak u32 cfg_pid = 0; /* only this VMM; 0: all */
const volatile __weak u32 cfg_vcpu = NS_NO_VCPU; /* only this vCPU; NS_NO_VCPU: all */
const volatile __weak u64 cfg_min_ns = 0; /* only timed events that took as long */
const volatile __weak u32 cfg_causes = ~0U; /* only faults of these causes, by NS_CAUSE_* */
const volatile __weak u32 cfg_sample = 1; /* only one of so many, per event and CPU */
/* Are there any of the five above?  What is never asked costs nothing. */
const volatile __weak bool cfg_filters = 1;
/* Are events counted in the ledger?  Not where the counts themselves tell. */
const volatile __weak bool cfg_seen = 1;
const volatile __weak u32 cfg_rings_mask = 0; /* rings - 1, a power of two of them */
const volatile __weak u32 cfg_ring_places = NS_RING_MIN - 8; /* mask; bytes of each, - 8 */
const volatile __weak u32 cfg_page_shift = 12; /* of the host's pages */
const volatile __weak u32 cfg_set_mask = 0; /* page history: number of sets - 1 */
const volatile __weak u32 cfg_set_bits = 0;
/* 7.3 has an array of pointers, 7.2 and older an array of structures: CO-RE
 * cannot tell pointers apart, user space looks into BTF. */
const volatile __weak bool cfg_mmus_indirect = 1;
const volatile __weak u32 cfg_mmu_size = 0; /* sizeof(struct kvm_s2_mmu) */
/* Which helpers of the fault handler could be attached. */
const volatile __weak bool cfg_sees_ctx = 1; /* lookup_s2_mmu */
const volatile __weak bool cfg_nv_fault = 0; /* kvm_nv_s2_fault tells of s2.fault */
const volatile __weak bool cfg_sees_map = 1; /* kvm_pgtable_stage2_map, _relax_perms */

/* ---- switched at run time ---- */

__weak u32 on = 0; /* collecting */
__weak u32 whole = 0; /* NS_MODE_SWITCH: whole events are wanted */
__weak u64 whole_min_ns[NS_EVENT_SLOTS]; /* ... that took at least so long, by event */
__weak u32 vm_gen = 1; /* VMs destroyed so far, + 1 */
__weak u32 next_vm = 1;
__weak u32 next_ctx = 1;
__weak u32 vm_pid[NS_MAX_VMS]; /* VMM of each VM */
__weak u8 vm_realm_before[NS_MAX_VMS]; /* it had a realm before anybody looked */

/* ---- counts ---- */

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_HASH);
	__uint(max_entries, 16384);
	__type(key, struct ns_cell_key);
	__type(value, struct ns_cell);
} cells __weak SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1 << NS_HOT_BITS);
	__type(key, u32);
	__type(value, struct ns_hot_cell);
} hot_cells __weak SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, NS_NR_EVENTS);
	__type(key, u32);
	__type(value, struct ns_ledger);
} ledger __weak SEC(".maps");

/* ---- whole events ---- */

/*
 * One ring for each CPU (index: CPU & cfg_rings_mask); struct ns_ring.  Not the
 * kernel's own kind: that takes a lock for each record, two calls and, for whom it
 * may wake, the reader's position; a ring that is one CPU's does with one exchange.
 */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1); /* both set by user space */
	__uint(key_size, sizeof(u32));
	__uint(value_size, NS_RING_BYTES(NS_RING_MIN));
} rings __weak SEC(".maps");

/* ---- identity ---- */

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, NS_MAX_VMS);
	__type(key, struct ns_vm_key);
	__type(value, struct ns_vm);
} vms __weak SEC(".maps");

/*
 * The process that last ran on this CPU, for tracepoints that carry no vCPU:
 * cheaper than the thread's own storage.
 */
struct ns_cpu_who {
	u64 task; /* 0 while being written */
	u64 start_ns;
	u64 vm;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct ns_cpu_who);
} cpu_who __weak SEC(".maps");

/*
 * The vCPU that last had an event of ours on this CPU.  head and tail are its
 * address: they differ when two programs wrote into each other, and then
 * nothing of it is valid.
 */
struct ns_cpu_vcpu {
	u64 head;
	u32 gen;
	u16 vm;
	u16 vcpu;
	u64 tail;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct ns_cpu_vcpu);
} cpu_vcpu __weak SEC(".maps");

/* struct kvm * -> VM id, for threads that are not the VMM's (reclaim, ksm). */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, NS_MAX_VMS);
	__type(key, u64);
	__type(value, u32);
} kvms __weak SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, NS_MAX_CTXS);
	__type(key, struct ns_ctx_key);
	__type(value, struct ns_ctx);
} ctxs __weak SEC(".maps");

/*
 * Which context has a slot of a VM's pool; index: VM id * NS_MAX_POOL + slot.
 * Kept by kvm_nv_s2_mmu_get, the tracepoint that gives slots away.
 */
struct ns_slot_owner {
	u64 vttbr; /* valid when ctx is */
	u32 ctx; /* 0: not known */
	u32 pad;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1); /* set by user space */
	__type(key, u32);
	__type(value, struct ns_slot_owner);
} slots __weak SEC(".maps");

/* ---- why a page faulted again ---- */

/* What happened to a context lately; indexed by context id. */
struct ns_ctx_state {
	u32 seq; /* unmaps and write-protections so far */
	u32 wp_seq; /* seq of the last write-protection, 0: none */
	u32 blocks; /* has had mappings larger than a page */
	u32 known; /* seen from its first page on */
	u32 notified; /* x86: notifications, and protections, that the ring has */
	u32 protected;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, NS_MAX_CTXS);
	__type(key, u32);
	__type(value, struct ns_ctx_state);
} ctx_states __weak SEC(".maps");

/* Some pages of the range were unmapped, or none: only when nothing else was. */
#define NS_PERHAPS 0x800

#define NS_UNMAP_RING 128 /* unmaps remembered per context; a power of two */

struct ns_unmap_rec {
	u64 start; /* page address; the cause, and NS_PERHAPS, in the low 12 bits */
	u64 end; /* first address after it; 0: no unmap (write-protection) */
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, NS_MAX_CTXS * NS_UNMAP_RING);
	__type(key, u32);
	__type(value, struct ns_unmap_rec);
} unmaps __weak SEC(".maps");

/*
 * The pages that were mapped, in sets of seven: which page of which context,
 * and the context's seq when it was mapped.  A set that is full displaces an
 * entry and remembers that it did: from then on a page it does not know is
 * "unknown" and not "cold".
 */
struct ns_page_set {
	u64 entry[NS_WAYS];
	u64 displaced;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1); /* set by user space */
	__type(key, u32);
	__type(value, struct ns_page_set);
} pages __weak SEC(".maps");

/* ---- x86 ---- */

/* A shadow page, by its address: whose it is and what it translates. */
struct ns_shadow_page {
	u64 vttbr; /* nested CR3 or EPTP; 0: not in guest mode */
	u64 start; /* first address it translates; NS_UNAVAILABLE: not seen */
	u16 vm;
	u16 ctx;
	u32 level;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 1); /* set by user space */
	__type(key, u64);
	__type(value, struct ns_shadow_page);
} shadow_pages __weak SEC(".maps");

/* The shadow page of a table in L1's memory; key: VM id << 48 | frame. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 1); /* set by user space */
	__type(key, u64);
	__type(value, u64); /* address of the shadow page */
} shadow_tables __weak SEC(".maps");

__weak u32 notifications[NS_MAX_VMS]; /* MMU notifiers so far; 0: of which VM is not known */
__weak u32 protections[NS_MAX_VMS]; /* times that a memslot was write-protected */
const volatile __weak u32 cfg_pf_fixed = ~0U; /* RET_PF_FIXED of this kernel */

/* ---- what a thread is doing ---- */

/* What was seen while a stage-2 fault was handled. */
#define NS_FF_NESTED 1 /* on a shadow context */
#define NS_FF_FORWARD 2 /* L1 got it */
#define NS_FF_WALK_RETRY 4 /* the walk of L1's stage 2 said -EAGAIN */
#define NS_FF_MMIO 8
#define NS_FF_MAPPED 16 /* a mapping was made or relaxed; cause is valid */
#define NS_FF_RELAXED 32 /* ... it was relaxed */
#define NS_FF_RACED 64 /* another vCPU made or changed the entry */
#define NS_FF_WALK_FAULT 128 /* L1's stage 2 has no such translation */

/* What was seen while an AT instruction was executed. */
#define NS_AF_OPEN 1
#define NS_AF_SLOW 2 /* the software walker ran */
#define NS_AF_NO_CTX 4 /* there was no context for the fast path */
#define NS_AF_RETRY 8

/* x86: what was seen since a page fault, or since L2's exit, and until the vCPU runs again. */
struct ns_x86 {
	u64 addr; /* faulting address, all of it */
	u64 exit_t0; /* of L2; 0: none open */
	u64 exit_code;
	u64 exit_pc;
	u64 zap_kvm; /* struct kvm * whose pages this thread drops all at once */
	u32 seen; /* NS_XF_*, of x86_fault.bpf.c */
	u32 kvm_gen; /* when NS_XF_CHECKED */
	u32 spte_gen;
	u8 cache; /* NS_CACHE_*, + 1, by our tracepoint; 0: none */
	u8 access; /* NS_ACCESS_* */
	u8 fault; /* NS_FAULT_* */
	u8 vmx; /* the last exit was on Intel: its reason */
	u8 exit_reason; /* NS_VMEXIT_* */
	u8 exit_forwarded; /* L1 got an exit since */
	u16 exit_ctx;
};

struct ns_thread {
	struct ns_x86 x86;

	/* who it is; valid while vcpu_ptr is the vCPU it runs and no VM went away */
	u64 vcpu_ptr;
	u32 gen;
	u16 vm;
	u16 vcpu;

	/* the context it used last, by key */
	u16 ctx;
	u8 ctx_s2_on;
	u8 unmap_why; /* NS_UNMAP_*, + 1; 0: none open */
	u64 ctx_vttbr;
	u64 ctx_vtcr;

	/* a stage-2 fault being handled; 0: none */
	u64 fault_t0;
	u64 l2_ipa;
	u64 l1_ipa;
	u64 guest_size;
	u64 map_size;
	u64 vttbr;
	u64 fault_esr;
	u64 fault_pc;
	u16 fault_ctx;
	u8 fault_flags; /* NS_FF_* */
	u8 cause; /* when NS_FF_MAPPED */
	u8 fault_abort; /* NS_OUTCOME_* of an injected abort or a signal; 0: none */

	/* a shadow unmap, TLBI, write-protection, MMIO abort, VNCR abort */
	u8 tlbi_op;
	u8 vncr_injected;
	u16 tlbi_contexts;
	u64 unmap_t0;
	u64 unmap_start;
	u64 unmap_size;
	u64 unmap_vttbr;
	u64 tlbi_t0;
	u64 wp_t0;
	u64 mmio_t0;
	u64 mmio_pc;
	u64 vncr_t0;
	u64 vncr_esr;
	u16 unmap_ctx;
	u16 unmap_vm;
	u64 kvm; /* whose shadow tables are being unmapped or write-protected */

	/* an AT instruction */
	u8 at_op; /* NS_ATOP_* */
	u8 at_flags; /* NS_AF_* */
	u16 pad;
	u64 at_t0;
	u64 at_slow_t0;
	u64 at_slow_ns;
	u64 at_par;
	u64 at_par_fast;

	struct ns_vm new_vm; /* too large for the stack */
};

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct ns_thread);
} threads __weak SEC(".maps");

#endif
