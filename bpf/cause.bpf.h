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

#define NS_PAGE_SHIFT cfg_page_shift
#define NS_BLOCK_SHIFT (2 * cfg_page_shift - 3) /* one level up: 2, 32 or 512 MiB */

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

struct ns_place {
	u64 entry; /* as it is now; 0: the page is not known */
	u32 way; /* where it is, or where it can go; NS_WAYS: the set is full */
};

/* Find a page or block in its set, and the place for it. */
NS_INLINE struct ns_place ns_place_of(const struct ns_page_set *set, u64 tag)
{
	struct ns_place p = { .way = NS_WAYS };

	for (int i = 0; i < NS_WAYS; i++) {
		u64 e = set->entry[i];

		if ((e & NS_PE_TAG_MASK) == tag) {
			p.entry = e;
			p.way = i;
			return p;
		}
		if (!e) { /* ways fill up from the first on */
			p.way = i;
			return p;
		}
	}
	return p;
}

/* The page was mapped, or got more permissions, at seq. */
NS_INLINE void ns_place_set(struct ns_page_set *set, u32 way, u64 tag, u32 seq)
{
	if (way >= NS_WAYS) {
		way = bpf_get_prandom_u32() % NS_WAYS;
		set->displaced = 1;
	}
	barrier_var(way); /* keep the check below: 6.12's verifier needs it */
	if (way < NS_WAYS)
		set->entry[way] = tag | seq;
}

/*
 * Which unmap after seq "since" took the page away?  A cause.  Not static: so
 * the verifier looks at the loop once, and not again for each that calls it.
 */
__weak __noinline u32 ns_unmap_find(u32 ctx, u64 ipa, u32 since, u32 now)
{
	bool forgotten = now - since > NS_UNMAP_RING;
	u32 first = forgotten ? now - NS_UNMAP_RING + 1 : since + 1;
	u32 cause = NS_CAUSE_UNKNOWN, perhaps = NS_CAUSE_UNKNOWN;
	bool mixed = false;

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
		if (why & NS_PERHAPS) {
			why &= ~NS_PERHAPS;
			/* A notifier may have been about anything: the vaguest of all. */
			mixed |= perhaps != NS_CAUSE_UNKNOWN && perhaps != why;
			if (perhaps == NS_CAUSE_UNKNOWN || perhaps == NS_CAUSE_NOTIFIER)
				perhaps = why;
			continue;
		}
		/* The first one that covers the page took it away ... */
		if (!forgotten)
			return why;
		/* ... but when older ones are forgotten, all must agree. */
		if (cause != NS_CAUSE_UNKNOWN && cause != why)
			return NS_CAUSE_UNKNOWN;
		cause = why;
	}
	return cause == NS_CAUSE_UNKNOWN && !(forgotten && mixed) ? perhaps : cause;
}

/* Why a page whose last mapping was noted as e (0: none) faults now. */
NS_INLINE u32 ns_cause_of(u32 ctx, const struct ns_ctx_state *st, u64 ipa, u64 e, bool perm,
			  bool displaced)
{
	u32 seq = e;

	if (perm)
		return e && st->wp_seq && (int)(st->wp_seq - seq) > 0 ? NS_CAUSE_WP
								       : NS_CAUSE_PERM;
	if (!e) /* never mapped, or mapped when nobody looked, or forgotten? */
		return displaced || (cfg_sees_ctx && !st->known) ? NS_CAUSE_UNKNOWN
								 : NS_CAUSE_COLD;
	return ns_unmap_find(ctx, ipa, seq, st->seq);
}

/*
 * Contexts with block mappings: a page can be known by itself or by its block,
 * whichever is newer.
 */
static __noinline u32 ns_block_mapped(u32 ctx, u64 ipa, u32 perm, u32 block)
{
	struct ns_ctx_state *st = bpf_map_lookup_elem(&ctx_states, &ctx);
	u64 page = ipa >> NS_PAGE_SHIFT, nr = ipa >> NS_BLOCK_SHIFT, e;
	u64 ptag = NS_PE_TAG(ctx, 0, page >> cfg_set_bits);
	u64 btag = NS_PE_TAG(ctx, 1, nr >> cfg_set_bits);
	struct ns_page_set *pset = ns_set_of(ctx, page), *bset = ns_set_of(ctx, nr);
	struct ns_place p, b;
	u32 cause;

	if (!st || !pset || !bset)
		return NS_CAUSE_UNKNOWN;
	p = ns_place_of(pset, ptag);
	b = ns_place_of(bset, btag);
	e = p.entry;
	if (!e || (b.entry && (int)((u32)b.entry - (u32)e) > 0))
		e = b.entry;
	cause = ns_cause_of(ctx, st, ipa, e, perm, pset->displaced || bset->displaced);
	if (block)
		ns_place_set(bset, b.way, btag, st->seq);
	else
		ns_place_set(pset, p.way, ptag, st->seq);
	st->blocks = 1;
	return cause;
}

