// SPDX-License-Identifier: GPL-2.0-only
/* mmio.bpf.c: MMIO aborts (arm64), and KVM's own MMIO tracepoints (any architecture). */
#include "nv.bpf.h"

/* ---- arm64: io_mem_abort ---- */

SEC("fentry/io_mem_abort")
int BPF_PROG(mmio_abort_enter, struct kvm_vcpu *vcpu, u64 ipa)
{
	struct ns_thread *t = on ? ns_thread() : NULL;

	if (!t)
		return 0;
	ns_identify(t, vcpu);
	t->fault_flags |= NS_FF_MMIO;
	t->l1_ipa = ipa & ~0xfffUL;
	t->mmio_pc = vcpu->arch.ctxt.regs.pc; /* moves on when emulated */
	t->mmio_t0 = bpf_ktime_get_ns();
	return 0;
}

SEC("fexit/io_mem_abort")
int BPF_PROG(mmio_abort_exit, struct kvm_vcpu *vcpu, u64 ipa, int ret)
{
	struct ns_thread *t = on ? ns_thread() : NULL;
	bool nested = ns_is_nested(vcpu);
	struct ns_who who;

	if (!t)
		return 0;
	if (!t->mmio_t0) {
		ns_unattributed(NS_EV_MMIO_ABORT);
		return 0;
	}
	who = ns_who_is(t);
	if (nested && t->fault_t0)
		who.ctx = t->fault_ctx;
	{
		u64 f[NS_MMIO_ABORT_NR_FIELDS] = {
			[NS_MMIO_ABORT_DUR] = bpf_ktime_get_ns() - t->mmio_t0,
			[NS_MMIO_ABORT_IPA] = ipa,
			[NS_MMIO_ABORT_PC] = t->mmio_pc,
			[NS_MMIO_ABORT_ESR] = vcpu->arch.fault.esr_el2,
			[NS_MMIO_ABORT_RET] = (long)ret,
		};

		t->mmio_t0 = 0;
		ns_emit(&who, NS_EV_MMIO_ABORT,
			ret > 0 ? NS_DEST_KERNEL : ret ? NS_DEST_ERROR : NS_DEST_USER,
			nested ? NS_WHO_L2 : NS_WHO_L1, true, f, NS_MMIO_ABORT_NR_FIELDS);
	}
	return 0;
}

/* ---- tracepoints of every architecture ---- */

/* include/trace/events/kvm.h */
#define KVM_TRACE_MMIO_READ_UNSATISFIED 0
#define KVM_TRACE_MMIO_READ 1
#define KVM_TRACE_MMIO_WRITE 2

NS_INLINE int ns_mmio_access(struct ns_who who, int type, int len, u64 gpa)
{
	u64 f[NS_MMIO_ACCESS_NR_FIELDS] = {
		[NS_MMIO_ACCESS_GPA] = gpa,
		[NS_MMIO_ACCESS_LEN] = len,
	};

	ns_emit(&who, NS_EV_MMIO_ACCESS,
		type == KVM_TRACE_MMIO_WRITE ? NS_MMIO_KIND_WRITE :
		type == KVM_TRACE_MMIO_READ ? NS_MMIO_KIND_READ : NS_MMIO_KIND_READ_PENDING,
		0, false, f, NS_MMIO_ACCESS_NR_FIELDS);
	return 0;
}

NS_INLINE int ns_mmio_match(struct ns_who who, u64 gva, u64 gpa, bool write)
{
	u64 f[NS_MMIO_MATCH_NR_FIELDS] = {
		[NS_MMIO_MATCH_GVA] = gva,
		[NS_MMIO_MATCH_GPA] = gpa,
	};

	ns_emit(&who, NS_EV_MMIO_MATCH, write ? NS_MATCH_WRITE : NS_MATCH_READ, 0, false, f,
		NS_MMIO_MATCH_NR_FIELDS);
	return 0;
}

/* Two rungs each: with the vCPU and, where the kernel hides it, without. */

SEC("tp_btf/kvm_mmio")
int BPF_PROG(mmio_access, int type, int len, u64 gpa)
{
	return on ? ns_mmio_access(ns_current(), type, len, gpa) : 0;
}

