// SPDX-License-Identifier: GPL-2.0-only
/* nv_s2.bpf.c: shadow stage 2 by our own tracepoints: one event, one program. */
#include "nv.bpf.h"

/* ---- faults ---- */

#define OUTCOME(name)                                              \
	if (NV_IS(outcome, kvm_nv_s2_fault_outcome, KVM_NV_S2_FAULT_##name)) \
		return NS_OUTCOME_##name

NS_INLINE u32 nv_outcome(int outcome)
{
	OUTCOME(MAP);
	OUTCOME(PERM_RELAX);
	OUTCOME(MMIO);
	OUTCOME(INJECT_WALK);
	OUTCOME(INJECT_PERM);
	OUTCOME(RETRY_INVAL);
	OUTCOME(RETRY_RACE);
	OUTCOME(RETRY_WALK);
	OUTCOME(AF);
	OUTCOME(INJECT_SEA);
	OUTCOME(INJECT_ATOMIC);
	OUTCOME(CMO);
	OUTCOME(HWPOISON);
	OUTCOME(ERROR);
	return NS_OUTCOME_OTHER;
}

SEC("tp_btf/kvm_nv_s2_fault")
int BPF_PROG(nv_s2_fault, int vcpu_id, int vmm, int slot, u64 vttbr, u64 esr, u64 pc, u64 l2_ipa,
	     u64 l1_ipa, int outcome, u64 total_ns, int ret, struct kvm_nv_s2_fault_map *map)
{
	struct ns_what w = { .event = NS_EV_S2_FAULT, .timed = true, .dur = total_ns };
	struct ns_rec *rec;
	struct ns_who who;
	u32 out;

	if (!on)
		return 0;
	who = ns_nv_who(vcpu_id);
	who.ctx = ns_nv_ctx(who.vm, slot, vttbr);
	out = nv_outcome(outcome);
	w.dim = ns_outcome_cause(out);
	if (w.dim == NS_CAUSE_COLD)
		w.dim = ns_page_mapped(who.ctx, l2_ipa, map->size,
				       FSC_TYPE(esr) == FSC_PERMISSION);
	w.sub = ns_access(esr);
	rec = ns_account(&who, &w) ? ns_reserve(&who, &w, NS_S2_FAULT_NR_FIELDS) : NULL;
	if (!rec)
		return 0;
	rec->field[NS_S2_FAULT_DUR] = total_ns;
	rec->field[NS_S2_FAULT_VTTBR] = vttbr;
	rec->field[NS_S2_FAULT_L2_IPA] = l2_ipa;
	rec->field[NS_S2_FAULT_L1_IPA] = l1_ipa;
	rec->field[NS_S2_FAULT_PC] = pc;
	rec->field[NS_S2_FAULT_ESR] = esr;
	rec->field[NS_S2_FAULT_MAP_SIZE] = map->size;
	rec->field[NS_S2_FAULT_RET] = (long)ret;
	rec->field[NS_S2_FAULT_OUTCOME] = out;
	rec->field[NS_S2_FAULT_PROT] = map->prot;
	rec->field[NS_S2_FAULT_SLOT] = slot;
	rec->field[NS_S2_FAULT_GUEST_LEVEL] = (long)map->guest_level;
	rec->field[NS_S2_FAULT_GUEST_SIZE] = map->guest_level < 0 ? NS_UNAVAILABLE :
								    map->guest_size;
	rec->field[NS_S2_FAULT_WALK_NS] = map->guest_level < 0 ? NS_UNAVAILABLE : map->walk_ns;
	ns_submit(rec);
	return 0;
}

SEC("tp_btf/kvm_nv_s2_walk")
int BPF_PROG(nv_s2_walk, int vcpu_id, int vmm, u64 vttbr, u64 l2_ipa, u64 l1_ipa, int level,
	     u64 size, bool readable, bool writable, u32 esr, int ret, u64 ns)
{
	struct ns_who who;
	u64 f[NS_S2_WALK_NR_FIELDS] = {
		[NS_S2_WALK_DUR] = ns,
		[NS_S2_WALK_VTTBR] = vttbr,
		[NS_S2_WALK_L2_IPA] = l2_ipa,
		[NS_S2_WALK_L1_IPA] = ret ? NS_UNAVAILABLE : l1_ipa,
		[NS_S2_WALK_LEVEL] = (long)level,
		[NS_S2_WALK_SIZE] = ret ? NS_UNAVAILABLE : size,
		[NS_S2_WALK_PERM] = ret ? NS_UNAVAILABLE : readable + 2 * writable,
		[NS_S2_WALK_ESR] = ret ? esr : NS_UNAVAILABLE,
		[NS_S2_WALK_RET] = (long)ret,
	};

	if (!on)
		return 0;
	who = ns_nv_who(vcpu_id);
	ns_emit(&who, NS_EV_S2_WALK,
		!ret ? NS_WALK_OK : ret == -EAGAIN ? NS_WALK_RETRY : NS_WALK_FAULT, 0, true, f,
		NS_S2_WALK_NR_FIELDS);
	return 0;
}

/* ---- contexts ---- */

NS_INLINE u32 nv_get_outcome(int outcome)
{
	return NV_IS(outcome, kvm_nv_s2_get_outcome, KVM_NV_S2_GET_HIT) ? NS_CTX_HIT :
	       NV_IS(outcome, kvm_nv_s2_get_outcome, KVM_NV_S2_GET_FREE) ? NS_CTX_FREE :
									   NS_CTX_EVICT;
}

SEC("tp_btf/kvm_nv_s2_mmu_get")
int BPF_PROG(nv_s2_mmu_get, int vcpu_id, int vmm, int slot, int outcome, u64 old_vttbr, u64 vttbr,
	     u64 vtcr, bool s2_on, int refcnt, bool pending, int pool)
{
	u32 out = nv_get_outcome(outcome);
	struct ns_who who;
	u64 f[NS_S2_CTX_NR_FIELDS] = {
		[NS_S2_CTX_VTTBR] = vttbr,
		[NS_S2_CTX_VTCR] = vtcr,
		[NS_S2_CTX_OLD_VTTBR] = out == NS_CTX_EVICT ? old_vttbr : 0,
		[NS_S2_CTX_POOL] = pool,
		[NS_S2_CTX_SLOT] = slot,
		[NS_S2_CTX_REFCNT] = refcnt,
		[NS_S2_CTX_PENDING] = pending,
	};

	if (!on)
		return 0;
	who = ns_nv_who(vcpu_id);
	if (out == NS_CTX_HIT)
		who.ctx = ns_slot_ctx(who.vm, slot, vttbr);
	if (out == NS_CTX_EVICT)
		ns_note_unmap(ns_slot_ctx(who.vm, slot, old_vttbr), 0, ~0UL, NS_CAUSE_EVICT);
	if (!who.ctx)
		who.ctx = ns_slot_set(who.vm, slot, vttbr, vtcr, s2_on);
	if (out != NS_CTX_HIT)
		ns_note_born(who.ctx);
	ns_emit(&who, NS_EV_S2_CTX, out, 0, false, f, NS_S2_CTX_NR_FIELDS);
	return 0;
}

/* ---- unmaps and write-protection ---- */

#define REASON(name)                                             \
	if (NV_IS(reason, kvm_nv_unmap_reason, KVM_NV_UNMAP_##name)) \
		return NS_UNMAP_##name

NS_INLINE u32 nv_reason(int reason)
{
	REASON(TLBI_VMALLS12E1);
	REASON(TLBI_IPAS2E1);
	REASON(TLBI_RIPAS2E1);
	REASON(TLBI_ALLE1);
	REASON(RECYCLE);
	REASON(NOTIFIER);
	REASON(MEMSLOT);
	REASON(VM);
	return NS_UNMAP_OTHER;
}

/*
 * Whose shadow tables this thread works on: it need not be a vCPU of that VM
 * (reclaim, the VMM's main thread), and two VMs of one process have one PID.
 */
NS_INLINE int nv_working_on(struct kvm *kvm)
{
	struct ns_thread *t = on ? ns_thread() : NULL;

	if (t)
		t->kvm = (u64)kvm;
	return 0;
}

SEC("fentry/kvm_nested_s2_unmap")
int BPF_PROG(nv_unmap_kvm, struct kvm *kvm)
{
	return nv_working_on(kvm);
}

SEC("fentry/kvm_nested_s2_wp")
int BPF_PROG(nv_wp_kvm, struct kvm *kvm)
{
	return nv_working_on(kvm);
}

SEC("tp_btf/kvm_nv_s2_unmap")
int BPF_PROG(nv_s2_unmap, int vcpu_id, int vmm, int slot, u64 vttbr, int reason, u64 start,
	     u64 size, bool may_block, u64 ns)
{
	u32 why = nv_reason(reason);
	struct ns_who who;
	u64 f[NS_S2_UNMAP_NR_FIELDS] = {
		[NS_S2_UNMAP_DUR] = ns,
		[NS_S2_UNMAP_VTTBR] = vttbr,
		[NS_S2_UNMAP_START] = start,
		[NS_S2_UNMAP_SIZE] = size,
		[NS_S2_UNMAP_SLOT] = slot,
		[NS_S2_UNMAP_MAY_BLOCK] = may_block,
	};

	if (!on)
		return 0;
	who = why == NS_UNMAP_NOTIFIER || why == NS_UNMAP_MEMSLOT || why == NS_UNMAP_VM ?
		      ns_nv_who_of_work(vcpu_id) :
		      ns_nv_who(vcpu_id);
	who.ctx = ns_slot_ctx(who.vm, slot, vttbr);
	/*
	 * A recycled slot's old pages were noted as evicted when the slot was
	 * taken; the context it belongs to now has nothing mapped yet.
	 */
	if (why != NS_UNMAP_RECYCLE)
		ns_note_unmap(who.ctx, start, start + size, ns_cause_of_unmap(why));
	ns_emit(&who, NS_EV_S2_UNMAP, why, 0, true, f, NS_S2_UNMAP_NR_FIELDS);
	return 0;
}

SEC("tp_btf/kvm_nv_s2_wp")
int BPF_PROG(nv_s2_wp, int vcpu_id, int vmm, int slot, u64 vttbr, u64 ns)
{
	struct ns_who who;
	u64 f[NS_S2_WP_NR_FIELDS] = {
		[NS_S2_WP_DUR] = ns,
		[NS_S2_WP_VTTBR] = vttbr,
		[NS_S2_WP_SLOT] = slot,
	};

	if (!on)
		return 0;
	who = ns_nv_who_of_work(vcpu_id);
	who.ctx = ns_slot_ctx(who.vm, slot, vttbr);
	/* An empty range: nothing is unmapped, but later write faults are its doing. */
	ns_note_unmap(who.ctx, 0, 0, NS_CAUSE_WP);
	ns_emit(&who, NS_EV_S2_WP, 0, 0, true, f, NS_S2_WP_NR_FIELDS);
	return 0;
}

/* ---- TLBIs by L1 ---- */

#define CLASS(name)                                           \
	if (NV_IS(class, kvm_nv_tlbi_class, KVM_NV_TLBI_##name)) \
		return NS_TLBI_##name

NS_INLINE u32 nv_tlbi_class(int class)
{
	CLASS(VMALLS12E1);
	CLASS(IPAS2E1);
	CLASS(RIPAS2E1);
	CLASS(ALLE1);
	CLASS(S1E1);
	return NS_TLBI_S1E2;
}

#define SOURCE(name)                                                  \
	if (NV_IS(source, kvm_nv_tlbi_source, KVM_NV_TLBI_SIZE_##name)) \
		return NS_TLBI_SIZE_##name

NS_INLINE u32 nv_tlbi_source(int source)
{
	SOURCE(OP);
	SOURCE(TTL);
	SOURCE(SHADOW);
	SOURCE(MAX);
	return NS_TLBI_SIZE_OTHER;
}

SEC("tp_btf/kvm_nv_tlbi")
int BPF_PROG(nv_tlbi, int vcpu_id, int vmm, int class, u32 op, u64 regval, u16 vmid, u64 asked,
	     u64 applied, int source, int scanned, int matched, u64 ns)
{
	struct ns_who who;
	u64 f[NS_S2_TLBI_NR_FIELDS] = {
		[NS_S2_TLBI_DUR] = ns,
		[NS_S2_TLBI_REGVAL] = regval,
		[NS_S2_TLBI_VMID] = vmid,
		[NS_S2_TLBI_CONTEXTS] = matched,
		[NS_S2_TLBI_ASKED] = asked,
		[NS_S2_TLBI_APPLIED] = applied,
		[NS_S2_TLBI_SOURCE] = nv_tlbi_source(source),
		[NS_S2_TLBI_SCANNED] = scanned,
	};

	if (!on)
		return 0;
	who = ns_nv_who(vcpu_id);
	ns_emit(&who, NS_EV_S2_TLBI, nv_tlbi_class(class), 0, true, f, NS_S2_TLBI_NR_FIELDS);
	return 0;
}
