// SPDX-License-Identifier: GPL-2.0-only
/* x86_nested.bpf.c: nested SVM and VMX: VM entries to L2, exits out of it, exits given to L1. */
#include "x86.bpf.h"

/*
 * Two events have no vCPU and a program each for kernels that hide it, see
 * x86_page.bpf.c.
 */

NS_INLINE int vm_entered(struct ns_who who, u64 rip, u64 pgd)
{
	u64 f[NS_EL2_ERET_NR_FIELDS] = {
		[NS_EL2_ERET_ELR] = rip,
		[NS_EL2_ERET_SPSR] = NS_UNAVAILABLE,
		[NS_EL2_ERET_VTTBR] = pgd,
		[NS_EL2_ERET_VTCR] = NS_UNAVAILABLE,
		[NS_EL2_ERET_HCR] = NS_UNAVAILABLE,
	};

	ns_emit(&who, NS_EV_EL2_ERET, NS_WHO_L2, 0, false, f, NS_EL2_ERET_NR_FIELDS);
	return 0;
}

/* Still L1's: KVM enters guest mode after it. */
SEC("tp_btf/kvm_nested_vmenter")
int BPF_PROG(x86_vmenter, u64 rip, u64 vmcb, u64 nested_rip, u32 int_ctl, u32 event_inj,
	     bool tdp, u64 pgd)
{
	return on ? vm_entered(ns_current(), nested_rip, tdp ? pgd : 0) : 0;
}

SEC("tp_btf/kvm_nested_vmenter")
int BPF_PROG(x86_vmenter_proc, u64 rip, u64 vmcb, u64 nested_rip, u32 int_ctl, u32 event_inj,
	     bool tdp, u64 pgd)
{
	return on ? vm_entered(ns_x86_thread(), nested_rip, tdp ? pgd : 0) : 0;
}

/* ---- exits of L2 ---- */

NS_INLINE u32 svm_reason(u32 code)
{
	if (code < 0x40 || code == 0x65) /* 65: selective CR0 write */
		return NS_VMEXIT_CR;
	if (code < SVM_EXIT_INTR)
		return NS_VMEXIT_EXCEPTION;
	if (code <= 0x64) /* INTR, NMI, SMI, INIT, VINTR */
		return NS_VMEXIT_IRQ;
	if (code >= 0x80 && code <= 0x86) /* VMRUN .. SKINIT; 81: VMMCALL */
		return code == 0x81 ? NS_VMEXIT_HYPERCALL : NS_VMEXIT_VIRT;
	switch (code) {
	case 0x72:
		return NS_VMEXIT_CPUID;
	case 0x77:
		return NS_VMEXIT_PAUSE;
	case 0x78:
		return NS_VMEXIT_HLT;
	case 0x7a: /* INVLPGA */
		return NS_VMEXIT_VIRT;
	case 0x7b:
		return NS_VMEXIT_IO;
	case 0x7c:
		return NS_VMEXIT_MSR;
	case 0x7f:
		return NS_VMEXIT_SHUTDOWN;
	case SVM_EXIT_NPF:
		return NS_VMEXIT_FAULT;
	default:
		return NS_VMEXIT_OTHER;
	}
}

NS_INLINE u32 vmx_reason(u32 code)
{
	if (code >= 19 && code <= 27) /* VMCLEAR .. VMXON */
		return NS_VMEXIT_VIRT;
	switch (code) {
	case VMX_EXIT_EXCEPTION: /* and NMI */
		return NS_VMEXIT_EXCEPTION;
	case VMX_EXIT_EXTERNAL_INT:
	case 7: /* interrupt window */
	case 8: /* NMI window */
	case 52: /* preemption timer */
		return NS_VMEXIT_IRQ;
	case 2:
		return NS_VMEXIT_SHUTDOWN;
	case 10:
		return NS_VMEXIT_CPUID;
	case 12:
		return NS_VMEXIT_HLT;
	case 18:
		return NS_VMEXIT_HYPERCALL;
	case 28:
	case 29:
		return NS_VMEXIT_CR;
	case 30:
		return NS_VMEXIT_IO;
	case 31:
	case 32:
		return NS_VMEXIT_MSR;
	case 40:
		return NS_VMEXIT_PAUSE;
	case VMX_EXIT_EPT_VIOLATION:
		return NS_VMEXIT_FAULT;
	case VMX_EXIT_EPT_MISCONFIG:
		return NS_VMEXIT_MISCONFIG;
	case 50: /* INVEPT */
	case 53: /* INVVPID */
		return NS_VMEXIT_VIRT;
	default:
		return NS_VMEXIT_OTHER;
	}
}

