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
#ifndef EINTR
#define EINTR 4
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

/* ---- with our series (kernel-patch/): what kvm_nv_s2_fault points to ---- */

struct kvm_nv_s2_fault_map {
	int guest_level; /* -1: L1's stage 2 was not walked */
	u64 guest_size;
	u64 size;
	u64 prot;
	u64 walk_ns;
};

/* ---- KVM, x86 (6.1 to 7.3; a member that moved is asked for with field_exists) ---- */

/* Bits move between versions: BPF_CORE_READ_BITFIELD only. */
union kvm_mmu_page_role {
	u32 word;
	struct {
		unsigned int level : 4;
		unsigned int direct : 1;
		unsigned int invalid : 1;
		unsigned int guest_mode : 1;
	};
};

struct kvm_mmu_page {
	bool tdp_mmu_page;
	u8 mmu_valid_gen;
	union kvm_mmu_page_role role;
	u64 gfn;
};

struct kvm_mmu_root_info {
	u64 pgd; /* of the guest: CR3, nested CR3 or EPTP */
};

struct kvm_mmu {
	struct kvm_mmu_root_info root;
	union kvm_mmu_page_role root_role;
};

struct kvm_arch___x86 {
	u8 mmu_valid_gen;
};

struct refcount_struct {
	atomic_t refs;
};

struct kvm___x86 {
	struct refcount_struct users_count; /* 0: the VM is being destroyed */
	struct kvm_arch___x86 arch;
};

struct kvm_vcpu_stat___x86 {
	u64 guest_mode;
};

struct kvm_vcpu_arch___x86 {
	unsigned long regs[17];
	struct kvm_mmu *mmu;
	struct kvm_mmu guest_mmu;
	u64 mmio_gfn;
	u64 mmio_gen;
};

struct kvm_vcpu_arch___rip { /* 7.3; before that regs[16] */
	unsigned long rip;
};

struct kvm_vcpu___x86 {
	struct kvm *kvm;
	int vcpu_id;
	struct kvm_vcpu_arch___x86 arch;
	struct kvm_vcpu_stat___x86 stat;
};

struct kvm_vcpu___rip {
	struct kvm_vcpu_arch___rip arch;
};

struct kvm_page_fault {
	u64 addr;
};

/* kvm_amd */
struct vmcb_control_area {
	u64 exit_code; /* u32 before 7.0: read by size */
};

struct vmcb {
	struct vmcb_control_area control;
};

struct vcpu_svm {
	struct vmcb *vmcb;
};

/* kvm_intel */
union vmx_exit_reason {
	u32 full;
};

struct vcpu_vt { /* 6.16 */
	union vmx_exit_reason exit_reason;
};

struct vcpu_vmx___vt {
	struct vcpu_vt vt;
};

struct vcpu_vmx { /* before */
	union vmx_exit_reason exit_reason;
};

/* Only used as arguments that are not looked into. */
struct kvm_pgtable;
struct kvm_gfn_range;
struct kvm_memory_slot;
struct sys_reg_desc;

#pragma clang attribute pop

/* Values are the running kernel's: read with bpf_core_enum_value. */
enum kvm_nv_s2_get_outcome { KVM_NV_S2_GET_HIT = 1, KVM_NV_S2_GET_FREE, KVM_NV_S2_GET_EVICT };

enum kvm_nv_s2_fault_outcome {
	KVM_NV_S2_FAULT_MAP = 1,
	KVM_NV_S2_FAULT_PERM_RELAX,
	KVM_NV_S2_FAULT_AF,
	KVM_NV_S2_FAULT_MMIO,
	KVM_NV_S2_FAULT_INJECT_WALK,
	KVM_NV_S2_FAULT_INJECT_PERM,
	KVM_NV_S2_FAULT_INJECT_SEA,
	KVM_NV_S2_FAULT_INJECT_ATOMIC,
	KVM_NV_S2_FAULT_CMO,
	KVM_NV_S2_FAULT_HWPOISON,
	KVM_NV_S2_FAULT_RETRY_WALK,
	KVM_NV_S2_FAULT_RETRY_INVAL,
	KVM_NV_S2_FAULT_RETRY_RACE,
	KVM_NV_S2_FAULT_ERROR,
};

