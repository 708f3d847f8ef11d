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

static char *reserve(size_t size, int populate)
{
	char *p = mmap(NULL, size, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (p == MAP_FAILED)
		return NULL;
	madvise(p, size, MADV_NOHUGEPAGE); /* fails without THP: as good */
	if (populate)
		memset(p, 0, size);
	return p;
}

static int add_slot(struct vm *vm, unsigned int slot, uint64_t ipa, void *p, uint64_t size)
{
	struct kvm_userspace_memory_region r = {
		.slot = slot,
		.guest_phys_addr = ipa,
		.memory_size = size,
		.userspace_addr = (uintptr_t)p,
	};

	return ioctl(vm->fd, KVM_SET_USER_MEMORY_REGION, &r) ? failed("memory slot", VMM_FAILED)
							     : 0;
}

static int create_memory(struct vm *vm)
{
	size_t image = payload_end - payload_start;

	vm->ram = reserve(LAB_RAM_SIZE, 1);
	vm->data = reserve(LAB_DATA_SIZE, 0);
	vm->extra = reserve(LAB_EXTRA_SIZE, 0);
	if (!vm->ram || !vm->data || !vm->extra)
		return failed("guest memory", VMM_FAILED);
	vm->abi = (struct lab_abi *)vm->ram;
	memcpy(vm->ram + (LAB_IMAGE_BASE - LAB_RAM_BASE), payload_start, image);
	if (add_slot(vm, 0, LAB_RAM_BASE, vm->ram, LAB_RAM_SIZE) ||
	    add_slot(vm, 1, LAB_DATA_BASE, vm->data, LAB_DATA_SIZE))
		return -VMM_FAILED;

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

static void *vcpu_thread(void *arg)
{
	struct vcpu *v = arg;
	struct kvm_run *run = v->run;

	for (;;) {
		if (ioctl(v->fd, KVM_RUN, 0)) {
			if (errno == EINTR || errno == EAGAIN) {
				v->interrupted++;
				continue;
			}
			failed("KVM_RUN", VMM_FAILED);
			_exit(VMM_FAILED);
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
		} else if (run->mmio.phys_addr != LAB_PORT_L2) {
			fprintf(stderr, "vmm: vCPU %u: access to %#llx, where nothing is\n", v->id,
				run->mmio.phys_addr);
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
	vm->end_s = vm_now();
	return -vm->status;
}
