// SPDX-License-Identifier: GPL-2.0-or-later
/* cmd_check.c: `nestscope check`: invariants over a recording or live events. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "catalogue.h"
#include "check_view.h"
#include "run.h"

#define POLL_MS 200
#define HISTORY 65536 /* live events held to be shown as proofs */

static const struct opt opts[] = {
	{ 'i', "input", "FILE", OPT_STRING, ARG(input), "recording to check; without it: live" },
	/* not OPTS_FILTER: without the other causes or the short ones rules prove nothing */
	{ 'a', "all", NULL, OPT_FLAG, ARG(all), "all VMs (the default)" },
	{ 'p', "pid", "PID", OPT_PID, ARG(pid), "only the VM whose VMM is process PID" },
	{ 'c', "vcpu", "N", OPT_VCPU, ARG(vcpu), "only vCPU N, and the rules that need no other" },
	OPTS_EVENTS,
	OPTS_WAIT,
	OPTS_NO_NV,
	OPTS_DURATION,
	{ 'm', "ring", "SIZE", OPT_SIZE, ARG(ring_bytes), "live: size of the kernel's rings together, 64M" },
	{ 0, "rule", "LIST", OPT_STRING, ARG(rules),
	  "only these rules, comma-separated: at-par,mmio" },
	{ 0, "list", NULL, OPT_FLAG, ARG(list), "list the rules and the events they need" },
	{ 'N', "stuck", "N", OPT_NUMBER, ARG(stuck),
	  "rule stuck: faults on a page without a change (default 16)" },
	{ 'o', "output", "FILE", OPT_STRING, ARG(output), "write to FILE" },
	{ 0, "json", NULL, OPT_FLAG, ARG(json), "JSON" },
	{ 0, "junit", "FILE", OPT_STRING, ARG(junit), "write a JUnit report as well" },
	OPTS_END
};

/* ---- output ---- */

static void list_rules(void)
{
	const struct ns_rule_info *rule;

	for (unsigned int i = 0; i < NS_NR_RULES; i++) {
		rule = ns_rule_info(i);
		printf("%-12s %s\n%-12s needs", rule->key, rule->help, "");
		for (unsigned int ev = 0; ev < NS_NR_EVENTS; ev++)
			if (rule->needs >> ev & 1)
				printf(" %s", ns_events[ev].key);
		if (rule->uses)
			printf("; uses");
		for (unsigned int ev = 0; ev < NS_NR_EVENTS; ev++)
			if (rule->uses >> ev & 1)
				printf(" %s", ns_events[ev].key);
		printf("\n");
	}
}

/* Write a view to path, or to standard output when it is NULL. */
static int write_view(int (*view)(FILE *f, const struct check_view *v), const char *path,
		      const struct check_view *v)
{
	FILE *f = path ? fopen(path, "we") : stdout;
	int rc;

	if (!f)
		return fail(NS_EXIT_USAGE, "cannot write %s: %s", path, strerror(errno));
	rc = view(f, v);
	if (path && fclose(f) && !rc)
		rc = -errno;
	return rc ? fail(NS_EXIT_FAIL, "%s: %s", path ? path : "standard output", strerror(-rc))
		  : 0;
}

/* Print everything.  The verdict, or an exit code when it could not be printed. */
static int show(const struct args *a, const struct ns_check *c, const struct ns_model *m,
		const char *warning)
{
	static struct check_view v;
	int rc;

	v = (struct check_view){ .check = c, .m = m, .source = a->input, .warning = warning };
	line_names_learn(&v.names, m);
	rc = write_view(a->json ? check_json : check_table, a->output, &v);
	if (!rc && a->junit)
		rc = write_view(check_junit, a->junit, &v);
	return rc ? rc : ns_check_verdict(c);
}

/* ---- a recording ---- */

/*
 * Words of `record` that leave nothing out which rules need: what is not
 * listed may, -p does not, since other VMs prove nothing about this one.
 */
