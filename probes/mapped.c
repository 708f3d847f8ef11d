// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * mapped.c: see mapped.h.  A block is found by (context, address) in a hash, and
 * all of a context's are on a list: an unmap looks at whichever is less, the
 * blocks of its range or those that are there.
 */
#include "mapped.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_SHIFT 21
#define BLOCK_PAGES 512
#define WORDS (BLOCK_PAGES / 64)
#define INDEX_SIZE (2 * NS_MAPPED_BLOCKS) /* a power of two */
#define MAX_FILL (1ULL << 30) /* the largest block that a shadow table maps at once */

struct ns_mapped_block {
	uint64_t base; /* L2 IPA >> BLOCK_SHIFT */
	uint64_t page[WORDS];
	uint32_t next; /* of the same bucket, number + 1; of a free one: the next free one */
	uint32_t after, before; /* of the same context */
	uint16_t ctx;
};

static uint32_t bucket(unsigned int ctx, uint64_t base)
{
	return (uint32_t)(((base ^ (uint64_t)ctx << 44) * 0x9e3779b97f4a7c15ULL) >> 32) &
	       (INDEX_SIZE - 1);
}

static struct ns_mapped_block *find(const struct ns_mapped *m, unsigned int ctx, uint64_t base)
{
	struct ns_mapped_block *b;

	for (uint32_t i = m->index ? m->index[bucket(ctx, base)] : 0; i; i = b->next) {
		b = &m->block[i - 1];
		if (b->base == base && b->ctx == ctx)
			return b;
	}
	return NULL;
}

static int reserve(struct ns_mapped *m)
{
	uint32_t cap = m->cap ? m->cap * 2 : 256;
	struct ns_mapped_block *p;

	if (!m->index)
		m->index = calloc(INDEX_SIZE, sizeof(*m->index));
	if (!m->index)
		return -ENOMEM;
	if (m->free || m->nr < m->cap || m->cap == NS_MAPPED_BLOCKS)
		return 0;
	p = realloc(m->block, cap * sizeof(*p));
	if (!p)
		return -ENOMEM;
	m->block = p;
	m->cap = cap;
	return 0;
}

/* A new, empty one; NULL when there is no room for more. */
static struct ns_mapped_block *make(struct ns_mapped *m, unsigned int ctx, uint64_t base)
{
	uint32_t *first = &m->index[bucket(ctx, base)], i = m->free;
	struct ns_mapped_block *b;

	if (!i && m->nr == NS_MAPPED_BLOCKS)
		return NULL;
	if (!i)
		i = ++m->nr;
	else
		m->free = m->block[i - 1].next;
	b = &m->block[i - 1];
	*b = (struct ns_mapped_block){
		.base = base, .ctx = (uint16_t)ctx, .next = *first, .after = m->head[ctx]
	};
	if (b->after)
		m->block[b->after - 1].before = i;
	*first = m->head[ctx] = i;
	m->blocks[ctx]++;
	return b;
}

static void drop(struct ns_mapped *m, struct ns_mapped_block *b)
{
	uint32_t i = (uint32_t)(b - m->block) + 1, *at = &m->index[bucket(b->ctx, b->base)];

	while (*at != i)
		at = &m->block[*at - 1].next;
	*at = b->next;
	if (b->before)
		m->block[b->before - 1].after = b->after;
	else
		m->head[b->ctx] = b->after;
	if (b->after)
		m->block[b->after - 1].before = b->before;
	b->next = m->free;
	m->free = i;
	m->blocks[b->ctx]--;
}

/* The bits of the block's pages within the range, in the word. */
static uint64_t mask_of(uint64_t base, unsigned int word, uint64_t first, uint64_t last)
{
	uint64_t page = (base << (BLOCK_SHIFT - 12)) + word * 64ULL, mask = ~0ULL;

	if (last < page || first > page + 63)
		return 0;
	if (first > page)
		mask &= ~0ULL << (first - page);
	if (last < page + 63)
		mask &= ~0ULL >> (page + 63 - last);
	return mask;
}

/* Pages first to last, in one block: how many were not there. */
static uint64_t set(struct ns_mapped_block *b, uint64_t first, uint64_t last)
{
	uint64_t mask, n = 0;

	for (unsigned int i = 0; i < WORDS; i++) {
		mask = mask_of(b->base, i, first, last);
		n += (uint64_t)__builtin_popcountll(mask & ~b->page[i]);
		b->page[i] |= mask;
	}
	return n;
}

