// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * entry.c: how an entry lies in memory.  What maps something is the stage-2
 * descriptor the architecture wants (VMSAv8-64, 4 KB granules), so that a CPU
 * could walk these tables; what does not has bit 0 clear, and bits the CPU
 * ignores say what it is.  Zero is UNASSIGNED with RIPAS EMPTY.
 */
#include "rules.h"

#define D_VALID (1ull << 0)
#define D_TABLE (1ull << 1) /* or a page, at the last level */
#define D_NORMAL (6ull << 2) /* write-back, with FEAT_S2FWB */
#define D_RW (3ull << 6)
#define D_SHARED (3ull << 8)
#define D_AF (1ull << 10)
#define D_NS (1ull << 55)
#define D_PA 0x0000fffffffff000ull

/* of an entry that is not valid */
#define D_ASSIGNED (1ull << 2)
#define D_UNPROTECTED (1ull << 3)
#define D_RIPAS_SHIFT 5
#define D_RIPAS (3ull << D_RIPAS_SHIFT)

static uint64_t leaf_type(int level)
{
	return level == RMI_LEVEL_LAST ? D_VALID | D_TABLE : D_VALID;
}

uint64_t entry_pack(const struct entry *e, int level)
{
	uint64_t ripas = (uint64_t)e->ripas << D_RIPAS_SHIFT;

	switch (e->state) {
	case E_TABLE:
		return e->pa | D_TABLE | D_VALID;
	case E_ASSIGNED:
		if (e->ripas != RMI_RAM)
			return e->pa | D_ASSIGNED | ripas;
		return e->pa | leaf_type(level) | D_NORMAL | D_RW | D_SHARED | D_AF;
	case E_ASSIGNED_NS:
		return e->pa | leaf_type(level) | e->attrs | D_SHARED | D_AF | D_NS;
	case E_UNASSIGNED_NS:
		return D_UNPROTECTED;
	default:
		return ripas;
	}
}

struct entry entry_unpack(uint64_t raw, int level)
{
	struct entry e = { .pa = raw & D_PA };

	if (!(raw & D_VALID)) {
		e.ripas = (raw & D_RIPAS) >> D_RIPAS_SHIFT;
		e.state = raw & D_ASSIGNED	? E_ASSIGNED
			  : raw & D_UNPROTECTED ? E_UNASSIGNED_NS
						: E_UNASSIGNED;
	} else if (level < RMI_LEVEL_LAST && raw & D_TABLE) {
		e.state = E_TABLE;
	} else if (raw & D_NS) {
		e.state = E_ASSIGNED_NS;
		e.attrs = raw & (RMI_NS_MEMATTR | RMI_NS_S2AP);
	} else {
		e.state = E_ASSIGNED;
		e.ripas = RMI_RAM;
	}
	return e;
}

/* Live: a table, or something assigned. */
bool entry_live(uint64_t raw)
{
	return raw & (D_VALID | D_ASSIGNED);
}
