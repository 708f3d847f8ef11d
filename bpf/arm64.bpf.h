/* SPDX-License-Identifier: GPL-2.0-only */
/* arm64.bpf.h: reading a vCPU's registers and syndromes. */
#ifndef NESTSCOPE_ARM64_BPF_H
#define NESTSCOPE_ARM64_BPF_H

#include "common.bpf.h"

/*
 * A register of virtual EL2 as KVM stores it.  Registers from __VNCR_START__ on
 * live in the VNCR page, which the guest writes without trapping (FEAT_NV2).
 */
NS_INLINE u64 ns_sysreg_at(struct kvm_vcpu *vcpu, u32 reg, u32 vncr_start)
{
	struct kvm_cpu_context *ctxt = &vcpu->arch.ctxt;
	u64 *page = ctxt->vncr_array, val = 0;

	if (reg >= vncr_start && page)
		bpf_probe_read_kernel(&val, sizeof(val), page + (reg - vncr_start));
	else
		bpf_probe_read_kernel(&val, sizeof(val), &ctxt->sys_regs[0] + reg);
	return val;
}

#define ns_sysreg(vcpu, REG)                                                   \
	ns_sysreg_at(vcpu, bpf_core_enum_value(enum vcpu_sysreg, REG),         \
		     bpf_core_enum_value(enum vcpu_sysreg, __VNCR_START__))

/* ESR_ELx fields (Arm ARM, ESR_EL2, ISS encoding for Data Aborts). */
#define ESR_EC(esr) (((esr) >> 26) & 0x3f)
#define EC_IABT_LOW 0x20
#define ESR_WNR (1UL << 6)
#define ESR_CM (1UL << 8)
#define ESR_S1PTW (1UL << 7)
#define ESR_FSC(esr) ((esr) & 0x3f)
#define FSC_TYPE(esr) ((esr) & 0x3c)
#define FSC_TRANSLATION 0x04
#define FSC_ACCESS_FLAG 0x08
#define FSC_PERMISSION 0x0c

/* HCR_EL2 */
#define HCR_VM (1UL << 0)
#define HCR_TGE (1UL << 27)
#define HCR_E2H (1UL << 34)

#define VTTBR_CNP 1UL
#define VTTBR_VMID(v) (((v) >> 48) & 0xffff)

NS_INLINE u32 ns_access(u64 esr)
{
	if (ESR_EC(esr) == EC_IABT_LOW)
		return NS_ACCESS_EXEC;
	/* A cache maintenance operation or a table walk's update reads as a write. */
	return esr & ESR_WNR ? NS_ACCESS_WRITE : NS_ACCESS_READ;
}

/* Faulting IPA: HPFAR_EL2.FIPA is IPA[51:12] in bits [43:4]; FAR has the rest. */
NS_INLINE u64 ns_fault_ipa(struct kvm_vcpu *vcpu)
{
	u64 hpfar = vcpu->arch.fault.hpfar_el2;

	return ((hpfar & 0x00000ffffffffff0UL) << 8) |
	       (vcpu->arch.fault.far_el2 & 0xfff);
}

NS_INLINE struct ns_who ns_who_is(struct ns_thread *t)
{
	struct ns_who w = { .vm = t->vm, .vcpu = t->vcpu, .ctx = 0 };

	return w;
}

#endif
