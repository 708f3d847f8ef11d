// SPDX-License-Identifier: GPL-2.0-or-later
/* replay.c: the source that is a recording, in the file's own time. */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "recording.h"
#include "source.h"

struct replay {
	struct ns_reader *r;
	struct ns_event ev; /* read, but of a later interval */
	bool have_ev;
	uint64_t pos; /* time up to which events were fed */
	uint64_t end; /* of the recording */
	const struct args *a; /* -e, -p, -c */
	struct ns_ledger_row file[NS_NR_EVENTS]; /* the whole file's */
};

/* What -e leaves out is not there, and not 0. */
static void leave_out(struct ns_model *m, uint64_t events)
{
	unsigned int i;

	for (i = 0; i < NS_NR_EVENTS; i++) {
		if (events >> i & 1)
			continue;
		m->provider[i].state = NS_STATE_OFF;
		snprintf(m->provider[i].note, sizeof(m->provider[i].note), "left out by -e");
	}
}

static int replay_open(struct source *s, const struct args *a, struct ns_error *err)
{
	struct replay *p = calloc(1, sizeof(*p));
	int rc;

	s->private = p;
	if (!p)
		return ns_error(err, -ENOMEM, NS_EXIT_FAIL, "no memory");
	/* once through, for the names, which come late in a file, and the losses */
	rc = ns_recording_load(a->input, &s->total, &s->warning, err);
	if (!rc)
		rc = ns_reader_open(&p->r, a->input, err);
	if (rc)
		return rc;
	s->detail = calloc(1, sizeof(*s->detail));
	if (!s->detail || ns_detail_init(s->detail))
		return ns_error(err, -ENOMEM, NS_EXIT_FAIL, "no memory");
	memcpy(p->file, s->total.ledger, sizeof(p->file));
	leave_out(&s->total, a->events);
	p->a = a;
	p->pos = s->total.start_ns;
	p->end = s->total.end_ns;
	ns_model_clear_counts(&s->total);
	ns_model_free(&s->delta);
	s->total.end_ns = p->pos;
	rc = ns_model_copy(&s->delta, &s->total);
	return rc ? ns_error(err, rc, NS_EXIT_FAIL, "no memory") : 0;
}

/* Is an event among those that -e, -p and -c choose? */
static bool wanted(const struct source *s, const struct args *a, const struct ns_event *ev)
{
	const struct ns_model_vm *vm;

	if (ev->event >= NS_NR_EVENTS || !(a->events >> ev->event & 1))
		return false;
	if (a->vcpu >= 0 && ev->vcpu != a->vcpu)
		return false;
	vm = a->pid ? ns_model_vm(&s->total, ev->vm) : NULL;
	return !a->pid || (vm && vm->key.pid == (uint32_t)a->pid);
}

static int feed(struct source *s, struct replay *p, struct ns_error *err)
{
	int rc = 0;

	if (wanted(s, p->a, &p->ev)) {
		rc = ns_model_add_event(&s->delta, &p->ev);
		if (!rc)
			rc = ns_model_add_event(&s->total, &p->ev);
		if (!rc)
			rc = ns_detail_add(s->detail, &p->ev);
	}
	p->have_ev = false;
	return rc == -ENOMEM ? ns_error(err, rc, NS_EXIT_FAIL, "no memory") : 0;
}

/* What was lost is known for the file, not for each moment of it. */
static void set_ledger(struct source *s, const struct replay *p)
{
	struct ns_ledger_row *l;
	unsigned int i;

	for (i = 0; i < NS_NR_EVENTS; i++) {
		l = &s->total.ledger[i];
		l->ring_full = p->file[i].ring_full;
		l->map_full = p->file[i].map_full;
		l->filtered = p->file[i].filtered;
		l->unattributed = p->file[i].unattributed;
		l->seen = l->kept + l->ring_full + l->map_full + l->filtered + l->unattributed;
	}
}

static int replay_step(struct source *s, uint64_t interval_ns, struct ns_error *err)
{
	struct replay *p = s->private;
	uint64_t until = p->pos + interval_ns;
	int rc = 0;

	ns_model_clear_counts(&s->delta);
	for (;;) {
		if (!p->have_ev) {
			rc = ns_reader_next(p->r, &p->ev, err);
			if (rc <= 0)
				break;
			p->have_ev = true;
			if (!p->pos) { /* the file does not say when it began */
				p->pos = p->ev.ts;
				until = p->pos + interval_ns;
			}
		}
		if (p->ev.ts >= until)
			break;
		rc = feed(s, p, err);
		if (rc)
			return rc;
	}
	if (rc < 0)
		return rc;
	s->ended = !p->have_ev && until >= p->end;
	s->seconds = interval_ns / 1e9;
	s->delta.start_ns = p->pos;
	p->pos = until;
	s->delta.end_ns = s->total.end_ns = p->pos;
	set_ledger(s, p);
	ns_model_sort(&s->delta);
	return 0;
}

/* They are read anyway. */
static void replay_events(struct source *s, bool wanted)
{
	(void)s;
	(void)wanted;
}

static void replay_close(struct source *s)
{
	struct replay *p = s->private;

	if (s->detail)
		ns_detail_free(s->detail);
	free(s->detail);
	s->detail = NULL;
	if (p && p->r)
		ns_reader_close(p->r);
	free(p);
}

const struct source_ops source_replay = { "replay", replay_open, replay_step, replay_events,
					  replay_close };
