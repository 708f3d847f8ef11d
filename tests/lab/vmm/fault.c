// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * fault.c: userfaultfd: hold a fault of the host half way, and do something else
 * before it goes on.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "vm.h"

/* A page that is not there: bring it when enough threads wait for it. */
static void on_missing(struct vm *vm, uint64_t addr)
{
	static uint32_t page[LAB_PAGE_SIZE / 4] __attribute__((aligned(LAB_PAGE_SIZE)));
	static unsigned int waiting;
	struct uffdio_copy copy = {
		.dst = addr,
		.src = (uintptr_t)page,
		.len = LAB_PAGE_SIZE,
	};

	if (++waiting < vm->uffd_waiters)
		return;
	waiting = 0;
	page[0] = LAB_INSN_RET;
	if (vm->uffd_discard)
		madvise(vm_at(vm, LAB_SPARE_BASE), LAB_PAGE_SIZE, MADV_DONTNEED);
	if (ioctl(vm->uffd, UFFDIO_COPY, &copy))
		perror("vmm: UFFDIO_COPY");
}

/* A page that was protected: change what is there, and only then let the writer go on. */
static void on_protected(struct vm *vm, uint64_t addr)
{
	struct uffdio_range range = { addr, LAB_PAGE_SIZE };
	struct uffdio_writeprotect wp = {
		.range = range,
		.mode = UFFDIO_WRITEPROTECT_MODE_DONTWAKE,
	};

	if (ioctl(vm->uffd, UFFDIO_WRITEPROTECT, &wp))
		perror("vmm: UFFDIO_WRITEPROTECT");
	*(volatile uint64_t *)vm_at(vm, vm->change_ipa) = vm->change_to;
	if (ioctl(vm->uffd, UFFDIO_WAKE, &range))
		perror("vmm: UFFDIO_WAKE");
}

static void *uffd_thread(void *arg)
{
	struct vm *vm = arg;
	struct uffd_msg msg;

	while (read(vm->uffd, &msg, sizeof(msg)) == sizeof(msg)) {
		uint64_t addr = msg.arg.pagefault.address & ~(LAB_PAGE_SIZE - 1ull);

		if (msg.arg.pagefault.flags & UFFD_PAGEFAULT_FLAG_WP)
			on_protected(vm, addr);
		else
			on_missing(vm, addr);
	}
	return NULL;
}

static int watch(struct vm *vm, void *p, size_t size, uint64_t mode)
{
	struct uffdio_api api = {
		.api = UFFD_API,
		.features = mode == UFFDIO_REGISTER_MODE_WP ? UFFD_FEATURE_PAGEFAULT_FLAG_WP : 0,
	};
	struct uffdio_register reg = { .range = { (uintptr_t)p, size }, .mode = mode };
	bool first = vm->uffd < 0;

	if (first) {
		vm->uffd = syscall(SYS_userfaultfd, O_CLOEXEC);
		if (vm->uffd >= 0 && ioctl(vm->uffd, UFFDIO_API, &api)) {
			close(vm->uffd);
			vm->uffd = -1;
		}
	}
	if (vm->uffd < 0 || ioctl(vm->uffd, UFFDIO_REGISTER, &reg) ||
	    (first && pthread_create(&vm->uffd_thread, NULL, uffd_thread, vm))) {
		fprintf(stderr, "vmm: this workload needs userfaultfd: %s\n", strerror(errno));
		return -errno;
	}
	return 0;
}

int vm_watch_missing(struct vm *vm, unsigned int waiters, bool discard)
{
	vm->uffd_waiters = waiters;
	vm->uffd_discard = discard;
	return vm->uffd >= 0 ? 0
			     : watch(vm, vm->data, LAB_MAX_VCPUS * LAB_DATA_PER_VCPU,
				     UFFDIO_REGISTER_MODE_MISSING);
}

int vm_change(struct vm *vm, uint64_t ipa, uint64_t to)
{
	char *page = vm_at(vm, ipa & ~(LAB_PAGE_SIZE - 1ull));
	struct uffdio_writeprotect wp = {
		.range = { (uintptr_t)page, LAB_PAGE_SIZE },
		.mode = UFFDIO_WRITEPROTECT_MODE_WP,
	};
	int err = watch(vm, page, LAB_PAGE_SIZE, UFFDIO_REGISTER_MODE_WP);

	if (err)
		return err;
	vm->change_ipa = ipa;
	vm->change_to = to;
	return ioctl(vm->uffd, UFFDIO_WRITEPROTECT, &wp) ? -errno : 0;
}
