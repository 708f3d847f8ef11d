// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * fixed.c: write a synthetic recording that never changes: two VMs, 120 s of
 * file time, every event but those it calls unavailable, with a pool of
 * contexts that goes round as KVM's does.  The golden frames are of it.
 */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "catalogue.h"
#include "recording.h"

#define START_NS 1000000000000ULL
#define STEP_NS 2000000ULL /* one event each 2 ms */
#define EVENTS 60000
#define SLOW_EVERY 97 /* one event in so many takes long */
#define CTXS 6
#define OTHER 5 /* this context belongs to the second VM */
#define POOL 3 /* slots of the first VM */

/* What happens in one round, in this order. */
static const uint8_t kinds[] = {
	NS_EV_S2_FAULT,	  NS_EV_S2_CTX,	     NS_EV_EL2_ERET,	    NS_EV_S2_FAULT,
	NS_EV_AT_OP,	  NS_EV_EL2_TRAP,    NS_EV_S2_FAULT,	    NS_EV_MMIO_CACHE,
	NS_EV_MMIO_ABORT, NS_EV_MMIO_ACCESS, NS_EV_EL2_EXC,	    NS_EV_S2_TLBI,
	NS_EV_S2_UNMAP,	  NS_EV_S2_FAULT,    NS_EV_EL2_VNCR_INVAL,  NS_EV_EL2_VNCR,
};
#define KINDS (sizeof(kinds) / sizeof(*kinds))

#define NO_REALM "this kernel has no realm support"
static const uint8_t off[] = { NS_EV_MMIO_MATCH, NS_EV_MMIO_GEN, NS_EV_S2_WP,	 NS_EV_S2_WALK,
			       NS_EV_RTT_CALL,	 NS_EV_RTT_OP,	 NS_EV_RTT_TEARDOWN, NS_EV_RTT_LEAK,
			       NS_EV_S2_PAGE,	 NS_EV_EL2_EXIT };
static const char *const why[] = { "x86 only", "x86 only", "not in this kernel",
				   "only when asked for", NO_REALM, NO_REALM, NO_REALM, NO_REALM,
				   "x86 only", "x86 only" };

struct state {
	unsigned int slot[POOL], next; /* owners, and where the search for a victim goes on */
	unsigned int ctx, vm, vcpu, round;
	bool evicted; /* the round's look-up had a victim */
};

static void fixed_providers(struct ns_model *m)
{
	unsigned int i;

	for (i = 0; i < NS_NR_EVENTS; i++) {
		m->provider[i].state = NS_STATE_OK;
		snprintf(m->provider[i].by, sizeof(m->provider[i].by), "fentry fixed");
	}
	for (i = 0; i < sizeof(off); i++) {
		m->provider[off[i]].state = NS_STATE_OFF;
		strcpy(m->provider[off[i]].by, "-");
		strcpy(m->provider[off[i]].note, why[i]);
	}
}

static int fixed_meta(struct ns_model *m)
{
	static const char *const names[] = { "l1-debian", "vmm" }, *const marks[] = { "mark 1", "mark 2" };
	unsigned int i;
	int rc = 0;

	ns_model_init(m);
	strcpy(m->host.release, "7.3.4");
	strcpy(m->host.machine, "aarch64");
	strcpy(m->host.nodename, "fixed");
	m->host.cpus = 4;
	m->start_ns = START_NS;
	m->end_ns = START_NS + EVENTS * STEP_NS;
	fixed_providers(m);
	for (i = 1; i <= 2 && !rc; i++) {
		struct ns_vm_key key = { .start_ns = i, .pid = 4126 + i };
		struct ns_vm vm = { .id = i };

		vm.cmdline_len = snprintf(vm.cmdline, sizeof(vm.cmdline), "%s", names[i - 1]) + 1;
		rc = ns_model_add_vm(m, &key, &vm);
	}
	for (i = 1; i <= 2 && !rc; i++) /* at 40 and 80 s */
		rc = ns_model_add_mark(m, START_NS + i * EVENTS * STEP_NS / 3, marks[i - 1]);
	for (i = 1; i <= CTXS && !rc; i++) {
		struct ns_ctx_key key = { .vttbr = (uint64_t)i << 48 | 0x40000000 | i << 16,
					  .vtcr = 1 << 19,
					  .vm = i == OTHER ? 2 : 1,
					  .s2_on = 1 };

		rc = ns_model_add_ctx(m, &key, i);
	}
	return rc;
}

/* Which context a round is about: some often, all now and then. */
static unsigned int fixed_ctx(unsigned int round)
{
	static const uint8_t of[10] = { 1, 2, 1, 3, OTHER, 1, 2, 4, 1, OTHER };

	return round % 7 == 6 ? 6 : of[round % 10];
}

