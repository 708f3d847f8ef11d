// SPDX-License-Identifier: GPL-2.0-or-later
/* test_group.c: groups and the slowest events, against the plainest way to find them. */
#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "catalogue.h"
#include "group.h"
#include "slowest.h"
#include "synth.h"

#define NR 20000

static struct ns_event ev[NR];
static struct ns_model meta;

static int setup(void **state)
{
	struct ns_synth s;

	ns_synth_init(&s, 5);
	for (unsigned int i = 0; i < NR; i++)
		ns_synth_event(&s, &ev[i]);
	return ns_synth_meta(&meta);
}

static int teardown(void **state)
{
	ns_model_free(&meta);
	return 0;
}

/* ---- groups ---- */

static void group_all(struct ns_groups *g, const char *list)
{
	struct ns_error err;

	if (ns_groups_init(g, list, &err))
		fail_msg("%s: %s", list, err.msg);
	for (unsigned int i = 0; i < NR; i++)
		assert_int_equal(ns_groups_add(g, &ev[i], &meta), 0);
}

/* Every event is in a group, outside, or dropped. */
static void check_sum(const struct ns_groups *g)
{
	uint64_t sum = g->outside + g->dropped;

	for (unsigned int i = 0; i < g->nr; i++)
		sum += g->group[i].h.count;
	assert_int_equal(sum, NR);
}

static void test_groups(void **state)
{
	struct ns_groups g;
	uint64_t count, ns;
	unsigned int faults = 0;
	char text[64];

	group_all(&g, "cause,l2_ipa/2M");
	assert_true(g.nr > 4);
	for (unsigned int k = 0; k < g.nr; k++) {
		assert_int_equal(g.group[k].event, NS_EV_S2_FAULT);
		count = ns = 0;
		for (unsigned int i = 0; i < NR; i++)
			if (ev[i].event == NS_EV_S2_FAULT && ev[i].dim == g.group[k].value[0] &&
			    ev[i].field[NS_S2_FAULT_L2_IPA] >> 21 == g.group[k].value[1] >> 21) {
				count++;
				ns += ev[i].field[NS_S2_FAULT_DUR];
			}
		assert_int_equal(g.group[k].h.count, count);
		assert_int_equal(g.group[k].h.ns, ns);
		assert_int_equal(g.group[k].value[1] % (2 << 20), 0);
		ns_group_text(&g, &g.group[k], 0, &meta, text, sizeof(text));
		assert_string_equal(text,
				    ns_value_key(NS_D_CAUSE, (unsigned int)g.group[k].value[0]));
		faults += (unsigned int)count;
	}
	check_sum(&g);
	assert_int_equal(g.outside, NR - faults);
	ns_groups_free(&g);
}

/* Too many groups: what is in none of them is counted. */
static void test_too_many(void **state)
{
	struct ns_groups g;

	group_all(&g, "ts");
	assert_int_equal(g.nr, NS_GROUP_MAX);
	assert_true(g.dropped > 0);
	assert_int_equal(g.outside, 0);
	check_sum(&g);
	ns_groups_free(&g);
}

static void test_group_text(void **state)
{
	struct ns_event e = {
		.event = NS_EV_S2_FAULT, .vm = 1, .vcpu = NS_NO_VCPU, .nr_fields = 14
	};
	struct ns_groups g;
	char buf[64];

	e.field[NS_S2_FAULT_L2_IPA] = 0x40345678;
	e.field[NS_S2_FAULT_SLOT] = NS_UNAVAILABLE;
	assert_int_equal(ns_groups_init(&g, "l2_ipa/2M,vm,vcpu,slot/4", NULL), 0);
	assert_int_equal(ns_groups_add(&g, &e, &meta), 0);
	assert_int_equal(g.nr, 1);
	assert_string_equal(ns_group_text(&g, g.group, 0, &meta, buf, sizeof(buf)),
			    "0x40200000..0x40400000");
	assert_string_equal(ns_group_text(&g, g.group, 1, &meta, buf, sizeof(buf)),
			    ns_model_vm(&meta, 1)->name);
	assert_string_equal(ns_group_text(&g, g.group, 2, &meta, buf, sizeof(buf)), "unavailable");
	assert_string_equal(ns_group_text(&g, g.group, 3, &meta, buf, sizeof(buf)), "unavailable");
	ns_groups_free(&g);
}

