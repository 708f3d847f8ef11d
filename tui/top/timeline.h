/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * timeline.h: the last intervals of a live session, so that each can be shown
 * again while collection goes on.  A model's histograms are large and mostly
 * empty: here they are packed, and their memory is bounded.
 */
#ifndef NESTSCOPE_TIMELINE_H
#define NESTSCOPE_TIMELINE_H

#include "model.h"

#define TIMELINE_LENGTH 3600 /* intervals */
#define TIMELINE_BYTES (8U << 20) /* of all of them; the oldest go first */

struct moment;

struct timeline {
	struct moment *moment[TIMELINE_LENGTH]; /* a ring */
	unsigned int nr; /* ever added */
	unsigned int have; /* of them, the last so many */
	size_t bytes;
};

/* 0 or -ENOMEM: then the timeline begins anew. */
int timeline_add(struct timeline *t, const struct ns_model *delta, double seconds);
void timeline_free(struct timeline *t);

/* Intervals are named by their age: 0 is the last one.  age < have. */
uint64_t timeline_start(const struct timeline *t, unsigned int age);
uint64_t timeline_end(const struct timeline *t, unsigned int age);
double timeline_seconds(const struct timeline *t, unsigned int age);
double timeline_rate(const struct timeline *t, unsigned int age); /* events/s, all of them */
/*
 * The counts of an interval, and those from the start to its end, given the
 * ones up to now.  Both are to be freed, also after -ENOMEM.
 */
int timeline_show(const struct timeline *t, unsigned int age, const struct ns_model *now,
		  struct ns_model *total, struct ns_model *delta);

#endif
