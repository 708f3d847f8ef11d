// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_page.c: what a page is made of: slots that widen, tenures of contexts, pages
 * that unmaps drop and faults bring back, the bill; and all of it from any recording.
 */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "catalogue.h"
#include "files.h"
#include "page.h"
#include "synth.h"

/* The generator's upper bits; every run is the same. */
static uint32_t next(struct ns_synth *s)
{
	return (uint32_t)(ns_synth_random(s) >> 40);
}

/* ---- the course ---- */

static void course_keeps_every_event(void **state)
{
	struct ns_event ev = { .event = NS_EV_S2_FAULT, .nr_fields = 1 };
	uint64_t n = 0, ns = 0, all, times[3] = { 0 };
	struct ns_course c;
	struct ns_synth rng;

	ns_synth_init(&rng, 1);
	assert_int_equal(ns_course_init(&c, 1000), 0);
	for (ev.ts = 900; n < 20000; n++) {
		ev.ts += next(&rng) % 1000 * (n % 100 ? 1 : 5000);
		ev.dim = n % 3;
		ev.field[0] = next(&rng) % 50;
		ns += ev.field[0];
		times[ev.dim]++;
		ns_course_add(&c, &ev);
	}
	assert_in_range(c.nr, NS_COURSE_SLOTS / 2, NS_COURSE_SLOTS);
	assert_int_equal((ev.ts - 1000) / c.width_ns, c.nr - 1);
	for (unsigned int d = 0; d < 3; d++) {
		all = 0;
		for (unsigned int i = 0; i < NS_COURSE_SLOTS; i++)
			all += ns_course_count(&c, NS_EV_S2_FAULT, (int)d, i);
		assert_int_equal(all, times[d]);
	}
	all = 0;
	for (unsigned int i = 0; i < NS_COURSE_SLOTS; i++) {
		n -= ns_course_count(&c, NS_EV_S2_FAULT, NS_ANY, i);
		all += ns_course_ns(&c, NS_EV_S2_FAULT, i);
		assert_int_equal(ns_course_count(&c, NS_EV_S2_CTX, NS_ANY, i), 0);
	}
	assert_int_equal(n, 0);
	assert_int_equal(all, ns);
	ns_course_free(&c);
}

static void course_puts_events_where_they_belong(void **state)
{
	struct ns_event ev = { .event = NS_EV_EL2_ERET, .dim = NS_WHO_L2 };
	struct ns_course c;

	assert_int_equal(ns_course_init(&c, 0), 0);
	for (ev.ts = 0; ev.ts < 8ULL * NS_COURSE_SLOTS * NS_COURSE_FIRST_NS;
	     ev.ts += NS_COURSE_FIRST_NS)
		ns_course_add(&c, &ev);
	assert_int_equal(c.width_ns, 8 * NS_COURSE_FIRST_NS);
	for (unsigned int i = 0; i < NS_COURSE_SLOTS; i++)
		assert_int_equal(ns_course_count(&c, NS_EV_EL2_ERET, NS_WHO_L2, i), 8);
	/* one that is not of the catalogue is nobody's */
	ev.dim = 250;
	ns_course_add(&c, &ev);
	ev.event = NS_NR_EVENTS;
	ns_course_add(&c, &ev);
	assert_int_equal(ns_course_count(&c, NS_EV_EL2_ERET, NS_ANY, 0), 8);
	/* and a time beyond all measure does not take for ever */
	ev = (struct ns_event){ .event = NS_EV_EL2_ERET, .ts = ~0ULL };
	ns_course_add(&c, &ev);
	assert_in_range(c.nr, NS_COURSE_SLOTS / 2, NS_COURSE_SLOTS);
	ns_course_free(&c);
}

/* ---- tenures ---- */

static void look_up(struct ns_pool *p, struct ns_tenures *t, uint64_t ts, unsigned int ctx,
		    unsigned int dim, unsigned int victim, unsigned int slot)
{
	struct ns_event ev = { .ts = ts,
			       .vm = 1,
			       .ctx = (uint16_t)ctx,
			       .event = NS_EV_S2_CTX,
			       .dim = (uint8_t)dim,
			       .nr_fields = NS_S2_CTX_NR_FIELDS };

	ev.field[NS_S2_CTX_VTTBR] = ctx;
	ev.field[NS_S2_CTX_OLD_VTTBR] = victim;
	ev.field[NS_S2_CTX_SLOT] = slot;
	ns_pool_add(p, &ev);
	ns_tenures_add(t, p, &ev);
}

