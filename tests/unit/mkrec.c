// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * mkrec.c: make a synthetic recording, or measure writing and reading one.
 *
 *	mkrec FILE EVENTS	a recording of that many synthetic events
 *	mkrec --bench FILE EVENTS	the same, timed, and then read back, timed
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "recording.h"
#include "synth.h"

static double cpu_seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int fail(const struct ns_error *err)
{
	fprintf(stderr, "mkrec: %s\n", err->msg);
	return -1;
}

/* Write n events; *spent is the time in the writer, without making events. */
static int make(const char *path, uint64_t n, double *spent, uint64_t *bytes)
{
	enum { BATCH = 16384 };
	static struct ns_event ev[BATCH];
	struct ns_model meta;
	struct ns_synth s;
	struct ns_writer *w;
	struct ns_error err;
	double t;

	ns_synth_init(&s, 1);
	if (ns_synth_meta(&meta) || ns_writer_open(&w, path, &meta, "mkrec (synthetic)", &err))
		return fail(&err);
	*spent = 0;
	for (uint64_t done = 0, nr; done < n; done += nr) {
		nr = n - done < BATCH ? n - done : BATCH;
		for (uint64_t i = 0; i < nr; i++) {
			ns_synth_event(&s, &ev[i]);
			meta.ledger[ev[i].event].seen++;
			meta.ledger[ev[i].event].kept++;
		}
		t = cpu_seconds();
		for (uint64_t i = 0; i < nr; i++)
			if (ns_writer_event(w, &ev[i], &err))
				return fail(&err);
		*spent += cpu_seconds() - t;
	}
	meta.end_ns = s.ts;
	*bytes = ns_writer_bytes(w);
	if (ns_writer_close(w, &meta, &err))
		return fail(&err);
	ns_model_free(&meta);
	return 0;
}

static int bench_read(const char *path, uint64_t n)
{
	struct ns_reader *r;
	struct ns_error err;
	struct ns_event ev;
	struct ns_model m;
	uint64_t got = 0;
	double t = cpu_seconds();

	if (ns_reader_open(&r, path, &err))
		return fail(&err);
	while (ns_reader_next(r, &ev, &err) > 0)
		got++;
	ns_reader_close(r);
	t = cpu_seconds() - t;
	printf("decode: %.1f ns/event, %.1f M events/s (%" PRIu64 " of %" PRIu64 " events)\n",
	       t * 1e9 / (double)n, (double)n / t / 1e6, got, n);
	ns_model_init(&m);
	t = cpu_seconds();
	if (ns_recording_load(path, &m, NULL, &err))
		return fail(&err);
	t = cpu_seconds() - t;
	printf("load into the model: %.1f ns/event, %.1f M events/s, %u metrics\n",
	       t * 1e9 / (double)n, (double)n / t / 1e6, m.nr_metrics);
	ns_model_free(&m);
	return got == n ? 0 : -1;
}

int main(int argc, char **argv)
{
	int bench = argc == 4 && !strcmp(argv[1], "--bench");
	uint64_t n, bytes;
	double spent;

	if (argc != 3 && !bench) {
		fprintf(stderr, "usage: mkrec [--bench] FILE EVENTS\n");
		return 2;
	}
	n = strtoull(argv[argc - 1], NULL, 10);
	if (!n || make(argv[argc - 2], n, &spent, &bytes))
		return 1;
	printf("%" PRIu64 " synthetic events: %.2f bytes/event\n", n, (double)bytes / (double)n);
	if (!bench)
		return 0;
	printf("encode: %.1f ns/event\n", spent * 1e9 / (double)n);
	return bench_read(argv[argc - 2], n) ? 1 : 0;
}
