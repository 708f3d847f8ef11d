// SPDX-License-Identifier: GPL-2.0-only
/*
 * x86_fault.bpf.c: page faults and MMIO on x86, by stock tracepoints.
 *
 * An episode begins with kvm_page_fault (on Intel, for MMIO, with the exit) and
 * ends when the vCPU runs again or goes back to the VMM.  It belongs to the
 * thread, not to the CPU.  What is seen in between tells how it ended, and that
 * makes one s2.fault (L2) or s2.l1fault, and mmio.cache and mmio.abort when it
 * was about MMIO.
 */
#include "x86.bpf.h"

/* Page fault error code: Intel SDM vol. 3, 4.7; of a nested page fault: AMD APM vol. 2, 15.25.6 */
#define PFERR_PRESENT (1UL << 0)
#define PFERR_WRITE (1UL << 1)
#define PFERR_RSVD (1UL << 3)
#define PFERR_FETCH (1UL << 4)
/* EPT violation's exit qualification: Intel SDM vol. 3, 27.2.1 */
#define EPT_WRITE (1UL << 1)
#define EPT_FETCH (1UL << 2)
#define EPT_PRESENT (7UL << 3)

/* kvm_run.exit_reason: include/uapi/linux/kvm.h */
#define KVM_EXIT_MMIO 6
#define KVM_EXIT_INTERNAL_ERROR 17

/* ---- the beginning ---- */

NS_INLINE void x86_begin(struct ns_thread *t, struct kvm_vcpu *vcpu, u64 addr, u32 seen, u64 code)
{
	/* One whose end was not seen: KVM has no such path today. */
	if (t->x86.seen & NS_XF_OPEN)
		ns_unattributed(t->x86.seen & NS_XF_L2 ? NS_EV_S2_FAULT : NS_EV_S2_L1FAULT);
	ns_identify(t, vcpu);
	t->x86.addr = addr;
	t->x86.cache = 0;
	t->fault_esr = code;
	t->fault_pc = ns_rip(vcpu, t->x86.vmx);
	t->l2_ipa = addr == NS_UNAVAILABLE ? addr : addr & ~0xfffUL;
	t->l1_ipa = NS_UNAVAILABLE;
	t->map_size = 0;
	t->vttbr = 0;
	t->fault_ctx = 0;
	t->cause = NS_CAUSE_UNKNOWN;
	if (ns_guest_mode(vcpu)) {
		seen |= NS_XF_L2;
		t->vttbr = ns_nested_pgd(vcpu);
		t->fault_ctx = ns_x86_ctx(t, t->vttbr);
	}
	t->x86.seen = seen | NS_XF_OPEN;
	t->fault_t0 = bpf_ktime_get_ns();
}

NS_INLINE int x86_fault_code(struct ns_thread *t, u64 code, bool ept)
{
	u32 seen = 0;

	if (ept) {
		t->x86.access = code & EPT_FETCH ? NS_ACCESS_EXEC :
				code & EPT_WRITE ? NS_ACCESS_WRITE : NS_ACCESS_READ;
		seen = code & EPT_PRESENT ? NS_XF_PRESENT : 0;
	} else {
		t->x86.access = code & PFERR_FETCH ? NS_ACCESS_EXEC :
				code & PFERR_WRITE ? NS_ACCESS_WRITE : NS_ACCESS_READ;
		seen = (code & PFERR_PRESENT ? NS_XF_PRESENT : 0) |
		       (code & PFERR_RSVD ? NS_XF_RSVD : 0);
	}
	t->x86.fault = seen & NS_XF_RSVD ? NS_FAULT_RESERVED :
		       seen & NS_XF_PRESENT ? NS_FAULT_PERMISSION : NS_FAULT_TRANSLATION;
	return seen;
}

