// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_rtt.c: what is live of a realm, from counts, and what whole events add.
 * No kernel made these events.
 */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "catalogue.h"
#include "rtt.h"
#include "rtt_trace.h"
#include "synth.h"

#define RD 0x41000000ULL

static uint64_t now;

static struct ns_event event(unsigned int ev, unsigned int dim, unsigned int sub)
{
	return (struct ns_event){ .ts = now += 1000,
				  .vm = 1,
				  .vcpu = NS_NO_VCPU,
				  .event = (uint8_t)ev,
				  .dim = (uint8_t)dim,
				  .sub = (uint8_t)sub,
				  .nr_fields = (uint8_t)ns_events[ev].nr_fields };
}

static void add(struct ns_model *m, unsigned int vm, unsigned int ev, unsigned int dim,
		unsigned int sub, unsigned int times)
{
	struct ns_event e = event(ev, dim, sub);

	e.vm = (uint16_t)vm;
	for (unsigned int i = 0; i < times; i++)
		assert_int_equal(ns_model_add_event(m, &e), 0);
}

static void op(struct ns_model *m, unsigned int what, unsigned int level, unsigned int times)
{
	add(m, 1, NS_EV_RTT_OP, what, level, times);
}

/* A realm of VM 1 with tables at three levels, half way through its teardown. */
static void build(struct ns_model *m)
{
	now = 1000000000000ULL;
	assert_int_equal(ns_synth_meta(m), 0);
	add(m, 1, NS_EV_RTT_CALL, NS_RMI_GRANULE_DELEGATE, NS_RMI_STATUS_SUCCESS, 40);
	add(m, 1, NS_EV_RTT_CALL, NS_RMI_GRANULE_DELEGATE, NS_RMI_STATUS_INPUT, 5);
	add(m, 1, NS_EV_RTT_CALL, NS_RMI_GRANULE_UNDELEGATE, NS_RMI_STATUS_SUCCESS, 9);
	op(m, NS_RTT_OP_CREATE, NS_RTT_LEVEL_L1, 2);
	op(m, NS_RTT_OP_CREATE, NS_RTT_LEVEL_L2, 7);
	op(m, NS_RTT_OP_CREATE, NS_RTT_LEVEL_L3, 20);
	op(m, NS_RTT_OP_UNFOLD, NS_RTT_LEVEL_L3, 1);
	op(m, NS_RTT_OP_CREATE, NS_RTT_LEVEL_FAILED, 3);
	op(m, NS_RTT_OP_FOLD, NS_RTT_LEVEL_L3, 4);
	op(m, NS_RTT_OP_DESTROY, NS_RTT_LEVEL_L3, 6);
	op(m, NS_RTT_OP_DESTROY, NS_RTT_LEVEL_L2, 1);
	op(m, NS_RTT_OP_MAP_DATA, NS_RTT_LEVEL_L3, 600);
	op(m, NS_RTT_OP_MAP_UNKNOWN, NS_RTT_LEVEL_L3, 10);
	op(m, NS_RTT_OP_UNMAP_DATA, NS_RTT_LEVEL_L3, 100);
	op(m, NS_RTT_OP_UNMAP_DATA, NS_RTT_LEVEL_FAILED, 2);
	op(m, NS_RTT_OP_MAP_NS, NS_RTT_LEVEL_L2, 3);
	op(m, NS_RTT_OP_UNMAP_NS, NS_RTT_LEVEL_L3, 1);
	add(m, 1, NS_EV_RTT_LEAK, NS_LEAK_UNDELEGATE, 0, 2);
}

static void test_live(void **state)
{
	struct ns_model m;
	struct ns_rtt r;
	char buf[64];

	(void)state;
	build(&m);
	ns_rtt_count(&m, 1, &r);
	assert_true(r.seen);
	assert_string_equal(r.unknown, "");
	assert_int_equal(ns_rtt_live(&r, 1), 2);
	assert_int_equal(ns_rtt_live(&r, 2), 6);
	assert_int_equal(ns_rtt_live(&r, 3), 20 + 1 - 4 - 6);
	assert_int_equal(ns_rtt_live_all(&r), 2 + 6 + 11);
	assert_int_equal(ns_rtt_data(&r), 510 * 4096);
	assert_int_equal(r.ns_mapped, 3 << 21);
	assert_int_equal(r.ns_unmapped, 4096);
	assert_int_equal(ns_rtt_granules(&r), 31);
	assert_int_equal(r.leaked, 2);
	assert_string_equal(ns_rtt_live_format(&r, buf, sizeof(buf)), "2/6/11");
	ns_rtt_count(&m, 2, &r);
	assert_false(r.seen);
	ns_rtt_count(&m, NS_ANY, &r);
	assert_int_equal(ns_rtt_live_all(&r), 19);
	ns_model_free(&m);
}

