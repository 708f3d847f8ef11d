// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * fuzz.c: the choices come from a fuzzer.  With libFuzzer (-DRMM_LIBFUZZER) it
 * makes the bytes; otherwise
 *	fuzz SECONDS [SEED]
 * mutates inputs of its own and keeps those that gave answers not seen before.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "world.h"

#define MAX_CALLS 20000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct bytes {
	struct chooser chooser;
	const uint8_t *p, *end;
};

static uint64_t bytes_below(struct chooser *c, uint64_t n)
{
	struct bytes *b = (struct bytes *)c;
	unsigned int want = n <= 256 ? 1 : n <= 65536 ? 2 : 8;
	uint64_t v = 0;

	while (want-- && b->p < b->end)
		v = v << 8 | *b->p++;
	return v % n;
}

static struct world *run(const uint8_t *data, size_t size)
{
	struct bytes b = { { bytes_below }, data, data + size };
	struct world *w = world_new();

	while (b.p < b.end && w->calls < MAX_CALLS)
		world_step(w, &b.chooser);
	world_check(w);
	return w;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	world_free(run(data, size));
	return 0;
}

#ifndef RMM_LIBFUZZER
#define CORPUS 64
#define LONGEST 4096

static uint8_t corpus[CORPUS][LONGEST];
static size_t lengths[CORPUS];

static uint64_t rnd(void)
{
	return (uint64_t)random() << 31 ^ (uint64_t)random();
}

/* An input of the corpus with some bytes changed, or a piece of another one. */
static size_t mutate(uint8_t *to)
{
	unsigned int from = rnd() % CORPUS, other = rnd() % CORPUS;
	size_t n = lengths[from], at = rnd() % LONGEST, len = rnd() % 64;

	memcpy(to, corpus[from], LONGEST);
	if (at + len > LONGEST)
		len = LONGEST - at;
	if (rnd() % 2)
		memcpy(to + at, corpus[other] + at, len);
	else
		while (len--)
			to[at + len] = (uint8_t)rnd();
	if (rnd() % 4 == 0)
		n = 1 + rnd() % LONGEST;
	return n;
}

static int interesting(const struct world *w)
{
	static uint64_t best[RMI_NR_FIDS][RMI_NR_STATUS];
	int new = 0;

	for (int f = 0; f < RMI_NR_FIDS; f++)
		for (int s = 0; s < RMI_NR_STATUS; s++)
			if (w->seen[f][s] > best[f][s]) {
				best[f][s] = w->seen[f][s];
				new = 1;
			}
	return new;
}

int main(int argc, char **argv)
{
	time_t end = time(NULL) + (argc > 1 ? atoi(argv[1]) : 15);
	static uint8_t input[LONGEST];
	unsigned long inputs = 0, calls = 0;

	srandom(argc > 2 ? (unsigned int)atoi(argv[2]) : 1);
	for (unsigned int i = 0; i < CORPUS; i++) {
		lengths[i] = LONGEST;
		for (unsigned int k = 0; k < LONGEST; k++)
			corpus[i][k] = (uint8_t)rnd();
	}
	while (time(NULL) < end) {
		size_t n = mutate(input);
		struct world *w = run(input, n);

		if (interesting(w)) {
			unsigned int slot = rnd() % CORPUS;

			memcpy(corpus[slot], input, LONGEST);
			lengths[slot] = n;
		}
		inputs++;
		calls += w->calls;
		world_free(w);
	}
	printf("%lu inputs, %lu calls\n", inputs, calls);
	return 0;
}
#endif
