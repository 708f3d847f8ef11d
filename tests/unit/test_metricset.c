// SPDX-License-Identifier: GPL-2.0-or-later
/* test_metricset.c: files become named numbers, or are refused with a reason. */
#include "unit.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "compare.h"
#include "files.h"
#include "metricset.h"
#include "recording.h"
#include "synth.h"

/* What `stat --json` writes, shortened to two events. */
static const char sample[] =
	"{\"nestscope\": \"stat\", \"version\": \"0.1.0\",\n"
	" \"host\": {\"release\": \"7.3.4\", \"machine\": \"aarch64\", \"nodename\": \"n\", "
	"\"cpus\": 1,\n"
	"  \"start_realtime_ns\": 1700000000000000000, \"clock\": \"monotonic\"},\n"
	" \"duration_ns\": 2000000000,\n"
	" \"ledger\": {\"events\": {\n"
	"  \"s2.fault\": {\"seen\": 67, \"kept\": 64, \"ring_full\": 0, \"map_full\": 0, "
	"\"filtered\": 2,"
	"   \"unattributed\": 1},\n"
	"  \"el2.eret\": {\"seen\": 5, \"kept\": 5, \"ring_full\": 0, \"map_full\": 0, "
	"\"filtered\": 0,"
	"   \"unattributed\": 0}, \"s2.wp\": null}},\n"
	" \"providers\": {\"s2.fault\": {\"by\": \"fentry x\", \"state\": \"ok\", \"note\": "
	"\"\"},\n"
	"  \"el2.eret\": {\"by\": \"tracepoint y\", \"state\": \"partial\", \"note\": \"\"},\n"
	"  \"s2.wp\": {\"by\": \"-\", \"state\": \"off\", \"note\": \"\"}},\n"
	" \"vms\": [{\"id\": 1, \"name\": \"vmm(64)\", \"pid\": 64, \"metrics\": {\n"
	"  \"s2.fault\": {\"count\": 64, \"time\": {\"total\": 128000, \"p50\": 1999, \"p90\": "
	"2047,"
	"   \"p99\": 2111}, \"by\": {\"cold\": {\"count\": 64, \"time\": {\"total\": 128000, "
	"\"p50\": 1999,"
	"   \"p90\": 2047, \"p99\": 2111}, \"sub\": {\"write\": 60, \"exec\": 4}}}},\n"
	"  \"el2.eret\": {\"count\": 5, \"by\": {\"l2\": {\"count\": 5}}}, \"s2.wp\": null}}],\n"
	" \"warning\": null}\n";

static const char *put(const char *name, const char *text)
{
	const char *path = test_path(name);

	test_spit(path, text, strlen(text));
	return path;
}

/* The sample with the first "from" replaced; malloc'ed. */
static char *changed(const char *from, const char *to)
{
	const char *at = strstr(sample, from);
	char *text = malloc(sizeof(sample) + strlen(to));

	if (!at || !text)
		fail_msg("no '%s' in the sample", from);
	sprintf(text, "%.*s%s%s", (int)(at - sample), sample, to, at + strlen(from));
	return text;
}

static int load(struct ns_metricset *set, const char *word, struct ns_error *err)
{
	int rc;

	memset(err, 0, sizeof(*err));
	ns_metricset_init(set);
	rc = ns_metricset_add(set, word, err);
	return rc ? rc : ns_metricset_finish(set, err);
}

static double value(const struct ns_metricset *set, const char *vm, const char *name)
{
	const struct ns_workload *w = &set->workloads[0];

	for (unsigned int i = 0; i < w->nr_series; i++)
		if (!strcmp(w->series[i].name, name) && !strcmp(w->series[i].vm, vm))
			return w->series[i].value[0];
	return NAN;
}

static void refused(const char *word, const char *why)
{
	struct ns_metricset set;
	struct ns_error err;
	int rc = load(&set, word, &err);

	if (!rc || err.code != NS_EXIT_USAGE || !strstr(err.msg, why))
		fail_msg("%s gave %d '%s', not '%s'", word, rc, err.msg, why);
	ns_metricset_free(&set);
}

static void refused_text(const char *from, const char *to, const char *why)
{
	char *text = changed(from, to);

	refused(put("x.json", text), why);
	free(text);
}

