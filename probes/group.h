/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * group.h: counts and times of events by any of their properties: per cause,
 * per kind of TLBI, per VTTBR, per range of IPAs.  An event's kind is always
 * part of its group: times of different events are not comparable.
 */
#ifndef NESTSCOPE_GROUP_H
#define NESTSCOPE_GROUP_H

#include "error.h"
#include "event.h"
#include "model.h"
#include "prop.h"

#define NS_GROUP_KEYS 4
/* Groups that are kept; a histogram has 8.5 KB, so they take at most 18 MB. */
#define NS_GROUP_MAX 2048

struct ns_group_key {
	struct ns_prop prop;
	uint64_t range; /* values are taken together so many at a time; 1: each by itself */
};

struct ns_group {
	uint8_t event;
	uint64_t value[NS_GROUP_KEYS]; /* lowest of the range, or unavailable */
	struct ns_hist h;
};

struct ns_groups {
	struct ns_group_key key[NS_GROUP_KEYS];
	unsigned int nr_keys;
	struct ns_group *group;
	unsigned int nr;
	uint64_t outside; /* events that have not all of the keys */
	uint64_t dropped; /* events of more groups than NS_GROUP_MAX */
	uint16_t *index; /* private: hash of groups */
};

/*
 * Make groups by the comma-separated list of properties (prop.h), each of which may
 * have a range: "vttbr,l2_ipa/2M".  -EINVAL (NS_EXIT_USAGE) or -ENOMEM with
 * err filled; free it in any case.
 */
int ns_groups_init(struct ns_groups *g, const char *list, struct ns_error *err);
/* 0 or -ENOMEM.  meta has the VMs and the start of the observation. */
int ns_groups_add(struct ns_groups *g, const struct ns_event *ev, const struct ns_model *meta);
void ns_groups_free(struct ns_groups *g);

/* A group's value of a key, as script would print it; VMs by name. Returns buf. */
const char *ns_group_text(const struct ns_groups *g, const struct ns_group *group, unsigned int key,
			  const struct ns_model *m, char *buf, size_t size);

#endif
