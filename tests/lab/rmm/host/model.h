/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * model.h: the rules of RMI 1.0 once more, as naively as can be, for the tests
 * to compare the library with.  Nothing is walked and no reference is kept:
 * tables are found by what they cover, and what they hold is counted.  Shares
 * no code with the library, only the ABI and struct rmm_granule.
 */
#ifndef LAB_RMM_MODEL_H
#define LAB_RMM_MODEL_H

#include "rmm.h"

#define MODEL_REALMS 4
#define MODEL_TABLES 128

enum model_kind { M_HOLE, M_DATA, M_OUTSIDE, M_WINDOW, M_TABLE };

struct model_entry {
	enum model_kind kind;
	unsigned int ripas;
	uint64_t pa, attrs;
};

struct model_realm {
	bool used, active;
	uint64_t rd, root, s2sz, nr_roots, vmid;
	int start;
};

struct model_table {
	bool used;
	const struct model_realm *realm;
	int level;
	uint64_t base; /* the first address it covers */
	uint64_t pa;
	struct model_entry e[RMI_ENTRIES];
};

struct model {
	uint64_t base, nr, feature0;
	struct rmm_granule *granules; /* what the library's must look like */
	const uint64_t *(*ns_page)(uint64_t pa); /* the host's memory, for parameters */
	struct model_realm realms[MODEL_REALMS];
	struct model_table *tables; /* MODEL_TABLES */
	uint64_t folds[M_TABLE], unfolds[M_TABLE]; /* by what was folded and unfolded */
};

/* What the RMM must answer to fid(a...): fills x, returns how many are results. */
unsigned int model_call(struct model *m, uint64_t fid, const uint64_t *a, uint64_t *x);

/* How many references the table's entries are. */
unsigned int model_refs(const struct model_table *t);
struct model_realm *model_realm(struct model *m, uint64_t rd);
/* The deepest table down to level that covers ipa, NULL when there is none. */
struct model_table *model_cover(struct model *m, const struct model_realm *r, uint64_t ipa,
				int level);

#endif