SEC("tp_btf/kvm_page_fault")
int BPF_PROG(x86_fault, struct kvm_vcpu *vcpu, u64 addr, u64 code)
{
	struct ns_thread *t = on && vcpu ? ns_thread() : NULL;

	if (!t || !vcpu)
		return 0;
	x86_begin(t, vcpu, addr,
		  x86_fault_code(t, code, t->x86.vmx == VMX_EXIT_EPT_VIOLATION), code);
	return 0;
}

/*
 * Intel: what kind of exit a page fault's code is of, and MMIO, which has no
 * kvm_page_fault.  Written from the source; never run on such hardware.
 */
SEC("tp_btf/kvm_exit")
int BPF_PROG(x86_exit_vmx, struct kvm_vcpu *vcpu, u32 isa)
{
	struct ns_thread *t = on && vcpu && isa == KVM_ISA_VMX ? ns_thread() : NULL;
	u64 code;

	if (!t || !vcpu)
		return 0;
	code = ns_exit_code(vcpu, isa);
	t->x86.vmx = code == VMX_EXIT_EPT_VIOLATION ? VMX_EXIT_EPT_VIOLATION :
						      VMX_EXIT_EPT_MISCONFIG;
	if (code != VMX_EXIT_EPT_MISCONFIG)
		return 0;
	t->x86.access = NS_ACCESS_READ; /* the hardware does not say */
	t->x86.fault = NS_FAULT_RESERVED;
	x86_begin(t, vcpu, NS_UNAVAILABLE, NS_XF_RSVD, NS_UNAVAILABLE);
	return 0;
}

/* ---- what happens in between ---- */

/* Is an entry at this place the one of the faulting address? */
NS_INLINE bool x86_is_its_entry(const struct ns_thread *t, const u64 *sptep, u32 level)
{
	return ((u64)sptep >> 3 & 511) == (t->x86.addr >> X86_LEVEL_SHIFT(level & 7) & 511);
}

/* The address, when the episode began without. */
NS_INLINE void x86_found_address(struct ns_thread *t, u64 addr)
{
	t->x86.addr = addr;
	t->l2_ipa = addr & ~0xfffUL;
}

SEC("tp_btf/check_mmio_spte")
int BPF_PROG(x86_check, u64 spte, unsigned int kvm_gen, unsigned int spte_gen)
{
	struct ns_thread *t = x86_open();

	if (!t)
		return 0;
	t->x86.seen |= NS_XF_CHECKED | (kvm_gen == spte_gen ? 0 : NS_XF_STALE);
	t->x86.kvm_gen = kvm_gen;
	t->x86.spte_gen = spte_gen;
	return 0;
}

/* Also when a page of tables is synced: then it is another page's. */
SEC("tp_btf/mark_mmio_spte")
int BPF_PROG(x86_mark, u64 *sptep, u64 gfn, u64 spte)
{
	struct ns_thread *t = x86_open();

	if (!t || !x86_is_its_entry(t, sptep, 1))
		return 0;
	t->x86.seen |= NS_XF_MARKED;
	t->l1_ipa = gfn << X86_PAGE_SHIFT;
	return 0;
}

SEC("tp_btf/handle_mmio_page_fault")
int BPF_PROG(x86_handle, u64 addr, u64 gfn, unsigned int access)
{
	struct ns_thread *t = x86_open();

	if (!t)
		return 0;
	t->x86.seen |= NS_XF_HANDLED;
	if (t->x86.addr == NS_UNAVAILABLE)
		x86_found_address(t, gfn << X86_PAGE_SHIFT);
	t->l1_ipa = gfn << X86_PAGE_SHIFT;
	return 0;
}

SEC("tp_btf/vcpu_match_mmio")
int BPF_PROG(x86_match, u64 gva, u64 gpa, bool write)
{
	struct ns_thread *t = x86_open();

	if (!t)
		return 0;
	t->x86.seen |= NS_XF_MATCH;
	t->l1_ipa = gpa & ~0xfffUL;
	return 0;
}

