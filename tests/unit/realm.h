/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * realm.h: the events of a realm's life, in the order in which the kernel makes
 * them.  No kernel made these, and no RMM answered: the caller says what is
 * refused.
 */
#ifndef NESTSCOPE_TEST_REALM_H
#define NESTSCOPE_TEST_REALM_H

#include "event.h"

struct realm {
	void (*emit)(void *arg, const struct ns_event *ev);
	void *arg;
	uint64_t ts; /* of the last event */
	uint64_t step_ns; /* between events */
	uint64_t rd, root; /* granules; the root table is one */
	uint64_t next; /* granule to be taken */
	uint16_t vm;
	uint8_t status; /* of the next call that is made; then success again */
};

void realm_init(struct realm *r, unsigned int vm, uint64_t first_granule);
/* One call, and one operation; arguments as the tracepoints have them. */
void realm_call(struct realm *r, unsigned int cmd, uint64_t arg1, uint64_t arg2, uint64_t arg3,
		uint64_t out1);
void realm_op(struct realm *r, unsigned int op, uint64_t ipa, unsigned int level, uint64_t pa);
void realm_teardown(struct realm *r, unsigned int action, unsigned int level, uint64_t addr,
		    uint64_t next);
void realm_leak(struct realm *r, uint64_t pa, unsigned int why);

/* Delegate rd and the root, REALM_CREATE. */
void realm_create(struct realm *r);
/* Each returns the granule that it delegated for it. */
uint64_t realm_table(struct realm *r, uint64_t ipa, unsigned int level);
uint64_t realm_data(struct realm *r, uint64_t ipa);
void realm_ns(struct realm *r, uint64_t ipa, unsigned int level);
/* The opposite; pa is what was returned above. */
void realm_drop_table(struct realm *r, uint64_t ipa, unsigned int level, uint64_t pa);
void realm_drop_data(struct realm *r, uint64_t ipa, uint64_t pa);
void realm_drop_ns(struct realm *r, uint64_t ipa, unsigned int level);
void realm_fold(struct realm *r, uint64_t ipa, unsigned int level, uint64_t pa);
uint64_t realm_unfold(struct realm *r, uint64_t ipa, unsigned int level);
void realm_undelegate(struct realm *r, uint64_t pa);
/* REALM_DESTROY, and its granules back. */
void realm_destroy(struct realm *r);

#endif
