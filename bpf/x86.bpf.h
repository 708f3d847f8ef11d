/* SPDX-License-Identifier: GPL-2.0-only */
/* x86.bpf.h: reading an x86 vCPU: guest mode, rip, the reason of an exit. */
#ifndef NESTSCOPE_X86_BPF_H
#define NESTSCOPE_X86_BPF_H

#include "cause.bpf.h"

#define X86_PAGE_SHIFT 12
#define X86_LEVEL_SHIFT(level) (X86_PAGE_SHIFT + 9 * ((level) - 1)) /* of one entry */

/* The isa of kvm_exit and of nested exits: arch/x86/kvm/trace.h */
#define KVM_ISA_VMX 1

/* Exit codes: AMD APM vol. 2 appendix C, Intel SDM vol. 3 appendix C. */
#define SVM_EXIT_EXCP_BASE 0x40
#define SVM_EXIT_INTR 0x60
#define SVM_EXIT_NPF 0x400
#define VMX_EXIT_EXCEPTION 0
#define VMX_EXIT_EXTERNAL_INT 1
#define VMX_EXIT_EPT_VIOLATION 48
#define VMX_EXIT_EPT_MISCONFIG 49
#define PF_VECTOR 14
#define MC_VECTOR 18

/* Seen in an episode: struct ns_x86.seen. */
#define NS_XF_OPEN (1 << 0)
#define NS_XF_L2 (1 << 1) /* in guest mode */
#define NS_XF_RSVD (1 << 2) /* reserved bits: the hardware met an MMIO SPTE */
#define NS_XF_PRESENT (1 << 3) /* an entry was there */
#define NS_XF_CHECKED (1 << 4) /* an MMIO SPTE was looked at; gens are valid */
#define NS_XF_STALE (1 << 5) /* ... and was of another generation */
#define NS_XF_MARKED (1 << 6) /* an MMIO SPTE was made */
#define NS_XF_HANDLED (1 << 7) /* an MMIO SPTE was used */
#define NS_XF_MATCH (1 << 8) /* the emulator found the vCPU's MMIO address */
#define NS_XF_MMIO (1 << 9) /* an access was emulated: kvm_mmio */
#define NS_XF_EMULATED (1 << 10) /* an instruction was */
#define NS_XF_REQUESTED (1 << 11) /* about to map */
#define NS_XF_SET (1 << 12) /* mapped */
#define NS_XF_LINKED (1 << 13) /* a page of shadow tables was put in */
#define NS_XF_FAST (1 << 14) /* permissions given back without the lock */
#define NS_XF_SPURIOUS (1 << 15) /* the entry is right as it is */
#define NS_XF_WALK_FAULT (1 << 16) /* the guest's tables forbid it ... */
#define NS_XF_WALK_PERM (1 << 17) /* ... though an entry is there */
#define NS_XF_INJECTED (1 << 18) /* the guest, or L1, got it */
#define NS_XF_ZAPPED (1 << 19) /* a shadow page was dropped */

/* L2 runs, or ran last.  hflags would tell too, but its bits moved after 6.1. */
NS_INLINE bool ns_guest_mode(const struct kvm_vcpu *vcpu)
{
	return ((const struct kvm_vcpu___x86 *)vcpu)->stat.guest_mode;
}

/* The same for a pointer that the verifier does not trust. */
NS_INLINE bool ns_guest_mode_any(const struct kvm_vcpu *vcpu)
{
	return BPF_CORE_READ((const struct kvm_vcpu___x86 *)vcpu, stat.guest_mode);
}

/* rip; on Intel it is read from the VMCS only when KVM needs it. */
NS_INLINE u64 ns_rip(const struct kvm_vcpu *vcpu, bool vmx)
{
	if (vmx)
		return NS_UNAVAILABLE;
	if (bpf_core_field_exists(((struct kvm_vcpu___rip *)0)->arch.rip))
		return ((const struct kvm_vcpu___rip *)vcpu)->arch.rip;
	return ((const struct kvm_vcpu___x86 *)vcpu)->arch.regs[16];
}

