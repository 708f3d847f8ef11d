// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * check_vmid.c: a TLBI of one VMID does nothing to contexts of others.
 *
 * A TLBI's event comes after the events of its unmaps, on the same vCPU, so
 * unmaps wait for it.  A fault caused by a TLBI can come before the event of
 * that TLBI, when another vCPU is the first to touch the page; it waits too.
 */
#include "check_priv.h"

#define WAIT_UNMAPS 8 /* of a vCPU, of different VMIDs or kinds */
#define WAIT_FAULTS 64
#define NAMED_SETS 1024
#define NAMED_WAYS 4

struct waiting_unmap {
	uint64_t id, ts;
	uint16_t vmid, ctx;
	uint8_t kind;
};

struct waiting_fault {
	uint64_t id;
	struct ns_event ev;
	uint16_t vmid;
};

struct vmid_state {
	struct {
		struct waiting_unmap unmap[WAIT_UNMAPS];
		unsigned int nr;
	} vcpu[NS_CHECK_VCPUS];
	struct waiting_fault fault[WAIT_FAULTS];
	unsigned int nr_faults;
	/* VMIDs that a TLBI named: VM 31..16, VMID 15..0; and which kinds, a bit each */
	uint32_t named[NAMED_SETS][NAMED_WAYS];
	uint8_t kinds[NAMED_SETS][NAMED_WAYS];
	bool full[NAMED_SETS]; /* one had to go: what is not found may have been named */
	uint8_t all[NS_MAX_VMS]; /* kinds that are for every VMID */
};

/*
 * With 8-bit VMIDs KVM ignores the upper half of what L1 wrote to VTTBR_EL2,
 * and it cannot be seen how many bits there are.
 */
static bool vmid_differs(uint64_t named, uint16_t vmid)
{
	return named != vmid && named != (vmid & 0xff);
}

static int kind_of_unmap(const struct ns_event *ev)
{
	switch (ev->dim) {
	case NS_UNMAP_TLBI_VMALLS12E1:
		return NS_TLBI_VMALLS12E1;
	case NS_UNMAP_TLBI_IPAS2E1:
		return NS_TLBI_IPAS2E1;
	case NS_UNMAP_TLBI_RIPAS2E1:
		return NS_TLBI_RIPAS2E1;
	default:
		return -1; /* ALLE1 is for all of them */
	}
}

static int kind_of_fault(const struct ns_event *ev)
{
	switch (ev->dim) {
	case NS_CAUSE_TLBI_VMALLS12E1:
		return NS_TLBI_VMALLS12E1;
	case NS_CAUSE_TLBI_IPAS2E1:
		return NS_TLBI_IPAS2E1;
	case NS_CAUSE_TLBI_RIPAS2E1:
		return NS_TLBI_RIPAS2E1;
	case NS_CAUSE_TLBI_ALLE1:
		return NS_TLBI_ALLE1;
	default:
		return -1;
	}
}

/* ---- unmaps ---- */

static void unmap_feed(struct ns_check *c, struct ns_rule_run *r, const struct ns_feed *f)
{
	const struct ns_check_ctx *x = ns_check_ctx(c, f->ev->ctx);
	struct vmid_state *s = r->state;
	uint64_t vttbr = ns_fed(f->ev, NS_S2_UNMAP_VTTBR);
	int kind = kind_of_unmap(f->ev);
	struct waiting_unmap *w = s->vcpu[f->vcpu].unmap;
	uint16_t vmid = NS_VMID(vttbr == NS_UNAVAILABLE && x ? x->vttbr : vttbr);
	unsigned int nr = s->vcpu[f->vcpu].nr, i;

	if (kind < 0 || !f->vcpu || (!x && vttbr == NS_UNAVAILABLE))
		return;
	/* one of each VMID is enough to prove it */
	for (i = 0; i < nr && (w[i].vmid != vmid || w[i].kind != kind); i++)
		;
	if (i == WAIT_UNMAPS) {
		ns_forgot(r);
		return;
	}
	w[i] = (struct waiting_unmap){ f->id, f->ev->ts, vmid, f->ev->ctx, (uint8_t)kind };
	s->vcpu[f->vcpu].nr += i == nr;
}

static void settle_unmaps(struct ns_check *c, struct ns_rule_run *r, const struct ns_feed *f)
{
	struct vmid_state *s = r->state;
	uint64_t named = ns_fed(f->ev, NS_S2_TLBI_VMID);
	unsigned int nr = s->vcpu[f->vcpu].nr;
	struct ns_violation *v;

	s->vcpu[f->vcpu].nr = 0;
	if (named == NS_UNAVAILABLE || !f->vcpu)
		return;
	for (unsigned int i = 0; i < nr; i++) {
		const struct waiting_unmap *w = &s->vcpu[f->vcpu].unmap[i];

		if (w->kind != f->ev->dim || w->ts < f->begin)
			continue;
		ns_checked(r);
		if (!vmid_differs(named, w->vmid))
			continue;
		v = ns_violated(c, r, f->ev, "a TLBI of VMID %u unmapped a context of VMID %u",
				(unsigned int)named, w->vmid);
		if (v) {
			v->ctx = w->ctx;
			v->vttbr = ns_check_ctx(c, w->ctx) ? ns_check_ctx(c, w->ctx)->vttbr
							   : NS_UNAVAILABLE;
		}
		ns_prove(c, v, w->id);
		ns_prove_with(v, f->id, f->ev);
	}
}

