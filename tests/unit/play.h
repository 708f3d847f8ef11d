/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * play.h: a sequence of events played to `check`, and what it must say of it.
 * The caller changes opts before the first event, and meta and in before the verdict.
 */
#ifndef NESTSCOPE_PLAY_H
#define NESTSCOPE_PLAY_H

#include "check.h"
#include "event.h"
#include "model.h"

struct play {
	struct ns_model meta;
	struct ns_check_opts opts;
	struct ns_check_input in;
	struct ns_check *c; /* from the first event or the verdict on */
	uint64_t id; /* of the last event */
	uint64_t ts; /* its time, for who makes events */
};

/* All of ns_synth_meta()'s; play_end() frees it. */
void play_begin(struct play *p);
void play_feed(struct play *p, const struct ns_event *ev);
/* The verdict; valid until play_end(). */
const struct ns_check_result *play_judge(struct play *p, unsigned int rule);
void play_end(struct play *p);
/* Judge, expect a state and a number of violations, and end. */
void play_expect(struct play *p, unsigned int rule, enum ns_check_state state, uint64_t violations);
/* The same for one violation of VM 1, whose words have text in them. */
void play_expect_text(struct play *p, unsigned int rule, const char *text, unsigned int proofs);

#endif
