// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * feed_live.c: a session.  Counts stay in the kernel until somebody asks; of whole
 * events only the slow ones come up the ring, as candidates for exemplars.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "catalogue.h"
#include "feed.h"
#include "run.h"

#define VMS_MANY (NS_MAX_VMS - 16) /* seen so far: time to begin anew, when most have ended */
#define ENDED_SHOWN_NS 300000000000ULL /* a VM's last counts are shown for so long */

/*
 * How long an event must take to come up the ring.  Few do: the bound is halved while
 * none comes, and when too many come it is raised, and left there for a while.
 */
struct gate {
	uint64_t min_ns;
	unsigned int came; /* since the last tick */
	unsigned int rest; /* ticks for which it is not lowered */
};
#define GATE_FIRST_NS 1000000
#define GATE_MANY 500 /* in a tick */
#define GATE_REST 60 /* ticks */
#define RING_BYTES (256 << 10)

struct live {
	struct ns_session *session;
	struct gate gate[NS_NR_EVENTS];
	uint64_t ended_ns[NS_MAX_VMS]; /* when its end was noticed, 0: it lives */
};

static void set_gate(struct live *l, unsigned int event, uint64_t min_ns)
{
	l->gate[event].min_ns = min_ns;
	ns_session_whole_min(l->session, event, min_ns);
}

/* Whole events begin, or end at once for what takes no time. */
static int watch_slow(struct live *l, struct ns_error *err)
{
	for (unsigned int i = 0; i < NS_NR_EVENTS; i++)
		set_gate(l, i, ns_events[i].timed ? GATE_FIRST_NS : UINT64_MAX);
	return ns_session_whole(l->session, true, err);
}

static int live_open(struct feed *f, struct ns_error *err)
{
	struct ns_session_opts o = session_opts(f->a, NS_MODE_COUNT | NS_MODE_RECORD |
							      NS_MODE_SWITCH);
	struct live *l = calloc(1, sizeof(*l));
	int rc;

	f->private = l;
	if (!l)
		return ns_error(err, -ENOMEM, NS_EXIT_FAIL, "no memory");
	o.bare = true;
	o.ring_bytes = RING_BYTES;
	kvm_wait(f->a);
	rc = ns_session_open(&l->session, &o, err);
	if (!rc)
		rc = watch_slow(l, err);
	if (!rc)
		ns_session_start(l->session);
	return rc;
}

/* VMs come and go for weeks: what ended is not told for ever. */
static void hide_ended(struct feed *f, struct live *l)
{
	uint64_t now = ns_now();

	for (unsigned int i = 0; i < f->m.nr_vms; i++) {
		const struct ns_model_vm *vm = &f->m.vms[i];

		if (vm->id >= NS_MAX_VMS)
			continue;
		if (!vm->ended)
			l->ended_ns[vm->id] = 0;
		else if (!l->ended_ns[vm->id])
			l->ended_ns[vm->id] = now;
		f->hidden[vm->id] = l->ended_ns[vm->id] &&
				    now - l->ended_ns[vm->id] > ENDED_SHOWN_NS;
	}
}

static int live_read(struct feed *f, struct ns_error *err)
{
	struct live *l = f->private;
	int rc = ns_session_read(l->session, &f->m, err);

	if (rc)
		return rc;
	/* anew each time: a clock that is set does not stay wrong for ever */
	f->exemplars.real_ns = f->m.host.start_realtime_ns - (int64_t)f->m.start_ns;
	hide_ended(f, l);
	return 0;
}

static int on_event(void *arg, const struct ns_event *ev)
{
	struct feed *f = arg;
	struct live *l = f->private;

	if (ev->event < NS_NR_EVENTS)
		l->gate[ev->event].came++;
	ns_exemplars_add(&f->exemplars, ev, 0);
	return 0;
}

static void adjust(struct live *l, unsigned int event)
{
	struct gate *g = &l->gate[event];

	if (g->came > GATE_MANY) {
		set_gate(l, event, g->min_ns < 16 ? 64 : g->min_ns * 4);
		g->rest = GATE_REST;
	} else if (g->rest) {
		g->rest--;
	} else if (!g->came && g->min_ns) {
		set_gate(l, event, g->min_ns / 2);
	}
	g->came = 0;
}

/* VMs are numbered in the order they come, and there are only so many numbers. */
static void check_room(struct feed *f, struct live *l)
{
	unsigned int ended = 0;

	if (ns_session_vms(l->session) < VMS_MANY)
		return;
	feed_update(f, 0);
	for (unsigned int i = 0; i < f->m.nr_vms; i++)
		ended += f->m.vms[i].ended;
	f->full = ended > f->m.nr_vms / 2;
}

static void live_tick(struct feed *f)
{
	struct live *l = f->private;

	check_room(f, l);
	ns_session_poll(l->session, on_event, f, 0);
	for (unsigned int i = 0; i < NS_NR_EVENTS; i++)
		if (ns_events[i].timed)
			adjust(l, i);
}

static void live_close(struct feed *f)
{
	struct live *l = f->private;

	if (l)
		ns_session_close(l->session);
	free(l);
}

const struct feed_ops feed_live = {
	.open = live_open,
	.read = live_read,
	.tick = live_tick,
	.close = live_close,
};
