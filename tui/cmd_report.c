// SPDX-License-Identifier: GPL-2.0-or-later
/* cmd_report.c: `nestscope report`: sorted tables from a recording. */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "recording.h"
#include "slowest.h"
#include "view.h"

static const struct opt opts[] = {
	OPTS_INPUT,
	OPTS_EVENTS,
	{ 0, "system", "LIST", OPT_EVENTS, ARG(event_list), "the same as --events" },
	{ 'o', "output", "FILE", OPT_STRING, ARG(output), "write to FILE" },
	{ 0, "json", NULL, OPT_FLAG, ARG(json), "JSON, as of 'nestscope stat --json'" },
	{ 0, "csv", NULL, OPT_FLAG, ARG(csv), "comma-separated values" },
	{ 0, "stdio", NULL, OPT_FLAG, ARG(stdio), "text tables (the default)" },
	{ 0, "by", "WHAT", OPT_STRING, ARG(by), "split further: vcpu or context" },
	{ 'F', "fields", "LIST", OPT_STRING, ARG(fields),
	  "columns: count,rate,share,mean,p50,p90,p99,max,total" },
	{ 0, "sort", "COLUMN", OPT_STRING, ARG(sort), "sort the splits by a column" },
	{ 0, "top", "N", OPT_NUMBER, ARG(top), "rows of the long tables (default 10)" },
	OPTS_END
};

static int print_text(FILE *f, const struct view *v, const char *path)
{
	struct ns_error err = { 0 };
	int rc;

	view_head(f, v);
	rc = view_table(f, v);
	if (!rc)
		rc = view_sections(f, v);
	if (rc)
		return fail(NS_EXIT_FAIL, "%s", strerror(-rc));
	if (slowest_print(f, v, path, &err))
		return fail_with(&err);
	view_unavailable(f, v);
	return 0;
}

static int print(FILE *f, const struct view *v, const struct args *a, const char *path)
{
	int rc;

	if (a->json)
		rc = view_json(f, v, false);
	else if (a->csv)
		rc = view_csv(f, v, true);
	else
		return print_text(f, v, path);
	return rc ? fail(NS_EXIT_FAIL, "writing: %s", strerror(-rc)) : 0;
}

static int report(const struct args *a, const struct ns_model *m, const char *path,
		  const char *warning)
{
	FILE *out = stdout;
	struct view v;
	int rc;

	rc = view_init(&v, "report", a, m);
	if (rc)
		return rc;
	v.title = path;
	v.warning = warning;
	if (a->output)
		out = fopen(a->output, "we");
	if (!out)
		return fail(NS_EXIT_USAGE, "cannot write %s: %s; choose another file with -o",
			    a->output, strerror(errno));
	rc = print(out, &v, a, path);
	if (a->output && fclose(out) && !rc)
		rc = fail(NS_EXIT_FAIL, "%s: %s", a->output, strerror(errno));
	return rc;
}

static int run(struct args *a)
{
	const char *path = a->input ? a->input : DEFAULT_FILE;
	struct ns_error err = { 0 };
	struct ns_model m;
	char *warning = NULL;
	int rc;

	ns_model_init(&m);
	if (ns_recording_load(path, &m, &warning, &err)) {
		rc = fail_with(&err);
	} else {
		ns_model_sort(&m);
		if (warning)
			fail(0, "warning: %s", warning);
		rc = report(a, &m, path, warning);
	}
	free(warning);
	ns_model_free(&m);
	return rc;
}

const struct command cmd_report = {
	.name = "report",
	.usage = "[options]",
	.help = "sorted tables from a recording",
	.text = "Shows what a recording holds: the ledger, per VM the events with their causes\n"
		"and times, contexts, TLBIs and what followed them, AT, MMIO, virtual EL2 and the\n"
		"slowest events. A damaged recording is read up to its last whole chunk, with a\n"
		"warning.\n",
	.examples = "What a recording holds, and the 20 slowest events:\n"
		"    nestscope report --top 20\n"
		"The same for a program:\n"
		"    nestscope report -i nestscope.nsr --json\n",
	.opts = opts,
	.run = run,
};
