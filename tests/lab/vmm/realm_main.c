// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * realm_main.c: the workloads of realms.  No realm runs: they build and destroy
 * what one would be made of, and say what that must have taken, one line of JSON
 * for each VM.
 */
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "realm_work.h"

#define P_ROW(id, name, def, help) { name, def, help },
static const struct {
	const char *name;
	uint64_t def;
	const char *help;
} params[] = { REALM_PARAMS(P_ROW) };

static int run_build(struct work *w);
static int run_teardown(struct work *w);

static const struct {
	const char *name, *help;
	int (*run)(struct work *w);
} workloads[] = {
	{ "rtt-build", "a realm with a bit of everything, taken apart again", run_build },
	{ "rtt-teardown", "thousands of tables, holes, blocks: the VM ends", run_teardown },
	{ "rtt-faulty", "an RMM that refuses, each way once (needs the lab's firmware)", work_faulty },
	{ "rtt-touch", "the host touches what is the realm's", work_touch },
};
#define NR_WORKLOADS (sizeof(workloads) / sizeof(workloads[0]))

uint64_t work_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static void params_print(const struct work *w, FILE *f)
{
	for (unsigned int i = 0; i < REALM_PARAM_MAX; i++)
		fprintf(f, "%s\"%s\":%llu", i ? "," : "", params[i].name,
			(unsigned long long)w->params[i]);
}

/* One line, written at once, so that two programs never mix theirs. */
void work_report(const struct work *w, const struct model_counts *n, const char *more)
{
	char *line;
	size_t size;
	FILE *f = open_memstream(&line, &size);

	if (!f)
		return;
	fprintf(f, "{\"workload\":\"%s\",\"pid\":%d,\"vm\":%u,\"vcpus\":0,\"params\":{", w->name, getpid(),
		w->vm);
	params_print(w, f);
	fprintf(f, "},\"iterations\":%llu,\"counts\":{", (unsigned long long)w->rounds);
	model_print(n, f);
	fprintf(f, "},\"elapsed_ns\":%llu%s%s}\n", (unsigned long long)w->elapsed_ns, *more ? "," : "", more);
	fclose(f);
	if (write(STDOUT_FILENO, line, size) != (ssize_t)size)
		perror("vmm: stdout");
	free(line);
}

static void add_counts(struct model_counts *sum, const struct model_counts *n)
{
	uint64_t *to = (uint64_t *)sum;
	const uint64_t *from = (const uint64_t *)n;

	for (size_t i = 0; i < sizeof(*n) / sizeof(*to); i++)
		to[i] += from[i];
}

/* Some of everything that can be done to a realm, in the order in which it can. */
static void build(struct realm *r, uint64_t pages)
{
	uint64_t half = 1ull << (r->m.bits - 1), block = 64ull << 20;

	realm_ripas(r, 0, 8ull << 20);
	realm_ripas(r, block - 0x3000, block + REALM_SIZE(2));
	realm_data(r, 0x1ff000 - pages / 2 * REALM_PAGE, (unsigned int)pages, false);
	realm_block(r, block + 2 * REALM_SIZE(2), false);
	realm_tables(r, half / 2, 3);
	if (r->m.start < 2)
		realm_tables(r, half / 2 + REALM_SIZE(1), 2);
	realm_share(r, half, 3);
	realm_share(r, half + 0x5000, 3);
	realm_share(r, half + 16 * REALM_SIZE(2), 2);
	realm_agrees(r);
	realm_activate(r);
	realm_block(r, block + 4 * REALM_SIZE(2), true);
	realm_block(r, block + 5 * REALM_SIZE(2), true);
	realm_data(r, half - REALM_PAGE, 1, true);
	realm_agrees(r);
}

