// SPDX-License-Identifier: GPL-2.0-or-later
/* timeline.c: see timeline.h. */
#include "timeline.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct packed_bucket {
	uint32_t bucket, count; /* an interval is at most a minute: 2^32 is out of reach */
};

struct packed_metric {
	uint16_t vm, vcpu, ctx;
	uint8_t event, dim, sub;
	uint32_t nr; /* buckets; 0: an event without a duration */
	uint64_t count, ns;
};

struct moment {
	uint64_t start_ns, end_ns, events;
	double seconds;
	size_t size; /* of all of it */
	struct ns_ledger_row ledger[NS_NR_EVENTS];
	struct packed_metric *metric;
	struct packed_bucket *bucket; /* of all metrics, in their order */
	unsigned int nr_metrics;
};

/* ---- packing ---- */

static unsigned int buckets_of(const struct ns_hist *h)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < h->nr; i++)
		n += h->bucket[i] != 0;
	return n;
}

static void pack(struct moment *m, const struct ns_model *delta)
{
	struct packed_bucket *b = m->bucket;

	for (unsigned int i = 0; i < delta->nr_metrics; i++) {
		const struct ns_metric *k = &delta->metrics[i];

		m->metric[i] = (struct packed_metric){
			.vm = k->vm, .vcpu = k->vcpu, .ctx = k->ctx, .event = k->event,
			.dim = k->dim, .sub = k->sub, .nr = buckets_of(&k->h),
			.count = k->h.count, .ns = k->h.ns,
		};
		m->events += k->h.count;
		for (unsigned int j = 0; j < k->h.nr; j++)
			if (k->h.bucket[j])
				*b++ = (struct packed_bucket){ k->h.first + j,
							       (uint32_t)k->h.bucket[j] };
	}
}

static struct moment *moment_new(const struct ns_model *delta, double seconds)
{
	size_t buckets = 0, size = sizeof(struct moment);
	struct moment *m;

	for (unsigned int i = 0; i < delta->nr_metrics; i++)
		buckets += buckets_of(&delta->metrics[i].h);
	size += delta->nr_metrics * sizeof(*m->metric) + buckets * sizeof(*m->bucket);
	m = calloc(1, size);
	if (!m)
		return NULL;
	m->size = size;
	m->start_ns = delta->start_ns;
	m->end_ns = delta->end_ns;
	m->seconds = seconds;
	memcpy(m->ledger, delta->ledger, sizeof(m->ledger));
	m->nr_metrics = delta->nr_metrics;
	m->metric = (struct packed_metric *)(m + 1);
	m->bucket = (struct packed_bucket *)(m->metric + m->nr_metrics);
	pack(m, delta);
	return m;
}

/* Add what was packed to d, but its ledger. */
static int unpack(const struct moment *m, struct ns_model *d)
{
	const struct packed_bucket *b = m->bucket;
	int rc = 0;

	for (unsigned int i = 0; !rc && i < m->nr_metrics; i++) {
		const struct packed_metric *k = &m->metric[i];
		struct ns_cell_key key = {
			.vm = k->vm, .vcpu = k->vcpu, .ctx = k->ctx, .event = k->event,
			.dim = k->dim, .sub = k->sub,
		};
		struct ns_cell cell = { .count = k->count, .ns = k->ns };

		if (!k->nr)
			rc = ns_model_add_cell(d, &key, &cell);
		for (unsigned int j = 0; !rc && j < k->nr; j++, b++) {
			key.bucket = (uint16_t)b->bucket;
			cell.count = b->count;
			rc = ns_model_add_cell(d, &key, &cell);
			cell.ns = 0; /* the sum is exact, and was added with the first */
		}
	}
	return rc;
}

/* ---- the ring ---- */

static struct moment *moment_at(const struct timeline *t, unsigned int age)
{
	return t->moment[(t->nr - 1 - age) % TIMELINE_LENGTH];
}

static void drop_oldest(struct timeline *t)
{
	struct moment *m = moment_at(t, --t->have);

	t->bytes -= m->size;
	free(m);
}

void timeline_free(struct timeline *t)
{
	while (t->have)
		drop_oldest(t);
}

int timeline_add(struct timeline *t, const struct ns_model *delta, double seconds)
{
	struct moment *m = moment_new(delta, seconds);

	if (!m) {
		timeline_free(t);
		return -ENOMEM;
	}
	while (t->have && (t->have == TIMELINE_LENGTH || t->bytes + m->size > TIMELINE_BYTES))
		drop_oldest(t);
	t->moment[t->nr++ % TIMELINE_LENGTH] = m;
	t->have++;
	t->bytes += m->size;
	return 0;
}

uint64_t timeline_start(const struct timeline *t, unsigned int age)
{
	return moment_at(t, age)->start_ns;
}

uint64_t timeline_end(const struct timeline *t, unsigned int age)
{
	return moment_at(t, age)->end_ns;
}

double timeline_seconds(const struct timeline *t, unsigned int age)
{
	return moment_at(t, age)->seconds;
}

double timeline_rate(const struct timeline *t, unsigned int age)
{
	const struct moment *m = moment_at(t, age);

	return m->seconds > 0 ? m->events / m->seconds : 0;
}

/* Everything that came after the interval of this age. */
static int sum_later(const struct timeline *t, unsigned int age, struct ns_model *later)
{
	struct ns_ledger_row ledger[NS_NR_EVENTS] = { 0 };
	int rc = 0;

	for (unsigned int i = 0; !rc && i < age; i++) {
		rc = unpack(moment_at(t, i), later);
		for (unsigned int e = 0; e < NS_NR_EVENTS; e++)
			ns_ledger_add(&ledger[e], &moment_at(t, i)->ledger[e]);
	}
	memcpy(later->ledger, ledger, sizeof(ledger));
	return rc;
}

int timeline_show(const struct timeline *t, unsigned int age, const struct ns_model *now,
		  struct ns_model *total, struct ns_model *delta)
{
	const struct moment *m = moment_at(t, age);
	struct ns_model later;
	int rc;

	ns_model_init(&later);
	ns_model_init(total);
	/* no difference: the VMs and contexts without any count */
	rc = ns_model_diff(delta, now, now);
	if (!rc)
		rc = unpack(m, delta);
	memcpy(delta->ledger, m->ledger, sizeof(m->ledger));
	delta->start_ns = m->start_ns;
	delta->end_ns = m->end_ns;
	if (!rc)
		rc = sum_later(t, age, &later);
	if (!rc)
		rc = ns_model_diff(total, now, &later);
	total->start_ns = now->start_ns;
	total->end_ns = m->end_ns;
	ns_model_sort(delta);
	ns_model_free(&later);
	return rc;
}
