/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * heat.h: which L2 pages fault: for each context and 4 KiB page of L2 IPA the
 * faults, their causes and their time.  Bounded: beyond NS_HEAT_MAX pages new
 * ones are only counted.
 */
#ifndef NESTSCOPE_HEAT_H
#define NESTSCOPE_HEAT_H

#include <stdint.h>

#include "abi.h"
#include "event.h"

#define NS_HEAT_SHIFT 12
#define NS_HEAT_MAX 65536

struct ns_heat_page {
	uint64_t page; /* L2 IPA >> NS_HEAT_SHIFT */
	uint64_t ns; /* in the fault handler */
	uint32_t faults; /* 0: the slot is empty */
	uint16_t ctx;
	uint16_t cause[NS_NR_CAUSE]; /* of the faults, by cause; they saturate */
};

struct ns_heat {
	struct ns_heat_page *slot; /* a hash */
	unsigned int size; /* slots: a power of two */
	unsigned int nr; /* pages in it */
	uint64_t left_out; /* faults on pages for which there was no room */
	uint64_t unknown; /* faults whose L2 IPA or context was not told */
};

/* Take in an event (only s2.fault matters).  0, or -ENOMEM. */
int ns_heat_add(struct ns_heat *h, const struct ns_event *ev);
void ns_heat_free(struct ns_heat *h);
/*
 * The pages of a context, by address.  *out is malloc'ed (the caller frees it)
 * or NULL when there are none.  Returns how many, or -ENOMEM.
 */
int ns_heat_pages(const struct ns_heat *h, unsigned int ctx, struct ns_heat_page **out);

#define NS_HEAT_CELLS 64

/* A range of L2's addresses, and the cells that it is divided into. */
struct ns_heat_line {
	uint64_t start; /* L2 IPA */
	struct ns_heat_page sum;
	struct ns_heat_page cell[NS_HEAT_CELLS];
};

/*
 * The nr pages of ns_heat_pages in lines of that many cells (a power of two, up to
 * NS_HEAT_CELLS), without those in which nothing faulted.  A cell is as large as it
 * takes for room lines to do; a line has 1 << *shift pages.  *out is malloc'ed.
 * Returns how many lines, or -ENOMEM.
 */
int ns_heat_lines(const struct ns_heat_page *p, int nr, int cells, int room, unsigned int *shift,
		  struct ns_heat_line **out);
/* The cause that most of a page's faults had. */
unsigned int ns_heat_top_cause(const struct ns_heat_page *p);

#endif
