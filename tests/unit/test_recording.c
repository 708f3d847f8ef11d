// SPDX-License-Identifier: GPL-2.0-or-later
/* test_recording.c: recordings written and read back, and refused. */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "catalogue.h"
#include "files.h"
#include "format.h"
#include "recording.h"
#include "synth.h"

#define N 40000 /* more than two full chunks */

static struct ns_event ev[N];
static char warning[256];

static void make_events(bool noise, unsigned int nr)
{
	struct ns_synth s;

	ns_synth_init(&s, 7);
	for (unsigned int i = 0; i < nr; i++) {
		if (noise)
			ns_synth_noise(&s, &ev[i]);
		else
			ns_synth_event(&s, &ev[i]);
	}
}

static void test_round_trip(void **state)
{
	const char *path = test_path("noise");
	unsigned int seen = 0;

	make_events(true, N);
	for (unsigned int i = 0; i < N; i++)
		seen |= 1U << ev[i].event;
	assert_int_equal(seen, (1U << NS_NR_EVENTS) - 1);
	test_record(path, ev, N, 0);
	assert_int_equal(test_read(path, ev, warning), N);
	assert_string_equal(warning, "");
	for (unsigned int n = 1; n < 40; n++) { /* and small chunks */
		test_record(path, ev, n, n % 3);
		assert_int_equal(test_read(path, ev, warning), n);
		assert_string_equal(warning, "");
	}
	make_events(false, N);
	test_record(path, ev, N, 12345);
	assert_int_equal(test_read(path, ev, warning), N);
	assert_string_equal(warning, "");
}

static void test_no_events(void **state)
{
	const char *path = test_path("none");

	test_record(path, ev, 0, 0);
	assert_int_equal(test_read(path, ev, warning), 0);
	assert_string_equal(warning, "");
}

static void test_load(void **state)
{
	const char *path = test_path("load");
	struct ns_model direct, loaded;
	struct ns_error err;
	char *text;

	make_events(false, N);
	test_record(path, ev, N, 1000);
	ns_model_init(&direct);
	ns_model_init(&loaded);
	for (unsigned int i = 0; i < N; i++)
		assert_int_equal(ns_model_add_event(&direct, &ev[i]), 0);
	assert_int_equal(ns_recording_load(path, &loaded, &text, &err), 0);
	assert_null(text);
	ns_model_sort(&direct);
	ns_model_sort(&loaded);
	assert_int_equal(direct.nr_metrics, loaded.nr_metrics);
	for (unsigned int i = 0; i < direct.nr_metrics; i++)
		assert_memory_equal(&direct.metrics[i], &loaded.metrics[i],
				    offsetof(struct ns_metric, h.bucket));
	assert_string_equal(loaded.host.release, "synthetic");
	assert_string_equal(loaded.provider[3].by, "synthetic");
	assert_string_equal(ns_model_vm(&loaded, 2)->name, "synthetic-2(42)");
	assert_int_equal(loaded.nr_ctxs, 8);
	assert_int_equal(ns_model_ctx(&loaded, 8)->vm, 2);
	assert_int_equal(ns_model_ledger(&loaded).seen, N);
	assert_int_equal(ns_model_ledger(&loaded).kept, N);
	assert_int_equal(loaded.start_ns, 1000000000000ULL);
	assert_int_equal(loaded.end_ns, 2000000000000ULL);
	ns_model_free(&direct);
	ns_model_free(&loaded);
}

