// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * vm.c: creating a VM whose vCPUs have a virtual EL2, and running them.
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

/* for headers older than the kernel */
#ifndef KVM_CAP_ARM_EL2
#define KVM_CAP_ARM_EL2 240
#endif
#define VCPU_HAS_EL2 7 /* KVM_ARM_VCPU_HAS_EL2 */
#define CORE_REG(word) (KVM_REG_ARM64 | KVM_REG_SIZE_U64 | KVM_REG_ARM_CORE | (word))
#define REG_X0 CORE_REG(0)
#define REG_PC CORE_REG(2 * 32)

extern const char payload_start[], payload_end[];

static int failed(const char *what, int code)
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
		return failed("guest memory", VMM_FAILED);
	memset(vm->ram, 0, LAB_RAM_SIZE);
	vm->abi = (struct lab_abi *)vm->ram;
	memcpy(vm->ram + (LAB_IMAGE_BASE - LAB_RAM_BASE), payload_start, image);
	if (vm_set_slot(vm, 0, LAB_RAM_BASE, vm->ram, LAB_RAM_SIZE, 0) ||
	    vm_set_slot(vm, 1, LAB_DATA_BASE, vm->data, LAB_DATA_SIZE, 0))
		return failed("memory slot", VMM_FAILED);

	vm->abi->magic = LAB_MAGIC;
	vm->abi->workload = vm->cfg->workload;
	vm->abi->vcpus = vm->cfg->vcpus;
	vm->abi->flags = vm->cfg->flags;
	memcpy(vm->abi->params, vm->cfg->params, sizeof(vm->cfg->params));
	return 0;
}

static int create_gic(struct vm *vm)
{
	struct kvm_create_device dev = { .type = KVM_DEV_TYPE_ARM_VGIC_V3 };
	uint64_t dist = LAB_GICD_BASE, redist = LAB_GICR_BASE;
	struct kvm_device_attr attrs[] = {
		{ .group = KVM_DEV_ARM_VGIC_GRP_ADDR,
		  .attr = KVM_VGIC_V3_ADDR_TYPE_DIST,
		  .addr = (uintptr_t)&dist },
		{ .group = KVM_DEV_ARM_VGIC_GRP_ADDR,
		  .attr = KVM_VGIC_V3_ADDR_TYPE_REDIST,
		  .addr = (uintptr_t)&redist },
		{ .group = KVM_DEV_ARM_VGIC_GRP_CTRL, .attr = KVM_DEV_ARM_VGIC_CTRL_INIT },
	};

	if (ioctl(vm->fd, KVM_CREATE_DEVICE, &dev))
		return failed("GICv3 (KVM_CREATE_DEVICE)", VMM_UNSUPPORTED);
	for (unsigned int i = 0; i < sizeof(attrs) / sizeof(attrs[0]); i++)
		if (ioctl(dev.fd, KVM_SET_DEVICE_ATTR, &attrs[i]))
			return failed("GICv3 set-up", VMM_FAILED);
	return 0;
}

static int set_reg(struct vcpu *v, uint64_t id, uint64_t value)
{
	struct kvm_one_reg reg = { .id = id, .addr = (uintptr_t)&value };

	return ioctl(v->fd, KVM_SET_ONE_REG, &reg) ? failed("KVM_SET_ONE_REG", VMM_FAILED) : 0;
}

