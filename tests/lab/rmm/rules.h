/* SPDX-License-Identifier: GPL-2.0-or-later */
/* rules.h: what the files of the library share with each other. */
#ifndef LAB_RMM_RULES_H
#define LAB_RMM_RULES_H

#include "rmm.h"

/* granule.c */
struct rmm_granule *granule_find(struct rmm *m, uint64_t pa);
struct rmm_granule *granule_in(struct rmm *m, uint64_t pa, unsigned int state);
void granule_set(struct rmm *m, struct rmm_granule *g, unsigned int state);
void granule_make_table(struct rmm *m, struct rmm_granule *g, int level);
void granule_free(struct rmm *m, uint64_t pa);
void rmi_granule_delegate(struct rmm *m, struct rmm_call *c);
void rmi_granule_undelegate(struct rmm *m, struct rmm_call *c);

/* realm.c; a realm's descriptor is what its RD granule holds */
enum realm_state { REALM_NEW = 1, REALM_ACTIVE };

struct realm {
	uint64_t state;
	uint64_t s2sz; /* bits of IPA; the upper half is unprotected */
	int64_t start; /* level of the root tables */
	uint64_t nr_roots;
	uint64_t root; /* physical address of the first; the others follow */
	uint64_t vmid;
};

struct realm *realm_find(struct rmm *m, uint64_t rd);
bool realm_protects(const struct realm *r, uint64_t ipa);
bool realm_has(const struct realm *r, uint64_t ipa, int level);
void rmi_realm_create(struct rmm *m, struct rmm_call *c);
void rmi_realm_activate(struct rmm *m, struct rmm_call *c);
void rmi_realm_destroy(struct rmm *m, struct rmm_call *c);

/* entry.c; an entry of a table, unpacked */
enum entry_state { E_UNASSIGNED, E_ASSIGNED, E_UNASSIGNED_NS, E_ASSIGNED_NS, E_TABLE };

struct entry {
	enum entry_state state;
	unsigned int ripas; /* of UNASSIGNED and ASSIGNED */
	uint64_t pa; /* of ASSIGNED, ASSIGNED_NS, TABLE */
	uint64_t attrs; /* of ASSIGNED_NS: what the host chose */
};

uint64_t entry_pack(const struct entry *e, int level);
struct entry entry_unpack(uint64_t raw, int level);
bool entry_live(uint64_t raw);
static inline uint64_t map_size(int level)
{
	return 1ull << RMI_MAP_SHIFT(level);
}

/* rtt.c; where a walk ended */
struct walk {
	struct rmm_granule *granule; /* of the table */
	uint64_t *table;
	unsigned int index;
	int level;
};

void walk_to(struct rmm *m, const struct realm *r, uint64_t ipa, int level, struct walk *w);
struct entry walk_entry(const struct walk *w);
void walk_set(const struct walk *w, const struct entry *e);
uint64_t walk_skip(const struct walk *w, uint64_t ipa);
void rmi_rtt_create(struct rmm *m, struct rmm_call *c);
void rmi_rtt_destroy(struct rmm *m, struct rmm_call *c);
void rmi_rtt_read_entry(struct rmm *m, struct rmm_call *c);
/* fold.c */
void rmi_rtt_fold(struct rmm *m, struct rmm_call *c);

/* data.c */
void rmi_data_create(struct rmm *m, struct rmm_call *c);
void rmi_data_create_unknown(struct rmm *m, struct rmm_call *c);
void rmi_data_destroy(struct rmm *m, struct rmm_call *c);
void rmi_rtt_init_ripas(struct rmm *m, struct rmm_call *c);
void rmi_rtt_map_unprotected(struct rmm *m, struct rmm_call *c);
void rmi_rtt_unmap_unprotected(struct rmm *m, struct rmm_call *c);

/* faults.c */
bool order_answers(struct rmm *m, uint64_t fid, uint64_t *answer);
bool order_add(struct rmm *m, uint64_t fid, uint64_t skip, uint64_t times, uint64_t answer);
void order_clear(struct rmm *m);

/* log.c */
void log_call(struct rmm *m, const struct rmm_call *c);
bool log_count(const struct rmm *m, uint64_t what, uint64_t i, uint64_t j, uint64_t *value);
bool log_read(const struct rmm *m, uint64_t n, struct rmm_log_entry *e);

#endif