/* The same, away: how many were there.  An empty block goes. */
static uint64_t clear(struct ns_mapped *m, struct ns_mapped_block *b, uint64_t first, uint64_t last)
{
	uint64_t mask, left = 0, n = 0;

	for (unsigned int i = 0; i < WORDS; i++) {
		mask = mask_of(b->base, i, first, last);
		n += (uint64_t)__builtin_popcountll(mask & b->page[i]);
		b->page[i] &= ~mask;
		left |= b->page[i];
	}
	if (!left)
		drop(m, b);
	return n;
}

/* Did the fault leave an entry that was not there?  The cause tells, too. */
static bool maps(const struct ns_event *ev)
{
	if (ev->field[NS_S2_FAULT_OUTCOME] == NS_UNAVAILABLE)
		return ev->dim <= NS_CAUSE_TABLES; /* cold, or mapped before */
	return ev->field[NS_S2_FAULT_OUTCOME] == NS_OUTCOME_MAP;
}

static int add_fault(struct ns_mapped *m, const struct ns_event *ev)
{
	uint64_t ipa = ev->field[NS_S2_FAULT_L2_IPA], size = ev->field[NS_S2_FAULT_MAP_SIZE];
	uint64_t first, last;
	struct ns_mapped_block *b;

	if (ev->nr_fields <= NS_S2_FAULT_OUTCOME) {
		m->not_told++;
		return 0;
	}
	if (!maps(ev))
		return 0;
	if (!ev->ctx || ev->ctx >= NS_MAX_CTXS || ipa == NS_UNAVAILABLE || size < NS_MAPPED_PAGE ||
	    size > MAX_FILL || size & (size - 1)) {
		m->not_told++;
		return 0;
	}
	first = (ipa & ~(size - 1)) >> 12;
	last = first + (size >> 12) - 1;
	for (uint64_t base = first / BLOCK_PAGES; base <= last / BLOCK_PAGES; base++) {
		b = find(m, ev->ctx, base);
		if (!b && reserve(m))
			return -ENOMEM;
		b = b ? b : make(m, ev->ctx, base);
		if (b)
			m->back[ev->dim] += set(b, first, last);
		else
			m->left_out++;
	}
	return 0;
}

static void add_unmap(struct ns_mapped *m, const struct ns_event *ev)
{
	uint64_t start = ev->field[NS_S2_UNMAP_START], size = ev->field[NS_S2_UNMAP_SIZE], n = 0;
	uint64_t first, last, blocks;
	struct ns_mapped_block *b;

	if (!ev->ctx || ev->ctx >= NS_MAX_CTXS || ev->nr_fields <= NS_S2_UNMAP_SIZE ||
	    start == NS_UNAVAILABLE || size == NS_UNAVAILABLE) {
		m->not_told++;
		return;
	}
	if (!size)
		return;
	first = start >> 12;
	last = (start + size - 1 < start ? ~0ULL : start + size - 1) >> 12;
	blocks = last / BLOCK_PAGES - first / BLOCK_PAGES + 1;
	if (blocks <= m->blocks[ev->ctx]) {
		for (uint64_t base = first / BLOCK_PAGES; base <= last / BLOCK_PAGES; base++) {
			b = find(m, ev->ctx, base);
			n += b ? clear(m, b, first, last) : 0;
		}
	} else {
		for (uint32_t i = m->head[ev->ctx], next; i; i = next) {
			b = &m->block[i - 1];
			next = b->after;
			n += clear(m, b, first, last);
		}
	}
	m->dropped[ev->dim] += n;
}

int ns_mapped_add(struct ns_mapped *m, const struct ns_event *ev)
{
	if (ev->event == NS_EV_S2_FAULT && ev->dim < NS_NR_CAUSE)
		return add_fault(m, ev);
	if (ev->event == NS_EV_S2_UNMAP && ev->dim < NS_NR_UNMAP)
		add_unmap(m, ev);
	return 0;
}

void ns_mapped_free(struct ns_mapped *m)
{
	free(m->block);
	free(m->index);
	memset(m, 0, sizeof(*m));
}
