// SPDX-License-Identifier: GPL-2.0-or-later
/* calls.c: what the VMM does for the payload: memory, memslots, barriers. */
#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <linux/userfaultfd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#include "vm.h"

volatile sig_atomic_t vm_stop;

double vm_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

static char *data_at(struct vm *vm, uint64_t ipa)
{
	return vm->data + (ipa - LAB_DATA_BASE);
}

void vm_populate(struct vm *vm, uint64_t ipa, uint64_t size)
{
	const uint32_t ret = LAB_INSN_RET;

	for (uint64_t i = 0; i < size; i += LAB_PAGE_SIZE)
		memcpy(data_at(vm, ipa + i), &ret, sizeof(ret));
}

static uint64_t set_slot(struct vm *vm, unsigned int slot, uint64_t ipa, void *p, uint64_t size,
			 unsigned int flags)
{
	struct kvm_userspace_memory_region r = {
		.slot = slot,
		.flags = flags,
		.guest_phys_addr = ipa,
		.memory_size = size,
		.userspace_addr = (uintptr_t)p,
	};

	return ioctl(vm->fd, KVM_SET_USER_MEMORY_REGION, &r) ? (uint64_t)-errno : 0;
}

/*
 * Returns how many times KVM write-protects the shadow contexts: once when the
 * log starts, and then once for each 64 pages among which one was dirty.
 */
static uint64_t dirty_log(struct vm *vm, uint64_t collect)
{
	static uint64_t bitmap[LAB_DATA_SIZE / LAB_PAGE_SIZE / 64 + 1];
	struct kvm_dirty_log log = { .slot = 1, .dirty_bitmap = bitmap };
	uint64_t n = 0;

	if (collect != 2)
		return set_slot(vm, 1, LAB_DATA_BASE, vm->data, LAB_DATA_SIZE,
				KVM_MEM_LOG_DIRTY_PAGES)
			       ? (uint64_t)-1
			       : 1;
	if (ioctl(vm->fd, KVM_GET_DIRTY_LOG, &log))
		return -1;
	for (unsigned int i = 0; i < sizeof(bitmap) / sizeof(bitmap[0]); i++)
		n += bitmap[i] != 0;
	return n;
}

/* Answers each userfault, but discards another page of the VM before that. */
static void *uffd_thread(void *arg)
{
	struct vm *vm = arg;
	static uint32_t page[LAB_PAGE_SIZE / 4] __attribute__((aligned(LAB_PAGE_SIZE)));
	struct uffd_msg msg;

	page[0] = LAB_INSN_RET;
	while (read(vm->uffd, &msg, sizeof(msg)) == sizeof(msg)) {
		struct uffdio_copy copy = {
			.dst = msg.arg.pagefault.address & ~(LAB_PAGE_SIZE - 1ull),
			.src = (uintptr_t)page,
			.len = LAB_PAGE_SIZE,
		};

		madvise(data_at(vm, LAB_SPARE_BASE), LAB_PAGE_SIZE, MADV_DONTNEED);
		if (ioctl(vm->uffd, UFFDIO_COPY, &copy))
			perror("vmm: UFFDIO_COPY");
	}
	return NULL;
}

/* s2-retry: from now on the VMM brings the data pages. */
static uint64_t watch_faults(struct vm *vm)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register reg = {
		.range = { (uintptr_t)vm->data, LAB_MAX_VCPUS * LAB_DATA_PER_VCPU },
		.mode = UFFDIO_REGISTER_MODE_MISSING,
	};

	if (vm->uffd >= 0)
		return 0;
	vm->uffd = syscall(SYS_userfaultfd, O_CLOEXEC);
	if (vm->uffd < 0 || ioctl(vm->uffd, UFFDIO_API, &api) ||
	    ioctl(vm->uffd, UFFDIO_REGISTER, &reg) ||
	    pthread_create(&vm->uffd_thread, NULL, uffd_thread, vm)) {
		fprintf(stderr, "vmm: s2-retry needs userfaultfd: %s\n", strerror(errno));
		return -1;
	}
	return 0;
}

/* True when there is to be another repetition; the same for all vCPUs. */
static bool done(struct vcpu *v, int status)
{
	struct vm *vm = v->vm;

	if (status == LAB_FAILED) {
		struct lab_vcpu *a = &vm->abi->vcpu[v->id];

		fprintf(stderr,
			"vmm: the payload's vCPU %u gave up at line %llu, value %#llx, "
			"%#llx %#llx\n",
			v->id, (unsigned long long)a->fail_line, (unsigned long long)a->fail_value,
			(unsigned long long)a->args[2], (unsigned long long)a->args[3]);
		_exit(VMM_FAILED);
	}
	if (status == LAB_UNSUPPORTED) {
		fprintf(stderr, "vmm: this host, or this version, cannot run the workload\n");
		_exit(VMM_UNSUPPORTED);
	}
	if (pthread_barrier_wait(&vm->barrier) == PTHREAD_BARRIER_SERIAL_THREAD) {
		vm->iterations++;
		vm->abi->again = !vm_stop && (vm->cfg->seconds < 0 || vm_now() < vm->deadline);
		if (vm->abi->again && vm->cfg->pause_ms)
			usleep(vm->cfg->pause_ms * 1000);
	}
	pthread_barrier_wait(&vm->barrier);
	return vm->abi->again;
}

bool vm_call(struct vcpu *v, uint32_t nr)
{
	struct vm *vm = v->vm;
	struct lab_vcpu *a = &vm->abi->vcpu[v->id];

	a->result = 0;
	switch (nr) {
	case LAB_CALL_DONE:
		return done(v, a->args[0]);
	case LAB_CALL_BARRIER:
		pthread_barrier_wait(&vm->barrier);
		break;
	case LAB_CALL_DISCARD:
		a->result = madvise(data_at(vm, a->args[0]), a->args[1], MADV_DONTNEED);
		break;
	case LAB_CALL_POPULATE:
		vm_populate(vm, a->args[0], a->args[1]);
		break;
	case LAB_CALL_MEMSLOT:
		a->result = set_slot(vm, 2, LAB_EXTRA_BASE, vm->extra,
				     a->args[0] ? LAB_EXTRA_SIZE : 0, 0);
		break;
	case LAB_CALL_DIRTY:
		a->result = dirty_log(vm, a->args[0]);
		break;
	case LAB_CALL_MARK:
		a->result = watch_faults(vm);
		break;
	default:
		a->result = -1;
	}
	return true;
}