/* And some of it is taken back while the realm lives. */
static void change(struct realm *r)
{
	uint64_t half = 1ull << (r->m.bits - 1), block = 64ull << 20;

	realm_unfold(r, block + 4 * REALM_SIZE(2), 3);
	realm_fold(r, block + 4 * REALM_SIZE(2), 3);
	realm_unmap(r, block + 5 * REALM_SIZE(2) + 0x10000, block + 5 * REALM_SIZE(2) + 0x20000);
	realm_unmap(r, block + 2 * REALM_SIZE(2), block + 3 * REALM_SIZE(2));
	realm_unshare(r, half, half + 0x1000);
	/* begins within what one table translates, and ends so */
	realm_destroy_tables(r, half / 2 - REALM_SIZE(2),
			     half / 2 + (r->m.start < 2 ? REALM_SIZE(1) : 0) + 3 * REALM_SIZE(2));
	realm_agrees(r);
}

static int run_build(struct work *w)
{
	for (w->rounds = 0; w->rounds < w->params[REALM_PARAM_ROUNDS]; w->rounds++) {
		realm_create(&w->realm, (unsigned int)w->params[REALM_PARAM_BITS]);
		build(&w->realm, w->params[REALM_PARAM_PAGES]);
		change(&w->realm);
		realm_destroy(&w->realm);
		add_counts(&w->sum, &w->realm.m.n);
	}
	realm_close(&w->realm);
	return work_settle(w, &w->sum, 0);
}

/*
 * Tables all over the lower half, one in each step; every eighth has data, every
 * 64th place is a block, and the upper half has some of both sizes.
 */
static void scatter(struct realm *r, uint64_t tables, bool data)
{
	uint64_t half = 1ull << (r->m.bits - 1), step = half / tables & ~(REALM_SIZE(2) - 1);

	if (!step) {
		fprintf(stderr, "vmm: %llu tables do not fit: give more --bits\n", (unsigned long long)tables);
		exit(2);
	}
	for (uint64_t i = 0, ipa = 0; i < tables; i++, ipa += step) {
		if (data && i % 64 == 5) {
			realm_block(r, ipa, i % 128 == 5);
			continue;
		}
		realm_tables(r, ipa, 3);
		if (data && i % 8 == 0)
			realm_data(r, ipa + i % REALM_ENTRIES * REALM_PAGE, i % 512 == 511 ? 1 : 2 - i % 2, true);
		if (data && i % 256 == 3)
			realm_share(r, half + ipa, i % 512 == 3 ? 3 : 2);
	}
}

static int run_teardown(struct work *w)
{
	struct realm *r = &w->realm;
	uint64_t before, tables, calls = 0;
	struct model_counts built;
	char more[256];

	realm_create(r, (unsigned int)w->params[REALM_PARAM_BITS]);
	scatter(r, w->params[REALM_PARAM_TABLES], w->params[REALM_PARAM_DATA]);
	realm_agrees(r);
	tables = model_nr_tables(&r->m);
	built = r->m.n;
	before = work_ns();
	/* not asked to: the VM's end has to do it */
	realm_close(r);
	before = work_ns() - before;
	model_destroy(&r->m);
	for (unsigned int c = 0; c < CALL_MAX; c++)
		for (unsigned int s = 0; s < STATUS_MAX; s++)
			calls += r->m.n.call[c][s] - built.call[c][s];
	snprintf(more, sizeof(more),
		 "\"teardown\":{\"tables\":%llu,\"rtt_destroy\":%llu,\"calls\":%llu,\"ns\":%llu}",
		 (unsigned long long)tables,
		 (unsigned long long)(r->m.n.call[CALL_RTT_DESTROY][STATUS_SUCCESS] +
				      r->m.n.call[CALL_RTT_DESTROY][STATUS_RTT] -
				      built.call[CALL_RTT_DESTROY][STATUS_SUCCESS] -
				      built.call[CALL_RTT_DESTROY][STATUS_RTT]),
		 (unsigned long long)calls, (unsigned long long)before);
	w->rounds = 1;
	w->sum = r->m.n;
	w->more = more;
	return work_settle(w, &w->sum, 0);
}

