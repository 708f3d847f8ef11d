// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_check.c: the rules of `nestscope check` on synthetic sequences: for each
 * rule one that breaks it and ones that come close and are legal.  No kernel
 * made these events.
 */
#include "unit.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "catalogue.h"
#include "check.h"
#include "files.h"
#include "play.h"
#include "recording.h"
#include "synth.h"

#define VTTBR(vmid, n) ((uint64_t)(vmid) << 48 | (0x40000000ULL + (n)*0x10000ULL))
#define NONE NS_UNAVAILABLE
#define PAGE 0x80000000ULL

/* Contexts of VM 1: 1 and 2 of VMID 1, 3 of VMID 2; 4 and 5 are VMID 4 without stage 2. */
enum { CTX_A = 1, CTX_B, CTX_C, CTX_OFF, CTX_OFF2, NR_CTXS = CTX_OFF2 };

static void add_ctx(struct ns_model *m, uint16_t id, uint64_t vttbr, uint64_t vtcr, uint32_t s2_on)
{
	struct ns_ctx_key key = { .vttbr = vttbr, .vtcr = vtcr, .vm = 1, .s2_on = s2_on };

	assert_int_equal(ns_model_add_ctx(m, &key, id), 0);
}

static void begin(struct play *p)
{
	play_begin(p);
	add_ctx(&p->meta, CTX_A, VTTBR(1, 0), 0x80023558, 1);
	add_ctx(&p->meta, CTX_B, VTTBR(1, 1), 0x80023558, 1);
	add_ctx(&p->meta, CTX_C, VTTBR(2, 2), 0x80023558, 1);
	add_ctx(&p->meta, CTX_OFF, VTTBR(4, 3), 0x80023558, 0);
	add_ctx(&p->meta, CTX_OFF2, VTTBR(4, 4), 0, 0);
	p->ts = 1000000000000ULL;
}

/* More than a CPU may stop between the end of something and its event. */
#define STOPS 200000000ULL

/* An event of VM 1 a microsecond after the last; all fields unavailable. */
static struct ns_event make(struct play *p, unsigned int event, unsigned int vcpu, unsigned int ctx,
			    unsigned int dim)
{
	const struct ns_event_info *info = &ns_events[event];
	struct ns_event ev = {
		.ts = p->ts += 1000,
		.vm = 1,
		.vcpu = (uint16_t)vcpu,
		.ctx = (uint16_t)ctx,
		.event = (uint8_t)event,
		.dim = (uint8_t)dim,
		.nr_fields = (uint8_t)info->nr_fields,
	};

	for (unsigned int i = 0; i < info->nr_fields; i++)
		ev.field[i] = ns_unavailable(info->fields[i].unit);
	if (info->timed)
		ev.field[0] = 500;
	return ev;
}

static void feed(struct play *p, struct ns_event ev)
{
	play_feed(p, &ev);
}

static const uint64_t vttbr_of[] = { 0,		  VTTBR(1, 0), VTTBR(1, 1),
				     VTTBR(2, 2), VTTBR(4, 3), VTTBR(4, 4) };

static void ctx(struct play *p, unsigned int vcpu, unsigned int id, unsigned int dim, uint64_t slot,
		uint64_t old)
{
	struct ns_event ev = make(p, NS_EV_S2_CTX, vcpu, id, dim);

	ev.field[NS_S2_CTX_VTTBR] = vttbr_of[id];
	ev.field[NS_S2_CTX_OLD_VTTBR] = old;
	ev.field[NS_S2_CTX_SLOT] = slot;
	feed(p, ev);
}

static void unmap(struct play *p, unsigned int vcpu, unsigned int id, unsigned int dim,
		  uint64_t from, uint64_t size)
{
	struct ns_event ev = make(p, NS_EV_S2_UNMAP, vcpu, id, dim);

	ev.field[NS_S2_UNMAP_VTTBR] = vttbr_of[id];
	ev.field[NS_S2_UNMAP_START] = from;
	ev.field[NS_S2_UNMAP_SIZE] = size;
	feed(p, ev);
}

static void tlbi(struct play *p, unsigned int vcpu, unsigned int dim, uint64_t vmid, uint64_t dur)
{
	struct ns_event ev = make(p, NS_EV_S2_TLBI, vcpu, 0, dim);

	ev.field[NS_S2_TLBI_DUR] = dur;
	ev.field[NS_S2_TLBI_VMID] = vmid;
	feed(p, ev);
}

static void fault(struct play *p, unsigned int vcpu, unsigned int id, unsigned int cause,
		  unsigned int sub, uint64_t ipa)
{
	struct ns_event ev = make(p, NS_EV_S2_FAULT, vcpu, id, cause);

	ev.sub = (uint8_t)sub;
	ev.field[NS_S2_FAULT_L2_IPA] = ipa;
	ev.field[NS_S2_FAULT_VTTBR] = vttbr_of[id];
	feed(p, ev);
}

static void at(struct play *p, unsigned int vcpu, unsigned int path, unsigned int op, uint64_t va,
	       uint64_t par_fast, uint64_t par)
{
	struct ns_event ev = make(p, NS_EV_AT_OP, vcpu, 0, path);

	ev.sub = (uint8_t)op;
	ev.field[NS_AT_OP_VA] = va;
	ev.field[NS_AT_OP_PAR] = par;
	ev.field[NS_AT_OP_PAR_FAST] = par_fast;
	feed(p, ev);
}

static void mmio(struct play *p, unsigned int vcpu, unsigned int id, unsigned int dim, uint64_t ipa)
{
	struct ns_event ev = make(p, NS_EV_MMIO_CACHE, vcpu, id, dim);

	ev.sub = NS_WHO_L2;
	ev.field[NS_MMIO_CACHE_L2_IPA] = ipa;
	ev.field[NS_MMIO_CACHE_GEN] = ev.field[NS_MMIO_CACHE_SLOT_GEN] = 7;
	feed(p, ev);
}

/* ---- ctx-unique ---- */

static void test_unique(void **state)
{
	struct play p;

	(void)state;
	begin(&p); /* the same key in two slots */
	ctx(&p, 0, CTX_A, NS_CTX_FREE, 0, NONE);
	ctx(&p, 1, CTX_A, NS_CTX_FREE, 1, NONE);
	play_expect(&p, NS_RULE_CTX_UNIQUE, NS_CHECK_VIOLATED, 1);

	begin(&p); /* the same VMID with stage 2 off */
	ctx(&p, 0, CTX_OFF, NS_CTX_FREE, 0, NONE);
	ctx(&p, 1, CTX_OFF2, NS_CTX_FREE, 1, NONE);
	play_expect(&p, NS_RULE_CTX_UNIQUE, NS_CHECK_VIOLATED, 1);

	begin(&p); /* other BADDR; evicted and back in another slot */
	ctx(&p, 0, CTX_A, NS_CTX_FREE, 0, NONE);
	ctx(&p, 1, CTX_B, NS_CTX_FREE, 1, NONE);
	ctx(&p, 0, CTX_C, NS_CTX_EVICT, 0, VTTBR(1, 0));
	ctx(&p, 0, CTX_A, NS_CTX_EVICT, 1, VTTBR(1, 1));
	ctx(&p, 0, CTX_A, NS_CTX_HIT, 1, NONE);
	play_expect(&p, NS_RULE_CTX_UNIQUE, NS_CHECK_OK, 0);
}

