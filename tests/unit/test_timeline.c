// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_timeline.c: an interval that is over comes back as it was: its counts
 * and times, and the sums up to it, however many came after it.
 */
#include "unit.h"

#include <string.h>

#include "synth.h"
#include "timeline.h"

#define INTERVALS 12
#define EVENTS 700 /* of an interval */

static struct ns_model total[INTERVALS + 1], delta[INTERVALS]; /* as they were */
static struct timeline line;

static void assert_same(const struct ns_model *a, const struct ns_model *b)
{
	assert_int_equal(a->nr_metrics, b->nr_metrics);
	for (unsigned int i = 0; i < a->nr_metrics; i++) {
		const struct ns_metric *k = &a->metrics[i], *o = &b->metrics[i];

		assert_memory_equal(k, o, offsetof(struct ns_metric, h.bucket));
		for (unsigned int n = 0; n < NS_NR_BUCKETS; n++)
			assert_int_equal(ns_hist_at(&k->h, n), ns_hist_at(&o->h, n));
	}
	assert_memory_equal(a->ledger, b->ledger, sizeof(a->ledger));
	assert_int_equal(a->nr_vms, b->nr_vms);
	assert_int_equal(a->nr_ctxs, b->nr_ctxs);
	assert_int_equal(a->start_ns, b->start_ns);
	assert_int_equal(a->end_ns, b->end_ns);
}

/* The sums after interval i, with an interval in which nothing happens. */
static void feed(struct ns_synth *s, unsigned int i)
{
	struct ns_event ev;

	assert_int_equal(ns_model_copy(&total[i + 1], &total[i]), 0);
	total[i + 1].end_ns = total[i + 1].start_ns + (i + 1) * 1000000000ULL;
	for (unsigned int n = 0; i != 5 && n < EVENTS; n++) {
		ns_synth_event(s, &ev);
		assert_int_equal(ns_model_add_event(&total[i + 1], &ev), 0);
		total[i + 1].ledger[ev.event].seen += 2;
		total[i + 1].ledger[ev.event].filtered++;
	}
	ns_model_sort(&total[i + 1]);
}

static int set_up(void **state)
{
	struct ns_synth s;

	ns_synth_init(&s, 3);
	assert_int_equal(ns_synth_meta(&total[0]), 0);
	total[0].end_ns = total[0].start_ns;
	for (unsigned int i = 0; i < INTERVALS; i++) {
		feed(&s, i);
		assert_int_equal(ns_model_diff(&delta[i], &total[i + 1], &total[i]), 0);
		assert_int_equal(timeline_add(&line, &delta[i], 1), 0);
	}
	return 0;
}

static int tear_down(void **state)
{
	timeline_free(&line);
	for (unsigned int i = 0; i < INTERVALS; i++) {
		ns_model_free(&total[i]);
		ns_model_free(&delta[i]);
	}
	ns_model_free(&total[INTERVALS]);
	return 0;
}

static void test_show(void **state)
{
	struct ns_model t, d;

	assert_int_equal(line.have, INTERVALS);
	for (unsigned int age = 0; age < INTERVALS; age++) {
		unsigned int i = INTERVALS - 1 - age;

		assert_int_equal(timeline_show(&line, age, &total[INTERVALS], &t, &d), 0);
		ns_model_sort(&t);
		assert_same(&d, &delta[i]);
		assert_same(&t, &total[i + 1]);
		assert_int_equal((int)timeline_rate(&line, age), i == 5 ? 0 : EVENTS);
		assert_int_equal(timeline_end(&line, age), total[i + 1].end_ns);
		ns_model_free(&t);
		ns_model_free(&d);
	}
}

/* Memory and number are bounded; the newest stay. */
static void test_bounds(void **state)
{
	struct timeline t = { 0 };
	struct ns_model empty;

	for (unsigned int i = 0; i < 20000; i++)
		assert_int_equal(timeline_add(&t, &delta[i % INTERVALS], 1), 0);
	assert_in_range(t.bytes, TIMELINE_BYTES / 2, TIMELINE_BYTES);
	assert_in_range(t.have, 10, TIMELINE_LENGTH);
	assert_int_equal(timeline_end(&t, 0), delta[(20000 - 1) % INTERVALS].end_ns);
	ns_model_init(&empty);
	for (unsigned int i = 0; i < 2 * TIMELINE_LENGTH; i++)
		assert_int_equal(timeline_add(&t, &empty, 1), 0);
	assert_int_equal(t.have, TIMELINE_LENGTH);
	timeline_free(&t);
	assert_int_equal(t.bytes, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_show),
		cmocka_unit_test(test_bounds),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
