/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * stackdist.h: what pool size would have been enough?  The stack distance of a
 * look-up is how many other contexts were looked up since this one was last.
 * A pool of n slots that always gives up the least recently used one hits
 * exactly the look-ups with a distance below n, for every n at once.
 *
 * KVM does not give up the least recently used slot: it goes round, past slots
 * that a vCPU uses at that moment.  So this is what the best simple policy
 * would do with n slots, not what KVM does.
 */
#ifndef NESTSCOPE_STACKDIST_H
#define NESTSCOPE_STACKDIST_H

#include <stdint.h>

#include "abi.h"

struct ns_stackdist {
	uint16_t stack[NS_MAX_CTXS]; /* contexts, last looked up first */
	unsigned int nr; /* of them */
	uint64_t at[NS_MAX_CTXS]; /* look-ups by distance */
	uint64_t first; /* of a context never looked up before */
	uint64_t unknown; /* of a context without an id */
};

/* One look-up of the context with this id (0: not known which). */
void ns_stackdist_add(struct ns_stackdist *d, unsigned int ctx);
/* Look-ups of known contexts. */
uint64_t ns_stackdist_lookups(const struct ns_stackdist *d);
/* How many of them a pool of this many slots would have hit. */
uint64_t ns_stackdist_hits(const struct ns_stackdist *d, unsigned int slots);
/* The smallest pool that only misses first look-ups; 0 without look-ups. */
unsigned int ns_stackdist_enough(const struct ns_stackdist *d);

#endif
