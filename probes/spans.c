// SPDX-License-Identifier: GPL-2.0-or-later
/* spans.c: see spans.h. */
#include "spans.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "catalogue.h"
#include "tlbi_flow.h"

#define HELD_MAX 4096 /* slices held on one vCPU */
#define HELD_ALL 65536 /* on all of them together */
#define DEPTH_MAX 16

/*
 * One vCPU; or, as NS_NO_VCPU, what a VM does outside of them, which several
 * threads may do at once: one for each host CPU.
 */
struct lane {
	uint16_t vm, vcpu, cpu;
	enum ns_level level;
	uint64_t done; /* everything before it was given; 0: nothing was yet */
	bool changed; /* the level changes at change_ns, within what is held */
	enum ns_level next;
	uint64_t change_ns;
	uint64_t flow; /* of the unmaps that are held, 0: none by a TLBI */
	struct ns_span *held;
	unsigned int nr, cap;
};

struct ns_spans {
	const struct ns_spans_ops *ops;
	void *arg;
	struct lane *lane;
	unsigned int nr, cap;
	uint32_t *index; /* hash: lane + 1, 0: empty */
	unsigned int held; /* on all lanes */
	struct ns_tlbi_flow flow;
	uint64_t moved, linked, unlinked;
};

#define INDEX_SIZE (2 * NS_SPANS_LANES)

int ns_spans_open(struct ns_spans **out, const struct ns_spans_ops *ops, void *arg)
{
	struct ns_spans *s = calloc(1, sizeof(*s));

	*out = s;
	if (!s)
		return -ENOMEM;
	s->ops = ops;
	s->arg = arg;
	s->index = calloc(INDEX_SIZE, sizeof(*s->index));
	if (s->index)
		return 0;
	ns_spans_close(s);
	*out = NULL;
	return -ENOMEM;
}

void ns_spans_close(struct ns_spans *s)
{
	if (!s)
		return;
	for (unsigned int i = 0; i < s->nr; i++)
		free(s->lane[i].held);
	free(s->lane);
	free(s->index);
	ns_tlbi_flow_free(&s->flow);
	free(s);
}

uint64_t ns_spans_moved(const struct ns_spans *s)
{
	return s->moved;
}

uint64_t ns_spans_linked(const struct ns_spans *s)
{
	return s->linked;
}

uint64_t ns_spans_unlinked(const struct ns_spans *s)
{
	return s->unlinked;
}

/* ---- lanes ---- */

static int lane_new(struct ns_spans *s, uint32_t *slot, const struct lane *key)
{
	unsigned int cap = s->cap ? s->cap * 2 : 16;
	struct lane *p;

	if (s->nr == NS_SPANS_LANES)
		return -E2BIG;
	if (s->nr == s->cap) {
		p = realloc(s->lane, cap * sizeof(*p));
		if (!p)
			return -ENOMEM;
		s->lane = p;
		s->cap = cap;
	}
	s->lane[s->nr] = *key;
	*slot = ++s->nr;
	return 0;
}

static int lane_get(struct ns_spans *s, const struct ns_event *ev, struct lane **out)
{
	const struct lane key = { .vm = ev->vm,
				  .vcpu = ev->vcpu,
				  .cpu = ev->vcpu == NS_NO_VCPU ? ev->cpu : 0 };
	uint64_t who = (uint64_t)key.vm << 32 | (uint32_t)key.vcpu << 16 | key.cpu;
	uint64_t hash = who * 0x9e3779b97f4a7c15ULL;
	unsigned int i = (unsigned int)(hash >> 32) & (INDEX_SIZE - 1);
	const struct lane *l;
	int rc = 0;

	for (;; i = (i + 1) & (INDEX_SIZE - 1)) {
		l = s->index[i] ? &s->lane[s->index[i] - 1] : NULL;
		if (!l || (l->vm == key.vm && l->vcpu == key.vcpu && l->cpu == key.cpu))
			break;
	}
	if (!l)
		rc = lane_new(s, &s->index[i], &key);
	if (!rc)
		*out = &s->lane[s->index[i] - 1];
	return rc;
}

static int hold(struct ns_spans *s, struct lane *l, const struct ns_span *sp)
{
	unsigned int cap = l->cap ? l->cap * 2 : 4;
	struct ns_span *p;

	if (l->nr == l->cap) {
		p = realloc(l->held, cap * sizeof(*p));
		if (!p)
			return -ENOMEM;
		l->held = p;
		l->cap = cap;
	}
	l->held[l->nr++] = *sp;
	s->held++;
	return 0;
}

