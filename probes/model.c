// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * model.c: the counts of the model: an open-addressing hash from (vm, vcpu,
 * ctx, event, dim, sub) to a metric, and what is fed to it.
 */
#include "model.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "catalogue.h"

/* The key of a metric packs into 64 bits, so that a probe is one compare. */
#define KEY_EVENT_BITS 6
#define KEY_DIM_BITS 5
_Static_assert((int)NS_NR_EVENTS <= 1 << KEY_EVENT_BITS, "event does not fit the key");
#define DIM_FITS(dim) \
	_Static_assert((int)NS_NR_##dim <= 1 << KEY_DIM_BITS, "dimension does not fit the key");
NS_DIMS(DIM_FITS)

#define INDEX_MIN 256 /* slots; a power of two */

struct slot {
	uint64_t key;
	uint32_t metric; /* its position + 1; 0: the slot is empty */
};

static uint64_t pack(unsigned int vm, unsigned int vcpu, unsigned int ctx, unsigned int event,
		     unsigned int dim, unsigned int sub)
{
	uint64_t where = (uint64_t)vm << 32 | vcpu << 16 | ctx;

	return where << 16 | event << (2 * KEY_DIM_BITS) | dim << KEY_DIM_BITS | sub;
}

static uint64_t pack_metric(const struct ns_metric *mt)
{
	return pack(mt->vm, mt->vcpu, mt->ctx, mt->event, mt->dim, mt->sub);
}

/* Slot of key, or the empty slot where it belongs (there always is one). */
static struct slot *slot_of(const struct ns_model *m, uint64_t key)
{
	struct slot *index = m->index;
	unsigned int mask = m->index_size - 1;
	unsigned int i = (unsigned int)((key * 0x9e3779b97f4a7c15ULL) >> 32) & mask;

	while (index[i].metric && index[i].key != key)
		i = (i + 1) & mask;
	return &index[i];
}

/* (Re)build the index with at least twice as many slots as metrics. */
static int index_build(struct ns_model *m, unsigned int metrics)
{
	unsigned int size = INDEX_MIN;
	struct slot *index, *s;

	while (size < metrics * 2)
		size *= 2;
	index = calloc(size, sizeof(*index));
	if (!index)
		return -ENOMEM;
	free(m->index);
	m->index = index;
	m->index_size = size;
	m->last = 0;
	for (unsigned int i = 0; i < m->nr_metrics; i++) {
		s = slot_of(m, pack_metric(&m->metrics[i]));
		s->key = pack_metric(&m->metrics[i]);
		s->metric = i + 1;
	}
	return 0;
}

static int metrics_grow(struct ns_model *m)
{
	unsigned int cap = m->metrics_cap ? m->metrics_cap * 2 : INDEX_MIN / 2;
	struct ns_metric *p;

	if (m->nr_metrics < m->metrics_cap)
		return 0;
	p = realloc(m->metrics, cap * sizeof(*p));
	if (!p)
		return -ENOMEM;
	m->metrics = p;
	m->metrics_cap = cap;
	return 0;
}

/* A new metric for key. */
static int metric_new(struct ns_model *m, uint64_t key, struct ns_metric **out)
{
	struct ns_metric *mt;
	struct slot *s;
	int rc;

	rc = metrics_grow(m);
	if (!rc && (m->nr_metrics + 1) * 2 > m->index_size)
		rc = index_build(m, m->nr_metrics + 1);
	if (rc)
		return rc;
	mt = &m->metrics[m->nr_metrics];
	memset(mt, 0, sizeof(*mt));
	mt->vm = (uint16_t)(key >> 48);
	mt->vcpu = (uint16_t)(key >> 32);
	mt->ctx = (uint16_t)(key >> 16);
	mt->event = (key >> (2 * KEY_DIM_BITS)) & ((1 << KEY_EVENT_BITS) - 1);
	mt->dim = (key >> KEY_DIM_BITS) & ((1 << KEY_DIM_BITS) - 1);
	mt->sub = key & ((1 << KEY_DIM_BITS) - 1);
	s = slot_of(m, key);
	s->key = key;
	s->metric = ++m->nr_metrics;
	*out = mt;
	return 0;
}

/* The metric of key; *out is NULL when the model is full. */
static int metric_get(struct ns_model *m, uint64_t key, struct ns_metric **out)
{
	struct slot *s;
	int rc = 0;

	/* events come in runs of one kind */
	if (m->last && m->last_key == key) {
		*out = &m->metrics[m->last - 1];
		return 0;
	}
	s = m->index_size ? slot_of(m, key) : NULL;
	if (s && s->metric) {
		*out = &m->metrics[s->metric - 1];
	} else {
		*out = NULL;
		if (m->nr_metrics >= NS_MODEL_MAX_METRICS)
			return 0;
		rc = metric_new(m, key, out);
		if (rc)
			return rc;
	}
	m->last_key = key;
	m->last = (unsigned int)(*out - m->metrics) + 1;
	return 0;
}

static bool in_range(unsigned int event, unsigned int dim, unsigned int sub)
{
	return event < NS_NR_EVENTS && dim < ns_dims[ns_events[event].dim].nr &&
	       sub < ns_dims[ns_events[event].sub].nr;
}

static int add(struct ns_model *m, uint64_t key, unsigned int event, unsigned int bucket,
	       uint64_t count, uint64_t ns)
{
	struct ns_metric *mt;
	int rc = metric_get(m, key, &mt);

	if (rc)
		return rc;
	if (!mt) {
		m->ledger[event].map_full += count;
		return 0;
	}
	if (ns_events[event].timed) {
		if (ns_hist_reserve(&mt->h, bucket))
			return -ENOMEM;
		ns_hist_add(&mt->h, bucket, count, ns);
	} else {
		mt->h.count += count;
	}
	m->ledger[event].kept += count;
	return 0;
}

int ns_model_add_event(struct ns_model *m, const struct ns_event *ev)
{
	uint64_t ns;

	if (!in_range(ev->event, ev->dim, ev->sub))
		return -EINVAL;
	ns = ns_events[ev->event].timed ? ev->field[0] : 0;
	return add(m, pack(ev->vm, ev->vcpu, ev->ctx, ev->event, ev->dim, ev->sub), ev->event,
		   ns_bucket(ns), 1, ns);
}

int ns_model_add_cell(struct ns_model *m, const struct ns_cell_key *key, const struct ns_cell *cell)
{
	if (!in_range(key->event, key->dim, key->sub))
		return -EINVAL;
	return add(m, pack(key->vm, key->vcpu, key->ctx, key->event, key->dim, key->sub),
		   key->event, key->bucket, cell->count, cell->ns);
}

void ns_model_init(struct ns_model *m)
{
	memset(m, 0, sizeof(*m));
}

static void metrics_free(struct ns_model *m)
{
	for (unsigned int i = 0; i < m->nr_metrics; i++)
		ns_hist_free(&m->metrics[i].h);
	free(m->metrics);
	free(m->index);
	m->metrics = NULL;
	m->index = NULL;
	m->nr_metrics = m->metrics_cap = m->index_size = m->last = m->sorted = 0;
}

void ns_model_free(struct ns_model *m)
{
	metrics_free(m);
	free(m->vms);
	free(m->ctxs);
	ns_model_init(m);
}

const char *ns_state_key(enum ns_state state)
{
	static const char *const keys[] = {
		[NS_STATE_OFF] = "off",
		[NS_STATE_PARTIAL] = "partial",
		[NS_STATE_OK] = "ok",
	};

	return keys[state % 3];
}

void ns_model_clear_counts(struct ns_model *m)
{
	metrics_free(m);
	memset(m->ledger, 0, sizeof(m->ledger));
}

static void *dup_array(const void *from, unsigned int nr, size_t size)
{
	void *p = malloc(nr ? nr * size : 1);

	if (p && nr)
		memcpy(p, from, nr * size);
	return p;
}

/* All but the metrics. */
static int copy_objects(struct ns_model *to, const struct ns_model *from)
{
	*to = *from;
	to->metrics = NULL;
	to->index = NULL;
	to->nr_metrics = to->metrics_cap = to->index_size = to->last = to->sorted = 0;
	to->vms = dup_array(from->vms, from->nr_vms, sizeof(*from->vms));
	to->ctxs = dup_array(from->ctxs, from->nr_ctxs, sizeof(*from->ctxs));
	to->vms_cap = from->nr_vms;
	to->ctxs_cap = from->nr_ctxs;
	return to->vms && to->ctxs ? 0 : -ENOMEM;
}

/* Append a copy of mt; the index is built afterwards. */
static int append_metric(struct ns_model *to, const struct ns_metric *mt)
{
	struct ns_metric *copy;

	if (metrics_grow(to))
		return -ENOMEM;
	copy = &to->metrics[to->nr_metrics++];
	*copy = *mt;
	if (!mt->h.bucket)
		return 0;
	copy->h.bucket = dup_array(mt->h.bucket, mt->h.nr, sizeof(*mt->h.bucket));
	return copy->h.bucket ? 0 : -ENOMEM;
}

/* All or some of from's metrics were copied: sorted when they are. */
static void keep_order(struct ns_model *to, const struct ns_model *from)
{
	to->sorted = from->sorted == from->nr_metrics ? to->nr_metrics : 0;
}

int ns_model_copy(struct ns_model *to, const struct ns_model *from)
{
	int rc = copy_objects(to, from);

	for (unsigned int i = 0; !rc && i < from->nr_metrics; i++)
		rc = append_metric(to, &from->metrics[i]);
	keep_order(to, from);
	return rc ? rc : index_build(to, to->nr_metrics);
}

static void hist_subtract(struct ns_hist *h, const struct ns_hist *old)
{
	h->count -= old->count;
	h->ns -= old->ns;
	/* what was there before is within what is there now */
	for (unsigned int i = 0; i < h->nr; i++)
		h->bucket[i] -= ns_hist_at(old, h->first + i);
}

/* b's metric less a's; left out when nothing came between. */
static int append_diff(struct ns_model *d, const struct ns_metric *mt, const struct ns_model *a)
{
	const struct slot *s = a->index_size ? slot_of(a, pack_metric(mt)) : NULL;
	const struct ns_metric *old = s && s->metric ? &a->metrics[s->metric - 1] : NULL;
	int rc;

	if (old && old->h.count == mt->h.count)
		return 0;
	rc = append_metric(d, mt);
	if (!rc && old)
		hist_subtract(&d->metrics[d->nr_metrics - 1].h, &old->h);
	return rc;
}

int ns_model_diff(struct ns_model *d, const struct ns_model *b, const struct ns_model *a)
{
	int rc = copy_objects(d, b);

	d->start_ns = a->end_ns;
	for (unsigned int i = 0; i < NS_NR_EVENTS; i++)
		ns_ledger_subtract(&d->ledger[i], &a->ledger[i]);
	for (unsigned int i = 0; !rc && i < b->nr_metrics; i++)
		rc = append_diff(d, &b->metrics[i], a);
	keep_order(d, b);
	return rc ? rc : index_build(d, d->nr_metrics);
}

/* By vm, event, dim, sub, vcpu, ctx. */
static int metric_cmp(const void *pa, const void *pb)
{
	const struct ns_metric *a = pa, *b = pb;

	if (a->vm != b->vm)
		return a->vm < b->vm ? -1 : 1;
	if (a->event != b->event)
		return a->event < b->event ? -1 : 1;
	if (a->dim != b->dim)
		return a->dim < b->dim ? -1 : 1;
	if (a->sub != b->sub)
		return a->sub < b->sub ? -1 : 1;
	if (a->vcpu != b->vcpu)
		return a->vcpu < b->vcpu ? -1 : 1;
	return a->ctx < b->ctx ? -1 : a->ctx > b->ctx;
}

void ns_model_sort(struct ns_model *m)
{
	if (m->sorted == m->nr_metrics)
		return;
	qsort(m->metrics, m->nr_metrics, sizeof(*m->metrics), metric_cmp);
	/* same keys, so the slots stay; only the positions change */
	for (unsigned int i = 0; i < m->nr_metrics; i++)
		slot_of(m, pack_metric(&m->metrics[i]))->metric = i + 1;
	m->last = 0;
	m->sorted = m->nr_metrics;
}
