// SPDX-License-Identifier: GPL-2.0-or-later
/* live.c: the source that is a session: counts kept in the kernel. */
#include <errno.h>
#include <string.h>

#include "run.h"
#include "source.h"

static int live_open(struct source *s, const struct args *a, struct ns_error *err)
{
	struct ns_session_opts o = session_opts(a, NS_MODE_COUNT);
	struct ns_session *session;
	int rc;

	rc = ns_session_open(&session, &o, err);
	if (rc)
		return rc;
	s->private = session;
	ns_session_start(session);
	rc = ns_session_read(session, &s->total, err);
	ns_model_sort(&s->total);
	return rc;
}

static int live_step(struct source *s, uint64_t interval_ns, struct ns_error *err)
{
	struct ns_model now;
	int rc;

	(void)interval_ns; /* the clock decides, not what was intended */
	ns_model_init(&now);
	rc = ns_session_read(s->private, &now, err);
	if (rc) {
		ns_model_free(&now);
		return rc;
	}
	ns_model_sort(&now);
	ns_model_free(&s->delta);
	rc = ns_model_diff(&s->delta, &now, &s->total);
	s->seconds = now.end_ns > s->total.end_ns ? (now.end_ns - s->total.end_ns) / 1e9 : 0;
	ns_model_free(&s->total);
	s->total = now;
	if (rc)
		return ns_error(err, rc, NS_EXIT_FAIL, "%s", strerror(-rc));
	return 0;
}

static void live_close(struct source *s)
{
	if (s->private)
		ns_session_close(s->private);
}

const struct source_ops source_live = { "live", live_open, live_step, live_close };
