// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_rings.c: several rings read as one.  The rings are files with the layout
 * of the kernel's, filled here as bpf_ringbuf_reserve and _submit do.
 */
#include "unit.h"

#include <linux/bpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "rings.h"

#define NR 3
#define SIZE 8192

struct producer {
	int fd;
	uint8_t *reader, *writer, *data;
	unsigned long at;
};

static struct producer producers[NR];
static struct ns_rings rings;
static size_t page;

static int setup(void **state)
{
	int fds[NR];
	uint8_t *p;

	page = (size_t)sysconf(_SC_PAGESIZE);
	for (unsigned int i = 0; i < NR; i++) {
		fds[i] = memfd_create("ring", 0);
		assert_int_equal(ftruncate(fds[i], (off_t)(2 * page + 2 * SIZE)), 0);
		p = mmap(NULL, 2 * page + 2 * SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fds[i], 0);
		assert_ptr_not_equal(p, MAP_FAILED);
		producers[i] = (struct producer){ fds[i], p, p + page, p + 2 * page, 0 };
	}
	return ns_rings_open(&rings, fds, NR, SIZE);
}

static int teardown(void **state)
{
	ns_rings_close(&rings);
	for (unsigned int i = 0; i < NR; i++) {
		munmap(producers[i].reader, 2 * page + 2 * SIZE);
		close(producers[i].fd);
	}
	return 0;
}

/* The kernel has one copy of the data, mapped twice. */
static void put_byte(struct producer *p, unsigned long at, uint8_t value)
{
	p->data[at % SIZE] = p->data[at % SIZE + SIZE] = value;
}

static void put(struct producer *p, unsigned long at, const void *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		put_byte(p, at + i, ((const uint8_t *)bytes)[i]);
}

/* A record of time ts with nr fields; flags: BUSY, DISCARD.  Returns its place. */
static unsigned long produce(unsigned int ring, uint64_t ts, unsigned int nr, uint32_t flags)
{
	struct producer *p = &producers[ring];
	struct ns_rec rec = { .ts = ts, .cpu = (uint16_t)ring, .nr_fields = (uint8_t)nr };
	uint32_t len = (uint32_t)(sizeof(rec) + nr * sizeof(uint64_t)), head[2] = { len | flags };
	unsigned long at = p->at;

	put(p, at, head, sizeof(head));
	put(p, at + sizeof(head), &rec, sizeof(rec));
	p->at += (sizeof(head) + len + 7) / 8 * 8;
	memcpy(p->writer, &p->at, sizeof(p->at));
	return at;
}

static unsigned long position(unsigned int ring)
{
	return *(unsigned long *)producers[ring].reader;
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
	produce(0, 10, 1, 0);
	produce(1, 11, 14, 0);
	produce(1, 12, 2, 0);
	produce(0, 13, 3, 0);
	produce(2, 20, 5, 0);
	produce(0, 21, 0, 0);
	produce(1, 30, 1, 0);
	expect_times(all, 7);
	for (unsigned int i = 0; i < NR; i++)
		assert_int_equal(position(i), producers[i].at);
	assert_int_equal(read_all(), 0);
}

/* One that is being written holds back what is behind it, on its ring only. */
static void test_busy(void **state)
{
	static const uint64_t first[] = { 42, 43 }, then[] = { 40, 41, 44 };
	unsigned long at = produce(0, 40, 2, BPF_RINGBUF_BUSY_BIT);
	uint32_t head = sizeof(struct ns_rec) + 2 * sizeof(uint64_t);

	produce(0, 41, 1, 0);
	produce(1, 42, 1, 0);
	produce(2, 43, 1, 0);
	expect_times(first, 2);
	assert_int_equal(position(0), at);
	put(&producers[0], at, &head, sizeof(head));
	produce(1, 44, 1, 0);
	expect_times(then, 3);
}

static void test_discarded(void **state)
{
	static const uint64_t left[] = { 51, 53 };

	produce(0, 50, 2, BPF_RINGBUF_DISCARD_BIT);
	produce(0, 51, 1, 0);
	produce(0, 52, 3, BPF_RINGBUF_DISCARD_BIT);
	produce(1, 53, 1, 0);
	produce(1, 54, 1, BPF_RINGBUF_DISCARD_BIT);
	expect_times(left, 2);
	for (unsigned int i = 0; i < NR; i++)
		assert_int_equal(position(i), producers[i].at);
}

/* Many times round, in every ring, with records of all lengths. */
static void test_wrap(void **state)
{
	uint64_t ts = 1000;

	for (unsigned int round = 0; round < 400; round++) {
		for (unsigned int i = 0; i < 40; i++)
			produce((i * 7 + round) % NR, ts + i, (i + round) % 15, 0);
		assert_int_equal(read_all(), 40);
		for (unsigned int i = 0; i < 40; i++)
			assert_int_equal(got[i], ts + i);
		ts += 40;
	}
	assert_true(producers[0].at > 10 * SIZE);
}

static void test_filling(void **state)
{
	assert_false(ns_rings_filling(&rings));
	for (uint64_t ts = 100000; !ns_rings_filling(&rings); ts++)
		produce(2, ts, 14, 0);
	assert_true(producers[2].at - position(2) >= SIZE / 8);
	assert_true(producers[2].at - position(2) < SIZE / 8 + 200);
	assert_true(read_all() > 0);
	assert_false(ns_rings_filling(&rings));
}

/* An error of the reader's ends it; that record is not seen again. */
static void test_error(void **state)
{
	static const uint64_t rest[] = { 200002 };

	produce(0, 200000, 1, 0);
	produce(1, 200001, 1, 0);
	produce(0, 200002, 1, 0);
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
	assert_int_equal(each, page);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),	  cmocka_unit_test(test_busy),
		cmocka_unit_test(test_discarded), cmocka_unit_test(test_wrap),
		cmocka_unit_test(test_filling),	  cmocka_unit_test(test_error),
		cmocka_unit_test(test_plan),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
