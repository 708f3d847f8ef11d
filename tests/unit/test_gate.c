// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_gate.c: rules, verdicts, and what a gate makes of noise.
 *
 * The noise: a run is a machine state that makes everything in it faster or
 * slower, and every metric varies by itself as well.  Both are log-normal with
 * the same variance; together they make the given variation (standard deviation
 * over mean) from run to run.  One run in twenty is disturbed and 10 % slower.
 */
#include "unit.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "calibrate.h"
#include "files.h"
#include "gate.h"
#include "metricset_priv.h"
#include "synth.h"

/* ---- sets made by hand ---- */

#define ALL_EVENTS (~0ULL)
#define LEN(a) (sizeof(a) / sizeof((a)[0]))

static struct ns_workload *add_runs(struct ns_metricset *set, const char *name, unsigned int runs)
{
	struct ns_workload *w = ns_metricset_get(set, name);

	assert_non_null(w);
	for (unsigned int i = 0; i < runs; i++)
		assert_int_equal(ns_workload_run(w, ALL_EVENTS), 0);
	return w;
}

static void finish(struct ns_metricset *set)
{
	struct ns_error err = { 0 };

	if (ns_metricset_finish(set, &err))
		fail_msg("%s", err.msg);
}

/* One exact run of one workload: 64 faults of ns each. */
static void exact_set(struct ns_metricset *set, uint64_t faults, uint64_t ns)
{
	const struct cell_times t = { faults * ns, ns, ns, ns };
	struct ns_workload *w;

	ns_metricset_init(set);
	set->exact = true;
	w = add_runs(set, "s2-cold", 1);
	assert_int_equal(ns_put_count(w, 0, NULL, "s2.fault", faults), 0);
	assert_int_equal(ns_put_times(w, 0, NULL, "s2.fault", faults, &t), 0);
	finish(set);
}

static void rules_from(struct ns_rules *rules, const char *text)
{
	const char *path = test_path("rules");
	struct ns_error err = { 0 };

	test_spit(path, text, strlen(text));
	if (ns_rules_read(rules, path, &err))
		fail_msg("%s", err.msg);
}

/* Judge by rules; returns the exit code. */
static enum ns_exit judge(struct ns_gate *g, const struct ns_metricset *a,
			  const struct ns_metricset *b, const struct ns_rules *rules)
{
	struct ns_error err = { 0 };

	if (ns_gate_judge(g, a, b, rules, 0.99, &err))
		fail_msg("%s", err.msg);
	return ns_gate_exit(g);
}

/* ---- exact ---- */

static enum ns_exit exact_verdict(const char *text, uint64_t faults_a, uint64_t ns_a,
				  uint64_t faults_b, uint64_t ns_b)
{
	struct ns_metricset a, b;
	struct ns_rules rules;
	struct ns_gate g;
	enum ns_exit rc;

	exact_set(&a, faults_a, ns_a);
	exact_set(&b, faults_b, ns_b);
	rules_from(&rules, text);
	rc = judge(&g, &a, &b, &rules);
	ns_gate_free(&g);
	ns_rules_free(&rules);
	ns_metricset_free(&a);
	ns_metricset_free(&b);
	return rc;
}

