// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * rings.c: see rings.h.  The layout is the kernel's (kernel/bpf/ringbuf.c, and
 * include/uapi/linux/bpf.h for the bits of a record's head): a page with the
 * reader's position, a page with the writers', and the data, mapped twice in a
 * row so that no record is cut by the end.
 */
#include "rings.h"

#include <errno.h>
#include <linux/bpf.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#define RELEASE_EVERY 4096 /* bytes read before writers may have the room again */

struct ns_ring {
	unsigned long *reader; /* bytes so far, as the kernel sees it */
	const unsigned long *writer;
	const uint8_t *data;
	size_t size;
	unsigned long at, end; /* of a read under way */
	const struct ns_rec *next; /* the record at "at"; NULL: none is ready */
	unsigned long next_at; /* what follows it */
};

static size_t page(void)
{
	return (size_t)sysconf(_SC_PAGESIZE);
}

unsigned int ns_rings_plan(size_t bytes, size_t *each)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	unsigned int nr = 1;

	while ((long)nr < cpus && nr < NS_MAX_RINGS)
		nr *= 2;
	for (*each = page(); *each < bytes / nr;)
		*each *= 2;
	return nr;
}

/* ---- mapping ---- */

static int map_ring(struct ns_ring *ring, int fd, size_t size)
{
	void *p = mmap(NULL, page(), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (p == MAP_FAILED)
		return -errno;
	ring->reader = p;
	p = mmap(NULL, page() + 2 * size, PROT_READ, MAP_SHARED, fd, (off_t)page());
	if (p == MAP_FAILED)
		return -errno;
	ring->writer = p;
	ring->data = (const uint8_t *)p + page();
	ring->size = size;
	return 0;
}

int ns_rings_open(struct ns_rings *r, const int *fds, unsigned int nr, size_t size)
{
	int rc = 0;

	r->nr = 0;
	r->size = size;
	r->ring = calloc(nr, sizeof(*r->ring));
	if (!r->ring)
		return -ENOMEM;
	for (; !rc && r->nr < nr; r->nr++)
		rc = map_ring(&r->ring[r->nr], fds[r->nr], size);
	return rc;
}

void ns_rings_close(struct ns_rings *r)
{
	for (unsigned int i = 0; i < r->nr; i++) {
		if (r->ring[i].reader)
			munmap(r->ring[i].reader, page());
		if (r->ring[i].writer)
			munmap((void *)r->ring[i].writer, page() + 2 * r->size);
	}
	free(r->ring);
	r->ring = NULL;
	r->nr = 0;
}

/* ---- reading ---- */

bool ns_rings_filling(const struct ns_rings *r)
{
	unsigned long waiting;

	for (unsigned int i = 0; i < r->nr; i++) {
		waiting = __atomic_load_n(r->ring[i].writer, __ATOMIC_ACQUIRE) - *r->ring[i].reader;
		if (waiting >= r->size / 8)
			return true;
	}
	return false;
}

/* Find the next whole record; what was given up by its writer is passed over. */
static void look(struct ns_ring *ring)
{
	const uint8_t *p;
	uint32_t head, len;

	for (ring->next = NULL; ring->at != ring->end; ring->at = ring->next_at) {
		p = ring->data + (ring->at & (ring->size - 1));
		head = __atomic_load_n((const uint32_t *)p, __ATOMIC_ACQUIRE);
		if (head & BPF_RINGBUF_BUSY_BIT)
			return;
		len = (head & ~BPF_RINGBUF_DISCARD_BIT) + BPF_RINGBUF_HDR_SZ;
		ring->next_at = ring->at + ((len + 7) & ~7U);
		if (!(head & BPF_RINGBUF_DISCARD_BIT)) {
			ring->next = (const struct ns_rec *)(p + BPF_RINGBUF_HDR_SZ);
			return;
		}
	}
}

static void release(struct ns_ring *ring)
{
	__atomic_store_n(ring->reader, ring->at, __ATOMIC_RELEASE);
}

/* The ring whose next record is the oldest, NULL when none has one; *limit: the second oldest. */
static struct ns_ring *oldest(struct ns_rings *r, uint64_t *limit)
{
	struct ns_ring *best = NULL, *ring;

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
static int read_run(struct ns_ring *ring, uint64_t limit, ns_record_fn fn, void *arg, int *nr)
{
	unsigned long released = ring->at;
	int rc = 0;

	while (rc >= 0 && ring->next && ring->next->ts <= limit) {
		rc = fn(arg, ring->next);
		(*nr)++;
		ring->at = ring->next_at;
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
	struct ns_ring *ring;
	uint64_t limit;
	int nr = 0, rc = 0;

	/* All ends before any record: what is written from now on is younger than those. */
	for (unsigned int i = 0; i < r->nr; i++)
		r->ring[i].end = __atomic_load_n(r->ring[i].writer, __ATOMIC_ACQUIRE);
	for (unsigned int i = 0; i < r->nr; i++) {
		r->ring[i].at = *r->ring[i].reader;
		look(&r->ring[i]);
	}
	while (rc >= 0 && (ring = oldest(r, &limit)))
		rc = read_run(ring, limit, fn, arg, &nr);
	return rc < 0 ? rc : nr;
}