static void test_stat_file(void **state)
{
	struct ns_metricset set;
	struct ns_error err;

	if (load(&set, put("x.json", sample), &err))
		fail_msg("%s", err.msg);
	assert_false(set.exact);
	assert_true(value(&set, "", "s2.fault.count") == 64);
	assert_true(value(&set, "", "s2.fault.cold.write.count") == 60);
	assert_true(value(&set, "", "s2.fault.time.mean") == 2000);
	assert_true(value(&set, "", "s2.fault.cold.time.p99") == 2111);
	assert_true(value(&set, "", "s2.fault.rate") == 32);
	assert_true(value(&set, "", "el2.eret.l2.count") == 5);
	/* what is not provided has no value, and one VM is not split off */
	assert_true(isnan(value(&set, "", "s2.wp.count")));
	assert_true(isnan(value(&set, "vmm", "s2.fault.count")));
	assert_string_equal(set.workloads[0].origin.release, "7.3.4");
	ns_metricset_free(&set);
}

static void test_refused(void **state)
{
	refused("/nonexistent/x", "cannot read /nonexistent/x");
	refused(put("x.json", "text"), "neither a recording nor JSON: line 1");
	refused(put("x.json", ""), "neither a recording nor JSON");
	refused(put("x.json", "{}"), "is JSON, but not of");
	refused(put("x.json", "[1]"), "is JSON, but not of");
	refused(put("x.json", "{\"a\": 1}\n{\"a\": 2}\n"), "more than one object, as of 'stat -I'");
	refused(put("x.json", "{\"nestscope\": \"stat\"}"), "host is missing");
	refused("/dev/zero", "not a regular file");
	refused_text("\"kept\": 64, \"ring_full\": 0", "\"kept\": 60, \"ring_full\": 4",
		     "4 of 67 s2.fault events were lost");
	refused_text("\"kept\": 64, \"ring_full\": 0, \"map_full\": 0",
		     "\"kept\": 63, \"ring_full\": 0, \"map_full\": 1",
		     "1 of 67 s2.fault events were lost");
	refused_text("\"kept\": 64, \"ring_full\": 0", "\"kept\": 59, \"missed\": 5, \"ring_full\": 0",
		     "5 of 67 s2.fault events were lost; the kernel was preempted");
	refused_text("\"kept\": 64", "\"kept\": 64, \"missed\": -1", "missed is not a count");
	refused_text("\"kept\": 64", "\"kept\": 63", "does not add up");
	refused_text("\"warning\": null", "\"warning\": \"cut\"", "damaged: cut");
	refused_text("\"count\": 64", "\"count\": -1", "s2.fault.count is not a count");
	refused_text("\"count\": 64", "\"count\": 1.5", "not a count");
	refused_text("\"count\": 64", "\"count\": 9007199254740993", "not a count");
	refused_text("\"count\": 64", "\"count\": 99999999999999999999", "too big integer");
	refused_text("\"count\": 64", "\"count\": 1e999", "real number overflow");
	refused_text("\"count\": 64", "\"count\": \"64\"", "not a count");
	refused_text("\"count\": 64", "\"count\": 64, \"count\": 64", "duplicate");
	refused_text("\"cold\": {", "\"co\\u001bld\": {", "not of values of the catalogue");
	refused_text("\"state\": \"ok\"", "\"state\": \"fine\"", "without a state");
	refused_text("\"vms\": [", "\"vms\": 3, \"x\": [", "vms is not a list");
	refused_text("\"total\": 128000", "\"sum\": 128000", "total is missing");
	refused_text("\"s2.fault\": {\"count\"", "\"s2.falt\": {\"count\"",
		     "though it is provided");
}

static void test_hostile_sizes(void **state)
{
	enum { DEEP = 1000000 };
	char *deep = malloc(DEEP);
	const char *path = test_path("big.json");

	memset(deep, '[', DEEP);
	test_spit(path, deep, DEEP);
	free(deep);
	refused(path, "maximum parsing depth");
	assert_int_equal(truncate(path, (16 << 20) + 1), 0);
	refused(path, "too large");
}

/*
 * Whatever is done to a good file, it is read or refused with its name and a
 * reason; the sanitizers watch.
 */
