// SPDX-License-Identifier: GPL-2.0-or-later
/* ledger.c: see ledger.h. */
#include "ledger.h"

void ns_ledger_add(struct ns_ledger_row *to, const struct ns_ledger_row *row)
{
	to->seen += row->seen;
	to->kept += row->kept;
	to->ring_full += row->ring_full;
	to->map_full += row->map_full;
	to->missed += row->missed;
	to->filtered += row->filtered;
	to->unattributed += row->unattributed;
	to->missed_unknown |= row->missed_unknown;
}

void ns_ledger_take(struct ns_ledger_row *to, const struct ns_ledger_row *row)
{
	uint64_t kept = to->kept;

	*to = *row;
	to->kept = kept;
	to->seen = ns_ledger_accounted(to);
}

void ns_ledger_subtract(struct ns_ledger_row *from, const struct ns_ledger_row *row)
{
	from->seen -= row->seen;
	from->kept -= row->kept;
	from->ring_full -= row->ring_full;
	from->map_full -= row->map_full;
	from->missed -= row->missed;
	from->filtered -= row->filtered;
	from->unattributed -= row->unattributed;
	from->missed_unknown |= row->missed_unknown;
}
