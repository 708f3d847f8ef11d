// SPDX-License-Identifier: GPL-2.0-or-later
/* detail.c: see detail.h. */
#include "detail.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int ns_detail_init(struct ns_detail *d)
{
	memset(d, 0, sizeof(*d));
	return ns_tail_init(&d->tail, NS_TAIL_EVENTS);
}

void ns_detail_free(struct ns_detail *d)
{
	ns_tail_free(&d->tail);
	ns_heat_free(&d->heat);
	ns_rtt_trace_free(&d->rtt);
	for (unsigned int i = 0; i < NS_MAX_VMS; i++)
		free(d->dist[i]);
	memset(d, 0, sizeof(*d));
}

int ns_detail_clear(struct ns_detail *d)
{
	ns_detail_free(d);
	return ns_detail_init(d);
}

/* Field f of ev into t, when the event has it and the kernel told it. */
static void tell(struct ns_told *t, const struct ns_event *ev, unsigned int f)
{
	if (f >= ev->nr_fields || ev->field[f] == NS_UNAVAILABLE)
		return;
	t->sum += ev->field[f];
	t->events++;
}

static int add_lookup(struct ns_detail *d, const struct ns_event *ev)
{
	if (!d->dist[ev->vm])
		d->dist[ev->vm] = calloc(1, sizeof(*d->dist[ev->vm]));
	if (!d->dist[ev->vm])
		return -ENOMEM;
	ns_stackdist_add(d->dist[ev->vm], ev->ctx);
	ns_pool_add(&d->pool, ev);
	return 0;
}

int ns_detail_add(struct ns_detail *d, const struct ns_event *ev)
{
	if (ev->vm >= NS_MAX_VMS)
		return 0;
	if (!d->events++)
		d->first_ns = ev->ts;
	if (ev->ts > d->last_ns)
		d->last_ns = ev->ts;
	ns_tail_add(&d->tail, ev);
	switch (ev->event) {
	case NS_EV_S2_FAULT:
		return ns_heat_add(&d->heat, ev);
	case NS_EV_S2_CTX:
		return add_lookup(d, ev);
	case NS_EV_S2_TLBI:
		if (ev->dim < NS_NR_TLBI) {
			if (ev->field[NS_S2_TLBI_ASKED]) /* 0: L1 did not say */
				tell(&d->tlbi[ev->vm][ev->dim].asked, ev, NS_S2_TLBI_ASKED);
			tell(&d->tlbi[ev->vm][ev->dim].applied, ev, NS_S2_TLBI_APPLIED);
		}
		return 0;
	case NS_EV_S2_UNMAP:
		if (ev->dim < NS_NR_UNMAP)
			tell(&d->unmapped[ev->vm][ev->dim], ev, NS_S2_UNMAP_SIZE);
		return 0;
	default:
		return ns_rtt_trace_add(&d->rtt, ev);
	}
}
