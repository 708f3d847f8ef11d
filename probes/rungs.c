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
		.event = ev, .kind = NS_RUNG_NV, .arch = NS_ARCH_ARM64, .by = "tracepoint " tracepoint,         \
		.progs = { program },                                                    \
	}

/* Tracepoints that are there where KVM can run realms. */
#define REALM(ev, tracepoint, program)                                             \
	{                                                                          \
		.event = ev, .kind = NS_RUNG_TRACEPOINT,                           \
		.by = "tracepoint " tracepoint,                                    \
		.absent = "this kernel has no realm support", .progs = { program } \
	}

/*
 * x86: an episode from a page fault until the vCPU runs again.  Without one of
 * the first three there is none; each of the others tells how it ended.
 */
#define X86_EPISODE "x86_fault", "x86_entry", "x86_user_exit"
#define X86_CLASSES                                                                      \
	HELP("x86_check", "stale MMIO SPTEs"), HELP("x86_mark", "MMIO SPTEs made"),      \
	HELP("x86_handle", "hits of MMIO SPTEs"), HELP("x86_match", "hits of vCPU caches"), \
	HELP("x86_mmio", "writes to read-only slots"),                                   \
	HELP("x86_fast_mmio", "the fast bus"), HELP("x86_set", "mappings"),              \
	HELP("x86_emulate", "emulation"), HELP("x86_request", "races"),                  \
	HELP("x86_walk_fault", "forwarded to the guest"), HELP("x86_inject", "#PF given to the guest"), \
	HELP("x86_forward", "forwarded to L1"),                                          \
	{ .prog = "x86_exit_vmx", .without = "MMIO on Intel", .intel = true }
/* With the vCPU that runs and, where the kernel hides it, without: one of the two. */
#define EITHER(p, text)                                                                  \
	{ .prog = p, .without = text, .alt = p "_proc" },                                \
		{ .prog = p "_proc", .without = text, .alt = p }
#define X86_PAGES                                                                        \
	EITHER("x86_page_get", "shadow pages"), EITHER("x86_page_zap", "zaps"),          \
	EITHER("x86_page_sync", "syncs"), EITHER("x86_page_unsync", "unsyncs"),          \
	HELP("x86_zap_all", "memslot change as a cause")
#define HIDDEN_VCPU                                                                      \
	"not seen: vCPU (this kernel hides kvm_running_vcpu; CONFIG_KALLSYMS_ALL)"

/* x86, by one of upstream's tracepoints; X86_EXIT: one that follows an exit of the hardware. */
#define X86_EXIT(ev, provider) X86_RUNG(ev, provider), .hardware = true
#define X86_RUNG(ev, provider)                                                            \
	.event = ev, .kind = NS_RUNG_TRACEPOINT, .arch = NS_ARCH_X86, .by = "tracepoint " provider