static void test_unique_without_slots(void **state)
{
	struct play p;

	(void)state;
	begin(&p);
	ctx(&p, 0, CTX_A, NS_CTX_HIT, NONE, NONE);
	ctx(&p, 1, CTX_A, NS_CTX_FREE, NONE, NONE);
	play_expect(&p, NS_RULE_CTX_UNIQUE, NS_CHECK_VIOLATED, 1);

	begin(&p); /* it lost its slot */
	ctx(&p, 0, CTX_A, NS_CTX_FREE, NONE, NONE);
	ctx(&p, 0, CTX_B, NS_CTX_EVICT, NONE, VTTBR(1, 0));
	ctx(&p, 0, CTX_A, NS_CTX_FREE, NONE, NONE);
	play_expect(&p, NS_RULE_CTX_UNIQUE, NS_CHECK_OK, 0);

	begin(&p); /* someone lost, and it is not told who */
	ctx(&p, 0, CTX_A, NS_CTX_FREE, NONE, NONE);
	ctx(&p, 0, CTX_B, NS_CTX_EVICT, NONE, NONE);
	ctx(&p, 0, CTX_A, NS_CTX_FREE, NONE, NONE);
	play_expect(&p, NS_RULE_CTX_UNIQUE, NS_CHECK_OK, 0);
}

/* ---- ctx-ran ---- */

static void test_ran(void **state)
{
	const struct ns_check_result *r;
	struct play p;

	(void)state;
	begin(&p); /* never looked up, in a VM seen from its first context */
	ctx(&p, 0, CTX_A, NS_CTX_FREE, 0, NONE);
	fault(&p, 0, CTX_A, NS_CAUSE_COLD, 0, PAGE);
	fault(&p, 1, CTX_B, NS_CAUSE_COLD, 0, PAGE);
	r = play_judge(&p, NS_RULE_CTX_RAN);
	assert_int_equal(r->state, NS_CHECK_VIOLATED);
	assert_int_equal(r->nr_kept, 1);
	assert_int_equal(r->kept[0].ctx, CTX_B);
	assert_int_equal(r->kept[0].vttbr, VTTBR(1, 1));
	assert_int_equal(r->kept[0].vcpu, 1);
	assert_int_equal(r->kept[0].nr_proofs, 2);
	assert_int_equal(r->kept[0].proof[0].id, 1);
	assert_int_equal(r->kept[0].proof[1].id, 3);
	assert_true(r->kept[0].proof[0].held);
	assert_int_equal(r->kept[0].proof[0].ev.event, NS_EV_S2_CTX);
	play_end(&p);

	begin(&p); /* after it lost its slot */
	ctx(&p, 0, CTX_A, NS_CTX_HIT, 1, NONE);
	ctx(&p, 0, CTX_B, NS_CTX_EVICT, 1, VTTBR(1, 0));
	fault(&p, 0, CTX_B, NS_CAUSE_COLD, 0, PAGE);
	unmap(&p, 0, CTX_A, NS_UNMAP_NOTIFIER, 0, 1ULL << 48);
	play_expect(&p, NS_RULE_CTX_RAN, NS_CHECK_VIOLATED, 1);

	begin(&p); /* the same of a thread that had begun something else meanwhile */
	ctx(&p, 0, CTX_A, NS_CTX_HIT, 1, NONE);
	ctx(&p, 0, CTX_B, NS_CTX_EVICT, 1, VTTBR(1, 0));
	unmap(&p, NS_NO_VCPU, CTX_B, NS_UNMAP_NOTIFIER, 0, 1ULL << 48);
	unmap(&p, NS_NO_VCPU, CTX_A, NS_UNMAP_NOTIFIER, 0, 1ULL << 48);
	play_expect(&p, NS_RULE_CTX_RAN, NS_CHECK_VIOLATED, 1);

	begin(&p); /* and of one that may have stopped before the event came */
	ctx(&p, 0, CTX_A, NS_CTX_HIT, 1, NONE);
	ctx(&p, 0, CTX_B, NS_CTX_EVICT, 1, VTTBR(1, 0));
	unmap(&p, NS_NO_VCPU, CTX_A, NS_UNMAP_NOTIFIER, 0, 1ULL << 48);
	play_expect(&p, NS_RULE_CTX_RAN, NS_CHECK_OK, 0);

	begin(&p); /* the unmap had begun before */
	ctx(&p, 0, CTX_A, NS_CTX_HIT, 1, NONE);
	ctx(&p, 0, CTX_B, NS_CTX_EVICT, 1, VTTBR(1, 0));
	{
		struct ns_event ev = make(&p, NS_EV_S2_UNMAP, 1, CTX_A, NS_UNMAP_NOTIFIER);

		ev.field[NS_S2_UNMAP_DUR] = 1500;
		feed(&p, ev);
	}
	play_expect(&p, NS_RULE_CTX_RAN, NS_CHECK_OK, 0);

	begin(&p); /* it may have run before the observation */
	ctx(&p, 0, CTX_A, NS_CTX_FREE, 3, NONE);
	fault(&p, 0, CTX_A, NS_CAUSE_COLD, 0, PAGE);
	fault(&p, 1, CTX_B, NS_CAUSE_COLD, 0, PAGE);
	play_expect(&p, NS_RULE_CTX_RAN, NS_CHECK_OK, 0);

	begin(&p); /* two VMs under one name: slots mean nothing */
	ctx(&p, 0, CTX_A, NS_CTX_FREE, 0, NONE);
	ctx(&p, 0, CTX_C, NS_CTX_FREE, 0, NONE);
	fault(&p, 1, CTX_A, NS_CAUSE_COLD, 0, PAGE);
	play_expect(&p, NS_RULE_CTX_RAN, NS_CHECK_NOT_CHECKED, 0);

	begin(&p); /* without slots it cannot be known */
	ctx(&p, 0, CTX_A, NS_CTX_FREE, NONE, NONE);
	fault(&p, 1, CTX_A, NS_CAUSE_COLD, 0, PAGE);
	fault(&p, 1, CTX_B, NS_CAUSE_COLD, 0, PAGE);
	play_expect(&p, NS_RULE_CTX_RAN, NS_CHECK_NOT_CHECKED, 0);
}

/* ---- ctx-vmid ---- */