static void tenures_are_who_and_when(void **state)
{
	struct ns_pool *p = calloc(1, sizeof(*p));
	struct ns_tenures t;

	assert_non_null(p);
	assert_int_equal(ns_tenures_init(&t), 0);
	look_up(p, &t, 100, 1, NS_CTX_HIT, 0, 0); /* it was there before */
	look_up(p, &t, 200, 2, NS_CTX_FREE, 0, 1);
	look_up(p, &t, 300, 1, NS_CTX_HIT, 0, 0);
	look_up(p, &t, 400, 3, NS_CTX_EVICT, 1, 0);
	look_up(p, &t, 500, 1, NS_CTX_EVICT, 2, 1);
	ns_tenures_finish(&t);
	assert_int_equal(t.nr, 4);
	assert_int_equal(t.grain_ns, 0);
	assert_true(t.tenure[0].ctx == 1 && t.tenure[0].before && t.tenure[0].end == 400 &&
		    t.tenure[0].evicted == 1 && t.tenure[0].by == 3);
	assert_true(t.tenure[1].ctx == 2 && t.tenure[1].start == 200 && t.tenure[1].end == 500 &&
		    t.tenure[1].by == 1 && !t.tenure[1].before);
	assert_true(t.tenure[2].end == 0 && t.tenure[3].end == 0);
	ns_tenures_free(&t);
	free(p);
}

/* Whatever comes, no eviction is forgotten and there is always room. */
static void tenures_stay_bounded(void **state)
{
	struct ns_pool *p = calloc(1, sizeof(*p));
	unsigned int owner[8], ctx, slot, n = 60000;
	uint64_t evicted = 0, ts = 1000;
	struct ns_tenures t;
	struct ns_synth rng;

	ns_synth_init(&rng, 7);
	assert_non_null(p);
	assert_int_equal(ns_tenures_init(&t), 0);
	for (slot = 0; slot < 8; slot++) {
		owner[slot] = slot + 1;
		look_up(p, &t, ts += 10, owner[slot], NS_CTX_FREE, 0, slot);
	}
	for (unsigned int i = 0; i < n; i++) {
		slot = next(&rng) % 8;
		do
			ctx = 1 + next(&rng) % (NS_MAX_CTXS - 1);
		while (p->ctx[ctx].live);
		look_up(p, &t, ts += 10 + next(&rng) % 500, ctx, NS_CTX_EVICT, owner[slot], slot);
		owner[slot] = ctx;
	}
	ns_tenures_finish(&t);
	assert_in_range(t.nr, 9, NS_TENURES_MAX);
	assert_true(t.grain_ns > 0);
	for (unsigned int i = 0; i < t.nr; i++) {
		evicted += t.tenure[i].evicted;
		assert_true(!t.tenure[i].end || t.tenure[i].start <= t.tenure[i].end);
	}
	assert_int_equal(evicted, n);
	ns_tenures_free(&t);
	free(p);
}

/* ---- pages that go and come back ---- */

#define SPACE 4096 /* pages of the model's address space: 16 MiB, eight blocks */

static int map(struct ns_mapped *m, unsigned int ctx, uint64_t ipa, uint64_t size,
	       unsigned int cause)
{
	struct ns_event ev = { .ctx = (uint16_t)ctx,
			       .event = NS_EV_S2_FAULT,
			       .dim = (uint8_t)cause,
			       .nr_fields = NS_S2_FAULT_NR_FIELDS };

	ev.field[NS_S2_FAULT_L2_IPA] = ipa;
	ev.field[NS_S2_FAULT_MAP_SIZE] = size;
	ev.field[NS_S2_FAULT_OUTCOME] = NS_OUTCOME_MAP;
	return ns_mapped_add(m, &ev);
}

static void unmap(struct ns_mapped *m, unsigned int ctx, uint64_t start, uint64_t size,
		  unsigned int why)
{
	struct ns_event ev = { .ctx = (uint16_t)ctx,
			       .event = NS_EV_S2_UNMAP,
			       .dim = (uint8_t)why,
			       .nr_fields = NS_S2_UNMAP_NR_FIELDS };

	ev.field[NS_S2_UNMAP_START] = start;
	ev.field[NS_S2_UNMAP_SIZE] = size;
	assert_int_equal(ns_mapped_add(m, &ev), 0);
}