static void test_exact(void **state)
{
	const char *times = "*.time.mean 1% 50\n", *counts = "*.count 0 0 both\n";

	/* one fault is one fault, one instruction is one instruction */
	assert_int_equal(exact_verdict(counts, 64, 5000, 64, 9000), NS_EXIT_OK);
	assert_int_equal(exact_verdict(counts, 64, 5000, 65, 5000), NS_EXIT_FAIL);
	assert_int_equal(exact_verdict(counts, 64, 5000, 63, 5000), NS_EXIT_FAIL);
	assert_int_equal(exact_verdict("*.time.total 0 0\n", 64, 5000, 64, 5001), NS_EXIT_FAIL);
	assert_int_equal(exact_verdict("*.time.total 0 0\n", 64, 5000, 64, 4999), NS_EXIT_OK);
	/* both limits, not one of them */
	assert_int_equal(exact_verdict(times, 64, 5000, 64, 5200), NS_EXIT_FAIL);
	assert_int_equal(exact_verdict(times, 64, 5000, 64, 5050), NS_EXIT_OK); /* +1 % and +50 */
	assert_int_equal(exact_verdict(times, 64, 5000, 64, 5051), NS_EXIT_FAIL);
	assert_int_equal(exact_verdict(times, 64, 1000, 64, 1040), NS_EXIT_OK); /* +4 %, but +40 */
	assert_int_equal(exact_verdict(times, 64, 50000, 64, 50400),
			 NS_EXIT_OK); /* +400, but +0.8 % */
	/* directions */
	assert_int_equal(exact_verdict("*.count 0 0 down\n", 64, 5000, 65, 5000), NS_EXIT_OK);
	assert_int_equal(exact_verdict("*.count 0 0 down\n", 64, 5000, 63, 5000), NS_EXIT_FAIL);
	/* the last rule decides */
	assert_int_equal(exact_verdict("s2.* 0 0 both\ns2.fault.count 10% 0\n", 64, 5000, 65, 5000),
			 NS_EXIT_FAIL); /* time.total */
	assert_int_equal(
		exact_verdict("s2.* 0 0 ignore\ns2.fault.count 10% 0\n", 64, 5000, 65, 5000),
		NS_EXIT_OK);
	assert_int_equal(exact_verdict("s2.* 0 0\n*.time.* 9% 0 ignore\n", 64, 5000, 64, 6000),
			 NS_EXIT_OK);
}

/* A cause that is new has the count 0 in the baseline; and the other way round. */
static void test_from_zero(void **state)
{
	struct ns_metricset a, b;
	struct ns_rules rules;
	struct ns_gate g;

	exact_set(&a, 64, 5000);
	exact_set(&b, 64, 5000);
	assert_int_equal(ns_put_count(&b.workloads[0], 0, NULL, "s2.fault.retry", 3), 0);
	rules_from(&rules, "*.count 1% 2\n");
	assert_int_equal(judge(&g, &a, &b, &rules), NS_EXIT_FAIL);
	assert_string_equal(g.finding[0].c.name, "s2.fault.retry.count");
	assert_true(g.finding[0].c.s.a == 0 && g.finding[0].c.s.b == 3);
	assert_true(isinf(g.finding[0].c.relative));
	ns_gate_free(&g);
	/* gone: not worse, but better */
	assert_int_equal(judge(&g, &b, &a, &rules), NS_EXIT_OK);
	assert_int_equal(g.count[NS_BETTER], 1);
	ns_gate_free(&g);
	/* an event that the kernel does not provide has no count at all */
	b.workloads[0].events[0] &= ~(1ULL << NS_EV_S2_FAULT);
	a.workloads[0].events[0] &= ~(1ULL << NS_EV_S2_FAULT);
	assert_int_equal(judge(&g, &a, &b, &rules), NS_EXIT_OK);
	assert_int_equal(g.count[NS_NOT_JUDGED], 1);
	ns_gate_free(&g);
	assert_int_equal(judge(&g, &b, &a, &rules), NS_EXIT_INCONCLUSIVE);
	assert_string_equal(g.finding[0].c.name, "s2.fault.retry.count");
	ns_gate_free(&g);
	ns_rules_free(&rules);
	ns_metricset_free(&a);
	ns_metricset_free(&b);
}

/* What was there and did not occur is not a pass. */
static void test_gone(void **state)
{
	assert_int_equal(exact_verdict("*.time.mean 1% 50\n", 64, 5000, 0, 0),
			 NS_EXIT_INCONCLUSIVE);
	assert_int_equal(exact_verdict("*.count 0 0\n*.time.mean 1% 50\n", 64, 5000, 0, 0),
			 NS_EXIT_INCONCLUSIVE);
	/* a regression besides outweighs it */
	assert_int_equal(exact_verdict("*.count 0 0 both\n*.time.mean 1% 50\n", 64, 5000, 0, 0),
			 NS_EXIT_FAIL);
}

