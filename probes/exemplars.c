// SPDX-License-Identifier: GPL-2.0-or-later
/* exemplars.c: see exemplars.h. */
#include "exemplars.h"

#include <string.h>

#include "catalogue.h"

/* The place of a kind: where it is, or the free one where it would be. */
static unsigned int place(const struct ns_exemplars *x, unsigned int vm, unsigned int event,
			  unsigned int dim)
{
	uint32_t key = vm << 16 | event << 8 | dim;
	unsigned int i = (key * 0x9e3779b1U) >> 20; /* 12 bits */

	_Static_assert(NS_EXEMPLARS_MAX == 1 << 12, "the hash gives a place");
	for (;; i = (i + 1) & (NS_EXEMPLARS_MAX - 1)) {
		const struct ns_exemplar *e = &x->at[i];

		if (!e->dur || (e->vm == vm && e->event == event && e->dim == dim))
			return i;
	}
}

void ns_exemplars_clear(struct ns_exemplars *x)
{
	memset(x->at, 0, sizeof(x->at));
	x->nr = 0;
}

void ns_exemplars_add(struct ns_exemplars *x, const struct ns_event *ev, uint64_t id)
{
	struct ns_exemplar *e;
	uint64_t dur;

	if (ev->event >= NS_NR_EVENTS || !ns_events[ev->event].timed || !ev->nr_fields)
		return;
	dur = ev->field[0];
	if (!dur || dur == NS_UNAVAILABLE)
		return;
	e = &x->at[place(x, ev->vm, ev->event, ev->dim)];
	if (e->dur >= dur && ev->ts < e->ts + NS_EXEMPLAR_NS)
		return;
	if (!e->dur) {
		/* places are found quickly while a quarter of them is free */
		if (x->nr >= NS_EXEMPLARS_MAX / 4 * 3)
			return;
		x->nr++;
	}
	*e = (struct ns_exemplar){
		.dur = dur, .ts = ev->ts, .id = id, .vm = ev->vm, .vcpu = ev->vcpu,
		.event = ev->event, .dim = ev->dim,
	};
}

const struct ns_exemplar *ns_exemplar_of(const struct ns_exemplars *x, unsigned int vm,
					 unsigned int event, unsigned int dim)
{
	const struct ns_exemplar *e = &x->at[place(x, vm, event, dim)];

	return e->dur ? e : NULL;
}