const struct ns_rung ns_rungs[] = {
	{
		.event = NS_EV_S2_FAULT,
		.kind = NS_RUNG_NV,
		.arch = NS_ARCH_ARM64,
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
		.arch = NS_ARCH_ARM64,
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
		.arch = NS_ARCH_ARM64,
		.asked = "without it one tracepoint is all that a fault of L2 costs",
		.asked_with = "nv_s2_fault",
		.by = "fentry kvm_handle_guest_abort",
		.progs = { PAIR("s2_fault") },
	},
	{
		X86_EXIT(NS_EV_S2_FAULT, "kvm_page_fault"),
		.progs = { X86_EPISODE },
		.helpers = {
			X86_CLASSES, X86_PAGES, HELP("x86_fast", "faults mended without the lock"),
			HELP("x86_notifier", "MMU notifier as a cause"),
			HELP("x86_protect_slot", "write-protection as a cause"),
			HELP("x86_protect_pages", "write-protection as a cause"),
		},
	},
	{
		X86_EXIT(NS_EV_S2_L1FAULT, "kvm_page_fault"),
		.progs = { X86_EPISODE },
		.helpers = {
			X86_CLASSES, HELP("x86_fast", "faults mended without the lock"),
			EITHER("x86_page_get", "shadow pages"), EITHER("x86_page_zap", "zaps"),
		},
	},
	{
		X86_RUNG(NS_EV_S2_PAGE, "kvm_mmu_get_page"),
		.progs = { "x86_page_get", "x86_page_zap" },
		.helpers = { X86_PAGES },
	},
	{
		X86_RUNG(NS_EV_S2_PAGE, "kvm_mmu_get_page"),
		.limit = HIDDEN_VCPU,
		.progs = { "x86_page_get_proc", "x86_page_zap_proc" },
		.helpers = { X86_PAGES },
	},
	NV(NS_EV_S2_CTX, "kvm_nv_s2_mmu_get", "nv_s2_mmu_get"),
	{
		.event = NS_EV_S2_CTX,
		.kind = NS_RUNG_FENTRY,
		.arch = NS_ARCH_ARM64,
		.by = "fexit lookup_s2_mmu",
		.progs = { "s2_lookup" },
		.helpers = { { .prog = "at_s1e01_enter", .without = "look-ups of AT (counted as the vCPU's)" } },
	},
	{
		.event = NS_EV_S2_UNMAP,
		.kind = NS_RUNG_NV,
		.arch = NS_ARCH_ARM64,
		.by = "tracepoint kvm_nv_s2_unmap",
		.progs = { "nv_s2_unmap" },
		.helpers = { HELP("nv_unmap_kvm", NV_WHICH_VM), HELP("nv_s2_mmu_get", "contexts") },
	},
	{
		.event = NS_EV_S2_UNMAP,
		.kind = NS_RUNG_FENTRY,
		.arch = NS_ARCH_ARM64,
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
		.arch = NS_ARCH_ARM64,
		.by = "tracepoint kvm_nv_s2_wp",
		.progs = { "nv_s2_wp" },
		.helpers = { HELP("nv_wp_kvm", NV_WHICH_VM), HELP("nv_s2_mmu_get", "contexts") },
	},
	{
		.event = NS_EV_S2_WP,
		.kind = NS_RUNG_FENTRY,
		.arch = NS_ARCH_ARM64,
		.by = "fentry kvm_stage2_wp_range",
		.progs = { PAIR("s2_wp") },
	},
	NV(NS_EV_S2_TLBI, "kvm_nv_tlbi", "nv_tlbi"),
	{
		.event = NS_EV_S2_TLBI,
		.kind = NS_RUNG_FENTRY,
		.arch = NS_ARCH_ARM64,
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
		.arch = NS_ARCH_ARM64,
		.by = "tracepoint kvm_nv_s2_walk",
		.asked = "one more event for every fault that walks L1's stage 2",
		.progs = { "nv_s2_walk" },
	},
	NV(NS_EV_AT_OP, "kvm_nv_at", "nv_at"),
	{
		.event = NS_EV_AT_OP,
		.kind = NS_RUNG_FENTRY,
		.arch = NS_ARCH_ARM64,
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
		.arch = NS_ARCH_ARM64,
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
		.limit = HIDDEN_VCPU,
		.progs = { "mmio_access_proc" },
	},
	{
		.event = NS_EV_MMIO_MATCH,
		.kind = NS_RUNG_TRACEPOINT,
		.arch = NS_ARCH_X86,
		.by = "tracepoint vcpu_match_mmio",
		.progs = { "mmio_match" },
	},
	{
		.event = NS_EV_MMIO_MATCH,
		.kind = NS_RUNG_TRACEPOINT,
		.arch = NS_ARCH_X86,
		.by = "tracepoint vcpu_match_mmio",
		.limit = HIDDEN_VCPU,
		.progs = { "mmio_match_proc" },
	},
	NV(NS_EV_MMIO_CACHE, "kvm_nv_mmio_cache", "nv_mmio_cache"),
	{
		.event = NS_EV_MMIO_CACHE,
		.kind = NS_RUNG_NV,
		.arch = NS_ARCH_X86,
		.by = "tracepoint kvm_mmio_cache",
		.hardware = true,
		.progs = { X86_EPISODE, "x86_mmio_cache", "x86_mark" },
		.helpers = { X86_CLASSES },
	},
	{
		X86_EXIT(NS_EV_MMIO_CACHE, "check_mmio_spte"),
		.progs = { X86_EPISODE, "x86_check", "x86_mark" },
		.helpers = { X86_CLASSES },
	},
	{
		X86_EXIT(NS_EV_MMIO_ABORT, "kvm_page_fault"),
		.progs = { X86_EPISODE },
		.helpers = { X86_CLASSES },
	},
	{
		.event = NS_EV_MMIO_GEN,
		.kind = NS_RUNG_NV,
		.arch = NS_ARCH_X86,
		.by = "tracepoint kvm_mmio_gen",
		.progs = { "mmio_gen" },
	},
	{
		.event = NS_EV_EL2_ERET,
		.kind = NS_RUNG_TRACEPOINT,
		.arch = NS_ARCH_ARM64,
		.by = "tracepoint kvm_nested_eret",
		.progs = { "el2_eret" },
	},
	{
		.event = NS_EV_EL2_EXC,
		.kind = NS_RUNG_TRACEPOINT,
		.arch = NS_ARCH_ARM64,
		.by = "tracepoint kvm_inject_nested_exception",
		.progs = { "el2_exc" },
	},
	{
		.event = NS_EV_EL2_TRAP,
		.kind = NS_RUNG_TRACEPOINT,
		.arch = NS_ARCH_ARM64,
		.by = "tracepoint kvm_sys_access",
		.progs = { "el2_trap_emulated" },
		.helpers = { { .prog = "el2_trap_forwarded", .without = "forwarded traps" } },
	},
	{
		X86_EXIT(NS_EV_EL2_ERET, "kvm_nested_vmenter"),
		.progs = { "x86_vmenter" },
	},
	{
		X86_EXIT(NS_EV_EL2_ERET, "kvm_nested_vmenter"),
		.progs = { "x86_vmenter_proc" },
		.helpers = { HELP("x86_vmexit", "vCPU") },
	},
	{
		X86_EXIT(NS_EV_EL2_EXC, "kvm_nested_vmexit_inject"),
		.progs = { "x86_vmexit_inject" },
		.helpers = { HELP("x86_vmexit", "L2's rip") },
	},
	{
		X86_EXIT(NS_EV_EL2_EXC, "kvm_nested_vmexit_inject"),
		.progs = { "x86_vmexit_inject_proc" },
		.helpers = { HELP("x86_vmexit", "L2's rip") },
	},
	{
		X86_EXIT(NS_EV_EL2_EXIT, "kvm_nested_vmexit"),
		.progs = { "x86_vmexit", "x86_exit_entry", "x86_exit_user" },
		.helpers = { EITHER("x86_vmexit_inject", "which exits L1 got") },
	},
	NV(NS_EV_EL2_VNCR, "kvm_nv_vncr_fault", "nv_vncr_fault"),
	{
		.event = NS_EV_EL2_VNCR_INVAL,
		.kind = NS_RUNG_NV,
		.arch = NS_ARCH_ARM64,
		.by = "tracepoint kvm_nv_vncr_inval",
		.progs = { "nv_vncr_inval" },
		.helpers = { HELP("nv_unmap_kvm", NV_WHICH_VM), HELP("nv_wp_kvm", NV_WHICH_VM) },
	},
	{
		.event = NS_EV_EL2_VNCR,
		.kind = NS_RUNG_FENTRY,
		.arch = NS_ARCH_ARM64,
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