/*
 * ctx faulted on ipa (perm: the entry was there, but not enough of it) and size
 * bytes are mapped now: say why it faulted, and remember the mapping.
 */
NS_INLINE u32 ns_page_mapped(u32 ctx, u64 ipa, u64 size, bool perm)
{
	struct ns_ctx_state *st = bpf_map_lookup_elem(&ctx_states, &ctx);
	u64 page = ipa >> NS_PAGE_SHIFT, tag = NS_PE_TAG(ctx, 0, page >> cfg_set_bits);
	struct ns_page_set *set;
	struct ns_place p;
	u32 cause;

	if (!st || !ctx)
		return perm ? NS_CAUSE_PERM : NS_CAUSE_UNKNOWN;
	if (size > 1UL << NS_PAGE_SHIFT || st->blocks)
		return ns_block_mapped(ctx, ipa, perm, size > 1UL << NS_PAGE_SHIFT);
	set = ns_set_of(ctx, page);
	if (!set)
		return NS_CAUSE_UNKNOWN;
	p = ns_place_of(set, tag);
	cause = ns_cause_of(ctx, st, ipa, p.entry, perm, set->displaced);
	ns_place_set(set, p.way, tag, st->seq);
	return cause;
}

/* The cause that a later fault on an unmapped page gets. */
NS_INLINE u32 ns_cause_of_unmap(u32 why)
{
	switch (why) {
	case NS_UNMAP_TLBI_VMALLS12E1:
		return NS_CAUSE_TLBI_VMALLS12E1;
	case NS_UNMAP_TLBI_IPAS2E1:
		return NS_CAUSE_TLBI_IPAS2E1;
	case NS_UNMAP_TLBI_RIPAS2E1:
		return NS_CAUSE_TLBI_RIPAS2E1;
	case NS_UNMAP_TLBI_ALLE1:
		return NS_CAUSE_TLBI_ALLE1;
	case NS_UNMAP_NOTIFIER:
		return NS_CAUSE_NOTIFIER;
	case NS_UNMAP_MEMSLOT:
		return NS_CAUSE_MEMSLOT;
	default:
		return NS_CAUSE_UNKNOWN;
	}
}

/*
 * The cause of a fault that ended like this; NS_CAUSE_COLD stands for a mapping,
 * whose cause is in the history.
 */
NS_INLINE u32 ns_outcome_cause(u32 outcome)
{
	switch (outcome) {
	case NS_OUTCOME_MAP:
	case NS_OUTCOME_PERM_RELAX:
		return NS_CAUSE_COLD;
	case NS_OUTCOME_MMIO:
	case NS_OUTCOME_CMO:
		return NS_CAUSE_MMIO;
	case NS_OUTCOME_INJECT_WALK:
	case NS_OUTCOME_INJECT_PERM:
		return NS_CAUSE_FORWARD;
	case NS_OUTCOME_RETRY_WALK:
	case NS_OUTCOME_RETRY_INVAL:
	case NS_OUTCOME_RETRY_RACE:
		return NS_CAUSE_RETRY;
	case NS_OUTCOME_AF:
		return NS_CAUSE_AF;
	case NS_OUTCOME_INJECT_SEA:
	case NS_OUTCOME_INJECT_ATOMIC:
		return NS_CAUSE_ABORT;
	case NS_OUTCOME_HWPOISON:
	case NS_OUTCOME_ERROR:
		return NS_CAUSE_ERROR;
	default:
		return NS_CAUSE_UNKNOWN;
	}
}

/* ctx has just been given an empty slot: what it maps from now on is seen. */
NS_INLINE void ns_note_born(u32 ctx)
{
	struct ns_ctx_state *st = bpf_map_lookup_elem(&ctx_states, &ctx);

	if (st && ctx)
		st->known = 1;
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
