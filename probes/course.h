/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * course.h: every event and value of its first split over the course of an
 * observation, in slots of one width that doubles when they are all used: the
 * memory is the same for a second and for a day.
 */
#ifndef NESTSCOPE_COURSE_H
#define NESTSCOPE_COURSE_H

#include <stdint.h>

#include "abi.h"
#include "event.h"

#define NS_COURSE_SLOTS 1024 /* even; more than half of them are used in the end */
#define NS_COURSE_FIRST_NS 1024 /* width of a slot to begin with */

struct ns_course {
	uint64_t start_ns; /* of slot 0 */
	uint64_t width_ns;
	unsigned int nr; /* slots used: up to the last event's */
	unsigned int first_row[NS_NR_EVENTS + 1]; /* private: of counts, by event; the last: all rows */
	uint64_t *count; /* private: NS_COURSE_SLOTS for each event and value */
	uint64_t *ns; /* private: NS_COURSE_SLOTS for each event */
};

/* 0 or -ENOMEM. */
int ns_course_init(struct ns_course *c, uint64_t start_ns);
/*
 * Take in an event at the time it ended.  One from before the start (the first
 * may have begun to be seen before it was noted) counts in slot 0.
 */
void ns_course_add(struct ns_course *c, const struct ns_event *ev);
/* Events of a value (NS_ANY: of all) in a slot. */
uint64_t ns_course_count(const struct ns_course *c, unsigned int event, int dim, unsigned int slot);
/* Time told by the events that ended in a slot, ns. */
uint64_t ns_course_ns(const struct ns_course *c, unsigned int event, unsigned int slot);
void ns_course_free(struct ns_course *c);

#endif