/* Against a table with a flag for every page. */
static void mapped_counts_pages(void **state)
{
	static bool there[3][SPACE];
	static const uint64_t sizes[] = { 4096, 4096, 4096, 65536, 2 << 20, 4 << 20 };
	uint64_t dropped = 0, back = 0, base = 0x40000000;
	struct ns_mapped m = { 0 };
	struct ns_synth rng;

	ns_synth_init(&rng, 3);
	for (unsigned int i = 0; i < 40000; i++) {
		unsigned int ctx = next(&rng) % 3, page = next(&rng) % SPACE;
		uint64_t size = sizes[next(&rng) % 6] >> 12, first = page & ~(size - 1);

		if (next(&rng) % 3) {
			assert_int_equal(map(&m, ctx + 1, base + page * 4096ULL, size << 12,
					     NS_CAUSE_NOTIFIER),
					 0);
		} else {
			first = page; /* a range need not be aligned to its size */
			size = next(&rng) % 50 ? 1 + next(&rng) % 700 : SPACE;
			unmap(&m, ctx + 1, size == SPACE ? 0 : base + first * 4096,
			      size == SPACE ? 1ULL << 48 : size << 12, NS_UNMAP_NOTIFIER);
			first = size == SPACE ? 0 : first;
			for (uint64_t k = first; k < first + size && k < SPACE; k++) {
				dropped += there[ctx][k];
				there[ctx][k] = false;
			}
			assert_int_equal(m.dropped[NS_UNMAP_NOTIFIER], dropped);
			continue;
		}
		for (uint64_t k = first; k < first + size; k++) {
			back += !there[ctx][k];
			there[ctx][k] = true;
		}
		assert_int_equal(m.back[NS_CAUSE_NOTIFIER], back);
	}
	assert_int_equal(m.not_told, 0);
	assert_int_equal(m.left_out, 0);
	ns_mapped_free(&m);
}

static void mapped_says_what_it_was_not_told(void **state)
{
	struct ns_mapped m = { 0 };

	map(&m, 1, NS_UNAVAILABLE, 4096, NS_CAUSE_COLD);
	map(&m, 1, 0x1000, NS_UNAVAILABLE, NS_CAUSE_COLD);
	map(&m, 0, 0x1000, 4096, NS_CAUSE_COLD);
	unmap(&m, 1, NS_UNAVAILABLE, 4096, NS_UNMAP_VM);
	assert_int_equal(m.not_told, 4);
	unmap(&m, 1, ~0ULL - 4095, ~0ULL >> 1, NS_UNMAP_VM); /* beyond the end of all */
	assert_int_equal(m.dropped[NS_UNMAP_VM], 0);
	ns_mapped_free(&m);
}

/* More blocks than there is room for are counted, and room comes back. */
static void mapped_stays_bounded(void **state)
{
	struct ns_mapped m = { 0 };
	uint64_t n = NS_MAPPED_BLOCKS + 100;

	for (uint64_t i = 0; i < n; i++)
		assert_int_equal(map(&m, 1, i << 21, 4096, NS_CAUSE_COLD), 0);
	assert_int_equal(m.left_out, 100);
	unmap(&m, 1, 0, 1ULL << 52, NS_UNMAP_NOTIFIER);
	assert_int_equal(m.dropped[NS_UNMAP_NOTIFIER], NS_MAPPED_BLOCKS);
	for (uint64_t i = 0; i < NS_MAPPED_BLOCKS; i++)
		assert_int_equal(map(&m, 2, i << 21, 2 << 20, NS_CAUSE_EVICT), 0);
	assert_int_equal(m.left_out, 100);
	assert_int_equal(m.back[NS_CAUSE_EVICT], NS_MAPPED_BLOCKS * 512ULL);
	ns_mapped_free(&m);
}

/* ---- the bill ---- */

static const struct ns_bill_kind *kind_of(int event, int dim)
{
	for (unsigned int i = 0; i < NS_BILL_KINDS; i++)
		if (ns_bill_kinds[i].event == event && ns_bill_kinds[i].dim == dim)
			return &ns_bill_kinds[i];
	return NULL;
}