/* ---- giving it away ---- */

static int give_level(struct ns_spans *s, struct lane *l, uint64_t until)
{
	int rc = 0;

	if (l->level != NS_LEVEL_UNKNOWN && l->done && until > l->done && s->ops->level)
		rc = s->ops->level(s->arg, l->vm, l->vcpu, l->level, l->done, until);
	if (until > l->done)
		l->done = until;
	return rc;
}

/* Go on to until, where L0 begins or nothing more is known. */
static int advance(struct ns_spans *s, struct lane *l, uint64_t until)
{
	int rc = 0;

	if (l->changed && l->change_ns <= until) {
		rc = give_level(s, l, l->change_ns);
		l->level = l->next;
		l->changed = false;
	}
	return rc ? rc : give_level(s, l, until);
}

/* Outer ones first. */
static int by_start(const void *pa, const void *pb)
{
	const struct ns_span *a = pa, *b = pb;

	if (a->start != b->start)
		return a->start < b->start ? -1 : 1;
	if (a->end != b->end)
		return a->end > b->end ? -1 : 1;
	/* of the same length: the one that arrived last is the outer one */
	return a->depth > b->depth ? -1 : 1;
}

struct stack {
	struct ns_span *sp[DEPTH_MAX];
	unsigned int nr;
};

static int pop(struct ns_spans *s, struct stack *st, uint64_t until)
{
	struct ns_span *top;
	int rc = 0;

	while (!rc && st->nr && st->sp[st->nr - 1]->end <= until) {
		top = st->sp[--st->nr];
		rc = s->ops->end ? s->ops->end(s->arg, top) : 0;
	}
	return rc;
}

/* Make a slice lie within the one around it, or after the last one. */
static void fit(struct ns_spans *s, const struct lane *l, const struct stack *st,
		struct ns_span *sp)
{
	uint64_t start = sp->start, end = sp->end;
	uint64_t least = st->nr ? st->sp[st->nr - 1]->start : l->done;

	if (st->nr && sp->end > st->sp[st->nr - 1]->end)
		sp->end = st->sp[st->nr - 1]->end;
	if (sp->start < least)
		sp->start = least;
	if (sp->end < sp->start)
		sp->end = sp->start;
	s->moved += sp->start != start || sp->end != end;
}

static int give_span(struct ns_spans *s, struct lane *l, struct stack *st, struct ns_span *sp)
{
	int rc = pop(s, st, sp->start);

	if (rc)
		return rc;
	if (st->nr == DEPTH_MAX) {
		/* deeper than anything L0 does: end what is around it here */
		rc = pop(s, st, ~0ULL);
		if (rc)
			return rc;
	}
	fit(s, l, st, sp);
	if (!st->nr) {
		rc = advance(s, l, sp->start);
		l->done = sp->end > l->done ? sp->end : l->done;
	}
	if (rc)
		return rc;
	sp->level = l->level;
	sp->depth = st->nr;
	sp->parent = st->nr ? st->sp[st->nr - 1] : NULL;
	if (!st->nr)
		l->flow = 0;
	else if (sp->ev.event == NS_EV_S2_UNMAP)
		sp->flow = 0; /* it is the TLBI's, which is around it */
	st->sp[st->nr++] = sp;
	return s->ops->begin ? s->ops->begin(s->arg, sp) : 0;
}

/* Give all that is held; L0 left the level change behind it. */
static int flush(struct ns_spans *s, struct lane *l)
{
	struct stack st = { .nr = 0 };
	int rc = 0;

	/* arrival breaks ties */
	for (unsigned int i = 0; i < l->nr; i++)
		l->held[i].depth = i;
	if (l->nr)
		qsort(l->held, l->nr, sizeof(*l->held), by_start);
	for (unsigned int i = 0; !rc && i < l->nr; i++)
		rc = give_span(s, l, &st, &l->held[i]);
	if (!rc)
		rc = pop(s, &st, ~0ULL);
	s->held -= l->nr;
	l->nr = 0;
	if (!rc && l->changed)
		rc = advance(s, l, l->change_ns > l->done ? l->change_ns : l->done);
	return rc;
}

/* ---- taking it in ---- */

