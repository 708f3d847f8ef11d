// SPDX-License-Identifier: GPL-2.0-or-later
/* rings.c: see rings.h; what is in a ring, and who may write where, is in abi.h. */
#include "rings.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define RELEASE_EVERY 4096 /* bytes read before writers may have the room again */

struct ns_ring_reader {
	struct ns_ring *ring;
	uint64_t mask; /* of places in it */
	uint64_t at, end; /* of a read under way */
	const struct ns_rec *next; /* the record at "at"; NULL: none is ready */
};

unsigned int ns_rings_plan(size_t bytes, size_t *each)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	unsigned int nr = 1;

	while ((long)nr < cpus && nr < NS_MAX_RINGS)
		nr *= 2;
	for (*each = NS_RING_MIN; *each < bytes / nr && *each < NS_RING_MAX;)
		*each *= 2;
	return nr;
}

/* ---- mapping ---- */

int ns_rings_open(struct ns_rings *r, int fd, unsigned int nr, size_t size)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE), each = (NS_RING_BYTES(size) + 7) & ~7UL;

	*r = (struct ns_rings){ .size = size, .map_bytes = (nr * each + page - 1) / page * page };
	r->ring = calloc(nr, sizeof(*r->ring));
	if (!r->ring)
		return -ENOMEM;
	r->map = mmap(NULL, r->map_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (r->map == MAP_FAILED) {
		r->map = NULL;
		return -errno;
	}
	for (; r->nr < nr; r->nr++)
		r->ring[r->nr] = (struct ns_ring_reader){
			.ring = (void *)((uint8_t *)r->map + r->nr * each),
			.mask = size - 1,
		};
	return 0;
}

void ns_rings_close(struct ns_rings *r)
{
	if (r->map)
		munmap(r->map, r->map_bytes);
	free(r->ring);
	*r = (struct ns_rings){ 0 };
}

/* ---- reading ---- */

bool ns_rings_filling(const struct ns_rings *r)
{
	const struct ns_ring *ring;

	for (unsigned int i = 0; i < r->nr; i++) {
		ring = r->ring[i].ring;
		if (__atomic_load_n(&ring->head, __ATOMIC_ACQUIRE) - ring->tail >= r->size / 8)
			return true;
	}
	return false;
}

static void look(struct ns_ring_reader *ring)
{
	const struct ns_rec *rec;

	ring->next = NULL;
	if (ring->at == ring->end)
		return;
	rec = (const void *)(ring->ring->data + (ring->at & ring->mask));
	if (__atomic_load_n(&rec->ready, __ATOMIC_ACQUIRE))
		ring->next = rec;
}

/* The next record was read: its room becomes that of a record not ready. */
static void pass(struct ns_ring_reader *ring)
{
	size_t bytes = NS_REC_BYTES(ring->next->nr_fields);

	memset((void *)ring->next, 0, bytes);
	ring->at += bytes;
}

static void release(struct ns_ring_reader *ring)
{
	__atomic_store_n(&ring->ring->tail, ring->at, __ATOMIC_RELEASE);
}

/* The ring whose next record is the oldest, NULL when none has one; *limit: the second oldest. */
static struct ns_ring_reader *oldest(struct ns_rings *r, uint64_t *limit)
{
	struct ns_ring_reader *best = NULL, *ring;

	*limit = UINT64_MAX;
	for (unsigned int i = 0; i < r->nr; i++) {
		ring = &r->ring[i];
		if (!ring->next)
			continue;
		if (!best || ring->next->ts < best->next->ts) {
			*limit = best ? best->next->ts : UINT64_MAX;
			best = ring;
		} else if (ring->next->ts < *limit) {
			*limit = ring->next->ts;
		}
	}
	return best;
}

/* The records of a ring that are no younger than limit. */
static int read_run(struct ns_ring_reader *ring, uint64_t limit, ns_record_fn fn, void *arg,
		    int *nr)
{
	uint64_t released = ring->at;
	int rc = 0;

	while (rc >= 0 && ring->next && ring->next->ts <= limit) {
		rc = fn(arg, ring->next);
		(*nr)++;
		pass(ring);
		if (ring->at - released >= RELEASE_EVERY) {
			release(ring);
			released = ring->at;
		}
		look(ring);
	}
	release(ring);
	return rc;
}

int ns_rings_read(struct ns_rings *r, ns_record_fn fn, void *arg)
{
	struct ns_ring_reader *ring;
	uint64_t limit;
	int nr = 0, rc = 0;

	/* All ends before any record: what is written from now on is younger than those. */
	for (unsigned int i = 0; i < r->nr; i++)
		r->ring[i].end = __atomic_load_n(&r->ring[i].ring->head, __ATOMIC_ACQUIRE);
	for (unsigned int i = 0; i < r->nr; i++) {
		r->ring[i].at = r->ring[i].ring->tail;
		look(&r->ring[i]);
	}
	while (rc >= 0 && (ring = oldest(r, &limit)))
		rc = read_run(ring, limit, fn, arg, &nr);
	return rc < 0 ? rc : nr;
}