/* Faults fall off from cause to cause, so that the order on screen is sure. */
static unsigned int fixed_cause(const struct state *s, unsigned int n)
{
	static const uint8_t of[16] = {
		NS_CAUSE_TLBI_VMALLS12E1, NS_CAUSE_TLBI_VMALLS12E1, NS_CAUSE_TLBI_VMALLS12E1,
		NS_CAUSE_TLBI_VMALLS12E1, NS_CAUSE_TLBI_VMALLS12E1, NS_CAUSE_NOTIFIER,
		NS_CAUSE_NOTIFIER,	  NS_CAUSE_NOTIFIER,	    NS_CAUSE_NOTIFIER,
		NS_CAUSE_COLD,		  NS_CAUSE_COLD,	    NS_CAUSE_COLD,
		NS_CAUSE_TLBI_IPAS2E1,	  NS_CAUSE_TLBI_IPAS2E1,    NS_CAUSE_PERM,
		NS_CAUSE_MMIO,
	};

	return s->evicted && n % 3 == 0 && n ? NS_CAUSE_EVICT : of[(s->round + n) % 16];
}

/* The dim of an event; what repeats with the round has shares that are easy to tell. */
static unsigned int fixed_dim(const struct state *s, unsigned int event, unsigned int n)
{
	static const uint8_t paths[8] = { NS_PATH_FAST,	     NS_PATH_FAST,	NS_PATH_FAST,
					  NS_PATH_SLOW_COLD, NS_PATH_FAST,	NS_PATH_SLOW_FAULT,
					  NS_PATH_FAST_PERM, NS_PATH_RETRY };
	static const uint8_t cache[8] = { NS_CACHE_HIT, NS_CACHE_HIT, NS_CACHE_HIT, NS_CACHE_FILL,
					  NS_CACHE_HIT, NS_CACHE_HIT, NS_CACHE_HIT, NS_CACHE_STALE };
	static const uint8_t unmaps[8] = { NS_UNMAP_TLBI_VMALLS12E1, NS_UNMAP_TLBI_IPAS2E1,
					   NS_UNMAP_NOTIFIER,	     NS_UNMAP_TLBI_VMALLS12E1,
					   NS_UNMAP_RECYCLE,	     NS_UNMAP_TLBI_IPAS2E1,
					   NS_UNMAP_NOTIFIER,	     NS_UNMAP_MEMSLOT };
	static const uint8_t tlbis[8] = { NS_TLBI_VMALLS12E1, NS_TLBI_IPAS2E1, NS_TLBI_S1E1,
					  NS_TLBI_VMALLS12E1, NS_TLBI_S1E1,    NS_TLBI_IPAS2E1,
					  NS_TLBI_S1E2,	      NS_TLBI_ALLE1 };

	switch (event) {
	case NS_EV_S2_FAULT:
		return fixed_cause(s, n);
	case NS_EV_AT_OP:
		return paths[s->round % 8];
	case NS_EV_MMIO_CACHE:
		return cache[s->round % 8];
	case NS_EV_S2_UNMAP:
		return unmaps[s->round % 8];
	case NS_EV_S2_TLBI:
		return tlbis[s->round % 8];
	case NS_EV_EL2_VNCR:
		return s->round % 9 == 8 ? NS_VNCR_INJECTED : NS_VNCR_HANDLED;
	default:
		return s->round % 11 % ns_dims[ns_events[event].dim].nr;
	}
}

static unsigned int fixed_sub(const struct state *s, unsigned int event)
{
	static const uint8_t ops[3] = { NS_ATOP_S1E1R, NS_ATOP_S1E1W, NS_ATOP_S12E1R };

	if (event == NS_EV_AT_OP)
		return ops[s->round % 7 % 3];
	return s->round % 7 % ns_dims[ns_events[event].sub].nr;
}

/* Fault addresses: a hot range, a long cold one, a device. */
static uint64_t fixed_ipa(const struct state *s, unsigned int n)
{
	unsigned int k = s->round * 4 + n;

	if (k % 16 == 15)
		return 0x9000000 + (k % 3) * 0x10000;
	if (k % 4 == 3)
		return 0x80000000 + (uint64_t)(k * 37 % 2048) * 4096;
	return 0x40200000 + (uint64_t)(k * k % 61) * 4096;
}

/* A look-up in the pool, as KVM does it: a hit, a free slot, or round and round. */
static void fixed_lookup(struct state *s, struct ns_event *ev)
{
	unsigned int i;

	ev->field[NS_S2_CTX_VTTBR] = (uint64_t)s->ctx << 48 | 0x40000000 | s->ctx << 16;
	ev->field[NS_S2_CTX_VTCR] = 1 << 19;
	ev->field[NS_S2_CTX_OLD_VTTBR] = NS_UNAVAILABLE;
	ev->field[NS_S2_CTX_POOL] = s->vm == 1 ? POOL : 2;
	ev->field[NS_S2_CTX_SLOT] = 0;
	ev->field[NS_S2_CTX_REFCNT] = s->round % 2;
	ev->field[NS_S2_CTX_PENDING] = 0;
	ev->dim = s->round < 10 ? NS_CTX_FREE : NS_CTX_HIT;
	s->evicted = false;
	if (s->vm != 1)
		return;
	for (i = 0; i < POOL && s->slot[i] != s->ctx; i++)
		;
	ev->dim = NS_CTX_HIT;
	if (i == POOL) {
		i = s->next;
		s->next = (s->next + 1) % POOL;
		s->evicted = s->slot[i] != 0;
		ev->dim = s->evicted ? NS_CTX_EVICT : NS_CTX_FREE;
		if (s->evicted)
			ev->field[NS_S2_CTX_OLD_VTTBR] =
				(uint64_t)s->slot[i] << 48 | 0x40000000 | s->slot[i] << 16;
		s->slot[i] = s->ctx;
	}
	ev->field[NS_S2_CTX_SLOT] = i;
}

