// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * rec_fuzz.c: hostile recordings against the reader, its going to a time, and
 * the rules of check.
 *
 * With libFuzzer (-DNS_LIBFUZZER) the engine makes the inputs; otherwise
 *	rec_fuzz SECONDS [SEED]
 * mutates recordings of its own, always in the same order.  Two of three
 * inputs get correct CRCs, since otherwise nothing behind the CRC is reached.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include "check.h"
#include "format.h"
#include "group.h"
#include "recording.h"
#include "slowest.h"
#include "synth.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned int seed);
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max);

static char path[64];

/* The reader takes a path: a file in memory has one. */
static int memory_file(void)
{
	static int fd = -1;

	if (fd < 0) {
		fd = memfd_create("rec_fuzz", MFD_CLOEXEC);
		if (fd < 0)
			abort();
		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	}
	return fd;
}

static void store(const uint8_t *data, size_t size)
{
	int fd = memory_file();

	if (ftruncate(fd, 0) || pwrite(fd, data, size, 0) != (ssize_t)size)
		abort();
}

/* What report does beside the counts. */
struct seen {
	struct ns_groups groups;
	struct ns_slowest slowest;
	uint64_t id;
};

static int see(void *arg, const struct ns_event *ev, uint64_t id, bool chosen,
	       const struct ns_model *meta)
{
	struct seen *s = arg;

	if (id <= s->id || ev->event >= NS_NR_EVENTS)
		abort();
	s->id = id;
	return ns_slowest_add(&s->slowest, ev, id, chosen) || ns_groups_add(&s->groups, ev, meta);
}

/* What was read must be usable: ids in range, a warning that is text. */
static void read_it(void)
{
	struct ns_error err = { 0 };
	struct seen s = { .id = 0 };
	struct ns_load load = { .see = see, .arg = &s };
	struct ns_model m;
	char *warning = NULL;
	int rc;

	ns_model_init(&m);
	if (ns_groups_init(&s.groups, "vm,dim,dur/1us", NULL) || ns_slowest_init(&s.slowest, 3, 2))
		abort();
	rc = ns_recording_load_some(path, &m, &load, &warning, &err);
	ns_groups_free(&s.groups);
	ns_slowest_free(&s.slowest);
	if (rc && !err.msg[0])
		abort();
	ns_model_sort(&m);
	for (unsigned int i = 0; i < m.nr_metrics; i++)
		if (m.metrics[i].event >= NS_NR_EVENTS)
			abort();
	for (const char *p = warning; p && *p; p++)
		if ((unsigned char)*p < ' ')
			abort();
	free(warning);
	ns_model_free(&m);
}

/* All events from where r is; each must be one of the catalogue. */
static uint64_t read_events(struct ns_reader *r)
{
	struct ns_error err = { 0 };
	struct ns_event ev;
	uint64_t n = 0;
	int rc;

	while ((rc = ns_reader_next(r, &ev, &err)) > 0) {
		if (ev.event >= NS_NR_EVENTS)
			abort();
		n++;
	}
	if (rc < 0 && !err.msg[0])
		abort();
	return n;
}

/* The chunks of a file, and their events as far as they can be read from each. */
static void seek_it(void)
{
	struct ns_chunks chunks = { 0 };
	struct ns_error err = { 0 };
	struct ns_reader *r;
	uint64_t all, n, left;

	if (ns_reader_open(&r, path, &err))
		return;
	all = read_events(r);
	if (ns_reader_skim(r, &chunks, &err)) {
		if (!err.msg[0])
			abort();
		ns_reader_close(r);
		return;
	}
	if (all && !chunks.nr)
		abort();
	left = chunks.events;
	for (unsigned int i = 0; i < chunks.nr; left -= chunks.chunk[i++].events) {
		if (i > 4 && i % 8) /* some will do */
			continue;
		ns_reader_seek(r, &chunks.chunk[i]);
		n = read_events(r);
		/* from the first on it is what reading from the start gives */
		if (n > left || (!i && n != all))
			abort();
	}
	ns_chunks_free(&chunks);
	ns_reader_close(r);
}

static bool harmless(const char *cmdline)
{
	return *cmdline;
}

