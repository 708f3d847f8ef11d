// SPDX-License-Identifier: GPL-2.0-only
/*
 * x86_page.bpf.c: shadow pages (struct kvm_mmu_page): made, synced, zapped and
 * why; and what their end means for later faults of L2.
 */
#include "x86.bpf.h"

NS_INLINE u32 page_level(const struct kvm_mmu_page *sp)
{
	return BPF_CORE_READ_BITFIELD(sp, role.level);
}

NS_INLINE bool page_is_l2s(const struct kvm_mmu_page *sp)
{
	return BPF_CORE_READ_BITFIELD(sp, role.guest_mode);
}

NS_INLINE bool page_is_direct(const struct kvm_mmu_page *sp)
{
	return BPF_CORE_READ_BITFIELD(sp, role.direct);
}

/* The vCPU that runs, or NULL; hidden: the kernel does not show it. */
NS_INLINE struct kvm_vcpu *page_vcpu(const bool hidden)
{
	return hidden ? NULL : ns_running_vcpu();
}

/*
 * Whose it is.  Not always the current process's: the last one to let go of a
 * VM's memory destroys it, and that may be who looked at its command line.
 */
NS_INLINE struct ns_who page_who(const struct ns_shadow_page *known, const bool hidden)
{
	struct ns_who who = { .vcpu = NS_NO_VCPU };
	struct kvm_vcpu *vcpu = page_vcpu(hidden);

	if (known && known->vm) {
		who.vm = known->vm;
		who.ctx = known->ctx;
	} else if (hidden) {
		return ns_x86_thread();
	} else if (vcpu) { /* made before we looked */
		who.vm = ns_vm_of((u64)BPF_CORE_READ(vcpu, kvm));
	}
	if (vcpu)
		who.vcpu = BPF_CORE_READ(vcpu, vcpu_id);
	else if (hidden)
		who.vcpu = ns_x86_thread().vcpu;
	return who;
}

NS_INLINE void page_emit(const struct ns_who *who, u32 what, const struct kvm_mmu_page *sp,
			 const struct ns_shadow_page *known)
{
	u64 f[NS_S2_PAGE_NR_FIELDS] = {
		[NS_S2_PAGE_VTTBR] = known && known->ctx ? known->vttbr : NS_UNAVAILABLE,
		[NS_S2_PAGE_GFN] = sp->gfn,
		[NS_S2_PAGE_LEVEL] = page_level(sp),
		[NS_S2_PAGE_DIRECT] = page_is_direct(sp),
		[NS_S2_PAGE_START] = known ? known->start : NS_UNAVAILABLE,
	};

	ns_emit(who, NS_EV_S2_PAGE, what, page_is_l2s(sp) ? NS_WHO_L2 : NS_WHO_L1, 0, f,
		NS_S2_PAGE_NR_FIELDS);
}

/*
 * What a new page of L2's translates: in a fault that is around the address, the
 * root, which is made before L2 runs, everything.
 */
NS_INLINE void page_learn(struct ns_thread *t, const struct kvm_mmu_page *sp, bool created,
			  struct ns_shadow_page *new)
{
	u32 shift = X86_LEVEL_SHIFT(new->level & 7);

	if (t->x86.seen & NS_XF_OPEN && t->x86.seen & NS_XF_L2) {
		new->vttbr = t->vttbr;
		new->ctx = t->fault_ctx;
		new->start = t->x86.addr & ~((512UL << shift) - 1);
	} else if (new->level >= 4) {
		/* direct: an L2 without nested paging, whose addresses are L1's */
		new->vttbr = page_is_direct(sp) ? 0 : sp->gfn << X86_PAGE_SHIFT;
		new->ctx = ns_ctx_lookup(new->vttbr, 0, new->vttbr != 0, new->vm);
		new->start = 0;
		if (created)
			ns_note_born(new->ctx);
	}
}

