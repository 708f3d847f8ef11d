/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * world.h: a machine of a few MB of memory, the library as its RMM, and the
 * model beside it.  Every call is made of both; where they differ, or memory is
 * not as it must be, the program says what and aborts.
 */
#ifndef LAB_RMM_WORLD_H
#define LAB_RMM_WORLD_H

#include "model.h"

#define WORLD_BASE 0x40000000ull
#define WORLD_GRANULES 1536 /* three blocks of 2 MB: the fewest that are worth folding */

struct world {
	struct rmm rmm;
	struct model model;
	uint64_t calls;
	uint64_t seen[RMI_NR_FIDS][RMI_NR_STATUS]; /* the answers there were */
	/* a plan: the same call for one address after the other */
	struct world_plan {
		unsigned int left;
		uint64_t fid, rd, base, ipa, pa, attrs, spare;
		int level;
	} plan;
};

/* A new machine; there is one at a time. */
struct world *world_new(void);
void world_free(struct world *w);

/* One call of the library and of the model; x gets the library's results. */
void world_call(struct world *w, uint64_t fid, const uint64_t *a, uint64_t *x);
uint64_t world_call4(struct world *w, uint64_t fid, uint64_t a0, uint64_t a1, uint64_t a2,
		     uint64_t a3);
/* Look at everything: each entry of each table, each granule, each count. */
void world_check(struct world *w);
/* The host's own memory, and a realm's, as the test sees it. */
uint64_t *world_page(uint64_t pa);
/* Parameters of a realm into the host's page. */
void world_params(uint64_t page, uint64_t s2sz, uint64_t start, uint64_t roots, uint64_t root,
		  uint64_t vmid);

/* Where the choices come from: a number below n, which is not 0. */
struct chooser {
	uint64_t (*below)(struct chooser *c, uint64_t n);
};

/* One call, chosen so that it often makes sense. */
void world_step(struct world *w, struct chooser *c);

#endif
