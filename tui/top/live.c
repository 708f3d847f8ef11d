// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * live.c: the source that is a session: counts kept in the kernel, whole events
 * while somebody looks, and the intervals that are over.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "run.h"
#include "source.h"
#include "timeline.h"

#define LINGER_NS 30000000000ULL /* whole events go on for so long after the last look */
#define DRAIN_MAX 200000 /* events at once: the screen has to be drawn, too */

struct live {
	struct ns_session *session;
	struct ns_model now, delta; /* up to now, and of the last interval */
	struct timeline timeline;
	bool held; /* an interval is held: s->total and s->delta are these: */
	struct ns_model past_total, past_delta;

	uint64_t looked_ns; /* when whole events were wanted last */
	uint64_t missed; /* events that the ring had no room for, before detail began */
	unsigned int drained; /* events, since ns_session_poll was called */
};

static int live_open(struct source *s, const struct args *a, struct ns_error *err)
{
	struct ns_session_opts o = session_opts(a, NS_MODE_COUNT | NS_MODE_RECORD |
							   NS_MODE_SWITCH);
	struct live *l = calloc(1, sizeof(*l));
	int rc;

	s->private = l;
	if (!l)
		return ns_error(err, -ENOMEM, NS_EXIT_FAIL, "no memory");
	s->total = &l->now;
	s->delta = s->newest = &l->delta;
	kvm_wait(a);
	rc = ns_session_open(&l->session, &o, err);
	if (rc)
		return rc;
	ns_session_start(l->session);
	rc = ns_session_read(l->session, &l->now, err);
	s->since_ns = l->now.start_ns;
	ns_model_sort(&l->now);
	return rc;
}

static void show_newest(struct source *s)
{
	struct live *l = s->private;

	s->total = &l->now;
	s->delta = &l->delta;
	s->seconds = s->newest_seconds;
	s->back = 0;
}

static int live_step(struct source *s, uint64_t interval_ns, struct ns_error *err)
{
	struct live *l = s->private;
	struct ns_model now;
	int rc;

	(void)interval_ns; /* the clock decides, not what was intended */
	if (!ns_have_kvm())
		return ns_error(err, -ENODEV, NS_EXIT_SYSTEM,
				"KVM was unloaded: the observation ends; --wait waits for it to "
				"come back");
	ns_model_init(&now);
	rc = ns_session_read(l->session, &now, err);
	if (rc) {
		ns_model_free(&now);
		return rc;
	}
	ns_model_sort(&now);
	memcpy(now.marks, l->now.marks, sizeof(now.marks));
	now.nr_marks = l->now.nr_marks;
	s->detail_lost = s->detail ? ns_session_missed(l->session) - l->missed : 0;
	ns_model_free(&l->delta);
	rc = ns_model_diff(&l->delta, &now, &l->now);
	s->newest_seconds = now.end_ns > l->now.end_ns ? (now.end_ns - l->now.end_ns) / 1e9 : 0;
	ns_model_free(&l->now);
	l->now = now;
	if (!rc)
		rc = timeline_add(&l->timeline, &l->delta, s->newest_seconds);
	if (rc)
		return ns_error(err, rc, NS_EXIT_FAIL, "%s", strerror(-rc));
	if (l->held)
		s->back++;
	else
		show_newest(s);
	return 0;
}

/* ---- whole events ---- */

static void stop_events(struct source *s, const char *why)
{
	struct live *l = s->private;
	struct ns_error err = { 0 };

	if (l->session)
		ns_session_whole(l->session, false, &err);
	if (s->detail)
		ns_detail_free(s->detail);
	free(s->detail);
	s->detail = NULL;
	s->detail_lost = 0;
	snprintf(s->detail_why, sizeof(s->detail_why), "%s", why);
}

static void start_events(struct source *s)
{
	struct live *l = s->private;
	struct ns_error err = { 0 };

	s->detail = calloc(1, sizeof(*s->detail));
	if (!s->detail || ns_detail_init(s->detail))
		stop_events(s, "no memory");
	else if (ns_session_whole(l->session, true, &err))
		stop_events(s, err.msg);
	l->missed = ns_session_missed(l->session);
}

static int on_event(void *arg, const struct ns_event *ev)
{
	struct source *s = arg;
	struct live *l = s->private;
	int rc = ns_detail_add(s->detail, ev);

	if (rc)
		return rc;
	return ++l->drained < DRAIN_MAX ? 0 : -EAGAIN;
}

/* Take what is in the ring, within a bounded time. */
static int drain(struct source *s)
{
	struct live *l = s->private;
	int rc;

	l->drained = 0;
	rc = ns_session_poll(l->session, on_event, s, 0);
	return rc < 0 && rc != -EAGAIN && rc != -EINTR ? rc : 0;
}

/* ---- an interval that is over ---- */

