// SPDX-License-Identifier: GPL-2.0-or-later
/* cmd_report.c: `nestscope report`: sorted tables from a recording. */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "group.h"
#include "pages.h"
#include "recording.h"
#include "slowest.h"
#include "view_rtt.h"

static const struct opt opts[] = {
	OPTS_INPUT,
	OPTS_EVENTS,
	{ 0, "system", "LIST", OPT_EVENTS, ARG(event_list), "the same as --events" },
	{ 'o', "output", "FILE", OPT_STRING, ARG(output), "write to FILE" },
	{ 0, "json", NULL, OPT_FLAG, ARG(json), "JSON, as of 'nestscope stat --json'" },
	{ 0, "csv", NULL, OPT_FLAG, ARG(csv), "comma-separated values" },
	{ 0, "stdio", NULL, OPT_FLAG, ARG(stdio), "text tables (the default)" },
	OPTS_HTML("a page with charts"),
	OPTS_EXPR,
	OPTS_GROUP,
	{ 0, "slowest", "N", OPT_NUMBER, ARG(slowest),
	  "the N slowest events, up to 1000 (default --top; 0 with --group)" },
	{ 0, "context", "K", OPT_NUMBER, ARG(context),
	  "with each of them the K events of its vCPU before and after it, up to 32" },
	{ 0, "by", "WHAT", OPT_STRING, ARG(by), "split further: vcpu or context" },
	{ 'F', "fields", "LIST", OPT_STRING, ARG(fields),
	  "columns: count,rate,share,mean,p50,p90,p99,max,total" },
	{ 0, "sort", "COLUMN", OPT_STRING, ARG(sort),
	  "sort the splits, or the groups, by a column" },
	{ 0, "top", "N", OPT_NUMBER, ARG(top), "rows of the long tables (default 10)" },
	OPTS_END
};

/* What is made of the events on the way through the file. */
struct report {
	const struct args *a;
	const char *path;
	struct ns_expr *filter;
	struct ns_groups groups;
	struct ns_slowest slowest;
	struct ns_model m;
	char *warning;
	struct ns_load load;
};

static int see(void *arg, const struct ns_event *ev, uint64_t id, bool chosen,
	       const struct ns_model *meta)
{
	struct report *r = arg;
	int rc;

	chosen = chosen && r->a->events >> ev->event & 1;
	rc = r->slowest.max ? ns_slowest_add(&r->slowest, ev, id, chosen) : 0;
	if (!rc && chosen && r->groups.nr_keys)
		rc = ns_groups_add(&r->groups, ev, meta);
	return rc;
}

static int print_text(FILE *f, const struct view *v)
{
	int rc = 0;

	view_head(f, v);
	if (v->groups)
		rc = view_groups(f, v);
	else
		rc = view_table(f, v);
	if (!rc && !v->groups)
		rc = view_sections(f, v);
	if (rc)
		return rc;
	if (v->slowest)
		view_slowest(f, v);
	view_unavailable(f, v);
	return 0;
}

static int print(FILE *f, const struct view *v, const struct args *a)
{
	int rc;

	if (a->json)
		rc = view_json(f, v, false);
	else if (a->csv)
		rc = v->groups ? view_groups_csv(f, v) : view_csv(f, v, true);
	else
		rc = print_text(f, v);
	return rc ? fail(NS_EXIT_FAIL, "writing: %s", strerror(-rc)) : 0;
}

/* Did a realm do anything that is to be shown? */
static bool any_realm(const struct view *v)
{
	struct ns_query q = { NS_ANY, NS_ANY, NS_ANY, 0, NS_ANY, NS_ANY };

	for (q.event = 0; q.event < NS_NR_EVENTS; q.event++)
		if (ns_events[q.event].system == NS_SYS_RTT && view_shows(v, q.event) &&
		    ns_model_count(v->m, q))
			return true;
	return false;
}

