// SPDX-License-Identifier: GPL-2.0-or-later
/* test_stats.c: rank statistics against published values. */
#include "unit.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "stats.h"
#include "synth.h"

#define LEN(a) (sizeof(a) / sizeof((a)[0]))

static void assert_near(double got, double want, double within)
{
	if (fabs(got - want) > within)
		fail_msg("got %.10g, want %.10g", got, want);
}

/*
 * Hollander and Wolfe, Nonparametric Statistical Methods (1999), table 4.1:
 * permeability of the human chorioamnion.  Two-sided exact p 0.2544, difference
 * -0.305 (also in the documentation of R's coin and of SAS PROC NPAR1WAY),
 * exact 95 % interval -0.76 to 0.15.
 */
static void test_hollander_wolfe(void **state)
{
	static const double term[] = { 0.80, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46 };
	static const double early[] = { 1.15, 0.88, 0.90, 0.74, 1.21 };
	struct ns_shift s;

	assert_int_equal(ns_shift_of(&s, term, 10, early, 5, 0.95, NULL), 0);
	assert_near(s.p, 0.2544, 0.00005);
	assert_near(s.p_below, 0.1272, 0.00005); /* the one-sided one of the book */
	assert_near(s.shift, -0.305, 1e-9);
	assert_near(s.low, -0.76, 1e-9);
	assert_near(s.high, 0.15, 1e-9);
	/* U of the second sample is 15 of 50 pairs */
	assert_near(s.effect, 2 * 15 / 50.0 - 1, 1e-9);
	assert_near(s.a, 1.415, 1e-9);
	assert_near(s.b, 0.90, 1e-9);
}

/*
 * Mehta and Patel, StatXact 5 manual (2001), p. 227-229: diastolic blood pressure,
 * with ties.  Exact two-sided p of the Wilcoxon test 0.0989; the estimate 9.5 is
 * from the regression tests of R's exactRankTests.
 */
static void test_ties(void **state)
{
	static const double treated[] = { 94, 108, 110, 90 };
	static const double control[] = { 80, 94, 85, 90, 90, 90, 108, 94, 78, 105, 88 };
	struct ns_shift s;

	assert_int_equal(ns_shift_of(&s, control, 11, treated, 4, 0.95, NULL), 0);
	assert_near(s.p, 0.0989, 0.00005);
	assert_near(s.p_above, 0.0542, 0.00005); /* p. 229 as well */
	assert_near(s.shift, 9.5, 1e-9);
	/* the other way round it is the same, mirrored */
	assert_int_equal(ns_shift_of(&s, treated, 4, control, 11, 0.95, NULL), 0);
	assert_near(s.p, 0.0989, 0.00005);
	assert_near(s.shift, -9.5, 1e-9);
}

/* b is a sample with U pairs above a's, without ties. */
static double p_of_u(unsigned int na, unsigned int nb, unsigned int u)
{
	double a[16], b[16];
	struct ns_shift s;

	for (unsigned int i = 0; i < na; i++)
		a[i] = 100.0 * (i + 1);
	/* each b is above as many of a as are left of u */
	for (unsigned int i = 0; i < nb; i++) {
		unsigned int above = u < na ? u : na;

		u -= above;
		b[i] = 100.0 * above + 50 + (nb - i) * 0.1;
	}
	assert_int_equal(ns_shift_of(&s, a, na, b, nb, 0.95, NULL), 0);
	return s.p;
}

/*
 * Mann and Whitney, Annals of Mathematical Statistics 18 (1947), table I:
 * P(U <= u); here doubled.
 */
static void test_mann_whitney_table(void **state)
{
	static const double n3m3[] = { 0.050, 0.100, 0.200, 0.350 };
	static const double n4m4[] = { 0.014, 0.029, 0.057, 0.100, 0.171, 0.243, 0.343 };

	for (unsigned int u = 0; u < LEN(n3m3); u++)
		assert_near(p_of_u(3, 3, u), 2 * n3m3[u], 0.001);
	for (unsigned int u = 0; u < LEN(n4m4); u++)
		assert_near(p_of_u(4, 4, u), 2 * n4m4[u], 0.0011);
}

/*
 * The usual tables of critical values (two-sided, e.g. Siegel 1956, table K): the
 * largest U that is significant.
 */
static void test_critical_values(void **state)
{
	static const struct {
		unsigned int na, nb, u;
		double alpha;
	} t[] = {
		{ 5, 5, 2, 0.05 },    { 5, 5, 0, 0.01 },    { 8, 8, 13, 0.05 }, { 8, 8, 7, 0.01 },
		{ 10, 10, 23, 0.05 }, { 10, 10, 16, 0.01 }, { 5, 10, 8, 0.05 }, { 5, 10, 4, 0.01 },
	};

	for (unsigned int i = 0; i < LEN(t); i++) {
		assert_true(p_of_u(t[i].na, t[i].nb, t[i].u) <= t[i].alpha);
		assert_true(p_of_u(t[i].na, t[i].nb, t[i].u + 1) > t[i].alpha);
	}
}

static void test_smallest_p(void **state)
{
	assert_near(ns_smallest_p(3, 3), 1 / 20.0, 1e-12);
	assert_near(ns_smallest_p(5, 5), 1 / 252.0, 1e-12);
	assert_near(ns_smallest_p(10, 10), 1 / 184756.0, 1e-12);
	assert_near(ns_smallest_p(1, 1), 0.5, 1e-12);
	/* it is what wholly separate samples give, to both sides */
	assert_near(p_of_u(5, 5, 0), 2 * ns_smallest_p(5, 5), 1e-12);
	assert_near(p_of_u(4, 9, 0), 2 * ns_smallest_p(4, 9), 1e-12);
}