/* Whatever is in it, each rule comes to a result, and what it shows is there. */
static void check_it(void)
{
	const struct ns_check_select sel = { .vcpu = -1 };
	const struct ns_check_opts opts = { .stuck_limit = 1 };
	const struct ns_check_result *r;
	struct ns_error err = { 0 };
	struct ns_check *c;
	struct ns_model m;
	char *warning;

	ns_model_init(&m);
	if (ns_check_recording(&c, path, &opts, &sel, harmless, &m, &warning, &err)) {
		if (!err.msg[0])
			abort();
		ns_model_free(&m);
		return;
	}
	for (unsigned int i = 0; i < NS_NR_RULES; i++) {
		r = ns_check_result(c, i);
		if (!r->violations != !r->nr_kept || (r->state == NS_CHECK_OK && r->violations))
			abort();
		for (unsigned int k = 0; k < r->nr_kept; k++)
			for (unsigned int p = 0; p < r->kept[k].nr_proofs; p++)
				if (!r->kept[k].proof[p].held)
					abort();
	}
	free(warning);
	ns_check_close(c);
	ns_model_free(&m);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	store(data, size);
	read_it();
	if (size % 4 == 1)
		seek_it();
	if (!(size % 4)) /* it takes ten times as long as reading */
		check_it();
	return 0;
}

/* ---- mutation that knows the format ---- */

static uint64_t get(const uint8_t *p, unsigned int n)
{
	uint64_t v = 0;

	while (n--)
		v = v << 8 | p[n];
	return v;
}

static void put(uint8_t *p, uint64_t v, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		p[i] = (uint8_t)(v >> (8 * i));
}

/* Correct CRCs wherever the sections still have a shape. */
static void seal(uint8_t *f, size_t len)
{
	size_t at = NS_REC_HEADER_SIZE, size;

	if (len < at)
		return;
	put(f + 24, crc32(0, f, 24), 4);
	while (len - at >= NS_REC_HEAD_SIZE) {
		size = get(f + at + 8, 8);
		if (size <= len - at - NS_REC_HEAD_SIZE)
			put(f + at + 16, crc32(0, f + at + NS_REC_HEAD_SIZE, (uInt)size), 4);
		put(f + at + 20, crc32(0, f + at, 20), 4);
		if (size > len - at - NS_REC_HEAD_SIZE)
			return;
		at += NS_REC_HEAD_SIZE + size;
	}
}

/*
 * Turn every chunk into a stored one, so that mutations reach the columns and
 * not zstd.  Returns the new length.
 */
static size_t unpack(const uint8_t *f, size_t len, uint8_t *out, size_t max)
{
	size_t at = NS_REC_HEADER_SIZE, size, to = at, raw;

	memcpy(out, f, at);
	while (len - at >= NS_REC_HEAD_SIZE) {
		size = get(f + at + 8, 8);
		memcpy(out + to, f + at, NS_REC_HEAD_SIZE);
		if (get(f + at, 4) == NS_REC_EVENTS) {
			memcpy(out + to + 24, f + at + 24, NS_REC_EVENTS_HEAD);
			raw = ZSTD_decompress(out + to + 56, max - to - 56, f + at + 56,
					      size - NS_REC_EVENTS_HEAD);
			if (ZSTD_isError(raw))
				abort();
			put(out + to + 24 + 24, NS_REC_STORED, 4);
			put(out + to + 8, raw + NS_REC_EVENTS_HEAD, 8);
			to += NS_REC_HEAD_SIZE + NS_REC_EVENTS_HEAD + raw;
		} else {
			memcpy(out + to + 24, f + at + 24, size);
			to += NS_REC_HEAD_SIZE + size;
		}
		at += NS_REC_HEAD_SIZE + size;
	}
	seal(out, to);
	return to;
}

#ifdef NS_LIBFUZZER
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned int seed)
{
	size = LLVMFuzzerMutate(data, size, max);
	if (seed % 3)
		seal(data, size);
	return size;
}
#endif

/* A small recording, compressed and stored. */
#define SEED_MAX (1U << 20)

