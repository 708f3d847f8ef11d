// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * x86.c: the VMM's part for x86: a vCPU that starts in long mode, with everything
 * below 4 GiB mapped where it is, and what KVM supports, SVM included.
 */
#include <errno.h>
#include <linux/kvm.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include "realm.h"
#include "vm.h"

#define PTE_TABLE 0x67ull /* present, writable, user, accessed, dirty */
#define PTE_2M 0xe7ull
#define CR0_LONG 0x80000011ull /* PG, ET, PE */
#define CR4_PAE 0x20ull
#define EFER_LONG 0x1500ull /* SVME, LMA, LME */
#define CPUID_ENTRIES 256

int arch_check(const struct vm_config *cfg, const char *name)
{
	if (cfg->vcpus != 1 && cfg->workload == WL_SVM_RAM)
		return vm_bad("the dirty log is of all memory: only one vCPU, for", name);
	if (cfg->flags & LAB_FLAG_SHARED)
		return vm_bad("--shared is arm64's, not for", name);
	return 0;
}

bool arch_reports(const struct vm *vm, const char *key)
{
	(void)vm;
	(void)key;
	return true;
}

/* A bool among the parameters of KVM's modules; what cannot be read is false. */
static bool parameter(const char *name)
{
	char path[128], c = 'N';
	FILE *f;

	snprintf(path, sizeof(path), "/sys/module/%s", name);
	f = fopen(path, "r");
	if (!f)
		return false;
	c = fgetc(f);
	fclose(f);
	return c == 'Y' || c == '1';
}

int arch_create_vm(struct vm *vm)
{
	vm->fd = ioctl(vm->kvm, KVM_CREATE_VM, 0ul);
	return vm->fd < 0 ? vm_failed("KVM_CREATE_VM", VMM_FAILED) : 0;
}

static void make_tables(struct vm *vm)
{
	uint64_t *t = (uint64_t *)vm_at(vm, LAB_TABLES);

	t[0] = (LAB_TABLES + LAB_PAGE_SIZE) | PTE_TABLE;
	for (uint64_t i = 0; i < 4; i++)
		t[512 + i] = (LAB_TABLES + (2 + i) * LAB_PAGE_SIZE) | PTE_TABLE;
	for (uint64_t i = 0; i < 4 * 512; i++)
		t[2 * 512 + i] = i << 21 | PTE_2M;
}

static int set_cpuid(struct vcpu *v)
{
	struct kvm_cpuid2 *c = calloc(1, sizeof(*c) + CPUID_ENTRIES * sizeof(c->entries[0]));
	int err = 0;

	if (!c)
		return vm_failed("CPUID", VMM_FAILED);
	c->nent = CPUID_ENTRIES;
	if (ioctl(v->vm->kvm, KVM_GET_SUPPORTED_CPUID, c) || ioctl(v->fd, KVM_SET_CPUID2, c))
		err = vm_failed("CPUID", VMM_FAILED);
	free(c);
	return err;
}

int arch_create_vcpu(struct vcpu *v)
{
	const struct kvm_segment code = { .selector = 8, .limit = ~0u, .type = 11, .present = 1,
					  .s = 1, .l = 1, .g = 1 };
	const struct kvm_segment data = { .selector = 16, .limit = ~0u, .type = 3, .present = 1,
					  .s = 1, .db = 1, .g = 1 };
	struct kvm_regs regs = { .rip = LAB_IMAGE_BASE, .rflags = 2,
				 .rsp = LAB_STACK - v->id * LAB_STACK_SIZE };
	struct kvm_sregs s;
	int err;

	if (!parameter("kvm/parameters/mmio_caching"))
		v->vm->abi->flags |= LAB_FLAG_UNCACHED;
	if (!parameter("kvm_amd/parameters/npt"))
		v->vm->abi->flags |= LAB_FLAG_SHADOW;
	make_tables(v->vm);
	err = set_cpuid(v);
	if (err)
		return err;
	if (ioctl(v->fd, KVM_GET_SREGS, &s))
		return vm_failed("KVM_GET_SREGS", VMM_FAILED);
	s.cs = code;
	s.ds = s.es = s.fs = s.gs = s.ss = data;
	s.cr0 = CR0_LONG;
	s.cr3 = LAB_TABLES;
	s.cr4 = CR4_PAE;
	s.efer = EFER_LONG;
	if (ioctl(v->fd, KVM_SET_SREGS, &s))
		return vm_failed("KVM_SET_SREGS (nested SVM is needed)", VMM_UNSUPPORTED);
	return ioctl(v->fd, KVM_SET_REGS, &regs) ? vm_failed("KVM_SET_REGS", VMM_FAILED) : 0;
}

int arch_create_devices(struct vm *vm)
{
	(void)vm;
	return 0;
}

void arch_thread(struct vcpu *v)
{
	(void)v;
}

bool arch_run_failed(struct vcpu *v)
{
	if (errno != EINTR && errno != EAGAIN)
		return false;
	v->interrupted++;
	return true;
}

uint64_t arch_pc(struct vcpu *v)
{
	struct kvm_regs regs = { 0 };

	ioctl(v->fd, KVM_GET_REGS, &regs);
	return regs.rip;
}

/* Realms are Arm's. */
int realm_main(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	return -1;
}

void realm_list(FILE *f, const char *format)
{
	(void)f;
	(void)format;
}
