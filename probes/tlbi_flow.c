// SPDX-License-Identifier: GPL-2.0-or-later
/* tlbi_flow.c: see tlbi_flow.h. */
#include "tlbi_flow.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The unmap that goes with a fault's cause, or -1. */
static int unmap_of_cause(unsigned int cause)
{
	switch (cause) {
	case NS_CAUSE_TLBI_VMALLS12E1:
		return NS_UNMAP_TLBI_VMALLS12E1;
	case NS_CAUSE_TLBI_IPAS2E1:
		return NS_UNMAP_TLBI_IPAS2E1;
	case NS_CAUSE_TLBI_RIPAS2E1:
		return NS_UNMAP_TLBI_RIPAS2E1;
	case NS_CAUSE_TLBI_ALLE1:
		return NS_UNMAP_TLBI_ALLE1;
	default:
		return -1;
	}
}

static bool is_by_tlbi(unsigned int unmap)
{
	return unmap == NS_UNMAP_TLBI_VMALLS12E1 || unmap == NS_UNMAP_TLBI_IPAS2E1 ||
	       unmap == NS_UNMAP_TLBI_RIPAS2E1 || unmap == NS_UNMAP_TLBI_ALLE1;
}

int ns_tlbi_flow_unmap(struct ns_tlbi_flow *f, const struct ns_event *ev, uint64_t flow)
{
	uint64_t start = ev->field[NS_S2_UNMAP_START], size = ev->field[NS_S2_UNMAP_SIZE];
	struct ns_tlbi_unmap *u;

	if (ev->event != NS_EV_S2_UNMAP || !is_by_tlbi(ev->dim))
		return 0;
	/* a range that is not told covers nothing that could be named */
	if (!ev->ctx || ev->ctx >= NS_MAX_CTXS || ev->nr_fields <= NS_S2_UNMAP_SIZE ||
	    start == NS_UNAVAILABLE || size == NS_UNAVAILABLE)
		return 1;
	if (!f->ctx[ev->ctx].ring) {
		f->ctx[ev->ctx].ring = calloc(NS_TLBI_FLOW_UNMAPS, sizeof(*u));
		if (!f->ctx[ev->ctx].ring)
			return -ENOMEM;
	}
	u = &f->ctx[ev->ctx].ring[f->ctx[ev->ctx].next++ % NS_TLBI_FLOW_UNMAPS];
	*u = (struct ns_tlbi_unmap){ start, start + size < start ? ~0ULL : start + size, ev->ts,
				     flow, ev->dim };
	return 1;
}

bool ns_tlbi_flow_is_refault(const struct ns_event *ev)
{
	return ev->event == NS_EV_S2_FAULT && unmap_of_cause(ev->dim) >= 0;
}

uint64_t ns_tlbi_flow_of(const struct ns_tlbi_flow *f, const struct ns_event *ev,
			 uint64_t start_ns)
{
	uint64_t ipa = ev->field[NS_S2_FAULT_L2_IPA];
	int kind = unmap_of_cause(ev->dim);
	const struct ns_tlbi_unmap *u;
	unsigned int next, nr;

	if (!ev->ctx || ev->ctx >= NS_MAX_CTXS || !f->ctx[ev->ctx].ring ||
	    ev->nr_fields <= NS_S2_FAULT_L2_IPA || ipa == NS_UNAVAILABLE)
		return 0;
	next = f->ctx[ev->ctx].next;
	nr = next < NS_TLBI_FLOW_UNMAPS ? next : NS_TLBI_FLOW_UNMAPS;
	for (unsigned int i = 1; i <= nr; i++) {
		u = &f->ctx[ev->ctx].ring[(next - i) % NS_TLBI_FLOW_UNMAPS];
		if (u->kind == kind && u->ts <= start_ns && ipa >= u->start && ipa < u->end)
			return u->flow;
	}
	return 0;
}

void ns_tlbi_flow_free(struct ns_tlbi_flow *f)
{
	for (unsigned int i = 0; i < NS_MAX_CTXS; i++)
		free(f->ctx[i].ring);
	memset(f, 0, sizeof(*f));
}
