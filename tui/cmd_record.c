// SPDX-License-Identifier: GPL-2.0-or-later
/* cmd_record.c: `nestscope record`: every event to a file. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "catalogue.h"
#include "host.h"
#include "rec_series.h"
#include "run.h"

#define POLL_MS 200
#define FLUSH_NS 1000000000ULL /* what kill -9 may cost */

static const struct opt opts[] = {
	OPTS_FILTER,
	OPTS_DURATION,
	{ 'o', "output", "FILE", OPT_STRING, ARG(output), "file to write (default nestscope.nsr)" },
	{ 'm', "ring", "SIZE", OPT_SIZE, ARG(ring_bytes),
	  "size of the kernel's rings, one for each CPU, together: 64M; larger when events are "
	  "lost" },
	{ 0, "flight", "SECONDS", OPT_SECONDS, ARG(flight_ms),
	  "keep only the last SECONDS, in memory; write them on SIGUSR2 and at the end" },
	{ 0, "max-size", "SIZE", OPT_SIZE, ARG(max_bytes),
	  "begin a new file (NAME.0001.nsr, ...) after SIZE" },
	{ 0, "max-time", "SECONDS", OPT_SECONDS, ARG(max_ms), "begin a new file after SECONDS" },
	{ 0, "keep", "N", OPT_NUMBER, ARG(keep), "keep the last N files, remove older ones" },
	{ 0, "sample", "N", OPT_NUMBER, ARG(sample), "only one of N, of each event on each CPU" },
	OPTS_END
};

struct recorder {
	struct ns_series_opts out;
	struct ns_session *s;
	struct ns_series *w;
	struct ns_model meta;
	struct ns_error err;
	bool progress; /* a line on stderr */
	bool named[NS_MAX_VMS]; /* VMs whose names were looked for */
	uint64_t shown, shown_ns; /* events at the last progress line, and its time */
};

static volatile sig_atomic_t dump_wanted;

static void on_usr2(int sig)
{
	(void)sig;
	dump_wanted = 1;
}

static int on_event(void *arg, const struct ns_event *ev)
{
	struct recorder *r = arg;
	int rc = 0;

	/* A new VM's name goes into each file that has events of it, however soon it ends. */
	if (ev->vm < NS_MAX_VMS && ev->vm && !r->named[ev->vm]) {
		r->named[ev->vm] = true;
		rc = ns_session_read_meta(r->s, &r->meta, &r->err);
		/* the series looks at the objects it was given last, which have moved */
		if (!rc)
			rc = ns_series_flush(r->w, &r->meta, &r->err);
	}
	r->meta.ledger[ev->event].kept++;
	return rc ? rc : ns_series_event(r->w, ev, &r->err);
}

/* Room on the file system that is written to, "" when it cannot be told. */
static const char *disk_left(const struct recorder *r, char *buf, size_t size)
{
	struct statvfs fs;

	buf[0] = '\0';
	if (!r->out.flight_ns && !statvfs(ns_series_path(r->w), &fs))
		snprintf(buf, size, ", disk left %.1f GB", (double)fs.f_bavail * fs.f_frsize / 1e9);
	return buf;
}

static void show_progress(struct recorder *r)
{
	struct ns_ledger_row l = ns_model_ledger(&r->meta);
	uint64_t now = ns_now(), events = ns_series_events(r->w);
	double s = (double)(now - r->shown_ns) / 1e9;
	char n[32], left[48];

	fprintf(stderr, "\r%s events, %.0f/s, %.1f MB%s, lost %llu%s\033[K",
		ns_count_format(events, n, sizeof(n)), s > 0 ? (double)(events - r->shown) / s : 0,
		ns_series_bytes(r->w) / 1e6, r->out.flight_ns ? " in memory" : "",
		(unsigned long long)ns_ledger_lost(&l), disk_left(r, left, sizeof(left)));
	r->shown = events;
	r->shown_ns = now;
}