static void expect_error(const char *text, const char *message)
{
	const char *path = test_path("rules");
	struct ns_metricset a, b;
	struct ns_rules rules;
	struct ns_error err = { 0 };
	struct ns_gate g = { 0 };
	int rc;

	exact_set(&a, 64, 5000);
	exact_set(&b, 64, 5000);
	test_spit(path, text, strlen(text));
	rc = ns_rules_read(&rules, path, &err);
	if (!rc)
		rc = ns_gate_judge(&g, &a, &b, &rules, 0.99, &err);
	if (!rc || err.code != NS_EXIT_USAGE || !strstr(err.msg, message))
		fail_msg("'%s' gave %d '%s', not '%s'", text, rc, err.msg, message);
	ns_gate_free(&g);
	ns_rules_free(&rules);
	ns_metricset_free(&a);
	ns_metricset_free(&b);
}

static void test_bad_rules(void **state)
{
	expect_error("", "has no rule");
	expect_error("# nothing\n\n", "has no rule");
	expect_error("s2.fault.count\n", ":1: 's2.fault.count' is not a whole rule");
	expect_error("\n*.count 1% 5\ns2.fault.count 1%\n",
		     ":3: 's2.fault.count' is not a whole rule");
	expect_error("*.count 1 5\n", ":1: '1' is not a relative limit");
	expect_error("*.count -1% 5\n", "'-1%' is not a relative limit");
	expect_error("*.count nan% 5\n", "'nan%' is not a relative limit");
	expect_error("*.count inf% 5\n", "'inf%' is not a relative limit");
	expect_error("*.count 1e999% 5\n", "is not a relative limit");
	expect_error("*.count 0x1% 5\n", "is not a relative limit");
	expect_error("*.count 1% five\n", "'five' is not an absolute limit");
	expect_error("*.count 1% 5m\n", "'5m' is not an absolute limit");
	expect_error("*.count 1% 5 upwards\n", "'upwards' is not up, down, both");
	expect_error("*.count 1% 5 workload=\n", "'workload=' is not up");
	/* a rule that does nothing */
	expect_error("*.count 0 0\ns2.falt.count 0 0\n",
		     ":2: the rule 's2.falt.count' matches no metric");
	expect_error("*.count 0 0\ns2.fault.warm.count 0 0\n",
		     ":2: the rule 's2.fault.warm.count' matches no");
	expect_error("*.count 0 0 workload=at-*\n", ":1: the rule '*.count' matches no metric");
	expect_error("*.count 0 0 vm=l1\n", ":1: the rule '*.count' matches no metric");
	expect_error("s2.fault.count 0 0\n*.count 0 0\n",
		     ":1: the rule 's2.fault.count' decides nothing");
	expect_error("*.count 0 0\nel3.* 0 0 ignore\n", ":2: the rule 'el3.*' matches no metric");
	expect_error("*.count 0 0 ignore\n", "leave nothing to be judged");
}

static void test_long_line(void **state)
{
	static char text[3000];

	memset(text, 'x', sizeof(text) - 1);
	expect_error(text, ":1: 'this line' is not a rule: it is too long");
	expect_error("*.cou\001nt 1% 5\n", "is not text");
}

static void test_units(void **state)
{
	struct ns_rules r;

	rules_from(&r, "a 1% 50ns\nb 0.5% 1.5us up\n c\t0\t2ms both # comment\nd 0% 3s down vm=x*\n"
		       "e 2% 7 workload=s2-* ignore\r\n");
	assert_int_equal(r.nr, 5);
	assert_true(fabs(r.rule[0].relative - 0.01) < 1e-12 && r.rule[0].absolute == 50);
	assert_true(r.rule[1].absolute == 1500 && r.rule[1].direction == NS_UP);
	assert_true(r.rule[2].absolute == 2e6 && r.rule[2].direction == NS_BOTH);
	assert_true(r.rule[3].absolute == 3e9 && !strcmp(r.rule[3].vm, "x*"));
	assert_true(r.rule[4].direction == NS_IGNORE && !strcmp(r.rule[4].workload, "s2-*"));
	assert_int_equal(r.rule[4].line, 5);
	ns_rules_free(&r);
}