static bool is_harmless(const char *word, bool *value_follows)
{
	static const char *const flags[] = { "nestscope", "record", "-a", "--all", "--no-kvm-nv" };
	static const char *const valued[] = { "-o", "--output", "-m", "--ring",	  "-d",
					      "-p", "--pid",	"-e", "--events", "--duration",
					      "--max-size", "--max-time", "--keep" };
	size_t len = strcspn(word, "=");

	*value_follows = false;
	for (size_t i = 0; i < sizeof(flags) / sizeof(*flags); i++)
		if (!strcmp(word, flags[i]))
			return true;
	for (size_t i = 0; i < sizeof(valued) / sizeof(*valued); i++)
		if (strlen(valued[i]) == len && !strncmp(word, valued[i], len)) {
			*value_follows = !word[len];
			return true;
		}
	return false;
}

static bool filters_harmless(const char *cmdline)
{
	char *words = strdup(cmdline), *save = NULL, *w;
	bool value = false, ok = words != NULL;

	for (w = words ? strtok_r(words, " ", &save) : NULL; w && ok && strcmp(w, "--");
	     w = strtok_r(NULL, " ", &save)) {
		if (value)
			value = false;
		else
			ok = is_harmless(w, &value);
	}
	ok = ok && *cmdline;
	free(words);
	return ok;
}

static int check_recording(const struct args *a, const struct ns_check_opts *o)
{
	struct ns_check_select sel = { .pid = a->pid, .vcpu = a->vcpu };
	struct ns_error err = { 0 };
	char *warning = NULL;
	struct ns_check *c;
	struct ns_model m;
	int rc;

	ns_model_init(&m);
	if (ns_check_recording(&c, a->input, o, &sel, filters_harmless, &m, &warning, &err)) {
		rc = fail_with(&err);
	} else {
		if (warning)
			fail(0, "warning: %s", warning);
		rc = show(a, c, &m, warning);
		ns_check_close(c);
	}
	free(warning);
	ns_model_free(&m);
	return rc;
}

/* ---- live ---- */

struct live {
	struct ns_session *s;
	struct ns_check *c;
	struct ns_model meta;
	struct ns_error err;
	uint64_t id;
	bool asked[NS_MAX_CTXS]; /* contexts that the kernel was asked about */
};

static int on_event(void *arg, const struct ns_event *ev)
{
	struct live *l = arg;

	if (ev->ctx && ev->ctx < NS_MAX_CTXS && !l->asked[ev->ctx]) {
		l->asked[ev->ctx] = true;
		if (!ns_model_ctx(&l->meta, ev->ctx) &&
		    ns_session_read_meta(l->s, &l->meta, &l->err))
			return -EIO;
	}
	l->meta.ledger[ev->event].kept++;
	ns_check_feed(l->c, ++l->id, ev);
	return 0;
}

static int poll_events(struct live *l, int timeout_ms)
{
	int n = ns_session_poll(l->s, on_event, l, timeout_ms);

	if (n == -EINTR)
		return 0;
	if (n < 0 && !*l->err.msg)
		ns_error(&l->err, n, NS_EXIT_FAIL, "reading the ring: %s", strerror(-n));
	return n;
}

static int collect(struct live *l, struct run *run)
{
	int rc = 0;

	while (rc >= 0 && !run_over(run))
		rc = poll_events(l, POLL_MS);
	ns_session_stop(l->s);
	while (rc >= 0 && (rc = poll_events(l, 0)) > 0)
		;
	return rc < 0 ? rc : ns_session_read_meta(l->s, &l->meta, &l->err);
}

static int observe(struct live *l, struct run *run, const struct args *a)
{
	/* -p leaves out other VMs, and -c is known to the checker */
	struct ns_check_input in = { .filters_harmless = true };
	int code;

	if (ns_session_read_meta(l->s, &l->meta, &l->err))
		return fail_with(&l->err);
	ns_session_start(l->s);
	code = run_start(run, a);
	if (code)
		return code;
	if (collect(l, run))
		return fail_with(&l->err);
	ns_check_finish(l->c, &in);
	return show(a, l->c, &l->meta, NULL);
}