/* What cannot be known is not 0, and it says why. */
static void unknown(struct ns_model *m, int vm, const char *why)
{
	struct ns_rtt r;
	char buf[64];

	ns_rtt_count(m, vm, &r);
	if (!strstr(r.unknown, why))
		print_error("unknown: '%s', not '%s'\n", r.unknown, why);
	assert_non_null(strstr(r.unknown, why));
	for (unsigned int i = 0; i < NS_RTT_LEVELS; i++)
		assert_int_equal(ns_rtt_live(&r, i), NS_UNAVAILABLE);
	assert_int_equal(ns_rtt_live_all(&r), NS_UNAVAILABLE);
	assert_int_equal(ns_rtt_data(&r), NS_UNAVAILABLE);
	assert_int_equal(ns_rtt_granules(&r), NS_UNAVAILABLE);
	assert_string_equal(ns_rtt_live_format(&r, buf, sizeof(buf)), "unavailable");
	assert_int_equal(r.table[3].made, 21); /* what was seen is told all the same */
}

static void test_unknown(void **state)
{
	struct ns_model m;
	struct ns_rtt r;

	(void)state;
	build(&m);
	m.vms[0].realm_before = true;
	unknown(&m, 1, "before it was observed");
	unknown(&m, NS_ANY, "before it was observed");
	m.vms[0].realm_before = false;
	m.ledger[NS_EV_RTT_OP].ring_full = 12;
	unknown(&m, 1, "12 rtt.op were lost");
	m.ledger[NS_EV_RTT_OP].ring_full = 0;
	m.ledger[NS_EV_RTT_CALL].filtered = 7;
	unknown(&m, 1, "7 rtt.call were filtered out");
	m.ledger[NS_EV_RTT_CALL].filtered = 0;
	m.provider[NS_EV_RTT_OP].state = NS_STATE_OFF;
	strcpy(m.provider[NS_EV_RTT_OP].note, "not asked for");
	unknown(&m, 1, "no rtt.op: not asked for");
	m.provider[NS_EV_RTT_OP].state = NS_STATE_OK;
	/* another VM's past is not this one's */
	m.vms[1].realm_before = true;
	ns_rtt_count(&m, 1, &r);
	assert_string_equal(r.unknown, "");
	m.vms[1].realm_before = false;
	/* a realm that nobody could be named for */
	add(&m, 0, NS_EV_RTT_OP, NS_RTT_OP_DESTROY, NS_RTT_LEVEL_L3, 1);
	unknown(&m, NS_ANY, "VMM was not seen");
	ns_model_free(&m);
}

/* More destroyed than created says that a beginning was missed, whatever else. */
static void test_more_gone(void **state)
{
	struct ns_model m;
	struct ns_rtt r;

	(void)state;
	build(&m);
	op(&m, NS_RTT_OP_DESTROY, NS_RTT_LEVEL_L1, 3);
	ns_rtt_count(&m, 1, &r);
	assert_int_equal(ns_rtt_live(&r, 1), NS_UNAVAILABLE);
	assert_int_equal(ns_rtt_live(&r, 2), 6);
	assert_int_equal(ns_rtt_live_all(&r), NS_UNAVAILABLE);
	ns_model_free(&m);
}

/* ---- over time ---- */

static void test_gauge(void **state)
{
	struct ns_gauge g = { 0 };
	int64_t last;

	(void)state;
	ns_gauge_set(&g, 1000, 1);
	ns_gauge_set(&g, 900, 2); /* out of order */
	assert_int_equal(g.nr, 1);
	assert_int_equal(g.slot[0], 2);
	ns_gauge_set(&g, 1000 + 3 * NS_GAUGE_FIRST_NS, 7);
	assert_int_equal(g.nr, 4);
	assert_int_equal(g.slot[1], 2); /* nothing happened: as before */
	assert_int_equal(g.slot[2], 2);
	assert_int_equal(g.slot[3], 7);
	/* a million times as long: it still fits, begins and ends with the same */
	ns_gauge_set(&g, 1000 + 1000000ULL * NS_GAUGE_FIRST_NS, 5);
	assert_true(g.nr <= NS_GAUGE_SLOTS);
	assert_true(g.width_ns * NS_GAUGE_SLOTS > 1000000ULL * NS_GAUGE_FIRST_NS);
	assert_true(g.width_ns * NS_GAUGE_SLOTS / 2 <= 1000000ULL * NS_GAUGE_FIRST_NS);
	assert_int_equal(g.slot[0], 7);
	assert_int_equal(g.slot[g.nr - 1], 5);
	assert_int_equal(g.most, 7);
	/* what rises goes on to rise, however often the slots were halved */
	for (unsigned int i = 0; i < 100000; i++)
		ns_gauge_set(&g, 1000 + (1000001ULL + i) * NS_GAUGE_FIRST_NS, 5 + i);
	last = 0;
	for (unsigned int i = g.nr - 5; i < g.nr; i++) {
		assert_true(g.slot[i] > last);
		last = g.slot[i];
	}
	assert_int_equal(g.slot[g.nr - 1], 100004);
}

