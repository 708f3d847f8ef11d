// SPDX-License-Identifier: GPL-2.0-only
/* nv_at.bpf.c: AT instructions and the VNCR page by our own tracepoints. */
#include "nv.bpf.h"
#include "at.bpf.h"

NS_INLINE u32 nv_at_path(int path, u64 par)
{
	if (NV_IS(path, kvm_nv_at_path, KVM_NV_AT_FAST_OK))
		return NS_PATH_FAST;
	if (NV_IS(path, kvm_nv_at_path, KVM_NV_AT_FAST_S1_PERM))
		return NS_PATH_FAST_PERM;
	if (NV_IS(path, kvm_nv_at_path, KVM_NV_AT_FAST_S1_AF))
		return NS_PATH_FAST_AF;
	if (NV_IS(path, kvm_nv_at_path, KVM_NV_AT_SLOW_NO_MMU))
		return NS_PATH_SLOW_NO_CTX;
	if (NV_IS(path, kvm_nv_at_path, KVM_NV_AT_SLOW_AT_FAULT))
		return NS_PATH_SLOW_AT_FAULT;
	if (NV_IS(path, kvm_nv_at_path, KVM_NV_AT_RETRY))
		return NS_PATH_RETRY;
	return par & PAR_F ? NS_PATH_SLOW_FAULT : NS_PATH_SLOW_COLD;
}

SEC("tp_btf/kvm_nv_at")
int BPF_PROG(nv_at, int vcpu_id, int vmm, u32 op, u64 va, int path, u64 par_fast, u64 par,
	     int slow_ret, u64 fast_ns, u64 slow_ns, u64 seq0, u64 seq1)
{
	u32 dim = nv_at_path(path, par);
	bool retry = dim == NS_PATH_RETRY;
	bool no_fast = dim == NS_PATH_SLOW_NO_CTX || dim == NS_PATH_SLOW_AT_FAULT;
	struct ns_who who;
	u64 f[NS_AT_OP_NR_FIELDS] = {
		[NS_AT_OP_DUR] = fast_ns + slow_ns,
		[NS_AT_OP_VA] = va,
		[NS_AT_OP_PAR] = par, /* of a retry: still what it was */
		[NS_AT_OP_SLOW_NS] = slow_ns,
		[NS_AT_OP_RET] = retry ? -EAGAIN : 0,
		[NS_AT_OP_PAR_FAST] = no_fast ? NS_UNAVAILABLE : par_fast,
		[NS_AT_OP_FAST_NS] = fast_ns,
		[NS_AT_OP_SLOW_RET] = (long)slow_ret,
		[NS_AT_OP_SEQ0] = seq0,
		[NS_AT_OP_SEQ1] = seq1,
	};

	if (!on)
		return 0;
	who = ns_nv_who(vcpu_id);
	ns_emit(&who, NS_EV_AT_OP, dim, ns_at_op(op), true, f, NS_AT_OP_NR_FIELDS);
	return 0;
}

SEC("tp_btf/kvm_nv_vncr_fault")
int BPF_PROG(nv_vncr_fault, int vcpu_id, int vmm, u64 va, u64 ipa, int level, int trans, int ret,
	     int fsc, u64 ns)
{
	struct kvm_vcpu *vcpu = ns_running_vcpu();
	struct ns_who who;
	u64 f[NS_EL2_VNCR_NR_FIELDS] = {
		[NS_EL2_VNCR_DUR] = ns,
		[NS_EL2_VNCR_VNCR] = va,
		/* what the exit left: nothing on the way changes it */
		[NS_EL2_VNCR_ESR] = vcpu ? BPF_CORE_READ(vcpu, arch.fault.esr_el2) : NS_UNAVAILABLE,
		[NS_EL2_VNCR_RET] = (long)ret,
		[NS_EL2_VNCR_IPA] = ipa,
		[NS_EL2_VNCR_LEVEL] = (long)level,
		[NS_EL2_VNCR_FSC] = (long)fsc,
	};

	if (!on)
		return 0;
	who = ns_nv_who(vcpu_id);
	ns_emit(&who, NS_EV_EL2_VNCR,
		ret <= 0 ? NS_VNCR_ERROR : fsc >= 0 ? NS_VNCR_INJECTED : NS_VNCR_HANDLED, 0, true,
		f, NS_EL2_VNCR_NR_FIELDS);
	return 0;
}

NS_INLINE u32 nv_vncr_reason(int reason)
{
	return NV_IS(reason, kvm_nv_vncr_reason, KVM_NV_VNCR_TLBI) ? NS_VNCR_INVAL_TLBI :
	       NV_IS(reason, kvm_nv_vncr_reason, KVM_NV_VNCR_IPA) ? NS_VNCR_INVAL_IPA :
	       NV_IS(reason, kvm_nv_vncr_reason, KVM_NV_VNCR_RETRANSLATE) ?
								    NS_VNCR_INVAL_RETRANSLATE :
								    NS_VNCR_INVAL_OTHER;
}

SEC("tp_btf/kvm_nv_vncr_inval")
int BPF_PROG(nv_vncr_inval, int vcpu_id, int vmm, int owner, int reason, u64 gva)
{
	struct ns_who who;
	u32 why;
	u64 f[NS_EL2_VNCR_INVAL_NR_FIELDS] = {
		[NS_EL2_VNCR_INVAL_GVA] = gva,
		[NS_EL2_VNCR_INVAL_OWNER] = owner,
	};

	if (!on)
		return 0;
	why = nv_vncr_reason(reason);
	who = why == NS_VNCR_INVAL_IPA ? ns_nv_who_of_work(vcpu_id) : ns_nv_who(vcpu_id);
	ns_emit(&who, NS_EV_EL2_VNCR_INVAL, why, 0, false, f,
		NS_EL2_VNCR_INVAL_NR_FIELDS);
	return 0;
}
