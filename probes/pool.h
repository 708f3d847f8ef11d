/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pool.h: the pool of shadow contexts as s2.ctx look-ups tell it: who is in,
 * since when, who pushed whom out, and who came back.
 */
#ifndef NESTSCOPE_POOL_H
#define NESTSCOPE_POOL_H

#include <stdbool.h>
#include <stdint.h>

#include "abi.h"
#include "event.h"

#define NS_POOL_NONE (~0U) /* a slot or a number that is not known */

struct ns_pool_ctx {
	uint64_t vttbr;
	uint64_t since_ns; /* got its slot */
	uint64_t last_ns; /* looked up last; 0: never seen */
	uint64_t out_ns; /* lost its slot last */
	uint64_t away_ns; /* sum of the times between losing a slot and coming back */
	uint64_t lookups, hits, evicted, back; /* back: came back after losing a slot */
	uint16_t vm;
	uint32_t slot; /* in the pool, or NS_POOL_NONE */
	uint32_t users; /* vCPUs that use it at the last look-up, or NS_POOL_NONE */
	uint32_t pending; /* its unmap is pending: 0, 1, or NS_POOL_NONE */
	bool live; /* has a slot, as far as the look-ups tell */
};

/* Who took whose slot, and how often. */
struct ns_pool_pair {
	uint16_t victim, winner; /* context ids */
	uint64_t count;
};

#define NS_POOL_PAIRS 1024
struct ns_pool {
	struct ns_pool_ctx ctx[NS_MAX_CTXS]; /* by id */
	uint32_t slots[NS_MAX_VMS]; /* size of each VM's pool; 0: not told */
	struct ns_pool_pair pair[NS_POOL_PAIRS];
	unsigned int nr_pairs;
	uint64_t other_pairs; /* evictions between contexts for which there was no room */
	uint64_t unknown_victims; /* evictions of contexts not seen before */
};

/* Take in an event (only s2.ctx matters). */
void ns_pool_add(struct ns_pool *p, const struct ns_event *ev);
/* Contexts of a VM that have a slot; vm NS_ANY (-1): of all. */
unsigned int ns_pool_live(const struct ns_pool *p, int vm);

#endif
