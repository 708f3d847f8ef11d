// SPDX-License-Identifier: GPL-2.0-or-later
/* test_series.c: recordings of several files, and of the last seconds only. */
#include "unit.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "catalogue.h"
#include "files.h"
#include "format.h"
#include "rec_series.h"
#include "synth.h"

#define N 60000 /* synthetic events, one in about 1.6 us */
#define FLUSH 5000

static struct ns_model meta;
static struct ns_event ev[N];
static char base[256];

static void make_events(void)
{
	struct ns_synth s;

	assert_int_equal(ns_synth_meta(&meta), 0);
	memset(meta.ledger, 0, sizeof(meta.ledger));
	ns_synth_init(&s, 11);
	for (unsigned int i = 0; i < N; i++)
		ns_synth_event(&s, &ev[i]);
	snprintf(base, sizeof(base), "%s.nsr", test_path("series"));
}

/* One more that was seen and is not kept, one of each "of" that are. */
static void also(struct ns_ledger_row *row, uint64_t *column, unsigned int of)
{
	if (row->kept % of != 1)
		return;
	row->seen++;
	++*column;
}

/* Give all events; beside them the kernel has others of each type in its ledger. */
static void give(struct ns_series *s, unsigned int from, unsigned int to)
{
	struct ns_error err = { 0 };

	for (unsigned int i = from; i < to; i++) {
		struct ns_ledger_row *row = &meta.ledger[ev[i].event];

		row->seen++;
		row->kept++;
		also(row, &row->filtered, 10);
		also(row, &row->missed, 15);
		also(row, &row->unattributed, 20);
		assert_int_equal(ns_series_event(s, &ev[i], &err), 0);
		if (i % FLUSH == FLUSH - 1)
			assert_int_equal(ns_series_flush(s, &meta, &err), 0);
	}
}

static const char *numbered(unsigned int n)
{
	static char name[300];

	snprintf(name, sizeof(name), "%.*s.%04u.nsr", (int)strlen(base) - 4, base, n);
	return name;
}

/*
 * The events of a file must be ev[from...]; its ledger must agree, and is
 * added to sum.  How many?
 */
static unsigned int same(const char *path, unsigned int from, struct ns_ledger_row *sum)
{
	struct ns_error err = { 0 };
	struct ns_ledger_row l;
	struct ns_reader *r;
	struct ns_event e;
	unsigned int n = 0;

	if (ns_reader_open(&r, path, &err))
		fail_msg("%s", err.msg);
	while (ns_reader_next(r, &e, &err) > 0) {
		assert_int_equal(e.ts, ev[from + n].ts);
		assert_int_equal(e.event, ev[from + n].event);
		n++;
	}
	l = ns_model_ledger(ns_reader_meta(r));
	assert_null(ns_reader_warning(r));
	assert_int_equal(l.kept, n);
	assert_int_equal(l.seen, ns_ledger_accounted(&l));
	ns_ledger_add(sum, &l);
	ns_reader_close(r);
	return n;
}

static uint64_t size_of(const char *path)
{
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	return (uint64_t)st.st_size;
}

/* What a ledger says is written once, also at the end of a file. */
static void ends_once(const char *path)
{
	uint8_t h[NS_REC_HEAD_SIZE];
	uint32_t id, crc, ledger = 0, before = 0;
	uint64_t size;
	FILE *f = fopen(path, "r");

	assert_non_null(f);
	assert_int_equal(fread(h, 1, 20, f), 20);
	memcpy(&id, h + 16, sizeof(id)); /* the header's size */
	assert_int_equal(fseek(f, (long)id, SEEK_SET), 0);
	for (; fread(h, 1, sizeof(h), f) == sizeof(h); before = id) {
		memcpy(&id, h, sizeof(id));
		memcpy(&size, h + 8, sizeof(size));
		memcpy(&crc, h + 16, sizeof(crc));
		assert_false(id == NS_REC_LEDGER && crc == ledger);
		ledger = id == NS_REC_LEDGER ? crc : ledger;
		assert_int_equal(fseek(f, (long)size, SEEK_CUR), 0);
	}
	assert_int_equal(before, NS_REC_END);
	fclose(f);
}

