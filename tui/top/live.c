// SPDX-License-Identifier: GPL-2.0-or-later
/* live.c: the source that is a session: counts kept in the kernel. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run.h"
#include "source.h"

#define LINGER_NS 30000000000ULL /* whole events go on for so long after the last look */
#define DRAIN_MAX 200000 /* events at once: the screen has to be drawn, too */

struct live {
	struct ns_session *session;
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
	rc = ns_session_open(&l->session, &o, err);
	if (rc)
		return rc;
	ns_session_start(l->session);
	rc = ns_session_read(l->session, &s->total, err);
	s->since_ns = s->total.start_ns;
	ns_model_sort(&s->total);
	return rc;
}

static int live_step(struct source *s, uint64_t interval_ns, struct ns_error *err)
{
	struct live *l = s->private;
	struct ns_model now;
	int rc;

	(void)interval_ns; /* the clock decides, not what was intended */
	ns_model_init(&now);
	rc = ns_session_read(l->session, &now, err);
	if (rc) {
		ns_model_free(&now);
		return rc;
	}
	ns_model_sort(&now);
	s->detail_lost = s->detail ? ns_session_missed(l->session) - l->missed : 0;
	ns_model_free(&s->delta);
	rc = ns_model_diff(&s->delta, &now, &s->total);
	s->seconds = now.end_ns > s->total.end_ns ? (now.end_ns - s->total.end_ns) / 1e9 : 0;
	ns_model_free(&s->total);
	s->total = now;
	if (rc)
		return ns_error(err, rc, NS_EXIT_FAIL, "%s", strerror(-rc));
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

static void live_events(struct source *s, bool wanted)
{
	struct live *l = s->private;
	int rc;

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

static void live_close(struct source *s)
{
	struct live *l = s->private;

	if (!l)
		return;
	stop_events(s, "");
	if (l->session)
		ns_session_close(l->session);
	free(l);
}

const struct source_ops source_live = { "live", live_open, live_step, NULL, live_events, live_close };