/* Does this event only happen within others, or on its own? */
static bool may_be_inner(unsigned int event)
{
	return event == NS_EV_S2_UNMAP || event == NS_EV_S2_WP || event == NS_EV_S2_WALK ||
	       event == NS_EV_MMIO_ABORT;
}

/* What an event tells of who runs after it. */
static enum ns_level level_after(const struct ns_event *ev)
{
	if (ev->event == NS_EV_EL2_EXC)
		return NS_LEVEL_L1;
	if (ev->event == NS_EV_EL2_ERET)
		return ev->dim == NS_WHO_L2 ? NS_LEVEL_L2 : NS_LEVEL_L1;
	return NS_LEVEL_UNKNOWN;
}

/* What it tells of who ran before it. */
static enum ns_level level_before(const struct ns_event *ev)
{
	switch (ev->event) {
	case NS_EV_S2_FAULT:
		return NS_LEVEL_L2;
	case NS_EV_S2_TLBI:
	case NS_EV_AT_OP:
	case NS_EV_EL2_ERET:
		return NS_LEVEL_L1;
	default:
		return NS_LEVEL_UNKNOWN;
	}
}

static int change(struct ns_spans *s, struct lane *l, const struct ns_event *ev,
		  enum ns_level level)
{
	int rc = 0;

	/* no slice has two changes in it, so all before the first one is complete */
	if (l->changed)
		rc = flush(s, l);
	l->changed = true;
	l->next = level;
	l->change_ns = ev->ts;
	return rc;
}

static int untimed(struct ns_spans *s, struct lane *l, const struct ns_event *ev)
{
	enum ns_level level = l->vcpu == NS_NO_VCPU ? NS_LEVEL_UNKNOWN : level_after(ev);
	int rc = s->ops->instant ? s->ops->instant(s->arg, ev) : 0;

	return rc || level == NS_LEVEL_UNKNOWN ? rc : change(s, l, ev, level);
}

static int link_tlbi(struct ns_spans *s, struct lane *l, uint64_t id, struct ns_span *sp)
{
	int rc;

	if (sp->ev.event == NS_EV_S2_TLBI) {
		sp->flow = l->flow;
		l->flow = 0;
	} else if (sp->ev.event == NS_EV_S2_UNMAP) {
		rc = ns_tlbi_flow_unmap(&s->flow, &sp->ev, l->flow ? l->flow : id);
		if (rc <= 0)
			return rc;
		if (!l->flow)
			l->flow = id;
		sp->flow = l->flow;
	} else if (ns_tlbi_flow_is_refault(&sp->ev)) {
		sp->flow = ns_tlbi_flow_of(&s->flow, &sp->ev, sp->start);
		if (sp->flow)
			s->linked++;
		else
			s->unlinked++;
	}
	return 0;
}

static int timed(struct ns_spans *s, struct lane *l, uint64_t id, const struct ns_event *ev)
{
	struct ns_span sp = { .end = ev->ts, .ev = *ev };
	uint64_t dur = ev->nr_fields && ev->field[0] != NS_UNAVAILABLE ? ev->field[0] : 0;
	int rc;

	sp.start = dur < ev->ts ? ev->ts - dur : 0;
	if (l->vcpu != NS_NO_VCPU && l->level == NS_LEVEL_UNKNOWN && !l->changed)
		l->level = level_before(ev);
	rc = link_tlbi(s, l, id, &sp);
	if (!rc)
		rc = hold(s, l, &sp);
	if (rc || (may_be_inner(ev->event) && l->nr < HELD_MAX && s->held < HELD_ALL))
		return rc;
	return flush(s, l);
}

int ns_spans_feed(struct ns_spans *s, uint64_t id, const struct ns_event *ev)
{
	struct lane *l;
	int rc;

	if (ev->event >= NS_NR_EVENTS)
		return 0;
	rc = lane_get(s, ev, &l);
	if (rc)
		return rc;
	return ns_events[ev->event].timed ? timed(s, l, id, ev) : untimed(s, l, ev);
}

int ns_spans_finish(struct ns_spans *s, uint64_t end_ns)
{
	int rc = 0;

	for (unsigned int i = 0; !rc && i < s->nr; i++) {
		rc = flush(s, &s->lane[i]);
		if (!rc)
			rc = advance(s, &s->lane[i], end_ns);
	}
	return rc;
}