static int show(struct report *r)
{
	const struct args *a = r->a;
	struct ns_rtt_traces traces = { 0 };
	struct ns_error err = { 0 };
	FILE *out = stdout;
	struct view v;
	int rc;

	rc = view_init(&v, "report", a, &r->m);
	if (rc)
		return rc;
	v.title = r->path;
	v.warning = r->warning;
	if (r->filter)
		v.events &= ns_expr_events(r->filter);
	v.groups = r->groups.nr_keys ? &r->groups : NULL;
	v.slowest = r->slowest.max ? &r->slowest : NULL;
	if (any_realm(&v)) {
		if (view_rtt_read(&traces, &v, r->path, &err)) {
			ns_rtt_trace_free(&traces);
			return fail_with(&err);
		}
		v.traces = &traces;
	}
	if (a->output)
		out = fopen(a->output, "we");
	if (!out) {
		ns_rtt_trace_free(&traces);
		return fail(NS_EXIT_USAGE, "cannot write %s: %s; choose another file with -o",
			    a->output, strerror(errno));
	}
	rc = print(out, &v, a);
	ns_rtt_trace_free(&traces);
	if (a->output && fclose(out) && !rc)
		rc = fail(NS_EXIT_FAIL, "%s: %s", a->output, strerror(errno));
	return rc;
}

/* How many of the slowest; by themselves they are for people only. */
static unsigned int nr_slowest(const struct args *a, const struct view *v)
{
	if (a->slowest || a->context)
		return a->slowest ? (unsigned int)a->slowest : v->top;
	return a->json || a->csv || a->group ? 0 : v->top;
}

int slowest_check(const struct args *a)
{
	if (a->slowest > NS_SLOWEST_MAX || a->context > NS_SLOWEST_CONTEXT_MAX)
		return fail(NS_EXIT_USAGE, "--slowest is at most %d, --context at most %d",
			    NS_SLOWEST_MAX, NS_SLOWEST_CONTEXT_MAX);
	return 0;
}

static int prepare(struct report *r)
{
	const struct args *a = r->a;
	struct ns_error err = { 0 };
	struct view v;
	int rc;

	rc = view_init(&v, "report", a, &r->m); /* bad options before a long read */
	if (rc)
		return rc;
	rc = slowest_check(a);
	if (rc)
		return rc;
	if (a->csv && (a->slowest || a->context))
		return fail(NS_EXIT_USAGE, "--csv has no slowest events; use --json or script");
	rc = filter_parse(a, &r->filter);
	if (rc)
		return rc;
	if (a->group && ns_groups_init(&r->groups, a->group, &err))
		return fail_with(&err);
	if (ns_slowest_init(&r->slowest, nr_slowest(a, &v), (unsigned int)a->context))
		return fail(NS_EXIT_FAIL, "out of memory");
	r->load = (struct ns_load){ .filter = r->filter, .arg = r };
	if (r->slowest.max || a->group)
		r->load.see = see;
	return 0;
}

static int load_and_show(struct report *r)
{
	struct ns_error err = { 0 };
	int rc;

	rc = prepare(r);
	if (rc)
		return rc;
	if (ns_recording_load_some(r->path, &r->m, &r->load, &r->warning, &err))
		return fail_with(&err);
	ns_model_sort(&r->m);
	ns_slowest_sort(&r->slowest);
	if (r->warning)
		fail(0, "warning: %s", r->warning);
	return show(r);
}

static int run(struct args *a)
{
	static struct report r;
	int rc;

	if (a->html)
		return report_page(a);
	r.a = a;
	r.path = a->input ? a->input : DEFAULT_FILE;
	ns_model_init(&r.m);
	rc = load_and_show(&r);
	free(r.warning);
	ns_expr_free(r.filter);
	ns_groups_free(&r.groups);
	ns_slowest_free(&r.slowest);
	ns_model_free(&r.m);
	return rc;
}

const struct command cmd_report = {
	.name = "report",
	.usage = "[options]",
	.help = "sorted tables from a recording",
	.text = "Shows what a recording holds: the ledger, per VM the events with their causes\n"
		"and times, contexts, TLBIs and what followed them, AT, MMIO, virtual EL2, realms\n"
		"and the slowest events. With --group it shows counts and times by any property of\n"
		"the events instead. --filter chooses events; what is around the slowest ones is\n"
		"shown whether it was chosen or not. A damaged recording is read up to its last\n"
		"whole chunk, with a warning.\n"
		"--html writes a page to share: timeline, causes, heat map, latencies, the bill of\n"
		"TLBIs, contexts and the slowest events, in one file that asks for nothing.\n",
	.examples = "What a recording holds, and the 20 slowest events:\n"
		"    nestscope report --top 20\n"
		"A page to mail:\n"
		"    nestscope report --html slow.html\n"
		"The same for a program:\n"
		"    nestscope report -i nestscope.nsr --json\n",
	.opts = opts,
	.run = run,
};