SEC("tp_btf/kvm_mmio")
int BPF_PROG(x86_mmio, int type, int len, u64 gpa)
{
	struct ns_thread *t = x86_open();

	if (!t)
		return 0;
	t->x86.seen |= NS_XF_MMIO;
	t->l1_ipa = gpa & ~0xfffUL;
	return 0;
}

/*
 * An ioeventfd without a length, found by its address alone.  On AMD before the
 * fault is traced, on Intel in an episode.  Needs next-rip saving, which the
 * lab's CPU has not: never seen firing.
 */
SEC("tp_btf/kvm_fast_mmio")
int BPF_PROG(x86_fast_mmio, u64 gpa)
{
	struct ns_thread *t = x86_open();
	struct ns_who who;
	u64 f[NS_MMIO_CACHE_NR_FIELDS] = {
		[NS_MMIO_CACHE_L2_IPA] = gpa,
		[NS_MMIO_CACHE_L1_IPA] = gpa,
		[NS_MMIO_CACHE_GEN] = NS_UNAVAILABLE,
		[NS_MMIO_CACHE_SLOT_GEN] = NS_UNAVAILABLE,
		[NS_MMIO_CACHE_VTTBR] = NS_UNAVAILABLE,
	};

	if (!on)
		return 0;
	if (t) {
		t->x86.cache = NS_CACHE_FAST + 1;
		t->l1_ipa = gpa & ~0xfffUL;
		return 0;
	}
	who = ns_x86_thread();
	ns_emit(&who, NS_EV_MMIO_CACHE, NS_CACHE_FAST, NS_WHO_L1, false, f,
		NS_MMIO_CACHE_NR_FIELDS);
	return 0;
}

SEC("tp_btf/kvm_emulate_insn")
int BPF_PROG(x86_emulate)
{
	return x86_saw(NS_XF_EMULATED);
}

SEC("tp_btf/kvm_mmu_walker_error")
int BPF_PROG(x86_walk_fault, u32 pferr)
{
	return x86_saw(NS_XF_WALK_FAULT | (pferr & PFERR_PRESENT ? NS_XF_WALK_PERM : 0));
}

SEC("tp_btf/kvm_inj_exception")
int BPF_PROG(x86_inject, unsigned int vector)
{
	return vector == PF_VECTOR ? x86_saw(NS_XF_INJECTED) : 0;
}

SEC("tp_btf/kvm_nested_vmexit_inject")
int BPF_PROG(x86_forward, u64 code, u64 info1, u64 info2, u32 intr, u32 err, u32 isa)
{
	u32 exit = code;
	bool fault = isa == KVM_ISA_VMX ? exit == VMX_EXIT_EPT_VIOLATION ||
						  exit == VMX_EXIT_EPT_MISCONFIG ||
						  (exit == VMX_EXIT_EXCEPTION &&
						   (intr & 0xff) == PF_VECTOR) :
					  exit == SVM_EXIT_NPF ||
						  exit == SVM_EXIT_EXCP_BASE + PF_VECTOR;

	return fault ? x86_saw(NS_XF_INJECTED) : 0;
}

SEC("tp_btf/kvm_mmu_spte_requested")
int BPF_PROG(x86_request, struct kvm_page_fault *fault)
{
	struct ns_thread *t = x86_open();

	if (!t)
		return 0;
	t->x86.seen |= NS_XF_REQUESTED;
	if (t->x86.addr == NS_UNAVAILABLE && fault) /* Intel's MMIO */
		x86_found_address(t, fault->addr);
	return 0;
}

/*
 * Why an L2 page that is mapped now faulted.  A notifier may have taken it away
 * or not; write-protection takes nothing away.  Not static for the verifier's
 * sake, see ns_unmap_find.
 */
