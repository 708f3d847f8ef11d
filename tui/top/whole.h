/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * whole.h: whole events of a live session.  Counting needs no ring; this opens
 * a second session with one, while a screen that needs events is open.  What
 * it learns about causes begins when it is opened.
 */
#ifndef NESTSCOPE_WHOLE_H
#define NESTSCOPE_WHOLE_H

#include "cmd.h"
#include "detail.h"
#include "session.h"

struct whole;

/* counts: the session whose ids of VMs and contexts the events shall carry. */
int whole_open(struct whole **out, const struct args *a, struct ns_session *counts,
	       struct ns_error *err);
/* Take what is in the ring into d, within a bounded time.  0 or -errno. */
int whole_drain(struct whole *w, struct ns_detail *d);
/* Events that did not fit into the ring, and are in no screen of events. */
uint64_t whole_lost(const struct whole *w);
void whole_close(struct whole *w);

#endif