/* What a program was not run for is told, also that it is not known. */
static void test_missed(void **state)
{
	const char *path = test_path("missed");
	struct ns_error err;
	struct ns_model m;
	struct ns_writer *w;

	assert_int_equal(ns_synth_meta(&m), 0);
	memset(m.ledger, 0, sizeof(m.ledger));
	m.ledger[1] = (struct ns_ledger_row){ .seen = 9, .missed = 5, .filtered = 4 };
	m.ledger[2].missed_unknown = true;
	assert_int_equal(ns_writer_open(&w, path, &m, NULL, &err), 0);
	assert_int_equal(ns_writer_close(w, &m, &err), 0);
	ns_model_free(&m);

	ns_model_init(&m);
	assert_int_equal(ns_recording_load(path, &m, NULL, &err), 0);
	assert_int_equal(m.ledger[1].missed, 5);
	assert_int_equal(m.ledger[1].filtered, 4);
	assert_false(m.ledger[1].missed_unknown);
	assert_int_equal(m.ledger[2].missed, 0);
	assert_true(m.ledger[2].missed_unknown && ns_model_ledger(&m).missed_unknown);
	ns_model_free(&m);
}

static void test_late_vm(void **state)
{
	const char *path = test_path("late");
	struct ns_vm_key key = { .pid = 9 };
	struct ns_vm vm = { .id = 3, .comm = "late" };
	struct ns_error err;
	struct ns_model m;
	struct ns_writer *w;

	assert_int_equal(ns_synth_meta(&m), 0);
	assert_int_equal(ns_writer_open(&w, path, &m, NULL, &err), 0);
	assert_int_equal(ns_writer_flush(w, &m, &err), 0);
	assert_int_equal(ns_model_add_vm(&m, &key, &vm), 0);
	assert_int_equal(ns_writer_flush(w, &m, &err), 0);
	m.vms[2].ended = true;
	m.vms[0].realm_before = true;
	assert_int_equal(ns_writer_close(w, &m, &err), 0);
	ns_model_free(&m);
	ns_model_init(&m);
	assert_int_equal(ns_recording_load(path, &m, NULL, &err), 0);
	assert_int_equal(m.nr_vms, 3);
	assert_string_equal(ns_model_vm(&m, 3)->name, "late(9)");
	assert_true(ns_model_vm(&m, 3)->ended);
	assert_false(ns_model_vm(&m, 1)->ended);
	assert_true(ns_model_vm(&m, 1)->realm_before);
	assert_false(ns_model_vm(&m, 3)->realm_before);
	ns_model_free(&m);
}

/* Marks come back in the order of time, once each, whenever they were written. */
static void test_marks(void **state)
{
	const char *path = test_path("marks");
	struct ns_error err;
	struct ns_model m;
	struct ns_writer *w;
	char text[16], *said;

	assert_int_equal(ns_synth_meta(&m), 0);
	m.nr_marks = 0;
	make_events(false, 1);
	assert_int_equal(ns_model_add_mark(&m, 2000, "two"), 0);
	assert_int_equal(ns_writer_open(&w, path, &m, NULL, &err), 0);
	assert_int_equal(ns_writer_event(w, &ev[0], &err), 0);
	assert_int_equal(ns_writer_flush(w, &m, &err), 0);
	assert_int_equal(ns_model_add_mark(&m, 1000, "one\033[2J"), 0);
	assert_int_equal(ns_model_add_mark(&m, 2000, "two"), 0);
	assert_int_equal(m.nr_marks, 2);
	assert_int_equal(ns_writer_flush(w, &m, &err), 0);
	assert_int_equal(ns_writer_close(w, &m, &err), 0);
	ns_model_free(&m);
	ns_model_init(&m);
	assert_int_equal(ns_recording_load(path, &m, &said, &err), 0);
	assert_null(said);
	assert_int_equal(m.nr_marks, 2);
	assert_int_equal(m.marks[0].ts, 1000);
	assert_string_equal(m.marks[0].text, "one\\x1b[2J");
	assert_string_equal(m.marks[1].text, "two");
	for (unsigned int i = 2; i < NS_MAX_MARKS; i++) {
		snprintf(text, sizeof(text), "%u", i);
		assert_int_equal(ns_model_add_mark(&m, 5, text), 0);
	}
	assert_int_equal(ns_model_add_mark(&m, 5, "too many"), -ENOSPC);
	ns_model_free(&m);
}

