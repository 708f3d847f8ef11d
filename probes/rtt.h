/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rtt.h: what the host did to the translation tables of realms, and what is
 * left of it: tables by level, data, delegated granules, leaks.  From the
 * counts of the model alone, so it costs no whole events.
 *
 * What is live is what was made less what went away.  That holds only when
 * everything was seen; else it is not known, and never 0.
 */
#ifndef NESTSCOPE_RTT_H
#define NESTSCOPE_RTT_H

#include "model.h"

#define NS_RTT_LEVELS 4 /* 0 to 3; with 4 KiB granules */

struct ns_rtt {
	bool seen; /* anything was, of a realm */
	struct {
		uint64_t made; /* created, or unfolded from a block */
		uint64_t gone; /* destroyed, or folded into the table above */
	} table[NS_RTT_LEVELS]; /* but root tables, which REALM_CREATE takes */
	uint64_t data_mapped, data_unmapped; /* bytes of protected memory */
	uint64_t ns_mapped, ns_unmapped; /* bytes of unprotected memory, by calls */
	uint64_t delegated, undelegated; /* granules */
	uint64_t leaked; /* pages */
	char unknown[96]; /* why what is live is not known; "": it is */
};

/* Fill r from a VM's counts; vm NS_ANY: of all VMs that were seen. */
void ns_rtt_count(const struct ns_model *m, int vm, struct ns_rtt *r);

/* Each is NS_UNAVAILABLE when it is not known. */
uint64_t ns_rtt_live(const struct ns_rtt *r, unsigned int level); /* tables */
uint64_t ns_rtt_live_all(const struct ns_rtt *r); /* tables of all levels */
uint64_t ns_rtt_data(const struct ns_rtt *r); /* bytes */
uint64_t ns_rtt_granules(const struct ns_rtt *r); /* delegated now */

/* "3/412/18011": tables live at levels 1, 2 and 3, or "unavailable".  Returns buf. */
const char *ns_rtt_live_format(const struct ns_rtt *r, char *buf, size_t size);

/* What an entry at a level maps, in bytes. */
static inline uint64_t ns_rtt_map_size(unsigned int level)
{
	return 1ULL << (12 + 9 * (3 - level));
}

#endif
