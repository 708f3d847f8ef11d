/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rtt_trace.h: what whole events tell of a VM's realms beyond their counts:
 * delegated granules over time, how far a teardown got and why it stopped, and
 * which pages leaked.  Bounded, whatever is fed.
 */
#ifndef NESTSCOPE_RTT_TRACE_H
#define NESTSCOPE_RTT_TRACE_H

#include <stdbool.h>

#include "abi.h"
#include "event.h"

#define NS_GAUGE_SLOTS 128 /* even */
#define NS_GAUGE_FIRST_NS 65536 /* width of a slot to begin with */

/*
 * A number over time, in slots of one width, which doubles when they are all
 * used.  A slot has the number at its end; nothing happened in a slot that is
 * as the one before.
 */
struct ns_gauge {
	uint64_t start_ns; /* of slot 0; 0: nothing yet */
	uint64_t width_ns;
	unsigned int nr; /* slots used */
	int64_t slot[NS_GAUGE_SLOTS];
	int64_t now, most;
};

void ns_gauge_set(struct ns_gauge *g, uint64_t ts, int64_t value);

struct ns_rtt_step {
	uint64_t ts; /* 0: there was none */
	uint64_t rd, level, addr, next;
	uint8_t action; /* NS_TEARDOWN_* */
};

#define NS_RTT_LEAKS 8
struct ns_rtt_leak {
	uint64_t ts, pa;
	uint8_t why; /* NS_LEAK_* */
};

struct ns_rtt_trace {
	uint64_t last_ns; /* time of the last event */
	struct ns_gauge granules; /* delegated, less those delegated before the first event */
	struct ns_rtt_step last; /* of a teardown */
	struct ns_rtt_step stop; /* the last time one was given up: busy, failed, no progress */
	uint64_t done; /* teardowns that came to their end */
	uint64_t stops; /* and that did not */
	struct ns_rtt_leak leak[NS_RTT_LEAKS]; /* the first ones */
	uint64_t leaks;
};

/* By VM; NULL until there is an event of it. */
struct ns_rtt_traces {
	struct ns_rtt_trace *vm[NS_MAX_VMS];
};

/* Take in an event (only those of system rtt matter).  0 or -ENOMEM. */
int ns_rtt_trace_add(struct ns_rtt_traces *t, const struct ns_event *ev);
void ns_rtt_trace_free(struct ns_rtt_traces *t);

/* Did the walk stop with an error? */
static inline bool ns_rtt_stops(unsigned int action)
{
	return action == NS_TEARDOWN_BUSY || action == NS_TEARDOWN_FAILED ||
	       action == NS_TEARDOWN_NO_PROGRESS;
}

#endif
