/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * abi.h: what the BPF programs and user space share: event numbers, the records
 * of the ring, the keys and values of the maps.  Fixed-width types only.
 *
 * All times are CLOCK_MONOTONIC nanoseconds (bpf_ktime_get_ns).
 */
#ifndef NESTSCOPE_ABI_H
#define NESTSCOPE_ABI_H

#ifndef __bpf__
#include <linux/types.h>
#endif

#include "events.def"

#define NS_ENUM_SYS(id, key, help) NS_SYS_##id,
enum ns_system { NS_SYSTEMS(NS_ENUM_SYS) NS_NR_SYSTEMS };

#define NS_ENUM_DIM(id) NS_D_##id,
enum ns_dim { NS_DIMS(NS_ENUM_DIM) NS_NR_DIMS };

#define NS_ENUM_EVENT(id, sys, key, dim, sub, timed, help) NS_EV_##id,
enum ns_event_id { NS_EVENTS(NS_ENUM_EVENT) NS_NR_EVENTS };

/* One enum per dimension: NS_CAUSE_COLD, NS_PATH_FAST, ... */
#define NS_DECLARE_VALUES(dim, VAL) enum { NS_DIM_##dim(VAL) NS_NR_##dim };
#define NS_V_NONE(id, ...) NS_NONE_##id,
#define NS_V_CAUSE(id, ...) NS_CAUSE_##id,
#define NS_V_OUTCOME(id, ...) NS_OUTCOME_##id,
#define NS_V_ACCESS(id, ...) NS_ACCESS_##id,
#define NS_V_FAULT(id, ...) NS_FAULT_##id,
#define NS_V_CTX(id, ...) NS_CTX_##id,
#define NS_V_UNMAP(id, ...) NS_UNMAP_##id,
#define NS_V_WALK(id, ...) NS_WALK_##id,
#define NS_V_TLBI_SIZE(id, ...) NS_TLBI_SIZE_##id,
#define NS_V_TLBI(id, ...) NS_TLBI_##id,
#define NS_V_PATH(id, ...) NS_PATH_##id,
#define NS_V_ATOP(id, ...) NS_ATOP_##id,
#define NS_V_DEST(id, ...) NS_DEST_##id,
#define NS_V_WHO(id, ...) NS_WHO_##id,
#define NS_V_MMIO_KIND(id, ...) NS_MMIO_KIND_##id,
#define NS_V_MATCH(id, ...) NS_MATCH_##id,
#define NS_V_CACHE(id, ...) NS_CACHE_##id,
#define NS_V_WRAP(id, ...) NS_WRAP_##id,
#define NS_V_EXC(id, ...) NS_EXC_##id,
#define NS_V_TRAP(id, ...) NS_TRAP_##id,
#define NS_V_VNCR(id, ...) NS_VNCR_##id,
#define NS_V_VNCR_INVAL(id, ...) NS_VNCR_INVAL_##id,
#define NS_V_RMI(id, ...) NS_RMI_##id,
#define NS_V_RMI_STATUS(id, ...) NS_RMI_STATUS_##id,
#define NS_V_RTT_OP(id, ...) NS_RTT_OP_##id,
#define NS_V_RTT_LEVEL(id, ...) NS_RTT_LEVEL_##id,
#define NS_V_TEARDOWN(id, ...) NS_TEARDOWN_##id,
#define NS_V_LEAK(id, ...) NS_LEAK_##id,
#define NS_V_PAGE(id, ...) NS_PAGE_##id,
#define NS_V_VMEXIT(id, ...) NS_VMEXIT_##id,
#define NS_DECLARE_DIM(dim) NS_DECLARE_VALUES(dim, NS_V_##dim)
NS_DIMS(NS_DECLARE_DIM)

