// SPDX-License-Identifier: GPL-2.0-or-later
/* bill.c: see bill.h. */
#include "bill.h"

#include <string.h>

const struct ns_bill_kind ns_bill_kinds[NS_BILL_KINDS] = {
	{ NS_EV_S2_TLBI, NS_TLBI_VMALLS12E1, NS_UNMAP_TLBI_VMALLS12E1, NS_CAUSE_TLBI_VMALLS12E1 },
	{ NS_EV_S2_TLBI, NS_TLBI_IPAS2E1, NS_UNMAP_TLBI_IPAS2E1, NS_CAUSE_TLBI_IPAS2E1 },
	{ NS_EV_S2_TLBI, NS_TLBI_RIPAS2E1, NS_UNMAP_TLBI_RIPAS2E1, NS_CAUSE_TLBI_RIPAS2E1 },
	{ NS_EV_S2_TLBI, NS_TLBI_ALLE1, NS_UNMAP_TLBI_ALLE1, NS_CAUSE_TLBI_ALLE1 },
	{ NS_EV_S2_TLBI, NS_TLBI_S1E1, -1, -1 },
	{ NS_EV_S2_TLBI, NS_TLBI_S1E2, -1, -1 },
	{ NS_EV_S2_UNMAP, NS_UNMAP_NOTIFIER, NS_UNMAP_NOTIFIER, NS_CAUSE_NOTIFIER },
	{ NS_EV_S2_UNMAP, NS_UNMAP_MEMSLOT, NS_UNMAP_MEMSLOT, NS_CAUSE_MEMSLOT },
	{ NS_EV_S2_UNMAP, NS_UNMAP_RECYCLE, NS_UNMAP_RECYCLE, NS_CAUSE_EVICT },
	{ NS_EV_S2_UNMAP, NS_UNMAP_VM, NS_UNMAP_VM, -1 },
	{ NS_EV_S2_UNMAP, NS_UNMAP_OTHER, NS_UNMAP_OTHER, -1 },
	{ NS_EV_S2_WP, NS_NONE_ALL, -1, NS_CAUSE_WP },
};

static bool is_on(const struct ns_model *m, int event)
{
	return m->provider[event].state != NS_STATE_OFF;
}

/* Count, time and median of an event's value, if the event is to count. */
static int sum_of(const struct ns_model *m, uint64_t events, int event, int dim, uint64_t *count,
		  uint64_t *ns, uint64_t *p50)
{
	struct ns_query q = { NS_ANY, NS_ANY, NS_ANY, event, dim, NS_ANY };
	struct ns_hist h = { 0 };
	int rc;

	if (!is_on(m, event) || !(events >> event & 1) || dim < 0)
		return 0;
	rc = ns_model_sum(m, q, &h);
	if (rc)
		return rc;
	*count = h.count;
	*ns = h.ns;
	if (p50 && h.count)
		*p50 = ns_hist_quantile(&h, 0.5);
	ns_hist_free(&h);
	return 0;
}

/* The average of what the TLBIs of all VMs told. */
static uint64_t average(const struct ns_detail *d, int tlbi, bool applied)
{
	struct ns_told sum = { 0 };

	for (unsigned int vm = 0; vm < NS_MAX_VMS; vm++) {
		const struct ns_tlbi_told *t = &d->tlbi[vm][tlbi];

		sum.sum += applied ? t->applied.sum : t->asked.sum;
		sum.events += applied ? t->applied.events : t->asked.events;
	}
	return sum.events ? sum.sum / sum.events : NS_UNAVAILABLE;
}

static bool all_seen(const struct ns_model *m, int event)
{
	return is_on(m, event) && !ns_ledger_lost(&m->ledger[event]) && !m->ledger[event].filtered;
}

/* What was mapped, and what was taken away, must both have been told. */
static bool pages_known(const struct ns_model *m, const struct ns_mapped *p)
{
	return all_seen(m, NS_EV_S2_FAULT) && all_seen(m, NS_EV_S2_UNMAP) && !p->not_told &&
	       !p->left_out;
}

int ns_bill_of(struct ns_bill *b, const struct ns_bill_kind *k, uint64_t events,
	       const struct ns_model *m, const struct ns_detail *d, const struct ns_mapped *mapped)
{
	uint64_t unmap_ns;
	int rc;

	memset(b, 0xff, sizeof(*b)); /* NS_UNAVAILABLE */
	rc = sum_of(m, events, k->event, k->dim, &b->count, &b->ns, &b->p50);
	if (!rc)
		rc = sum_of(m, events, NS_EV_S2_UNMAP, k->unmap, &b->unmaps, &unmap_ns, NULL);
	if (!rc)
		rc = sum_of(m, events, NS_EV_S2_FAULT, k->cause, &b->refaults, &b->refault_ns,
			    NULL);
	if (rc)
		return rc;
	if (k->event == NS_EV_S2_TLBI) {
		b->asked = average(d, k->dim, false);
		b->applied = average(d, k->dim, true);
	}
	if (pages_known(m, mapped) && k->unmap >= 0)
		b->dropped = mapped->dropped[k->unmap];
	if (pages_known(m, mapped) && k->cause >= 0)
		b->back = mapped->back[k->cause];
	if (b->count && b->count != NS_UNAVAILABLE &&
	    (k->cause < 0 || b->refaults != NS_UNAVAILABLE))
		b->each_ns = (b->ns + (k->cause < 0 ? 0 : b->refault_ns)) / b->count;
	return 0;
}
