/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cause.bpf.h: why a page faulted: the history of pages and of unmaps.
 *
 * Pages are written while mmu_lock is held for read (the fault maps), unmaps
 * while it is held for write, so a page's sequence number and the context's
 * ring of unmaps never move against each other.
 */
#ifndef NESTSCOPE_CAUSE_BPF_H
#define NESTSCOPE_CAUSE_BPF_H

#include "common.bpf.h"

#define NS_PAGE_SHIFT 12
#define NS_BLOCK_SHIFT 21

/*
 * A page entry: valid 63, block 62, ctx 61..52, page number above the set
 * index 51..32, seq 31..0.  The set index has at least 16 bits, so 20 bits
 * hold the rest of a 36-bit page number (48-bit IPA).
 */
#define NS_PE_VALID (1UL << 63)
#define NS_PE_TAG(ctx, block, hi)                                              \
	(NS_PE_VALID | (u64)(block) << 62 | (u64)((ctx) & 1023) << 52 |       \
	 ((u64)(hi) & 0xfffff) << 32)
#define NS_PE_TAG_MASK 0xffffffff00000000UL

/* Spread contexts over the sets, but keep a range of pages in a row. */
NS_INLINE struct ns_page_set *ns_set_of(u16 ctx, u64 page)
{
	u32 idx = ((u32)page + ctx * 40503u) & cfg_set_mask;

	return bpf_map_lookup_elem(&pages, &idx);
}

/* The entry of a page or block in its set: its value, or 0. */
NS_INLINE u64 ns_set_find(struct ns_page_set *set, u64 tag)
{
	for (int i = 0; i < NS_WAYS; i++) {
		u64 e = set->entry[i];

		if ((e & NS_PE_TAG_MASK) == tag)
			return e;
	}
	return 0;
}

/* A page (block: 2 MiB) was mapped or got more permissions, at seq. */
static __noinline int ns_page_set(u32 ctx, u32 block, u64 ipa, u32 seq)
{
	u64 page = ipa >> (block ? NS_BLOCK_SHIFT : NS_PAGE_SHIFT);
	u64 tag = NS_PE_TAG(ctx, block, page >> cfg_set_bits);
	struct ns_page_set *set = ns_set_of(ctx, page);
	u32 free = NS_WAYS;

	if (!set)
		return 0;
	for (int i = 0; i < NS_WAYS; i++) {
		u64 e = set->entry[i];

		if ((e & NS_PE_TAG_MASK) == tag) {
			set->entry[i] = tag | seq;
			return 0;
		}
		if (!e && free == NS_WAYS)
			free = i;
	}
	if (free == NS_WAYS) {
		free = bpf_get_prandom_u32() % NS_WAYS;
		set->displaced = 1;
	}
	barrier_var(free); /* keep the check below: 6.12's verifier needs it */
	if (free < NS_WAYS)
		set->entry[free] = tag | seq;
	return 0;
}

/* Which unmap after seq "since" took the page away?  A cause. */
static __noinline u32 ns_unmap_find(u32 ctx, u64 ipa, u32 since, u32 now)
{
	bool forgotten = now - since > NS_UNMAP_RING;
	u32 first = forgotten ? now - NS_UNMAP_RING + 1 : since + 1;
	u32 cause = NS_CAUSE_UNKNOWN;

	for (u32 i = 0; i < NS_UNMAP_RING; i++) {
		u32 seq = first + i;
		u32 idx = (ctx & (NS_MAX_CTXS - 1)) * NS_UNMAP_RING + (seq & (NS_UNMAP_RING - 1));
		struct ns_unmap_rec *u = bpf_map_lookup_elem(&unmaps, &idx);
		u32 why;

		if (!u || (int)(seq - now) > 0)
			break;
		if (ipa < (u->start & ~0xfffUL) || ipa >= u->end)
			continue;
		why = u->start & 0xfff;
		/* The first one that covers the page took it away ... */
		if (!forgotten)
			return why;
		/* ... but when older ones are forgotten, all must agree. */
		if (cause != NS_CAUSE_UNKNOWN && cause != why)
			return NS_CAUSE_UNKNOWN;
		cause = why;
	}
	return cause;
}

/*
 * Why does ctx fault on ipa?  perm: the entry is there, but not enough of it.
 * Call it before the new mapping is noted.
 */
NS_INLINE u32 ns_cause_of(u32 ctx, u64 ipa, bool perm)
{
	struct ns_ctx_state *st = bpf_map_lookup_elem(&ctx_states, &ctx);
	u64 page = ipa >> NS_PAGE_SHIFT, block = ipa >> NS_BLOCK_SHIFT;
	struct ns_page_set *pset, *bset;
	u64 e, b;
	u32 seq;

	if (!st || !ctx)
		return perm ? NS_CAUSE_PERM : NS_CAUSE_UNKNOWN;
	pset = ns_set_of(ctx, page);
	bset = ns_set_of(ctx, block);
	if (!pset || !bset)
		return NS_CAUSE_UNKNOWN;
	e = ns_set_find(pset, NS_PE_TAG(ctx, 0, page >> cfg_set_bits));
	b = ns_set_find(bset, NS_PE_TAG(ctx, 1, block >> cfg_set_bits));
	if (!e || (b && (int)((u32)b - (u32)e) > 0))
		e = b;
	seq = e;
	if (perm)
		return e && st->wp_seq && (int)(st->wp_seq - seq) > 0 ? NS_CAUSE_WP
								       : NS_CAUSE_PERM;
	if (!e)
		return pset->displaced || bset->displaced ? NS_CAUSE_UNKNOWN : NS_CAUSE_COLD;
	return ns_unmap_find(ctx, ipa, seq, st->seq);
}

/* Note a mapping of size bytes at ipa. */
NS_INLINE void ns_note_map(u32 ctx, u64 ipa, u64 size)
{
	struct ns_ctx_state *st = bpf_map_lookup_elem(&ctx_states, &ctx);

	if (st && ctx)
		ns_page_set(ctx, size > (1UL << NS_PAGE_SHIFT), ipa, st->seq);
}

/* Note that [start, end) of ctx lost its mappings because of cause. */
NS_INLINE void ns_note_unmap(u32 ctx, u64 start, u64 end, u32 cause)
{
	struct ns_ctx_state *st = bpf_map_lookup_elem(&ctx_states, &ctx);
	struct ns_unmap_rec *u;
	u32 seq, idx;

	if (!st || !ctx)
		return;
	seq = st->seq + 1;
	idx = (ctx & (NS_MAX_CTXS - 1)) * NS_UNMAP_RING + (seq & (NS_UNMAP_RING - 1));
	u = bpf_map_lookup_elem(&unmaps, &idx);
	if (!u)
		return;
	u->start = (start & ~0xfffUL) | cause;
	u->end = end;
	st->seq = seq;
	if (cause == NS_CAUSE_WP)
		st->wp_seq = seq;
}

#endif
