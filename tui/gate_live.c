// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * gate_live.c: see gate_live.h.  Each run is a session of its own: what the
 * programs remember of pages and contexts is empty at the beginning of each, as it is
 * with stat and record.
 */
#include "gate_live.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "run.h"

#define RUNS 10 /* of measured times; under icount one is enough */

bool gate_is_live(const struct args *a)
{
	return a->argc > a->nr_files || a->all || a->pid || a->duration_ms || a->runs ||
	       a->workload;
}

static void wait_for_end(struct run *r)
{
	uint64_t wake;

	while (!run_over(r)) {
		/* short slices only while there is a process to watch */
		wake = ns_now() + (r->pid ? 200000000ULL : 3600 * 1000000000ULL);
		stop_wait(r->end_ns && r->end_ns < wake ? r->end_ns : wake);
	}
}

static int observe(const struct args *a, struct run *run, struct ns_model *m)
{
	struct ns_session_opts o = session_opts(a, NS_MODE_COUNT);
	struct ns_error err = { 0 };
	struct ns_session *s;
	int rc;

	if (ns_session_open(&s, &o, &err))
		return fail_with(&err);
	ns_session_start(s);
	rc = run_start(run, a);
	if (!rc) {
		wait_for_end(run);
		ns_session_stop(s);
		if (ns_session_read(s, m, &err)) {
			fail_with(&err);
			rc = NS_EXIT_USAGE; /* 1 is a regression */
		}
		ns_model_sort(m);
	}
	ns_session_close(s);
	return rc;
}

/* One run into m; nothing but a whole one counts. */
static int one_run(const struct args *a, unsigned int nr, struct ns_model *m)
{
	struct run run;
	int rc, cmd;

	rc = run_prepare(&run, a);
	if (rc)
		return rc;
	rc = observe(a, &run, m);
	cmd = run_finish(&run);
	if (rc)
		return rc == NS_EXIT_FAIL ? NS_EXIT_USAGE : rc;
	if (stopped_by())
		return fail(NS_EXIT_USAGE, "interrupted in run %u: nothing was judged", nr);
	if (cmd)
		return fail(NS_EXIT_USAGE, "run %u: '%s' ended with status %d, so it is no run", nr,
			    a->argv[0], cmd);
	return 0;
}

static int add_run(const struct args *a, struct ns_metricset *set, unsigned int nr)
{
	struct ns_error err = { 0 };
	struct ns_model m;
	char name[24];
	int rc;

	snprintf(name, sizeof(name), "run %u", nr);
	ns_model_init(&m);
	rc = one_run(a, nr, &m);
	if (!rc && ns_metricset_add_model(set, a->workload ? a->workload : "", name, &m, &err)) {
		fail_with(&err);
		rc = NS_EXIT_USAGE;
	}
	ns_model_free(&m);
	return rc;
}

int gate_observe(const struct args *a, struct ns_metricset *set)
{
	struct args one = *a; /* with CMD alone as its words */
	bool show = isatty(STDERR_FILENO);
	struct ns_error err = { 0 };
	uint64_t runs = a->runs;
	int rc = 0;

	one.argv += a->nr_files;
	one.argc -= a->nr_files;
	if (!one.argc && !a->duration_ms)
		return fail(NS_EXIT_USAGE, "when does a run end? give -d SECONDS, or a command "
					   "after --");
	for (unsigned int i = 1; !rc && i <= (runs ? runs : 1); i++) {
		rc = add_run(&one, set, i);
		if (!runs)
			runs = set->exact ? 1 : RUNS;
		if (show && !rc)
			fprintf(stderr, "\rrun %u of %llu\033[K%s", i, (unsigned long long)runs,
				i == runs ? "\n" : "");
	}
	if (rc)
		return rc;
	if (ns_metricset_finish(set, &err)) {
		fail_with(&err);
		return NS_EXIT_USAGE;
	}
	return 0;
}