/* All events are in the files, each once, and so is what became of the others. */
static void test_rotation(void **state)
{
	struct ns_series_opts o = { .path = base, .max_bytes = 100 << 10 };
	struct ns_error err = { 0 };
	struct ns_ledger_row sum = { 0 }, all;
	uint64_t bytes, sizes = 0;
	unsigned int n = 0, files;
	struct ns_series *s;

	make_events();
	assert_int_equal(ns_series_open(&s, &o, &meta, &err), 0);
	give(s, 0, N);
	files = ns_series_files(s);
	assert_true(files >= 3);
	bytes = ns_series_bytes(s);
	for (unsigned int i = 1; i <= files; i++)
		sizes += size_of(numbered(i));
	assert_int_equal(bytes, sizes);
	assert_int_equal(ns_series_close(s, &meta, &err), 0);
	for (unsigned int i = 1; i < files; i++)
		ends_once(numbered(i));
	for (unsigned int i = 1; i <= files; i++)
		n += same(numbered(i), n, &sum);
	assert_int_equal(n, N);
	all = ns_model_ledger(&meta);
	assert_true(all.filtered && all.missed && all.unattributed);
	assert_memory_equal(&sum, &all, sizeof(sum));
	for (unsigned int i = 1; i <= files; i++)
		unlink(numbered(i));
	ns_model_free(&meta);
}

static void test_keep(void **state)
{
	struct ns_series_opts o = { .path = base, .max_ns = 20000000, .keep = 2 };
	struct ns_error err = { 0 };
	unsigned int files;
	struct ns_series *s;

	make_events();
	assert_int_equal(ns_series_open(&s, &o, &meta, &err), 0);
	give(s, 0, N);
	files = ns_series_files(s);
	assert_true(files >= 3);
	assert_int_equal(ns_series_close(s, &meta, &err), 0);
	for (unsigned int i = 1; i <= files; i++)
		assert_int_equal(access(numbered(i), F_OK), i + 2 > files ? 0 : -1);
	unlink(numbered(files));
	unlink(numbered(files - 1));
	ns_model_free(&meta);
}

/* A dump has the events of the last 10 ms, and says that the others were left out. */
static void dumped(const char *path, unsigned int until)
{
	struct ns_ledger_row sum = { 0 };
	unsigned int from = until;

	while (from && ev[from - 1].ts >= ev[until - 1].ts - 10000000)
		from--;
	assert_true(from > 0);
	assert_int_equal(same(path, from, &sum), until - from);
	assert_int_equal(sum.seen, ns_model_ledger(&meta).seen);
	unlink(path);
}

static void test_flight(void **state)
{
	struct ns_series_opts o = { .path = base, .flight_ns = 10000000 };
	struct ns_error err = { 0 };
	struct ns_series *s;

	make_events();
	assert_int_equal(ns_series_open(&s, &o, &meta, &err), 0);
	give(s, 0, N / 2);
	assert_int_equal(access(base, F_OK), -1);
	assert_int_equal(ns_series_dump(s, &meta, &err), 0);
	dumped(base, N / 2);
	give(s, N / 2, N);
	assert_int_equal(ns_series_dump(s, &meta, &err), 0);
	assert_string_equal(ns_series_path(s), numbered(1));
	dumped(numbered(1), N);
	assert_int_equal(ns_series_close(s, &meta, &err), 0);
	ns_model_free(&meta);
}

/* What is in memory: no more than the parts that are kept, however long it goes on. */
static void test_flight_bytes(void **state)
{
	struct ns_series_opts o = { .path = base, .flight_ns = 10000000 };
	uint64_t bytes, before = 0, most[2] = { 0, 0 };
	struct ns_error err = { 0 };
	unsigned int dropped = 0;
	struct ns_series *s;

	make_events();
	assert_int_equal(ns_series_open(&s, &o, &meta, &err), 0);
	for (unsigned int i = 0; i < N; i += FLUSH / 10, before = bytes) {
		give(s, i, i + FLUSH / 10);
		bytes = ns_series_bytes(s);
		dropped += bytes < before;
		if (bytes > most[i >= N / 2])
			most[i >= N / 2] = bytes;
	}
	/* 96 ms of events were given, 12.5 ms are kept */
	assert_true(dropped > N / FLUSH);
	assert_true(most[1] < most[0] * 5 / 4);
	assert_int_equal(ns_series_close(s, &meta, &err), 0);
	ns_model_free(&meta);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rotation),
		cmocka_unit_test(test_keep),
		cmocka_unit_test(test_flight),
		cmocka_unit_test(test_flight_bytes),
	};

	return cmocka_run_group_tests_name("series", tests, NULL, NULL);
}