static size_t make_seed(uint8_t *out, unsigned int events, uint64_t number, bool stored)
{
	static uint8_t file[SEED_MAX];
	char name[] = "/tmp/rec_fuzz.XXXXXX";
	struct ns_error err;
	struct ns_model m;
	struct ns_synth s;
	struct ns_writer *w;
	struct ns_event ev;
	ssize_t len;
	int fd = mkstemp(name);

	ns_synth_init(&s, number);
	if (fd < 0 || ns_synth_meta(&m) || ns_writer_open(&w, name, &m, "fuzz", &err))
		abort();
	for (unsigned int i = 0; i < events; i++) {
		if (i & 1)
			ns_synth_noise(&s, &ev);
		else
			ns_synth_event(&s, &ev);
		if (ns_writer_event(w, &ev, &err) ||
		    (i == events / 2 && ns_writer_flush(w, &m, &err)))
			abort();
	}
	if (ns_writer_close(w, &m, &err))
		abort();
	len = pread(fd, file, sizeof(file), 0);
	close(fd);
	unlink(name);
	ns_model_free(&m);
	if (stored)
		return unpack(file, (size_t)len, out, SEED_MAX);
	memcpy(out, file, (size_t)len);
	return (size_t)len;
}

#ifndef NS_LIBFUZZER
#define NR_SEEDS 6

static size_t mutate_bytes(struct ns_synth *s, uint8_t *f, size_t len, size_t max)
{
	static const uint64_t edge[] = { 0,	     1,		 0x7f,	     0x80,
					 0xff,	     0x100,	 0x7fff,     0xffff,
					 0x7fffffff, 0xffffffff, 1ULL << 63, UINT64_MAX };
	uint64_t rnd = ns_synth_random(s) >> 8;
	size_t at = rnd % len, n = 1U << (rnd >> 40) % 4;

	switch ((rnd >> 44) % 6) {
	case 0:
		f[at] ^= (uint8_t)(1U << (rnd >> 48) % 8);
		break;
	case 1:
		f[at] = (uint8_t)(rnd >> 48);
		break;
	case 2:
		if (len - at >= n)
			put(f + at, edge[(rnd >> 48) % 12], (unsigned int)n);
		break;
	case 3: /* cut out */
		if (len - at > n) {
			memmove(f + at, f + at + n, len - at - n);
			len -= n;
		}
		break;
	case 4: /* double */
		if (len + n <= max && len - at > n) {
			memmove(f + at + n, f + at, len - at);
			len += n;
		}
		break;
	default:
		if (!((rnd >> 48) % 8))
			len = at ? at : 1;
		break;
	}
	return len;
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* One to eight changes to a seed. */
static size_t make_input(struct ns_synth *s, const uint8_t *seed, size_t len, uint8_t *f)
{
	uint64_t changes = 1 + (ns_synth_random(s) >> 8) % 8;

	memcpy(f, seed, len);
	while (changes--)
		len = mutate_bytes(s, f, len, SEED_MAX);
	if ((ns_synth_random(s) >> 8) % 3)
		seal(f, len);
	return len;
}

int main(int argc, char **argv)
{
	static uint8_t seed[NR_SEEDS][SEED_MAX], input[SEED_MAX];
	double limit = argc > 1 ? atof(argv[1]) : 10, start = now(), slowest = 0, t;
	size_t len[NR_SEEDS], n;
	uint64_t inputs = 0;
	struct ns_synth s;

	ns_synth_init(&s, argc > 2 ? strtoull(argv[2], NULL, 10) : 1);
	for (unsigned int i = 0; i < NR_SEEDS; i++)
		len[i] = make_seed(seed[i], 4U << (2 * (i / 2)), i + 1, i % 2);
	for (t = start; t - start < limit; inputs++) {
		unsigned int pick = (unsigned int)(inputs % NR_SEEDS);
		double before = t;

		n = make_input(&s, seed[pick], len[pick], input);
		LLVMFuzzerTestOneInput(input, n);
		t = now();
		if (t - before > slowest)
			slowest = t - before;
	}
	printf("rec_fuzz: %" PRIu64 " inputs in %.1f s, slowest %.0f ms, no failure\n", inputs,
	       t - start, slowest * 1e3);
	return 0;
}
#else
int LLVMFuzzerInitialize(int *argc, char ***argv);

/* With NS_FUZZ_SEEDS set, leave seeds in that directory for the engine. */
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	static uint8_t seed[SEED_MAX];
	const char *dir = getenv("NS_FUZZ_SEEDS");
	char name[512];
	size_t len;
	FILE *f;

	for (unsigned int i = 0; dir && i < 6; i++) {
		len = make_seed(seed, 4U << (2 * (i / 2)), i + 1, i % 2);
		snprintf(name, sizeof(name), "%s/seed-%u", dir, i);
		f = fopen(name, "w");
		if (!f || fwrite(seed, 1, len, f) != len || fclose(f))
			return -1;
	}
	return 0;
}
#endif