static void bill_of_what_is_known(void **state)
{
	const struct ns_bill_kind *k = kind_of(NS_EV_S2_TLBI, NS_TLBI_IPAS2E1);
	struct ns_event tlbi = { .vm = 1,
				 .event = NS_EV_S2_TLBI,
				 .dim = NS_TLBI_IPAS2E1,
				 .nr_fields = NS_S2_TLBI_NR_FIELDS };
	struct ns_event fault = { .vm = 1,
				  .event = NS_EV_S2_FAULT,
				  .dim = NS_CAUSE_TLBI_IPAS2E1,
				  .nr_fields = NS_S2_FAULT_NR_FIELDS };
	struct ns_detail *d = calloc(1, sizeof(*d));
	struct ns_mapped pages = { 0 };
	struct ns_model m;
	struct ns_bill b;

	assert_non_null(d);
	assert_int_equal(ns_synth_meta(&m), 0);
	tlbi.field[NS_S2_TLBI_DUR] = 1000;
	tlbi.field[NS_S2_TLBI_ASKED] = 4096;
	tlbi.field[NS_S2_TLBI_APPLIED] = 1 << 20;
	fault.field[NS_S2_FAULT_DUR] = 500;
	assert_int_equal(ns_detail_init(d), 0);
	for (int i = 0; i < 4; i++) {
		assert_int_equal(ns_model_add_event(&m, &tlbi), 0);
		assert_int_equal(ns_detail_add(d, &tlbi), 0);
		assert_int_equal(ns_model_add_event(&m, &fault), 0);
		assert_int_equal(ns_model_add_event(&m, &fault), 0);
	}
	pages.dropped[NS_UNMAP_TLBI_IPAS2E1] = 1024;
	assert_int_equal(ns_bill_of(&b, k, ~0ULL, &m, d, &pages), 0);
	assert_true(b.count == 4 && b.ns == 4000 && b.refaults == 8 && b.refault_ns == 4000);
	assert_true(b.each_ns == 2000 && b.asked == 4096 && b.applied == 1 << 20);
	assert_true(b.dropped == 1024 && b.back == 0 && b.unmaps == 0);
	/* what is not provided, left out, filtered or lost is unavailable, and not 0 */
	m.ledger[NS_EV_S2_FAULT].filtered = 1;
	assert_int_equal(ns_bill_of(&b, k, ~0ULL, &m, d, &pages), 0);
	assert_true(b.dropped == NS_UNAVAILABLE && b.back == NS_UNAVAILABLE && b.refaults == 8);
	m.ledger[NS_EV_S2_FAULT].filtered = 0;
	m.ledger[NS_EV_S2_UNMAP].ring_full = 1;
	assert_int_equal(ns_bill_of(&b, k, ~0ULL, &m, d, &pages), 0);
	assert_true(b.dropped == NS_UNAVAILABLE);
	m.ledger[NS_EV_S2_UNMAP].ring_full = 0;
	assert_int_equal(ns_bill_of(&b, k, ~(1ULL << NS_EV_S2_FAULT), &m, d, &pages), 0);
	assert_true(b.refaults == NS_UNAVAILABLE && b.each_ns == NS_UNAVAILABLE && b.count == 4);
	m.provider[NS_EV_S2_TLBI].state = NS_STATE_OFF;
	assert_int_equal(ns_bill_of(&b, k, ~0ULL, &m, d, &pages), 0);
	assert_true(b.count == NS_UNAVAILABLE && b.each_ns == NS_UNAVAILABLE && b.refaults == 8);
	ns_detail_free(d);
	free(d);
	ns_model_free(&m);
}

/* ---- a whole page ---- */

/* Any events that a recording can hold, in any order and at any time. */
static void page_of_noise(void **state)
{
	struct ns_event *ev = calloc(20000, sizeof(*ev));
	struct ns_page_opts o = { .events = ~0ULL, .slowest = 10, .context = 4 };
	struct ns_page *p = malloc(sizeof(*p));
	const char *path = test_path("noise.nsr");
	struct ns_error err = { 0 };
	struct ns_synth s;
	uint64_t n = 0;

	assert_true(ev && p);
	ns_synth_init(&s, 5);
	for (unsigned int i = 0; i < 20000; i++)
		ns_synth_noise(&s, &ev[i]);
	test_record(path, ev, 20000, 0);
	assert_int_equal(ns_page_load(p, path, &o, &err), 0);
	for (unsigned int e = 0; e < NS_NR_EVENTS; e++)
		for (unsigned int i = 0; i < p->course.nr; i++)
			n += ns_course_count(&p->course, e, NS_ANY, i);
	assert_int_equal(n, 20000);
	assert_int_equal(p->slowest.nr, 10);
	ns_page_free(p);
	assert_true(ns_page_load(p, test_path("none.nsr"), &o, &err) < 0);
	assert_int_equal(err.code, NS_EXIT_USAGE);
	ns_page_free(p);
	free(p);
	free(ev);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(course_keeps_every_event),
		cmocka_unit_test(course_puts_events_where_they_belong),
		cmocka_unit_test(tenures_are_who_and_when),
		cmocka_unit_test(tenures_stay_bounded),
		cmocka_unit_test(mapped_counts_pages),
		cmocka_unit_test(mapped_says_what_it_was_not_told),
		cmocka_unit_test(mapped_stays_bounded),
		cmocka_unit_test(bill_of_what_is_known),
		cmocka_unit_test(page_of_noise),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
