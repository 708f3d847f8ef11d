// SPDX-License-Identifier: GPL-2.0-or-later
/* cmd_stat.c: `nestscope stat`: counts and times, kept in the kernel only. */
#include <errno.h>
#include <string.h>

#include "run.h"
#include "view_rtt.h"

static const struct opt opts[] = {
	OPTS_FILTER,
	OPTS_DURATION,
	{ 'I', "interval", "MS", OPT_MS, ARG(interval_ms), "print what came in each interval" },
	{ 'o', "output", "FILE", OPT_STRING, ARG(output), "write to FILE" },
	{ 0, "json", NULL, OPT_FLAG, ARG(json), "JSON; with -I one object a line" },
	{ 0, "csv", NULL, OPT_FLAG, ARG(csv), "comma-separated values" },
	{ 0, "by", "WHAT", OPT_STRING, ARG(by), "split further: vcpu or context" },
	{ 'F', "fields", "LIST", OPT_STRING, ARG(fields),
	  "columns: count,rate,share,mean,p50,p90,p99,max,total" },
	{ 0, "sort", "COLUMN", OPT_STRING, ARG(sort), "sort the splits by a column" },
	OPTS_END
};

struct stat_run {
	const struct args *a;
	FILE *out;
	struct ns_session *s;
	struct run run;
	struct ns_model now, before;
	unsigned int printed;
};

static int print(struct stat_run *st, const struct ns_model *m)
{
	char title[600];
	struct view v;
	size_t n = 0;
	int i, rc;

	rc = view_init(&v, "stat", st->a, m);
	if (rc)
		return rc;
	*title = 0;
	for (i = 0; i < st->a->argc && n < sizeof(title); i++)
		n += snprintf(title + n, sizeof(title) - n, "%s%s", i ? " " : "-- ",
			      st->a->argv[i]);
	v.title = *title ? title : NULL;
	v.since_start = m == &st->now ? NULL : &st->now;
	if (st->a->json) {
		rc = view_json(st->out, &v, st->a->interval_ms != 0);
	} else if (st->a->csv) {
		rc = view_csv(st->out, &v, !st->printed);
	} else {
		view_head(st->out, &v);
		rc = view_table(st->out, &v);
		view_rtt(st->out, &v);
		view_unavailable(st->out, &v);
	}
	st->printed++;
	if (rc || fflush(st->out))
		return fail(NS_EXIT_FAIL, "%s: %s", st->a->output ? st->a->output : "output",
			    strerror(rc ? -rc : errno));
	return 0;
}

static int print_interval(struct stat_run *st)
{
	struct ns_model delta;
	int rc;

	ns_model_init(&delta);
	rc = ns_model_diff(&delta, &st->now, &st->before);
	if (!rc)
		ns_model_sort(&delta);
	rc = rc ? fail(NS_EXIT_FAIL, "%s", strerror(-rc)) : print(st, &delta);
	ns_model_free(&delta);
	ns_model_free(&st->before);
	st->before = st->now;
	ns_model_init(&st->now);
	return rc;
}

static int read_now(struct stat_run *st)
{
	struct ns_error err = { 0 };

	if (ns_session_read(st->s, &st->now, &err))
		return fail_with(&err);
	ns_model_sort(&st->now);
	return 0;
}

static int collect(struct stat_run *st)
{
	uint64_t step = st->a->interval_ms * 1000000, next, wake, slice = 200000000, second = 1000000000;
	int rc = 0;

	next = step ? ns_now() + step : 0;
	while (!run_over(&st->run) && !rc) {
		/* short slices only while there is a process to watch, not just KVM */
		wake = ns_now() + (st->run.pid ? slice : second);
		if (st->run.end_ns && st->run.end_ns < wake)
			wake = st->run.end_ns;
		if (next && next < wake)
			wake = next;
		stop_wait(wake);
		if (!next || ns_now() < next)
			continue;
		next += step;
		rc = read_now(st);
		if (!rc)
			rc = print_interval(st);
	}
	ns_session_stop(st->s);
	if (rc || (rc = read_now(st)))
		return rc;
	return step ? print_interval(st) : print(st, &st->now);
}

static int observe(struct stat_run *st)
{
	struct ns_session_opts o = session_opts(st->a, NS_MODE_COUNT);
	struct ns_error err = { 0 };
	int rc, cmd;

	kvm_wait(st->a);
	rc = run_prepare(&st->run, st->a);
	if (rc)
		return rc;
	if (ns_session_open(&st->s, &o, &err)) {
		rc = fail_with(&err);
		goto out;
	}
	ns_session_start(st->s);
	rc = st->a->interval_ms ? read_now(st) : 0;
	if (!rc && st->a->interval_ms) {
		st->before = st->now;
		ns_model_init(&st->now);
	}
	if (!rc)
		rc = run_start(&st->run, st->a);
	if (!rc)
		rc = collect(st);
	ns_session_close(st->s);
out:
	cmd = run_finish(&st->run);
	return rc ? rc : cmd;
}

static int run(struct args *a)
{
	struct stat_run st = { .a = a, .out = stdout };
	struct view check;
	int rc;

	ns_model_init(&st.now);
	ns_model_init(&st.before);
	rc = view_init(&check, "stat", a, &st.now);
	if (rc)
		return rc;
	if (a->output) {
		st.out = fopen(a->output, "we");
		if (!st.out)
			return fail(NS_EXIT_USAGE,
				    "cannot write %s: %s; choose another file with -o", a->output,
				    strerror(errno));
	}
	rc = observe(&st);
	if (a->output && fclose(st.out) && !rc)
		rc = fail(NS_EXIT_FAIL, "%s: %s", a->output, strerror(errno));
	ns_model_free(&st.now);
	ns_model_free(&st.before);
	return rc;
}

const struct command cmd_stat = {
	.name = "stat",
	.usage = "[options] [-- CMD [ARG...]]",
	.help = "counts and times, kept in the kernel only",
	.text = "Counts events and their times in the kernel until CMD ends, SECONDS have passed\n"
		"or Ctrl-C is pressed. All VMs are counted; CMD only marks the beginning and\n"
		"the end.\n",
	.examples = "What a workload costs, in counts and times:\n"
		"    nestscope stat -- ./boot-l2\n"
		"A line of JSON each second, of one VM:\n"
		"    nestscope stat -p 4127 -I 1000 --json\n",
	.opts = opts,
	.takes_cmd = true,
	.run = run,
};
