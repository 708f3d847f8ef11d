// SPDX-License-Identifier: GPL-2.0-or-later
/* cmd_gate.c: `nestscope gate`: pass or fail against a baseline. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "compare_text.h"
#include "gate_live.h"
#include "gate_out.h"

#define CONFIDENCE 0.99

static const struct opt opts[] = {
	{ 'b', "baseline", "FILE", OPT_STRING, ARG(baseline),
	  "what to compare with; also a directory of runs" },
	{ 'r', "rules", "FILE", OPT_STRING, ARG(rules), "which metrics may change by how much" },
	{ 0, "update", NULL, OPT_FLAG, ARG(update), "write the runs as the new baseline" },
	{ 0, "calibrate", NULL, OPT_FLAG, ARG(calibrate),
	  "runs of one kernel against each other: would the rules cry wolf?" },
	{ 'a', "all", NULL, OPT_FLAG, ARG(all), "live: all VMs (the default)" },
	{ 'p', "pid", "PID", OPT_PID, ARG(pid), "live: only the VM whose VMM is process PID" },
	OPTS_EVENTS,
	OPTS_NO_NV,
	{ 'd', "duration", "SECONDS", OPT_SECONDS, ARG(duration_ms),
	  "live: a run ends after SECONDS; CMD is then ended with SIGTERM" },
	{ 0, "runs", "N", OPT_NUMBER, ARG(runs),
	  "live: observe N runs (default 10; under icount 1)" },
	{ 0, "workload", "NAME", OPT_STRING, ARG(workload), "live: what the runs are of" },
	{ 0, "confidence", "PERCENT", OPT_STRING, ARG(confidence), "default 99" },
	{ 'o', "output", "FILE", OPT_STRING, ARG(output), "write text or JSON to FILE" },
	{ 0, "json", NULL, OPT_FLAG, ARG(json), "JSON instead of text" },
	{ 0, "junit", "FILE", OPT_STRING, ARG(junit), "also write JUnit XML to FILE" },
	{ 0, "markdown", "FILE", OPT_STRING, ARG(markdown),
	  "also write Markdown to FILE, for a pull request" },
	OPTS_END
};

/* Exit status 1 is a regression, so what goes wrong here is always 2. */
static int failed(const struct ns_error *err)
{
	fail_with(err);
	return NS_EXIT_USAGE;
}

/* ---- output ---- */

static int close_out(FILE *f, const char *path, int rc)
{
	bool bad = rc || ferror(f);

	if (f == stdout ? fflush(f) : fclose(f))
		bad = true;
	return bad ? fail(NS_EXIT_USAGE, "cannot write %s: %s", path, strerror(errno)) : 0;
}

static int open_out(FILE **f, const char *path)
{
	*f = fopen(path, "we");
	if (*f)
		return 0;
	return fail(NS_EXIT_USAGE, "cannot write %s: %s; choose another file", path,
		    strerror(errno));
}

static int write_file(const char *path, void (*write)(FILE *f, const struct gate_report *r),
		      const struct gate_report *r)
{
	FILE *f;
	int rc;

	if (!path)
		return 0;
	rc = open_out(&f, path);
	if (rc)
		return rc;
	write(f, r);
	return close_out(f, path, 0);
}

static int print(const struct args *a, const struct gate_report *r)
{
	FILE *f = stdout;
	int rc = a->output ? open_out(&f, a->output) : 0, written = 0;

	if (rc)
		return rc;
	if (a->json)
		written = gate_json(f, r);
	else
		gate_text(f, r);
	rc = close_out(f, a->output ? a->output : "standard output", written);
	if (!rc)
		rc = write_file(a->junit, gate_junit, r);
	return rc ? rc : write_file(a->markdown, gate_markdown, r);
}

/* ---- what it does ---- */

static int load(struct ns_metricset *set, char *const *words, int nr)
{
	return metricset_load(set, words, nr) ? NS_EXIT_USAGE : 0;
}

static int read_rules(struct ns_rules *rules, const char *path, bool exact)
{
	struct ns_error err = { 0 };
	int rc = path ? ns_rules_read(rules, path, &err) : ns_rules_built_in(rules, exact, &err);

	return rc ? failed(&err) : 0;
}

static int update(const struct args *a, const struct ns_metricset *now)
{
	struct ns_error err = { 0 };
	char buf[200];

	if (ns_baseline_write(now, a->baseline, &err))
		return failed(&err);
	printf(" %s: %s\n", a->baseline, metricset_text(now, buf, sizeof(buf)));
	return close_out(stdout, "standard output", 0);
}

