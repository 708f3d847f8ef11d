// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * vm.c: creating a VM, and running its vCPUs; what is an architecture's is in arm64.c
 * and x86.c.
 *
 * The memory never gets huge pages: what one fault maps, and so every count,
 * must not depend on the kernel's THP settings.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>
#include "vm.h"

extern const char payload_start[], payload_end[];

int vm_failed(const char *what, int code)
{
	fprintf(stderr, "vmm: %s: %s\n", what, strerror(errno));
	return -code;
}

static int create_memory(struct vm *vm)
{
	size_t image = payload_end - payload_start;

	vm->ram = vm_memory(NULL, LAB_RAM_SIZE);
	vm->data = vm_memory(NULL, LAB_DATA_SIZE);
	vm->extra = vm_memory(NULL, LAB_EXTRA_SIZE);
	vm->swap = vm_memory(NULL, 2 * LAB_SWAP_PAGES * LAB_PAGE_SIZE);
	if (!vm->ram || !vm->data || !vm->extra || !vm->swap)
		return vm_failed("guest memory", VMM_FAILED);
	memset(vm->ram, 0, LAB_RAM_SIZE);
	vm->abi = (struct lab_abi *)vm->ram;
	memcpy(vm->ram + (LAB_IMAGE_BASE - LAB_RAM_BASE), payload_start, image);
	if (vm_set_slot(vm, 0, LAB_RAM_BASE, vm->ram, LAB_RAM_SIZE, 0) ||
	    vm_set_slot(vm, 1, LAB_DATA_BASE, vm->data, LAB_DATA_SIZE, 0))
		return vm_failed("memory slot", VMM_FAILED);

	vm->abi->magic = LAB_MAGIC;
	vm->abi->workload = vm->cfg->workload;
	vm->abi->vcpus = vm->cfg->vcpus;
	vm->abi->flags = vm->cfg->flags;
	memcpy(vm->abi->params, vm->cfg->params, sizeof(vm->cfg->params));
	return 0;
}

static int create_vcpu(struct vm *vm, unsigned int id)
{
	struct vcpu *v = &vm->vcpu[id];
	int size = ioctl(vm->kvm, KVM_GET_VCPU_MMAP_SIZE, 0);

	v->vm = vm;
	v->id = id;
	v->fd = ioctl(vm->fd, KVM_CREATE_VCPU, (unsigned long)id);
	if (v->fd < 0)
		return vm_failed("KVM_CREATE_VCPU", VMM_FAILED);
	v->run = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, v->fd, 0);
	if (v->run == MAP_FAILED)
		return vm_failed("mapping a vCPU", VMM_FAILED);
	return arch_create_vcpu(v);
}

int vm_create(struct vm *vm, const struct vm_config *cfg, unsigned int index)
{
	int err;

	memset(vm, 0, sizeof(*vm));
	vm->cfg = cfg;
	vm->index = index;
	vm->uffd = -1;
	vm->kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	if (vm->kvm < 0)
		return vm_failed("/dev/kvm (is KVM in this kernel, and are you root?)",
			      VMM_UNSUPPORTED);
	err = arch_create_vm(vm);
	if (err)
		return err;
	pthread_barrier_init(&vm->barrier, NULL, cfg->vcpus);
	err = create_memory(vm);
	for (unsigned int i = 0; !err && i < cfg->vcpus; i++)
		err = create_vcpu(vm, i);
	return err ? err : arch_create_devices(vm);
}

/* The VMM's devices: false if there is none at this address, or it is not to be written so. */
static bool device(struct vcpu *v)
{
	struct kvm_run *run = v->run;
	uint64_t page = (run->mmio.phys_addr - LAB_SWAP_BASE) / LAB_PAGE_SIZE;
	uint32_t word;

	memcpy(&word, run->mmio.data, sizeof(word));
	if (run->mmio.phys_addr - LAB_PORT_L2 < LAB_PAGE_SIZE)
		word = LAB_PORT_VALUE;
	else if (run->mmio.phys_addr < LAB_SWAP_BASE || page >= LAB_SWAP_PAGES)
		return false;
	else if (run->mmio.is_write)
		return vm_swap_write(v->vm, page, word);
	else
		word = vm_swap_read(v->vm, page);
	memcpy(run->mmio.data, &word, sizeof(word));
	return true;
}

static void *vcpu_thread(void *arg)
{
	struct vcpu *v = arg;
	struct kvm_run *run = v->run;

	arch_thread(v);
	for (;;) {
		if (ioctl(v->fd, KVM_RUN, 0)) {
			if (!arch_run_failed(v)) {
				vm_failed("KVM_RUN", VMM_FAILED);
				_exit(VMM_FAILED);
			}
			continue;
		}
		if (run->exit_reason != KVM_EXIT_MMIO) {
			fprintf(stderr, "vmm: vCPU %u: unexpected exit %u at %#llx\n", v->id,
				run->exit_reason, (unsigned long long)arch_pc(v));
			_exit(VMM_FAILED);
		}
		if (run->mmio.phys_addr == LAB_PORT_L1 + v->id * 8 && run->mmio.is_write) {
			uint32_t nr;

			memcpy(&nr, run->mmio.data, sizeof(nr));
			if (!vm_call(v, nr))
				return NULL;
		} else if (!device(v)) {
			fprintf(stderr, "vmm: wrong access: vCPU %u: %s %#llx of %#x\n", v->id,
				run->mmio.is_write ? "write to" : "read of", run->mmio.phys_addr,
				*(uint32_t *)run->mmio.data);
			_exit(VMM_FAILED);
		}
	}
}

int vm_start(struct vm *vm)
{
	sigset_t all, old;
	int err = 0;

	vm->start_s = vm_now();
	vm->deadline = vm->start_s + vm->cfg->seconds;
	/* a signal would throw a vCPU out of KVM_RUN and change the counts */
	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &old);
	for (unsigned int i = 0; !err && i < vm->cfg->vcpus; i++)
		err = pthread_create(&vm->vcpu[i].thread, NULL, vcpu_thread, &vm->vcpu[i]);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (err) {
		errno = err;
		return vm_failed("vCPU thread", VMM_FAILED);
	}
	return 0;
}

int vm_wait(struct vm *vm)
{
	for (unsigned int i = 0; i < vm->cfg->vcpus; i++)
		pthread_join(vm->vcpu[i].thread, NULL);
	vm_chaos_end(vm);
	vm->end_s = vm_now();
	return -vm->status;
}