SEC("tp_btf/kvm_mmio")
int BPF_PROG(mmio_access_proc, int type, int len, u64 gpa)
{
	return on ? ns_mmio_access(ns_current_process(), type, len, gpa) : 0;
}

SEC("tp_btf/vcpu_match_mmio")
int BPF_PROG(mmio_match, u64 gva, u64 gpa, bool write)
{
	return on ? ns_mmio_match(ns_current(), gva, gpa, write) : 0;
}

SEC("tp_btf/vcpu_match_mmio")
int BPF_PROG(mmio_match_proc, u64 gva, u64 gpa, bool write)
{
	return on ? ns_mmio_match(ns_current_process(), gva, gpa, write) : 0;
}

/* ---- caches of the translation, by our own tracepoints ---- */

NS_INLINE u32 ns_nv_mmio_result(int result)
{
	return NV_IS(result, kvm_nv_mmio_result, KVM_NV_MMIO_HIT) ? NS_CACHE_HIT :
	       NV_IS(result, kvm_nv_mmio_result, KVM_NV_MMIO_FILL) ? NS_CACHE_FILL :
	       NV_IS(result, kvm_nv_mmio_result, KVM_NV_MMIO_STALE) ? NS_CACHE_STALE :
	       NV_IS(result, kvm_nv_mmio_result, KVM_NV_MMIO_BYPASS) ? NS_CACHE_BYPASS :
								       NS_CACHE_OTHER;
}

/* arm64: the annotation in the shadow stage 2. */
SEC("tp_btf/kvm_nv_mmio_cache")
int BPF_PROG(nv_mmio_cache, int vcpu_id, int vmm, u64 l2_ipa, u64 l1_ipa, int result, u64 gen,
	     u64 slot_gen)
{
	struct kvm_vcpu *vcpu = ns_running_vcpu();
	struct kvm_s2_mmu *mmu;
	struct ns_who who;
	u64 f[NS_MMIO_CACHE_NR_FIELDS] = {
		[NS_MMIO_CACHE_L2_IPA] = l2_ipa,
		[NS_MMIO_CACHE_L1_IPA] = l1_ipa,
		[NS_MMIO_CACHE_GEN] = gen,
		[NS_MMIO_CACHE_SLOT_GEN] = slot_gen,
		[NS_MMIO_CACHE_VTTBR] = NS_UNAVAILABLE,
	};

	if (!on)
		return 0;
	who = ns_nv_who(vcpu_id);
	if (vcpu) {
		mmu = BPF_CORE_READ(vcpu, arch.hw_mmu);
		f[NS_MMIO_CACHE_VTTBR] = BPF_CORE_READ(mmu, tlb_vttbr);
		who.ctx = ns_ctx_lookup(f[NS_MMIO_CACHE_VTTBR], BPF_CORE_READ(mmu, tlb_vtcr),
					BPF_CORE_READ(mmu, nested_stage2_enabled), who.vm);
	}
	ns_emit(&who, NS_EV_MMIO_CACHE, ns_nv_mmio_result(result), NS_WHO_L2, false, f,
		NS_MMIO_CACHE_NR_FIELDS);
	return 0;
}

/* x86: see x86_fault.bpf.c; only the generation is no part of an episode. */
SEC("tp_btf/kvm_mmio_gen")
int BPF_PROG(mmio_gen, int vmm, u64 old, u64 new, bool wrapped)
{
	/* the VMM's thread, which has no vCPU: the event does not say which VM of it */
	struct ns_who who = { .vcpu = NS_NO_VCPU };
	u64 f[NS_MMIO_GEN_NR_FIELDS] = { [NS_MMIO_GEN_OLD] = old, [NS_MMIO_GEN_NEW] = new };

	if (!on)
		return 0;
	ns_emit(&who, NS_EV_MMIO_GEN, wrapped ? NS_WRAP_WRAPPED : NS_WRAP_NEXT, 0, false, f,
		NS_MMIO_GEN_NR_FIELDS);
	return 0;
}