__weak __noinline u32 x86_mapped(u32 ctx, u64 ipa, u64 size, u32 perm, u32 vm)
{
	struct ns_ctx_state *st = bpf_map_lookup_elem(&ctx_states, &ctx);
	u32 *wp = &protections[vm & (NS_MAX_VMS - 1)];

	u32 notified = notifications[0] + notifications[vm & (NS_MAX_VMS - 1)];

	if (st && st->notified != notified) {
		st->notified = notified;
		ns_note_unmap(ctx, 0, ~0UL, NS_CAUSE_NOTIFIER | NS_PERHAPS);
	}
	if (st && st->protected != *wp) {
		st->protected = *wp;
		ns_note_unmap(ctx, 0, 0, NS_CAUSE_WP);
	}
	return ns_page_mapped(ctx, ipa, size, perm);
}

/* Dirty logging, of all contexts of a VM; the stock tracepoints do not tell it. */
NS_INLINE int x86_protected(struct kvm *kvm)
{
	if (on)
		__sync_fetch_and_add(&protections[ns_vm_of((u64)kvm) & (NS_MAX_VMS - 1)], 1);
	return 0;
}

SEC("fentry/kvm_mmu_slot_remove_write_access")
int BPF_PROG(x86_protect_slot, struct kvm *kvm)
{
	return x86_protected(kvm);
}

SEC("fentry/kvm_arch_mmu_enable_log_dirty_pt_masked")
int BPF_PROG(x86_protect_pages, struct kvm *kvm)
{
	return x86_protected(kvm);
}

SEC("tp_btf/kvm_mmu_set_spte")
int BPF_PROG(x86_set, int level, u64 gfn, u64 *sptep)
{
	struct ns_thread *t = x86_open();
	u32 shift = X86_LEVEL_SHIFT(level & 7);
	u64 ipa;

	if (!t)
		return 0;
	if (!x86_is_its_entry(t, sptep, level)) {
		/* one of its neighbours, put in on the way: it never faulted */
		ipa = (t->x86.addr & ~((512UL << shift) - 1)) | ((u64)sptep >> 3 & 511) << shift;
		if (t->x86.seen & NS_XF_L2)
			x86_mapped(t->fault_ctx, ipa, 1UL << shift, false, t->vm);
		return 0;
	}
	t->x86.seen |= NS_XF_SET;
	t->map_size = 1UL << shift;
	t->l1_ipa = gfn << X86_PAGE_SHIFT;
	if (t->x86.seen & NS_XF_L2)
		t->cause = x86_mapped(t->fault_ctx, t->l2_ipa, t->map_size,
				      t->x86.seen & NS_XF_PRESENT && !(t->x86.seen & NS_XF_RSVD),
				      t->vm);
	return 0;
}

SEC("tp_btf/fast_page_fault")
int BPF_PROG(x86_fast, struct kvm_vcpu *vcpu, struct kvm_page_fault *fault, u64 *sptep, u64 old,
	     int ret)
{
	return ret == (int)cfg_pf_fixed	    ? x86_saw(NS_XF_FAST) :
	       ret == (int)cfg_pf_fixed + 1 ? x86_saw(NS_XF_SPURIOUS) : 0;
}

/* Only where our tracepoint is: the same told by KVM itself. */
NS_INLINE u32 x86_cache_result(int result)
{
	return NV_IS(result, kvm_mmio_cache_result, KVM_MMIO_CACHE_SPTE_HIT) ? NS_CACHE_HIT :
	       NV_IS(result, kvm_mmio_cache_result, KVM_MMIO_CACHE_VCPU_HIT) ?
									       NS_CACHE_VCPU_HIT :
	       NV_IS(result, kvm_mmio_cache_result, KVM_MMIO_CACHE_STALE) ? NS_CACHE_STALE :
	       NV_IS(result, kvm_mmio_cache_result, KVM_MMIO_CACHE_GEN_IN_PROGRESS) ?
									       NS_CACHE_GEN_BUSY :
	       NV_IS(result, kvm_mmio_cache_result, KVM_MMIO_CACHE_NO_SPTE) ? NS_CACHE_NO_SPTE :
	       NV_IS(result, kvm_mmio_cache_result, KVM_MMIO_CACHE_RESERVED) ?
									       NS_CACHE_RESERVED :
									       NS_CACHE_OTHER;
}