static int judge(const struct args *a, const struct ns_metricset *base,
		 const struct ns_metricset *now, const struct ns_rules *rules, double confidence)
{
	struct gate_report r = { .baseline = a->baseline, .base = base, .now = now };
	struct ns_error err = { 0 };
	struct ns_gate g;
	int rc;

	if (ns_gate_judge(&g, base, now, rules, confidence, &err)) {
		rc = failed(&err);
	} else {
		r.g = &g;
		rc = print(a, &r);
		if (!rc)
			rc = ns_gate_exit(&g);
	}
	ns_gate_free(&g);
	return rc;
}

static int compare(const struct args *a, const struct ns_metricset *now, double confidence)
{
	char *const words[] = { (char *)a->baseline };
	struct ns_rules rules = { 0 };
	struct ns_metricset base;
	int rc;

	ns_metricset_init(&base);
	rc = load(&base, words, 1);
	if (!rc)
		rc = read_rules(&rules, a->rules, base.exact);
	if (!rc)
		rc = judge(a, &base, now, &rules, confidence);
	ns_rules_free(&rules);
	ns_metricset_free(&base);
	return rc;
}

static int calibrate(const struct args *a, const struct ns_metricset *now, double confidence)
{
	struct ns_calibration c;
	struct ns_rules rules = { 0 };
	struct ns_error err = { 0 };
	int rc = read_rules(&rules, a->rules, now->exact);

	if (rc) {
		ns_rules_free(&rules);
		return rc;
	}
	if (ns_calibrate(&c, now, &rules, confidence, &err)) {
		rc = failed(&err);
	} else {
		calibrate_text(stdout, &c, &rules);
		rc = close_out(stdout, "standard output", 0);
		if (!rc)
			rc = ns_calibration_exit(&c);
	}
	ns_calibration_free(&c);
	ns_rules_free(&rules);
	return rc;
}

static int check_args(const struct args *a)
{
	if (!a->argc && !gate_is_live(a))
		return fail(NS_EXIT_USAGE, "no run was given; see 'nestscope help gate'");
	if (a->nr_files && gate_is_live(a))
		return fail(NS_EXIT_USAGE,
			    "'%s' is a run, and -a, -p, -d, --runs, --workload and a command after "
			    "-- observe live ones; give one or the other",
			    a->argv[0]);
	if (a->update && a->calibrate)
		return fail(NS_EXIT_USAGE, "--update and --calibrate exclude each other; give one");
	if (a->calibrate && a->baseline)
		return fail(NS_EXIT_USAGE,
			    "--calibrate compares the runs with each other and takes no "
			    "--baseline");
	if (!a->baseline && !a->calibrate)
		return fail(NS_EXIT_USAGE,
			    "which baseline? give --baseline FILE; to make one: nestscope "
			    "gate --baseline FILE --update RUN...");
	return 0;
}

static int run(struct args *a)
{
	struct ns_metricset now;
	double confidence;
	int rc = check_args(a);

	if (!rc)
		rc = confidence_parse(a->confidence, CONFIDENCE, &confidence);
	if (rc)
		return rc;
	ns_metricset_init(&now);
	rc = gate_is_live(a) ? gate_observe(a, &now) : load(&now, a->argv, a->argc);
	if (!rc)
		rc = a->update	    ? update(a, &now)
		     : a->calibrate ? calibrate(a, &now, confidence)
				    : compare(a, &now, confidence);
	ns_metricset_free(&now);
	return rc;
}

const struct command cmd_gate = {
	.name = "gate",
	.usage = "--baseline FILE [options] RUN... | -- CMD [ARG...]",
	.help = "pass or fail against a baseline",
	.text = "Compares runs with a baseline, by rules. A RUN is a recording, a file of stat or\n"
		"report --json, or a directory of them, as of 'nestscope diff'; NAME=RUN says of\n"
		"which workload it is. Without RUN this machine is observed: CMD, --runs times, or\n"
		"with -a or -p and -d intervals of SECONDS. Data of the lab under icount is compared exactly. Measured\n"
		"data needs several runs a side and fails only when the confidence interval of\n"
		"the change excludes 0 and both limits of the rule are crossed. Exit status: 0\n"
		"passed, 1 regression, 2 bad usage or data (also when events were lost), 3\n"
		"inconclusive.\n",
	.examples = "A baseline, and a later kernel against it:\n"
		"    nestscope gate --baseline base.json --update before/\n"
		"    nestscope gate --baseline base.json --junit gate.xml after/\n",
	.opts = opts,
	.takes_files = true,
	.takes_cmd = true,
	.run = run,
};