/* Holm, Scandinavian Journal of Statistics 6 (1979): step-down; values by hand. */
static void test_holm(void **state)
{
	double p[] = { 0.01, 0.04, 0.03, 0.005 }, one[] = { 0.2 }, big[] = { 0.9, 0.8 };

	assert_int_equal(ns_holm(p, 4), 0);
	assert_near(p[0], 0.03, 1e-12); /* 3 x 0.01 */
	assert_near(p[1], 0.06, 1e-12); /* not below that of 0.03 */
	assert_near(p[2], 0.06, 1e-12); /* 2 x 0.03 */
	assert_near(p[3], 0.02, 1e-12); /* 4 x 0.005 */
	assert_int_equal(ns_holm(one, 1), 0);
	assert_near(one[0], 0.2, 1e-12);
	assert_int_equal(ns_holm(big, 2), 0);
	assert_near(big[0], 1, 1e-12);
	assert_int_equal(ns_holm(NULL, 0), 0);
}

/* The approximation for large samples meets the exact value where both exist. */
static void test_large(void **state)
{
	enum { N = 60 };
	static double a[N], b[N];
	struct ns_shift exact, normal;
	struct ns_synth rng;

	ns_synth_init(&rng, 5);
	for (unsigned int i = 0; i < N; i++) {
		a[i] = (double)(ns_synth_random(&rng) >> 40);
		b[i] = (double)(ns_synth_random(&rng) >> 40) * 1.1;
	}
	assert_int_equal(ns_shift_of(&exact, a, 50, b, 50, 0.95, NULL), 0);
	assert_int_equal(ns_shift_of(&normal, a, 51, b, 50, 0.95, NULL), 0);
	assert_near(exact.p, normal.p, 0.1);
	assert_true(exact.low < exact.shift && exact.shift < exact.high);
	assert_true(normal.low < normal.shift && normal.shift < normal.high);
	/* a tie does not change the method's answer by much */
	a[0] = b[0];
	assert_int_equal(ns_shift_of(&normal, a, 50, b, 50, 0.95, NULL), 0);
	assert_near(exact.p, normal.p, 0.1);
}

/* How often does the interval hold the shift?  At least as often as it says. */
static void test_coverage(void **state)
{
	enum { ROUNDS = 2000, N = 8 };
	struct ns_stats_cache cache = { 0 };
	unsigned int held = 0, rejected = 0;
	struct ns_synth rng;
	struct ns_shift s;
	double a[N], b[N];

	ns_synth_init(&rng, 11);
	for (unsigned int r = 0; r < ROUNDS; r++) {
		for (unsigned int i = 0; i < N; i++) {
			/* a long tail to one side, as times have */
			a[i] = -log((double)((ns_synth_random(&rng) >> 11) + 1) * 0x1p-53);
			b[i] = 3 - log((double)((ns_synth_random(&rng) >> 11) + 1) * 0x1p-53);
		}
		assert_int_equal(ns_shift_of(&s, a, N, b, N, 0.95, &cache), 0);
		held += s.low <= 3 && 3 <= s.high;
		for (unsigned int i = 0; i < N; i++)
			b[i] -= 3;
		assert_int_equal(ns_shift_of(&s, a, N, b, N, 0.95, &cache), 0);
		rejected += s.p <= 0.05;
	}
	/* 95 % and 5 %, less three standard errors of 2,000 rounds */
	assert_true(held >= ROUNDS * (0.95 - 0.015));
	assert_true(rejected <= ROUNDS * (0.05 + 0.015));
	assert_true(rejected >= ROUNDS * 0.03);
	ns_stats_cache_free(&cache);
}

static void test_edges(void **state)
{
	static double many[NS_STATS_MAX + 1];
	double a[] = { 1, 1, 1 }, b[] = { 2, 2, 2 };
	struct ns_shift s;

	assert_int_equal(ns_shift_of(&s, a, 0, b, 3, 0.95, NULL), -EINVAL);
	assert_int_equal(ns_shift_of(&s, many, NS_STATS_MAX + 1, b, 3, 0.95, NULL), -EINVAL);
	assert_int_equal(ns_shift_of(&s, a, 1, b, 1, 0.95, NULL), 0);
	assert_true(isinf(s.low) && isinf(s.high));
	assert_near(s.p, 1, 1e-12);
	assert_near(s.effect, 1, 1e-12);
	/* three a side hold no shift with 95 %, but with 90 % they do */
	assert_int_equal(ns_shift_of(&s, a, 3, b, 3, 0.95, NULL), 0);
	assert_true(isinf(s.low) && isinf(s.high));
	assert_int_equal(ns_shift_of(&s, a, 3, b, 3, 0.90, NULL), 0);
	assert_near(s.low, 1, 1e-12);
	assert_near(s.high, 1, 1e-12);
	/* nothing differs */
	assert_int_equal(ns_shift_of(&s, a, 3, a, 3, 0.90, NULL), 0);
	assert_near(s.p, 1, 1e-12);
	assert_near(s.effect, 0, 1e-12);
	assert_near(ns_variation(a, 3), 0, 1e-12);
	assert_near(ns_variation(many, 1), 0, 1e-12);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hollander_wolfe),
		cmocka_unit_test(test_ties),
		cmocka_unit_test(test_mann_whitney_table),
		cmocka_unit_test(test_critical_values),
		cmocka_unit_test(test_smallest_p),
		cmocka_unit_test(test_holm),
		cmocka_unit_test(test_large),
		cmocka_unit_test(test_coverage),
		cmocka_unit_test(test_edges),
	};

	return cmocka_run_group_tests_name("stats", tests, NULL, NULL);
}
