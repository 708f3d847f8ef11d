// SPDX-License-Identifier: GPL-2.0-only
/*
 * rtt.bpf.c: realms by the tracepoints of our series (trace system kvm_rtt, see
 * kernel-patch/).  No vCPU is involved: an event belongs to the VMM whose realm
 * it is, whoever runs; a realm can be torn down by another process.
 */
#include "common.bpf.h"

/* ---- whose realm ---- */

struct ns_realm {
	u32 vm;
	u32 pid; /* the kernel's name for the VMM */
};

/* By realm descriptor.  The oldest goes when there are too many. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, NS_MAX_VMS);
	__type(key, u64);
	__type(value, struct ns_realm);
} realms SEC(".maps");

static __noinline u32 ns_realm_new(u64 rd, u32 pid, u32 before)
{
	u64 id = bpf_get_current_pid_tgid();
	struct ns_realm r = { .pid = pid };
	struct ns_who who;

	if (!pid || ((u32)id != pid && (u32)(id >> 32) != pid))
		return 0; /* not the VMM: who it was is not known */
	who = ns_current_process();
	r.vm = who.vm;
	if (before)
		vm_realm_before[r.vm & (NS_MAX_VMS - 1)] = 1;
	bpf_map_update_elem(&realms, &rd, &r, BPF_ANY);
	return r.vm;
}

NS_INLINE struct ns_who ns_realm_who(u64 rd, u32 pid)
{
	struct ns_realm *r = rd ? bpf_map_lookup_elem(&realms, &rd) : NULL;
	struct ns_who who = { .vcpu = NS_NO_VCPU };

	if (r && r->pid == pid)
		who.vm = r->vm;
	else if (rd)
		who.vm = ns_realm_new(rd, pid, true);
	return who;
}

/* ---- calls ---- */

/* SMC function identifiers of RMI 1.0 (DEN0137, B4.3). */
#define RMI_FID(n) (0xc4000000UL + (n))
#define RMI_VERSION RMI_FID(0x150)
#define RMI_GRANULE_DELEGATE RMI_FID(0x151)

/* Weak like the settings: bpftool's linker loses the place of static ones. */
const volatile __weak u8 ns_rmi_of[32] = {
	[0x00] = NS_RMI_VERSION + 1,
	[0x01] = NS_RMI_GRANULE_DELEGATE + 1,
	[0x02] = NS_RMI_GRANULE_UNDELEGATE + 1,
	[0x03] = NS_RMI_DATA_CREATE + 1,
	[0x04] = NS_RMI_DATA_CREATE_UNKNOWN + 1,
	[0x05] = NS_RMI_DATA_DESTROY + 1,
	[0x07] = NS_RMI_REALM_ACTIVATE + 1,
	[0x08] = NS_RMI_REALM_CREATE + 1,
	[0x09] = NS_RMI_REALM_DESTROY + 1,
	[0x0a] = NS_RMI_REC_CREATE + 1,
	[0x0b] = NS_RMI_REC_DESTROY + 1,
	[0x0c] = NS_RMI_REC_ENTER + 1,
	[0x0d] = NS_RMI_RTT_CREATE + 1,
	[0x0e] = NS_RMI_RTT_DESTROY + 1,
	[0x0f] = NS_RMI_RTT_MAP_UNPROTECTED + 1,
	[0x11] = NS_RMI_RTT_READ_ENTRY + 1,
	[0x12] = NS_RMI_RTT_UNMAP_UNPROTECTED + 1,
	[0x14] = NS_RMI_PSCI_COMPLETE + 1,
	[0x15] = NS_RMI_FEATURES + 1,
	[0x16] = NS_RMI_RTT_FOLD + 1,
	[0x17] = NS_RMI_REC_AUX_COUNT + 1,
	[0x18] = NS_RMI_RTT_INIT_RIPAS + 1,
	[0x19] = NS_RMI_RTT_SET_RIPAS + 1,
};

NS_INLINE u32 ns_rmi(u64 fid)
{
	u64 n = fid - RMI_VERSION;

	if (n >= sizeof(ns_rmi_of) || !ns_rmi_of[n & (sizeof(ns_rmi_of) - 1)])
		return NS_RMI_OTHER;
	return ns_rmi_of[n & (sizeof(ns_rmi_of) - 1)] - 1;
}

NS_INLINE u32 ns_rmi_status(u32 status)
{
	return status < NS_RMI_STATUS_OTHER ? NS_RMI_STATUS_SUCCESS + status :
					      NS_RMI_STATUS_OTHER;
}

SEC("tp_btf/kvm_rmi_call")
int BPF_PROG(rtt_call, int pid, u64 rd, u64 fid, u64 arg1, u64 arg2, u64 arg3, u32 status,
	     u32 index, u64 out1, u64 out2, u64 ns)
{
	struct ns_who who;
	u64 f[NS_RTT_CALL_NR_FIELDS] = {
		[NS_RTT_CALL_DUR] = ns,
		[NS_RTT_CALL_RD] = rd,
		[NS_RTT_CALL_FID] = fid,
		[NS_RTT_CALL_ARG1] = arg1,
		[NS_RTT_CALL_ARG2] = arg2,
		[NS_RTT_CALL_ARG3] = arg3,
		[NS_RTT_CALL_STATUS] = status,
		[NS_RTT_CALL_INDEX] = index,
		[NS_RTT_CALL_OUT1] = out1,
		[NS_RTT_CALL_OUT2] = out2,
	};

	if (!on)
		return 0;
	who = ns_realm_who(rd, pid);
	/* A realm begins with the page that becomes its descriptor. */
	if (!rd && fid == RMI_GRANULE_DELEGATE)
		who.vm = ns_realm_new(arg1, pid, false);
	ns_emit(&who, NS_EV_RTT_CALL, ns_rmi(fid), ns_rmi_status(status), true, f,
		NS_RTT_CALL_NR_FIELDS);
	return 0;
}