static void test_vmid_unmap(void **state)
{
	const struct ns_check_result *r;
	struct play p;

	(void)state;
	begin(&p);
	unmap(&p, 0, CTX_A, NS_UNMAP_TLBI_VMALLS12E1, 0, 1ULL << 48);
	unmap(&p, 0, CTX_C, NS_UNMAP_TLBI_VMALLS12E1, 0, 1ULL << 48);
	tlbi(&p, 0, NS_TLBI_VMALLS12E1, 1, 10000);
	r = play_judge(&p, NS_RULE_CTX_VMID);
	assert_int_equal(r->violations, 1);
	assert_int_equal(r->kept[0].ctx, CTX_C);
	assert_int_equal(r->kept[0].proof[0].id, 2);
	assert_int_equal(r->kept[0].proof[1].id, 3);
	play_end(&p);

	begin(&p); /* two contexts of that VMID; another vCPU's TLBI; all VMIDs; a notifier */
	unmap(&p, 0, CTX_A, NS_UNMAP_TLBI_IPAS2E1, PAGE, 0x1000);
	unmap(&p, 1, CTX_C, NS_UNMAP_TLBI_IPAS2E1, PAGE, 0x1000);
	unmap(&p, 0, CTX_B, NS_UNMAP_TLBI_IPAS2E1, PAGE, 0x1000);
	unmap(&p, 0, CTX_C, NS_UNMAP_NOTIFIER, 0, 1ULL << 48);
	tlbi(&p, 0, NS_TLBI_IPAS2E1, 1, 10000);
	tlbi(&p, 1, NS_TLBI_IPAS2E1, 2, 10000);
	unmap(&p, 0, CTX_A, NS_UNMAP_TLBI_ALLE1, 0, 1ULL << 48);
	unmap(&p, 0, CTX_C, NS_UNMAP_TLBI_ALLE1, 0, 1ULL << 48);
	tlbi(&p, 0, NS_TLBI_ALLE1, 0, 10000);
	play_expect(&p, NS_RULE_CTX_VMID, NS_CHECK_OK, 0);
}

static void test_vmid_fault(void **state)
{
	struct play p;

	(void)state;
	begin(&p); /* only VMID 1 was named */
	tlbi(&p, 0, NS_TLBI_VMALLS12E1, 1, 500);
	fault(&p, 0, CTX_C, NS_CAUSE_TLBI_VMALLS12E1, 0, PAGE);
	play_expect(&p, NS_RULE_CTX_VMID, NS_CHECK_VIOLATED, 1);

	begin(&p); /* the other kind */
	tlbi(&p, 0, NS_TLBI_VMALLS12E1, 2, 500);
	fault(&p, 0, CTX_C, NS_CAUSE_TLBI_IPAS2E1, 0, PAGE);
	play_expect(&p, NS_RULE_CTX_VMID, NS_CHECK_VIOLATED, 1);

	begin(&p); /* a TLBI that was not over yet */
	fault(&p, 1, CTX_C, NS_CAUSE_TLBI_VMALLS12E1, 0, PAGE);
	tlbi(&p, 0, NS_TLBI_VMALLS12E1, 2, 5000);
	fault(&p, 1, CTX_A, NS_CAUSE_TLBI_ALLE1, 0, PAGE);
	tlbi(&p, 0, NS_TLBI_ALLE1, 0, 5000);
	play_expect(&p, NS_RULE_CTX_VMID, NS_CHECK_OK, 0);

	begin(&p); /* nor does one of another kind */
	fault(&p, 1, CTX_C, NS_CAUSE_TLBI_IPAS2E1, 0, PAGE);
	tlbi(&p, 0, NS_TLBI_VMALLS12E1, 2, 5000);
	play_expect(&p, NS_RULE_CTX_VMID, NS_CHECK_VIOLATED, 1);

	begin(&p); /* one that began after the fault does not explain it */
	fault(&p, 1, CTX_C, NS_CAUSE_TLBI_VMALLS12E1, 0, PAGE);
	p.ts += STOPS;
	tlbi(&p, 0, NS_TLBI_VMALLS12E1, 2, 500);
	play_expect(&p, NS_RULE_CTX_VMID, NS_CHECK_VIOLATED, 1);

	begin(&p); /* one that does not say when it began may be from before */
	fault(&p, 1, CTX_C, NS_CAUSE_TLBI_VMALLS12E1, 0, PAGE);
	tlbi(&p, 0, NS_TLBI_VMALLS12E1, 2, 0);
	play_expect(&p, NS_RULE_CTX_VMID, NS_CHECK_OK, 0);

	begin(&p); /* a TLBI from before the observation may be missing */
	p.meta.ledger[NS_EV_S2_TLBI].unattributed = 1;
	fault(&p, 1, CTX_C, NS_CAUSE_TLBI_VMALLS12E1, 0, PAGE);
	play_expect(&p, NS_RULE_CTX_VMID, NS_CHECK_OK, 0);
}

/* ---- at-* ---- */

#define PAR_OK 0xff00000080000b80ULL
#define PAR_TRANS 0x80d /* F, translation fault level 2 */
#define PAR_PERM 0x81f /* F, permission fault level 3 */
#define PAR_AF 0x817 /* F, access flag fault level 3 */

static void test_at_fast(void **state)
{
	struct play p;

	(void)state;
	begin(&p);
	at(&p, 0, NS_PATH_SLOW_COLD, NS_ATOP_S1E1R, 0x1000, PAR_OK, PAR_OK);
	play_expect(&p, NS_RULE_AT_FAST, NS_CHECK_VIOLATED, 1);

	begin(&p);
	at(&p, 0, NS_PATH_SLOW_COLD, NS_ATOP_S1E1R, 0x1000, PAR_TRANS, PAR_OK);
	at(&p, 0, NS_PATH_SLOW_NO_CTX, NS_ATOP_S1E1R, 0x1000, 1, PAR_OK);
	at(&p, 0, NS_PATH_FAST, NS_ATOP_S1E1R, 0x1000, PAR_OK, PAR_OK);
	play_expect(&p, NS_RULE_AT_FAST, NS_CHECK_OK, 0);

	begin(&p); /* a kernel that does not tell: never "ok" */
	at(&p, 0, NS_PATH_SLOW_COLD, NS_ATOP_S1E1R, 0x1000, NONE, PAR_OK);
	play_expect(&p, NS_RULE_AT_FAST, NS_CHECK_NOT_CHECKED, 0);
}