static void test_mutations(void **state)
{
	static const char *const words[] = { "null", "-1",    "\"\"", "[]",  "{}",
					     "true", "1e308", "[{}]", "9e9", "\"\\u0007\"" };
	const char *path = test_path("m.json");
	size_t len = strlen(sample), n;
	unsigned int good = 0, bad = 0;
	struct ns_metricset set;
	struct ns_error err;
	struct ns_synth rng;
	char *text;
	int rc;

	ns_synth_init(&rng, 3);
	for (unsigned int i = 0; i < 4000; i++) {
		size_t at = (size_t)(ns_synth_random(&rng) >> 16) % len;
		const char *word = words[ns_synth_random(&rng) % (sizeof(words) / sizeof(*words))];
		size_t skip = strcspn(sample + at, ",}]\n");

		text = malloc(len + 64);
		memcpy(text, sample, len + 1);
		n = len;
		if (i % 3 == 0) { /* a byte */
			text[at] = (char)(ns_synth_random(&rng) >> 20);
		} else if (i % 3 == 1) { /* the end */
			n = at;
		} else { /* a value */
			at += strcspn(sample + at, ":");
			at = at < len ? at + 1 : at;
			skip = strcspn(sample + at, ",}]");
			n = (size_t)sprintf(text, "%.*s%s%s", (int)at, sample, word,
					    sample + at + skip);
		}
		test_spit(path, text, n);
		free(text);
		rc = load(&set, path, &err);
		if (rc && (err.code != NS_EXIT_USAGE || !strstr(err.msg, "m.json")))
			fail_msg("round %u: %d '%s'", i, rc, err.msg);
		for (const char *c = err.msg; *c; c++)
			assert_true((unsigned char)*c >= ' ' || *c == '\n');
		good += !rc;
		bad += rc != 0;
		ns_metricset_free(&set);
	}
	assert_true(good > 100 && bad > 1000);
}

static void test_two_vms(void **state)
{
	static const char second[] = ",{\"id\": 2, \"name\": \"vmm(70)\", \"pid\": 70, "
				     "\"metrics\": {\"s2.fault\": {\"count\": 16,"
				     "\"time\": {\"total\": 64000, \"p50\": 3999, \"p90\": 3999, "
				     "\"p99\": 3999}, \"by\": {}},"
				     "\"el2.eret\": {\"count\": 1, \"by\": {\"l2\": {\"count\": "
				     "1}}}, \"s2.wp\": null}}],\n \"warning\"";
	char *text = changed("],\n \"warning\"", second);
	struct ns_metricset set;
	struct ns_error err;

	if (load(&set, put("x.json", text), &err))
		fail_msg("%s", err.msg);
	assert_true(value(&set, "", "s2.fault.count") == 80);
	assert_true(value(&set, "", "s2.fault.time.mean") == 2400);
	assert_true(isnan(value(&set, "", "s2.fault.time.p50")));
	assert_true(value(&set, "vmm", "s2.fault.time.p50") == 1999);
	assert_true(value(&set, "vmm#2", "s2.fault.count") == 16);
	assert_true(value(&set, "vmm#2", "s2.fault.time.mean") == 4000);
	ns_metricset_free(&set);
	free(text);
}

static void test_runs_and_names(void **state)
{
	char *later = changed("1700000000000000000", "1700000009000000000");
	char *exact = changed("\"monotonic\"", "\"icount\"");
	char *other = changed("\"count\": 5,", "\"count\": 6,");
	struct ns_metricset set;
	struct ns_error err = { 0 };
	char word[4200];

	put("a.json", sample);
	put("b.json", later);
	put("e.json", exact);
	snprintf(word, sizeof(word), "cold=%s", test_path("a.json"));
	ns_metricset_init(&set);
	assert_int_equal(ns_metricset_add(&set, word, &err), 0);
	/* the same run again would make noise look small */
	assert_int_equal(ns_metricset_add(&set, test_path("a.json"), &err), -EINVAL);
	assert_non_null(strstr(err.msg, "same observation"));
	snprintf(word, sizeof(word), "cold=%s", test_path("b.json"));
	assert_int_equal(ns_metricset_add(&set, word, &err), 0);
	assert_int_equal(ns_metricset_add(&set, test_path("e.json"), &err), -EINVAL);
	assert_non_null(strstr(err.msg, "instruction counts"));
	assert_int_equal(ns_metricset_finish(&set, &err), 0);
	assert_int_equal(set.nr_workloads, 1);
	assert_string_equal(set.workloads[0].name, "cold");
	assert_int_equal(set.workloads[0].nr_runs, 2);
	ns_metricset_free(&set);

	/* exact runs that differ are not exact */
	ns_metricset_init(&set);
	assert_int_equal(ns_metricset_add(&set, test_path("e.json"), &err), 0);
	free(exact);
	exact = changed("\"monotonic\"", "\"icount\"");
	strstr(exact, "\"count\": 5,")[9] = '6';
	put("f.json", exact);
	assert_int_equal(ns_metricset_add(&set, test_path("f.json"), &err), 0);
	assert_int_equal(ns_metricset_finish(&set, &err), -EINVAL);
	assert_non_null(strstr(err.msg, "el2.eret.count is 5 in one run and 6 in another"));
	ns_metricset_free(&set);
	free(later);
	free(exact);
	free(other);
}

/* ---- recordings and baselines ---- */

