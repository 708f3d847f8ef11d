/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * slowest.h: the timed events that took the longest, each with the events of
 * the same vCPU before and after it.  Fed event by event; everything is bounded.
 */
#ifndef NESTSCOPE_SLOWEST_H
#define NESTSCOPE_SLOWEST_H

#include <stdbool.h>

#include "event.h"

#define NS_SLOWEST_MAX 1000 /* events kept */
#define NS_SLOWEST_CONTEXT_MAX 32 /* events before, and after, each of them */

/* An event and its number in the recording. */
struct ns_numbered {
	uint64_t id;
	struct ns_event ev;
};

struct ns_slow {
	struct ns_numbered self;
	struct ns_numbered *around; /* nr_before in order, then nr_after */
	unsigned int nr_before, nr_after;
};

struct ns_slowest {
	struct ns_slow *slow; /* longest first, after ns_slowest_sort */
	unsigned int nr, max, context;
	struct ns_numbered *around; /* private: of all of them */
	struct lately *lately; /* private: the last events of each vCPU */
	unsigned int nr_lately;
};

/*
 * Keep the max slowest (at most NS_SLOWEST_MAX) with context (at most
 * NS_SLOWEST_CONTEXT_MAX, 0: none) events on each side.  0 or -ENOMEM.
 */
int ns_slowest_init(struct ns_slowest *s, unsigned int max, unsigned int context);
/* The next event; only one that is chosen can be among the slowest.  0 or -ENOMEM. */
int ns_slowest_add(struct ns_slowest *s, const struct ns_event *ev, uint64_t id, bool chosen);
/* After the last event: the longest first, of equal ones the earlier. */
void ns_slowest_sort(struct ns_slowest *s);
void ns_slowest_free(struct ns_slowest *s);

#endif
