/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tail.h: the last events, newest first, in a ring of fixed size. */
#ifndef NESTSCOPE_TAIL_H
#define NESTSCOPE_TAIL_H

#include <stdint.h>

#include "event.h"

struct ns_tail {
	struct ns_event *ev;
	unsigned int size; /* events that fit */
	uint64_t total; /* ever added */
};

/* Room for size events.  0, or -ENOMEM. */
int ns_tail_init(struct ns_tail *t, unsigned int size);
void ns_tail_free(struct ns_tail *t);
void ns_tail_clear(struct ns_tail *t);
void ns_tail_add(struct ns_tail *t, const struct ns_event *ev);
/* How many there are to get. */
unsigned int ns_tail_count(const struct ns_tail *t);
/* The event that is age events older than the newest, or NULL. */
const struct ns_event *ns_tail_get(const struct ns_tail *t, unsigned int age);

#endif
