/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * check_map.h: things that a rule follows, found by two numbers: the tables of
 * realms, granules.  Bounded: when there is room for no more, there is none.
 */
#ifndef NESTSCOPE_CHECK_MAP_H
#define NESTSCOPE_CHECK_MAP_H

#include <stdbool.h>
#include <stdint.h>

#define NS_THINGS 131072 /* at most, of those that are there */

struct ns_thing {
	uint64_t a, b; /* what it is found by */
	uint64_t id; /* an event that tells of it */
	uint64_t with; /* another one; 0: none */
	uint32_t nr, other; /* whatever the rule counts */
	uint16_t vm;
	uint8_t kind; /* the rule's; 0: it is gone, or never was */
	bool used; /* the slot is */
};

struct ns_things {
	struct ns_thing *slot; /* a hash */
	unsigned int size; /* slots: 0 or a power of two */
	unsigned int nr; /* used */
	unsigned int refuse; /* so many more are refused without looking for room */
};

/* The thing, or NULL: it was never told of, or forgotten. */
struct ns_thing *ns_thing_find(const struct ns_things *t, uint64_t a, uint64_t b);
/* The same, made (of kind 0) when it is not there; NULL: there is no room. */
struct ns_thing *ns_thing_get(struct ns_things *t, uint64_t a, uint64_t b);
/* Slot i (0 to size - 1) when it is used and not gone; else NULL. */
struct ns_thing *ns_thing_at(const struct ns_things *t, unsigned int i);
void ns_things_free(struct ns_things *t);

#endif