/* ---- faults ---- */

static unsigned int named_set(uint32_t key)
{
	return key * 2654435761U >> 22;
}

static bool was_named(const struct vmid_state *s, const struct ns_event *ev, uint16_t vmid,
		      unsigned int kind)
{
	uint32_t key[2] = { (uint32_t)ev->vm << 16 | vmid, (uint32_t)ev->vm << 16 | (vmid & 0xff) };

	if (s->all[ev->vm] >> kind & 1)
		return true;
	for (unsigned int k = 0; k < 2; k++) {
		unsigned int set = named_set(key[k]);

		for (unsigned int i = 0; i < NAMED_WAYS; i++)
			if (s->named[set][i] == key[k] && s->kinds[set][i] >> kind & 1)
				return true;
		if (s->full[set])
			return true;
	}
	return false;
}

static void name(struct ns_rule_run *r, const struct ns_event *ev)
{
	struct vmid_state *s = r->state;
	uint64_t vmid = ns_fed(ev, NS_S2_TLBI_VMID);
	uint32_t key = (uint32_t)ev->vm << 16 | (uint16_t)vmid;
	unsigned int set = named_set(key);

	/* an unknown VMID may be any */
	if (ev->dim == NS_TLBI_ALLE1 || vmid > 0xffff) {
		s->all[ev->vm] |= (uint8_t)(1U << ev->dim);
		return;
	}
	for (unsigned int i = 0; i < NAMED_WAYS; i++)
		if (!s->named[set][i] || s->named[set][i] == key) {
			s->named[set][i] = key;
			s->kinds[set][i] |= (uint8_t)(1U << ev->dim);
			return;
		}
	if (!s->full[set])
		ns_forgot(r);
	s->full[set] = true;
}

/* A TLBI that began before a waiting fault was over may be its cause. */
static void settle_faults(struct vmid_state *s, const struct ns_feed *f)
{
	uint64_t vmid = ns_fed(f->ev, NS_S2_TLBI_VMID);
	unsigned int left = 0;

	for (unsigned int i = 0; i < s->nr_faults; i++) {
		const struct waiting_fault *w = &s->fault[i];
		bool named = w->ev.vm == f->ev->vm && kind_of_fault(&w->ev) == f->ev->dim &&
			     (f->ev->dim == NS_TLBI_ALLE1 || !vmid_differs(vmid, w->vmid)) &&
			     f->not_before <= w->ev.ts;

		if (!named)
			s->fault[left++] = *w;
	}
	s->nr_faults = left;
}

static void unnamed(struct ns_check *c, struct ns_rule_run *r, const struct waiting_fault *w)
{
	struct ns_violation *v;

	v = ns_violated(c, r, &w->ev, "a fault caused by %s, but no TLBI named VMID %u",
			ns_value_key(NS_D_CAUSE, w->ev.dim), w->vmid);
	if (v)
		v->ipa = ns_fed(&w->ev, NS_S2_FAULT_L2_IPA);
	ns_prove_with(v, w->id, &w->ev);
}

static void fault_feed(struct ns_check *c, struct ns_rule_run *r, const struct ns_feed *f)
{
	const struct ns_check_ctx *x = ns_check_ctx(c, f->ev->ctx);
	struct vmid_state *s = r->state;
	int kind = kind_of_fault(f->ev);

	if (kind < 0 || !x)
		return;
	ns_checked(r);
	if (was_named(s, f->ev, x->vmid, (unsigned int)kind))
		return;
	/* the first of each VMID and kind is enough */
	for (unsigned int i = 0; i < s->nr_faults; i++)
		if (s->fault[i].ev.vm == f->ev->vm && s->fault[i].vmid == x->vmid &&
		    s->fault[i].ev.dim == f->ev->dim)
			return;
	if (s->nr_faults == WAIT_FAULTS) {
		ns_forgot(r);
		return;
	}
	s->fault[s->nr_faults++] = (struct waiting_fault){ f->id, *f->ev, x->vmid };
}

static void vmid_feed(struct ns_check *c, struct ns_rule_run *r, const struct ns_feed *f)
{
	if (!f->ev->vm || f->ev->vm >= NS_MAX_VMS)
		return;
	if (f->ev->event == NS_EV_S2_UNMAP) {
		unmap_feed(c, r, f);
	} else if (f->ev->event == NS_EV_S2_FAULT) {
		fault_feed(c, r, f);
	} else {
		settle_unmaps(c, r, f);
		settle_faults(r->state, f);
		name(r, f->ev);
	}
}

static void vmid_finish(struct ns_check *c, struct ns_rule_run *r)
{
	struct vmid_state *s = r->state;

	/* a TLBI that was not seen from its beginning has no event */
	for (unsigned int i = 0; i < s->nr_faults; i++)
		if (r->doubtful)
			ns_undecided(r);
		else
			unnamed(c, r, &s->fault[i]);
}

const struct ns_rule ns_rule_ctx_vmid = {
	.info = { "ctx-vmid", "a TLBI of one VMID touches no context of another",
		  NS_BIT(NS_EV_S2_TLBI) | NS_BIT(NS_EV_S2_UNMAP), NS_BIT(NS_EV_S2_FAULT) },
	.lacking = "no TLBI unmapped anything",
	.state_size = sizeof(struct vmid_state),
	.feed = vmid_feed,
	.finish = vmid_finish,
};