/* The firmware agrees, what should be is left over, and the line is written. */
int work_settle(struct work *w, const struct model_counts *n, uint64_t leaked)
{
	struct firmware after;
	int64_t lost = kernel_leaked();

	w->elapsed_ns = work_ns() - w->start_ns;
	if (!w->params[REALM_PARAM_ALONE] || firmware_read(&after)) {
		work_report(w, n, w->more ? w->more : "");
		return 0;
	}
	if (n && !firmware_agrees(&w->before, &after, n))
		return 1;
	if (firmware_delegated(&after) - firmware_delegated(&w->before) != leaked ||
	    lost - w->leaked_before != (int64_t)leaked) {
		fprintf(stderr, "vmm: the RMM has %llu granules more than before, the kernel leaked %lld, not %llu\n",
			(unsigned long long)(firmware_delegated(&after) - firmware_delegated(&w->before)),
			(long long)(lost - w->leaked_before), (unsigned long long)leaked);
		return 1;
	}
	work_report(w, n, w->more ? w->more : "");
	return 0;
}

void realm_list(FILE *f, const char *format)
{
	for (unsigned int i = 0; i < NR_WORKLOADS; i++)
		fprintf(f, format, workloads[i].name, workloads[i].help);
}

static int usage(void)
{
	fprintf(stderr, "usage: vmm WORKLOAD [OPTION]...\n\nworkloads of realms:\n");
	realm_list(stderr, "  %-12s %s\n");
	fprintf(stderr, "\noptions:\n");
	for (unsigned int i = 0; i < REALM_PARAM_MAX; i++)
		fprintf(stderr, "  --%s N%*s%s (%llu)\n", params[i].name, (int)(12 - strlen(params[i].name)),
			"", params[i].help, (unsigned long long)params[i].def);
	return 2;
}

static int parse(struct work *w, int argc, char **argv)
{
	static struct option longs[REALM_PARAM_MAX + 1];
	char *end;
	int c;

	for (unsigned int i = 0; i < REALM_PARAM_MAX; i++) {
		longs[i] = (struct option){ params[i].name, 1, NULL, (int)i };
		w->params[i] = params[i].def;
	}
	while ((c = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		if (c == '?')
			return usage();
		errno = 0;
		w->params[c] = strtoull(optarg, &end, 0);
		if (errno || *end || end == optarg) {
			fprintf(stderr, "vmm: --%s is not a number: '%s'\n", params[c].name, optarg);
			return 2;
		}
	}
	return optind + 1 == argc ? 0 : usage();
}

int realm_main(int argc, char **argv)
{
	static struct work w = { .realm.fd = -1 };
	unsigned int i;
	int err;

	for (i = 0; i < NR_WORKLOADS && (argc < 2 || strcmp(argv[1], workloads[i].name)); i++)
		;
	if (i == NR_WORKLOADS)
		return -1;
	w.name = workloads[i].name;
	err = parse(&w, argc, argv);
	if (err)
		return err;
	if (!w.params[REALM_PARAM_PAGES] || w.params[REALM_PARAM_PAGES] > 512 ||
	    !w.params[REALM_PARAM_TABLES]) {
		fprintf(stderr, "vmm: --pages must be 1 to 512, --tables more than 0\n");
		return 2;
	}
	if (realm_supported() < (int)w.params[REALM_PARAM_BITS]) {
		fprintf(stderr, "vmm: %s: no realms of %llu bits here (the series' kernel, lab run --rmm)\n", w.name,
			(unsigned long long)w.params[REALM_PARAM_BITS]);
		return 77;
	}
	err = realm_open(&w.realm, (unsigned int)w.params[REALM_PARAM_BITS]);
	if (err) {
		fprintf(stderr, "vmm: creating a realm VM: %s\n", strerror(-err));
		return 1;
	}
	firmware_read(&w.before);
	w.leaked_before = kernel_leaked();
	w.start_ns = work_ns();
	usleep((useconds_t)w.params[REALM_PARAM_DELAY] * 1000);
	return workloads[i].run(&w);
}
