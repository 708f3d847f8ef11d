/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * exemplars.h: the slowest event of each VM, event and first split: what a
 * histogram's exemplar points at.  Bounded, whatever is fed.
 */
#ifndef NESTSCOPE_EXEMPLARS_H
#define NESTSCOPE_EXEMPLARS_H

#include "event.h"

#define NS_EXEMPLAR_NS 60000000000ULL /* how long one stands for what is slow */
#define NS_EXEMPLARS_MAX 4096 /* more are not kept; a power of two */

struct ns_exemplar {
	uint64_t dur; /* ns; 0: this place is free */
	uint64_t ts; /* CLOCK_MONOTONIC, the end of the event */
	uint64_t id; /* its number in the recording, 0: live */
	uint16_t vm, vcpu;
	uint8_t event, dim;
};

struct ns_exemplars {
	struct ns_exemplar at[NS_EXEMPLARS_MAX]; /* a hash of vm, event, dim */
	unsigned int nr;
	int64_t real_ns; /* CLOCK_REALTIME - CLOCK_MONOTONIC */
};

void ns_exemplars_clear(struct ns_exemplars *x);
/*
 * One event more; only a timed one is kept, and only while no slower one of its kind
 * came in the minute before it.
 */
void ns_exemplars_add(struct ns_exemplars *x, const struct ns_event *ev, uint64_t id);
/* The slowest of its kind, or NULL. */
const struct ns_exemplar *ns_exemplar_of(const struct ns_exemplars *x, unsigned int vm,
					 unsigned int event, unsigned int dim);

#endif