static void test_at_par(void **state)
{
	static const struct {
		unsigned int path, op;
		uint64_t par_fast, par;
		unsigned int violations;
	} one[] = {
		{ NS_PATH_FAST, NS_ATOP_S1E1R, PAR_OK, PAR_OK, 0 },
		{ NS_PATH_FAST, NS_ATOP_S1E1R, PAR_OK, PAR_OK + 0x1000, 1 },
		{ NS_PATH_FAST, NS_ATOP_S1E1R, NONE, PAR_OK, 0 },
		{ NS_PATH_FAST, NS_ATOP_S1E1R, NONE, PAR_TRANS, 1 },
		/* the second stage has its say */
		{ NS_PATH_FAST, NS_ATOP_S12E1R, PAR_OK, PAR_TRANS, 0 },
		{ NS_PATH_FAST_PERM, NS_ATOP_S12E1R, PAR_PERM, PAR_OK, 1 },
		{ NS_PATH_FAST_PERM, NS_ATOP_S1E1W, PAR_PERM, PAR_PERM, 0 },
		{ NS_PATH_FAST_PERM, NS_ATOP_S1E1W, PAR_PERM, PAR_AF, 1 },
		{ NS_PATH_FAST_PERM, NS_ATOP_S1E1W, NONE, PAR_AF, 1 },
		{ NS_PATH_FAST_AF, NS_ATOP_S1E1W, PAR_AF, PAR_AF, 0 },
		{ NS_PATH_FAST_AF, NS_ATOP_S1E1W, NONE, PAR_AF + 0x200, 1 },
		{ NS_PATH_FAST_AF, NS_ATOP_S1E1W, PAR_AF, PAR_AF + 0x200, 1 },
		{ NS_PATH_SLOW_COLD, NS_ATOP_S1E1R, PAR_TRANS, PAR_OK, 0 },
		{ NS_PATH_SLOW_COLD, NS_ATOP_S1E1R, PAR_TRANS, PAR_TRANS, 1 },
		{ NS_PATH_SLOW_FAULT, NS_ATOP_S1E1R, PAR_TRANS, PAR_PERM, 0 },
		{ NS_PATH_SLOW_FAULT, NS_ATOP_S1E1R, PAR_TRANS, PAR_OK, 1 },
	};
	struct play p;

	(void)state;
	for (unsigned int i = 0; i < sizeof(one) / sizeof(*one); i++) {
		begin(&p);
		at(&p, 0, one[i].path, one[i].op, 0x1000, one[i].par_fast, one[i].par);
		play_expect(&p, NS_RULE_AT_PAR, one[i].violations ? NS_CHECK_VIOLATED : NS_CHECK_OK,
		       one[i].violations);
	}
}

static void test_at_retry(void **state)
{
	struct play p;

	(void)state;
	begin(&p);
	at(&p, 0, NS_PATH_RETRY, NS_ATOP_S1E1R, 0x1000, PAR_TRANS, 1);
	at(&p, 0, NS_PATH_FAST, NS_ATOP_S1E1R, 0x2000, PAR_OK, PAR_OK);
	play_expect(&p, NS_RULE_AT_RETRY, NS_CHECK_VIOLATED, 1);

	begin(&p); /* the same address by another instruction is another AT */
	at(&p, 0, NS_PATH_RETRY, NS_ATOP_S1E1R, 0x1000, PAR_TRANS, 1);
	at(&p, 0, NS_PATH_FAST, NS_ATOP_S1E1W, 0x1000, PAR_OK, PAR_OK);
	play_expect(&p, NS_RULE_AT_RETRY, NS_CHECK_VIOLATED, 1);

	begin(&p); /* a retry wrote PAR_EL1 */
	at(&p, 0, NS_PATH_RETRY, NS_ATOP_S1E1R, 0x1000, PAR_TRANS, 1);
	at(&p, 0, NS_PATH_RETRY, NS_ATOP_S1E1R, 0x1000, PAR_TRANS, PAR_TRANS);
	play_expect(&p, NS_RULE_AT_RETRY, NS_CHECK_VIOLATED, 1);

	begin(&p); /* replayed twice, while another vCPU does other ATs */
	at(&p, 0, NS_PATH_RETRY, NS_ATOP_S1E1R, 0x1000, PAR_TRANS, 1);
	at(&p, 1, NS_PATH_FAST, NS_ATOP_S1E1R, 0x2000, PAR_OK, PAR_OK);
	at(&p, 0, NS_PATH_RETRY, NS_ATOP_S1E1R, 0x1000, PAR_TRANS, 1);
	at(&p, 0, NS_PATH_SLOW_COLD, NS_ATOP_S1E1R, 0x1000, PAR_TRANS, PAR_OK);
	at(&p, 0, NS_PATH_FAST, NS_ATOP_S1E1R, 0x3000, PAR_OK, PAR_OK);
	play_expect(&p, NS_RULE_AT_RETRY, NS_CHECK_OK, 0);

	begin(&p); /* an exception comes first: its handler may do what it wants */
	at(&p, 0, NS_PATH_RETRY, NS_ATOP_S1E1R, 0x1000, PAR_TRANS, 1);
	feed(&p, make(&p, NS_EV_EL2_EXC, 0, 0, NS_EXC_IRQ));
	at(&p, 0, NS_PATH_FAST, NS_ATOP_S1E1R, 0x2000, PAR_OK, PAR_OK);
	play_expect(&p, NS_RULE_AT_RETRY, NS_CHECK_NOT_CHECKED, 0);
}

/* ---- mmio-* ---- */

static void test_mmio_gen(void **state)
{
	struct ns_event ev;
	struct play p;

	(void)state;
	begin(&p);
	ev = make(&p, NS_EV_MMIO_CACHE, 0, CTX_A, NS_CACHE_HIT);
	ev.field[NS_MMIO_CACHE_GEN] = 6;
	ev.field[NS_MMIO_CACHE_SLOT_GEN] = 8;
	feed(&p, ev);
	play_expect(&p, NS_RULE_MMIO_GEN, NS_CHECK_VIOLATED, 1);

	begin(&p); /* stale is what it must say */
	ev = make(&p, NS_EV_MMIO_CACHE, 0, CTX_A, NS_CACHE_STALE);
	ev.field[NS_MMIO_CACHE_GEN] = 6;
	ev.field[NS_MMIO_CACHE_SLOT_GEN] = 8;
	feed(&p, ev);
	mmio(&p, 0, CTX_A, NS_CACHE_HIT, PAGE);
	play_expect(&p, NS_RULE_MMIO_GEN, NS_CHECK_OK, 0);
}

