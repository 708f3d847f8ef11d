// SPDX-License-Identifier: GPL-2.0-only
/*
 * at.bpf.c: AT instructions: which path they took and what came out.
 *
 * Nothing is attached between __mmu_config_save and __mmu_config_restore:
 * __kvm_at_s1e01_fast is entered before and left after them.
 */
#include "arm64.bpf.h"

/* sys_insn(1, op1, 7, 8 or 9, op2), as asm/sysreg.h encodes it. */
#define AT_OP1(op) (((op) >> 16) & 7)
#define AT_CRM(op) (((op) >> 8) & 15)
#define AT_OP2(op) (((op) >> 5) & 7)

#define PAR_F 1UL
#define PAR_FST(par) (((par) >> 1) & 0x3f)
#define PAR_S (1UL << 9) /* the fault was in stage 2 */

NS_INLINE u32 ns_at_op(u32 op)
{
	u32 op1 = AT_OP1(op), crm = AT_CRM(op), op2 = AT_OP2(op);

	if (op1 == 0 && crm == 8)
		return op2 == 0 ? NS_ATOP_S1E1R : op2 == 1 ? NS_ATOP_S1E1W :
		       op2 == 2 ? NS_ATOP_S1E0R : op2 == 3 ? NS_ATOP_S1E0W : NS_ATOP_OTHER;
	if (op1 == 0 && crm == 9)
		return op2 == 0 ? NS_ATOP_S1E1RP : op2 == 1 ? NS_ATOP_S1E1WP :
		       op2 == 2 ? NS_ATOP_S1E1A : NS_ATOP_OTHER;
	if (op1 == 4 && crm == 8)
		return op2 == 0 ? NS_ATOP_S1E2R : op2 == 1 ? NS_ATOP_S1E2W :
		       op2 == 4 ? NS_ATOP_S12E1R : op2 == 5 ? NS_ATOP_S12E1W :
		       op2 == 6 ? NS_ATOP_S12E0R : op2 == 7 ? NS_ATOP_S12E0W : NS_ATOP_OTHER;
	if (op1 == 4 && crm == 9 && op2 == 2)
		return NS_ATOP_S1E2A;
	return NS_ATOP_OTHER;
}

NS_INLINE int ns_at_enter(struct kvm_vcpu *vcpu, u32 op)
{
	struct ns_thread *t = on ? ns_thread() : NULL;

	if (!t || t->at_flags & NS_AF_OPEN) /* S12 uses S1: one instruction */
		return 0;
	ns_identify(t, vcpu);
	t->at_op = ns_at_op(op);
	t->at_flags = NS_AF_OPEN;
	t->at_par = NS_UNAVAILABLE; /* until someone says it */
	t->at_slow_ns = 0;
	t->at_t0 = bpf_ktime_get_ns();
	return 0;
}

NS_INLINE u32 ns_at_path(struct ns_thread *t, int ret)
{
	u64 par = t->at_par;

	if (ret == -EAGAIN || t->at_flags & NS_AF_RETRY)
		return NS_PATH_RETRY;
	if (t->at_flags & NS_AF_SLOW)
		return t->at_flags & NS_AF_NO_CTX ? NS_PATH_SLOW_NO_CTX :
		       par & PAR_F ? NS_PATH_SLOW_FAULT : NS_PATH_SLOW_COLD;
	if (par == NS_UNAVAILABLE)
		return NS_PATH_FAST_UNKNOWN;
	if (!(par & PAR_F))
		return NS_PATH_FAST;
	return FSC_TYPE(PAR_FST(par)) == FSC_PERMISSION ? NS_PATH_FAST_PERM : NS_PATH_FAST_AF;
}

NS_INLINE int ns_at_exit(u32 op, u64 va, int ret)
{
	struct ns_thread *t = on ? ns_thread() : NULL;
	struct ns_who who;

	if (!t)
		return 0;
	if (!(t->at_flags & NS_AF_OPEN)) {
		ns_unattributed(NS_EV_AT_OP);
		return 0;
	}
	if (t->at_op != ns_at_op(op)) /* the S1 half of an S12 */
		return 0;
	who = ns_who_is(t);
	{
		u64 f[NS_AT_OP_NR_FIELDS] = {
			[NS_AT_OP_DUR] = bpf_ktime_get_ns() - t->at_t0,
			[NS_AT_OP_VA] = va,
			[NS_AT_OP_PAR] = t->at_par,
			[NS_AT_OP_SLOW_NS] = t->at_slow_ns,
			[NS_AT_OP_RET] = (long)ret,
		};
		u32 path = ns_at_path(t, ret);

		t->at_flags = 0;
		ns_emit(&who, NS_EV_AT_OP, path, t->at_op, true, f, NS_AT_OP_NR_FIELDS);
	}
	return 0;
}

#define NS_AT(name, func)                                                      \
	SEC("fentry/" func)                                                    \
	int BPF_PROG(name##_enter, struct kvm_vcpu *vcpu, u32 op)              \
	{                                                                      \
		return ns_at_enter(vcpu, op);                                  \
	}                                                                      \
	SEC("fexit/" func)                                                     \
	int BPF_PROG(name##_exit, struct kvm_vcpu *vcpu, u32 op, u64 va, int ret) \
	{                                                                      \
		return ns_at_exit(op, va, ret);                                \
	}

NS_AT(at_s1e01, "__kvm_at_s1e01")
NS_AT(at_s1e2, "__kvm_at_s1e2")
NS_AT(at_s12, "__kvm_at_s12")

NS_INLINE int ns_at_fast(u64 par)
{
	struct ns_thread *t = on ? ns_thread() : NULL;

	if (t && t->at_flags & NS_AF_OPEN)
		t->at_par = par;
	return 0;
}

SEC("fexit/__kvm_at_s1e01_fast")
int BPF_PROG(at_fast, struct kvm_vcpu *vcpu, u32 op, u64 va, u64 ret)
{
	return ns_at_fast(ret);
}

/* With our series (kernel-patch/) it also says where its answer comes from. */
SEC("fexit/__kvm_at_s1e01_fast")
int BPF_PROG(at_fast_path, struct kvm_vcpu *vcpu, u32 op, u64 va, void *path, u64 ret)
{
	return ns_at_fast(ret);
}

SEC("fentry/handle_at_slow")
int BPF_PROG(at_slow_enter)
{
	struct ns_thread *t = on ? ns_thread() : NULL;

	if (t && t->at_flags & NS_AF_OPEN) {
		t->at_flags |= NS_AF_SLOW;
		t->at_slow_t0 = bpf_ktime_get_ns();
	}
	return 0;
}

SEC("fexit/handle_at_slow")
int BPF_PROG(at_slow_exit, struct kvm_vcpu *vcpu, u32 op, u64 va, u64 *par, int ret)
{
	struct ns_thread *t = on ? ns_thread() : NULL;

	if (!t || !(t->at_flags & NS_AF_OPEN))
		return 0;
	t->at_slow_ns += bpf_ktime_get_ns() - t->at_slow_t0;
	if (ret == -EAGAIN) {
		t->at_flags |= NS_AF_RETRY;
		return 0;
	}
	bpf_probe_read_kernel(&t->at_par, sizeof(t->at_par), par);
	return 0;
}