static int create_vcpu(struct vm *vm, unsigned int id)
{
	struct vcpu *v = &vm->vcpu[id];
	struct kvm_vcpu_init init;
	int size = ioctl(vm->kvm, KVM_GET_VCPU_MMAP_SIZE, 0);

	v->vm = vm;
	v->id = id;
	v->fd = ioctl(vm->fd, KVM_CREATE_VCPU, (unsigned long)id);
	if (v->fd < 0)
		return failed("KVM_CREATE_VCPU", VMM_FAILED);
	v->run = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, v->fd, 0);
	if (v->run == MAP_FAILED)
		return failed("mapping a vCPU", VMM_FAILED);
	if (ioctl(vm->fd, KVM_ARM_PREFERRED_TARGET, &init))
		return failed("KVM_ARM_PREFERRED_TARGET", VMM_FAILED);
	init.features[0] |= 1u << VCPU_HAS_EL2 | 1u << KVM_ARM_VCPU_PSCI_0_2;
	if (ioctl(v->fd, KVM_ARM_VCPU_INIT, &init))
		return failed("KVM_ARM_VCPU_INIT with EL2", VMM_UNSUPPORTED);
	if (set_reg(v, REG_X0, id) || set_reg(v, REG_PC, LAB_IMAGE_BASE))
		return -VMM_FAILED;
	return 0;
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
		return failed("/dev/kvm (is KVM in this kernel, and are you root?)",
			      VMM_UNSUPPORTED);
	if (ioctl(vm->kvm, KVM_CHECK_EXTENSION, KVM_CAP_ARM_EL2) <= 0) {
		fprintf(stderr, "vmm: this host gives its guests no EL2; boot a kernel that can "
				"(7.0 or later, FEAT_NV2) with kvm-arm.mode=nested\n");
		return -VMM_UNSUPPORTED;
	}
	vm->fd = ioctl(vm->kvm, KVM_CREATE_VM, 40ul); /* IPA bits */
	if (vm->fd < 0)
		return failed("KVM_CREATE_VM", VMM_FAILED);
	pthread_barrier_init(&vm->barrier, NULL, cfg->vcpus);
	err = create_memory(vm);
	for (unsigned int i = 0; !err && i < cfg->vcpus; i++)
		err = create_vcpu(vm, i);
	return err ? err : create_gic(vm);
}

/* KVM_RUN failed: what s2-outcomes asked for is repaired, anything else is the end. */
static void run_failed(struct vcpu *v)
{
	struct vm *vm = v->vm;
	struct kvm_one_reg reg = { .id = REG_PC };
	uint64_t pc;

	reg.addr = (uintptr_t)&pc;
	if (errno == EINTR || errno == EAGAIN) {
		v->interrupted++;
		if (!vm->poisoned || !vm_repair(vm)) {
			vm->poisoned = 0;
			return;
		}
	} else if (vm->cfg->workload == WL_S2_OUTCOMES && errno == EFAULT) {
		if (!vm_repair(vm))
			return;
	} else if (vm->cfg->workload == WL_S2_OUTCOMES && errno == ENOSYS) {
		if (!ioctl(v->fd, KVM_GET_ONE_REG, &reg) && !set_reg(v, REG_PC, pc + 4))
			return;
	}
	failed("KVM_RUN", VMM_FAILED);
	_exit(VMM_FAILED);
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

static struct vm *poisoned_vm;

/* The host told us that a page of the guest is bad; nothing else may send this. */
static void on_sigbus(int sig, siginfo_t *info, void *context)
{
	(void)context;
	if (info->si_code == BUS_MCEERR_AR || info->si_code == BUS_MCEERR_AO) {
		poisoned_vm->poisoned = 1;
		return;
	}
	signal(sig, SIG_DFL);
}

static void expect_poison(struct vm *vm)
{
	struct sigaction sa = { .sa_sigaction = on_sigbus, .sa_flags = SA_SIGINFO };
	sigset_t set;

	poisoned_vm = vm;
	sigaction(SIGBUS, &sa, NULL);
	sigemptyset(&set);
	sigaddset(&set, SIGBUS);
	pthread_sigmask(SIG_UNBLOCK, &set, NULL);
}

static void *vcpu_thread(void *arg)
{
	struct vcpu *v = arg;
	struct kvm_run *run = v->run;

	if (v->vm->cfg->workload == WL_S2_OUTCOMES)
		expect_poison(v->vm);
	for (;;) {
		if (ioctl(v->fd, KVM_RUN, 0)) {
			run_failed(v);
			continue;
		}
		if (run->exit_reason != KVM_EXIT_MMIO) {
			fprintf(stderr, "vmm: vCPU %u: unexpected exit %u\n", v->id,
				run->exit_reason);
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
		return failed("vCPU thread", VMM_FAILED);
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