static void test_mmio_stale(void **state)
{
	const struct ns_check_result *r;
	struct play p;

	(void)state;
	begin(&p); /* fill, TLBI by the same vCPU, hit */
	mmio(&p, 0, CTX_A, NS_CACHE_FILL, PAGE + 8);
	unmap(&p, 0, CTX_A, NS_UNMAP_TLBI_IPAS2E1, PAGE, 0x1000);
	tlbi(&p, 0, NS_TLBI_IPAS2E1, 1, 600);
	fault(&p, 0, CTX_A, NS_CAUSE_COLD, 0, PAGE + 0x1000);
	mmio(&p, 0, CTX_A, NS_CACHE_HIT, PAGE + 16);
	r = play_judge(&p, NS_RULE_MMIO_STALE);
	assert_int_equal(r->violations, 1);
	assert_int_equal(r->kept[0].ipa, PAGE + 16);
	assert_int_equal(r->kept[0].nr_proofs, 3);
	assert_int_equal(r->kept[0].proof[0].id, 1);
	assert_int_equal(r->kept[0].proof[1].id, 2);
	assert_int_equal(r->kept[0].proof[2].id, 5);
	play_end(&p);

	begin(&p); /* the fault that the hit is part of began after the unmap */
	mmio(&p, 0, CTX_A, NS_CACHE_FILL, PAGE);
	p.ts += STOPS;
	unmap(&p, 1, CTX_A, NS_UNMAP_MEMSLOT, 0, 1ULL << 48);
	mmio(&p, 0, CTX_A, NS_CACHE_HIT, PAGE);
	{
		struct ns_event ev = make(&p, NS_EV_S2_FAULT, 0, CTX_A, NS_CAUSE_MMIO);

		ev.field[NS_S2_FAULT_DUR] = 1900;
		feed(&p, ev);
	}
	play_expect(&p, NS_RULE_MMIO_STALE, NS_CHECK_VIOLATED, 1);

	begin(&p); /* the same after a new life of the context */
	mmio(&p, 0, CTX_A, NS_CACHE_FILL, PAGE);
	ctx(&p, 0, CTX_A, NS_CTX_EVICT, NONE, VTTBR(2, 2));
	fault(&p, 0, CTX_A, NS_CAUSE_COLD, 0, PAGE + 0x1000);
	mmio(&p, 0, CTX_A, NS_CACHE_HIT, PAGE);
	play_expect(&p, NS_RULE_MMIO_STALE, NS_CHECK_VIOLATED, 1);
}

static void test_mmio_stale_legal(void **state)
{
	const struct ns_check_result *r;
	struct ns_event ev;
	struct play p;

	(void)state;
	begin(&p); /* filled in again; another page; another context; from before */
	mmio(&p, 0, CTX_A, NS_CACHE_FILL, PAGE);
	unmap(&p, 0, CTX_A, NS_UNMAP_TLBI_VMALLS12E1, 0, 1ULL << 48);
	fault(&p, 0, CTX_A, NS_CAUSE_MMIO, 0, PAGE);
	mmio(&p, 0, CTX_A, NS_CACHE_FILL, PAGE);
	unmap(&p, 0, CTX_A, NS_UNMAP_TLBI_IPAS2E1, PAGE + 0x1000, 0x1000);
	unmap(&p, 0, CTX_B, NS_UNMAP_TLBI_IPAS2E1, PAGE, 0x1000);
	fault(&p, 0, CTX_A, NS_CAUSE_COLD, 0, PAGE + 0x1000);
	mmio(&p, 0, CTX_A, NS_CACHE_HIT, PAGE);
	mmio(&p, 0, CTX_C, NS_CACHE_HIT, PAGE);
	play_expect(&p, NS_RULE_MMIO_STALE, NS_CHECK_OK, 0);

	begin(&p); /* the access began before the other vCPU's unmap was over */
	mmio(&p, 0, CTX_A, NS_CACHE_FILL, PAGE);
	p.ts += STOPS;
	unmap(&p, 1, CTX_A, NS_UNMAP_TLBI_VMALLS12E1, 0, 1ULL << 48);
	mmio(&p, 0, CTX_A, NS_CACHE_HIT, PAGE);
	ev = make(&p, NS_EV_S2_FAULT, 0, CTX_A, NS_CAUSE_MMIO);
	ev.field[NS_S2_FAULT_DUR] = 2100;
	feed(&p, ev);
	r = play_judge(&p, NS_RULE_MMIO_STALE);
	assert_int_equal(r->violations, 0);
	assert_int_equal(r->undecided, 1);
	play_end(&p);

	/*
	 * Seen on a busy host: an unmap had let go of mmu_lock, a vCPU filled the page
	 * in, and the CPU stopped between the unmap's last look at the clock and its
	 * event, so that it seems to begin after the fill.  A page's unmap keeps the lock.
	 */
	for (unsigned int i = 0; i < 2; i++) {
		begin(&p);
		unmap(&p, NS_NO_VCPU, CTX_B, NS_UNMAP_MEMSLOT, 0, 1ULL << 48);
		mmio(&p, 0, CTX_A, NS_CACHE_FILL, PAGE);
		unmap(&p, NS_NO_VCPU, CTX_A, NS_UNMAP_MEMSLOT, i ? PAGE : 0,
		      i ? 0x1000 : 1ULL << 48);
		fault(&p, 1, CTX_A, NS_CAUSE_COLD, 0, PAGE + 0x1000);
		mmio(&p, 1, CTX_A, NS_CACHE_HIT, PAGE);
		play_expect(&p, NS_RULE_MMIO_STALE, i ? NS_CHECK_VIOLATED : NS_CHECK_OK, i);
	}

	begin(&p); /* another vCPU filled it in, and its event is late */
	mmio(&p, 0, CTX_A, NS_CACHE_FILL, PAGE);
	unmap(&p, 0, CTX_A, NS_UNMAP_TLBI_VMALLS12E1, 0, 1ULL << 48);
	fault(&p, 0, CTX_A, NS_CAUSE_COLD, 0, PAGE + 0x1000);
	mmio(&p, 0, CTX_A, NS_CACHE_HIT, PAGE);
	mmio(&p, 1, CTX_A, NS_CACHE_FILL, PAGE);
	r = play_judge(&p, NS_RULE_MMIO_STALE);
	assert_int_equal(r->violations, 0);
	assert_int_equal(r->undecided, 1);
	play_end(&p);

	begin(&p); /* filled in while the unmap was under way */
	ev = make(&p, NS_EV_MMIO_CACHE, 1, CTX_A, NS_CACHE_FILL);
	ev.field[NS_MMIO_CACHE_L2_IPA] = PAGE;
	feed(&p, ev);
	ev = make(&p, NS_EV_S2_UNMAP, 0, CTX_A, NS_UNMAP_TLBI_VMALLS12E1);
	ev.field[NS_S2_UNMAP_START] = 0;
	ev.field[NS_S2_UNMAP_SIZE] = 1ULL << 48;
	ev.field[NS_S2_UNMAP_DUR] = 1500;
	feed(&p, ev);
	fault(&p, 0, CTX_A, NS_CAUSE_COLD, 0, PAGE + 0x1000);
	mmio(&p, 0, CTX_A, NS_CACHE_HIT, PAGE);
	play_expect(&p, NS_RULE_MMIO_STALE, NS_CHECK_OK, 0);
}

/* ---- stuck ---- */

