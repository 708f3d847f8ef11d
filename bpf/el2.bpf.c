// SPDX-License-Identifier: GPL-2.0-only
/* el2.bpf.c: virtual EL2: erets, exceptions, system register traps, VNCR aborts. */
#include "arm64.bpf.h"

#define PSR_MODE(spsr) ((spsr) & 0xf)
#define PSR_MODE_EL2T 0x8

SEC("tp_btf/kvm_nested_eret")
int BPF_PROG(el2_eret, struct kvm_vcpu *vcpu, u64 elr, u64 spsr)
{
	struct ns_thread *t = on ? ns_thread() : NULL;
	struct ns_who who;
	u64 hcr;
	bool l2;

	if (!t)
		return 0;
	ns_identify(t, vcpu);
	who = ns_who_is(t);
	hcr = ns_sysreg(vcpu, HCR_EL2);
	/* To EL1 or EL0, and not to the EL0 of a host with E2H and TGE. */
	l2 = PSR_MODE(spsr) < PSR_MODE_EL2T && !(hcr & HCR_E2H && hcr & HCR_TGE);
	{
		u64 f[NS_EL2_ERET_NR_FIELDS] = {
			[NS_EL2_ERET_ELR] = elr,
			[NS_EL2_ERET_SPSR] = spsr,
			[NS_EL2_ERET_VTTBR] = ns_sysreg(vcpu, VTTBR_EL2),
			[NS_EL2_ERET_VTCR] = ns_sysreg(vcpu, VTCR_EL2),
			[NS_EL2_ERET_HCR] = hcr,
		};

		ns_emit(&who, NS_EV_EL2_ERET, l2 ? NS_WHO_L2 : NS_WHO_L1, 0, false, f,
			NS_EL2_ERET_NR_FIELDS);
	}
	return 0;
}

/* enum exception_type of kvm_emulate.h */
#define EXCEPT_SYNC 0
#define EXCEPT_IRQ 0x80
#define EXCEPT_SERROR 0x180

SEC("tp_btf/kvm_inject_nested_exception")
int BPF_PROG(el2_exc, struct kvm_vcpu *vcpu, u64 esr, int type)
{
	struct ns_thread *t = on ? ns_thread() : NULL;
	struct ns_who who;
	u64 f[NS_EL2_EXC_NR_FIELDS] = {
		[NS_EL2_EXC_ESR] = esr,
		[NS_EL2_EXC_PC] = vcpu->arch.ctxt.regs.pc,
	};

	if (!t)
		return 0;
	ns_identify(t, vcpu);
	if (t->vncr_t0)
		t->vncr_injected = 1;
	who = ns_who_is(t);
	ns_emit(&who, NS_EV_EL2_EXC,
		type == EXCEPT_SYNC ? NS_EXC_SYNC : type == EXCEPT_IRQ ? NS_EXC_IRQ :
		type == EXCEPT_SERROR ? NS_EXC_SERROR : NS_EXC_OTHER,
		0, false, f, NS_EL2_EXC_NR_FIELDS);
	return 0;
}

/* sys_reg(): Op0 19, Op1 16, CRn 12, CRm 8, Op2 5 */
#define SYSREG(op0, op1, crn, crm, op2)                                        \
	((u64)(op0) << 19 | (u64)(op1) << 16 | (u64)(crn) << 12 | (u64)(crm) << 8 | (u64)(op2) << 5)

SEC("tp_btf/kvm_sys_access")
int BPF_PROG(el2_trap_emulated, u64 pc, struct sys_reg_params *p)
{
	u32 op0 = p->Op0, op1 = p->Op1, crn = p->CRn, crm = p->CRm, op2 = p->Op2;
	struct kvm_vcpu *vcpu;
	struct ns_who who;
	u64 f[NS_EL2_TRAP_NR_FIELDS] = {
		[NS_EL2_TRAP_SYSREG] = SYSREG(op0, op1, crn, crm, op2),
		[NS_EL2_TRAP_WRITE] = p->is_write,
		[NS_EL2_TRAP_PC] = pc,
	};

	if (!on)
		return 0;
	who = ns_current();
	vcpu = ns_running_vcpu();
	ns_emit(&who, NS_EV_EL2_TRAP, NS_TRAP_EMULATED,
		vcpu && ns_is_nested_any(vcpu) ? NS_WHO_L2 : NS_WHO_L1, false, f,
		NS_EL2_TRAP_NR_FIELDS);
	return 0;
}

SEC("tp_btf/kvm_forward_sysreg_trap")
int BPF_PROG(el2_trap_forwarded, struct kvm_vcpu *vcpu, u32 sysreg, bool is_read)
{
	struct ns_thread *t = on ? ns_thread() : NULL;
	struct ns_who who;
	u64 f[NS_EL2_TRAP_NR_FIELDS] = {
		[NS_EL2_TRAP_SYSREG] = sysreg,
		[NS_EL2_TRAP_WRITE] = !is_read,
		[NS_EL2_TRAP_PC] = vcpu->arch.ctxt.regs.pc,
	};

	if (!t)
		return 0;
	ns_identify(t, vcpu);
	who = ns_who_is(t);
	ns_emit(&who, NS_EV_EL2_TRAP, NS_TRAP_FORWARDED,
		ns_is_nested(vcpu) ? NS_WHO_L2 : NS_WHO_L1, false, f, NS_EL2_TRAP_NR_FIELDS);
	return 0;
}

SEC("fentry/kvm_handle_vncr_abort")
int BPF_PROG(el2_vncr_enter, struct kvm_vcpu *vcpu)
{
	struct ns_thread *t = on ? ns_thread() : NULL;

	if (!t)
		return 0;
	ns_identify(t, vcpu);
	t->vncr_injected = 0;
	t->vncr_esr = vcpu->arch.fault.esr_el2;
	t->vncr_t0 = bpf_ktime_get_ns();
	return 0;
}

SEC("fexit/kvm_handle_vncr_abort")
int BPF_PROG(el2_vncr_exit, struct kvm_vcpu *vcpu, int ret)
{
	struct ns_thread *t = on ? ns_thread() : NULL;
	struct ns_who who;

	if (!t)
		return 0;
	if (!t->vncr_t0) {
		ns_unattributed(NS_EV_EL2_VNCR);
		return 0;
	}
	who = ns_who_is(t);
	{
		u64 f[NS_EL2_VNCR_NR_FIELDS] = {
			[NS_EL2_VNCR_DUR] = bpf_ktime_get_ns() - t->vncr_t0,
			[NS_EL2_VNCR_VNCR] = ns_sysreg(vcpu, VNCR_EL2),
			[NS_EL2_VNCR_ESR] = t->vncr_esr,
			[NS_EL2_VNCR_RET] = (long)ret,
			[NS_EL2_VNCR_IPA] = NS_UNAVAILABLE,
			[NS_EL2_VNCR_LEVEL] = NS_UNAVAILABLE,
			[NS_EL2_VNCR_FSC] = NS_UNAVAILABLE,
		};

		t->vncr_t0 = 0;
		ns_emit(&who, NS_EV_EL2_VNCR,
			ret <= 0 ? NS_VNCR_ERROR :
			t->vncr_injected ? NS_VNCR_INJECTED : NS_VNCR_HANDLED,
			0, true, f, NS_EL2_VNCR_NR_FIELDS);
	}
	return 0;
}
