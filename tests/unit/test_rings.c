// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_rings.c: several rings read as one.  The map is a file, filled here as the
 * programs do (bpf/common.bpf.h).
 */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "rings.h"

#define NR 3
#define SIZE 8192

static struct ns_ring *producers[NR];
static struct ns_rings rings;
static int fd;
static void *map;

static size_t map_bytes(void)
{
	return NR * NS_RING_BYTES(SIZE);
}

static int setup(void **state)
{
	fd = memfd_create("rings", 0);
	assert_int_equal(ftruncate(fd, (off_t)map_bytes()), 0);
	map = mmap(NULL, map_bytes(), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	assert_ptr_not_equal(map, MAP_FAILED);
	for (unsigned int i = 0; i < NR; i++)
		producers[i] = (void *)((uint8_t *)map + i * NS_RING_BYTES(SIZE));
	return ns_rings_open(&rings, fd, NR, SIZE);
}

static int teardown(void **state)
{
	ns_rings_close(&rings);
	munmap(map, map_bytes());
	close(fd);
	return 0;
}

static bool has_room(unsigned int ring, unsigned int nr)
{
	const struct ns_ring *r = producers[ring];

	return r->head + NS_REC_BYTES(nr) - r->tail <= SIZE;
}

/* Room for nr fields; there is no other record in it, and no rest of one. */
static struct ns_rec *reserve(unsigned int ring, unsigned int nr)
{
	struct ns_ring *r = producers[ring];
	uint8_t *p = r->data + r->head % SIZE;

	assert_true(has_room(ring, nr));
	r->head += NS_REC_BYTES(nr);
	for (size_t i = 0; i < NS_REC_BYTES(nr); i++)
		assert_int_equal(p[i], 0);
	return (void *)p;
}

/* A record of time ts with nr fields; returns it. */
static struct ns_rec *produce(unsigned int ring, uint64_t ts, unsigned int nr, bool ready)
{
	struct ns_rec *rec = reserve(ring, nr);

	rec->ts = ts;
	rec->cpu = (uint16_t)ring;
	rec->nr_fields = (uint8_t)nr;
	for (unsigned int i = 0; i < nr; i++)
		rec->field[i] = ~0ULL;
	rec->ready = ready;
	return rec;
}

static uint64_t position(unsigned int ring)
{
	return producers[ring]->tail;
}

static uint64_t got[4096];
static unsigned int nr_got;
static int answer; /* of the callback, after so many records */
static unsigned int answer_after;

static int take(void *arg, const struct ns_rec *rec)
{
	assert_ptr_equal(arg, &rings);
	got[nr_got++] = rec->ts;
	return nr_got == answer_after ? answer : 0;
}

static int read_all(void)
{
	nr_got = 0;
	return ns_rings_read(&rings, take, &rings);
}

static void expect_times(const uint64_t *ts, unsigned int nr)
{
	assert_int_equal(read_all(), nr);
	assert_int_equal(nr_got, nr);
	for (unsigned int i = 0; i < nr; i++)
		assert_int_equal(got[i], ts[i]);
}

static void test_order(void **state)
{
	static const uint64_t all[] = { 10, 11, 12, 13, 20, 21, 30 };

	assert_int_equal(read_all(), 0);
	produce(0, 10, 1, true);
	produce(1, 11, 14, true);
	produce(1, 12, 2, true);
	produce(0, 13, 3, true);
	produce(2, 20, 5, true);
	produce(0, 21, 0, true);
	produce(1, 30, 1, true);
	expect_times(all, 7);
	for (unsigned int i = 0; i < NR; i++)
		assert_int_equal(position(i), producers[i]->head);
	assert_int_equal(read_all(), 0);
}

/* One that is being written holds back what is behind it, on its ring only. */
static void test_busy(void **state)
{
	static const uint64_t first[] = { 42, 43 }, then[] = { 40, 41, 44 };
	uint64_t at = producers[0]->head;
	struct ns_rec *rec = produce(0, 40, 2, false);

	produce(0, 41, 1, true);
	produce(1, 42, 1, true);
	produce(2, 43, 1, true);
	expect_times(first, 2);
	assert_int_equal(position(0), at);
	rec->ready = true;
	produce(1, 44, 1, true);
	expect_times(then, 3);
}

/* What fits and no more; the last may go over the end. */
static void test_full(void **state)
{
	unsigned int nr = 0;

	for (unsigned int lap = 0; lap < 3; lap++) {
		for (nr = 0; has_room(1, 14); nr++)
			produce(1, 500 + nr, 14, true);
		assert_int_equal(nr, SIZE / NS_REC_BYTES(14));
		assert_int_equal(read_all(), nr);
	}
	/* none of it was in the next ring */
	assert_int_equal(producers[2]->head, position(2));
}

/* Many times round, in every ring, with records of all lengths. */
static void test_wrap(void **state)
{
	uint64_t ts = 1000;

	for (unsigned int round = 0; round < 400; round++) {
		for (unsigned int i = 0; i < 40; i++)
			produce((i * 7 + round) % NR, ts + i, (i + round) % 15, true);
		assert_int_equal(read_all(), 40);
		for (unsigned int i = 0; i < 40; i++)
			assert_int_equal(got[i], ts + i);
		ts += 40;
	}
	assert_true(producers[0]->head > 10 * SIZE);
}

static void test_filling(void **state)
{
	assert_false(ns_rings_filling(&rings));
	for (uint64_t ts = 100000; !ns_rings_filling(&rings); ts++)
		produce(2, ts, 14, true);
	assert_true(producers[2]->head - position(2) >= SIZE / 8);
	assert_true(producers[2]->head - position(2) < SIZE / 8 + 200);
	assert_true(read_all() > 0);
	assert_false(ns_rings_filling(&rings));
}

/* An error of the reader's ends it; that record is not seen again. */
static void test_error(void **state)
{
	static const uint64_t rest[] = { 200002 };

	produce(0, 200000, 1, true);
	produce(1, 200001, 1, true);
	produce(0, 200002, 1, true);
	answer = -5;
	answer_after = 2;
	assert_int_equal(read_all(), -5);
	assert_int_equal(nr_got, 2);
	answer_after = 0;
	expect_times(rest, 1);
}

static void test_plan(void **state)
{
	size_t each;
	unsigned int nr = ns_rings_plan(64 << 20, &each);

	assert_true(nr && !(nr & (nr - 1)) && nr <= NS_MAX_RINGS);
	assert_true(nr == NS_MAX_RINGS || nr >= (unsigned int)sysconf(_SC_NPROCESSORS_ONLN));
	assert_true(!(each & (each - 1)) && each * nr >= 64 << 20 && each * nr < 128 << 20);
	ns_rings_plan(1, &each);
	assert_int_equal(each, NS_RING_MIN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),	  cmocka_unit_test(test_busy),
		cmocka_unit_test(test_full), cmocka_unit_test(test_wrap),
		cmocka_unit_test(test_filling),	  cmocka_unit_test(test_error),
		cmocka_unit_test(test_plan),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