static void test_stuck(void **state)
{
	const struct ns_check_result *r;
	struct play p;

	(void)state;
	begin(&p);
	for (unsigned int i = 0; i <= NS_CHECK_STUCK; i++) /* one more than it may be */
		fault(&p, 0, CTX_A, i ? NS_CAUSE_UNKNOWN : NS_CAUSE_COLD, 0, PAGE);
	r = play_judge(&p, NS_RULE_STUCK);
	assert_int_equal(r->violations, 1);
	assert_int_equal(r->kept[0].ipa, PAGE);
	assert_int_equal(r->kept[0].proof[0].id, 1);
	assert_int_equal(r->kept[0].proof[1].id, NS_CHECK_STUCK);
	assert_int_equal(r->kept[0].proof[2].id, NS_CHECK_STUCK + 1);
	play_end(&p);

	begin(&p); /* -N */
	p.opts.stuck_limit = 2;
	for (unsigned int i = 0; i < 3; i++)
		fault(&p, 0, CTX_A, NS_CAUSE_PERM, 1, PAGE);
	play_expect(&p, NS_RULE_STUCK, NS_CHECK_VIOLATED, 1);

	begin(&p); /* retries for more than ten seconds */
	for (unsigned int i = 0; i < 20; i++) {
		p.ts += 600000000;
		fault(&p, 0, CTX_A, NS_CAUSE_RETRY, 0, PAGE);
	}
	play_expect(&p, NS_RULE_STUCK, NS_CHECK_VIOLATED, 1);
	begin(&p); /* and for less */
	for (unsigned int i = 0; i < 20; i++) {
		p.ts += 500000000;
		fault(&p, 0, CTX_A, NS_CAUSE_RETRY, 0, PAGE);
	}
	play_expect(&p, NS_RULE_STUCK, NS_CHECK_OK, 0);
}

/* Each of these 100 times over would be far more than the limit. */
static void stuck_legal(void (*round)(struct play *p, unsigned int i))
{
	struct play p;

	begin(&p);
	for (unsigned int i = 0; i < 100; i++)
		round(&p, i);
	play_expect(&p, NS_RULE_STUCK, NS_CHECK_OK, 0);
}

static void round_unmap(struct play *p, unsigned int i)
{
	fault(p, 0, CTX_A, NS_CAUSE_UNKNOWN, 0, PAGE);
	unmap(p, NS_NO_VCPU, CTX_A, NS_UNMAP_NOTIFIER, i & 1 ? PAGE : 0, 1ULL << 40);
}

static void round_wp(struct play *p, unsigned int i)
{
	(void)i;
	fault(p, 0, CTX_A, NS_CAUSE_PERM, 1, PAGE);
	feed(p, make(p, NS_EV_S2_WP, NS_NO_VCPU, 0, 0));
}

static void round_forward(struct play *p, unsigned int i)
{
	fault(p, 0, CTX_A, NS_CAUSE_FORWARD, 0, PAGE);
	if (i & 1)
		fault(p, 0, CTX_A, NS_CAUSE_COLD, 0, PAGE);
}

static void round_mmio(struct play *p, unsigned int i)
{
	(void)i;
	fault(p, 0, CTX_A, NS_CAUSE_MMIO, 0, PAGE);
}

static void round_born(struct play *p, unsigned int i)
{
	(void)i;
	ctx(p, 0, CTX_A, NS_CTX_EVICT, NONE, VTTBR(2, 2));
	fault(p, 0, CTX_A, NS_CAUSE_UNKNOWN, 0, PAGE);
}

static void round_cause(struct play *p, unsigned int i)
{
	fault(p, 0, CTX_A, i & 1 ? NS_CAUSE_NOTIFIER : NS_CAUSE_TLBI_IPAS2E1, 0, PAGE);
}

/* Many vCPUs on a new page, each with all kinds of access. */
static void round_vcpus(struct play *p, unsigned int i)
{
	fault(p, i, CTX_A, NS_CAUSE_COLD, 0, PAGE);
	fault(p, i, CTX_A, NS_CAUSE_PERM, 1, PAGE);
	fault(p, i, CTX_A, NS_CAUSE_PERM, 2, PAGE);
}

static void round_pages(struct play *p, unsigned int i)
{
	fault(p, 0, CTX_A, NS_CAUSE_COLD, 0, PAGE + i * 4096ULL);
}

static void round_retry(struct play *p, unsigned int i)
{
	(void)i;
	fault(p, 0, CTX_A, NS_CAUSE_RETRY, 0, PAGE);
}

static void test_stuck_legal(void **state)
{
	struct play p;

	(void)state;
	stuck_legal(round_unmap);
	stuck_legal(round_wp);
	stuck_legal(round_forward);
	stuck_legal(round_mmio);
	stuck_legal(round_born);
	stuck_legal(round_cause);
	stuck_legal(round_vcpus);
	stuck_legal(round_pages);
	stuck_legal(round_retry);

	begin(&p); /* each kind of access has its own */
	p.opts.stuck_limit = 1;
	fault(&p, 0, CTX_A, NS_CAUSE_COLD, NS_ACCESS_READ, PAGE);
	fault(&p, 0, CTX_A, NS_CAUSE_PERM, NS_ACCESS_WRITE, PAGE);
	fault(&p, 0, CTX_A, NS_CAUSE_PERM, NS_ACCESS_EXEC, PAGE);
	play_expect(&p, NS_RULE_STUCK, NS_CHECK_OK, 0);

	begin(&p); /* exactly as often as it may be */
	for (unsigned int i = 0; i < NS_CHECK_STUCK; i++)
		fault(&p, 0, CTX_A, NS_CAUSE_UNKNOWN, 0, PAGE);
	play_expect(&p, NS_RULE_STUCK, NS_CHECK_OK, 0);

	begin(&p); /* an unmap of another page explains nothing */
	for (unsigned int i = 0; i <= NS_CHECK_STUCK; i++) {
		fault(&p, 0, CTX_A, NS_CAUSE_UNKNOWN, 0, PAGE);
		unmap(&p, 0, CTX_A, NS_UNMAP_TLBI_IPAS2E1, PAGE + 0x1000, 0x1000);
	}
	play_expect(&p, NS_RULE_STUCK, NS_CHECK_VIOLATED, 1);
}

/* ---- x86 ---- */

static void test_class(void **state)
{
	struct ns_event ev;
	struct play p;

	(void)state;
	begin(&p);
	ev = make(&p, NS_EV_S2_L1FAULT, 0, 0, NS_FAULT_TRANSLATION);
	ev.field[NS_S2_L1FAULT_OUTCOME] = NS_OUTCOME_OTHER;
	feed(&p, ev);
	play_expect(&p, NS_RULE_FAULT_CLASS, NS_CHECK_VIOLATED, 1);

	begin(&p);
	ev = make(&p, NS_EV_S2_FAULT, 0, CTX_A, NS_CAUSE_COLD);
	ev.field[NS_S2_FAULT_OUTCOME] = NS_OUTCOME_RETRY_INVAL;
	feed(&p, ev);
	play_expect(&p, NS_RULE_FAULT_CLASS, NS_CHECK_OK, 0);

	begin(&p); /* a kernel that does not tell */
	feed(&p, make(&p, NS_EV_S2_FAULT, 0, CTX_A, NS_CAUSE_COLD));
	play_expect(&p, NS_RULE_FAULT_CLASS, NS_CHECK_NOT_CHECKED, 0);
}

