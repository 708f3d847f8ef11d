/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * realm_model.h: what KVM has to ask of the RMM for a realm, worked out without
 * either: a tree of the tables there must be, and a count for each call and its
 * answer that follows from it.  This is where the realm workloads' counts come
 * from; KVM's events and the firmware's own counts are compared with them.
 */
#ifndef LAB_REALM_MODEL_H
#define LAB_REALM_MODEL_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define REALM_ENTRIES 512
#define REALM_LEVELS 4
#define REALM_MAX_ROOTS 16
#define REALM_PAGE 4096ull
#define REALM_SIZE(level) (1ull << (12 + 9 * (3 - (level)))) /* what an entry maps */

/* C(id, key, fid - 0x150): the calls that KVM makes. */
#define REALM_CALLS(C)                                                         \
	C(DELEGATE, "granule_delegate", 0x1)                                   \
	C(UNDELEGATE, "granule_undelegate", 0x2)                               \
	C(DATA_CREATE, "data_create", 0x3)                                     \
	C(DATA_UNKNOWN, "data_create_unknown", 0x4)                            \
	C(DATA_DESTROY, "data_destroy", 0x5)                                   \
	C(ACTIVATE, "realm_activate", 0x7)                                     \
	C(REALM_CREATE, "realm_create", 0x8)                                   \
	C(REALM_DESTROY, "realm_destroy", 0x9)                                 \
	C(RTT_CREATE, "rtt_create", 0xd)                                       \
	C(RTT_DESTROY, "rtt_destroy", 0xe)                                     \
	C(MAP_NS, "rtt_map_unprotected", 0xf)                                  \
	C(READ_ENTRY, "rtt_read_entry", 0x11)                                  \
	C(UNMAP_NS, "rtt_unmap_unprotected", 0x12)                             \
	C(FOLD, "rtt_fold", 0x16)                                              \
	C(INIT_RIPAS, "rtt_init_ripas", 0x18)
#define REALM_CALL_ID(id, key, fid) CALL_##id,
enum realm_call { REALM_CALLS(REALM_CALL_ID) CALL_MAX };

enum realm_status { STATUS_SUCCESS, STATUS_INPUT, STATUS_REALM, STATUS_REC, STATUS_RTT, STATUS_MAX };

/* O(id, key): what was done to a table or an entry. */
#define REALM_OPS(O)                                                           \
	O(CREATE, "create") O(DESTROY, "destroy") O(FOLD, "fold")              \
	O(UNFOLD, "unfold") O(MAP_DATA, "map_data") O(MAP_UNKNOWN, "map_unknown") \
	O(UNMAP_DATA, "unmap_data") O(MAP_NS, "map_ns")                        \
	O(UNMAP_NS, "unmap_ns") O(INIT_RIPAS, "init_ripas")
#define REALM_OP_ID(id, key) DID_##id,
enum realm_did { REALM_OPS(REALM_OP_ID) DID_MAX };

/* S(id, key): steps of taking tables down. */
#define REALM_STEPS(S)                                                         \
	S(DESTROYED, "destroyed") S(SKIPPED, "skipped") S(RECURSED, "recursed") \
	S(UNFOLDED, "unfolded") S(BUSY, "busy") S(FAILED, "failed")            \
	S(NO_PROGRESS, "no_progress") S(DONE, "done")
#define REALM_STEP_ID(id, key) STEP_##id,
enum realm_step { REALM_STEPS(REALM_STEP_ID) STEP_MAX };

/* L(id, key): why a page is never freed. */
#define REALM_LEAKS(L)                                                         \
	L(UNDELEGATE, "undelegate") L(NOT_DESTROYED, "not_destroyed")          \
	L(TEARDOWN, "teardown") L(PINNED, "pinned")
#define REALM_LEAK_ID(id, key) LEAK_##id,
enum realm_leak { REALM_LEAKS(REALM_LEAK_ID) LEAK_MAX };

/* Levels of an operation; besides: it has none, it was refused. */
#define LEVEL_NONE 4
#define LEVEL_FAILED 5

struct model_counts {
	uint64_t call[CALL_MAX][STATUS_MAX];
	uint64_t did[DID_MAX][6];
	uint64_t step[STEP_MAX];
	uint64_t leak[LEAK_MAX];
	uint64_t made[REALM_LEVELS]; /* tables by RTT_CREATE */
};

struct model_table;

struct model {
	unsigned int bits; /* of IPA */
	int start;
	unsigned int nr_roots;
	struct model_table *root[REALM_MAX_ROOTS];
	bool spare; /* the granule KVM keeps for unfolding */
	bool folded; /* there may be blocks */
	uint64_t nr_data;
	struct model_counts n;
};

/* A realm of so many bits is created; empty. */
void model_create(struct model *m, unsigned int bits);
/* Tables down to level for an address. */
void model_tables(struct model *m, uint64_t ipa, int level);
/* A page of data, with contents or without; a block of 512 pages. */
void model_data(struct model *m, uint64_t ipa, bool unknown);
void model_block(struct model *m, uint64_t ipa, bool unknown);
/* RAM from base to top. */
void model_ripas(struct model *m, uint64_t base, uint64_t top);
/* Host memory mapped unprotected, as one entry of that level. */
void model_ns(struct model *m, uint64_t ipa, int level);
void model_unshare(struct model *m, uint64_t start, uint64_t end);
void model_unmap(struct model *m, uint64_t start, uint64_t end);
void model_fold(struct model *m, uint64_t ipa, int level);
void model_unfold(struct model *m, uint64_t ipa, int level);
void model_destroy_tables(struct model *m, uint64_t start, uint64_t end);
void model_activate(struct model *m);
/* The realm is destroyed, and everything freed. */
void model_destroy(struct model *m);
/* How many tables there are, without the roots. */
uint64_t model_nr_tables(const struct model *m);
/* The counts as members of a JSON object, without its braces. */
void model_print(const struct model_counts *n, FILE *f);

#endif
