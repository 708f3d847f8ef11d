/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fold.h: the model's numbers per VM, per vCPU or per context, in one pass over
 * its metrics, whatever their number.
 */
#ifndef NESTSCOPE_FOLD_H
#define NESTSCOPE_FOLD_H

#include "screen.h"
#include "table.h"

enum fold_level { FOLD_VM, FOLD_VCPU, FOLD_CTX };

/* What one VM, vCPU or context did. */
struct fold_row {
	struct row_id id;
	struct ns_hist faults; /* s2.fault in the last interval */
	uint64_t cause[NS_NR_CAUSE]; /* of these */
	uint64_t ctx[NS_NR_CTX]; /* look-ups in the last interval */
	uint64_t at, at_slow, mmio; /* the same */
	uint64_t all_faults, all_ns, all_cause[NS_NR_CAUSE], all_ctx[NS_NR_CTX]; /* since the start */
};

/* The columns of a row. */
typedef void fold_fill_fn(const struct snapshot *s, const struct fold_row *f, struct table_row *r);
/*
 * Draw table t with a row for everything in the scope that was ever seen, so that rows do
 * not come and go.  On lack of memory what fits.
 */
void fold_draw(struct canvas *c, const struct snapshot *s, struct ui *ui, struct table *t,
	       enum fold_level level, fold_fill_fn *fill, int top, int bottom);

/* The event that counts as MMIO here. */
int mmio_event(const struct ns_model *m);
bool cause_is_refault(int cause);
bool path_is_slow(int path);
/* Percent, or NAN of nothing. */
double percent_of(uint64_t part, uint64_t all);

#endif