SEC("tp_btf/kvm_nested_vmexit")
int BPF_PROG(x86_vmexit, struct kvm_vcpu *vcpu, u32 isa)
{
	struct ns_thread *t = on && vcpu ? ns_thread() : NULL;
	bool vmx = isa == KVM_ISA_VMX;
	u64 code;

	if (!t || !vcpu)
		return 0;
	ns_identify(t, vcpu);
	code = ns_exit_code(vcpu, isa);
	t->x86.exit_code = code;
	t->x86.exit_reason = code == NS_UNAVAILABLE ? NS_VMEXIT_OTHER :
			     vmx ? vmx_reason(code) : svm_reason(code);
	t->x86.exit_pc = ns_rip(vcpu, vmx);
	t->x86.exit_forwarded = 0;
	t->x86.exit_ctx = ns_x86_ctx(t, ns_nested_pgd(vcpu));
	t->x86.exit_t0 = bpf_ktime_get_ns();
	return 0;
}

NS_INLINE u32 svm_exc(u32 code)
{
	return code == SVM_EXIT_INTR		    ? NS_EXC_IRQ :
	       code == SVM_EXIT_EXCP_BASE + MC_VECTOR ? NS_EXC_SERROR :
	       code > SVM_EXIT_INTR && code <= 0x64   ? NS_EXC_OTHER :
							NS_EXC_SYNC;
}

/* intr: VM-exit interruption information, Intel SDM vol. 3, 24.9.2 */
NS_INLINE u32 vmx_exc(u32 reason, u32 intr)
{
	if (reason == VMX_EXIT_EXTERNAL_INT)
		return NS_EXC_IRQ;
	if (reason != VMX_EXIT_EXCEPTION)
		return NS_EXC_SYNC;
	return (intr >> 8 & 7) == 2	   ? NS_EXC_OTHER : /* NMI */
	       (intr & 0xff) == MC_VECTOR ? NS_EXC_SERROR : NS_EXC_SYNC;
}

NS_INLINE int vm_exit_given(struct ns_who who, u32 code, u32 intr, u32 isa)
{
	struct ns_thread *t = ns_thread();
	u64 f[NS_EL2_EXC_NR_FIELDS] = {
		[NS_EL2_EXC_ESR] = code,
		[NS_EL2_EXC_PC] = NS_UNAVAILABLE,
	};

	if (!t)
		return 0;
	t->x86.exit_forwarded = 1;
	if (t->x86.exit_t0)
		f[NS_EL2_EXC_PC] = t->x86.exit_pc;
	ns_emit(&who, NS_EV_EL2_EXC,
		isa == KVM_ISA_VMX ? vmx_exc(code & 0xffff, intr) : svm_exc(code), 0, false, f,
		NS_EL2_EXC_NR_FIELDS);
	return 0;
}

/* Still L2's: KVM leaves guest mode after it. */
SEC("tp_btf/kvm_nested_vmexit_inject")
int BPF_PROG(x86_vmexit_inject, u64 code, u64 info1, u64 info2, u32 intr, u32 err, u32 isa)
{
	return on ? vm_exit_given(ns_current(), code, intr, isa) : 0;
}

SEC("tp_btf/kvm_nested_vmexit_inject")
int BPF_PROG(x86_vmexit_inject_proc, u64 code, u64 info1, u64 info2, u32 intr, u32 err, u32 isa)
{
	return on ? vm_exit_given(ns_x86_thread(), code, intr, isa) : 0;
}

NS_INLINE int exit_over(void)
{
	struct ns_thread *t = on ? ns_thread() : NULL;
	struct ns_who who = {};

	if (!t || !t->x86.exit_t0)
		return 0;
	who.vm = t->vm;
	who.vcpu = t->vcpu;
	who.ctx = t->x86.exit_ctx;
	{
		u64 f[NS_EL2_EXIT_NR_FIELDS] = {
			[NS_EL2_EXIT_DUR] = bpf_ktime_get_ns() - t->x86.exit_t0,
			[NS_EL2_EXIT_CODE] = t->x86.exit_code,
			[NS_EL2_EXIT_PC] = t->x86.exit_pc,
		};

		t->x86.exit_t0 = 0;
		ns_emit(&who, NS_EV_EL2_EXIT, t->x86.exit_reason,
			t->x86.exit_forwarded ? NS_TRAP_FORWARDED : NS_TRAP_EMULATED, true, f,
			NS_EL2_EXIT_NR_FIELDS);
	}
	return 0;
}

SEC("tp_btf/kvm_entry")
int BPF_PROG(x86_exit_entry)
{
	return exit_over();
}

SEC("tp_btf/kvm_userspace_exit")
int BPF_PROG(x86_exit_user)
{
	return exit_over();
}