static void step(struct ns_rtt_traces *t, unsigned int action, uint64_t level, uint64_t addr,
		 uint64_t next)
{
	struct ns_event ev = event(NS_EV_RTT_TEARDOWN, action, 0);

	ev.field[NS_RTT_TEARDOWN_RD] = RD;
	ev.field[NS_RTT_TEARDOWN_LEVEL] = level;
	ev.field[NS_RTT_TEARDOWN_ADDR] = addr;
	ev.field[NS_RTT_TEARDOWN_NEXT] = next;
	assert_int_equal(ns_rtt_trace_add(t, &ev), 0);
}

static void test_trace(void **state)
{
	struct ns_rtt_traces t = { 0 };
	const struct ns_rtt_trace *v;
	struct ns_event ev;

	(void)state;
	now = 5000;
	for (unsigned int i = 0; i < 30; i++) {
		ev = event(NS_EV_RTT_CALL, NS_RMI_GRANULE_DELEGATE,
			   i < 25 ? NS_RMI_STATUS_SUCCESS : NS_RMI_STATUS_INPUT);
		assert_int_equal(ns_rtt_trace_add(&t, &ev), 0);
	}
	for (unsigned int i = 0; i < 10; i++) {
		ev = event(NS_EV_RTT_CALL, NS_RMI_GRANULE_UNDELEGATE, NS_RMI_STATUS_SUCCESS);
		assert_int_equal(ns_rtt_trace_add(&t, &ev), 0);
	}
	ev = event(NS_EV_S2_FAULT, NS_CAUSE_COLD, 0);
	ev.vm = 2;
	assert_int_equal(ns_rtt_trace_add(&t, &ev), 0);
	assert_null(t.vm[2]); /* not of a realm */
	v = t.vm[1];
	assert_non_null(v);
	assert_int_equal(v->granules.now, 15);
	assert_int_equal(v->granules.most, 25);
	assert_int_equal(v->last.ts, 0);
	step(&t, NS_TEARDOWN_DESTROYED, 3, 0, 1 << 21);
	step(&t, NS_TEARDOWN_BUSY, 3, 1 << 21, 1 << 21);
	step(&t, NS_TEARDOWN_DESTROYED, 3, 1 << 21, 1 << 22);
	assert_int_equal(v->stops, 1);
	assert_int_equal(v->stop.action, NS_TEARDOWN_BUSY);
	assert_int_equal(v->stop.addr, 1 << 21);
	assert_int_equal(v->last.action, NS_TEARDOWN_DESTROYED);
	assert_int_equal(v->last.next, 1 << 22);
	assert_int_equal(v->done, 0);
	step(&t, NS_TEARDOWN_DONE, 1, 0, 1ULL << 36);
	assert_int_equal(v->done, 1);
	assert_int_equal(v->stops, 1);
	for (unsigned int i = 0; i < NS_RTT_LEAKS + 3; i++) {
		ev = event(NS_EV_RTT_LEAK, NS_LEAK_NOT_DESTROYED, 0);
		ev.field[NS_RTT_LEAK_PA] = 0x1000 * i;
		assert_int_equal(ns_rtt_trace_add(&t, &ev), 0);
	}
	assert_int_equal(v->leaks, NS_RTT_LEAKS + 3);
	assert_int_equal(v->leak[NS_RTT_LEAKS - 1].pa, 0x1000 * (NS_RTT_LEAKS - 1));
	ns_rtt_trace_free(&t);
	assert_null(t.vm[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_live),	  cmocka_unit_test(test_unknown),
		cmocka_unit_test(test_more_gone), cmocka_unit_test(test_gauge),
		cmocka_unit_test(test_trace),
	};

	return cmocka_run_group_tests_name("rtt", tests, NULL, NULL);
}
