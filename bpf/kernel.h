/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kernel.h: the few kernel types the programs read.  Offsets come from the
 * running kernel's BTF (CO-RE), so only names and types matter here.  Where a
 * version differs, a flavour (name___version) says so and names the version.
 */
#ifndef NESTSCOPE_KERNEL_H
#define NESTSCOPE_KERNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>

typedef __u8 u8;
typedef __u16 u16;
typedef __u32 u32;
typedef __u64 u64;


#ifndef EAGAIN
#define EAGAIN 11
#endif
#ifndef EEXIST
#define EEXIST 17
#endif

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct mm_struct {
	unsigned long arg_start;
	unsigned long arg_end;
};

struct task_struct {
	int pid;
	int tgid;
	u64 start_boottime;
	char comm[16];
	struct task_struct *group_leader;
	struct mm_struct *mm;
};

/* ---- KVM, arm64 (as of 7.3; 7.2 has the same names) ---- */

typedef struct {
	int counter;
} atomic_t;

struct kvm_arch;

struct kvm_s2_mmu {
	u64 tlb_vttbr; /* VTTBR_EL2 without CnP; CnP set: not in use */
	u64 tlb_vtcr;
	bool nested_stage2_enabled;
	struct kvm_arch *arch;
	atomic_t refcnt;
};

struct kvm_arch {
	struct kvm_s2_mmu mmu; /* the canonical tables */
	struct kvm_s2_mmu **nested_mmus; /* see nested_mmus_indirect */
	unsigned long nested_mmus_size; /* int before 7.3: read by size */
	int nested_mmus_next;
};

struct kvm {
	struct kvm_arch arch;
};

struct user_pt_regs {
	u64 pc;
	u64 pstate;
};

struct kvm_cpu_context {
	struct user_pt_regs regs;
	u64 sys_regs[1];
	u64 *vncr_array;
};

struct kvm_vcpu_fault_info {
	u64 esr_el2;
	u64 far_el2;
	u64 hpfar_el2;
};

struct kvm_vcpu_arch {
	struct kvm_cpu_context ctxt;
	struct kvm_s2_mmu *hw_mmu;
	struct kvm_vcpu_fault_info fault;
};

struct kvm_vcpu {
	struct kvm *kvm;
	int vcpu_id;
	struct kvm_vcpu_arch arch;
};

struct kvm_s2_trans {
	u64 output;
	unsigned long block_size;
};

struct sys_reg_params {
	u8 Op0;
	u8 Op1;
	u8 CRn;
	u8 CRm;
	u8 Op2;
	u64 regval;
	bool is_write;
};

/* Only used as arguments that are not looked into. */
struct kvm_pgtable;
struct kvm_gfn_range;
struct kvm_memory_slot;
struct sys_reg_desc;

#pragma clang attribute pop

/* Values are the running kernel's: read with bpf_core_enum_value. */
enum vcpu_sysreg {
	__VNCR_START__ = 1,
	HCR_EL2 = 2,
	VTTBR_EL2 = 3,
	VTCR_EL2 = 4,
	VNCR_EL2 = 5,
};

#endif
