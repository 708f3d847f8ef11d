/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ladder.h: which BPF programs provide which event, what is lost without one,
 * and what this kernel allows.  Decided by trying, not by version numbers.
 */
#ifndef NESTSCOPE_LADDER_H
#define NESTSCOPE_LADDER_H

#include <stdint.h>

#include <bpf/libbpf.h>

#include "error.h"
#include "kernbtf.h"
#include "model.h"

struct ns_ladder;

struct ns_ladder_want {
	uint64_t events; /* mask by event id */
	bool asked; /* the user named the events: also those that cost others */
	bool whole; /* events are recorded with all their fields, not only counted */
	bool no_nv; /* without the kvm_nv tracepoints */
};

/* A ladder of the programs of obj (opened, not loaded). */
int ns_ladder_new(struct ns_ladder **out, struct bpf_object *obj, struct ns_error *err);

/*
 * Choose the best rung of each wanted event; what no chosen rung needs is not
 * loaded.
 */
void ns_ladder_plan(struct ns_ladder *l, struct bpf_object *obj, const struct ns_kernbtf *btf,
		    const struct ns_ladder_want *want);

/*
 * Before planning: a program that could not be loaded, with the errno; it is
 * left out.  Returns -ENOENT when there is no such program.
 */
int ns_ladder_refuse(struct ns_ladder *l, const char *prog, int err);

/* Is the program still in the plan? */
bool ns_ladder_wants(const struct ns_ladder *l, const char *prog);

/*
 * How often so far the kernel did not run the attached programs of each event, because
 * they were running on that CPU already, for another task: since Linux 7 they can be
 * preempted.  From recursion_misses of struct bpf_prog_info.  False: this kernel
 * does not tell (before 5.12).
 */
bool ns_ladder_missed(const struct ns_ladder *l, uint64_t missed[NS_NR_EVENTS]);

/*
 * Attach what is in the plan and not attached yet; what is refused is noted.
 * Without whole, what only fills fields of whole events stays off.
 */
void ns_ladder_attach(struct ns_ladder *l, struct bpf_object *obj, bool whole);

/* Take the attached programs off again. */
void ns_ladder_detach(struct ns_ladder *l);

/* What became of each event: provider[NS_NR_EVENTS]. */
void ns_ladder_providers(const struct ns_ladder *l, struct ns_provider *provider);

void ns_ladder_free(struct ns_ladder *l);

#endif
