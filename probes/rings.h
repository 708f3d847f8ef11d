/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rings.h: the rings (struct ns_ring of abi.h), one for each CPU so that producers
 * do not wait for each other, read as one in the order of time.
 */
#ifndef NESTSCOPE_RINGS_H
#define NESTSCOPE_RINGS_H

#include <stdbool.h>
#include <stddef.h>

#include "abi.h"

#define NS_MAX_RINGS 64 /* a power of two; with more CPUs some share one */

struct ns_rings {
	struct ns_ring_reader *ring;
	unsigned int nr;
	size_t size; /* of each, in bytes */
	void *map; /* all of them, NULL: none */
	size_t map_bytes;
};

/* How many rings for this machine, a power of two, and the size of each when all take bytes. */
unsigned int ns_rings_plan(size_t bytes, size_t *each);

/* Map the nr rings of a map; 0 or -errno.  Free with ns_rings_close in any case. */
int ns_rings_open(struct ns_rings *r, int fd, unsigned int nr, size_t size);
void ns_rings_close(struct ns_rings *r);

/* Is an eighth of a ring waiting to be read? */
bool ns_rings_filling(const struct ns_rings *r);

/*
 * Hand what is there now to fn, in the order of time (a record that is still being
 * written waits for the next call, and with it what came after it on its CPU).
 * Returns the number of records, or what fn returned below 0.
 */
typedef int (*ns_record_fn)(void *arg, const struct ns_rec *rec);
int ns_rings_read(struct ns_rings *r, ns_record_fn fn, void *arg);

#endif