NS_INLINE int page_got(struct kvm_mmu_page *sp, bool created, const bool hidden)
{
	struct ns_thread *t = ns_thread();
	struct ns_shadow_page new = { .start = NS_UNAVAILABLE }, *known;
	u64 ptr = (u64)sp, key;
	struct ns_who who;

	if (!t)
		return 0;
	if (t->x86.seen & NS_XF_OPEN)
		t->x86.seen |= NS_XF_LINKED;
	known = bpf_map_lookup_elem(&shadow_pages, &ptr);
	/* Only a vCPU makes one, or finds it: its thread is the VM's. */
	who = hidden ? ns_x86_thread() : ns_current();
	if (known && !created)
		who.ctx = known->ctx;
	if (created || !known || (known->start == NS_UNAVAILABLE && page_is_l2s(sp))) {
		new.vm = who.vm;
		new.level = page_level(sp);
		if (page_is_l2s(sp))
			page_learn(t, sp, created, &new);
		who.ctx = new.ctx;
		bpf_map_update_elem(&shadow_pages, &ptr, &new, BPF_ANY);
		key = ns_table_key(new.vm, sp->gfn);
		if (new.ctx && !page_is_direct(sp))
			bpf_map_update_elem(&shadow_tables, &key, &ptr, BPF_ANY);
		known = &new;
	}
	page_emit(&who, created ? NS_PAGE_MADE : NS_PAGE_FOUND, sp, known);
	return 0;
}

NS_INLINE int page_changed(struct kvm_mmu_page *sp, u32 what, const bool hidden)
{
	struct ns_shadow_page *known;
	u64 ptr = (u64)sp;
	struct ns_who who;

	known = bpf_map_lookup_elem(&shadow_pages, &ptr);
	who = page_who(known, hidden);
	if (known && what == NS_PAGE_SYNC)
		ns_table_changed(known, 0, 1 << X86_PAGE_SHIFT);
	page_emit(&who, what, sp, known);
	return 0;
}

/* All pages of a VM become obsolete; this thread goes on to drop them. */
SEC("tp_btf/kvm_mmu_zap_all_fast")
int BPF_PROG(x86_zap_all, struct kvm *kvm)
{
	struct ns_thread *t = on ? ns_thread() : NULL;

	if (t)
		t->x86.zap_kvm = (u64)kvm;
	return 0;
}

/* Is a page dropped because of its age? */
NS_INLINE bool page_is_obsolete(struct ns_thread *t, const struct kvm_mmu_page *sp,
				struct kvm *vcpus)
{
	struct kvm___x86 *kvm = vcpus ? (void *)vcpus : (void *)t->x86.zap_kvm;

	if (!kvm || BPF_CORE_READ(kvm, users_count.refs.counter) <= 0)
		return false;
	/* The TDP MMU's have no generation: it drops them when it is told to. */
	if (sp->tdp_mmu_page)
		return (u64)kvm == t->x86.zap_kvm;
	return BPF_CORE_READ(kvm, arch.mmu_valid_gen) != sp->mmu_valid_gen;
}

NS_INLINE u32 page_why_zapped(struct ns_thread *t, const struct kvm_mmu_page *sp,
			      struct kvm *kvm)
{
	if (page_is_obsolete(t, sp, kvm))
		return NS_PAGE_ZAP_MEMSLOT;
	return t->x86.seen & NS_XF_OPEN && t->x86.seen & NS_XF_PRESENT &&
			       !(t->x86.seen & NS_XF_RSVD) && t->x86.access == NS_ACCESS_WRITE ?
		       NS_PAGE_ZAP_TABLES : NS_PAGE_ZAP_OTHER;
}

/* What the page translated faults again. */
NS_INLINE void page_forget(const struct ns_shadow_page *known, u64 ptr, u64 gfn, u32 why)
{
	u32 shift = X86_LEVEL_SHIFT(known->level & 7);
	u64 key = ns_table_key(known->vm, gfn), *table;

	if (why == NS_PAGE_ZAP_MEMSLOT)
		ns_note_unmap(known->ctx, 0, ~0UL, NS_CAUSE_MEMSLOT);
	else if (known->start != NS_UNAVAILABLE)
		ns_note_unmap(known->ctx, known->start, known->start + (512UL << shift),
			      why == NS_PAGE_ZAP_TABLES ? NS_CAUSE_TABLES : NS_CAUSE_EVICT);
	table = bpf_map_lookup_elem(&shadow_tables, &key);
	if (table && *table == ptr)
		bpf_map_delete_elem(&shadow_tables, &key);
}

