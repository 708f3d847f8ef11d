/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mapped.h: how much each unmap of shadow stage 2 threw away, and how much of
 * it came back: which pages faults put into each context is remembered, and an
 * unmap of a range takes them out again.
 *
 * It knows what it saw being mapped: what was mapped before the first event is
 * not in it, so what it says of a long observation's beginning is too low.
 * Bounded: beyond NS_MAPPED_BLOCKS blocks of 2 MiB new ones are only counted.
 */
#ifndef NESTSCOPE_MAPPED_H
#define NESTSCOPE_MAPPED_H

#include <stdint.h>

#include "abi.h"
#include "event.h"

#define NS_MAPPED_BLOCKS 32768
#define NS_MAPPED_PAGE 4096 /* bytes: what is counted, whatever the host's granule */

struct ns_mapped_block; /* 2 MiB of a context: a bit for each page */

struct ns_mapped {
	uint64_t dropped[NS_NR_UNMAP]; /* pages that unmaps took away, by why */
	uint64_t back[NS_NR_CAUSE]; /* pages that faults mapped, by cause */
	uint64_t not_told; /* faults and unmaps that did not tell what or where */
	uint64_t left_out; /* faults for which there was no room */
	struct ns_mapped_block *block; /* private: a hash, and lists by context */
	uint32_t *index; /* private */
	uint32_t head[NS_MAX_CTXS]; /* private: number of a block + 1 */
	uint32_t blocks[NS_MAX_CTXS]; /* private: how many there are */
	uint32_t nr, cap, free; /* private */
};

/* Take in an event (only s2.fault and s2.unmap matter).  0 or -ENOMEM. */
int ns_mapped_add(struct ns_mapped *m, const struct ns_event *ev);
void ns_mapped_free(struct ns_mapped *m);

#endif
