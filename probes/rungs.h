/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rungs.h: the table of the attach ladder.  One entry per event and rung, best
 * rung first: the programs it cannot do without, and the helpers that fill in
 * more, each with what is missing without it.
 */
#ifndef NESTSCOPE_RUNGS_H
#define NESTSCOPE_RUNGS_H

#include <stdbool.h>

#include "abi.h"

#define NS_MAX_PROGS 28

struct ns_helper {
	const char *prog;
	const char *without; /* what cannot be told then */
	bool whole; /* fills fields only: not needed for counting */
	bool intel; /* only needed where the CPU is Intel's */
	const char *alt; /* another program that does the same on other kernels */
};

/*
 * A program that reads what a function returned finds it after the arguments:
 * it fits only a kernel where there are as many as when it was written.
 */
struct ns_proto {
	const char *prog;
	int nargs;
};

extern const struct ns_proto ns_protos[];
extern const unsigned int ns_nr_protos;

enum ns_rung_kind {
	NS_RUNG_NV, /* a tracepoint of our series (kernel-patch/) */
	NS_RUNG_TRACEPOINT, /* any other */
	NS_RUNG_FENTRY, /* on a function */
};

enum ns_rung_arch { NS_ARCH_ANY, NS_ARCH_ARM64, NS_ARCH_X86 };

struct ns_rung {
	enum ns_event_id event;
	enum ns_rung_kind kind;
	enum ns_rung_arch arch; /* the only one whose KVM can have it */
	/*
	 * Only for those who name the event: why that is.  When asked_with is
	 * given only where that program is attached.
	 */
	const char *asked, *asked_with;
	const char *by; /* what doctor calls it */
	bool hardware; /* only where KVM runs guests on the hardware (x86: SVM or VMX) */
	const char *limit; /* what this rung cannot tell at all, or NULL */
	const char *absent; /* said of a kernel without its first program's target, or NULL */
	const char *progs[NS_MAX_PROGS];
	struct ns_helper helpers[NS_MAX_PROGS];
};

extern const struct ns_rung ns_rungs[];
extern const unsigned int ns_nr_rungs;

#endif
