// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_check_rtt.c: the rules about realms on synthetic sequences: for each one
 * that breaks it and ones that come close and are legal.
 */
#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "catalogue.h"
#include "check.h"
#include "play.h"
#include "realm.h"
#include "synth.h"

#define MAP2 (2ULL << 20)
#define MAP1 (1ULL << 30)
#define UNPROTECTED (1ULL << 35)
#define GRANULE 0x80000000ULL

struct realm_play {
	struct play play;
	struct realm r;
	int drop; /* this event is not fed; then -1 */
	uint64_t l1, l2, l3;
};

static void feed(void *arg, const struct ns_event *ev)
{
	struct realm_play *p = arg;

	if (p->drop == ev->event) {
		p->drop = -1;
		p->play.id++;
		return;
	}
	play_feed(&p->play, ev);
}

static void begin(struct realm_play *p)
{
	play_begin(&p->play);
	p->drop = -1;
	realm_init(&p->r, 1, GRANULE);
	p->r.emit = feed;
	p->r.arg = p;
}

/* A realm with a table of each level at 0, and a page of data. */
static uint64_t build(struct realm_play *p)
{
	begin(p);
	realm_create(&p->r);
	p->l1 = realm_table(&p->r, 0, 1);
	p->l2 = realm_table(&p->r, 0, 2);
	p->l3 = realm_table(&p->r, 0, 3);
	return realm_data(&p->r, 0);
}

static void tables_down(struct realm_play *p)
{
	realm_drop_table(&p->r, 0, 3, p->l3);
	realm_drop_table(&p->r, 0, 2, p->l2);
	realm_drop_table(&p->r, 0, 1, p->l1);
}

/* ---- rtt-empty ---- */

#define EMPTY NS_RULE_RTT_EMPTY

static void test_empty(void **state)
{
	struct realm_play p;
	uint64_t pa;

	(void)state;
	pa = build(&p); /* all goes in the right order */
	realm_drop_data(&p.r, 0, pa);
	tables_down(&p);
	play_expect(&p.play, EMPTY, NS_CHECK_OK, 0);

	build(&p); /* data is still mapped */
	realm_drop_table(&p.r, 0, 3, p.l3);
	play_expect_text(&p.play, EMPTY, "level 3 of realm 0x80000000 destroyed with 1 live", 3);

	pa = build(&p); /* a table is below it */
	realm_drop_data(&p.r, 0, pa);
	realm_drop_table(&p.r, 0, 2, p.l2);
	play_expect_text(&p.play, EMPTY, "level 2 of realm 0x80000000 destroyed with 1 live", 3);

	pa = build(&p); /* it was destroyed before */
	realm_drop_data(&p.r, 0, pa);
	realm_drop_table(&p.r, 0, 3, p.l3);
	realm_drop_table(&p.r, 0, 3, p.l3);
	play_expect_text(&p.play, EMPTY, "destroyed where there was none", 2);

	build(&p); /* the RMM refuses: nothing happened */
	p.r.status = 4;
	realm_call(&p.r, NS_RMI_RTT_DESTROY, 0, 3, 0, 0);
	realm_op(&p.r, NS_RTT_OP_DESTROY, 0, 3, 0);
	play_expect(&p.play, EMPTY, NS_CHECK_NOT_CHECKED, 0);

	begin(&p); /* a table whose creation was not seen may hold anything */
	realm_drop_table(&p.r, 0, 3, GRANULE);
	play_expect(&p.play, EMPTY, NS_CHECK_NOT_CHECKED, 0);

	build(&p); /* unprotected mappings are not live */
	realm_table(&p.r, UNPROTECTED, 2);
	realm_ns(&p.r, UNPROTECTED, 2);
	realm_ns(&p.r, UNPROTECTED + MAP2, 2);
	realm_drop_ns(&p.r, UNPROTECTED, 2);
	realm_drop_table(&p.r, UNPROTECTED, 2, GRANULE);
	play_expect(&p.play, EMPTY, NS_CHECK_OK, 0);

	pa = build(&p); /* another realm with the same descriptor begins anew */
	realm_call(&p.r, NS_RMI_REALM_CREATE, 0, 0, 0, 0);
	p.l1 = realm_table(&p.r, 0, 1);
	p.l2 = realm_table(&p.r, 0, 2);
	realm_drop_table(&p.r, 0, 2, p.l2);
	play_expect(&p.play, EMPTY, NS_CHECK_OK, 0);
}

