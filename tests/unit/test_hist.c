// SPDX-License-Identifier: GPL-2.0-or-later
/* test_hist.c: histograms against exact values. */
#include "unit.h"

#include <math.h>
#include <stdlib.h>

#include "model.h"
#include "synth.h"

#define MAX_ERROR 0.03 /* what design and documentation promise */

static double error_of(uint64_t got, uint64_t exact)
{
	return fabs((double)got - (double)exact) / (double)exact;
}

/* One value alone must come back within the promise, whatever it is. */
static void check_value(uint64_t v)
{
	struct ns_hist h = { 0 };
	uint64_t low, high;

	ns_hist_add(&h, ns_bucket(v), 1, v);
	ns_bucket_range(ns_bucket(v), &low, &high);
	assert_true(low <= v && v <= high);
	assert_true(error_of(ns_hist_quantile(&h, 0.5), v) <= MAX_ERROR);
	ns_hist_free(&h);
}

static void test_relative_error(void **state)
{
	/* 1 ns to 100 s: all small values, then steps of 0.1 % and around powers of two */
	for (uint64_t v = 1; v < 4096; v++)
		check_value(v);
	for (double v = 4096; v <= 100e9; v *= 1.001)
		check_value((uint64_t)v);
	for (unsigned int e = 5; e <= 36; e++) {
		check_value((1ULL << e) - 1);
		check_value(1ULL << e);
		check_value((1ULL << e) + 1);
	}
}

static void test_ranges(void **state)
{
	uint64_t low, high, next = 0;

	/* the buckets follow each other without gap or overlap */
	for (unsigned int b = 0; b < NS_NR_BUCKETS; b++) {
		ns_bucket_range(b, &low, &high);
		assert_int_equal(low, next);
		assert_true(high >= low);
		assert_int_equal(ns_bucket(low), b);
		assert_int_equal(ns_bucket(high), b);
		next = high + 1;
	}
	assert_int_equal(ns_bucket(UINT64_MAX), NS_NR_BUCKETS - 1);
}

static int cmp(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static void test_quantiles(void **state)
{
	static const double q[] = { 0.001, 0.01, 0.25, 0.5, 0.9, 0.99, 0.999, 1 };
	enum { N = 10007 };
	static uint64_t v[N];
	struct ns_hist h = { 0 };
	struct ns_synth s;
	uint64_t sum = 0;

	ns_synth_init(&s, 3);
	for (int i = 0; i < N; i++) {
		v[i] = 1 + (ns_synth_random(&s) >> (28 + ns_synth_random(&s) % 35));
		sum += v[i];
		ns_hist_add(&h, ns_bucket(v[i]), 1, v[i]);
	}
	qsort(v, N, sizeof(v[0]), cmp);
	for (unsigned int i = 0; i < sizeof(q) / sizeof(q[0]); i++) {
		uint64_t exact = v[(int)ceil(q[i] * N) - 1];

		assert_true(error_of(ns_hist_quantile(&h, q[i]), exact) <= MAX_ERROR);
	}
	assert_int_equal(h.count, N);
	assert_int_equal(h.ns, sum);
	ns_hist_free(&h);
	assert_int_equal(ns_hist_quantile(&h, 0.5), 0);
}

static void test_merge(void **state)
{
	struct ns_hist a = { 0 }, b = { 0 }, untimed = { .count = 7 };

	ns_hist_add(&a, ns_bucket(100), 3, 300);
	ns_hist_add(&b, ns_bucket(1000), 1, 1000);
	ns_hist_merge(&a, &b);
	ns_hist_merge(&a, &untimed);
	assert_int_equal(a.count, 11);
	assert_int_equal(a.ns, 1300);
	/* quantiles are of the timed events only */
	assert_true(error_of(ns_hist_quantile(&a, 0.75), 100) <= MAX_ERROR);
	assert_true(error_of(ns_hist_quantile(&a, 0.76), 1000) <= MAX_ERROR);
	ns_hist_free(&a);
	ns_hist_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_relative_error),
		cmocka_unit_test(test_ranges),
		cmocka_unit_test(test_quantiles),
		cmocka_unit_test(test_merge),
	};

	return cmocka_run_group_tests_name("hist", tests, NULL, NULL);
}