static int show_past(struct source *s, unsigned int back)
{
	struct live *l = s->private;
	int rc;

	ns_model_free(&l->past_total);
	ns_model_free(&l->past_delta);
	rc = timeline_show(&l->timeline, back, &l->now, &l->past_total, &l->past_delta);
	s->total = &l->past_total;
	s->delta = &l->past_delta;
	s->seconds = timeline_seconds(&l->timeline, back);
	s->back = back;
	return rc;
}

static void live_follow(struct source *s)
{
	struct live *l = s->private;
	struct ns_error err = { 0 };

	if (l->held && s->detail && ns_session_whole(l->session, true, &err))
		stop_events(s, err.msg);
	l->held = false;
	l->looked_ns = ns_now();
	ns_model_free(&l->past_total);
	ns_model_free(&l->past_delta);
	show_newest(s);
}

static int live_go(struct source *s, int intervals, uint64_t interval_ns, struct ns_error *err)
{
	struct live *l = s->private;
	int back = (int)s->back - intervals;

	(void)interval_ns;
	if (!l->timeline.have)
		return ns_error(err, -ENOENT, NS_EXIT_FAIL, "no interval is over yet");
	if (back >= (int)l->timeline.have)
		back = (int)l->timeline.have - 1;
	if (back < 0)
		back = 0;
	if (!l->held && s->detail) { /* what is there stays, and nothing pushes it out */
		drain(s);
		ns_session_whole(l->session, false, err);
	}
	l->held = true;
	if (!show_past(s, (unsigned int)back))
		return 0;
	live_follow(s);
	return ns_error(err, -ENOMEM, NS_EXIT_FAIL, "no memory");
}

static int live_mark(struct source *s, const char *text)
{
	struct live *l = s->private;
	uint64_t ts = l->held ? l->past_total.end_ns : ns_now();
	int rc = ns_model_add_mark(&l->now, ts, text);

	if (!rc && l->held)
		rc = ns_model_add_mark(&l->past_total, ts, text);
	return rc;
}

/* The intervals around the one that is shown, as many as there is room for. */
static void live_strip(const struct source *s, struct strip *p, unsigned int n)
{
	const struct live *l = s->private;
	const struct timeline *t = &l->timeline;
	unsigned int first; /* age of the first column's interval */

	p->nr = n < t->have ? n : t->have;
	if (!p->nr)
		return;
	/* the newest on the right, unless the cursor would be outside */
	first = s->back < p->nr ? p->nr - 1 : s->back;
	p->cursor = first - s->back;
	p->from_s = (timeline_start(t, first) - l->now.start_ns) / 1e9;
	p->to_s = (timeline_end(t, first - (p->nr - 1)) - l->now.start_ns) / 1e9;
	for (unsigned int i = 0; i < p->nr; i++) {
		p->value[i] = timeline_rate(t, first - i);
		strip_mark(p, i, &l->now, timeline_start(t, first - i), timeline_end(t, first - i));
	}
}

static void live_events(struct source *s, bool wanted)
{
	struct live *l = s->private;
	int rc;

	if (l->held) /* the events of a moment that is over stand still, too */
		return;
	if (wanted) {
		l->looked_ns = ns_now();
		if (!s->detail && !*s->detail_why)
			start_events(s);
	}
	if (!s->detail)
		return;
	rc = drain(s);
	if (rc)
		stop_events(s, strerror(-rc));
	else if (ns_now() - l->looked_ns > LINGER_NS)
		stop_events(s, "");
}

/*
 * Each of some fifty programs that is taken off waits for all CPUs to have left
 * it, on some kernels for seconds in all.  Nobody at a terminal has to wait for that:
 * a process that only holds them open lets go of them once this one is gone.
 */
static void let_go(struct ns_session *session)
{
	int gone[2], null;
	pid_t pid;
	char c;

	ns_session_stop(session);
	if (!isatty(STDOUT_FILENO) || pipe2(gone, O_CLOEXEC))
		return;
	pid = fork();
	if (pid) {
		close(gone[0]); /* the other end closes when we are gone */
		return;
	}
	setsid();
	null = open("/dev/null", O_RDWR);
	for (int fd = 0; fd <= 2; fd++)
		dup2(null, fd);
	close(gone[1]);
	while (read(gone[0], &c, 1) < 0 && errno == EINTR)
		;
	_exit(0);
}

static void live_close(struct source *s)
{
	struct live *l = s->private;

	if (!l)
		return;
	stop_events(s, "");
	if (l->session)
		let_go(l->session);
	ns_session_close(l->session);
	timeline_free(&l->timeline);
	ns_model_free(&l->now);
	ns_model_free(&l->delta);
	ns_model_free(&l->past_total);
	ns_model_free(&l->past_delta);
	free(l);
}

const struct source_ops source_live = {
	.name = "live",
	.live = true,
	.open = live_open,
	.step = live_step,
	.go = live_go,
	.follow = live_follow,
	.mark = live_mark,
	.strip = live_strip,
	.events = live_events,
	.close = live_close,
};
