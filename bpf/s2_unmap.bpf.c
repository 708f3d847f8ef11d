// SPDX-License-Identifier: GPL-2.0-only
/*
 * s2_unmap.bpf.c: what takes shadow mappings away: TLBIs by L1, MMU notifiers,
 * memslot changes, recycled contexts; and write-protection for dirty logging.
 *
 * kvm_stage2_unmap_range does not know why it is called; the reason is
 * whichever caller this thread is in.
 */
#include "arm64.bpf.h"
#include "cause.bpf.h"

/* ---- the callers ---- */

NS_INLINE int ns_because(u32 why)
{
	struct ns_thread *t = on ? ns_thread() : NULL;

	if (t)
		t->unmap_why = why;
	return 0;
}

#define NS_CALLER(name, func, why)                                             \
	SEC("fentry/" func) int name##_enter(void *ctx)                        \
	{                                                                      \
		return ns_because(NS_UNMAP_##why + 1);                         \
	}                                                                      \
	SEC("fexit/" func) int name##_exit(void *ctx)                          \
	{                                                                      \
		return ns_because(0);                                          \
	}

NS_CALLER(s2_notifier, "kvm_unmap_gfn_range", NOTIFIER)
NS_CALLER(s2_memslot, "kvm_arch_flush_shadow_memslot", MEMSLOT)
NS_CALLER(s2_reset, "stage2_unmap_vm", VM)
NS_CALLER(s2_recycle, "check_nested_vcpu_requests", RECYCLE)

/* ---- the unmap ---- */

/* The VM whose shadow this is; mmu->arch is &kvm->arch. */
NS_INLINE u64 ns_kvm_of(struct kvm_s2_mmu *mmu)
{
	u64 arch = (u64)mmu->arch;

	return arch - bpf_core_field_offset(struct kvm, arch);
}

/* Neither the canonical tables nor a slot that is not in use. */
NS_INLINE bool ns_is_live_shadow(struct kvm_s2_mmu *mmu, u64 kvm)
{
	return (u64)mmu != kvm + bpf_core_field_offset(struct kvm, arch.mmu) &&
	       !(mmu->tlb_vttbr & VTTBR_CNP);
}

SEC("fentry/kvm_stage2_unmap_range")
int BPF_PROG(s2_unmap_enter, struct kvm_s2_mmu *mmu, u64 start, u64 size)
{
	struct ns_thread *t;
	u32 why;
	u64 kvm;

	if (!on)
		return 0;
	t = ns_thread();
	if (!t)
		return 0;
	t->unmap_t0 = 0;
	kvm = ns_kvm_of(mmu);
	if (!ns_is_live_shadow(mmu, kvm))
		return 0;
	why = t->unmap_why ? t->unmap_why - 1 : NS_UNMAP_OTHER;
	t->unmap_vm = ns_vm_of(kvm);
	t->unmap_ctx = ns_ctx_of(t, t->unmap_vm, mmu);
	t->unmap_vttbr = mmu->tlb_vttbr;
	t->unmap_start = start;
	t->unmap_size = size;
	/*
	 * A recycled slot's old pages were noted as evicted when the slot was
	 * taken; the context it belongs to now has nothing mapped yet.
	 */
	if (why != NS_UNMAP_RECYCLE)
		ns_note_unmap(t->unmap_ctx, start, start + size, ns_cause_of_unmap(why));
	if (t->tlbi_t0)
		t->tlbi_contexts++;
	t->unmap_t0 = bpf_ktime_get_ns();
	return 0;
}

/* The owner of the context that this thread unmaps or write-protects. */
NS_INLINE struct ns_who ns_who_of_unmap(struct ns_thread *t)
{
	struct ns_who who = ns_who_is(t);

	if (who.vm != t->unmap_vm) { /* reclaim, ksm, or the VMM's main thread */
		who.vm = t->unmap_vm;
		who.vcpu = NS_NO_VCPU;
	}
	who.ctx = t->unmap_ctx;
	return who;
}

SEC("fexit/kvm_stage2_unmap_range")
int BPF_PROG(s2_unmap_exit, struct kvm_s2_mmu *mmu)
{
	struct ns_thread *t = on ? ns_thread() : NULL;
	struct ns_who who;

	if (!t || !t->unmap_t0)
		return 0;
	who = ns_who_of_unmap(t);
	{
		u64 f[NS_S2_UNMAP_NR_FIELDS] = {
			[NS_S2_UNMAP_DUR] = bpf_ktime_get_ns() - t->unmap_t0,
			[NS_S2_UNMAP_VTTBR] = t->unmap_vttbr,
			[NS_S2_UNMAP_START] = t->unmap_start,
			[NS_S2_UNMAP_SIZE] = t->unmap_size,
			[NS_S2_UNMAP_SLOT] = NS_UNAVAILABLE,
			[NS_S2_UNMAP_MAY_BLOCK] = NS_UNAVAILABLE,
		};

		t->unmap_t0 = 0;
		ns_emit(&who, NS_EV_S2_UNMAP, t->unmap_why ? t->unmap_why - 1 : NS_UNMAP_OTHER, 0,
			true, f, NS_S2_UNMAP_NR_FIELDS);
	}
	return 0;
}

/* ---- TLBIs by L1 ---- */

NS_INLINE int ns_tlbi_enter(struct kvm_vcpu *vcpu, u32 why)
{
	struct ns_thread *t = on ? ns_thread() : NULL;

	if (!t)
		return 0;
	ns_identify(t, vcpu);
	t->unmap_why = why;
	t->tlbi_contexts = 0;
	t->tlbi_t0 = bpf_ktime_get_ns();
	return 0;
}

NS_INLINE int ns_tlbi_exit(struct kvm_vcpu *vcpu, struct sys_reg_params *p, u32 op)
{
	struct ns_thread *t = on ? ns_thread() : NULL;
	struct ns_who who;

	if (!t)
		return 0;
	if (!t->tlbi_t0) {
		ns_unattributed(NS_EV_S2_TLBI);
		return 0;
	}
	who = ns_who_is(t);
	{
		u64 f[NS_S2_TLBI_NR_FIELDS] = {
			[NS_S2_TLBI_DUR] = bpf_ktime_get_ns() - t->tlbi_t0,
			[NS_S2_TLBI_REGVAL] = p->regval,
			[NS_S2_TLBI_VMID] = VTTBR_VMID(ns_sysreg(vcpu, VTTBR_EL2)),
			/* those of a stage-1 TLBI drop nothing that could be counted */
			[NS_S2_TLBI_CONTEXTS] = op == NS_TLBI_S1E1 || op == NS_TLBI_S1E2 ?
							NS_UNAVAILABLE :
							t->tlbi_contexts,
			[NS_S2_TLBI_ASKED] = NS_UNAVAILABLE,
			[NS_S2_TLBI_APPLIED] = NS_UNAVAILABLE,
			[NS_S2_TLBI_SOURCE] = NS_UNAVAILABLE,
			[NS_S2_TLBI_SCANNED] = NS_UNAVAILABLE,
		};

		t->tlbi_t0 = 0;
		t->unmap_why = 0;
		ns_emit(&who, NS_EV_S2_TLBI, op, 0, true, f, NS_S2_TLBI_NR_FIELDS);
	}
	return 0;
}

#define NS_TLBI(name, func, op, why)                                           \
	SEC("fentry/" func)                                                    \
	int BPF_PROG(name##_enter, struct kvm_vcpu *vcpu)                      \
	{                                                                      \
		return ns_tlbi_enter(vcpu, why);                               \
	}                                                                      \
	SEC("fexit/" func)                                                     \
	int BPF_PROG(name##_exit, struct kvm_vcpu *vcpu, struct sys_reg_params *p) \
	{                                                                      \
		return ns_tlbi_exit(vcpu, p, NS_TLBI_##op);                    \
	}

NS_TLBI(tlbi_vmalls12e1, "handle_vmalls12e1is", VMALLS12E1, NS_UNMAP_TLBI_VMALLS12E1 + 1)
NS_TLBI(tlbi_ipas2e1, "handle_ipas2e1is", IPAS2E1, NS_UNMAP_TLBI_IPAS2E1 + 1)
NS_TLBI(tlbi_ripas2e1, "handle_ripas2e1is", RIPAS2E1, NS_UNMAP_TLBI_RIPAS2E1 + 1)
NS_TLBI(tlbi_alle1, "handle_alle1is", ALLE1, NS_UNMAP_TLBI_ALLE1 + 1)
NS_TLBI(tlbi_s1e1, "handle_tlbi_el1", S1E1, 0)
NS_TLBI(tlbi_s1e2, "handle_tlbi_el2", S1E2, 0)

/* ---- write-protection ---- */

SEC("fentry/kvm_stage2_wp_range")
int BPF_PROG(s2_wp_enter, struct kvm_s2_mmu *mmu)
{
	struct ns_thread *t;
	u64 kvm;

	if (!on)
		return 0;
	t = ns_thread();
	if (!t)
		return 0;
	t->wp_t0 = 0;
	kvm = ns_kvm_of(mmu);
	if (!ns_is_live_shadow(mmu, kvm))
		return 0;
	t->unmap_vm = ns_vm_of(kvm);
	t->unmap_ctx = ns_ctx_of(t, t->unmap_vm, mmu);
	t->unmap_vttbr = mmu->tlb_vttbr;
	/* An empty range: nothing is unmapped, but later write faults are its doing. */
	ns_note_unmap(t->unmap_ctx, 0, 0, NS_CAUSE_WP);
	t->wp_t0 = bpf_ktime_get_ns();
	return 0;
}

SEC("fexit/kvm_stage2_wp_range")
int BPF_PROG(s2_wp_exit)
{
	struct ns_thread *t = on ? ns_thread() : NULL;
	struct ns_who who;

	if (!t || !t->wp_t0)
		return 0;
	who = ns_who_of_unmap(t);
	{
		u64 f[NS_S2_WP_NR_FIELDS] = {
			[NS_S2_WP_DUR] = bpf_ktime_get_ns() - t->wp_t0,
			[NS_S2_WP_VTTBR] = t->unmap_vttbr,
			[NS_S2_WP_SLOT] = NS_UNAVAILABLE,
		};

		t->wp_t0 = 0;
		ns_emit(&who, NS_EV_S2_WP, 0, 0, true, f, NS_S2_WP_NR_FIELDS);
	}
	return 0;
}
