/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * host.h: facts about this machine, and what stands in nestscope's way on it.
 */
#ifndef NESTSCOPE_HOST_H
#define NESTSCOPE_HOST_H

#include <stdbool.h>
#include <sys/types.h>

#include "model.h"

struct ns_host_check {
	char name[32]; /* "BTF", "privileges", ... */
	enum ns_state state;
	char found[96]; /* what is there */
	char remedy[160]; /* what to do; empty when ok */
};

/*
 * Fill host: uname, CPUs, the real time at CLOCK_MONOTONIC start_ns, and the
 * kind of clock from the environment (NESTSCOPE_CLOCK=icount).
 */
void ns_host_fill(struct ns_host *host, uint64_t start_ns);

/* CLOCK_MONOTONIC in ns. */
uint64_t ns_now(void);

/* Run all checks; returns how many were written (at most max). */
int ns_host_checks(struct ns_host_check *checks, unsigned int max);

/* Is KVM there (loaded, or built in and usable on this CPU)? */
bool ns_have_kvm(void);

/* The capabilities nestscope needs and this process lacks, "CAP_BPF CAP_PERFMON";
 * empty when none.  Returns buf. */
const char *ns_missing_caps(char *buf, size_t size);

#define NS_VMLINUX_BTF "/sys/kernel/btf/vmlinux"

/*
 * May this process see the BTF of modules?  Only CAP_SYS_ADMIN can, and without it KVM
 * must be built into the kernel.
 */
bool ns_sees_modules(void);

/*
 * Give up all capabilities for good, but for writing files where root may when
 * keep_files is set.  Returns 0 or a negative errno.
 */
int ns_drop_privileges(bool keep_files);

/* Is the process of this VM key still the same and alive? */
bool ns_process_alive(pid_t pid, uint64_t start_ns);

#endif