/* ---- tables and mappings ---- */

#define OP(name)                                             \
	if (op == (int)bpf_core_enum_value(enum kvm_rtt_op_kind, KVM_RTT_OP_##name)) \
		return NS_RTT_OP_##name

NS_INLINE u32 ns_rtt_op(int op)
{
	OP(CREATE);
	OP(DESTROY);
	OP(FOLD);
	OP(UNFOLD);
	OP(MAP_DATA);
	OP(MAP_UNKNOWN);
	OP(UNMAP_DATA);
	OP(MAP_NS);
	OP(UNMAP_NS);
	OP(INIT_RIPAS);
	return NS_RTT_OP_OTHER;
}

SEC("tp_btf/kvm_rtt_op")
int BPF_PROG(rtt_op, int pid, u64 rd, int op, u64 ipa, u32 level, u64 rtt, u32 status, u32 index)
{
	u32 what = ns_rtt_op(op);
	bool levels = what != NS_RTT_OP_INIT_RIPAS && level <= 3;
	struct ns_who who;
	u64 f[NS_RTT_OP_NR_FIELDS] = {
		[NS_RTT_OP_RD] = rd,
		[NS_RTT_OP_IPA] = ipa,
		[NS_RTT_OP_LEVEL] = levels ? level : NS_UNAVAILABLE,
		[NS_RTT_OP_RTT] = rtt,
		[NS_RTT_OP_STATUS] = ns_rmi_status(status),
		[NS_RTT_OP_INDEX] = index,
	};

	if (!on)
		return 0;
	who = ns_realm_who(rd, pid);
	ns_emit(&who, NS_EV_RTT_OP, what,
		status ? NS_RTT_LEVEL_FAILED : levels ? NS_RTT_LEVEL_L0 + level : NS_RTT_LEVEL_NONE,
		false, f, NS_RTT_OP_NR_FIELDS);
	return 0;
}

/* ---- the end of a realm ---- */

#define ACTION(name)                                                                       \
	if (action == (int)bpf_core_enum_value(enum kvm_rtt_teardown_action,               \
					       KVM_RTT_TEARDOWN_##name))                   \
		return NS_TEARDOWN_##name

NS_INLINE u32 ns_teardown_action(int action)
{
	ACTION(DESTROYED);
	ACTION(SKIPPED);
	ACTION(RECURSED);
	ACTION(UNFOLDED);
	ACTION(BUSY);
	ACTION(FAILED);
	ACTION(NO_PROGRESS);
	ACTION(DONE);
	return NS_TEARDOWN_OTHER;
}

SEC("tp_btf/kvm_rtt_teardown")
int BPF_PROG(rtt_teardown, int pid, u64 rd, u32 level, u64 addr, u64 next, int action)
{
	struct ns_who who;
	u64 f[NS_RTT_TEARDOWN_NR_FIELDS] = {
		[NS_RTT_TEARDOWN_RD] = rd,
		[NS_RTT_TEARDOWN_LEVEL] = level,
		[NS_RTT_TEARDOWN_ADDR] = addr,
		[NS_RTT_TEARDOWN_NEXT] = next,
	};

	if (!on)
		return 0;
	who = ns_realm_who(rd, pid);
	ns_emit(&who, NS_EV_RTT_TEARDOWN, ns_teardown_action(action), 0, false, f,
		NS_RTT_TEARDOWN_NR_FIELDS);
	return 0;
}

#define WHY(name, value)                                                                    \
	if (why == (int)bpf_core_enum_value(enum kvm_rmi_leak_why, KVM_RMI_LEAK_##name))    \
		return value

NS_INLINE u32 ns_leak_why(int why)
{
	WHY(UNDELEGATE_FAILED, NS_LEAK_UNDELEGATE);
	WHY(NOT_DESTROYED, NS_LEAK_NOT_DESTROYED);
	WHY(TEARDOWN_FAILED, NS_LEAK_TEARDOWN);
	WHY(PINNED, NS_LEAK_PINNED);
	return NS_LEAK_OTHER;
}

SEC("tp_btf/kvm_rmi_leak")
int BPF_PROG(rtt_leak, int pid, u64 rd, u64 pa, int why)
{
	struct ns_who who;
	u64 f[NS_RTT_LEAK_NR_FIELDS] = { [NS_RTT_LEAK_RD] = rd, [NS_RTT_LEAK_PA] = pa };

	if (!on)
		return 0;
	who = ns_realm_who(rd, pid);
	ns_emit(&who, NS_EV_RTT_LEAK, ns_leak_why(why), 0, false, f, NS_RTT_LEAK_NR_FIELDS);
	return 0;
}
