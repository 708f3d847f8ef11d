// SPDX-License-Identifier: GPL-2.0-or-later
/* cmd_record.c: `nestscope record`: every event to a file. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "catalogue.h"
#include "recording.h"
#include "run.h"

#define POLL_MS 200
#define FLUSH_NS 1000000000ULL /* what kill -9 may cost */

static const struct opt opts[] = {
	OPTS_FILTER,
	OPTS_DURATION,
	{ 'o', "output", "FILE", OPT_STRING, ARG(output), "file to write (default nestscope.nsr)" },
	{ 'm', "ring", "SIZE", OPT_SIZE, ARG(ring_bytes),
	  "size of the kernel's ring, 64M; larger when events are lost" },
	{ 0, "sample", "N", OPT_NUMBER, ARG(sample), "only one of N, of each event on each CPU" },
	OPTS_END
};

struct recorder {
	const char *path;
	struct ns_session *s;
	struct ns_writer *w;
	struct ns_model meta;
	struct ns_error err;
	bool progress; /* a line on stderr */
};

static int on_event(void *arg, const struct ns_event *ev)
{
	struct recorder *r = arg;

	r->meta.ledger[ev->event].kept++;
	return ns_writer_event(r->w, ev, &r->err);
}

static void show_progress(const struct recorder *r)
{
	struct ns_ledger_row l = ns_model_ledger(&r->meta);
	char n[32];

	fprintf(stderr, "\r%s events, %.1f MB, lost %llu\033[K",
		ns_count_format(ns_writer_events(r->w), n, sizeof(n)), ns_writer_bytes(r->w) / 1e6,
		(unsigned long long)ns_ledger_lost(&l));
}

static int flush(struct recorder *r)
{
	int rc = ns_session_read_meta(r->s, &r->meta, &r->err);

	if (!rc)
		rc = ns_writer_flush(r->w, &r->meta, &r->err);
	if (!rc && r->progress)
		show_progress(r);
	return rc;
}

static int poll_events(struct recorder *r, int timeout_ms)
{
	int n = ns_session_poll(r->s, on_event, r, timeout_ms);

	if (n == -EINTR)
		return 0;
	if (n < 0 && !*r->err.msg)
		ns_error(&r->err, n, NS_EXIT_FAIL, "reading the ring: %s", strerror(-n));
	return n;
}

static int collect(struct recorder *r, struct run *run)
{
	uint64_t next = now_ns() + FLUSH_NS;
	int rc = 0;

	while (rc >= 0 && !run_over(run)) {
		rc = poll_events(r, POLL_MS);
		if (rc < 0 || now_ns() < next)
			continue;
		next = now_ns() + FLUSH_NS;
		rc = flush(r);
	}
	ns_session_stop(r->s);
	while (rc >= 0 && (rc = poll_events(r, 0)) > 0)
		;
	return rc < 0 ? rc : 0;
}

static void summary(const struct recorder *r, uint64_t events)
{
	struct ns_ledger_row l = ns_model_ledger(&r->meta);
	char n[32], b[32], lost[32];
	struct stat st = { 0 };

	stat(r->path, &st);
	fprintf(stderr, "%snestscope record: %s: %s events, %s bytes, lost %s%s\n",
		r->progress ? "\r\033[K" : "", r->path, ns_count_format(events, n, sizeof(n)),
		ns_count_format(st.st_size, b, sizeof(b)),
		ns_count_format(ns_ledger_lost(&l), lost, sizeof(lost)),
		l.ring_full ? "; a larger --ring or fewer events (-e, -p) avoid it" : "");
}

/* Close the file; after an error what was written so far stays readable. */
static int finish(struct recorder *r, int rc)
{
	if (!rc)
		rc = ns_session_read_meta(r->s, &r->meta, &r->err);
	if (rc)
		ns_writer_close(r->w, &r->meta, NULL);
	else
		rc = ns_writer_close(r->w, &r->meta, &r->err);
	return rc;
}

static int record(struct recorder *r, struct run *run, const struct args *a)
{
	uint64_t events;
	int rc, code;

	/* started first: the header of the file says when */
	ns_session_start(r->s);
	if (ns_session_read_meta(r->s, &r->meta, &r->err) ||
	    ns_writer_open(&r->w, r->path, &r->meta, a->cmdline, &r->err))
		return fail_with(&r->err);
	code = run_start(run, a);
	rc = code ? 0 : collect(r, run);
	events = ns_writer_events(r->w);
	rc = finish(r, rc);
	if (code)
		return code;
	summary(r, events);
	return rc ? fail_with(&r->err) : 0;
}

static int run_record(struct args *a)
{
	struct ns_session_opts o = session_opts(a, NS_MODE_RECORD);
	struct recorder r = { .path = a->output ? a->output : DEFAULT_FILE };
	struct run run;
	int rc, cmd;

	rc = output_check(r.path);
	if (!rc)
		rc = run_prepare(&run, a);
	if (rc)
		return rc;
	r.progress = isatty(STDERR_FILENO) && !a->argc;
	ns_model_init(&r.meta);
	if (ns_session_open(&r.s, &o, &r.err)) {
		rc = fail_with(&r.err);
	} else {
		rc = record(&r, &run, a);
		ns_session_close(r.s);
	}
	cmd = run_finish(&run);
	ns_model_free(&r.meta);
	return rc ? rc : cmd;
}

const struct command cmd_record = {
	.name = "record",
	.usage = "[options] [-- CMD [ARG...]]",
	.help = "every event to a file",
	.text = "Writes every event to a file until CMD ends, SECONDS have passed or Ctrl-C is\n"
		"pressed. The options that choose VMs, vCPUs, events, causes and durations act in\n"
		"the kernel: what is left out never leaves it, and is counted as filtered, not as lost.\n",
	.opts = opts,
	.takes_cmd = true,
	.run = run_record,
};