/* ---- noise ---- */

static double uniform(struct ns_synth *rng)
{
	return ((double)(ns_synth_random(rng) >> 11) + 0.5) * 0x1p-53;
}

static double normal(struct ns_synth *rng)
{
	/* two steps, since the order of arguments is the compiler's */
	double r = sqrt(-2 * log(uniform(rng)));

	return r * cos(2 * M_PI * uniform(rng));
}

static const char *const timed[] = { "s2.fault", "s2.l1fault", "s2.unmap",   "s2.wp",
				     "s2.tlbi",	 "at.op",      "mmio.abort", "el2.vncr" };
#define TIMED LEN(timed)

struct noise {
	double variation; /* 0.02 */
	bool outliers;
	bool buckets; /* quantiles as histograms give them: with ties */
	unsigned int workloads; /* of TIMED metrics each */
	double slower; /* of the first metric of the first workload: 1.05 */
	unsigned int changed; /* metrics of it that are, 0: one */
};

static void put_noisy(struct ns_workload *w, unsigned int run, unsigned int metric, double value,
		      bool buckets)
{
	uint64_t v = (uint64_t)(value + 0.5), low, high;
	struct cell_times t;

	ns_bucket_range(ns_bucket(v), &low, &high);
	if (buckets)
		v = (low + high) / 2;
	t = (struct cell_times){ v * 1000, v, v, v };
	assert_int_equal(ns_put_count(w, run, NULL, timed[metric], 1000), 0);
	assert_int_equal(ns_put_times(w, run, NULL, timed[metric], 1000, &t), 0);
}

static void noisy_set(struct ns_metricset *set, struct ns_synth *rng, const struct noise *n,
		      unsigned int runs, double slower)
{
	double sigma = n->variation / sqrt(2), machine, v;
	struct ns_workload *w;
	char name[16];

	ns_metricset_init(set);
	for (unsigned int i = 0; i < n->workloads; i++) {
		snprintf(name, sizeof(name), "w%u", i);
		w = add_runs(set, name, runs);
		for (unsigned int r = 0; r < runs; r++) {
			machine = sigma * normal(rng);
			if (n->outliers && uniform(rng) < 0.05)
				machine += log(1.1);
			for (unsigned int m = 0; m < TIMED; m++) {
				v = 2000 * (m + 1) * exp(machine + sigma * normal(rng));
				put_noisy(w, r, m, !i && (!m || m < n->changed) ? v * slower : v,
					  n->buckets);
			}
		}
	}
	finish(set);
}

struct tally {
	unsigned int failed, unsure, found; /* found: that metric and no other */
};

static void rounds(struct tally *t, const struct noise *n, unsigned int runs, unsigned int nr,
		   const char *rules_text, uint64_t seed)
{
	struct ns_metricset a, b;
	struct ns_rules rules;
	struct ns_synth rng;
	struct ns_gate g;

	memset(t, 0, sizeof(*t));
	ns_synth_init(&rng, seed);
	rules_from(&rules, rules_text);
	for (unsigned int i = 0; i < nr; i++) {
		noisy_set(&a, &rng, n, runs, 1);
		noisy_set(&b, &rng, n, runs, n->slower);
		switch (judge(&g, &a, &b, &rules)) {
		case NS_EXIT_FAIL:
			t->failed++;
			break;
		case NS_EXIT_INCONCLUSIVE:
			t->unsure++;
			break;
		default:
			break;
		}
		t->found += g.count[NS_REGRESSION] && !strcmp(g.finding[0].c.workload, "w0") &&
			    !strncmp(g.finding[0].c.name, timed[0], strlen(timed[0]));
		ns_gate_free(&g);
		ns_metricset_free(&a);
		ns_metricset_free(&b);
	}
	ns_rules_free(&rules);
}

