// SPDX-License-Identifier: GPL-2.0-only
/* s2_ctx.bpf.c: the pool of shadow contexts: hits, free slots, evictions; and its end. */
#include "arm64.bpf.h"
#include "cause.bpf.h"

/* Slot i of the VM's pool, whichever layout this kernel has. */
NS_INLINE struct kvm_s2_mmu *ns_slot(struct kvm *kvm, u32 i)
{
	u64 base = (u64)BPF_CORE_READ(kvm, arch.nested_mmus), slot = 0;

	if (!cfg_mmus_indirect)
		return (void *)(base + (u64)i * cfg_mmu_size);
	bpf_probe_read_kernel(&slot, sizeof(slot), (void *)(base + i * sizeof(u64)));
	return (void *)slot;
}

struct ns_victim {
	struct kvm *kvm;
	u32 next;
	u32 size;
	u64 vttbr; /* of the slot that will be taken */
	u64 vtcr;
	u32 s2_on;
	u32 found;
};

static long ns_victim_try(u32 i, void *arg)
{
	struct ns_victim *v = arg;
	struct kvm_s2_mmu *mmu;

	if (!v->size)
		return 1;
	mmu = ns_slot(v->kvm, (v->next + i) % v->size);
	if (BPF_CORE_READ(mmu, refcnt.counter))
		return 0;
	v->vttbr = BPF_CORE_READ(mmu, tlb_vttbr);
	v->vtcr = BPF_CORE_READ(mmu, tlb_vtcr);
	v->s2_on = BPF_CORE_READ(mmu, nested_stage2_enabled);
	v->found = 1;
	return 1;
}

/*
 * get_s2_mmu_nested() looks up and, finding nothing, takes the next slot that
 * nobody holds.  The slot is overwritten right after the look-up returns, under
 * the same lock; so look here which one it is going to be.
 */
SEC("fexit/lookup_s2_mmu")
int BPF_PROG(s2_lookup, struct kvm_vcpu *vcpu, struct kvm_s2_mmu *ret)
{
	struct ns_thread *t;
	struct ns_victim v = {};
	u32 outcome = NS_CTX_HIT;
	struct ns_who who;
	u64 vttbr, vtcr;
	u32 s2_on;

	if (!on)
		return 0;
	t = ns_thread();
	if (!t)
		return 0;
	if (t->at_flags & NS_AF_OPEN) { /* the AT fast path only looks */
		if (!ret)
			t->at_flags |= NS_AF_NO_CTX;
		return 0;
	}
	ns_identify(t, vcpu);
	vttbr = ns_sysreg(vcpu, VTTBR_EL2) & ~VTTBR_CNP;
	vtcr = ns_sysreg(vcpu, VTCR_EL2);
	s2_on = ns_sysreg(vcpu, HCR_EL2) & HCR_VM;
	v.kvm = vcpu->kvm;
	v.size = BPF_CORE_READ(vcpu, kvm, arch.nested_mmus_size);
	if (!ret) {
		v.next = BPF_CORE_READ(vcpu, kvm, arch.nested_mmus_next);
		bpf_loop(NS_MAX_POOL, ns_victim_try, &v, 0);
		outcome = v.found && !(v.vttbr & VTTBR_CNP) ? NS_CTX_EVICT : NS_CTX_FREE;
	}
	if (outcome == NS_CTX_EVICT)
		ns_note_unmap(ns_ctx_lookup(v.vttbr, v.vtcr, v.s2_on, t->vm), 0, ~0UL,
			      NS_CAUSE_EVICT);
	who = ns_who_is(t);
	who.ctx = ns_ctx_lookup(vttbr, vtcr, s2_on, t->vm);
	if (outcome != NS_CTX_HIT)
		ns_note_born(who.ctx);
	{
		u64 f[NS_S2_CTX_NR_FIELDS] = {
			[NS_S2_CTX_VTTBR] = vttbr,
			[NS_S2_CTX_VTCR] = vtcr,
			[NS_S2_CTX_OLD_VTTBR] = outcome == NS_CTX_EVICT ? v.vttbr : 0,
			[NS_S2_CTX_POOL] = v.size,
			[NS_S2_CTX_SLOT] = NS_UNAVAILABLE,
			[NS_S2_CTX_REFCNT] = NS_UNAVAILABLE,
			[NS_S2_CTX_PENDING] = NS_UNAVAILABLE,
		};

		ns_emit(&who, NS_EV_S2_CTX, outcome, 0, false, f, NS_S2_CTX_NR_FIELDS);
	}
	return 0;
}

/* Nothing that is known by the VM's address is true any more. */
SEC("fentry/kvm_arch_destroy_vm")
int BPF_PROG(vm_gone, struct kvm *kvm)
{
	u64 key = (u64)kvm;

	bpf_map_delete_elem(&kvms, &key);
	__sync_fetch_and_add(&vm_gen, 1);
	return 0;
}
