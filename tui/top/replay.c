// SPDX-License-Identifier: GPL-2.0-or-later
/* replay.c: the source that is a recording, in the file's own time. */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "recording.h"
#include "source.h"

/*
 * Counts after going to a time are of everything before it while that is no
 * more than so many events, which takes a moment; else they begin there.
 */
#define RECOUNT_MAX 500000

struct replay {
	struct ns_model total, delta;
	struct ns_reader *r;
	struct ns_chunks chunks;
	struct ns_event ev; /* read, but of a later interval */
	bool have_ev;
	uint64_t start, pos, end; /* of the recording; up to which events were fed */
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

/* VMs, contexts, host, providers and ledger, which come late in a file, but no event. */
static int take_names(struct source *s, struct replay *p, struct ns_error *err)
{
	const struct ns_model *meta = ns_reader_meta(p->r);
	const char *warning = ns_reader_warning(p->r);

	if (warning)
		s->warning = strdup(warning);
	ns_model_free(&p->total);
	ns_model_free(&p->delta);
	if (ns_model_copy(&p->total, meta) || ns_model_copy(&p->delta, meta) ||
	    (warning && !s->warning))
		return ns_error(err, -ENOMEM, NS_EXIT_FAIL, "no memory");
	memcpy(p->file, meta->ledger, sizeof(p->file));
	ns_model_clear_counts(&p->total);
	ns_model_clear_counts(&p->delta);
	/* the file does not always say when it began */
	p->start = meta->start_ns ? meta->start_ns : p->chunks.nr ? p->chunks.chunk[0].first_ns : 0;
	p->end = meta->end_ns;
	p->pos = p->total.end_ns = s->since_ns = p->total.start_ns = p->start;
	return 0;
}

static int replay_open(struct source *s, const struct args *a, struct ns_error *err)
{
	struct replay *p = calloc(1, sizeof(*p));
	int rc;

	s->private = p;
	if (!p)
		return ns_error(err, -ENOMEM, NS_EXIT_FAIL, "no memory");
	p->a = a;
	s->total = &p->total;
	s->delta = s->newest = &p->delta;
	rc = ns_reader_open(&p->r, a->input, err);
	if (!rc)
		rc = ns_reader_skim(p->r, &p->chunks, err);
	if (!rc)
		rc = take_names(s, p, err);
	if (rc)
		return rc;
	leave_out(&p->total, a->events);
	s->detail = calloc(1, sizeof(*s->detail));
	if (!s->detail || ns_detail_init(s->detail))
		return ns_error(err, -ENOMEM, NS_EXIT_FAIL, "no memory");
	if (p->chunks.nr)
		ns_reader_seek(p->r, &p->chunks.chunk[0]);
	return 0;
}

/* Is an event among those that -e, -p and -c choose? */
static bool wanted(const struct source *s, const struct args *a, const struct ns_event *ev)
{
	return ev->event < NS_NR_EVENTS && a->events >> ev->event & 1 &&
	       ns_model_selects(s->total, a->pid, a->vcpu, ev);
}

/* The event that was read into the counts; in_delta: it is of the interval. */
static int feed(struct source *s, struct replay *p, bool in_delta, struct ns_error *err)
{
	int rc = 0;

	if (wanted(s, p->a, &p->ev)) {
		if (in_delta)
			rc = ns_model_add_event(&p->delta, &p->ev);
		if (!rc)
			rc = ns_model_add_event(&p->total, &p->ev);
		if (!rc)
			rc = ns_detail_add(s->detail, &p->ev);
	}
	return rc == -ENOMEM ? ns_error(err, rc, NS_EXIT_FAIL, "no memory") : 0;
}

/* What was lost is known for the file, not for each moment of it. */
static void set_ledger(struct replay *p)
{
	for (unsigned int i = 0; i < NS_NR_EVENTS; i++)
		ns_ledger_take(&p->total.ledger[i], &p->file[i]);
}

/* Read on to a time: what comes before it is counted, or skipped. 0 or -errno. */
static int read_to(struct source *s, uint64_t until, bool count, bool in_delta,
		   struct ns_error *err)
{
	struct replay *p = s->private;
	int rc = 0;

