/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * nv.bpf.h: what the programs on our own tracepoints (trace system kvm_nv, see
 * kernel-patch/) share.  They carry the vCPU's number, the VMM's PID and the
 * context's slot; so neither the thread's storage nor the context's key has to
 * be looked at for each event.
 */
#ifndef NESTSCOPE_NV_BPF_H
#define NESTSCOPE_NV_BPF_H

#include "arm64.bpf.h"
#include "cause.bpf.h"

static __noinline int ns_cpu_vcpu_new(u64 ptr)
{
	struct ns_thread *t = ns_thread();
	u32 zero = 0;
	volatile struct ns_cpu_vcpu *c = bpf_map_lookup_elem(&cpu_vcpu, &zero);

	if (!t || !c)
		return 0;
	ns_identify(t, (void *)ptr);
	c->head = ptr;
	c->gen = t->gen;
	c->vm = t->vm;
	c->vcpu = t->vcpu;
	c->tail = ptr;
	return 0;
}

/* Who runs on this CPU; vcpu_id is the tracepoint's. */
NS_INLINE struct ns_who ns_nv_who(int vcpu_id)
{
	struct ns_who who = {};
	struct kvm_vcpu *vcpu = ns_running_vcpu();
	u64 ptr = (u64)vcpu;
	u32 zero = 0;
	volatile struct ns_cpu_vcpu *c;

	if (!vcpu) {
		who = ns_current_process();
		who.vcpu = vcpu_id < 0 ? NS_NO_VCPU : vcpu_id;
		return who;
	}
	c = bpf_map_lookup_elem(&cpu_vcpu, &zero);
	if (!c)
		return who;
	if (c->head != ptr || c->tail != ptr || c->gen != vm_gen)
		ns_cpu_vcpu_new(ptr);
	who.vm = c->vm;
	who.vcpu = c->vcpu;
	if (c->head != ptr || c->tail != ptr) /* another vCPU came between */
		who = ns_current();
	return who;
}

NS_INLINE struct ns_slot_owner *ns_slot_owner(u32 vm, int slot)
{
	u32 idx = vm * NS_MAX_POOL + slot;

	return slot < 0 || slot >= NS_MAX_POOL ? NULL : bpf_map_lookup_elem(&slots, &idx);
}

/* The context in a slot, when it is the one with this VTTBR; 0: not known. */
NS_INLINE u16 ns_slot_ctx(u32 vm, int slot, u64 vttbr)
{
	struct ns_slot_owner *o = ns_slot_owner(vm, slot);

	return o && o->vttbr == vttbr ? o->ctx : 0;
}

/* A slot was given to a context. */
NS_INLINE u16 ns_slot_set(u32 vm, int slot, u64 vttbr, u64 vtcr, u32 s2_on)
{
	struct ns_slot_owner *o = ns_slot_owner(vm, slot);
	u32 ctx = ns_ctx_lookup(vttbr, vtcr, s2_on, vm);

	if (o) {
		o->ctx = ctx;
		o->vttbr = vttbr;
	}
	return ctx;
}

/* The same for a vCPU that was on its context before anybody looked. */
static __noinline u32 ns_slot_learn(u32 vm, int slot, u64 vttbr)
{
	struct kvm_vcpu *vcpu = ns_running_vcpu();
	struct kvm_s2_mmu *mmu;

	if (!vcpu)
		return 0;
	mmu = BPF_CORE_READ(vcpu, arch.hw_mmu);
	if (BPF_CORE_READ(mmu, tlb_vttbr) != vttbr)
		return 0;
	return ns_slot_set(vm, slot, vttbr, BPF_CORE_READ(mmu, tlb_vtcr),
			   BPF_CORE_READ(mmu, nested_stage2_enabled));
}

/* The context that the vCPU running on this CPU is on, by its slot. */
NS_INLINE u16 ns_nv_ctx(u32 vm, int slot, u64 vttbr)
{
	u16 ctx = ns_slot_ctx(vm, slot, vttbr);

	return ctx ? ctx : ns_slot_learn(vm, slot, vttbr);
}

/*
 * Who an event of the thread's work on the shadow tables of all contexts belongs
 * to: that VM need not be the one the thread runs (see nv_working_on).
 */
NS_INLINE struct ns_who ns_nv_who_of_work(int vcpu_id)
{
	struct ns_who who = { .vcpu = vcpu_id < 0 ? NS_NO_VCPU : vcpu_id };
	struct ns_thread *t = ns_thread();

	if (t && t->kvm)
		who.vm = ns_vm_of(t->kvm);
	else
		who = ns_nv_who(vcpu_id);
	return who;
}

#endif
