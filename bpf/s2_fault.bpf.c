// SPDX-License-Identifier: GPL-2.0-only
/* s2_fault.bpf.c: stage-2 faults: what they were, why they happened, how long they took. */
#include "arm64.bpf.h"
#include "cause.bpf.h"

SEC("fentry/kvm_handle_guest_abort")
int BPF_PROG(s2_fault_enter, struct kvm_vcpu *vcpu)
{
	struct ns_thread *t;
	u64 ipa;

	if (!on)
		return 0;
	t = ns_thread();
	if (!t)
		return 0;
	ns_identify(t, vcpu);
	ipa = ns_fault_ipa(vcpu);
	t->l2_ipa = ipa;
	t->l1_ipa = ipa;
	t->guest_size = NS_UNAVAILABLE;
	t->map_size = 0;
	t->fault_flags = 0;
	/* kept, because injecting a fault into L1 replaces the vCPU's state */
	t->fault_esr = vcpu->arch.fault.esr_el2;
	t->fault_pc = vcpu->arch.ctxt.regs.pc;
	t->cause = NS_CAUSE_UNKNOWN;
	if (ns_is_nested(vcpu)) {
		struct kvm_s2_mmu *mmu = vcpu->arch.hw_mmu;

		t->fault_flags = NS_FF_NESTED;
		t->vttbr = mmu->tlb_vttbr;
		t->fault_ctx = ns_ctx_of(t, t->vm, mmu);
		if (mmu->nested_stage2_enabled) /* only the walk of L1's tables tells */
			t->l1_ipa = NS_UNAVAILABLE;
	}
	t->fault_t0 = bpf_ktime_get_ns();
	return 0;
}

/* The fault being handled by this thread on a shadow context, or NULL. */
NS_INLINE struct ns_thread *ns_open_fault(void)
{
	struct ns_thread *t = on ? ns_thread() : NULL;

	return t && t->fault_t0 && t->fault_flags & NS_FF_NESTED ? t : NULL;
}

SEC("fexit/kvm_walk_nested_s2")
int BPF_PROG(s2_walk, struct kvm_vcpu *vcpu, u64 ipa, struct kvm_s2_trans *result, int ret)
{
	struct ns_thread *t = ns_open_fault();

	if (!t)
		return 0;
	if (ret == -EAGAIN) {
		t->fault_flags |= NS_FF_WALK_RETRY;
	} else if (!ret) {
		t->l1_ipa = result->output | (ipa & 0xfff);
		t->guest_size = result->block_size;
	}
	return 0;
}

SEC("fentry/kvm_inject_s2_fault")
int BPF_PROG(s2_forward, struct kvm_vcpu *vcpu)
{
	struct ns_thread *t = ns_open_fault();

	if (t)
		t->fault_flags |= NS_FF_FORWARD;
	return 0;
}

NS_INLINE void ns_mapped(struct ns_thread *t, u64 size)
{
	t->cause = ns_page_mapped(t->fault_ctx, t->l2_ipa, size,
				  FSC_TYPE(t->fault_esr) == FSC_PERMISSION);
	t->map_size = size;
	t->fault_flags |= NS_FF_MAPPED;
}

SEC("fexit/kvm_pgtable_stage2_map")
int BPF_PROG(s2_map, struct kvm_pgtable *pgt, u64 addr, u64 size, u64 phys, int prot, void *mc,
	     int flags, int ret)
{
	struct ns_thread *t = ns_open_fault();

	if (t && !ret)
		ns_mapped(t, size);
	return 0;
}

SEC("fexit/kvm_pgtable_stage2_relax_perms")
int BPF_PROG(s2_relax, struct kvm_pgtable *pgt, u64 addr, int prot, int flags, int ret)
{
	struct ns_thread *t = ns_open_fault();

	if (t && !ret)
		ns_mapped(t, 1UL << NS_PAGE_SHIFT);
	return 0;
}

/* The cause of a fault that is over. */
NS_INLINE u32 ns_fault_cause(struct ns_thread *t, u64 esr, int ret)
{
	u8 ff = t->fault_flags;

	if (ff & NS_FF_FORWARD)
		return NS_CAUSE_FORWARD;
	if (ff & NS_FF_WALK_RETRY)
		return NS_CAUSE_RETRY;
	if (ff & NS_FF_MMIO)
		return NS_CAUSE_MMIO;
	if (ret < 0)
		return NS_CAUSE_ERROR;
	if (ff & NS_FF_MAPPED)
		return t->cause;
	if (FSC_TYPE(esr) == FSC_ACCESS_FLAG)
		return NS_CAUSE_AF;
	if (!cfg_sees_map) {
		/* A retry cannot be told from a mapping: take it for one. */
		ns_mapped(t, 1UL << NS_PAGE_SHIFT);
		return t->cause;
	}
	return NS_CAUSE_RETRY;
}

NS_INLINE u32 ns_fault_kind(u64 esr)
{
	switch (FSC_TYPE(esr)) {
	case FSC_TRANSLATION:
		return NS_FAULT_TRANSLATION;
	case FSC_PERMISSION:
		return NS_FAULT_PERMISSION;
	case FSC_ACCESS_FLAG:
		return NS_FAULT_ACCESS_FLAG;
	default:
		return NS_FAULT_OTHER;
	}
}

SEC("fexit/kvm_handle_guest_abort")
int BPF_PROG(s2_fault_exit, struct kvm_vcpu *vcpu, int ret)
{
	struct ns_thread *t;
	struct ns_who who;
	u64 esr, dur;

	if (!on)
		return 0;
	t = ns_thread();
	if (!t || !t->fault_t0) {
		/* it began before collecting did */
		ns_unattributed(NS_EV_S2_FAULT);
		return 0;
	}
	dur = bpf_ktime_get_ns() - t->fault_t0;
	t->fault_t0 = 0;
	who = ns_who_is(t);
	esr = t->fault_esr;
	if (t->fault_flags & NS_FF_NESTED) {
		u64 f[NS_S2_FAULT_NR_FIELDS] = {
			[NS_S2_FAULT_DUR] = dur,
			[NS_S2_FAULT_VTTBR] = t->vttbr,
			[NS_S2_FAULT_L2_IPA] = t->l2_ipa,
			[NS_S2_FAULT_L1_IPA] = t->l1_ipa,
			[NS_S2_FAULT_PC] = t->fault_pc,
			[NS_S2_FAULT_ESR] = esr,
			[NS_S2_FAULT_GUEST_SIZE] = t->guest_size,
			[NS_S2_FAULT_MAP_SIZE] = t->map_size,
			[NS_S2_FAULT_RET] = (long)ret,
		};

		who.ctx = t->fault_ctx;
		ns_emit(&who, NS_EV_S2_FAULT, ns_fault_cause(t, esr, ret), ns_access(esr), true, f,
			NS_S2_FAULT_NR_FIELDS);
	} else {
		u64 f[NS_S2_L1FAULT_NR_FIELDS] = {
			[NS_S2_L1FAULT_DUR] = dur,
			[NS_S2_L1FAULT_IPA] = t->l2_ipa,
			[NS_S2_L1FAULT_PC] = t->fault_pc,
			[NS_S2_L1FAULT_ESR] = esr,
			[NS_S2_L1FAULT_RET] = (long)ret,
		};

		ns_emit(&who, NS_EV_S2_L1FAULT, ns_fault_kind(esr), ns_access(esr), true, f,
			NS_S2_L1FAULT_NR_FIELDS);
	}
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
