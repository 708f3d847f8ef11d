// SPDX-License-Identifier: GPL-2.0-or-later
/* calls.c: what the VMM does for the payload: memory, memslots, barriers. */
#include <errno.h>
#include <linux/kvm.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
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

void vm_populate(struct vm *vm, uint64_t ipa, uint64_t size)
{
	const uint32_t ret = LAB_INSN_RET;

	for (uint64_t i = 0; i < size; i += LAB_PAGE_SIZE)
		memcpy(vm_at(vm, ipa + i), &ret, sizeof(ret));
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
		return vm_set_slot(vm, 1, LAB_DATA_BASE, vm->data, LAB_DATA_SIZE,
				   KVM_MEM_LOG_DIRTY_PAGES)
			       ? (uint64_t)-1
			       : 1;
	if (ioctl(vm->fd, KVM_GET_DIRTY_LOG, &log))
		return -1;
	for (unsigned int i = 0; i < sizeof(bitmap) / sizeof(bitmap[0]); i++)
		n += bitmap[i] != 0;
	return n;
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
	if (status == LAB_WRONG) {
		struct lab_vcpu *a = &vm->abi->vcpu[v->id];

		fprintf(stderr,
			"vmm: wrong value: vCPU %u, address %#llx, got %#llx, expected %#llx\n",
			v->id, (unsigned long long)a->args[1], (unsigned long long)a->args[2],
			(unsigned long long)a->args[3]);
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
		a->result = madvise(vm_at(vm, a->args[0]), a->args[1], MADV_DONTNEED);
		break;
	case LAB_CALL_POPULATE:
		vm_populate(vm, a->args[0], a->args[1]);
		break;
	case LAB_CALL_MEMSLOT:
		a->result = vm_set_slot(vm, 2, LAB_EXTRA_BASE, vm->extra,
					a->args[0] ? LAB_EXTRA_SIZE : 0, 0);
		break;
	case LAB_CALL_DIRTY:
		a->result = dirty_log(vm, a->args[0]);
		break;
	case LAB_CALL_MARK:
		a->result = vm_watch_missing(vm, a->args[0], a->args[1]);
		break;
	case LAB_CALL_SWAP:
		a->result = vm_swap(vm, a->args[0]);
		break;
	case LAB_CALL_UNMAP:
		a->result = vm_unmap(vm, a->args[0]);
		break;
	case LAB_CALL_POISON:
		a->result = vm_poison(vm, a->args[0]);
		break;
	case LAB_CALL_CHANGE:
		a->result = vm_change(vm, a->args[0], a->args[1]);
		break;
	case LAB_CALL_YIELD:
		sched_yield();
		break;
	case LAB_CALL_CHAOS:
		a->result = vm_chaos(vm, a->args[0]);
		break;
	case LAB_CALL_IOEVENTFD:
		a->result = vm_ioeventfd(vm, a->args[0]);
		break;
	default:
		a->result = -1;
	}
	return true;
}