/* 512 pages become a block, and a table again. */
static void test_fold(void **state)
{
	uint64_t pa[512];
	struct realm_play p;

	(void)state;
	pa[0] = build(&p);
	for (unsigned int i = 1; i < 512; i++)
		pa[i] = realm_data(&p.r, i * 4096);
	realm_fold(&p.r, 0, 3, p.l3);
	p.l3 = realm_unfold(&p.r, 0, 3);
	for (unsigned int i = 0; i < 512; i++)
		realm_drop_data(&p.r, i * 4096, pa[i]);
	tables_down(&p);
	play_expect(&p.play, EMPTY, NS_CHECK_OK, 0);

	pa[0] = build(&p); /* a block is live in the table above */
	for (unsigned int i = 1; i < 512; i++)
		pa[i] = realm_data(&p.r, i * 4096);
	realm_fold(&p.r, 0, 3, p.l3);
	realm_drop_table(&p.r, 0, 2, p.l2);
	play_expect(&p.play, EMPTY, NS_CHECK_VIOLATED, 1);

	pa[0] = build(&p); /* unfolded, and one page less than all go */
	for (unsigned int i = 1; i < 512; i++)
		pa[i] = realm_data(&p.r, i * 4096);
	realm_fold(&p.r, 0, 3, p.l3);
	p.l3 = realm_unfold(&p.r, 0, 3);
	for (unsigned int i = 1; i < 512; i++)
		realm_drop_data(&p.r, i * 4096, pa[i]);
	realm_drop_table(&p.r, 0, 3, p.l3);
	play_expect_text(&p.play, EMPTY, "destroyed with 1 live", 2);

	build(&p); /* neither full nor empty */
	realm_fold(&p.r, 0, 3, p.l3);
	play_expect_text(&p.play, EMPTY, "folded with 1 live entries of 512", 3);

	pa[0] = build(&p); /* empty: it is not live any more */
	realm_drop_data(&p.r, 0, pa[0]);
	realm_fold(&p.r, 0, 3, p.l3);
	realm_drop_table(&p.r, 0, 2, p.l2);
	play_expect(&p.play, EMPTY, NS_CHECK_OK, 0);

	build(&p); /* 512 unprotected pages become a block that holds nothing alive */
	p.l2 = realm_table(&p.r, UNPROTECTED, 2);
	p.l3 = realm_table(&p.r, UNPROTECTED, 3);
	for (unsigned int i = 0; i < 512; i++)
		realm_ns(&p.r, UNPROTECTED + i * 4096, 3);
	realm_fold(&p.r, UNPROTECTED, 3, p.l3);
	p.l3 = realm_unfold(&p.r, UNPROTECTED, 3);
	realm_drop_table(&p.r, UNPROTECTED, 3, p.l3);
	realm_drop_table(&p.r, UNPROTECTED, 2, p.l2);
	play_expect(&p.play, EMPTY, NS_CHECK_OK, 0);

	build(&p); /* the table that the unprotected block became is live */
	p.l2 = realm_table(&p.r, UNPROTECTED, 2);
	realm_ns(&p.r, UNPROTECTED, 2);
	p.l3 = realm_unfold(&p.r, UNPROTECTED, 3);
	realm_drop_table(&p.r, UNPROTECTED, 2, p.l2);
	play_expect(&p.play, EMPTY, NS_CHECK_VIOLATED, 1);
}

/* ---- rtt-granule ---- */

#define GRANULES NS_RULE_RTT_GRANULE

