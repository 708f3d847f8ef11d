// SPDX-License-Identifier: GPL-2.0-only
/*
 * at.bpf.c: AT instructions: which path they took and what came out.
 *
 * Nothing is attached between __mmu_config_save and __mmu_config_restore:
 * __kvm_at_s1e01_fast is entered before and left after them.
 */
#include "arm64.bpf.h"
#include "at.bpf.h"

NS_INLINE bool ns_at_is_s12(u32 op)
{
	return op == NS_ATOP_S12E1R || op == NS_ATOP_S12E1W || op == NS_ATOP_S12E0R ||
	       op == NS_ATOP_S12E0W;
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
	t->at_par_fast = NS_UNAVAILABLE;
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
		       /* F alone is what KVM starts with: no walk ended in it */
		       t->at_par_fast == PAR_F ? NS_PATH_SLOW_AT_FAULT :
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
			[NS_AT_OP_PAR_FAST] = t->at_par_fast,
			[NS_AT_OP_FAST_NS] = NS_UNAVAILABLE,
			[NS_AT_OP_SLOW_RET] = NS_UNAVAILABLE_INT,
			[NS_AT_OP_SEQ0] = NS_UNAVAILABLE,
			[NS_AT_OP_SEQ1] = NS_UNAVAILABLE,
		};
		u32 path = ns_at_path(t, ret);

		/* PAR_EL1 is not written, or has the second stage too. */
		if (path == NS_PATH_RETRY || ns_at_is_s12(t->at_op))
			f[NS_AT_OP_PAR] = NS_UNAVAILABLE;
		if (path == NS_PATH_SLOW_NO_CTX || path == NS_PATH_SLOW_AT_FAULT)
			f[NS_AT_OP_PAR_FAST] = NS_UNAVAILABLE;
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

	if (t && t->at_flags & NS_AF_OPEN) {
		t->at_par = par;
		t->at_par_fast = par;
	}
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
