// SPDX-License-Identifier: GPL-2.0-or-later
/* query.c: sums over the model's metrics and ledger. */
#include "model.h"

#include <errno.h>
#include <string.h>

static bool fits(int want, unsigned int have)
{
	return want == NS_ANY || (unsigned int)want == have;
}

static bool matches(const struct ns_metric *mt, const struct ns_query *q)
{
	return fits(q->event, mt->event) && fits(q->vm, mt->vm) && fits(q->dim, mt->dim) &&
	       fits(q->sub, mt->sub) && fits(q->vcpu, mt->vcpu) && fits(q->ctx, mt->ctx);
}

/* ---- which metrics to look at ---- */

/* Of a sorted model: the order up to what q fixes.  A VM is always given. */
static int compare(const struct ns_metric *mt, int vm, const struct ns_query *q)
{
	if (mt->vm != vm)
		return mt->vm < vm ? -1 : 1;
	if (q->event == NS_ANY)
		return 0;
	if (mt->event != q->event)
		return mt->event < q->event ? -1 : 1;
	if (q->dim == NS_ANY || mt->dim == q->dim)
		return 0;
	return mt->dim < q->dim ? -1 : 1;
}

/* The first metric from position i on that is not before what q asks of this VM. */
static unsigned int lower(const struct ns_model *m, unsigned int i, int vm,
			  const struct ns_query *q)
{
	unsigned int end = m->nr_metrics, mid;

	while (i < end) {
		mid = i + (end - i) / 2;
		if (compare(&m->metrics[mid], vm, q) < 0)
			i = mid + 1;
		else
			end = mid;
	}
	return i;
}

/*
 * The next metric from position i on that matches; nr_metrics: there is none.  A
 * sorted model, as the dashboard's, is not read through for each number.
 */
static unsigned int next_match(const struct ns_model *m, unsigned int i, const struct ns_query *q)
{
	int vm;

	while (i < m->nr_metrics && !matches(&m->metrics[i], q)) {
		vm = q->vm == NS_ANY ? m->metrics[i].vm : q->vm;
		if (m->sorted != m->nr_metrics || !compare(&m->metrics[i], vm, q)) {
			i++;
		} else if (compare(&m->metrics[i], vm, q) < 0) {
			i = lower(m, i, vm, q);
		} else if (q->vm == NS_ANY) { /* past it: the next VM */
			struct ns_query none = { .event = NS_ANY };

			i = lower(m, i, vm + 1, &none);
		} else {
			return m->nr_metrics;
		}
	}
	return i;
}

int ns_model_sum(const struct ns_model *m, struct ns_query q, struct ns_hist *h)
{
	memset(h, 0, sizeof(*h));
	for (unsigned int i = next_match(m, 0, &q); i < m->nr_metrics; i = next_match(m, i + 1, &q))
		if (ns_hist_merge(h, &m->metrics[i].h))
			return -ENOMEM;
	return 0;
}

uint64_t ns_model_count(const struct ns_model *m, struct ns_query q)
{
	uint64_t n = 0;

	for (unsigned int i = next_match(m, 0, &q); i < m->nr_metrics; i = next_match(m, i + 1, &q))
		n += m->metrics[i].h.count;
	return n;
}

unsigned int ns_model_vcpus(const struct ns_model *m, struct ns_query q)
{
	static uint64_t seen[(NS_NO_VCPU + 64) / 64]; /* a bit for each number */
	unsigned int n = 0, vm = ~0U;

	for (unsigned int i = next_match(m, 0, &q); i < m->nr_metrics; i = next_match(m, i + 1, &q)) {
		const struct ns_metric *k = &m->metrics[i];

		if (!k->h.count || k->vcpu == NS_NO_VCPU)
			continue;
		if (k->vm != vm)
			memset(seen, 0, sizeof(seen));
		vm = k->vm;
		n += !(seen[k->vcpu / 64] >> (k->vcpu % 64) & 1);
		seen[k->vcpu / 64] |= 1ULL << (k->vcpu % 64);
	}
	return n;
}

bool ns_model_selects(const struct ns_model *m, pid_t pid, int vcpu, const struct ns_event *ev)
{
	const struct ns_model_vm *vm;

	if (vcpu >= 0 && ev->vcpu != vcpu)
		return false;
	vm = pid ? ns_model_vm(m, ev->vm) : NULL;
	return !pid || (vm && vm->key.pid == (uint32_t)pid);
}

struct ns_ledger_row ns_model_ledger(const struct ns_model *m)
{
	struct ns_ledger_row sum = { 0 };

	for (unsigned int i = 0; i < NS_NR_EVENTS; i++)
		ns_ledger_add(&sum, &m->ledger[i]);
	return sum;
}