SEC("tp_btf/kvm_mmio_cache")
int BPF_PROG(x86_mmio_cache, int vcpu_id, int vmm, u64 addr, u64 gfn, bool nested, bool direct,
	     int result, u64 kvm_gen, u64 spte_gen)
{
	struct ns_thread *t = x86_open();

	if (!t)
		return 0;
	t->x86.cache = x86_cache_result(result) + 1;
	t->x86.seen |= NS_XF_CHECKED;
	t->x86.kvm_gen = kvm_gen;
	t->x86.spte_gen = spte_gen;
	return 0;
}

/* ---- the end ---- */

/*
 * What the MMIO caches knew: NS_CACHE_*, + 1; 0: it was not about MMIO.  See
 * docs/x86.md for the table.
 */
NS_INLINE u32 x86_cache(u32 seen, u32 told, u32 access)
{
	bool emulated = seen & (NS_XF_MMIO | NS_XF_MATCH);

	if (told && told != NS_CACHE_STALE + 1 && told != NS_CACHE_GEN_BUSY + 1)
		return told;
	if (seen & NS_XF_STALE || told)
		return seen & NS_XF_SET ? NS_CACHE_STALE_RAM + 1 :
		       told ? told : NS_CACHE_STALE + 1;
	if (seen & NS_XF_HANDLED)
		return NS_CACHE_HIT + 1;
	if (seen & NS_XF_RSVD) {
		if (seen & NS_XF_MARKED)
			return NS_CACHE_GEN_BUSY + 1;
		if (seen & NS_XF_SET)
			return NS_CACHE_STALE_RAM + 1;
		if (seen & (NS_XF_WALK_FAULT | NS_XF_REQUESTED))
			return NS_CACHE_GEN_BUSY + 1;
		return emulated || seen & NS_XF_EMULATED ? NS_CACHE_VCPU_HIT + 1 :
							   NS_CACHE_NO_SPTE + 1;
	}
	if (seen & NS_XF_MARKED)
		return NS_CACHE_FILL + 1;
	if (!emulated || seen & NS_XF_SET)
		return 0;
	return access == NS_ACCESS_WRITE && !(seen & NS_XF_MATCH) ? NS_CACHE_READ_ONLY + 1 :
								    NS_CACHE_BYPASS + 1;
}

/* Was an access to MMIO emulated, or tried? */
NS_INLINE bool x86_is_abort(u32 cache)
{
	return cache && cache != NS_CACHE_STALE_RAM + 1 && cache != NS_CACHE_NO_SPTE + 1 &&
	       cache != NS_CACHE_RESERVED + 1;
}

NS_INLINE u32 x86_outcome(u32 seen, u32 cache, bool error)
{
	/* An interrupt for L1 may follow what was handled: only a fault counts. */
	if (seen & NS_XF_INJECTED && seen & NS_XF_WALK_FAULT)
		return seen & NS_XF_WALK_PERM ? NS_OUTCOME_INJECT_PERM : NS_OUTCOME_INJECT_WALK;
	if (error)
		return NS_OUTCOME_ERROR;
	if (seen & (NS_XF_SET | NS_XF_FAST))
		return seen & NS_XF_FAST || (seen & NS_XF_PRESENT && !(seen & NS_XF_RSVD)) ?
			       NS_OUTCOME_PERM_RELAX : NS_OUTCOME_MAP;
	if (x86_is_abort(cache))
		return NS_OUTCOME_MMIO;
	if (seen & NS_XF_PRESENT && seen & (NS_XF_EMULATED | NS_XF_ZAPPED) &&
	    !(seen & NS_XF_REQUESTED))
		return NS_OUTCOME_TABLE_WRITE;
	if (seen & NS_XF_LINKED && seen & NS_XF_REQUESTED)
		return NS_OUTCOME_MAP;
	return seen & (NS_XF_SPURIOUS | NS_XF_REQUESTED) ? NS_OUTCOME_RETRY_RACE :
							   NS_OUTCOME_RETRY_INVAL;
}

