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

int ns_model_sum(const struct ns_model *m, struct ns_query q, struct ns_hist *h)
{
	memset(h, 0, sizeof(*h));
	for (unsigned int i = 0; i < m->nr_metrics; i++) {
		if (!matches(&m->metrics[i], &q))
			continue;
		ns_hist_merge(h, &m->metrics[i].h);
		if (m->metrics[i].h.bucket && !h->bucket)
			return -ENOMEM;
	}
	return 0;
}

uint64_t ns_model_count(const struct ns_model *m, struct ns_query q)
{
	uint64_t n = 0;

	for (unsigned int i = 0; i < m->nr_metrics; i++)
		if (matches(&m->metrics[i], &q))
			n += m->metrics[i].h.count;
	return n;
}

struct ns_ledger_row ns_model_ledger(const struct ns_model *m)
{
	struct ns_ledger_row sum = { 0 };

	for (unsigned int i = 0; i < NS_NR_EVENTS; i++) {
		sum.seen += m->ledger[i].seen;
		sum.kept += m->ledger[i].kept;
		sum.ring_full += m->ledger[i].ring_full;
		sum.map_full += m->ledger[i].map_full;
		sum.filtered += m->ledger[i].filtered;
		sum.unattributed += m->ledger[i].unattributed;
	}
	return sum;
}
