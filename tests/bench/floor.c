// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * floor: run a command with the smallest possible program on one or two
 * tracepoints, to know what of an observer's cost is the kernel's own.
 *
 *	floor empty|count|ring TRACEPOINT[,TRACEPOINT] COMMAND [ARG...]
 *
 * The ring is emptied without being read.  Prints how many events the programs
 * saw ("empty" does not know).  Exit: the command's, 1 failed, 2 usage.
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

typedef uint32_t u32;
typedef uint64_t u64;
#include "floor.skel.h"

static const char *const kinds[] = { "empty", "count", "ring" };
#define NR_KINDS (sizeof(kinds) / sizeof(kinds[0]))

static int fail(const char *what)
{
	fprintf(stderr, "floor: %s: %s\n", what, strerror(errno));
	return 1;
}

static int attach(struct floor_bpf *f, const char *tracepoints)
{
	const char *comma = strchr(tracepoints, ',');
	char first[64];

	snprintf(first, sizeof(first), "%.*s",
		 (int)(comma ? comma - tracepoints : (long)strlen(tracepoints)), tracepoints);
	bpf_program__set_autoload(f->progs.second, comma);
	if (bpf_program__set_attach_target(f->progs.first, 0, first) ||
	    (comma && bpf_program__set_attach_target(f->progs.second, 0, comma + 1)) ||
	    floor_bpf__load(f))
		return -1;
	f->links.first = bpf_program__attach(f->progs.first);
	f->links.second = comma ? bpf_program__attach(f->progs.second) : NULL;
	return f->links.first && (f->links.second || !comma) ? 0 : -1;
}

/* Until the command ends make room in the ring, every 5 ms as the recorder does. */
static int drain(struct floor_bpf *f, pid_t pid)
{
	struct timespec nap = { .tv_nsec = 5000000 };
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	int fd = bpf_map__fd(f->maps.ring), status;
	unsigned long *reader = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	unsigned long *writer = mmap(NULL, page, PROT_READ, MAP_SHARED, fd, (off_t)page);

	if (reader == MAP_FAILED || writer == MAP_FAILED)
		return fail("mapping the ring");
	while (!waitpid(pid, &status, WNOHANG)) {
		__atomic_store_n(reader, __atomic_load_n(writer, __ATOMIC_ACQUIRE), __ATOMIC_RELEASE);
		nanosleep(&nap, NULL);
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

static int run(struct floor_bpf *f, char **argv)
{
	pid_t pid = fork();
	int status;

	if (!pid) {
		execvp(argv[0], argv);
		_exit(fail(argv[0]));
	}
	if (pid < 0)
		return fail("fork");
	if (f->rodata->kind == 2)
		return drain(f, pid);
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

static u64 seen(struct floor_bpf *f)
{
	int cpus = libbpf_num_possible_cpus();
	u64 *n = calloc((size_t)cpus, sizeof(*n)), sum = 0;
	u32 zero = 0;

	if (n && !bpf_map_lookup_elem(bpf_map__fd(f->maps.counts), &zero, n))
		for (int i = 0; i < cpus; i++)
			sum += n[i];
	free(n);
	return sum;
}

int main(int argc, char **argv)
{
	struct floor_bpf *f;
	unsigned int kind = 0;
	int status;

	while (argc > 3 && kind < NR_KINDS && strcmp(argv[1], kinds[kind]))
		kind++;
	if (argc < 4 || kind == NR_KINDS) {
		fprintf(stderr,
			"usage: floor empty|count|ring TRACEPOINT[,TRACEPOINT] COMMAND [ARG...]\n");
		return 2;
	}
	f = floor_bpf__open();
	if (!f)
		return fail("opening the programs");
	f->rodata->kind = kind;
	if (attach(f, argv[2]))
		return fail(argv[2]);
	status = run(f, argv + 3);
	printf("%llu\n", (unsigned long long)seen(f));
	floor_bpf__destroy(f);
	return status;
}