enum kvm_nv_unmap_reason {
	KVM_NV_UNMAP_VM = 1,
	KVM_NV_UNMAP_NOTIFIER,
	KVM_NV_UNMAP_MEMSLOT,
	KVM_NV_UNMAP_RECYCLE,
	KVM_NV_UNMAP_TLBI_ALLE1,
	KVM_NV_UNMAP_TLBI_VMALLS12E1,
	KVM_NV_UNMAP_TLBI_IPAS2E1,
	KVM_NV_UNMAP_TLBI_RIPAS2E1,
};

enum kvm_nv_tlbi_class {
	KVM_NV_TLBI_ALLE1 = 1,
	KVM_NV_TLBI_VMALLS12E1,
	KVM_NV_TLBI_IPAS2E1,
	KVM_NV_TLBI_RIPAS2E1,
	KVM_NV_TLBI_S1E1,
	KVM_NV_TLBI_S1E2,
};

enum kvm_nv_tlbi_source {
	KVM_NV_TLBI_SIZE_OP = 1,
	KVM_NV_TLBI_SIZE_TTL,
	KVM_NV_TLBI_SIZE_SHADOW,
	KVM_NV_TLBI_SIZE_MAX,
};

enum kvm_nv_at_path {
	KVM_NV_AT_FAST_OK = 1,
	KVM_NV_AT_FAST_S1_PERM,
	KVM_NV_AT_FAST_S1_AF,
	KVM_NV_AT_SLOW_NO_MMU,
	KVM_NV_AT_SLOW_PAR_F,
	KVM_NV_AT_SLOW_AT_FAULT,
	KVM_NV_AT_RETRY,
};

enum kvm_nv_vncr_reason { KVM_NV_VNCR_TLBI = 1, KVM_NV_VNCR_IPA, KVM_NV_VNCR_RETRANSLATE };

enum kvm_nv_mmio_result {
	KVM_NV_MMIO_HIT = 1,
	KVM_NV_MMIO_FILL,
	KVM_NV_MMIO_STALE,
	KVM_NV_MMIO_BYPASS,
};

enum kvm_mmio_cache_result { /* x86 */
	KVM_MMIO_CACHE_VCPU_HIT = 1,
	KVM_MMIO_CACHE_SPTE_HIT,
	KVM_MMIO_CACHE_STALE,
	KVM_MMIO_CACHE_GEN_IN_PROGRESS,
	KVM_MMIO_CACHE_NO_SPTE,
	KVM_MMIO_CACHE_RESERVED,
};

enum kvm_rtt_op_kind {
	KVM_RTT_OP_CREATE = 1,
	KVM_RTT_OP_DESTROY,
	KVM_RTT_OP_FOLD,
	KVM_RTT_OP_UNFOLD,
	KVM_RTT_OP_MAP_DATA,
	KVM_RTT_OP_MAP_UNKNOWN,
	KVM_RTT_OP_UNMAP_DATA,
	KVM_RTT_OP_MAP_NS,
	KVM_RTT_OP_UNMAP_NS,
	KVM_RTT_OP_INIT_RIPAS,
};

enum kvm_rtt_teardown_action {
	KVM_RTT_TEARDOWN_DESTROYED = 1,
	KVM_RTT_TEARDOWN_SKIPPED,
	KVM_RTT_TEARDOWN_RECURSED,
	KVM_RTT_TEARDOWN_UNFOLDED,
	KVM_RTT_TEARDOWN_BUSY,
	KVM_RTT_TEARDOWN_FAILED,
	KVM_RTT_TEARDOWN_NO_PROGRESS,
	KVM_RTT_TEARDOWN_DONE,
};

enum kvm_rmi_leak_why {
	KVM_RMI_LEAK_UNDELEGATE_FAILED = 1,
	KVM_RMI_LEAK_NOT_DESTROYED,
	KVM_RMI_LEAK_TEARDOWN_FAILED,
	KVM_RMI_LEAK_PINNED,
};

enum vcpu_sysreg {
	__VNCR_START__ = 1,
	HCR_EL2 = 2,
	VTTBR_EL2 = 3,
	VTCR_EL2 = 4,
	VNCR_EL2 = 5,
};

#endif
