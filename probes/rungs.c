// SPDX-License-Identifier: GPL-2.0-or-later
/* rungs.c: see rungs.h. */
#include "rungs.h"

#define PAIR(p) p "_enter", p "_exit"
#define HELP(p, text) { .prog = p, .without = text }
#define HELP2(p, text) HELP(p "_enter", text), HELP(p "_exit", text)

#define VM_GONE "that a VM of the same process is another one"
#define NV_WHICH_VM "which VM of a process that has several"

/* One tracepoint of ours, one program, nothing else. */
#define NV(ev, tracepoint, program)                                                      \
	{                                                                                \
		.event = ev, .kind = NS_RUNG_NV, .by = "tracepoint " tracepoint,         \
		.progs = { program },                                                    \
	}

/* Tracepoints that are there where KVM can run realms. */
#define REALM(ev, tracepoint, program)                                             \
	{                                                                          \
		.event = ev, .kind = NS_RUNG_TRACEPOINT,                           \
		.by = "tracepoint " tracepoint,                                    \
		.absent = "this kernel has no realm support", .progs = { program } \
	}

const struct ns_rung ns_rungs[] = {
	{
		.event = NS_EV_S2_FAULT,
		.kind = NS_RUNG_NV,
		.by = "tracepoint kvm_nv_s2_fault",
		.progs = { "nv_s2_fault" },
		.helpers = {
			HELP("nv_s2_mmu_get", "eviction as a cause"),
			HELP("nv_s2_unmap", "refault causes"),
			HELP("nv_s2_wp", "write-protection as a cause"),
			HELP("nv_unmap_kvm", NV_WHICH_VM), HELP("nv_wp_kvm", NV_WHICH_VM),
			HELP("vm_gone", VM_GONE),
		},
	},
	{
		.event = NS_EV_S2_FAULT,
		.kind = NS_RUNG_FENTRY,
		.by = "fentry kvm_handle_guest_abort",
		.progs = { PAIR("s2_fault") },
		.helpers = {
			{ .prog = "s2_walk", .without = "the L1 address", .whole = true },
			HELP("s2_forward", "forwarded to L1"),
			HELP("s2_sea", "external aborts"), HELP("s2_atomic", "refused atomics"),
			HELP("s2_hwpoison", "hardware poison"),
			{ .prog = "s2_map", .without = "retries (counted as mapped)" },
			{ .prog = "s2_relax", .without = "retries (counted as mapped)" },
			{ .prog = "mmio_abort_enter", .without = "MMIO" },
			{ .prog = "s2_lookup", .without = "eviction as a cause" },
			{ .prog = "s2_unmap_enter", .without = "refault causes" },
			HELP2("s2_notifier", "MMU notifier as a cause"),
			HELP2("s2_memslot", "memslot change as a cause"),
			{ .prog = "vm_gone", .without = VM_GONE },
			HELP2("s2_wp", "write-protection as a cause"),
			{ .prog = "tlbi_vmalls12e1_enter", .without = "TLBI vmalls12e1 as a cause" },
			{ .prog = "tlbi_ipas2e1_enter", .without = "TLBI ipas2e1 as a cause" },
			{ .prog = "tlbi_ripas2e1_enter", .without = "TLBI ripas2e1 as a cause" },
			{ .prog = "tlbi_alle1_enter", .without = "TLBI alle1 as a cause" },
		},
	},
	{
		.event = NS_EV_S2_L1FAULT,
		.kind = NS_RUNG_FENTRY,
		.asked = "without it one tracepoint is all that a fault of L2 costs",
		.asked_with = "nv_s2_fault",
		.by = "fentry kvm_handle_guest_abort",
		.progs = { PAIR("s2_fault") },
	},
	NV(NS_EV_S2_CTX, "kvm_nv_s2_mmu_get", "nv_s2_mmu_get"),
	{
		.event = NS_EV_S2_CTX,
		.kind = NS_RUNG_FENTRY,
		.by = "fexit lookup_s2_mmu",
		.progs = { "s2_lookup" },
		.helpers = { { .prog = "at_s1e01_enter", .without = "look-ups of AT (counted as the vCPU's)" } },
	},
	{
		.event = NS_EV_S2_UNMAP,
		.kind = NS_RUNG_NV,
		.by = "tracepoint kvm_nv_s2_unmap",
		.progs = { "nv_s2_unmap" },
		.helpers = { HELP("nv_unmap_kvm", NV_WHICH_VM), HELP("nv_s2_mmu_get", "contexts") },
	},
	{
		.event = NS_EV_S2_UNMAP,
		.kind = NS_RUNG_FENTRY,
		.by = "fentry kvm_stage2_unmap_range",
		.progs = { PAIR("s2_unmap") },
		.helpers = {
			HELP2("s2_notifier", "reason MMU notifier"),
			HELP2("s2_memslot", "reason memslot change"),
			HELP2("s2_recycle", "reason recycled"), HELP2("s2_reset", "reason VM reset"),
			HELP2("tlbi_vmalls12e1", "reason vmalls12e1"),
			HELP2("tlbi_ipas2e1", "reason ipas2e1"),
			HELP2("tlbi_ripas2e1", "reason ripas2e1"),
			HELP2("tlbi_alle1", "reason alle1"),
		},
	},
	{
		.event = NS_EV_S2_WP,
		.kind = NS_RUNG_NV,
		.by = "tracepoint kvm_nv_s2_wp",
		.progs = { "nv_s2_wp" },
		.helpers = { HELP("nv_wp_kvm", NV_WHICH_VM), HELP("nv_s2_mmu_get", "contexts") },
	},
	{
		.event = NS_EV_S2_WP,
		.kind = NS_RUNG_FENTRY,
		.by = "fentry kvm_stage2_wp_range",
		.progs = { PAIR("s2_wp") },
	},
	NV(NS_EV_S2_TLBI, "kvm_nv_tlbi", "nv_tlbi"),
	{
		.event = NS_EV_S2_TLBI,
		.kind = NS_RUNG_FENTRY,
		.by = "fentry handle_*is, handle_tlbi_el*",
		.progs = { PAIR("tlbi_vmalls12e1") },
		.helpers = {
			HELP2("tlbi_ipas2e1", "ipas2e1"), HELP2("tlbi_ripas2e1", "ripas2e1"),
			HELP2("tlbi_alle1", "alle1"), HELP2("tlbi_s1e1", "stage 1 EL1"),
			HELP2("tlbi_s1e2", "stage 1 EL2"), { .prog = "s2_unmap_enter", .without = "contexts" },
		},
	},
	{
		.event = NS_EV_S2_WALK,
		.kind = NS_RUNG_NV,
		.by = "tracepoint kvm_nv_s2_walk",
		.asked = "one more event for every fault that walks L1's stage 2",
		.progs = { "nv_s2_walk" },
	},
	NV(NS_EV_AT_OP, "kvm_nv_at", "nv_at"),
	{
		.event = NS_EV_AT_OP,
		.kind = NS_RUNG_FENTRY,
		.by = "fentry __kvm_at_s1e01, _s1e2, _s12",
		.progs = { PAIR("at_s1e01"), PAIR("at_slow") },
		.helpers = {
			{ .prog = "at_fast", .without = "results of the fast path", .alt = "at_fast_path" },
			{ .prog = "at_fast_path", .without = "results of the fast path", .alt = "at_fast" }, HELP2("at_s1e2", "S1E2 ops"),
			HELP2("at_s12", "S12 ops"), { .prog = "s2_lookup", .without = "slow for want of a context" },
		},
	},
	{
		.event = NS_EV_MMIO_ABORT,
		.kind = NS_RUNG_FENTRY,
		.by = "fentry io_mem_abort",
		.progs = { PAIR("mmio_abort") },
	},
	{
		.event = NS_EV_MMIO_ACCESS,
		.kind = NS_RUNG_TRACEPOINT,
		.by = "tracepoint kvm_mmio",
		.progs = { "mmio_access" },
	},
	{
		.event = NS_EV_MMIO_ACCESS,
		.kind = NS_RUNG_TRACEPOINT,
		.by = "tracepoint kvm_mmio",
		.limit = "not seen: vCPU (this kernel hides kvm_running_vcpu; CONFIG_KALLSYMS_ALL)",
		.progs = { "mmio_access_proc" },
	},
	{
		.event = NS_EV_MMIO_MATCH,
		.kind = NS_RUNG_TRACEPOINT,
		.by = "tracepoint vcpu_match_mmio",
		.progs = { "mmio_match" },
	},
	{
		.event = NS_EV_MMIO_MATCH,
		.kind = NS_RUNG_TRACEPOINT,
		.by = "tracepoint vcpu_match_mmio",
		.limit = "not seen: vCPU (this kernel hides kvm_running_vcpu; CONFIG_KALLSYMS_ALL)",
		.progs = { "mmio_match_proc" },
	},
	NV(NS_EV_MMIO_CACHE, "kvm_nv_mmio_cache", "nv_mmio_cache"),
	NV(NS_EV_MMIO_CACHE, "kvm_mmio_cache", "mmio_cache"),
	NV(NS_EV_MMIO_GEN, "kvm_mmio_gen", "mmio_gen"),
	{
		.event = NS_EV_EL2_ERET,
		.kind = NS_RUNG_TRACEPOINT,
		.by = "tracepoint kvm_nested_eret",
		.progs = { "el2_eret" },
	},
	{
		.event = NS_EV_EL2_EXC,
		.kind = NS_RUNG_TRACEPOINT,
		.by = "tracepoint kvm_inject_nested_exception",
		.progs = { "el2_exc" },
	},
	{
		.event = NS_EV_EL2_TRAP,
		.kind = NS_RUNG_TRACEPOINT,
		.by = "tracepoint kvm_sys_access",
		.progs = { "el2_trap_emulated" },
		.helpers = { { .prog = "el2_trap_forwarded", .without = "forwarded traps" } },
	},
	NV(NS_EV_EL2_VNCR, "kvm_nv_vncr_fault", "nv_vncr_fault"),
	{
		.event = NS_EV_EL2_VNCR_INVAL,
		.kind = NS_RUNG_NV,
		.by = "tracepoint kvm_nv_vncr_inval",
		.progs = { "nv_vncr_inval" },
		.helpers = { HELP("nv_unmap_kvm", NV_WHICH_VM), HELP("nv_wp_kvm", NV_WHICH_VM) },
	},
	{
		.event = NS_EV_EL2_VNCR,
		.kind = NS_RUNG_FENTRY,
		.by = "fentry kvm_handle_vncr_abort",
		.progs = { PAIR("el2_vncr") },
		.helpers = { { .prog = "el2_exc", .without = "injected" } },
	},
	REALM(NS_EV_RTT_CALL, "kvm_rmi_call", "rtt_call"),
	REALM(NS_EV_RTT_OP, "kvm_rtt_op", "rtt_op"),
	REALM(NS_EV_RTT_TEARDOWN, "kvm_rtt_teardown", "rtt_teardown"),
	REALM(NS_EV_RTT_LEAK, "kvm_rmi_leak", "rtt_leak"),
};

const unsigned int ns_nr_rungs = sizeof(ns_rungs) / sizeof(ns_rungs[0]);

const struct ns_proto ns_protos[] = {
	{ "s2_fault_exit", 1 },	   { "s2_walk", 3 },	   { "s2_map", 7 },
	{ "s2_relax", 4 },	   { "s2_lookup", 1 },	   { "at_s1e01_exit", 3 },
	{ "at_s1e2_exit", 3 },	   { "at_s12_exit", 3 },   { "at_fast", 3 },
	{ "at_fast_path", 4 },	   { "at_slow_exit", 4 },  { "mmio_abort_exit", 2 },
	{ "el2_vncr_exit", 1 },
};

const unsigned int ns_nr_protos = sizeof(ns_protos) / sizeof(ns_protos[0]);
