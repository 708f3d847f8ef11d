// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * realm_touch.c: rtt-touch: the host reads and writes a page that is the
 * realm's, through /dev/mem, from user space and from the kernel.  The machine
 * refuses it, and nobody but the one who asked notices.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "realm_work.h"

static sigjmp_buf back;
static volatile int got_signal, got_code;

static void on_bus(int sig, siginfo_t *info, void *context)
{
	(void)context;
	got_signal = sig;
	got_code = info->si_code;
	siglongjmp(back, 1);
}

/* Did the access end with SIGBUS? */
static bool refused(volatile uint64_t *p, bool write)
{
	got_signal = 0;
	if (sigsetjmp(back, 1) == 0) {
		if (write)
			*p = 1;
		else
			(void)*p;
	}
	return got_signal == SIGBUS && got_code == BUS_OBJERR;
}

static bool check(const char *what, bool ok)
{
	if (!ok)
		fprintf(stderr, "vmm: rtt-touch: %s (errno %d, signal %d code %d)\n", what, errno, got_signal,
			got_code);
	return ok;
}

/* The page through a mapping, and by system calls that copy from it and to it. */
static bool touch(int mem, uint64_t pa, bool realms)
{
	uint64_t *p = mmap(NULL, REALM_PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, mem, (off_t)pa);
	int null = open("/dev/zero", O_RDWR | O_CLOEXEC), pipes[2];
	uint64_t word;
	bool ok = true;

	if (p == MAP_FAILED || null < 0 || pipe(pipes))
		return check("mapping /dev/mem", false);
	ok &= check("read(2) of the page", (pread(mem, &word, sizeof(word), (off_t)pa) == sizeof(word)) == !realms);
	if (realms) {
		ok &= check("the reason it gave", errno == EFAULT);
		ok &= check("a load", refused(p, false));
		ok &= check("a store", refused(p, true));
		errno = 0;
		ok &= check("write(2) from the page", write(pipes[1], p, 64) == -1 && errno == EFAULT);
		errno = 0;
		ok &= check("read(2) into the page", read(null, p, 64) == -1 && errno == EFAULT);
	} else {
		ok &= check("what it holds", p[0] == 0);
		ok &= check("a store", !refused(p, true));
	}
	munmap(p, REALM_PAGE);
	close(null);
	close(pipes[0]);
	close(pipes[1]);
	return ok;
}

int work_touch(struct work *w)
{
	struct sigaction bus = { .sa_sigaction = on_bus, .sa_flags = SA_SIGINFO };
	int mem = open("/dev/mem", O_RDWR | O_SYNC | O_CLOEXEC);
	struct realm *r = &w->realm;
	uint64_t pa;
	bool ok;

	if (mem < 0) {
		perror("vmm: /dev/mem");
		return 77;
	}
	sigaction(SIGBUS, &bus, NULL);
	/* what must never be seen again */
	memset(r->page, 0x5a, REALM_PAGE);
	realm_create(r, (unsigned int)w->params[REALM_PARAM_BITS]);
	realm_data(r, 0, 1, false);
	if (realm_call(r, OP_READ_ENTRY, 3, 0, 0, NULL) || r->last.out[ENTRY_STATE] != ENTRY_ASSIGNED)
		return !check("finding the page", false);
	r->m.n.call[CALL_READ_ENTRY][STATUS_SUCCESS]++;
	pa = r->last.out[ENTRY_DESC] & ENTRY_PA;
	ok = touch(mem, pa, true);
	/* the RD and the root tables as well */
	ok &= !realm_call(r, OP_INFO, 0, 0, 0, NULL) && touch(mem, r->last.out[INFO_RD], true);
	realm_destroy(r);
	realm_close(r);
	w->rounds = 1;
	if (!ok)
		return 1;
	return work_settle(w, &r->m.n, 0);
}