/* The events that the chosen rules look at. */
static uint64_t events_of(uint64_t rules)
{
	uint64_t events = 0;

	for (unsigned int i = 0; i < NS_NR_RULES; i++)
		if (!rules || rules >> i & 1)
			events |= ns_rule_info(i)->needs | ns_rule_info(i)->uses;
	return events;
}

static int check_live(const struct args *a, struct ns_check_opts *co)
{
	struct ns_session_opts so = session_opts(a, NS_MODE_RECORD);
	static struct live l;
	struct run run;
	int rc, cmd;

	so.events = events_of(co->rules) & a->events;
	if (!so.events)
		return fail(NS_EXIT_USAGE, "--events leaves out all that the rules need; see "
					   "'nestscope check --list'");
	co->history = HISTORY;
	kvm_wait(a);
	rc = run_prepare(&run, a);
	if (rc)
		return rc;
	ns_model_init(&l.meta);
	if (ns_check_open(&l.c, co, &l.meta))
		rc = fail(NS_EXIT_FAIL, "out of memory");
	else if (ns_session_open(&l.s, &so, &l.err))
		rc = fail_with(&l.err);
	else
		rc = observe(&l, &run, a);
	ns_session_close(l.s);
	ns_check_close(l.c);
	cmd = run_finish(&run);
	ns_model_free(&l.meta);
	return rc ? rc : cmd;
}

/* ---- the command ---- */

static int parse_rules(const char *list, uint64_t *mask)
{
	const char *names[NS_NR_RULES], *near;
	char *bad;
	int rc;

	rc = ns_rules_parse(list, mask, &bad);
	if (!rc)
		return 0;
	for (unsigned int i = 0; i < NS_NR_RULES; i++)
		names[i] = ns_rule_info(i)->key;
	near = bad ? nearest(bad, names, NS_NR_RULES) : NULL;
	fail(NS_EXIT_USAGE, "unknown rule '%s'%s%s%s; 'nestscope check --list' lists them",
	     bad ? bad : list, near ? " (did you mean '" : "", near ? near : "", near ? "'?)" : "");
	free(bad);
	return NS_EXIT_USAGE;
}

static int run_check(struct args *a)
{
	struct ns_check_opts o = {
		.events = a->event_list ? a->events : 0,
		.one_vcpu = a->vcpu >= 0,
	};
	int rc;

	if (a->list) {
		list_rules();
		return NS_EXIT_OK;
	}
	o.stuck_limit = (unsigned int)a->stuck;
	rc = a->rules ? parse_rules(a->rules, &o.rules) : 0;
	if (!rc && a->input && a->argc)
		rc = fail(NS_EXIT_USAGE, "--input and a command exclude each other");
	if (!rc && a->junit)
		rc = output_check(a->junit);
	if (!rc && a->output)
		rc = output_check(a->output);
	if (rc)
		return rc;
	return a->input ? check_recording(a, &o) : check_live(a, &o);
}

const struct command cmd_check = {
	.name = "check",
	.usage = "[options] [-- CMD [ARG...]]",
	.help = "do the events obey the rules of nested virtualization?",
	.text = "Checks invariants over the events of a recording, or live until CMD ends,\n"
		"SECONDS have passed or Ctrl-C is pressed. Each violation is shown with the\n"
		"events that prove it, numbered as by 'nestscope script -F id'. A rule whose\n"
		"events this kernel does not provide is not checked; after a loss of events its\n"
		"result is inconclusive. The exit code is 0 when no violation was found, 1 when\n"
		"one was, 3 when that cannot be said: events were lost, the recording is not\n"
		"whole, nothing could be checked, or not a rule that --rule named.\n",
	.examples = "Did a recorded run obey the rules, and which events show that it did not?\n"
		"    nestscope check -i nestscope.nsr --junit check.xml\n"
		"    nestscope script -F id,ts,vm,vcpu,event,dim,l2_ipa | grep -w ^1234\n",
	.opts = opts,
	.takes_cmd = true,
	.run = run_check,
};
