// SPDX-License-Identifier: GPL-2.0-or-later
/* test_seek.c: the table of a recording's chunks, and reading from any of them. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "files.h"
#include "recording.h"
#include "synth.h"

#define N 10500
#define EVERY 1000 /* events in a chunk */

static struct ns_event ev[N];

static void make(void)
{
	struct ns_synth s;

	ns_synth_init(&s, 1);
	for (unsigned int i = 0; i < N; i++)
		ns_synth_event(&s, &ev[i]);
}

static void assert_event(const struct ns_event *got, const struct ns_event *want)
{
	assert_int_equal(got->ts, want->ts);
	assert_int_equal(got->event, want->event);
	assert_int_equal(got->ctx, want->ctx);
	for (unsigned int i = 0; i < want->nr_fields; i++)
		assert_int_equal(got->field[i], want->field[i]);
}

/* Everything from chunk i on is there, in order; how many events that are. */
static unsigned int read_from(struct ns_reader *r, const struct ns_chunks *t, unsigned int i)
{
	unsigned int at = 0, n = 0;
	struct ns_error err;
	struct ns_event got;

	for (unsigned int c = 0; c < i; c++)
		at += t->chunk[c].events;
	ns_reader_seek(r, &t->chunk[i]);
	while (ns_reader_next(r, &got, &err) > 0)
		assert_event(&got, &ev[at + n++]);
	assert_null(ns_reader_warning(r));
	return n;
}

static void test_skim(void **state)
{
	const char *path = test_path("skim");
	struct ns_chunks t;
	struct ns_reader *r;
	struct ns_error err;
	struct ns_event got;

	make();
	test_record(path, ev, N, EVERY);
	assert_int_equal(ns_reader_open(&r, path, &err), 0);
	assert_int_equal(ns_reader_skim(r, &t, &err), 0);
	assert_null(ns_reader_warning(r));
	assert_int_equal(t.nr, N / EVERY + 1);
	assert_int_equal(t.events, N);
	assert_int_equal(t.chunk[10].events, 500);
	assert_int_equal(t.chunk[0].first_ns, ev[0].ts);
	assert_int_equal(t.chunk[3].last_ns, ev[3999].ts);
	/* names and losses come late in a file: they are there already */
	assert_int_equal(ns_reader_meta(r)->nr_vms, 2);
	assert_int_equal(ns_model_ledger(ns_reader_meta(r)).seen, N);
	assert_int_equal(ns_reader_next(r, &got, &err), 0);
	for (unsigned int i = t.nr; i-- > 0;) /* backwards, too */
		assert_int_equal(read_from(r, &t, i), N - i * EVERY);
	ns_chunks_free(&t);
	ns_reader_close(r);
}

/* Cut anywhere: what is whole is in the table and can be read, and no more. */
static void test_cut(void **state)
{
	const char *path = test_path("cut");
	size_t len;
	uint8_t *file;

	make();
	test_record(path, ev, 3 * EVERY, EVERY);
	file = test_slurp(path, &len);
	for (size_t cut = len - 1; cut > 600; cut -= cut > 2000 ? 997 : 97) {
		struct ns_error err;
		struct ns_chunks t;
		struct ns_reader *r;
		struct ns_event got;
		uint64_t n = 0;

		test_spit(path, file, cut);
		if (ns_reader_open(&r, path, &err))
			continue;
		assert_int_equal(ns_reader_skim(r, &t, &err), 0);
		assert_non_null(ns_reader_warning(r));
		if (t.nr) {
			ns_reader_seek(r, &t.chunk[0]);
			while (ns_reader_next(r, &got, &err) > 0)
				n++;
		}
		assert_int_equal(n, t.events);
		ns_chunks_free(&t);
		ns_reader_close(r);
	}
	free(file);
}

static void test_empty(void **state)
{
	const char *path = test_path("empty");
	struct ns_chunks t;
	struct ns_reader *r;
	struct ns_error err;

	test_record(path, ev, 0, 0);
	assert_int_equal(ns_reader_open(&r, path, &err), 0);
	assert_int_equal(ns_reader_skim(r, &t, &err), 0);
	assert_int_equal(t.nr, 0);
	assert_int_equal(ns_reader_meta(r)->nr_vms, 2);
	ns_chunks_free(&t);
	ns_reader_close(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_skim),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_empty),
	};

	return cmocka_run_group_tests_name("seek", tests, NULL, NULL);
}
