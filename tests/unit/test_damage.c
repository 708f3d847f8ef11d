// SPDX-License-Identifier: GPL-2.0-or-later
/* test_damage.c: recordings that were cut or changed: whole chunks are read, the rest is told. */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "files.h"
#include "format.h"
#include "synth.h"

#define EVERY 8 /* events in a chunk */
#define CHUNKS 3
#define N (EVERY * CHUNKS)

static struct ns_event ev[N];
static uint8_t *file;
static size_t len;
static size_t chunk_end[CHUNKS], start; /* offsets */

static int setup(void **state)
{
	const char *path = test_path("whole");
	struct ns_synth s;
	size_t at;

	ns_synth_init(&s, 11);
	for (int i = 0; i < N; i++)
		ns_synth_event(&s, &ev[i]);
	test_record(path, ev, N, EVERY);
	file = test_slurp(path, &len);
	at = test_section(file, len, NS_REC_PROVIDERS, 0);
	start = at;
	for (unsigned int i = 0; i < CHUNKS; i++) {
		at = test_section(file, len, NS_REC_EVENTS, i);
		memcpy(&chunk_end[i], file + at + 8, 8);
		chunk_end[i] += at + NS_REC_HEAD_SIZE;
	}
	return 0;
}

static int teardown(void **state)
{
	free(file);
	return 0;
}

/* Events in whole chunks before byte "at". */
static long whole_before(size_t at)
{
	long n = 0;

	for (int i = 0; i < CHUNKS; i++)
		n += chunk_end[i] <= at ? EVERY : 0;
	return n;
}

static void test_every_cut(void **state)
{
	const char *path = test_path("cut");
	char warning[256];
	long n;

	for (size_t at = 0; at < len; at++) {
		test_spit(path, file, at);
		n = test_read(path, ev, warning);
		if (at < start) {
			assert_int_equal(n, -1); /* without a schema there is nothing to read */
			continue;
		}
		assert_int_equal(n, whole_before(at));
		assert_true(strstr(warning, "the file is truncated at offset") ||
			    strstr(warning, "not ended cleanly"));
	}
	test_spit(path, file, len);
	assert_int_equal(test_read(path, ev, warning), N);
	assert_string_equal(warning, "");
}

/* A flipped byte is either told, or in a byte that does not matter. */
static void flip(size_t at, uint8_t with)
{
	const char *path = test_path("flip");
	char warning[256];
	long n;

	file[at] ^= with;
	test_spit(path, file, len);
	n = test_read(path, ev, warning); /* compares what is read */
	file[at] ^= with;
	if (at < NS_REC_HEADER_SIZE) {
		/* bytes 28 to 31 are reserved */
		assert_int_equal(n, at < 28 ? -1 : N);
		return;
	}
	if (n < 0) {
		assert_true(at < start + NS_REC_HEAD_SIZE);
		return;
	}
	assert_true(n >= whole_before(at));
	assert_true(warning[0]);
}

static void test_every_flip(void **state)
{
	for (size_t at = 0; at < len; at++)
		flip(at, 1U << at % 8);
}

static void test_random_flips(void **state)
{
	struct ns_synth s;

	ns_synth_init(&s, 13);
	for (int i = 0; i < 1000; i++)
		flip((ns_synth_random(&s) >> 8) % len, 1 + (ns_synth_random(&s) >> 8) % 255);
}

/* Several bytes of a payload changed and its CRC put right: only the checks behind the CRC help. */
static void test_forged(void **state)
{
	const char *path = test_path("forged");
	uint8_t *copy = malloc(len);
	struct ns_synth s;
	char warning[256];
	size_t at, size;
	long n;
	int id;

	ns_synth_init(&s, 17);
	for (int i = 0; i < 3000; i++) {
		memcpy(copy, file, len);
		id = NS_REC_HOST + (int)((ns_synth_random(&s) >> 8) % NS_REC_MARKS);
		if (id == NS_REC_EVENTS || id == NS_REC_SCHEMA)
			continue; /* would rightly read other events: the fuzzer's work */
		at = test_section(copy, len, (uint32_t)id, 0);
		memcpy(&size, copy + at + 8, 8);
		for (int k = 0; k < 3; k++)
			copy[at + NS_REC_HEAD_SIZE + (ns_synth_random(&s) >> 8) % size] =
				(uint8_t)(ns_synth_random(&s) >> 8);
		test_reseal(copy + at);
		test_spit(path, copy, len);
		n = test_read(path, ev, warning);
		/* what is in front of the schema may be needed to read at all */
		assert_true(n >= (id <= NS_REC_CMDLINE ? -1 : 0) && n <= N);
	}
	free(copy);
}

/* A size that no file has, and a chunk that claims more than the limits. */
static void test_hostile_sizes(void **state)
{
	const char *path = test_path("hostile");
	size_t at = test_section(file, len, NS_REC_EVENTS, 1);
	uint8_t *copy = malloc(len);
	char warning[256];

	memcpy(copy, file, len);
	memset(copy + at + 8, 0, 8);
	test_reseal(copy + at); /* an empty chunk; what follows is no section */
	test_spit(path, copy, len);
	assert_int_equal(test_read(path, ev, warning), EVERY);
	assert_true(warning[0]);

	memcpy(copy, file, len);
	memset(copy + at + NS_REC_HEAD_SIZE, 0xff, 4); /* number of events */
	test_reseal(copy + at);
	test_spit(path, copy, len);
	assert_int_equal(test_read(path, ev, warning), EVERY);
	assert_non_null(strstr(warning, "its size is out of range"));

	memcpy(copy, file, len);
	memset(copy + at + NS_REC_HEAD_SIZE + 4, 0xff, 4); /* raw size */
	test_reseal(copy + at);
	test_spit(path, copy, len);
	assert_int_equal(test_read(path, ev, warning), EVERY);
	assert_non_null(strstr(warning, "its size is out of range"));
	free(copy);
}

static void test_data_after_end(void **state)
{
	const char *path = test_path("after");
	uint8_t *copy = malloc(len * 2);
	char warning[256];

	memcpy(copy, file, len);
	memcpy(copy + len, file + start, len - start);
	test_spit(path, copy, 2 * len - start);
	assert_int_equal(test_read(path, ev, warning), N);
	assert_non_null(strstr(warning, "data after the end mark"));
	free(copy);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_cut),     cmocka_unit_test(test_every_flip),
		cmocka_unit_test(test_random_flips),  cmocka_unit_test(test_forged),
		cmocka_unit_test(test_hostile_sizes), cmocka_unit_test(test_data_after_end),
	};

	return cmocka_run_group_tests_name("damage", tests, setup, teardown);
}