/* Shown as it is: what these runs measured is in docs/gate.md. */
static void say(const char *what, const struct noise *n, unsigned int runs, const struct tally *t,
		unsigned int nr)
{
	printf("  %s: variation %.1f %%%s%s, %u metrics, %u runs a side: failed %u, found %u, "
	       "unsure %u of %u\n",
	       what, n->variation * 100, n->outliers ? ", outliers" : "",
	       n->buckets ? ", ties" : "", n->workloads * (unsigned int)TIMED, runs, t->failed,
	       t->found, t->unsure, nr);
}

static void test_aa(void **state)
{
	static const struct noise models[] = {
		{ 0.01, false, false, 1, 1, 0 },
		{ 0.02, false, false, 1, 1, 0 },
		{ 0.02, true, false, 1, 1, 0 },
	};
	static const struct noise ties = { 0.02, true, true, 1, 1, 0 };
	static const struct noise many = { 0.02, false, false, 4, 1, 0 };
	struct tally t;

	/* the limits of the built-in rules */
	for (unsigned int i = 0; i < LEN(models); i++) {
		rounds(&t, &models[i], 10, 1000, "*.time.mean 3% 50ns\n", 100 + i);
		say("A/A", &models[i], 10, &t, 1000);
		assert_true(t.failed <= 10);
		assert_int_equal(t.unsure, 0);
	}
	rounds(&t, &ties, 10, 200, "*.time.mean 3% 50ns\n", 110);
	say("A/A", &ties, 10, &t, 200);
	assert_true(t.failed <= 2);
	rounds(&t, &many, 10, 200, "*.time.mean 3% 50ns\n", 111);
	say("A/A", &many, 10, &t, 200);
	assert_true(t.failed <= 2);
	/*
	 * No limit at all: only the statistics stand between noise and a failure, and
	 * they use up the 1 %.  Three standard errors of 1,000 rounds are 9.
	 */
	rounds(&t, &models[1], 10, 1000, "*.time.mean 0 0\n", 200);
	say("A/A, limit 0", &models[1], 10, &t, 1000);
	assert_true(t.failed <= 10 + 9 && t.failed >= 1);
}

#define POWER 200 /* rounds */

static void test_power(void **state)
{
	static const struct noise models[] = {
		{ 0.01, false, false, 1, 1.05, 0 },
		{ 0.015, false, false, 1, 1.05, 0 },
		{ 0.015, false, false, 5, 1.05, 0 },
	};
	static const struct noise two = { 0.02, false, false, 1, 1.05, 0 };
	static const struct noise rough = { 0.01, true, false, 1, 1.05, 0 };
	struct tally t;

	for (unsigned int i = 0; i < LEN(models); i++) {
		rounds(&t, &models[i], 10, POWER, "*.time.mean 2% 50ns\n", 300 + i);
		say("+5 %", &models[i], 10, &t, POWER);
		assert_true(t.found >= POWER * 0.95);
	}
	rounds(&t, &two, 10, POWER, "s2.fault.time.mean 2% 50ns\n", 310);
	say("+5 %, one rule", &two, 10, &t, POWER);
	assert_true(t.found >= POWER * 0.95);
	/* 98.0 % of 2,000 rounds; 95.0 when what a run's metrics have in common is left in */
	rounds(&t, &two, 10, 2 * POWER, "*.time.mean 2% 50ns\n", 312);
	say("+5 %", &two, 10, &t, 2 * POWER);
	assert_true(t.found >= 2 * POWER * 0.965);
	/* what 10 runs do not give */
	rounds(&t, &rough, 10, POWER, "*.time.mean 2% 50ns\n", 313);
	say("+5 %", &rough, 10, &t, POWER);
}

