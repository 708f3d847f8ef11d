/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * spans.h: events as a time line of each vCPU: what L0 did as slices that
 * nest, and between them the time of L1 and of L2.
 *
 * A timed event arrives when it ends, so one that others lie within arrives
 * after them: what may still get a slice around it is held back.  Memory is
 * bounded, however long the recording is.
 *
 * L0's time is that of the timed events.  What L0 does beside them, and time
 * in which the host ran something else, is within L1's and L2's.
 */
#ifndef NESTSCOPE_SPANS_H
#define NESTSCOPE_SPANS_H

#include "error.h"
#include "event.h"

enum ns_level { NS_LEVEL_UNKNOWN, NS_LEVEL_L1, NS_LEVEL_L2 };

struct ns_span {
	uint64_t start, end; /* ns */
	uint64_t flow; /* of a TLBI and of the faults it caused; 0: none */
	unsigned int depth; /* 0: no other slice around it */
	enum ns_level level; /* who runs when it is not L0 */
	const struct ns_span *parent; /* NULL at depth 0 */
	struct ns_event ev;
};

/*
 * What comes of it.  begin and end of slices nest, and their times never
 * go back on one vCPU (or, for what is of no vCPU, on one host CPU); level pieces do not overlap each other or slices.  Each
 * event is given once: timed ones to begin (and end), others to instant.
 * A callback may be NULL; a negative result ends the feeding with it.
 */
struct ns_spans_ops {
	int (*begin)(void *arg, const struct ns_span *s);
	int (*end)(void *arg, const struct ns_span *s);
	int (*instant)(void *arg, const struct ns_event *ev);
	int (*level)(void *arg, unsigned int vm, unsigned int vcpu, enum ns_level level,
		     uint64_t start, uint64_t end);
};

struct ns_spans;

#define NS_SPANS_LANES 8192 /* vCPUs of all VMs; more are refused */

/* 0 or -ENOMEM. */
int ns_spans_open(struct ns_spans **out, const struct ns_spans_ops *ops, void *arg);
/* id: the event's number, from 1.  -ENOMEM, -E2BIG (too many vCPUs), or a callback's. */
int ns_spans_feed(struct ns_spans *s, uint64_t id, const struct ns_event *ev);
/* Give what is still held, and the last piece of each level up to end_ns. */
int ns_spans_finish(struct ns_spans *s, uint64_t end_ns);
void ns_spans_close(struct ns_spans *s);

/*
 * Slices whose ends were moved so that they nest: the two clocks of an event
 * with its own duration differ by some ns, and events of another CPU may
 * arrive late.
 */
uint64_t ns_spans_moved(const struct ns_spans *s);
/* Refaults after a TLBI that were linked to it, and those whose TLBI was not seen. */
uint64_t ns_spans_linked(const struct ns_spans *s);
uint64_t ns_spans_unlinked(const struct ns_spans *s);

#endif