static void recorded(const char *path, unsigned int nr, uint64_t seed)
{
	struct ns_event *ev = calloc(nr, sizeof(*ev));
	struct ns_synth s;

	ns_synth_init(&s, seed);
	for (unsigned int i = 0; i < nr; i++)
		ns_synth_event(&s, &ev[i]);
	test_record(path, ev, nr, 0);
	free(ev);
}

/* No metric of a differs from b's; returns how many there are. */
static unsigned int same(const struct ns_metricset *a, const struct ns_metricset *b)
{
	struct ns_compare_opts o = { .confidence = 0.95 };
	struct ns_error err = { 0 };
	struct ns_change *c;
	unsigned int nr;

	if (ns_compare(&c, &nr, a, b, &o, &err))
		fail_msg("%s", err.msg);
	for (unsigned int i = 0; i < nr; i++)
		if (!c[i].s.na || !c[i].s.nb || c[i].s.a != c[i].s.b)
			fail_msg("%s:%s differs: %g %g", c[i].vm, c[i].name, c[i].s.a, c[i].s.b);
	free(c);
	return nr;
}

static void test_baseline(void **state)
{
	const char *path = test_path("base.json");
	struct ns_metricset set, back;
	struct ns_error err = { 0 };
	size_t len, len2;
	uint8_t *first, *second;

	recorded(test_path("a.nsr"), 3000, 1);
	ns_metricset_init(&set);
	if (ns_metricset_add(&set, test_path("a.nsr"), &err) || ns_metricset_finish(&set, &err) ||
	    ns_baseline_write(&set, path, &err))
		fail_msg("%s", err.msg);
	if (load(&back, path, &err))
		fail_msg("%s", err.msg);
	/* nothing is lost, with means, rates and each VM */
	assert_true(same(&set, &back) > 500);
	first = test_slurp(path, &len);
	if (ns_baseline_write(&back, path, &err))
		fail_msg("%s", err.msg);
	second = test_slurp(path, &len2);
	assert_int_equal(len, len2);
	assert_memory_equal(first, second, len);
	free(first);
	free(second);
	ns_metricset_free(&set);
	ns_metricset_free(&back);
	assert_int_equal(ns_baseline_write(&set, "/nonexistent/dir/x", &err), -ENOENT);
}

static void test_bad_baseline(void **state)
{
#define HEAD "{\"nestscope\": \"baseline\", \"format\": 1, \"clock\": \"icount\", \"workloads\": "
	refused(put("b.json", "{\"nestscope\": \"baseline\"}"), "another format");
	refused(put("b.json", HEAD "{}}"), "missing, empty or");
	refused(put("b.json", HEAD "3}"), "missing, empty or");
	refused(put("b.json", HEAD "{\"w\": 3}}"), "runs is not a number");
	refused(put("b.json", HEAD "{\"w\": {\"runs\": 1001}}}"), "runs is not a number");
	refused(put("b.json", HEAD "{\"w\": {\"runs\": 1}}}"), "metrics is not an object");
	refused(put("b.json", HEAD "{\"w\": {\"runs\": 2, \"metrics\": {\"a.count\": [1]}}}}"),
		"a.count is not a value for each run");
	refused(put("b.json", HEAD "{\"w\": {\"runs\": 1, \"metrics\": {\"a.count\": -1}}}}"),
		"a.count is not a number");
	refused(put("b.json", HEAD "{\"w\": {\"runs\": 1, \"metrics\": {\"a\\u001b\": 1}}}}"),
		"not a name");
	refused(put("b.json", HEAD "{\"w\": {\"runs\": 1, \"metrics\": {}, \"vms\": 1}}}"),
		"vms is not an object");
#undef HEAD
}

/* A recording of two VMs of one name; counts[]: shadow faults of each that took over 5 us. */
static void recorded_twins(const char *path, unsigned int *counts)
{
	struct ns_error err = { 0 };
	struct ns_writer *w;
	struct ns_event ev;
	struct ns_synth s;
	struct ns_model m;

	ns_synth_init(&s, 9);
	assert_int_equal(ns_synth_meta(&m), 0);
	for (unsigned int i = 0; i < 2; i++)
		snprintf(m.vms[i].name, sizeof(m.vms[i].name), "twin(%u)", m.vms[i].key.pid);
	assert_int_equal(ns_writer_open(&w, path, &m, NULL, &err), 0);
	for (unsigned int i = 0; i < 5000; i++) {
		ns_synth_event(&s, &ev);
		m.ledger[ev.event].seen++;
		m.ledger[ev.event].kept++;
		counts[ev.vm - 1] += ev.event == NS_EV_S2_FAULT && ev.field[0] > 5000;
		assert_int_equal(ns_writer_event(w, &ev, &err), 0);
	}
	m.end_ns = s.ts;
	assert_int_equal(ns_writer_close(w, &m, &err), 0);
	ns_model_free(&m);
}