static void fixed_tlbi(struct ns_event *ev)
{
	bool one = ev->dim == NS_TLBI_IPAS2E1, stage1 = ev->dim >= NS_TLBI_S1E1;

	ev->field[NS_S2_TLBI_VMID] = ev->ctx;
	ev->field[NS_S2_TLBI_CONTEXTS] = stage1 ? 0 : 1;
	ev->field[NS_S2_TLBI_ASKED] = stage1 ? NS_UNAVAILABLE : one ? 4096 : 0;
	ev->field[NS_S2_TLBI_APPLIED] = stage1 ? NS_UNAVAILABLE : one ? 2 << 20 : 1ULL << 40;
	ev->field[NS_S2_TLBI_SOURCE] = one ? NS_TLBI_SIZE_MAX : NS_TLBI_SIZE_OP;
	ev->field[NS_S2_TLBI_SCANNED] = POOL;
}

static void fixed_fault(const struct state *s, struct ns_event *ev, unsigned int n)
{
	ev->field[NS_S2_FAULT_VTTBR] = (uint64_t)s->ctx << 48 | 0x40000000 | s->ctx << 16;
	ev->field[NS_S2_FAULT_L2_IPA] = fixed_ipa(s, n);
	ev->field[NS_S2_FAULT_L1_IPA] = fixed_ipa(s, n) + 0x100000000;
	ev->field[NS_S2_FAULT_GUEST_SIZE] = 2 << 20;
	ev->field[NS_S2_FAULT_MAP_SIZE] = 4096;
	ev->field[NS_S2_FAULT_RET] = 1;
	ev->field[NS_S2_FAULT_OUTCOME] = NS_OUTCOME_MAP;
	ev->field[NS_S2_FAULT_PROT] = NS_UNAVAILABLE;
}

static void fixed_event(struct state *s, struct ns_event *ev, unsigned int n)
{
	const struct ns_event_info *info;
	unsigned int i, in_round = n % KINDS;

	if (!in_round) {
		s->round = n / KINDS;
		s->ctx = fixed_ctx(s->round);
		s->vm = s->ctx == OTHER ? 2 : 1;
		s->vcpu = s->vm == 2 ? 0 : s->round % 3;
	}
	memset(ev, 0, sizeof(*ev));
	ev->ts = START_NS + n * STEP_NS;
	ev->event = kinds[in_round];
	info = &ns_events[ev->event];
	ev->vm = s->vm;
	ev->vcpu = s->vcpu;
	ev->ctx = s->ctx;
	ev->cpu = s->vcpu;
	ev->dim = fixed_dim(s, ev->event, in_round);
	ev->sub = fixed_sub(s, ev->event);
	ev->nr_fields = info->nr_fields;
	for (i = 0; i < info->nr_fields; i++)
		ev->field[i] = ns_unit_is_enum(info->fields[i].unit) ? 0 : 0x1000ULL * s->round;
	if (ev->event == NS_EV_S2_CTX)
		fixed_lookup(s, ev);
	if (ev->event == NS_EV_S2_TLBI)
		fixed_tlbi(ev);
	if (ev->event == NS_EV_S2_FAULT)
		fixed_fault(s, ev, in_round);
	if (info->timed)
		ev->field[0] = (1500 + (s->round * 37 + in_round * 911) % 9000) *
			       (n % SLOW_EVERY == SLOW_EVERY - 1 ? 40 : 1);
}

int main(int argc, char **argv)
{
	struct ns_error err = { 0 };
	struct state s = { 0 };
	struct ns_writer *w;
	struct ns_model m;
	struct ns_event ev;
	unsigned int n;

	if (argc != 2 || fixed_meta(&m) || ns_writer_open(&w, argv[1], &m, "fixed", &err))
		goto bad;
	for (n = 0; n < EVENTS; n++) {
		fixed_event(&s, &ev, n);
		m.ledger[ev.event].seen++;
		m.ledger[ev.event].kept++;
		if (ns_writer_event(w, &ev, &err))
			goto bad;
	}
	if (!ns_writer_close(w, &m, &err))
		return 0;
bad:
	fprintf(stderr, "fixed FILE: %s\n", err.msg);
	return 1;
}
