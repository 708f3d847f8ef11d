/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tenure.h: from when to when each shadow context had a slot of the pool, and
 * who took it away: the rows of a Gantt chart.  Bounded: when there are too
 * many, those of a context that are close to each other become one.
 */
#ifndef NESTSCOPE_TENURE_H
#define NESTSCOPE_TENURE_H

#include <stdbool.h>
#include <stdint.h>

#include "event.h"
#include "pool.h"

#define NS_TENURES_MAX 4096 /* more than twice the contexts there can be */

struct ns_tenure {
	uint64_t start, end; /* ns; end 0: it still had the slot when the last event was seen */
	uint32_t nr; /* tenures that became this one */
	uint32_t evicted; /* of them ended by an eviction */
	uint16_t ctx;
	uint16_t by; /* the context that took the slot last; 0: none, or not known */
	bool before; /* it had the slot before it was seen first */
};

struct ns_tenures {
	struct ns_tenure *tenure; /* by end; those that have none come last */
	unsigned int nr;
	uint64_t grain_ns; /* gaps up to this were closed; 0: nothing became one */
	struct ns_tenure *open; /* private */
	unsigned int nr_open;
};

/* 0 or -ENOMEM. */
int ns_tenures_init(struct ns_tenures *t);
/* Take in a look-up (only s2.ctx matters) after pool has. */
void ns_tenures_add(struct ns_tenures *t, const struct ns_pool *pool, const struct ns_event *ev);
/* After the last event: those that have a slot still. */
void ns_tenures_finish(struct ns_tenures *t);
void ns_tenures_free(struct ns_tenures *t);

#endif