static void test_filter_and_group(void **state)
{
	const char *path = test_path("twins.nsr");
	unsigned int counts[2] = { 0 };
	struct ns_error err = { 0 };
	struct ns_metricset set;
	struct ns_expr *filter;

	recorded_twins(path, counts);
	assert_true(counts[0] && counts[1] && counts[0] != counts[1]);
	assert_int_equal(ns_expr_parse(&filter, "s2.fault && dur > 5us", &err), 0);
	ns_metricset_init(&set);
	set.filter = filter;
	set.group = "vm";
	if (ns_metricset_add(&set, path, &err))
		fail_msg("%s", err.msg);
	assert_int_equal(ns_metricset_add(&set, put("stat.json", sample), &err), -EINVAL);
	assert_non_null(strstr(err.msg, "cannot be filtered or grouped"));
	assert_int_equal(ns_metricset_finish(&set, &err), 0);
	/* both sides leave out the same: nothing to be warned of */
	assert_null(set.notes);
	assert_true(value(&set, "", "s2.fault.vm=twin.count") == counts[0]);
	assert_true(value(&set, "", "s2.fault.vm=twin#2.count") == counts[1]);
	assert_true(value(&set, "", "s2.fault.vm=twin#2.time.mean") > 5000);
	for (unsigned int i = 0; i < set.workloads[0].nr_series; i++)
		assert_true(!strncmp(set.workloads[0].series[i].name, "s2.fault.vm=twin", 16) ||
			    !strcmp(set.workloads[0].series[i].name, "run.time"));
	ns_metricset_free(&set);
	ns_expr_free(filter);
}

static void test_damaged_recording(void **state)
{
	const char *path = test_path("cut.nsr");
	struct ns_metricset set;
	struct ns_error err = { 0 };
	uint8_t *file;
	size_t len;

	recorded(path, 3000, 1);
	file = test_slurp(path, &len);
	test_spit(path, file, len - 30);
	free(file);
	refused(path, "damaged");
	/* diff takes it, and says so */
	ns_metricset_init(&set);
	set.lossy_ok = true;
	assert_int_equal(ns_metricset_add(&set, path, &err), 0);
	assert_non_null(strstr(set.notes, "damaged"));
	ns_metricset_free(&set);
}

static void test_directories(void **state)
{
	char dir[256], sub[300], file[400];
	struct ns_metricset set;
	struct ns_error err;

	snprintf(dir, sizeof(dir), "%s", test_path("dir"));
	mkdir(dir, 0700);
	refused(dir, "has no *.nsr or *.json file");
	for (unsigned int i = 0; i < 2; i++) {
		snprintf(sub, sizeof(sub), "%s/w%u", dir, i);
		mkdir(sub, 0700);
		snprintf(file, sizeof(file), "%s/stat.json", sub);
		test_spit(file, sample, strlen(sample));
		snprintf(file, sizeof(file), "%s/stdout", sub);
		test_spit(file, "x", 1);
		/* both are of one observation: in earnest each run has its own time */
		if (i)
			break;
	}
	refused(dir, "same observation");
	snprintf(file, sizeof(file), "%s/w1/stat.json", dir);
	unlink(file);
	if (load(&set, dir, &err))
		fail_msg("%s", err.msg);
	assert_int_equal(set.nr_workloads, 1);
	assert_string_equal(set.workloads[0].name, "w0");
	ns_metricset_free(&set);
	for (unsigned int i = 0; i < 2; i++) {
		snprintf(file, sizeof(file), "%s/w%u/stat.json", dir, i);
		unlink(file);
		snprintf(file, sizeof(file), "%s/w%u/stdout", dir, i);
		unlink(file);
		snprintf(file, sizeof(file), "%s/w%u", dir, i);
		rmdir(file);
	}
	rmdir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_stat_file),	 cmocka_unit_test(test_refused),
		cmocka_unit_test(test_hostile_sizes),	 cmocka_unit_test(test_mutations),
		cmocka_unit_test(test_two_vms),		 cmocka_unit_test(test_runs_and_names),
		cmocka_unit_test(test_baseline),	 cmocka_unit_test(test_bad_baseline),
		cmocka_unit_test(test_filter_and_group), cmocka_unit_test(test_damaged_recording),
		cmocka_unit_test(test_directories),
	};

	return cmocka_run_group_tests_name("metricset", tests, NULL, NULL);
}
