// SPDX-License-Identifier: GPL-2.0-or-later
/* rungs.c: see rungs.h. */
#include "rungs.h"

#define PAIR(p) p "_enter", p "_exit"
#define HELP2(p, text)                             \
	{ .prog = p "_enter", .without = text },   \
	{                                          \
		.prog = p "_exit", .without = text \
	}

const struct ns_rung ns_rungs[] = {
	{
		.event = NS_EV_S2_FAULT,
		.by = "fentry kvm_handle_guest_abort",
		.progs = { PAIR("s2_fault") },
		.helpers = {
			{ .prog = "s2_walk", .without = "the L1 address", .whole = true },
			{ .prog = "s2_forward", .without = "forwarded to L1" },
			{ .prog = "s2_map", .without = "retries (counted as mapped)" },
			{ .prog = "s2_relax", .without = "retries (counted as mapped)" },
			{ .prog = "mmio_abort_enter", .without = "MMIO" },
			{ .prog = "s2_lookup", .without = "eviction as a cause" },
			{ .prog = "s2_unmap_enter", .without = "refault causes" },
			HELP2("s2_notifier", "MMU notifier as a cause"),
			HELP2("s2_memslot", "memslot change as a cause"),
			{ .prog = "vm_gone", .without = "that a VM of the same process is another one" },
			{ .prog = "s2_wp_range", .without = "write-protection as a cause" },
			{ .prog = "tlbi_vmalls12e1_enter", .without = "TLBI vmalls12e1 as a cause" },
			{ .prog = "tlbi_ipas2e1_enter", .without = "TLBI ipas2e1 as a cause" },
			{ .prog = "tlbi_ripas2e1_enter", .without = "TLBI ripas2e1 as a cause" },
			{ .prog = "tlbi_alle1_enter", .without = "TLBI alle1 as a cause" },
		},
	},
	{
		.event = NS_EV_S2_L1FAULT,
		.by = "fentry kvm_handle_guest_abort",
		.progs = { PAIR("s2_fault") },
	},
	{
		.event = NS_EV_S2_CTX,
		.by = "fexit lookup_s2_mmu",
		.progs = { "s2_lookup" },
		.helpers = { { .prog = "at_s1e01_enter", .without = "look-ups of AT (counted as the vCPU's)" } },
	},
	{
		.event = NS_EV_S2_UNMAP,
		.by = "fentry kvm_stage2_unmap_range",
		.progs = { PAIR("s2_unmap") },
		.helpers = {
			HELP2("s2_notifier", "reason MMU notifier"),
			HELP2("s2_memslot", "reason memslot change"),
			HELP2("s2_recycle", "reason recycled"),
			HELP2("tlbi_vmalls12e1", "reason vmalls12e1"),
			HELP2("tlbi_ipas2e1", "reason ipas2e1"),
			HELP2("tlbi_ripas2e1", "reason ripas2e1"),
			HELP2("tlbi_alle1", "reason alle1"),
		},
	},
	{
		.event = NS_EV_S2_WP,
		.by = "fentry kvm_nested_s2_wp",
		.progs = { PAIR("s2_wp") },
	},
	{
		.event = NS_EV_S2_TLBI,
		.by = "fentry handle_*is, handle_tlbi_el*",
		.progs = { PAIR("tlbi_vmalls12e1") },
		.helpers = {
			HELP2("tlbi_ipas2e1", "ipas2e1"), HELP2("tlbi_ripas2e1", "ripas2e1"),
			HELP2("tlbi_alle1", "alle1"), HELP2("tlbi_s1e1", "stage 1 EL1"),
			HELP2("tlbi_s1e2", "stage 1 EL2"), { .prog = "s2_unmap_enter", .without = "contexts" },
		},
	},
	{
		.event = NS_EV_AT_OP,
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
		.by = "fentry io_mem_abort",
		.progs = { PAIR("mmio_abort") },
	},
	{
		.event = NS_EV_MMIO_ACCESS,
		.by = "tracepoint kvm_mmio",
		.progs = { "mmio_access" },
	},
	{
		.event = NS_EV_MMIO_ACCESS,
		.by = "tracepoint kvm_mmio",
		.limit = "not seen: vCPU (this kernel hides kvm_running_vcpu; CONFIG_KALLSYMS_ALL)",
		.progs = { "mmio_access_proc" },
	},
	{
		.event = NS_EV_MMIO_MATCH,
		.by = "tracepoint vcpu_match_mmio",
		.progs = { "mmio_match" },
	},
	{
		.event = NS_EV_MMIO_MATCH,
		.by = "tracepoint vcpu_match_mmio",
		.limit = "not seen: vCPU (this kernel hides kvm_running_vcpu; CONFIG_KALLSYMS_ALL)",
		.progs = { "mmio_match_proc" },
	},
	{
		.event = NS_EV_EL2_ERET,
		.by = "tracepoint kvm_nested_eret",
		.progs = { "el2_eret" },
	},
	{
		.event = NS_EV_EL2_EXC,
		.by = "tracepoint kvm_inject_nested_exception",
		.progs = { "el2_exc" },
	},
	{
		.event = NS_EV_EL2_TRAP,
		.by = "tracepoint kvm_sys_access",
		.progs = { "el2_trap_emulated" },
		.helpers = { { .prog = "el2_trap_forwarded", .without = "forwarded traps" } },
	},
	{
		.event = NS_EV_EL2_VNCR,
		.by = "fentry kvm_handle_vncr_abort",
		.progs = { PAIR("el2_vncr") },
		.helpers = { { .prog = "el2_exc", .without = "injected" } },
	},
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