static void test_bad_groups(void **state)
{
	static const char *const bad[][2] = {
		{ "", "a name is needed" },
		{ ",", "a name is needed" },
		{ "couse", "did you mean 'cause'" },
		{ "l2_ipa/", "no size" },
		{ "l2_ipa/0", "no size" },
		{ "l2_ipa/-4", "no size" },
		{ "l2_ipa/2Q", "no size" },
		{ "l2_ipa/99999999999999999999", "no size" },
		{ "l2_ipa/17179869184G", "no size" },
		{ "cause/2", "has no ranges" },
		{ "ret/2", "has no ranges" },
		{ "vm,vcpu,ctx,cpu,cause", "more than 4" },
	};
	struct ns_groups g;
	struct ns_error err;

	for (unsigned int i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		assert_int_equal(ns_groups_init(&g, bad[i][0], &err), -EINVAL);
		assert_int_equal(err.code, NS_EXIT_USAGE);
		if (!strstr(err.msg, bad[i][1]))
			fail_msg("%s: %s", bad[i][0], err.msg);
		ns_groups_free(&g);
	}
}

/* ---- the slowest ---- */

static bool chosen(unsigned int i)
{
	return ev[i].event != NS_EV_S2_TLBI;
}

/* Position of the slow one of rank, found by looking at all. */
static unsigned int find(unsigned int rank)
{
	static bool taken[NR];
	unsigned int best = NR;

	if (!rank)
		memset(taken, 0, sizeof(taken));
	for (unsigned int i = 0; i < NR; i++)
		if (!taken[i] && chosen(i) && ns_events[ev[i].event].timed &&
		    (best == NR || ev[i].field[0] > ev[best].field[0]))
			best = i;
	taken[best] = true;
	return best;
}

/* The events of that vCPU in [from, to) with a step, at most max: compare with list. */
static void check_around(const struct ns_numbered *list, unsigned int nr, unsigned int at,
			 bool after, unsigned int max)
{
	unsigned int found = 0, i = at;

	while (found < max && (after ? ++i < NR : i-- > 0)) {
		if (ev[i].vm != ev[at].vm || ev[i].vcpu != ev[at].vcpu)
			continue;
		assert_true(found < nr);
		assert_int_equal(list[after ? found : nr - 1 - found].id, i + 1);
		assert_memory_equal(&list[after ? found : nr - 1 - found].ev, &ev[i],
				    sizeof(ev[i]));
		found++;
	}
	assert_int_equal(found, nr);
}

static void check_slowest(unsigned int max, unsigned int context)
{
	struct ns_slowest s;
	unsigned int at;

	assert_int_equal(ns_slowest_init(&s, max, context), 0);
	for (unsigned int i = 0; i < NR; i++)
		assert_int_equal(ns_slowest_add(&s, &ev[i], i + 1, chosen(i)), 0);
	ns_slowest_sort(&s);
	assert_int_equal(s.nr, max);
	for (unsigned int k = 0; k < max; k++) {
		at = find(k);
		assert_int_equal(s.slow[k].self.id, at + 1);
		check_around(s.slow[k].around, s.slow[k].nr_before, at, false, context);
		check_around(s.slow[k].around + s.slow[k].nr_before, s.slow[k].nr_after, at, true,
			     context);
	}
	ns_slowest_free(&s);
}

static void test_slowest(void **state)
{
	check_slowest(10, 0);
	check_slowest(10, 3);
	check_slowest(1, 32);
	check_slowest(300, 32);
}

/* More vCPUs than are kept: the slowest are right, their context is left out. */
static void test_many_vcpus(void **state)
{
	struct ns_event e = { .event = NS_EV_S2_FAULT, .nr_fields = 14 };
	struct ns_slowest s;

	assert_int_equal(ns_slowest_init(&s, 5, 2), 0);
	for (unsigned int i = 0; i < 10000; i++) {
		e.vm = (uint16_t)(1 + i % 2);
		e.vcpu = (uint16_t)(i / 2);
		e.field[0] = i;
		assert_int_equal(ns_slowest_add(&s, &e, i + 1, true), 0);
	}
	ns_slowest_sort(&s);
	assert_int_equal(s.nr, 5);
	assert_int_equal(s.slow[0].self.id, 10000);
	assert_int_equal(s.slow[0].nr_before + s.slow[0].nr_after, 0);
	ns_slowest_free(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_groups),	   cmocka_unit_test(test_too_many),
		cmocka_unit_test(test_group_text), cmocka_unit_test(test_bad_groups),
		cmocka_unit_test(test_slowest),	   cmocka_unit_test(test_many_vcpus),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