/* Nested CR3 or EPTP without its low bits; 0: L2 has no nested paging. */
NS_INLINE u64 ns_nested_pgd(const struct kvm_vcpu *any)
{
	const struct kvm_vcpu___x86 *vcpu = (const void *)any;
	const struct kvm_mmu *mmu = BPF_CORE_READ(vcpu, arch.mmu);

	if ((u64)mmu != (u64)vcpu + bpf_core_field_offset(struct kvm_vcpu___x86, arch) +
				bpf_core_field_offset(struct kvm_vcpu_arch___x86, guest_mmu))
		return 0;
	return BPF_CORE_READ(mmu, root.pgd) & ~0xfffUL;
}

/* Exit code (SVM) or basic exit reason (VMX); NS_UNAVAILABLE: this kernel hides it. */
NS_INLINE u64 ns_exit_code(const struct kvm_vcpu *vcpu, u32 isa)
{
	if (isa == KVM_ISA_VMX) {
		if (bpf_core_field_exists(((struct vcpu_vmx___vt *)0)->vt.exit_reason))
			return BPF_CORE_READ((struct vcpu_vmx___vt *)vcpu, vt.exit_reason.full) &
			       0xffff;
		if (bpf_core_field_exists(((struct vcpu_vmx *)0)->exit_reason))
			return BPF_CORE_READ((struct vcpu_vmx *)vcpu, exit_reason.full) & 0xffff;
		return NS_UNAVAILABLE;
	}
	if (bpf_core_field_exists(((struct vcpu_svm *)0)->vmcb)) {
		struct vmcb *vmcb = BPF_CORE_READ((struct vcpu_svm *)vcpu, vmcb);
		u64 code = BPF_CORE_READ(vmcb, control.exit_code);

		/* u32 before 7.0, with another u32 after it */
		return code & 0xffffffff;
	}
	return NS_UNAVAILABLE;
}

/*
 * Who runs, for events without a vCPU, on a kernel that hides kvm_running_vcpu:
 * the vCPU that this thread ran last, when its faults tell; else the process.
 */
NS_INLINE struct ns_who ns_x86_thread(void)
{
	struct ns_who who = { .vcpu = NS_NO_VCPU };
	struct ns_thread *t = ns_thread();

	if (!t || !t->vcpu_ptr || !t->vm || t->gen != vm_gen)
		return ns_current_process();
	who.vm = t->vm;
	who.vcpu = t->vcpu;
	return who;
}

/* The context of L2's page tables, which are known by their root. */
NS_INLINE u16 ns_x86_ctx(struct ns_thread *t, u64 pgd)
{
	if (t->ctx && t->ctx_vttbr == pgd)
		return t->ctx;
	t->ctx = ns_ctx_lookup(pgd, 0, pgd != 0, t->vm);
	t->ctx_vttbr = pgd;
	return t->ctx;
}

/* The episode of this thread, or NULL. */
NS_INLINE struct ns_thread *x86_open(void)
{
	struct ns_thread *t = on ? ns_thread() : NULL;

	return t && t->x86.seen & NS_XF_OPEN ? t : NULL;
}

NS_INLINE int x86_saw(u32 what)
{
	struct ns_thread *t = x86_open();

	if (t)
		t->x86.seen |= what;
	return 0;
}

/* The frame of a guest's table that is shadowed. */
NS_INLINE u64 ns_table_key(u16 vm, u64 gfn)
{
	return (u64)vm << 48 | gfn;
}

/*
 * The guest may have changed entries of a table of L1: those of [start, start +
 * size) in the tables' page.  What they translated will fault again, perhaps.
 */
NS_INLINE void ns_table_changed(const struct ns_shadow_page *sp, u32 offset, u32 size)
{
	u32 shift = X86_LEVEL_SHIFT(sp->level & 7);

	if (sp->start == NS_UNAVAILABLE || !sp->ctx)
		return;
	ns_note_unmap(sp->ctx, sp->start + ((u64)(offset / 8) << shift),
		      sp->start + ((u64)((offset + size + 7) / 8) << shift),
		      NS_CAUSE_TABLES | NS_PERHAPS);
}

#endif
