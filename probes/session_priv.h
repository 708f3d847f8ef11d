/* SPDX-License-Identifier: GPL-2.0-or-later */
/* session_priv.h: what session.c and session_read.c share. */
#ifndef NESTSCOPE_SESSION_PRIV_H
#define NESTSCOPE_SESSION_PRIV_H

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "catalogue.h"
#include "host.h"
#include "kernbtf.h"
#include "ladder.h"
#include "rings.h"
#include "session.h"

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
#include "nestscope.skel.h"

struct ns_session {
	struct ns_session_opts opts;
	uint64_t events;
	struct ns_kernbtf *btf;
	struct nestscope_bpf *skel;
	struct ns_ladder *ladder;
	struct ns_provider provider[NS_NR_EVENTS];
	uint64_t start_ns, end_ns; /* end 0: still collecting */

	uint64_t ring_missed; /* NS_MODE_SWITCH: the ring was full so often */
	/* ns_ladder_missed when collection began, and, when it is over, at its end */
	uint64_t missed_before[NS_NR_EVENTS], missed_after[NS_NR_EVENTS];
	bool missed_known;

	struct ns_rings rings; /* NS_MODE_RECORD */
	unsigned int nr_rings;
	size_t ring_size; /* of each */
	ns_event_fn fn; /* of the poll under way */
	void *fn_arg;
	struct ns_event event; /* handed out; behind its fields is what others left */

	void *cells; /* buffer of the batch reader */
};

/* Before loading: how many rings, how large; after it: map them. */
int ns_session_plan_rings(struct ns_session *s, struct ns_error *err);
int ns_session_open_rings(struct ns_session *s, struct ns_error *err);
int ns_session_ring_error(const struct ns_session *s, int rc, struct ns_error *err);

#endif