/* Field indices: NS_S2_FAULT_DUR = 0, ... */
#define NS_DECLARE_FIELDS(id, sys, key, dim, sub, timed, help)                 \
	enum { NS_##id##_FIELDS(NS_F_##id) NS_##id##_NR_FIELDS };
#define NS_F_S2_FAULT(f, ...) NS_S2_FAULT_##f,
#define NS_F_S2_L1FAULT(f, ...) NS_S2_L1FAULT_##f,
#define NS_F_S2_CTX(f, ...) NS_S2_CTX_##f,
#define NS_F_S2_UNMAP(f, ...) NS_S2_UNMAP_##f,
#define NS_F_S2_WP(f, ...) NS_S2_WP_##f,
#define NS_F_S2_TLBI(f, ...) NS_S2_TLBI_##f,
#define NS_F_S2_WALK(f, ...) NS_S2_WALK_##f,
#define NS_F_S2_PAGE(f, ...) NS_S2_PAGE_##f,
#define NS_F_AT_OP(f, ...) NS_AT_OP_##f,
#define NS_F_MMIO_ABORT(f, ...) NS_MMIO_ABORT_##f,
#define NS_F_MMIO_ACCESS(f, ...) NS_MMIO_ACCESS_##f,
#define NS_F_MMIO_MATCH(f, ...) NS_MMIO_MATCH_##f,
#define NS_F_MMIO_CACHE(f, ...) NS_MMIO_CACHE_##f,
#define NS_F_MMIO_GEN(f, ...) NS_MMIO_GEN_##f,
#define NS_F_EL2_ERET(f, ...) NS_EL2_ERET_##f,
#define NS_F_EL2_EXC(f, ...) NS_EL2_EXC_##f,
#define NS_F_EL2_TRAP(f, ...) NS_EL2_TRAP_##f,
#define NS_F_EL2_VNCR(f, ...) NS_EL2_VNCR_##f,
#define NS_F_EL2_VNCR_INVAL(f, ...) NS_EL2_VNCR_INVAL_##f,
#define NS_F_EL2_EXIT(f, ...) NS_EL2_EXIT_##f,
#define NS_F_RTT_CALL(f, ...) NS_RTT_CALL_##f,
#define NS_F_RTT_OP(f, ...) NS_RTT_OP_##f,
#define NS_F_RTT_TEARDOWN(f, ...) NS_RTT_TEARDOWN_##f,
#define NS_F_RTT_LEAK(f, ...) NS_RTT_LEAK_##f,
NS_EVENTS(NS_DECLARE_FIELDS)

/* The longest field list; checked against the catalogue at build time. */
#define NS_MAX_FIELDS 14

#define NS_MAX_VMS 256 /* vm ids 1..255; 0 is "not a VM's event" */
#define NS_MAX_CTXS 1024 /* ctx ids 1..1023; 0 is "no context" */
#define NS_MAX_POOL 1024 /* slots of a VM's contexts: two per vCPU, 512 vCPUs */
#define NS_WAYS 7 /* pages of one set of the page history */
#define NS_NO_VCPU 0xffff /* the event is the VM's, or the vCPU is unknown */

/*
 * A field that this kernel does not tell: shown as "unavailable", never as 0.
 * A signed one (INT) has its own, because ~0 is -1 there.
 */
#define NS_UNAVAILABLE (~0ULL)
#define NS_UNAVAILABLE_INT (1ULL << 63)

/* One event on a ring: this header and then the event's fields. */
struct ns_rec {
	__u64 ts; /* ns, end of the event for timed ones */
	__u16 vm;
	__u16 vcpu;
	__u16 ctx;
	__u8 event;
	__u8 dim;
	__u8 sub;
	__u8 nr_fields;
	__u16 cpu;
	__u32 ready; /* not 0: all of it is there; set last */
	__u64 field[];
};

#define NS_REC_BYTES(nr_fields) (sizeof(struct ns_rec) + (nr_fields) * sizeof(__u64))

/*
 * A ring of records: an element of the map "rings", which user space maps.
 * Positions count bytes from the beginning on; position p is data[p & (size - 1)].
 * No record is cut by the end: behind the size there is room for one more.
 *
 * A program takes room by moving head, unless that is more than a size ahead of
 * tail; user space zeroes what it has read and then moves tail.  So "ready" of
 * room just taken is 0, whatever was there before.
 */
struct ns_ring {
	__u64 head;
	__u64 pad1[15]; /* a cache line each, and its neighbour */
	__u64 tail;
	__u64 pad2[15];
	__u8 data[];
};

#define NS_RING_BYTES(size) (sizeof(struct ns_ring) + (size) + NS_REC_BYTES(NS_MAX_FIELDS))
#define NS_RING_MIN 4096U /* bytes; sizes are powers of two */
#define NS_RING_MAX (1U << 29) /* what the kernel's verifier follows */

/*
 * Counts kept in the kernel: one cell for each combination that occurred.
 * "bucket" splits timed events by duration (ns_bucket), so that counts, sums
 * and histograms are one map update.
 */
struct ns_cell_key {
	__u16 vm;
	__u16 vcpu;
	__u16 ctx;
	__u16 bucket;
	__u8 event;
	__u8 dim;
	__u8 sub;
	__u8 pad[5];
} __attribute__((aligned(8))); /* compared as two words */

struct ns_cell {
	__u64 count;
	__u64 ns; /* summed duration */
};

/*
 * Cells live in a hash; the first to come also get a place in a per-CPU array,
 * which costs a fraction.  A place is never given to another cell, so a program
 * that is preempted half way cannot count for the wrong one.  A cell's number
 * is the sum of both.
 */
#define NS_HOT_BITS 10
struct ns_hot_cell {
	struct ns_cell_key key;
	struct ns_cell cell;
	__u32 state; /* 0 free, 1 being taken, 2 taken: key is valid */
	__u32 pad;
};

/*
 * The loss ledger, per CPU and event: seen = kept + the four below it.  Where events
 * are only counted user space adds that up, and "seen" is 0 here.
 */
struct ns_ledger {
	__u64 seen;
	__u64 ring_full; /* no room in the ring: the event is lost */
	__u64 map_full; /* no room in the cell map: not counted */
	__u64 filtered; /* left out by the user's filters, not lost */
	__u64 unattributed; /* its start was not seen, e.g. before attach */
};

/* A VM: the VMM process and, where several share one, the kernel's object. */
struct ns_vm_key {
	__u64 start_ns; /* start time of the VMM process since boot */
	__u64 kvm; /* struct kvm *, 0 where the event does not tell it */
	__u32 pid; /* tgid of the VMM in the initial namespace */
	__u32 pad;
};

#define NS_CMDLINE 256
struct ns_vm {
	__u32 id; /* 1..NS_MAX_VMS-1 */
	__u32 cmdline_len; /* bytes of cmdline that are valid */
	__u64 first_ns; /* first event seen */
	__u64 pad;
	char comm[16];
	char cmdline[NS_CMDLINE]; /* NUL-separated arguments */
};

/* A shadow context as L1 keys it. */
struct ns_ctx_key {
	__u64 vttbr; /* without CnP */
	__u64 vtcr;
	__u32 vm;
	__u32 s2_on; /* HCR_EL2.VM */
};

struct ns_ctx {
	__u32 id; /* 1..NS_MAX_CTXS-1 */
	__u32 pad;
	__u64 first_ns;
};

/* Arrays by event that programs index: a power of two, for the verifier. */
#define NS_EVENT_SLOTS 32

/* Where events go. */
/* NS_MODE_SWITCH: events are recorded only while user space wants them */
enum { NS_MODE_COUNT = 1, NS_MODE_RECORD = 2, NS_MODE_SWITCH = 4 };

/*
 * Log-linear histogram: values below 32 have a bucket each, above that every
 * power of two is split in 32, so a bucket is at most 1/32 wide and its
 * middle at most 1.6 % off.  The last bucket collects 2^37 ns (137 s) and more.
 */
#define NS_SUB_BITS 5
#define NS_SUBS (1U << NS_SUB_BITS)
#define NS_BUCKET_MAX_EXP 36
#define NS_NR_BUCKETS ((NS_BUCKET_MAX_EXP - NS_SUB_BITS + 2) * NS_SUBS)

static inline __attribute__((always_inline)) __u32 ns_bucket(__u64 v)
{
	__u32 e = 0;
	__u64 t = v;

	if (v < NS_SUBS)
		return (__u32)v;
	if (v >> (NS_BUCKET_MAX_EXP + 1))
		return NS_NR_BUCKETS - 1;
	/* log2 by halves: BPF has no count-leading-zeros */
	if (t >> 32) { e += 32; t >>= 32; }
	if (t >> 16) { e += 16; t >>= 16; }
	if (t >> 8) { e += 8; t >>= 8; }
	if (t >> 4) { e += 4; t >>= 4; }
	if (t >> 2) { e += 2; t >>= 2; }
	if (t >> 1) e += 1;
	return (e - NS_SUB_BITS + 1) * NS_SUBS +
	       (__u32)((v >> (e - NS_SUB_BITS)) & (NS_SUBS - 1));
}

#endif
