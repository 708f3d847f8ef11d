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
	ipa = ns_fault_ipa(vcpu) & ~0xfffUL;
	t->l2_ipa = ipa;
	t->l1_ipa = ipa;
	t->guest_size = NS_UNAVAILABLE;
	t->map_size = 0;
	t->fault_flags = 0;
	t->fault_abort = 0;
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
	} else if (ret) {
		t->fault_flags |= NS_FF_WALK_FAULT;
	} else {
		t->l1_ipa = result->output & ~0xfffUL;
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

NS_INLINE int ns_aborted(u32 outcome)
{
	struct ns_thread *t = ns_open_fault();

	if (t)
		t->fault_abort = outcome;
	return 0;
}

SEC("fentry/kvm_inject_sea")
int BPF_PROG(s2_sea)
{
	return ns_aborted(NS_OUTCOME_INJECT_SEA);
}

SEC("fentry/kvm_inject_dabt_excl_atomic")
int BPF_PROG(s2_atomic)
{
	return ns_aborted(NS_OUTCOME_INJECT_ATOMIC);
}

SEC("fentry/send_sig_mceerr")
int BPF_PROG(s2_hwpoison)
{
	return ns_aborted(NS_OUTCOME_HWPOISON);
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
	else if (t && ret == -EAGAIN)
		t->fault_flags |= NS_FF_RACED;
	return 0;
}

SEC("fexit/kvm_pgtable_stage2_relax_perms")
int BPF_PROG(s2_relax, struct kvm_pgtable *pgt, u64 addr, int prot, int flags, int ret)
{
	struct ns_thread *t = ns_open_fault();

	if (t && !ret) {
		ns_mapped(t, 1UL << NS_PAGE_SHIFT);
		t->fault_flags |= NS_FF_RELAXED;
	} else if (t && ret == -EAGAIN) {
		t->fault_flags |= NS_FF_RACED;
	}
	return 0;
}

/* How a fault that is over ended. */
NS_INLINE u32 ns_fault_outcome(struct ns_thread *t, u64 esr, int ret)
{
	u8 ff = t->fault_flags;

	if (ff & NS_FF_FORWARD)
		return ff & NS_FF_WALK_FAULT ? NS_OUTCOME_INJECT_WALK : NS_OUTCOME_INJECT_PERM;
	if (ff & NS_FF_WALK_RETRY)
		return NS_OUTCOME_RETRY_WALK;
	if (ret < 0)
		return NS_OUTCOME_ERROR;
	if (ff & NS_FF_MMIO)
		return NS_OUTCOME_MMIO;
	if (t->fault_abort)
		return t->fault_abort;
	if (ff & NS_FF_MAPPED)
		return ff & NS_FF_RELAXED ? NS_OUTCOME_PERM_RELAX : NS_OUTCOME_MAP;
	if (FSC_TYPE(esr) == FSC_ACCESS_FLAG)
		return NS_OUTCOME_AF;
	if (ff & NS_FF_RACED)
		return NS_OUTCOME_RETRY_RACE;
	/* On RAM it maps the page like any access; nothing else ends without a trace. */
	if (ESR_EC(esr) != EC_IABT_LOW && esr & ESR_CM)
		return NS_OUTCOME_CMO;
	return NS_OUTCOME_RETRY_INVAL;
}

/* Its cause; *outcome gets NS_UNAVAILABLE when this kernel does not tell. */
NS_INLINE u32 ns_fault_cause(struct ns_thread *t, u64 esr, int ret, u64 *outcome)
{
	u32 out = ns_fault_outcome(t, esr, ret), cause = ns_outcome_cause(out);

	*outcome = out;
	if (!cfg_sees_map && cause == NS_CAUSE_RETRY && out != NS_OUTCOME_RETRY_WALK) {
		/* A retry cannot be told from a mapping: take it for one. */
		ns_mapped(t, 1UL << NS_PAGE_SHIFT);
		*outcome = NS_UNAVAILABLE;
		return t->cause;
	}
	return cause == NS_CAUSE_COLD ? t->cause : cause;
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
		/* here only for s2.l1fault */
		if (cfg_nv_fault)
			return 0;
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
			[NS_S2_FAULT_GUEST_LEVEL] = NS_UNAVAILABLE,
			[NS_S2_FAULT_PROT] = NS_UNAVAILABLE,
			[NS_S2_FAULT_WALK_NS] = NS_UNAVAILABLE,
			[NS_S2_FAULT_SLOT] = NS_UNAVAILABLE,
		};
		u32 cause = ns_fault_cause(t, esr, ret, &f[NS_S2_FAULT_OUTCOME]);

		who.ctx = t->fault_ctx;
		ns_emit(&who, NS_EV_S2_FAULT, cause, ns_access(esr), true, f,
			NS_S2_FAULT_NR_FIELDS);
	} else {
		u64 f[NS_S2_L1FAULT_NR_FIELDS] = {
			[NS_S2_L1FAULT_DUR] = dur,
			[NS_S2_L1FAULT_IPA] = t->l2_ipa,
			[NS_S2_L1FAULT_PC] = t->fault_pc,
			[NS_S2_L1FAULT_ESR] = esr,
			[NS_S2_L1FAULT_RET] = (long)ret,
			[NS_S2_L1FAULT_OUTCOME] = NS_UNAVAILABLE,
			[NS_S2_L1FAULT_MAP_SIZE] = NS_UNAVAILABLE,
		};

		ns_emit(&who, NS_EV_S2_L1FAULT, ns_fault_kind(esr), ns_access(esr), true, f,
			NS_S2_L1FAULT_NR_FIELDS);
	}
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
