/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * session.h: a live observation: the BPF programs, attached by the ladder,
 * their maps and their ring.
 */
#ifndef NESTSCOPE_SESSION_H
#define NESTSCOPE_SESSION_H

#include <sys/types.h>

#include "error.h"
#include "event.h"
#include "model.h"

struct ns_session;

struct ns_session_opts {
	uint64_t events; /* bit mask by event id; 0: all */
	unsigned int mode; /* NS_MODE_COUNT | NS_MODE_RECORD | NS_MODE_SWITCH */
	bool bare; /* whole events may lack fields that counting needs no program for */
	bool no_nv; /* without the kvm_nv tracepoints, to compare with the other rungs */
	pid_t pid; /* only this VMM (tgid); 0: all */
	int vcpu; /* only this vCPU; -1: all */
	uint64_t min_ns; /* only timed events that took at least this long */
	uint64_t causes; /* only s2.fault of these causes, bits by NS_CAUSE_*; 0: all */
	unsigned int sample; /* one of so many, per event and CPU; 0 or 1: all */
	size_t ring_bytes; /* of all rings together, one for each CPU; 0: default */
	unsigned int history_pages; /* pages remembered for causes; 0: default */
};

/*
 * Load and attach.  Events that cannot be had are off, with the reason in the
 * providers (ns_session_read copies them into the model); it is an error
 * (-ENOENT, NS_EXIT_SYSTEM) only when none of the wanted events can be had.
 * Collection starts with ns_session_start.
 */
int ns_session_open(struct ns_session **out, const struct ns_session_opts *opts,
		    struct ns_error *err);
void ns_session_start(struct ns_session *s);
/* Stop collecting; what is in the maps and the ring can still be read. */
void ns_session_stop(struct ns_session *s);
void ns_session_close(struct ns_session *s);

/*
 * NS_MODE_SWITCH: begin, or end, to put whole events on the ring; counting
 * goes on.  What was left on the ring is forgotten when it begins.  0 or -errno.
 */
int ns_session_whole(struct ns_session *s, bool wanted, struct ns_error *err);
/*
 * NS_MODE_SWITCH: of whole events only those of this kind that took at least so long,
 * and none that takes no time unless it is 0 (which it is at first).
 */
void ns_session_whole_min(struct ns_session *s, enum ns_event_id event, uint64_t min_ns);
/*
 * NS_MODE_SWITCH: events so far that the ring had no room for, as of the last
 * read.  They were counted, so the ledger does not have them as lost.
 */
uint64_t ns_session_missed(const struct ns_session *s);

/*
 * Read everything the kernel has counted so far into m (cleared first, host,
 * providers, VMs, contexts and ledger included).  In NS_MODE_RECORD alone the
 * metrics stay empty: feed the events instead (then "kept" counts those).
 */
int ns_session_read(struct ns_session *s, struct ns_model *m, struct ns_error *err);

/*
 * Names and losses only: VMs, contexts, host, providers, ledger, but neither
 * metrics nor kept are touched.  What a recorder calls now and then.
 */
int ns_session_read_meta(struct ns_session *s, struct ns_model *m, struct ns_error *err);

/* How many VMs were seen so far; there is room for NS_MAX_VMS - 1. */
unsigned int ns_session_vms(const struct ns_session *s);

/*
 * Hand all events waiting in the rings to fn, in the order of time; waits timeout_ms (0:
 * not at all) before that, or until an eighth of a ring is full.  Returns the number
 * of events, or negative: what fn returned below 0, -EINTR, or an errno.
 */
typedef int (*ns_event_fn)(void *arg, const struct ns_event *ev);
int ns_session_poll(struct ns_session *s, ns_event_fn fn, void *arg, int timeout_ms);

/*
 * Try everything (no_nv: but the kvm_nv tracepoints) without collecting and
 * fill m->provider and m->host: what `doctor` shows.  Fails only for lack of memory; a session that cannot be had
 * at all is told in err with all providers off.
 */
int ns_session_probe(struct ns_model *m, bool no_nv, struct ns_error *err);

#endif