static int flush(struct recorder *r)
{
	int rc = ns_session_read_meta(r->s, &r->meta, &r->err);

	if (!rc)
		rc = ns_series_flush(r->w, &r->meta, &r->err);
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

/* SIGUSR2: the last seconds to a file. */
static int dump(struct recorder *r)
{
	int rc = poll_events(r, 0); /* what happened before the signal */

	dump_wanted = 0;
	if (rc >= 0)
		rc = ns_session_read_meta(r->s, &r->meta, &r->err);
	if (!rc)
		rc = ns_series_dump(r->w, &r->meta, &r->err);
	if (!rc)
		fprintf(stderr, "%snestscope record: %s written\n", r->progress ? "\r\033[K" : "",
			ns_series_path(r->w));
	return rc;
}

static int collect(struct recorder *r, struct run *run)
{
	uint64_t next = ns_now() + FLUSH_NS;
	int rc = 0;

	while (rc >= 0 && !run_over(run)) {
		rc = poll_events(r, POLL_MS);
		if (rc >= 0 && dump_wanted)
			rc = dump(r);
		if (rc < 0 || ns_now() < next)
			continue;
		next = ns_now() + FLUSH_NS;
		rc = flush(r);
	}
	ns_session_stop(r->s);
	while (rc >= 0 && (rc = poll_events(r, 0)) > 0)
		;
	return rc < 0 ? rc : 0;
}

static void summary(const struct recorder *r, const char *path, unsigned int files, uint64_t events)
{
	struct ns_ledger_row l = ns_model_ledger(&r->meta);
	char n[32], b[32], lost[32], others[48] = "";
	struct stat st = { 0 };

	stat(path, &st);
	if (files > 1)
		snprintf(others, sizeof(others), " (the last of %u files)", files);
	fprintf(stderr, "%snestscope record: %s%s: %s events, %s bytes, lost %s%s\n",
		r->progress ? "\r\033[K" : "", path, others, ns_count_format(events, n, sizeof(n)),
		ns_count_format(st.st_size, b, sizeof(b)),
		ns_count_format(ns_ledger_lost(&l), lost, sizeof(lost)),
		l.ring_full ? "; a larger --ring or fewer events (-e, -p) avoid it" : "");
}

/* Close the file; after an error what was written so far stays readable. */
static int finish(struct recorder *r, int rc)
{
	char path[4096];
	uint64_t events = ns_series_events(r->w);
	unsigned int files;

	if (!rc)
		rc = ns_session_read_meta(r->s, &r->meta, &r->err);
	if (!rc && r->out.flight_ns)
		rc = ns_series_dump(r->w, &r->meta, &r->err);
	snprintf(path, sizeof(path), "%s", ns_series_path(r->w));
	files = ns_series_files(r->w);
	if (rc)
		ns_series_close(r->w, &r->meta, NULL);
	else
		rc = ns_series_close(r->w, &r->meta, &r->err);
	summary(r, path, files, events);
	return rc;
}

static int record(struct recorder *r, struct run *run, const struct args *a)
{
	int rc, code;

	/* started first: the header of the file says when */
	ns_session_start(r->s);
	if (ns_session_read_meta(r->s, &r->meta, &r->err) ||
	    ns_series_open(&r->w, &r->out, &r->meta, &r->err))
		return fail_with(&r->err);
	/* Everything is open; CMD was forked before and keeps what it has. */
	rc = ns_drop_privileges(r->out.flight_ns || r->out.max_bytes || r->out.max_ns);
	if (rc)
		fail(0, "warning: keeps its privileges: %s", strerror(-rc));
	code = run_start(run, a);
	if (code) {
		ns_series_close(r->w, &r->meta, NULL);
		return code;
	}
	rc = finish(r, collect(r, run));
	return rc ? fail_with(&r->err) : 0;
}

static int output_opts(const struct args *a, struct ns_series_opts *o)
{
	*o = (struct ns_series_opts){
		.path = a->output ? a->output : DEFAULT_FILE,
		.cmdline = a->cmdline,
		.max_bytes = a->max_bytes,
		.max_ns = a->max_ms * 1000000,
		.keep = (unsigned int)a->keep,
		.flight_ns = a->flight_ms * 1000000,
	};
	if (o->flight_ns && (o->max_bytes || o->max_ns))
		return fail(NS_EXIT_USAGE, "--flight writes one file: --max-size and --max-time "
					   "do not go with it");
	if (o->keep && !o->max_bytes && !o->max_ns)
		return fail(NS_EXIT_USAGE, "--keep needs --max-size or --max-time");
	return output_check(o->path);
}

static int run_record(struct args *a)
{
	struct ns_session_opts o = session_opts(a, NS_MODE_RECORD);
	struct recorder r = { 0 };
	struct run run;
	int rc, cmd;

	rc = output_opts(a, &r.out);
	if (!rc)
		kvm_wait(a);
	if (!rc)
		rc = run_prepare(&run, a);
	if (rc)
		return rc;
	if (r.out.flight_ns)
		signal(SIGUSR2, on_usr2);
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
		"the kernel: what is left out never leaves it, and is counted as filtered, not as "
		"lost.\n",
	.examples = "Shadow faults and context look-ups of one VM for ten seconds:\n"
		"    nestscope record -p 4127 -e s2 -d 10\n"
		"The last 30 seconds before something went wrong, written when SIGUSR2 comes:\n"
		"    nestscope record --flight 30 -o before.nsr\n",
	.opts = opts,
	.takes_cmd = true,
	.run = run_record,
};
