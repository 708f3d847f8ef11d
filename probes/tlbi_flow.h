/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tlbi_flow.h: which TLBI took away the page that now faults again: the last
 * unmap by a TLBI of that kind, in that context, that covers it.
 */
#ifndef NESTSCOPE_TLBI_FLOW_H
#define NESTSCOPE_TLBI_FLOW_H

#include <stdbool.h>

#include "event.h"

#define NS_TLBI_FLOW_UNMAPS 64 /* remembered per context */

struct ns_tlbi_unmap {
	uint64_t start, end; /* L2 IPA, end exclusive */
	uint64_t ts; /* when it was done */
	uint64_t flow;
	uint8_t kind; /* NS_UNMAP_TLBI_* */
};

struct ns_tlbi_flow {
	struct {
		struct ns_tlbi_unmap *ring; /* NULL: no unmap so far */
		unsigned int next; /* counts on, for the place in the ring */
	} ctx[NS_MAX_CTXS];
};

/* Remember an s2.unmap under the number flow; 1 when it was by a TLBI, 0, or -ENOMEM. */
int ns_tlbi_flow_unmap(struct ns_tlbi_flow *f, const struct ns_event *ev, uint64_t flow);
/* Is it a refault that a TLBI caused? */
bool ns_tlbi_flow_is_refault(const struct ns_event *ev);
/* The flow of such a refault that began at start_ns; 0 when its TLBI was not seen. */
uint64_t ns_tlbi_flow_of(const struct ns_tlbi_flow *f, const struct ns_event *ev,
			 uint64_t start_ns);
void ns_tlbi_flow_free(struct ns_tlbi_flow *f);

#endif