NS_INLINE u32 x86_cause_of(u32 outcome, u32 cause, u32 seen)
{
	if (outcome == NS_OUTCOME_TABLE_WRITE)
		return NS_CAUSE_TABLE_WRITE;
	if (outcome == NS_OUTCOME_MAP || outcome == NS_OUTCOME_PERM_RELAX)
		return seen & NS_XF_SET ? cause :
		       seen & NS_XF_FAST ? NS_CAUSE_WP : NS_CAUSE_RETRY;
	return ns_outcome_cause(outcome);
}

static __noinline int x86_emit_fault(struct ns_thread *t, u32 outcome, u64 ns, int ret)
{
	struct ns_who who = {};

	if (!t)
		return 0;
	who.vm = t->vm;
	who.vcpu = t->vcpu;
	if (!(t->x86.seen & NS_XF_L2)) {
		u64 f[NS_S2_L1FAULT_NR_FIELDS] = {
			[NS_S2_L1FAULT_DUR] = ns,
			[NS_S2_L1FAULT_IPA] = t->x86.addr,
			[NS_S2_L1FAULT_PC] = t->fault_pc,
			[NS_S2_L1FAULT_ESR] = t->fault_esr,
			[NS_S2_L1FAULT_RET] = (long)ret,
			[NS_S2_L1FAULT_OUTCOME] = outcome,
			[NS_S2_L1FAULT_MAP_SIZE] = t->map_size,
		};

		ns_emit(&who, NS_EV_S2_L1FAULT, t->x86.fault, t->x86.access, true, f,
			NS_S2_L1FAULT_NR_FIELDS);
		return 0;
	}
	who.ctx = t->fault_ctx;
	{
		u64 f[NS_S2_FAULT_NR_FIELDS] = {
			[NS_S2_FAULT_DUR] = ns,
			[NS_S2_FAULT_VTTBR] = t->vttbr,
			[NS_S2_FAULT_L2_IPA] = t->l2_ipa,
			[NS_S2_FAULT_L1_IPA] = t->l1_ipa,
			[NS_S2_FAULT_PC] = t->fault_pc,
			[NS_S2_FAULT_ESR] = t->fault_esr,
			[NS_S2_FAULT_GUEST_SIZE] = NS_UNAVAILABLE,
			[NS_S2_FAULT_MAP_SIZE] = t->map_size,
			[NS_S2_FAULT_RET] = (long)ret,
			[NS_S2_FAULT_OUTCOME] = outcome,
			[NS_S2_FAULT_GUEST_LEVEL] = NS_UNAVAILABLE,
			[NS_S2_FAULT_PROT] = NS_UNAVAILABLE,
			[NS_S2_FAULT_WALK_NS] = NS_UNAVAILABLE,
			[NS_S2_FAULT_SLOT] = NS_UNAVAILABLE,
		};

		ns_emit(&who, NS_EV_S2_FAULT, x86_cause_of(outcome, t->cause, t->x86.seen),
			t->x86.access, true, f, NS_S2_FAULT_NR_FIELDS);
	}
	return 0;
}

