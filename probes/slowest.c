// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * slowest.c: see slowest.h.  The slowest so far are a heap whose first is the
 * least of them.  What was before an event must be at hand when it turns out to
 * be slow, so each vCPU's last events are kept in a ring.
 */
#include "slowest.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "catalogue.h"

/* vCPUs whose last events are kept: a power of two; of further ones nothing is. */
#define LATELY_MAX 4096

struct lately {
	uint32_t who; /* vm << 16 | vcpu */
	unsigned int nr; /* events so far */
	unsigned int waiting; /* of the slowest, for events after them */
	struct ns_numbered *ring; /* context of them; NULL: the place is free */
};

int ns_slowest_init(struct ns_slowest *s, unsigned int max, unsigned int context)
{
	memset(s, 0, sizeof(*s));
	s->max = max < NS_SLOWEST_MAX ? max : NS_SLOWEST_MAX;
	s->context = context < NS_SLOWEST_CONTEXT_MAX ? context : NS_SLOWEST_CONTEXT_MAX;
	s->slow = calloc(s->max ? s->max : 1, sizeof(*s->slow));
	if (!s->slow)
		return -ENOMEM;
	if (!s->context)
		return 0;
	s->around = calloc(2 * (size_t)s->max * s->context, sizeof(*s->around));
	s->lately = calloc(LATELY_MAX, sizeof(*s->lately));
	if (!s->around || !s->lately)
		return -ENOMEM;
	for (unsigned int i = 0; i < s->max; i++)
		s->slow[i].around = &s->around[2 * (size_t)i * s->context];
	return 0;
}

void ns_slowest_free(struct ns_slowest *s)
{
	for (unsigned int i = 0; s->lately && i < LATELY_MAX; i++)
		free(s->lately[i].ring);
	free(s->lately);
	free(s->around);
	free(s->slow);
	memset(s, 0, sizeof(*s));
}

static uint32_t who(const struct ns_event *ev)
{
	return (uint32_t)ev->vm << 16 | ev->vcpu;
}

/* The ring of ev's vCPU; NULL: there are too many. */
static int lately_get(struct ns_slowest *s, const struct ns_event *ev, struct lately **out)
{
	uint32_t at = (who(ev) * 0x9e3779b1U) >> 20;
	struct lately *l;

	for (*out = NULL;; at = (at + 1) % LATELY_MAX) {
		l = &s->lately[at % LATELY_MAX];
		if (l->ring && l->who == who(ev))
			break;
		if (l->ring)
			continue;
		/* one place stays free, so that the search ends */
		if (s->nr_lately == LATELY_MAX - 1)
			return 0;
		l->ring = calloc(s->context, sizeof(*l->ring));
		if (!l->ring)
			return -ENOMEM;
		l->who = who(ev);
		s->nr_lately++;
		break;
	}
	*out = l;
	return 0;
}

/* ---- the heap ---- */

/* Is a less slow than b?  Of equal ones the later is. */
static bool less(const struct ns_slow *a, const struct ns_slow *b)
{
	uint64_t x = a->self.ev.field[0], y = b->self.ev.field[0];

	return x != y ? x < y : a->self.id > b->self.id;
}

static void swap(struct ns_slow *a, struct ns_slow *b)
{
	struct ns_slow c = *a;

	*a = *b;
	*b = c;
}

static void sift_up(struct ns_slowest *s, unsigned int i)
{
	for (; i && less(&s->slow[i], &s->slow[(i - 1) / 2]); i = (i - 1) / 2)
		swap(&s->slow[i], &s->slow[(i - 1) / 2]);
}

static void sift_down(struct ns_slowest *s)
{
	unsigned int i = 0, least;

	for (;;) {
		least = 2 * i + 1;
		if (least >= s->nr)
			return;
		if (least + 1 < s->nr && less(&s->slow[least + 1], &s->slow[least]))
			least++;
		if (!less(&s->slow[least], &s->slow[i]))
			return;
		swap(&s->slow[least], &s->slow[i]);
		i = least;
	}
}

static int by_time(const void *pa, const void *pb)
{
	return less(pa, pb) ? 1 : -1;
}

void ns_slowest_sort(struct ns_slowest *s)
{
	qsort(s->slow, s->nr, sizeof(*s->slow), by_time);
}

/* ---- events ---- */

static bool is_slow(const struct ns_slowest *s, const struct ns_event *ev)
{
	return ns_events[ev->event].timed && ev->nr_fields && ev->field[0] != NS_UNAVAILABLE &&
	       s->max && (s->nr < s->max || ev->field[0] > s->slow[0].self.ev.field[0]);
}

/* Give ev to the slow events of this vCPU that wait for what comes after them. */
static void after(struct ns_slowest *s, struct lately *l, const struct ns_event *ev, uint64_t id)
{
	struct ns_slow *slow;

	for (unsigned int i = 0; l->waiting && i < s->nr; i++) {
		slow = &s->slow[i];
		if (who(&slow->self.ev) != l->who || slow->nr_after == s->context)
			continue;
		slow->around[slow->nr_before + slow->nr_after++] = (struct ns_numbered){ id, *ev };
		l->waiting -= slow->nr_after == s->context;
	}
}

static void before(const struct ns_slowest *s, const struct lately *l, struct ns_slow *slow)
{
	unsigned int nr = l->nr < s->context ? l->nr : s->context;

	for (unsigned int i = 0; i < nr; i++)
		slow->around[i] = l->ring[(l->nr - nr + i) % s->context];
	slow->nr_before = nr;
}

/* The least slow one makes place: nobody waits for it any more. */
static int forget(struct ns_slowest *s, const struct ns_slow *slow)
{
	struct lately *l;
	int rc;

	if (!s->context || slow->nr_after == s->context)
		return 0;
	rc = lately_get(s, &slow->self.ev, &l);
	if (!rc && l)
		l->waiting--;
	return rc;
}

static int keep(struct ns_slowest *s, struct lately *l, const struct ns_event *ev, uint64_t id)
{
	bool full = s->nr == s->max;
	struct ns_slow *slow = &s->slow[full ? 0 : s->nr];
	int rc = full ? forget(s, slow) : 0;

	if (rc)
		return rc;
	slow->self = (struct ns_numbered){ id, *ev };
	slow->nr_before = slow->nr_after = 0;
	if (l) {
		before(s, l, slow);
		l->waiting++;
	}
	if (full)
		sift_down(s);
	else
		sift_up(s, s->nr++);
	return 0;
}

int ns_slowest_add(struct ns_slowest *s, const struct ns_event *ev, uint64_t id, bool chosen)
{
	struct lately *l = NULL;
	int rc = s->context ? lately_get(s, ev, &l) : 0;

	if (rc)
		return rc;
	if (l && l->waiting)
		after(s, l, ev, id);
	if (chosen && is_slow(s, ev))
		rc = keep(s, l, ev, id);
	if (l)
		l->ring[l->nr++ % s->context] = (struct ns_numbered){ id, *ev };
	return rc;
}