static void l2_exit(struct play *p, unsigned int vcpu, unsigned int how)
{
	struct ns_event ev = make(p, NS_EV_EL2_EXIT, vcpu, CTX_A, NS_VMEXIT_FAULT);

	ev.sub = (uint8_t)how;
	feed(p, ev);
}

static void l2_enter(struct play *p, unsigned int vcpu)
{
	feed(p, make(p, NS_EV_EL2_ERET, vcpu, 0, NS_WHO_L2));
}

static void test_l2_runs(void **state)
{
	struct play p;

	(void)state;
	begin(&p); /* two exits, one entry */
	l2_enter(&p, 0);
	l2_exit(&p, 0, NS_TRAP_FORWARDED);
	l2_exit(&p, 0, NS_TRAP_EMULATED);
	play_expect(&p, NS_RULE_L2_RUNS, NS_CHECK_VIOLATED, 1);

	begin(&p); /* a fault while L1 runs */
	l2_exit(&p, 0, NS_TRAP_FORWARDED);
	fault(&p, 0, CTX_A, NS_CAUSE_COLD, 0, PAGE);
	play_expect(&p, NS_RULE_L2_RUNS, NS_CHECK_VIOLATED, 1);

	begin(&p); /* what L0 handles needs no entry, nor does another vCPU */
	l2_exit(&p, 0, NS_TRAP_EMULATED);
	l2_exit(&p, 0, NS_TRAP_FORWARDED);
	l2_exit(&p, 1, NS_TRAP_EMULATED);
	l2_enter(&p, 0);
	fault(&p, 0, CTX_A, NS_CAUSE_COLD, 0, PAGE);
	l2_exit(&p, 0, NS_TRAP_EMULATED);
	play_expect(&p, NS_RULE_L2_RUNS, NS_CHECK_OK, 0);

	begin(&p); /* the fault that the exit was, told after it */
	l2_enter(&p, 0);
	l2_exit(&p, 0, NS_TRAP_FORWARDED);
	p.ts -= 900;
	fault(&p, 0, CTX_A, NS_CAUSE_FORWARD, 0, PAGE);
	play_expect(&p, NS_RULE_L2_RUNS, NS_CHECK_OK, 0);
}

/* ---- judging ---- */

static void broken(struct play *p)
{
	begin(p);
	ctx(p, 0, CTX_A, NS_CTX_FREE, 0, NONE);
	ctx(p, 1, CTX_A, NS_CTX_FREE, 1, NONE);
	at(p, 0, NS_PATH_SLOW_COLD, NS_ATOP_S1E1R, 0x1000, PAR_OK, PAR_OK);
}

static void test_loss(void **state)
{
	const struct ns_check_result *r;
	struct play p;

	(void)state;
	broken(&p); /* may be an artefact; one event is not */
	p.meta.ledger[NS_EV_S2_CTX].ring_full = 3;
	p.meta.ledger[NS_EV_AT_OP].ring_full = 3;
	r = play_judge(&p, NS_RULE_CTX_UNIQUE);
	assert_int_equal(r->state, NS_CHECK_INCONCLUSIVE);
	assert_non_null(strstr(r->reason, "3 of its events were lost"));
	assert_int_equal(ns_check_result(p.c, NS_RULE_AT_FAST)->state, NS_CHECK_VIOLATED);
	/* no violation, but not good either */
	assert_int_equal(ns_check_result(p.c, NS_RULE_AT_PAR)->state, NS_CHECK_INCONCLUSIVE);
	assert_int_equal(ns_check_verdict(p.c), NS_EXIT_FAIL);
	play_end(&p);

	broken(&p); /* missed: those that were seen may be known in part */
	p.meta.ledger[NS_EV_AT_OP].missed = 3;
	r = play_judge(&p, NS_RULE_AT_FAST);
	assert_int_equal(r->state, NS_CHECK_INCONCLUSIVE);
	assert_non_null(strstr(r->reason, "3 of its events were lost, or are known in part"));
	play_end(&p);

	broken(&p); /* losing other events does not matter */
	p.meta.ledger[NS_EV_EL2_TRAP].ring_full = 3;
	p.meta.ledger[NS_EV_EL2_TRAP].missed = 3;
	play_expect(&p, NS_RULE_CTX_UNIQUE, NS_CHECK_VIOLATED, 1);

	broken(&p); /* filtered: only if the filter matters */
	p.meta.ledger[NS_EV_S2_CTX].filtered = 3;
	play_expect(&p, NS_RULE_CTX_UNIQUE, NS_CHECK_INCONCLUSIVE, 1);
	broken(&p);
	p.meta.ledger[NS_EV_S2_CTX].filtered = 3;
	p.in.filters_harmless = true;
	play_expect(&p, NS_RULE_CTX_UNIQUE, NS_CHECK_VIOLATED, 1);

	begin(&p);
	ctx(&p, 0, CTX_A, NS_CTX_FREE, 0, NONE);
	p.in.cut = true;
	play_judge(&p, NS_RULE_CTX_UNIQUE);
	assert_int_equal(ns_check_verdict(p.c), NS_EXIT_INCONCLUSIVE);
	play_end(&p);
}

static void test_not_checked(void **state)
{
	struct play p;

	(void)state;
	begin(&p); /* nothing at all is not good */
	play_judge(&p, NS_RULE_AT_FAST);
	assert_int_equal(ns_check_verdict(p.c), NS_EXIT_INCONCLUSIVE);
	play_end(&p);

	broken(&p); /* the kernel does not provide it */
	p.meta.provider[NS_EV_S2_CTX].state = NS_STATE_OFF;
	strcpy(p.meta.provider[NS_EV_S2_CTX].note, "no such function");
	assert_non_null(strstr(play_judge(&p, NS_RULE_CTX_UNIQUE)->reason, "s2.ctx: no such function"));
	assert_int_equal(ns_check_result(p.c, NS_RULE_CTX_UNIQUE)->state, NS_CHECK_NOT_CHECKED);
	play_end(&p);

	begin(&p);
	p.opts.one_vcpu = true;
	at(&p, 0, NS_PATH_FAST, NS_ATOP_S1E1R, 0x1000, PAR_OK, PAR_OK);
	ctx(&p, 0, CTX_A, NS_CTX_FREE, 0, NONE);
	assert_int_equal(play_judge(&p, NS_RULE_CTX_UNIQUE)->state, NS_CHECK_NOT_CHECKED);
	assert_int_equal(ns_check_result(p.c, NS_RULE_AT_FAST)->state, NS_CHECK_OK);
	assert_int_equal(ns_check_verdict(p.c), NS_EXIT_OK);
	play_end(&p);

	begin(&p); /* a rule that was asked for by name */
	p.opts.rules = 1ULL << NS_RULE_AT_FAST | 1ULL << NS_RULE_AT_RETRY;
	at(&p, 0, NS_PATH_FAST, NS_ATOP_S1E1R, 0x1000, PAR_OK, PAR_OK);
	play_judge(&p, NS_RULE_AT_FAST);
	assert_null(ns_check_result(p.c, NS_RULE_STUCK));
	assert_int_equal(ns_check_verdict(p.c), NS_EXIT_INCONCLUSIVE);
	play_end(&p);
}