static void test_granule(void **state)
{
	struct realm_play p;
	uint64_t pa;

	(void)state;
	pa = build(&p); /* all came back */
	realm_drop_data(&p.r, 0, pa);
	tables_down(&p);
	realm_destroy(&p.r);
	p.play.meta.vms[0].ended = true;
	play_expect(&p.play, GRANULES, NS_CHECK_OK, 0);

	pa = build(&p); /* the data page did not */
	realm_call(&p.r, NS_RMI_DATA_DESTROY, 0, 0, 0, pa);
	realm_op(&p.r, NS_RTT_OP_UNMAP_DATA, 0, 3, pa);
	tables_down(&p);
	realm_destroy(&p.r);
	p.play.meta.vms[0].ended = true;
	play_expect_text(&p.play, GRANULES, "was delegated and never asked back", 1);

	pa = build(&p); /* the RMM refused, and nobody said so */
	realm_call(&p.r, NS_RMI_DATA_DESTROY, 0, 0, 0, pa);
	realm_op(&p.r, NS_RTT_OP_UNMAP_DATA, 0, 3, pa);
	p.r.status = 1;
	realm_undelegate(&p.r, pa);
	tables_down(&p);
	realm_destroy(&p.r);
	p.play.meta.vms[0].ended = true;
	play_expect_text(&p.play, GRANULES, "was not given back when it was asked for", 2);

	pa = build(&p); /* it was said */
	realm_call(&p.r, NS_RMI_DATA_DESTROY, 0, 0, 0, pa);
	realm_op(&p.r, NS_RTT_OP_UNMAP_DATA, 0, 3, pa);
	p.r.status = 1;
	realm_undelegate(&p.r, pa);
	realm_leak(&p.r, pa, NS_LEAK_UNDELEGATE);
	tables_down(&p);
	realm_destroy(&p.r);
	p.play.meta.vms[0].ended = true;
	play_expect(&p.play, GRANULES, NS_CHECK_OK, 0);

	build(&p); /* the VMM lives on: nothing is due */
	play_expect(&p.play, GRANULES, NS_CHECK_NOT_CHECKED, 0);

	build(&p); /* the rest was not recorded: nothing is due */
	p.play.meta.vms[0].ended = true;
	p.play.in.cut = true;
	play_expect(&p.play, GRANULES, NS_CHECK_INCONCLUSIVE, 0);

	pa = build(&p); /* what leaked is used again */
	realm_leak(&p.r, pa, NS_LEAK_NOT_DESTROYED);
	realm_call(&p.r, NS_RMI_GRANULE_DELEGATE, pa, 0, 0, 0);
	play_expect_text(&p.play, GRANULES, "leaked and is delegated again", 2);

	pa = build(&p); /* what was taken back is used again */
	realm_drop_data(&p.r, 0, pa);
	realm_call(&p.r, NS_RMI_GRANULE_DELEGATE, pa, 0, 0, 0);
	realm_call(&p.r, NS_RMI_GRANULE_UNDELEGATE, pa, 0, 0, 0);
	play_expect(&p.play, GRANULES, NS_CHECK_OK, 0);

	pa = build(&p); /* given up for no reason */
	realm_drop_data(&p.r, 0, pa);
	realm_leak(&p.r, pa, NS_LEAK_NOT_DESTROYED);
	play_expect_text(&p.play, GRANULES, "leaked although it was taken back", 2);

	pa = build(&p); /* the RMM says that it gave it back, and the host cannot read it */
	realm_drop_data(&p.r, 0, pa);
	realm_leak(&p.r, pa, NS_LEAK_UNDELEGATE);
	play_expect(&p.play, GRANULES, NS_CHECK_OK, 0);

	pa = build(&p); /* told twice */
	realm_leak(&p.r, pa, NS_LEAK_NOT_DESTROYED);
	realm_leak(&p.r, pa, NS_LEAK_NOT_DESTROYED);
	play_expect_text(&p.play, GRANULES, "leaked twice", 2);

	pa = build(&p); /* a page of the host's that may be mapped still */
	realm_drop_data(&p.r, 0, pa);
	realm_leak(&p.r, 0x1234000, NS_LEAK_PINNED);
	play_expect(&p.play, GRANULES, NS_CHECK_OK, 0);

	begin(&p); /* delegated before anybody looked */
	p.r.rd = GRANULE;
	realm_undelegate(&p.r, GRANULE + 0x5000);
	p.play.meta.vms[0].ended = true;
	play_expect(&p.play, GRANULES, NS_CHECK_NOT_CHECKED, 0);
}

/* ---- rtt-progress ---- */

#define PROGRESS NS_RULE_RTT_PROGRESS

