/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ledger.h: the loss ledger of one event: what became of each that was seen.
 *
 * seen = kept + ring_full + map_full + missed + filtered + unattributed
 */
#ifndef NESTSCOPE_LEDGER_H
#define NESTSCOPE_LEDGER_H

#include <stdbool.h>
#include <stdint.h>

/* Numbers of events, sums over CPUs. */
struct ns_ledger_row {
	uint64_t seen;
	uint64_t kept; /* counted where the events arrive, not derived */
	uint64_t ring_full, map_full; /* lost: there was no room */
	/*
	 * How often the kernel did not run a program of the event (recursion_misses of
	 * struct bpf_prog_info): each time an event is missing, or known in part.  So at
	 * most so many are lost.
	 */
	uint64_t missed;
	uint64_t filtered; /* left out by the user's filters */
	uint64_t unattributed; /* its beginning was not seen, e.g. before collection */
	/*
	 * missed is unavailable, and 0 here: a kernel that does not tell (before 5.12),
	 * or a file of a nestscope that had them among the unattributed.
	 */
	bool missed_unknown;
};

/* Events that were wanted and are not there. */
static inline uint64_t ns_ledger_lost(const struct ns_ledger_row *r)
{
	return r->ring_full + r->map_full + r->missed;
}

/* What all columns but seen account for. */
static inline uint64_t ns_ledger_accounted(const struct ns_ledger_row *r)
{
	return r->kept + ns_ledger_lost(r) + r->filtered + r->unattributed;
}

/* Column by column. */
void ns_ledger_add(struct ns_ledger_row *to, const struct ns_ledger_row *row);
void ns_ledger_subtract(struct ns_ledger_row *from, const struct ns_ledger_row *row);
/* What row says of losses, beside what "to" itself has kept: so many were seen. */
void ns_ledger_take(struct ns_ledger_row *to, const struct ns_ledger_row *row);

#endif
