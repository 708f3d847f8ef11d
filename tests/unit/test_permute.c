// SPDX-License-Identifier: GPL-2.0-or-later
/* test_permute.c: permutation tests with p known from counting, and their correction. */
#include "unit.h"

#include <math.h>
#include <stdbool.h>

#include "permute.h"

#define ALPHA 0.01

static double alone(const double *v, unsigned int na, unsigned int nb, int side)
{
	struct ns_perm_metric m = { .v = v, .na = na, .nb = nb, .side = side };

	assert_int_equal(ns_permute(&m, 1, ALPHA), 0);
	return m.p;
}

static bool about(double a, double b)
{
	return fabs(a - b) < 1e-9;
}

static void test_counts(void **state)
{
	/* three above three: 1 of 20 choices is as far, and one as far below */
	static const double apart[] = { 1, 2, 3, 14, 15, 16 };
	/* symmetric: half of them, and those in the middle */
	static const double mixed[] = { 1, 4, 2, 3 };
	/* the largest is in b: 3 of 6 choices of two have it with what is as large */
	static const double one[] = { 0, 0, 0, 9 };

	assert_true(about(alone(apart, 3, 3, 1), 1.0 / 20));
	assert_true(about(alone(apart, 3, 3, -1), 1));
	assert_true(about(alone(apart, 3, 3, 0), 2.0 / 20));
	assert_true(about(alone(mixed, 2, 2, 1), 4.0 / 6));
	assert_true(about(alone(mixed, 2, 2, 0), 1));
	assert_true(about(alone(one, 2, 2, 1), 3.0 / 6));
}

/* A disturbed run counts for no more than one far away. */
static void test_outlier(void **state)
{
	double v[20], tame, wild;

	for (int i = 0; i < 20; i++)
		v[i] = 100 + (i * 7) % 10 + (i >= 10 ? 12 : 0);
	v[3] = 125;
	tame = alone(v, 10, 10, 1);
	v[3] = 1e9;
	wild = alone(v, 10, 10, 1);
	assert_true(about(tame, wild));
	assert_true(wild < ALPHA);
}

/* 60 values are counted, 62 are not: nearly the same comes out. */
static void test_many_values(void **state)
{
	double v[62], exact, normal;

	for (int i = 0; i < 62; i++)
		v[i] = (i * 37) % 62 + (i >= 30 ? 12 : 0);
	exact = alone(v, 30, 30, 1);
	normal = alone(v, 30, 32, 1);
	assert_true(exact > 0.001 && exact < 0.2);
	assert_true(fabs(log(exact / normal)) < 1);
}

/* Eight metrics that are one and the same need no correction, eight others do. */
static void test_groups(void **state)
{
	static double v[8][20];
	struct ns_perm_metric m[8];
	double p;

	for (unsigned int i = 0; i < 8; i++)
		for (unsigned int r = 0; r < 20; r++)
			v[i][r] = (r * 7) % 20 + (r >= 10 ? 4 : 0);
	p = alone(v[0], 10, 10, 1);
	assert_true(p < ALPHA && 8 * p > ALPHA); /* else it would not be refined */
	for (unsigned int i = 0; i < 8; i++)
		m[i] = (struct ns_perm_metric){ v[i], 10, 10, 0, 1, 0 };
	assert_int_equal(ns_permute(m, 8, ALPHA), 0);
	for (unsigned int i = 0; i < 8; i++)
		assert_true(m[i].p < 2 * p);
	/* as if each had been measured in runs of its own */
	for (unsigned int i = 0; i < 8; i++)
		m[i].group = i;
	assert_int_equal(ns_permute(m, 8, ALPHA), 0);
	for (unsigned int i = 0; i < 8; i++)
		assert_true(m[i].p > 4 * p && m[i].p <= 8 * p + 1e-9);
}

/* The same data gives the same p. */
static void test_repeats(void **state)
{
	static double v[4][20];
	struct ns_perm_metric a[4], b[4];

	for (unsigned int i = 0; i < 4; i++) {
		for (unsigned int r = 0; r < 20; r++)
			v[i][r] = (r * (7 + 2 * i)) % 20 + (r >= 10 ? 8 + i : 0);
		a[i] = b[i] = (struct ns_perm_metric){ v[i], 10, 10, 0, 1, 0 };
	}
	assert_int_equal(ns_permute(a, 4, ALPHA), 0);
	assert_int_equal(ns_permute(b, 4, ALPHA), 0);
	for (unsigned int i = 0; i < 4; i++)
		assert_true(a[i].p == b[i].p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_counts),	    cmocka_unit_test(test_outlier),
		cmocka_unit_test(test_many_values), cmocka_unit_test(test_groups),
		cmocka_unit_test(test_repeats),
	};

	return cmocka_run_group_tests_name("permute", tests, NULL, NULL);
}
