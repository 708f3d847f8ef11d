// SPDX-License-Identifier: GPL-2.0-or-later
/* cmd_export.c: `nestscope export`: a recording in the formats of other tools. */
#include "export.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "catalogue.h"
#include "cmd.h"
#include "outfile.h"

static const struct opt opts[] = {
	OPTS_INPUT,
	OPTS_EVENTS,
	{ 'f', "format", "FORMAT", OPT_STRING, ARG(format),
	  "perfetto, folded, csv, openmetrics or prometheus" },
	{ 'o', "output", "FILE", OPT_STRING, ARG(output), "write to FILE; - is standard output" },
	{ 0, "counts", NULL, OPT_FLAG, ARG(counts), "folded: count events, not their time" },
	OPTS_END
};

static int find_format(const char *name, unsigned int *format)
{
	const char *names[NS_NR_EXPORTS], *near;

	if (!name)
		return fail(NS_EXIT_USAGE, "which format? give --format perfetto, folded, csv, "
					   "openmetrics or prometheus");
	for (*format = 0; *format < NS_NR_EXPORTS; (*format)++) {
		names[*format] = ns_export_name(*format);
		if (!strcmp(name, names[*format]))
			return 0;
	}
	near = nearest(name, names, NS_NR_EXPORTS);
	return fail(NS_EXIT_USAGE, "unknown format '%s'%s%s%s; see 'nestscope help export'", name,
		    near ? " (did you mean '" : "", near ? near : "", near ? "'?)" : "");
}

/* What a reader of the file should know, on standard error. */
static void notes(const struct ns_export_result *r)
{
	char n[32], m[32];

	if (r->warning)
		fail(0, "warning: %s", r->warning);
	if (r->moved)
		fail(0, "note: the ends of %s slices were moved so that they nest",
		     ns_count_format(r->moved, n, sizeof(n)));
	if (r->unlinked)
		fail(0, "note: of %s refaults after a TLBI, the TLBI of %s was not seen",
		     ns_count_format(r->linked + r->unlinked, n, sizeof(n)),
		     ns_count_format(r->unlinked, m, sizeof(m)));
	if (r->left_out)
		fail(0, "warning: too many stacks: those left out weigh %s",
		     ns_count_format(r->left_out, n, sizeof(n)));
}

static int run(struct args *a)
{
	struct ns_export_opts o = {
		.path = a->input ? a->input : DEFAULT_FILE,
		.events = a->events,
		.counts = a->counts,
	};
	struct ns_export_result r = { 0 };
	struct ns_error err = { 0 };
	struct outfile out;
	int rc;

	rc = find_format(a->format, &o.format);
	if (!rc && a->counts && o.format != NS_EXPORT_FOLDED)
		rc = fail(NS_EXIT_USAGE, "--counts is for --format folded");
	if (rc)
		return rc;
	rc = outfile_open(&out, a->output);
	if (rc)
		return rc;
	if (o.format == NS_EXPORT_PERFETTO && out.f == stdout && isatty(STDOUT_FILENO))
		return fail(NS_EXIT_USAGE, "a Perfetto trace is not for a terminal; give -o FILE");
	if (ns_export(out.f, &o, &r, &err))
		rc = fail_with(&err);
	else
		notes(&r);
	free(r.warning);
	return outfile_close(&out, rc);
}

const struct command cmd_export = {
	.name = "export",
	.usage = "-f FORMAT [options]",
	.help = "a recording for Perfetto, flame graphs, spreadsheets, Prometheus",
	.text = "Writes a recording in another tool's format. perfetto: a trace for\n"
		"ui.perfetto.dev and trace_processor, with the time of L2, L1 and L0 of each vCPU,\n"
		"counters, and flows from each TLBI through the refaults it caused. folded: stacks\n"
		"by cause, for flame graphs, weighed by time, or with --counts by events. csv: one\n"
		"line per event; of one event (-e) with its own fields only. openmetrics: sums and\n"
		"histograms with the time of the recording's end; prometheus: the same as text for\n"
		"node_exporter, without a time. All but the last two hold guest addresses. FILE is\n"
		"there whole or not at all.\n",
	.opts = opts,
	.run = run,
};
