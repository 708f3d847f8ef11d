/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * detail.h: what can only be known from whole events, beside the model's
 * counts: the last events, the pool of contexts, stack distances, the heat of
 * L2's address space, what TLBIs asked for, what became of realms.  Fed event
 * by event; everything is bounded.
 */
#ifndef NESTSCOPE_DETAIL_H
#define NESTSCOPE_DETAIL_H

#include "heat.h"
#include "pool.h"
#include "rtt_trace.h"
#include "stackdist.h"
#include "tail.h"

#define NS_TAIL_EVENTS 32768

/* Sums of a field over the events that told it. */
struct ns_told {
	uint64_t sum, events;
};

struct ns_tlbi_told {
	struct ns_told asked; /* bytes L1 named */
	struct ns_told applied; /* bytes KVM invalidated for it */
};

struct ns_detail {
	uint64_t events; /* taken in */
	uint64_t first_ns, last_ns; /* of them; 0: none */
	struct ns_tail tail;
	struct ns_heat heat;
	struct ns_pool pool;
	struct ns_stackdist *dist[NS_MAX_VMS]; /* NULL: no look-up yet */
	struct ns_tlbi_told tlbi[NS_MAX_VMS][NS_NR_TLBI];
	struct ns_rtt_traces rtt;
	struct ns_told unmapped[NS_MAX_VMS][NS_NR_UNMAP]; /* bytes of the ranges walked */
};

/* Both return 0 or -ENOMEM. */
int ns_detail_init(struct ns_detail *d);
int ns_detail_add(struct ns_detail *d, const struct ns_event *ev);
void ns_detail_free(struct ns_detail *d);
/* Forget everything; -ENOMEM leaves it empty and without room. */
int ns_detail_clear(struct ns_detail *d);

#endif
