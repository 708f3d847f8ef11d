// SPDX-License-Identifier: GPL-2.0-or-later
/* arm64.c: the VMM's part for arm64: vCPUs with a virtual EL2, and a GIC. */
#include <errno.h>
#include <linux/kvm.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include "vm.h"

/* for headers older than the kernel */
#ifndef KVM_CAP_ARM_EL2
#define KVM_CAP_ARM_EL2 240
#endif
#define VCPU_HAS_EL2 7 /* KVM_ARM_VCPU_HAS_EL2 */
#define CORE_REG(word) (KVM_REG_ARM64 | KVM_REG_SIZE_U64 | KVM_REG_ARM_CORE | (word))
#define REG_X0 CORE_REG(0)
#define REG_PC CORE_REG(2 * 32)

int arch_check(const struct vm_config *cfg, const char *name)
{
	enum lab_workload w = cfg->workload;

	if (cfg->vcpus != 2 && (w == WL_S2_WALK_RACE || w == WL_STRESS))
		return vm_bad("two vCPUs (--vcpus 2) are needed for", name);
	if (cfg->flags & LAB_FLAG_SHARED && w != WL_S2_COLD && w != WL_S2_TLBI)
		return vm_bad("--shared is for s2-cold and s2-tlbi, not for", name);
	return 0;
}

/* With stress, what KVM makes of it is anybody's guess. */
bool arch_reports(const struct vm *vm, const char *key)
{
	return vm->cfg->workload != WL_STRESS || !strncmp(key, "el2", 3) ||
	       !strncmp(key, "s2.tlbi", 7) || !strncmp(key, "at.", 3);
}

int arch_create_vm(struct vm *vm)
{
	if (ioctl(vm->kvm, KVM_CHECK_EXTENSION, KVM_CAP_ARM_EL2) <= 0) {
		fprintf(stderr, "vmm: this host gives its guests no EL2; boot a kernel that can "
				"(7.0 or later, FEAT_NV2) with kvm-arm.mode=nested\n");
		return -VMM_UNSUPPORTED;
	}
	vm->fd = ioctl(vm->kvm, KVM_CREATE_VM, 40ul); /* IPA bits */
	return vm->fd < 0 ? vm_failed("KVM_CREATE_VM", VMM_FAILED) : 0;
}

int arch_create_devices(struct vm *vm)
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
		return vm_failed("GICv3 (KVM_CREATE_DEVICE)", VMM_UNSUPPORTED);
	for (unsigned int i = 0; i < sizeof(attrs) / sizeof(attrs[0]); i++)
		if (ioctl(dev.fd, KVM_SET_DEVICE_ATTR, &attrs[i]))
			return vm_failed("GICv3 set-up", VMM_FAILED);
	return 0;
}

static int set_reg(struct vcpu *v, uint64_t id, uint64_t value)
{
	struct kvm_one_reg reg = { .id = id, .addr = (uintptr_t)&value };

	return ioctl(v->fd, KVM_SET_ONE_REG, &reg) ? vm_failed("KVM_SET_ONE_REG", VMM_FAILED) : 0;
}

int arch_create_vcpu(struct vcpu *v)
{
	struct kvm_vcpu_init init;

	if (ioctl(v->vm->fd, KVM_ARM_PREFERRED_TARGET, &init))
		return vm_failed("KVM_ARM_PREFERRED_TARGET", VMM_FAILED);
	init.features[0] |= 1u << VCPU_HAS_EL2 | 1u << KVM_ARM_VCPU_PSCI_0_2;
	if (ioctl(v->fd, KVM_ARM_VCPU_INIT, &init))
		return vm_failed("KVM_ARM_VCPU_INIT with EL2", VMM_UNSUPPORTED);
	if (set_reg(v, REG_X0, v->id) || set_reg(v, REG_PC, LAB_IMAGE_BASE))
		return -VMM_FAILED;
	return 0;
}

uint64_t arch_pc(struct vcpu *v)
{
	struct kvm_one_reg reg = { .id = REG_PC };
	uint64_t pc = 0;

	reg.addr = (uintptr_t)&pc;
	ioctl(v->fd, KVM_GET_ONE_REG, &reg);
	return pc;
}

/* KVM_RUN failed: what s2-outcomes asked for is repaired; false: anything else. */
bool arch_run_failed(struct vcpu *v)
{
	struct vm *vm = v->vm;
	struct kvm_one_reg reg = { .id = REG_PC };
	uint64_t pc;

	reg.addr = (uintptr_t)&pc;
	if (errno == EINTR || errno == EAGAIN) {
		v->interrupted++;
		if (!vm->poisoned || !vm_repair(vm)) {
			vm->poisoned = 0;
			return true;
		}
	} else if (vm->cfg->workload == WL_S2_OUTCOMES && errno == EFAULT) {
		if (!vm_repair(vm))
			return true;
	} else if (vm->cfg->workload == WL_S2_OUTCOMES && errno == ENOSYS) {
		if (!ioctl(v->fd, KVM_GET_ONE_REG, &reg) && !set_reg(v, REG_PC, pc + 4))
			return true;
	}
	return false;
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

void arch_thread(struct vcpu *v)
{
	if (v->vm->cfg->workload == WL_S2_OUTCOMES)
		expect_poison(v->vm);
}