static __noinline int x86_emit_mmio(struct ns_thread *t, u32 cache, u64 ns, u32 dest)
{
	bool l2 = t && t->x86.seen & NS_XF_L2;
	struct ns_who who = {};

	if (!t)
		return 0;
	who.vm = t->vm;
	who.vcpu = t->vcpu;
	who.ctx = l2 ? t->fault_ctx : 0;
	{
		bool checked = t->x86.seen & NS_XF_CHECKED;
		u64 f[NS_MMIO_CACHE_NR_FIELDS] = {
			[NS_MMIO_CACHE_L2_IPA] = t->x86.addr,
			[NS_MMIO_CACHE_L1_IPA] = t->l1_ipa,
			[NS_MMIO_CACHE_GEN] = checked ? t->x86.spte_gen : NS_UNAVAILABLE,
			[NS_MMIO_CACHE_SLOT_GEN] = checked ? t->x86.kvm_gen : NS_UNAVAILABLE,
			[NS_MMIO_CACHE_VTTBR] = l2 ? t->vttbr : NS_UNAVAILABLE,
		};

		ns_emit(&who, NS_EV_MMIO_CACHE, cache - 1, l2 ? NS_WHO_L2 : NS_WHO_L1, false, f,
			NS_MMIO_CACHE_NR_FIELDS);
	}
	if (!x86_is_abort(cache))
		return 0;
	{
		u64 f[NS_MMIO_ABORT_NR_FIELDS] = {
			[NS_MMIO_ABORT_DUR] = ns,
			[NS_MMIO_ABORT_IPA] = t->l1_ipa,
			[NS_MMIO_ABORT_PC] = t->fault_pc,
			[NS_MMIO_ABORT_ESR] = t->fault_esr,
			[NS_MMIO_ABORT_RET] = NS_UNAVAILABLE_INT,
		};

		ns_emit(&who, NS_EV_MMIO_ABORT, dest, l2 ? NS_WHO_L2 : NS_WHO_L1, true, f,
			NS_MMIO_ABORT_NR_FIELDS);
	}
	return 0;
}

/* L1 wrote an entry of tables that are shadowed. */
static __noinline int x86_table_write(struct ns_thread *t)
{
	struct ns_shadow_page *sp;
	u64 key, *ptr;

	if (!t)
		return 0;
	key = ns_table_key(t->vm, t->x86.addr >> X86_PAGE_SHIFT);
	ptr = bpf_map_lookup_elem(&shadow_tables, &key);
	sp = ptr ? bpf_map_lookup_elem(&shadow_pages, ptr) : NULL;
	if (sp)
		ns_table_changed(sp, t->x86.addr & 0xfff, 8);
	return 0;
}

/* The vCPU runs again, or (reason >= 0) the VMM gets it. */
NS_INLINE void x86_end(struct ns_thread *t, int reason, int ret)
{
	u64 ns = bpf_ktime_get_ns() - t->fault_t0;
	u32 seen = t->x86.seen, cache, outcome;
	bool error = reason == KVM_EXIT_INTERNAL_ERROR || (ret < 0 && ret != -EINTR);

	t->fault_t0 = 0;
	cache = x86_cache(seen, t->x86.cache, t->x86.access);
	if (!error && seen & NS_XF_INJECTED && seen & NS_XF_WALK_FAULT)
		cache = seen & NS_XF_STALE ? NS_CACHE_STALE + 1 : 0;
	outcome = x86_outcome(seen, cache, error);
	if (outcome == NS_OUTCOME_TABLE_WRITE)
		x86_table_write(t);
	x86_emit_fault(t, outcome, ns, error ? ret : reason < 0);
	if (cache)
		x86_emit_mmio(t, cache, ns,
			      error ? NS_DEST_ERROR :
			      reason == KVM_EXIT_MMIO ? NS_DEST_USER : NS_DEST_KERNEL);
	t->x86.seen = 0;
}

SEC("tp_btf/kvm_entry")
int BPF_PROG(x86_entry)
{
	struct ns_thread *t = x86_open();

	if (t)
		x86_end(t, -1, 0);
	return 0;
}

SEC("tp_btf/kvm_userspace_exit")
int BPF_PROG(x86_user_exit, u32 reason, int ret)
{
	struct ns_thread *t = x86_open();

	if (t)
		x86_end(t, reason, ret);
	return 0;
}
