/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * synth.h: synthetic events for tests and load.  They have the shapes of a
 * nested guest's events, but no kernel made them: numbers measured on them
 * say so.
 */
#ifndef NESTSCOPE_SYNTH_H
#define NESTSCOPE_SYNTH_H

#include "event.h"
#include "model.h"

struct ns_synth {
	uint64_t rng;
	uint64_t ts;
	uint64_t ipa[8]; /* where each vCPU walks */
	uint8_t l2[8]; /* the context each vCPU runs */
};

void ns_synth_init(struct ns_synth *s, uint64_t seed);
/* xorshift*: the same on every machine. */
uint64_t ns_synth_random(struct ns_synth *s);
/* A plausible event: two VMs of four vCPUs, a few contexts each. */
void ns_synth_event(struct ns_synth *s, struct ns_event *ev);
/* Any event that is valid at all: every type, random values of all sizes. */
void ns_synth_noise(struct ns_synth *s, struct ns_event *ev);
/* Host, providers, VMs, contexts and ledger that go with them. */
int ns_synth_meta(struct ns_model *m);

#endif