static void test_cmdline(void **state)
{
	const char *path = test_path("cmdline");
	struct ns_reader *r;
	struct ns_error err;

	test_record(path, ev, 0, 0);
	assert_int_equal(ns_reader_open(&r, path, &err), 0);
	assert_string_equal(ns_reader_cmdline(r), "record -o x -- a\\x09b");
	ns_reader_close(r);
}

static void test_private(void **state)
{
	const char *path = test_path("private");
	struct stat st;

	test_spit(path, "old", 3);
	assert_int_equal(chmod(path, 0666), 0);
	test_record(path, ev, 0, 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
}

/* The message when path cannot be read. */
static const char *refusal(const char *path, int *code)
{
	static struct ns_error err;
	struct ns_reader *r;

	assert_true(ns_reader_open(&r, path, &err) < 0);
	assert_null(r);
	*code = err.code;
	return err.msg;
}

static void assert_refused(const char *path, const char *because)
{
	int code;
	const char *msg = refusal(path, &code);

	assert_non_null(strstr(msg, path));
	if (!strstr(msg, because))
		fail_msg("\"%s\" does not say \"%s\"", msg, because);
	assert_int_equal(code, NS_EXIT_USAGE);
}

static void test_not_a_recording(void **state)
{
	const char *path = test_path("wrong");

	test_spit(path, "root:x:0:0:root:/root:/bin/bash, and so on and on", 48);
	assert_refused(path, "is not a nestscope recording (its first bytes");
	assert_refused(path, "make one with: nestscope record -o FILE");
	test_spit(path, "x", 1);
	assert_refused(path, "is not a nestscope recording");
	test_spit(path, "", 0);
	assert_refused(path, "it is empty");
	assert_refused("/tmp", "it is a directory");
	assert_refused("/dev/null", "it is a device");
	assert_refused(test_path("missing"), "No such file");
	path = test_path("fifo");
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_refused(path, "it is a pipe");
}

static void reseal_header(uint8_t *h)
{
	uint32_t c = (uint32_t)crc32(0, h, 24);

	for (int i = 0; i < 4; i++)
		h[24 + i] = (uint8_t)(c >> (8 * i));
}

static void test_versions(void **state)
{
	const char *path = test_path("version");
	size_t len;
	uint8_t *file;

	make_events(false, 10);
	test_record(path, ev, 10, 0);
	file = test_slurp(path, &len);
	file[12] = 2; /* major; a newer header need not even have this CRC */
	file[14] = 7;
	test_spit(path, file, len);
	assert_refused(path,
		       "format version 2.7; this nestscope reads up to 1.x: update nestscope");
	file[12] = 1; /* a newer minor version is read */
	reseal_header(file);
	test_spit(path, file, len);
	assert_int_equal(test_read(path, ev, warning), 10);
	assert_string_equal(warning, "");
	file[14] = 0;
	test_spit(path, file, len);
	assert_refused(path, "its header is damaged");
	file[8] = 1, file[9] = 2, file[10] = 3, file[11] = 4;
	test_spit(path, file, len);
	assert_refused(path, "big-endian");
	free(file);
}

/* Turn the PROVIDERS section into one that nobody knows. */
static void test_unknown_section(void **state)
{
	const char *path = test_path("section");
	size_t len, at;
	uint8_t *file;

	make_events(false, 10);
	test_record(path, ev, 10, 0);
	file = test_slurp(path, &len);
	at = test_section(file, len, NS_REC_PROVIDERS, 0);
	assert_true(at);
	file[at] = 99;
	test_reseal(file + at);
	test_spit(path, file, len);
	assert_int_equal(test_read(path, ev, warning), 10);
	assert_non_null(
		strstr(warning, "section 99, which this version does not know, was skipped"));
	file[at + 4] = NS_REC_MUST_KNOW;
	test_reseal(file + at);
	test_spit(path, file, len);
	assert_int_equal(test_read(path, ev, warning), 0);
	assert_non_null(strstr(warning, "section 99 needs a newer nestscope"));
	free(file);
}

/* Change one name of the schema and see what is read. */
static long read_renamed(const char *from, const char *to, struct ns_event *want)
{
	const char *path = test_path("schema");
	size_t len, at;
	uint8_t *file, *p;
	long n;

	test_record(path, ev, 2, 0);
	file = test_slurp(path, &len);
	at = test_section(file, len, NS_REC_SCHEMA, 0);
	p = memmem(file + at, len - at, from, strlen(from));
	assert_non_null(p);
	memcpy(p, to, strlen(to));
	test_reseal(file + at);
	test_spit(path, file, len);
	free(file);
	n = test_read(path, want, warning);
	return n;
}

static void test_schema_by_name(void **state)
{
	struct ns_event want[2];

	memset(ev, 0, sizeof(ev[0]) * 2);
	ev[0].event = NS_EV_S2_FAULT;
	ev[0].dim = NS_CAUSE_EVICT;
	ev[0].nr_fields = NS_S2_FAULT_NR_FIELDS;
	for (int i = 0; i < NS_S2_FAULT_NR_FIELDS; i++)
		ev[0].field[i] = 100 + (uint64_t)i;
	ev[0].field[NS_S2_FAULT_OUTCOME] = NS_OUTCOME_RETRY_RACE;
	ev[1].event = NS_EV_EL2_EXC;
	ev[1].nr_fields = NS_EL2_EXC_NR_FIELDS;

	/* an event: skipped and counted */
	assert_int_equal(read_renamed("s2.fault", "s2.fancy", &ev[1]), 1);
	assert_non_null(strstr(warning, "event s2.fancy"));
	assert_non_null(strstr(warning, "1 events that this version does not know were skipped"));
	/* a field: read without it */
	memcpy(want, ev, sizeof(want));
	want[0].field[NS_S2_FAULT_GUEST_SIZE] = NS_UNAVAILABLE;
	assert_int_equal(read_renamed("guest_size", "guest_mood", want), 2);
	assert_non_null(strstr(warning, "field guest_mood"));
	/* a value: "unknown" */
	memcpy(want, ev, sizeof(want));
	want[0].dim = NS_CAUSE_UNKNOWN;
	assert_int_equal(read_renamed("evict", "evasn", want), 2);
	assert_non_null(strstr(warning, "value evasn"));
	/* a field's value: "other" */
	memcpy(want, ev, sizeof(want));
	want[0].field[NS_S2_FAULT_OUTCOME] = NS_OUTCOME_OTHER;
	assert_int_equal(read_renamed("retry_race", "retry_lace", want), 2);
	assert_non_null(strstr(warning, "value retry_lace"));
}

/* ---- writing where it does not work ---- */

static const char *open_refusal(const char *path)
{
	static struct ns_error err;
	struct ns_writer *w;
	struct ns_model m;

	ns_model_init(&m);
	assert_true(ns_writer_open(&w, path, &m, NULL, &err) < 0);
	assert_null(w);
	assert_non_null(strstr(err.msg, path));
	return err.msg;
}

static void test_unwritable(void **state)
{
	const char *path = test_path("link");
	struct ns_error err;
	struct ns_writer *w;
	struct ns_model m;

	assert_non_null(strstr(open_refusal("/nonexistent/x"), "create its directory first"));
	assert_non_null(strstr(open_refusal("/tmp"), "not a regular file"));
	assert_non_null(strstr(open_refusal("/dev/full"), "not a regular file"));
	assert_int_equal(symlink("/nonexistent/target", path), 0);
	assert_non_null(strstr(open_refusal(path), "symbolic link"));
	path = test_path("pipe");
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_non_null(strstr(open_refusal(path), "not a regular file"));
	ns_model_init(&m);
	assert_int_equal(ns_writer_open(&w, "/dev/null", &m, NULL, &err), 0);
	assert_int_equal(ns_writer_close(w, &m, &err), 0);
	path = test_path("locked");
	assert_int_equal(ns_writer_open(&w, path, &m, NULL, &err), 0);
	assert_non_null(strstr(open_refusal(path), "another nestscope is writing it"));
	assert_int_equal(ns_writer_close(w, &m, &err), 0);
}

/* A filter by VM takes events that come before the section that names the VM. */
static void test_named_later(void **state)
{
	const char *path = test_path("later");
	struct ns_load load = { 0 };
	struct ns_event e = { .vm = 1, .event = NS_EV_EL2_ERET, .nr_fields = 5 };
	struct ns_expr *filter;
	struct ns_error err;
	struct ns_model m, got;
	struct ns_writer *w;
	unsigned int vms;
	char text[32];

	assert_int_equal(ns_synth_meta(&m), 0);
	snprintf(text, sizeof(text), "pid == %u", ns_model_vm(&m, 1)->key.pid);
	vms = m.nr_vms;
	m.nr_vms = 0;
	assert_int_equal(ns_writer_open(&w, path, &m, NULL, &err), 0);
	for (unsigned int i = 0; i < 10; i++)
		assert_int_equal(ns_writer_event(w, &e, &err), 0);
	assert_int_equal(ns_writer_flush(w, &m, &err), 0);
	m.nr_vms = vms;
	assert_int_equal(ns_writer_event(w, &e, &err), 0);
	assert_int_equal(ns_writer_close(w, &m, &err), 0);
	assert_int_equal(ns_expr_parse(&filter, text, &err), 0);
	load.filter = filter;
	ns_model_init(&got);
	assert_int_equal(ns_recording_load_some(path, &got, &load, NULL, &err), 0);
	assert_int_equal(ns_model_ledger(&got).kept, 11);
	assert_int_equal(load.left_out[NS_EV_EL2_ERET], 0);
	ns_expr_free(filter);
	ns_model_free(&got);
	ns_model_free(&m);
}

/* The disk is full in the middle: the file ends with a whole section. */
static void test_full(void **state)
{
	const char *path = test_path("full");
	struct rlimit old, limit;
	struct ns_error err;
	struct ns_writer *w;
	struct ns_model m;
	struct stat st;
	int rc = 0;
	long n;

	make_events(true, N);
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	assert_int_equal(ns_synth_meta(&m), 0);
	assert_int_equal(ns_writer_open(&w, path, &m, NULL, &err), 0);
	limit = (struct rlimit){ 1000000, old.rlim_max };
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	for (unsigned int i = 0; !rc && i < N; i++)
		rc = ns_writer_event(w, &ev[i], &err);
	assert_int_equal(rc, -EFBIG);
	assert_non_null(strstr(err.msg, path));
	assert_non_null(strstr(err.msg, "ulimit -f"));
	assert_int_equal(ns_writer_event(w, &ev[0], &err), -EFBIG);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_size, ns_writer_bytes(w));
	assert_int_equal(ns_writer_close(w, &m, &err), -EFBIG);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	n = test_read(path, ev, warning);
	assert_true(n > 0 && n % NS_REC_CHUNK_EVENTS == 0);
	assert_non_null(strstr(warning, "not ended cleanly"));
	ns_model_free(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_no_events),
		cmocka_unit_test(test_load),
		cmocka_unit_test(test_missed),
		cmocka_unit_test(test_late_vm),
		cmocka_unit_test(test_marks),
		cmocka_unit_test(test_named_later),
		cmocka_unit_test(test_cmdline),
		cmocka_unit_test(test_private),
		cmocka_unit_test(test_not_a_recording),
		cmocka_unit_test(test_versions),
		cmocka_unit_test(test_unknown_section),
		cmocka_unit_test(test_schema_by_name),
		cmocka_unit_test(test_unwritable),
		cmocka_unit_test(test_full),
	};

	return cmocka_run_group_tests_name("recording", tests, NULL, NULL);
}