/*
 * The host takes memory away: whether anything was mapped is not told, nor from
 * which VM.  A process does that to its own memory, kernel threads to anybody's.
 */
SEC("tp_btf/kvm_unmap_hva_range")
int BPF_PROG(x86_notifier)
{
	struct task_struct *task = (void *)bpf_get_current_task_btf();
	u32 pid = task->tgid;

	if (!on)
		return 0;
	if (!task->mm) {
		__sync_fetch_and_add(&notifications[0], 1);
		return 0;
	}
	for (u32 i = 1; i < NS_MAX_VMS && i < next_vm; i++)
		if (vm_pid[i] == pid)
			__sync_fetch_and_add(&notifications[i], 1);
	return 0;
}

NS_INLINE int page_zapped(struct kvm_mmu_page *sp, const bool hidden)
{
	struct kvm_vcpu *vcpu = page_vcpu(hidden);
	struct kvm *kvm = vcpu ? BPF_CORE_READ(vcpu, kvm) : NULL;
	struct ns_thread *t = ns_thread();
	struct ns_shadow_page *known;
	u64 ptr = (u64)sp;
	struct ns_who who;
	u32 why;

	/* A root in use was zapped before: now that nobody uses it, it is freed. */
	if (!t || BPF_CORE_READ_BITFIELD(sp, role.invalid))
		return 0;
	if (t->x86.seen & NS_XF_OPEN)
		t->x86.seen |= NS_XF_ZAPPED;
	known = bpf_map_lookup_elem(&shadow_pages, &ptr);
	who = page_who(known, hidden);
	why = page_why_zapped(t, sp, kvm);
	page_emit(&who, why, sp, known);
	if (known) {
		page_forget(known, ptr, sp->gfn, why);
		bpf_map_delete_elem(&shadow_pages, &ptr);
	}
	return 0;
}

/*
 * The programs, each twice: with the vCPU that runs and, where the kernel hides
 * that (no CONFIG_KALLSYMS_ALL), without.
 */

SEC("tp_btf/kvm_mmu_get_page")
int BPF_PROG(x86_page_get, struct kvm_mmu_page *sp, bool created)
{
	return on && sp ? page_got(sp, created, false) : 0;
}

SEC("tp_btf/kvm_mmu_get_page")
int BPF_PROG(x86_page_get_proc, struct kvm_mmu_page *sp, bool created)
{
	return on && sp ? page_got(sp, created, true) : 0;
}

SEC("tp_btf/kvm_mmu_sync_page")
int BPF_PROG(x86_page_sync, struct kvm_mmu_page *sp)
{
	return on && sp ? page_changed(sp, NS_PAGE_SYNC, false) : 0;
}

SEC("tp_btf/kvm_mmu_sync_page")
int BPF_PROG(x86_page_sync_proc, struct kvm_mmu_page *sp)
{
	return on && sp ? page_changed(sp, NS_PAGE_SYNC, true) : 0;
}

SEC("tp_btf/kvm_mmu_unsync_page")
int BPF_PROG(x86_page_unsync, struct kvm_mmu_page *sp)
{
	return on && sp ? page_changed(sp, NS_PAGE_UNSYNC, false) : 0;
}

SEC("tp_btf/kvm_mmu_unsync_page")
int BPF_PROG(x86_page_unsync_proc, struct kvm_mmu_page *sp)
{
	return on && sp ? page_changed(sp, NS_PAGE_UNSYNC, true) : 0;
}

SEC("tp_btf/kvm_mmu_prepare_zap_page")
int BPF_PROG(x86_page_zap, struct kvm_mmu_page *sp)
{
	return on && sp ? page_zapped(sp, false) : 0;
}

SEC("tp_btf/kvm_mmu_prepare_zap_page")
int BPF_PROG(x86_page_zap_proc, struct kvm_mmu_page *sp)
{
	return on && sp ? page_zapped(sp, true) : 0;
}
