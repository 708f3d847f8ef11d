// SPDX-License-Identifier: GPL-2.0-or-later
/* files.c: see files.h. */
#include "unit.h"
#include "files.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "format.h"
#include "recording.h"
#include "synth.h"

static char dir[64];

static void remove_dir(void)
{
	char cmd[96];

	snprintf(cmd, sizeof(cmd), "rm -rf '%s'", dir);
	if (system(cmd))
		fprintf(stderr, "%s is left\n", dir);
}

const char *test_path(const char *name)
{
	static char path[2][128];
	static int turn;

	if (!dir[0]) {
		strcpy(dir, "/tmp/nestscope-test-XXXXXX");
		assert_non_null(mkdtemp(dir));
		atexit(remove_dir);
	}
	turn ^= 1;
	snprintf(path[turn], sizeof(path[turn]), "%s/%s", dir, name);
	return path[turn];
}

uint8_t *test_slurp(const char *path, size_t *len)
{
	FILE *f = fopen(path, "r");
	uint8_t *p;

	assert_non_null(f);
	fseek(f, 0, SEEK_END);
	*len = (size_t)ftell(f);
	rewind(f);
	p = malloc(*len + 1);
	assert_int_equal(fread(p, 1, *len, f), *len);
	fclose(f);
	return p;
}

void test_spit(const char *path, const void *data, size_t len)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_int_equal(fwrite(data, 1, len, f), len);
	fclose(f);
}

void test_record(const char *path, const struct ns_event *ev, unsigned int nr, unsigned int every)
{
	struct ns_error err = { 0 };
	struct ns_model meta;
	struct ns_writer *w;

	assert_int_equal(ns_synth_meta(&meta), 0);
	assert_int_equal(ns_writer_open(&w, path, &meta, "record -o x -- a\tb", &err), 0);
	for (unsigned int i = 0; i < nr; i++) {
		assert_int_equal(ns_writer_event(w, &ev[i], &err), 0);
		meta.ledger[ev[i].event].seen++;
		meta.ledger[ev[i].event].kept++;
		if (every && i % every == every - 1)
			assert_int_equal(ns_writer_flush(w, &meta, &err), 0);
	}
	meta.end_ns = 2000000000000ULL;
	assert_int_equal(ns_writer_events(w), nr);
	assert_int_equal(ns_writer_close(w, &meta, &err), 0);
	ns_model_free(&meta);
}

static void assert_event(const struct ns_event *a, const struct ns_event *b)
{
	assert_int_equal(a->ts, b->ts);
	assert_int_equal(a->event, b->event);
	assert_int_equal(a->vm, b->vm);
	assert_int_equal(a->vcpu, b->vcpu);
	assert_int_equal(a->ctx, b->ctx);
	assert_int_equal(a->cpu, b->cpu);
	assert_int_equal(a->dim, b->dim);
	assert_int_equal(a->sub, b->sub);
	assert_int_equal(a->nr_fields, b->nr_fields);
	assert_memory_equal(a->field, b->field, sizeof(a->field));
}

long test_read(const char *path, const struct ns_event *want, char *warning)
{
	struct ns_error err = { 0 };
	struct ns_reader *r;
	struct ns_event ev;
	long n = 0;
	int rc;

	warning[0] = '\0';
	if (ns_reader_open(&r, path, &err)) {
		assert_int_equal(err.code, NS_EXIT_USAGE);
		assert_non_null(strstr(err.msg, path));
		return -1;
	}
	while ((rc = ns_reader_next(r, &ev, &err)) > 0)
		assert_event(&ev, &want[n++]);
	assert_int_equal(rc, 0);
	assert_int_equal(ns_reader_next(r, &ev, &err), 0); /* stays at the end */
	if (ns_reader_warning(r))
		snprintf(warning, 256, "%s", ns_reader_warning(r));
	ns_reader_close(r);
	return n;
}

static uint64_t get(const uint8_t *p, int n)
{
	return n ? p[0] | get(p + 1, n - 1) << 8 : 0;
}

size_t test_section(const uint8_t *file, size_t len, uint32_t id, unsigned int nr)
{
	size_t at = NS_REC_HEADER_SIZE;

	while (at + NS_REC_HEAD_SIZE <= len) {
		if (get(file + at, 4) == id && !nr--)
			return at;
		at += NS_REC_HEAD_SIZE + get(file + at + 8, 8);
	}
	return 0;
}

static void put_crc(uint8_t *to, const uint8_t *data, size_t len)
{
	uint32_t c = (uint32_t)crc32(0, data, (uInt)len);

	for (int i = 0; i < 4; i++)
		to[i] = (uint8_t)(c >> (8 * i));
}

void test_reseal(uint8_t *head)
{
	put_crc(head + 16, head + NS_REC_HEAD_SIZE, get(head + 8, 8));
	put_crc(head + 20, head, 20);
}