	for (;;) {
		if (!p->have_ev) {
			rc = ns_reader_next(p->r, &p->ev, err);
			if (rc <= 0)
				return rc;
			p->have_ev = true;
		}
		if (p->ev.ts >= until)
			return 0;
		rc = count ? feed(s, p, in_delta, err) : 0;
		if (rc)
			return rc;
		p->have_ev = false;
	}
}

/* A warning that only reading the events brought up. */
static void late_warning(struct source *s, const struct replay *p)
{
	const char *w = ns_reader_warning(p->r);

	if (w && !s->warning)
		s->warning = strdup(w);
}

static int replay_step(struct source *s, uint64_t interval_ns, struct ns_error *err)
{
	struct replay *p = s->private;
	uint64_t until = p->pos + interval_ns;
	bool last = until >= p->end;
	int rc;

	ns_model_clear_counts(&p->delta);
	/* times are not strictly in order: the last interval has all that is left */
	rc = read_to(s, last ? UINT64_MAX : until, true, true, err);
	if (rc)
		return rc;
	s->ended = last;
	if (last) {
		until = p->end > p->pos ? p->end : until;
		late_warning(s, p);
	}
	s->seconds = s->newest_seconds = (until - p->pos) / 1e9;
	p->delta.start_ns = p->pos;
	p->pos = until;
	p->delta.end_ns = p->total.end_ns = p->pos;
	set_ledger(p);
	ns_model_sort(&p->delta);
	ns_model_sort(&p->total);
	return 0;
}

/* The chunk to begin with to get to a time: the first, or the one it is in. */
static unsigned int chunk_before(const struct replay *p, uint64_t ts)
{
	uint64_t events = 0;
	unsigned int i;

	for (i = 0; i + 1 < p->chunks.nr && p->chunks.chunk[i].last_ns < ts; i++)
		events += p->chunks.chunk[i].events;
	return events <= RECOUNT_MAX ? 0 : i;
}

/* Let the next step begin at this time. */
static int seek(struct source *s, uint64_t ts, struct ns_error *err)
{
	struct replay *p = s->private;
	unsigned int i;

	if (ts > p->end)
		ts = p->end;
	if (ts < p->start || !p->chunks.nr)
		ts = p->start;
	i = chunk_before(p, ts);
	ns_model_clear_counts(&p->total);
	ns_model_clear_counts(&p->delta);
	if (ns_detail_clear(s->detail))
		return ns_error(err, -ENOMEM, NS_EXIT_FAIL, "no memory");
	p->have_ev = s->ended = false;
	if (p->chunks.nr)
		ns_reader_seek(p->r, &p->chunks.chunk[i]);
	s->since_ns = i ? ts : p->start;
	p->pos = p->total.end_ns = ts;
	return p->chunks.nr ? read_to(s, ts, !i, false, err) : 0;
}

static int replay_go(struct source *s, int intervals, uint64_t interval_ns, struct ns_error *err)
{
	struct replay *p = s->private;
	int64_t to = (int64_t)p->pos + (intervals - 1) * (int64_t)interval_ns;
	int64_t last = (int64_t)(p->end - interval_ns);
	int rc;

	if (intervals == 1) /* the next one needs no going anywhere */
		return s->ended ? 0 : replay_step(s, interval_ns, err);
	if (to > last)
		to = last;
	rc = seek(s, to > 0 ? (uint64_t)to : 0, err);
	return rc ? rc : replay_step(s, interval_ns, err);
}

/* It goes on from where it is. */
static void replay_follow(struct source *s)
{
	(void)s;
}

static int replay_mark(struct source *s, const char *text)
{
	struct replay *p = s->private;

	return ns_model_add_mark(&p->total, p->pos, text);
}

/* A chunk's events into the columns, as if they had come evenly over its time. */
static void spread(struct strip *out, const struct ns_chunk *k, uint64_t start, double width)
{
	double from = (k->first_ns - start) / width, to = (k->last_ns - start) / width;
	double low, high;

	for (unsigned int i = (unsigned int)from; i < out->nr && i <= to; i++) {
		low = from > i ? from : i;
		high = to < i + 1.0 ? to : i + 1.0;
		out->value[i] += to > from ? k->events * (high - low) / (to - from) : k->events;
	}
}

/* The whole file; how much happened when is told by the chunks' times. */
static void replay_strip(const struct source *s, struct strip *out, unsigned int n)
{
	const struct replay *p = s->private;
	double width = (p->end - p->start) / (double)n;
	const struct ns_chunk *k;

	if (p->end <= p->start)
		return;
	out->nr = n;
	/* what is shown ends at pos: the column before it, when pos is between two */
	out->cursor = p->pos > p->start ? (unsigned int)((p->pos - p->start - 1) / width) : 0;
	if (out->cursor >= n)
		out->cursor = n - 1;
	out->to_s = (p->end - p->start) / 1e9;
	for (k = p->chunks.chunk; k < p->chunks.chunk + p->chunks.nr; k++)
		if (k->first_ns >= p->start && k->first_ns <= k->last_ns)
			spread(out, k, p->start, width);
	for (unsigned int i = 0; i < n; i++) {
		out->value[i] *= 1e9 / width;
		strip_mark(out, i, &p->total, p->start + (uint64_t)(i * width),
			   p->start + (uint64_t)((i + 1) * width));
	}
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
	if (p) {
		ns_chunks_free(&p->chunks);
		ns_model_free(&p->total);
		ns_model_free(&p->delta);
	}
	free(p);
}

const struct source_ops source_replay = {
	.name = "replay",
	.open = replay_open,
	.step = replay_step,
	.go = replay_go,
	.follow = replay_follow,
	.mark = replay_mark,
	.strip = replay_strip,
	.events = replay_events,
	.close = replay_close,
};
