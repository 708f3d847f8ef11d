/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rmm.h: the granule and table rules of RMI 1.0 as a library.  It is compiled
 * into the lab's firmware and, for tests, into programs of the build machine;
 * it needs nothing but the hooks of struct rmm_plat.  Realms and tables lie in
 * the granules the host delegated; of its own it has struct rmm.
 */
#ifndef LAB_RMM_H
#define LAB_RMM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ctl.h"
#include "rmi.h"

/* refs: what a table holds (child tables + assigned protected entries). */
struct rmm_granule {
	uint8_t state;
	uint8_t level;
	uint16_t refs;
};

/* What differs between the firmware and a test. */
struct rmm_plat {
	/* A granule as realm memory; pa is one of the RMM's granules. */
	void *(*realm)(uint64_t pa);
	/* Copy size bytes, a multiple of 8, of non-secure memory. */
	void (*read_ns)(void *dst, uint64_t pa, unsigned int size);
	/* Change the granule's address space; the memory is not touched. */
	void (*protect)(uint64_t pa, bool realm);
	/* Zero a granule of realm memory. */
	void (*wipe)(uint64_t pa);
};

struct rmm_order {
	uint64_t fid; /* 0: a free slot */
	uint64_t skip, times;
	uint64_t answer;
};

#define RMM_LOG_SIZE 1024
struct rmm_log_entry {
	uint32_t fid, x0;
	uint64_t a[3];
};

struct rmm_counts {
	uint64_t calls[RMI_NR_FIDS][RMI_NR_STATUS + 1];
	uint64_t granules[RMM_NR_STATES];
	uint64_t tables[RMI_LEVEL_LAST + 1], made[RMI_LEVEL_LAST + 1], gone[RMI_LEVEL_LAST + 1];
	uint64_t realms, ordered, logged;
};

struct rmm {
	const struct rmm_plat *plat;
	struct rmm_granule *granules; /* nr_granules of them, zeroed; the caller's */
	uint64_t base; /* physical address of the first */
	uint64_t nr_granules;
	uint64_t feature0; /* what FEATURES(0) says, and REALM_CREATE allows */
	uint64_t vmids[65536 / 64];
	struct rmm_order orders[RMM_NR_ORDERS];
	struct rmm_counts count;
	struct rmm_log_entry log[RMM_LOG_SIZE];
};

/* One call: fid and a[] go in, the first nx of x[] are its results. */
struct rmm_call {
	uint64_t fid;
	uint64_t a[6];
	uint64_t x[5];
	unsigned int nx;
};

/*
 * Serve one call; false when fid is none of ours (nothing is changed then).
 * The caller sees to it that no two calls run at once.
 */
bool rmm_dispatch(struct rmm *m, struct rmm_call *c);

/* The name of an RMI call and of a status, for logs; never NULL. */
const char *rmm_fid_name(uint64_t fid);
const char *rmm_status_name(unsigned int status);

#endif
