/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bill.h: what everything that drops shadow entries costs: its own time, and
 * that of the faults on what it dropped.
 */
#ifndef NESTSCOPE_BILL_H
#define NESTSCOPE_BILL_H

#include "detail.h"
#include "mapped.h"
#include "model.h"

/* An event that drops entries, and the cause of the faults that follow. */
struct ns_bill_kind {
	int event, dim, unmap, cause; /* -1: none */
};
#define NS_BILL_KINDS 12
extern const struct ns_bill_kind ns_bill_kinds[NS_BILL_KINDS];

/* Numbers of one kind; NS_UNAVAILABLE is what this recording does not tell. */
struct ns_bill {
	uint64_t count, ns, p50; /* of the event itself */
	uint64_t unmaps; /* ranges walked, one per context */
	uint64_t asked, applied; /* bytes for each on the average */
	uint64_t dropped, back; /* pages (mapped.h) thrown away, and mapped again by refaults */
	uint64_t refaults, refault_ns;
	uint64_t each_ns; /* what one costs, with the refaults after it */
};

/*
 * Fill b for a kind, of all VMs; what is not of events (a mask by id) is
 * unavailable, as is what the kernel did not provide.  0 or -ENOMEM.
 */
int ns_bill_of(struct ns_bill *b, const struct ns_bill_kind *kind, uint64_t events,
	       const struct ns_model *m, const struct ns_detail *d, const struct ns_mapped *mapped);

#endif