static void test_progress(void **state)
{
	struct realm_play p;

	(void)state;
	begin(&p); /* down and up again */
	realm_teardown(&p.r, NS_TEARDOWN_RECURSED, 1, 0, 0);
	realm_teardown(&p.r, NS_TEARDOWN_DESTROYED, 2, 0, MAP1);
	realm_teardown(&p.r, NS_TEARDOWN_SKIPPED, 2, MAP1, 2 * MAP1);
	realm_teardown(&p.r, NS_TEARDOWN_DESTROYED, 1, 0, 512 * MAP1);
	realm_teardown(&p.r, NS_TEARDOWN_DONE, 1, 0, 512 * MAP1);
	p.play.meta.vms[0].ended = true;
	play_expect(&p.play, PROGRESS, NS_CHECK_OK, 0);

	begin(&p);
	realm_teardown(&p.r, NS_TEARDOWN_SKIPPED, 2, MAP1, MAP1);
	play_expect_text(&p.play, PROGRESS, "does not go on from here", 1);

	begin(&p); /* below it nothing went */
	realm_teardown(&p.r, NS_TEARDOWN_RECURSED, 1, 0, 0);
	realm_teardown(&p.r, NS_TEARDOWN_SKIPPED, 2, 0, 512 * MAP1);
	realm_teardown(&p.r, NS_TEARDOWN_RECURSED, 1, 0, 0);
	play_expect_text(&p.play, PROGRESS, "went below this table twice", 2);

	begin(&p); /* something went: it may be live still */
	realm_teardown(&p.r, NS_TEARDOWN_RECURSED, 1, 0, 0);
	realm_teardown(&p.r, NS_TEARDOWN_DESTROYED, 2, 0, MAP1);
	realm_teardown(&p.r, NS_TEARDOWN_RECURSED, 1, 0, 0);
	play_expect(&p.play, PROGRESS, NS_CHECK_OK, 0);

	begin(&p); /* the kernel gave up */
	realm_teardown(&p.r, NS_TEARDOWN_RECURSED, 1, 0, 0);
	realm_teardown(&p.r, NS_TEARDOWN_NO_PROGRESS, 1, 0, 0);
	play_expect_text(&p.play, PROGRESS, "made no progress", 2);

	begin(&p); /* given up for a reason, and tried again from the beginning */
	realm_teardown(&p.r, NS_TEARDOWN_RECURSED, 1, 0, 0);
	realm_teardown(&p.r, NS_TEARDOWN_BUSY, 2, 0, 0);
	realm_teardown(&p.r, NS_TEARDOWN_RECURSED, 1, 0, 0);
	realm_teardown(&p.r, NS_TEARDOWN_FAILED, 2, 0, 0);
	p.play.meta.vms[0].ended = true;
	play_expect(&p.play, PROGRESS, NS_CHECK_OK, 0);

	begin(&p); /* it just ends */
	realm_teardown(&p.r, NS_TEARDOWN_DESTROYED, 3, 0, MAP2);
	p.play.meta.vms[0].ended = true;
	play_expect_text(&p.play, PROGRESS, "neither finished nor given up", 1);

	begin(&p); /* it is under way */
	realm_teardown(&p.r, NS_TEARDOWN_DESTROYED, 3, 0, MAP2);
	play_expect(&p.play, PROGRESS, NS_CHECK_OK, 0);

	begin(&p); /* the rest was not recorded */
	realm_teardown(&p.r, NS_TEARDOWN_DESTROYED, 3, 0, MAP2);
	p.play.meta.vms[0].ended = true;
	p.play.in.cut = true;
	play_expect(&p.play, PROGRESS, NS_CHECK_INCONCLUSIVE, 0);
}

/* What was lost is not called good, and not called broken. */
static void test_lost(void **state)
{
	struct realm_play p;

	(void)state;
	build(&p);
	p.drop = NS_EV_RTT_OP;
	realm_drop_data(&p.r, 0, GRANULE);
	realm_drop_table(&p.r, 0, 3, p.l3);
	p.play.meta.ledger[NS_EV_RTT_OP].ring_full = 1;
	play_expect(&p.play, EMPTY, NS_CHECK_INCONCLUSIVE, 1);

	build(&p);
	p.play.meta.provider[NS_EV_RTT_OP].state = NS_STATE_OFF;
	play_expect(&p.play, EMPTY, NS_CHECK_NOT_CHECKED, 0);
}

/* More tables than there is room for: the ones that are gone make room. */
static void test_many(void **state)
{
	const struct ns_check_result *r;
	struct realm_play p;
	uint64_t pa;

	(void)state;
	build(&p);
	for (uint64_t i = 1; i < 300000; i++) {
		pa = realm_table(&p.r, i * MAP2, 3);
		realm_drop_table(&p.r, i * MAP2, 3, pa);
	}
	r = play_judge(&p.play, EMPTY);
	assert_int_equal(r->state, NS_CHECK_OK);
	assert_int_equal(r->checked, 299999);
	assert_int_equal(r->forgotten, 0);
	play_end(&p.play);

	build(&p);
	for (uint64_t i = 1; i < 300000; i++)
		realm_table(&p.r, i * MAP2, 3);
	r = play_judge(&p.play, EMPTY);
	assert_in_range(r->forgotten, 300000 - 200000, 300000 - 100000);
	play_end(&p.play);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_empty),	 cmocka_unit_test(test_fold),
		cmocka_unit_test(test_granule),	 cmocka_unit_test(test_progress),
		cmocka_unit_test(test_lost),	 cmocka_unit_test(test_many),
	};

	return cmocka_run_group_tests_name("check_rtt", tests, NULL, NULL);
}