static void test_rules_parse(void **state)
{
	uint64_t mask;
	char *bad;

	(void)state;
	assert_int_equal(ns_rules_parse("at,stuck", &mask, &bad), 0);
	assert_int_equal(mask, 1ULL << NS_RULE_AT_FAST | 1ULL << NS_RULE_AT_PAR |
				       1ULL << NS_RULE_AT_RETRY | 1ULL << NS_RULE_STUCK);
	assert_int_equal(ns_rules_parse("mmio-gen,at-", &mask, &bad), -EINVAL);
	assert_string_equal(bad, "at-");
	free(bad);
	assert_int_equal(ns_rules_parse("", &mask, &bad), -EINVAL);
	free(bad);
}

static bool harmless(const char *cmdline)
{
	return cmdline[0] != 0;
}

/* More violations than are kept; proofs from a second reading. */
static void test_recording(void **state)
{
	enum { N = 1000 };
	static struct ns_event ev[N];
	const struct ns_check_select sel = { .vcpu = -1 };
	const struct ns_check_opts opts = { 0 };
	const char *path = test_path("check.nsr");
	const struct ns_check_result *r;
	struct ns_error err = { 0 };
	struct ns_check *c;
	struct play p = { 0 };
	struct ns_model m;
	char *warning;

	(void)state;
	for (unsigned int i = 0; i < N; i++) {
		ev[i] = make(&p, NS_EV_AT_OP, 0, 0, i < 10 ? NS_PATH_RETRY : NS_PATH_SLOW_COLD);
		ev[i].field[NS_AT_OP_VA] = i;
		ev[i].field[NS_AT_OP_PAR_FAST] = 0;
	}
	test_record(path, ev, N, 100);
	ns_model_init(&m);
	assert_int_equal(ns_check_recording(&c, path, &opts, &sel, harmless, &m, &warning, &err),
			 0);
	assert_null(warning);
	r = ns_check_result(c, NS_RULE_AT_FAST);
	assert_int_equal(r->checked, N - 10);
	assert_int_equal(r->violations, N - 10);
	assert_int_equal(r->nr_kept, NS_CHECK_KEPT);
	for (unsigned int i = 0; i < r->nr_kept; i++) {
		assert_true(r->kept[i].proof[0].held);
		assert_int_equal(r->kept[i].proof[0].id, i + 11);
		assert_int_equal(r->kept[i].proof[0].ev.field[NS_AT_OP_VA], i + 10);
	}
	r = ns_check_result(c, NS_RULE_AT_RETRY);
	assert_int_equal(r->violations, 10);
	for (unsigned int i = 0; i < 10; i++)
		for (unsigned int k = 0; k < 2; k++) {
			assert_int_equal(r->kept[i].proof[k].id, i + k + 1);
			assert_true(r->kept[i].proof[k].held);
			assert_int_equal(r->kept[i].proof[k].ev.field[NS_AT_OP_VA], i + k);
		}
	assert_int_equal(ns_check_verdict(c), NS_EXIT_FAIL);
	assert_string_equal(m.host.machine, "aarch64");
	ns_check_close(c);
	ns_model_free(&m);
}

/* A VM's name can come after its events: they are of the chosen VMM all the same. */
static void test_late_name(void **state)
{
	const struct ns_check_select sel = { .pid = 77, .vcpu = -1 };
	const struct ns_vm_key key = { .start_ns = 1, .pid = 77 };
	const struct ns_vm vm = { .id = 9, .comm = "late" };
	const struct ns_check_opts opts = { 0 };
	const char *path = test_path("late-name.nsr");
	struct ns_error err = { 0 };
	struct ns_check *c;
	struct play p = { 0 };
	struct ns_event ev = make(&p, NS_EV_AT_OP, 0, 0, NS_PATH_SLOW_COLD);
	struct ns_writer *w;
	struct ns_model m;
	char *warning;

	(void)state;
	ev.vm = 9;
	assert_int_equal(ns_synth_meta(&m), 0);
	assert_int_equal(ns_writer_open(&w, path, &m, "record", &err), 0);
	assert_int_equal(ns_writer_event(w, &ev, &err), 0);
	assert_int_equal(ns_writer_flush(w, &m, &err), 0);
	assert_int_equal(ns_model_add_vm(&m, &key, &vm), 0);
	assert_int_equal(ns_writer_event(w, &ev, &err), 0);
	assert_int_equal(ns_writer_close(w, &m, &err), 0);
	ns_model_free(&m);
	ns_model_init(&m);
	assert_int_equal(ns_check_recording(&c, path, &opts, &sel, harmless, &m, &warning, &err),
			 0);
	assert_int_equal(ns_check_events(c), 2);
	ns_check_close(c);
	ns_model_free(&m);
	free(warning);
}

/* Anything that is valid at all, and what is not: no rule may trip over it. */
static void test_noise(void **state)
{
	struct ns_synth s;
	struct ns_event ev;
	struct play p;

	(void)state;
	begin(&p);
	ns_synth_init(&s, 9);
	for (unsigned int i = 0; i < 200000; i++) {
		ns_synth_noise(&s, &ev);
		if (i % 3)
			ev.vm = (uint16_t)(i % 3);
		if (i % 5)
			ev.ctx = (uint16_t)(i % 9);
		if (i % 7)
			ev.vcpu = (uint16_t)(i % 7);
		if (!(i % 11))
			ev.event = 0xff;
		feed(&p, ev);
	}
	play_judge(&p, NS_RULE_STUCK);
	assert_int_equal(ns_check_verdict(p.c), NS_EXIT_FAIL);
	play_end(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_unique),
		cmocka_unit_test(test_unique_without_slots),
		cmocka_unit_test(test_ran),
		cmocka_unit_test(test_vmid_unmap),
		cmocka_unit_test(test_vmid_fault),
		cmocka_unit_test(test_at_fast),
		cmocka_unit_test(test_at_par),
		cmocka_unit_test(test_at_retry),
		cmocka_unit_test(test_mmio_gen),
		cmocka_unit_test(test_mmio_stale),
		cmocka_unit_test(test_mmio_stale_legal),
		cmocka_unit_test(test_stuck),
		cmocka_unit_test(test_stuck_legal),
		cmocka_unit_test(test_class), cmocka_unit_test(test_l2_runs),
		cmocka_unit_test(test_loss),
		cmocka_unit_test(test_not_checked),
		cmocka_unit_test(test_rules_parse),
		cmocka_unit_test(test_recording),
		cmocka_unit_test(test_late_name),
		cmocka_unit_test(test_noise),
	};

	return cmocka_run_group_tests_name("check", tests, NULL, NULL);
}