/* What some metrics gain is no loss of those that stay as they are. */
static void test_others_better(void **state)
{
	static const struct noise model = { 0.02, false, false, 1, 0.95, 3 };
	struct tally t;

	rounds(&t, &model, 10, 2 * POWER, "*.time.mean 0 0\n", 320);
	say("three of them better, limit 0", &model, 10, &t, 2 * POWER);
	assert_true(t.failed <= 2 * POWER * 0.01 + 2);
}

/* Too few runs are never a pass, however large or small the change is. */
static void test_too_few(void **state)
{
	struct noise n = { 0.01, false, false, 1, 1, 0 };
	struct tally t;

	for (unsigned int runs = 1; runs <= 3; runs++) {
		n.slower = 1;
		rounds(&t, &n, runs, 20, "*.time.mean 1% 50ns\n", 400);
		assert_int_equal(t.unsure, 20);
		n.slower = 100;
		rounds(&t, &n, runs, 20, "s2.fault.time.mean 1% 50ns\n", 401);
		assert_int_equal(t.unsure, 20);
	}
	/* also when nothing varies at all */
	n = (struct noise){ 0, false, false, 1, 1, 0 };
	rounds(&t, &n, 3, 5, "*.count 0 0 both\n", 402);
	assert_int_equal(t.unsure, 5);
	rounds(&t, &n, 10, 5, "*.count 0 0 both\n", 403);
	assert_int_equal(t.unsure + t.failed, 0);
}

/* ---- calibration ---- */

static enum ns_exit calibrated(const struct noise *n, unsigned int runs, const char *text)
{
	struct ns_metricset set;
	struct ns_calibration c;
	struct ns_rules rules;
	struct ns_synth rng;
	struct ns_error err = { 0 };
	enum ns_exit rc;

	ns_synth_init(&rng, 7);
	noisy_set(&set, &rng, n, runs, 1);
	rules_from(&rules, text);
	if (ns_calibrate(&c, &set, &rules, 0.99, &err))
		fail_msg("%s", err.msg);
	rc = ns_calibration_exit(&c);
	assert_int_equal(c.rounds, NS_CALIBRATE_ROUNDS);
	assert_true(c.nr == TIMED && c.noise[0].variation >= c.noise[c.nr - 1].variation);
	assert_true(fabs(c.noise[0].variation - n->variation) < 0.02);
	ns_calibration_free(&c);
	ns_rules_free(&rules);
	ns_metricset_free(&set);
	return rc;
}

static void test_calibrate(void **state)
{
	static const struct noise quiet = { 0.01, false, false, 1, 1, 0 };
	struct ns_metricset set;
	struct ns_calibration c;
	struct ns_rules rules;
	struct ns_error err = { 0 };

	assert_int_equal(calibrated(&quiet, 20, "*.time.mean 3% 50ns\n"), NS_EXIT_OK);
	assert_int_equal(calibrated(&quiet, 6, "*.time.mean 3% 50ns\n"), NS_EXIT_INCONCLUSIVE);
	exact_set(&set, 64, 5000);
	rules_from(&rules, "*.count 0 0\n");
	assert_int_equal(ns_calibrate(&c, &set, &rules, 0.99, &err), -EINVAL);
	assert_non_null(strstr(err.msg, "icount"));
	ns_calibration_free(&c);
	ns_rules_free(&rules);
	ns_metricset_free(&set);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_exact),	  cmocka_unit_test(test_gone),
		cmocka_unit_test(test_from_zero), cmocka_unit_test(test_bad_rules),
		cmocka_unit_test(test_long_line), cmocka_unit_test(test_units),
		cmocka_unit_test(test_aa),	  cmocka_unit_test(test_power),
		cmocka_unit_test(test_others_better),
		cmocka_unit_test(test_too_few),	  cmocka_unit_test(test_calibrate),
	};

	return cmocka_run_group_tests_name("gate", tests, NULL, NULL);
}
