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

/*
 * Look at every program of obj (opened, not loaded): those whose target this
 * kernel does not have, or that no event in the mask needs, are not loaded.
 * whole: events are recorded with all their fields, not only counted.
 */
int ns_ladder_plan(struct ns_ladder **out, struct bpf_object *obj, const struct ns_kernbtf *btf,
		   uint64_t events, bool whole, struct ns_error *err);

/*
 * A program that could not be loaded, with the errno; it is left out from now
 * on.  Returns -ENOENT when there is no such program.
 */
int ns_ladder_refuse(struct ns_ladder *l, const char *prog, int err);

/* Is the program still in the plan? */
bool ns_ladder_wants(const struct ns_ladder *l, const char *prog);

/* Attach everything in the plan to the loaded obj; what is refused is noted. */
void ns_ladder_attach(struct ns_ladder *l, struct bpf_object *obj);

/* Take the attached programs off again. */
void ns_ladder_detach(struct ns_ladder *l);

/* What became of each event: provider[NS_NR_EVENTS]. */
void ns_ladder_providers(const struct ns_ladder *l, struct ns_provider *provider);

void ns_ladder_free(struct ns_ladder *l);

#endif
