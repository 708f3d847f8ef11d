/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * check_slots.h: the pool of shadow contexts as s2.ctx events tell it: which
 * context each slot has, and which contexts have a slot.
 */
#ifndef NESTSCOPE_CHECK_SLOTS_H
#define NESTSCOPE_CHECK_SLOTS_H

#include "check_priv.h"

#define NS_CHECK_SLOTS 1024 /* of a VM: two per vCPU */

enum ns_life {
	NS_LIFE_UNKNOWN, /* nothing was seen, or it may have lost its slot */
	NS_LIFE_LIVE,
	NS_LIFE_DEAD, /* another context was seen to take its slot */
};

/* A context, by its check_ctx's same. */
struct ns_ctx_life {
	enum ns_life life;
	uint64_t id, ts; /* the event since when */
};

struct ns_slot {
	uint16_t ctx; /* 0: not known */
	uint64_t id; /* the latest event that said so */
};

struct ns_slots {
	struct ns_ctx_life ctx[NS_MAX_CTXS];
	struct ns_slot *vm[NS_MAX_VMS]; /* NS_CHECK_SLOTS each, or NULL */
	bool told[NS_MAX_VMS]; /* this VM's events name slots */
	uint64_t whole[NS_MAX_VMS]; /* event that took its first slot ever; 0: not seen */
	bool mixed[NS_MAX_VMS]; /* two VMs under one name: slots mean nothing */
};

/* A look-up that says there are two of a kind. */
struct ns_slot_clash {
	uint64_t id; /* the event that says where the context was before */
	uint64_t slot; /* which slot, or NS_UNAVAILABLE */
};

/*
 * Follow an s2.ctx event of a context.  True, with *clash filled, when another
 * slot has the same context, or it got a slot while it had one.
 */
bool ns_slots_feed(struct ns_check *c, struct ns_slots *s, const struct ns_feed *f,
		   struct ns_slot_clash *clash);
void ns_slots_close(void *s);

#endif
