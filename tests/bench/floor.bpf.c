// SPDX-License-Identifier: GPL-2.0-only
/*
 * floor.bpf.c: the least that a program on a tracepoint can cost: one that does
 * nothing, one that counts, one that passes a record through a ring.
 */
#include "kernel.h"

#define RECORD 32 /* bytes: an event's head, and one field */

enum { EMPTY, COUNT, RING };
const volatile u32 kind = EMPTY;

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, u64);
} counts SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 8 << 20);
} ring SEC(".maps");

static __always_inline int event(void)
{
	u32 zero = 0;
	u64 *n, *rec;

	if (kind == EMPTY)
		return 0;
	if (kind == RING) {
		rec = bpf_ringbuf_reserve(&ring, RECORD, 0);
		if (!rec)
			return 0;
		rec[0] = bpf_ktime_get_ns();
		rec[1] = rec[2] = rec[3] = 0;
		bpf_ringbuf_submit(rec, BPF_RB_NO_WAKEUP);
	}
	n = bpf_map_lookup_elem(&counts, &zero);
	if (n)
		__sync_fetch_and_add(n, 1);
	return 0;
}

/* Which tracepoints is told by the program that loads this. */
SEC("tp_btf")
int first(void *ctx)
{
	return event();
}

SEC("tp_btf")
int second(void *ctx)
{
	return event();
}

char LICENSE[] SEC("license") = "GPL";
