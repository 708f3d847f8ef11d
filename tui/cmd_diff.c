// SPDX-License-Identifier: GPL-2.0-or-later
/* cmd_diff.c: `nestscope diff`: what changed between runs, worst first. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "compare_text.h"
#include "csv.h"
#include "pages.h"
#include "view.h"

#define CONFIDENCE 0.95
#define LABEL_WIDTH 36 /* at least, */
#define LABEL_WIDTH_MAX 70 /* and at most */

static const struct opt opts[] = {
	OPTS_EXPR,
	OPTS_GROUP,
	{ 'a', "all", NULL, OPT_FLAG, ARG(all), "also what did not change for sure" },
	{ 0, "confidence", "PERCENT", OPT_STRING, ARG(confidence),
	  "of the intervals (default 95)" },
	{ 0, "top", "N", OPT_NUMBER, ARG(top), "only the N largest changes" },
	{ 'o', "output", "FILE", OPT_STRING, ARG(output), "write to FILE" },
	{ 0, "json", NULL, OPT_FLAG, ARG(json), "JSON" },
	{ 0, "csv", NULL, OPT_FLAG, ARG(csv), "comma-separated values" },
	OPTS_HTML("a page with both sides beside each other"),
	{ 0, "stdio", NULL, OPT_FLAG, ARG(stdio), "text tables (the default)" },
	OPTS_END
};

/* One side against the first one. */
struct compared {
	const char *a, *b; /* as they were given */
	const struct ns_metricset *set_a, *set_b;
	struct ns_change *change; /* those to be shown come first */
	unsigned int nr, shown;
	int label_width;
};

/* ---- order ---- */

/* Increases come first, then decreases, then what is not sure. */
enum { INCREASE, DECREASE, NOT_SURE, ALONE };

static int kind(const struct ns_change *c)
{
	if (!c->s.na || !c->s.nb)
		return ALONE;
	if (c->s.shift == 0 || (!c->differs && (c->s.na > 1 || c->s.nb > 1)))
		return NOT_SURE;
	return c->s.shift > 0 ? INCREASE : DECREASE;
}

static int worst_first(const void *pa, const void *pb)
{
	const struct ns_change *a = pa, *b = pb;
	double x = fabs(a->relative), y = fabs(b->relative);
	int c = kind(a) - kind(b);

	if (c)
		return c;
	if (x != y)
		return x > y ? -1 : 1;
	c = strcmp(a->workload, b->workload);
	if (!c)
		c = strcmp(a->name, b->name);
	return c ? c : strcmp(a->vm, b->vm);
}

/* One that occurred on one side only is a change too; one run has no interval. */
static bool is_shown(const struct ns_change *c)
{
	return kind(c) != NOT_SURE;
}

static void fit_labels(struct compared *d)
{
	char label[220];
	int width;

	d->label_width = LABEL_WIDTH;
	for (unsigned int i = 0; i < d->shown; i++) {
		width = (int)strlen(metric_label(&d->change[i], label, sizeof(label)));
		if (width > d->label_width)
			d->label_width = width < LABEL_WIDTH_MAX ? width : LABEL_WIDTH_MAX;
	}
}

static void choose(struct compared *d, const struct args *a)
{
	struct ns_change keep;
	unsigned int n = 0;

	qsort(d->change, d->nr, sizeof(*d->change), worst_first);
	for (unsigned int i = 0; i < d->nr; i++) {
		if (!a->all && !is_shown(&d->change[i]))
			continue;
		keep = d->change[i];
		memmove(&d->change[n + 1], &d->change[n], (i - n) * sizeof(keep));
		d->change[n++] = keep;
	}
	d->shown = a->top && a->top < n ? (unsigned int)a->top : n;
	fit_labels(d);
}

/* ---- text ---- */

static void text_row(FILE *f, const struct compared *d, const struct ns_change *c)
{
	bool exact = d->set_a->exact;
	char label[220], a[40], b[40], change[40], between[60];

	metric_label(c, label, sizeof(label));
	fputs("  ", f);
	put_padded(f, label, d->label_width);
	if (kind(c) == ALONE) {
		fprintf(f, " only in %s\n", c->s.na ? d->a : d->b);
		return;
	}
	fprintf(f, " %10s %10s %9s", metric_value(c->name, exact, c->s.a, a, sizeof(a)),
		metric_value(c->name, exact, c->s.b, b, sizeof(b)),
		percent(c->relative, change, sizeof(change)));
	if (!exact)
		fprintf(f, "  %-16s %+.2f", interval_text(c, between, sizeof(between)),
			c->s.effect);
	fputc('\n', f);
}

static void text_head(FILE *f, const struct compared *d, double confidence)
{
	char buf[200], title[40];

	fprintf(f, "# nestscope diff %s %s\n", d->a, d->b);
	fprintf(f, " a: %s\n", metricset_text(d->set_a, buf, sizeof(buf)));
	fprintf(f, " b: %s\n\n", metricset_text(d->set_b, buf, sizeof(buf)));
	if (!d->shown)
		return;
	snprintf(title, sizeof(title), "%.5g %% interval", confidence * 100);
	fputs("  ", f);
	put_padded(f, d->set_a->exact ? "metric (times in instructions)" : "metric",
		   d->label_width);
	fprintf(f, " %10s %10s %9s", "a", "b", "change");
	if (!d->set_a->exact)
		fprintf(f, "  %-16s %s", title, "effect");
	fputc('\n', f);
}

static unsigned int nr_sure(const struct compared *d)
{
	unsigned int sure = 0;

	for (unsigned int i = 0; i < d->nr; i++)
		sure += is_shown(&d->change[i]);
	return sure;
}

static bool one_run(const struct compared *d)
{
	return d->nr && d->change[0].s.na <= 1 && d->change[0].s.nb <= 1;
}

static void text_foot(FILE *f, const struct compared *d)
{
	fprintf(f, "%s %u of %u metrics changed%s\n", d->shown ? "\n" : "", nr_sure(d), d->nr,
		d->set_a->exact ? "" : " for sure");
	if (!d->set_a->exact && one_run(d))
		fputs(" one run a side: nothing tells a change from noise; give several\n", f);
}

static void text(FILE *f, const struct compared *d, double confidence)
{
	const char *workload = "";

	text_head(f, d, confidence);
	for (unsigned int i = 0; i < d->shown; i++) {
		if (strcmp(workload, d->change[i].workload))
			fprintf(f, " %s\n", d->change[i].workload);
		workload = d->change[i].workload;
		text_row(f, d, &d->change[i]);
	}
	text_foot(f, d);
}

/* ---- CSV and JSON ---- */

static void csv_real(FILE *f, double v)
{
	if (isfinite(v))
		fprintf(f, ",%.15g", v);
	else
		fputc(',', f);
}

static void csv(FILE *f, const struct compared *d, bool head)
{
	const struct ns_change *c;

	if (head)
		fputs("a,b,workload,vm,metric,runs_a,runs_b,a_median,b_median,change,relative,low,"
		      "high,"
		      "p,effect\n",
		      f);
	for (unsigned int i = 0; i < d->shown; i++) {
		c = &d->change[i];
		ns_csv_text(f, d->a);
		fputc(',', f);
		ns_csv_text(f, d->b);
		fputc(',', f);
		ns_csv_text(f, c->workload);
		fputc(',', f);
		ns_csv_text(f, c->vm);
		fprintf(f, ",%s,%u,%u", c->name, c->s.na, c->s.nb);
		if (kind(c) == ALONE) {
			fputs(",,,,,,,,\n", f);
			continue;
		}
		csv_real(f, c->s.a);
		csv_real(f, c->s.b);
		csv_real(f, c->s.shift);
		csv_real(f, c->relative);
		csv_real(f, c->s.low);
		csv_real(f, c->s.high);
		csv_real(f, c->s.p);
		csv_real(f, c->s.effect);
		fputc('\n', f);
	}
}

static json_t *side_json(const char *name, const struct ns_metricset *set)
{
	json_t *j = json_object();

	json_object_set_new(j, "name", json_string(name));
	json_object_set_new(j, "clock", json_string(set->exact ? "icount" : "monotonic"));
	json_object_set_new(j, "release", json_string(set->workloads[0].origin.release));
	json_object_set_new(j, "machine", json_string(set->workloads[0].origin.machine));
	json_object_set_new(j, "notes", set->notes ? json_string(set->notes) : json_null());
	return j;
}

static json_t *compared_json(const struct compared *d)
{
	json_t *j = json_object(), *list = json_array();

	for (unsigned int i = 0; i < d->shown; i++)
		json_array_append_new(list, change_json(&d->change[i]));
	json_object_set_new(j, "a", side_json(d->a, d->set_a));
	json_object_set_new(j, "b", side_json(d->b, d->set_b));
	json_object_set_new(j, "metrics", json_integer(d->nr));
	json_object_set_new(j, "changes", list);
	return j;
}

static int json(FILE *f, const struct compared *d, unsigned int nr, double confidence)
{
	json_t *j = json_object(), *list = json_array();
	int rc;

	for (unsigned int i = 0; i < nr; i++)
		json_array_append_new(list, compared_json(&d[i]));
	json_object_set_new(j, "nestscope", json_string("diff"));
	json_object_set_new(j, "version", json_string(NS_VERSION));
	json_object_set_new(j, "confidence", json_real(confidence));
	json_object_set_new(j, "comparisons", list);
	rc = json_dumpf(j, f, JSON_INDENT(1));
	fputc('\n', f);
	json_decref(j);
	return rc;
}

static int print(const struct args *a, const struct compared *d, unsigned int nr, double confidence)
{
	FILE *f = a->output ? fopen(a->output, "we") : stdout;
	int rc = 0;

	if (!f)
		return fail(NS_EXIT_USAGE, "cannot write %s: %s; choose another file with -o",
			    a->output, strerror(errno));
	if (a->json)
		rc = json(f, d, nr, confidence);
	for (unsigned int i = 0; !a->json && i < nr; i++) {
		if (a->csv) {
			csv(f, &d[i], !i);
			continue;
		}
		if (i)
			fputc('\n', f);
		text(f, &d[i], confidence);
	}
	if (a->output && fclose(f))
		rc = -1;
	return rc ? fail(NS_EXIT_FAIL, "%s: %s", a->output ? a->output : "output", strerror(errno))
		  : 0;
}

/* ---- a page ---- */

static int page(const struct args *a, const struct compared *d, double confidence,
		const struct ns_expr *filter)
{
	char runs_a[200], runs_b[200];
	struct html_diff page = {
		.a = { .word = d->a, .runs = metricset_text(d->set_a, runs_a, sizeof(runs_a)) },
		.b = { .word = d->b, .runs = metricset_text(d->set_b, runs_b, sizeof(runs_b)) },
		.change = d->change,
		.shown = d->shown,
		.nr = d->nr,
		.sure = nr_sure(d),
		.exact = d->set_a->exact,
		.one_run = one_run(d),
		.confidence = confidence,
		.filter = a->filter,
	};

	return diff_page(a, &page, filter);
}

static int check_page(const struct args *a)
{
	if (!a->html)
		return 0;
	if (a->json || a->csv || a->output)
		return fail(NS_EXIT_USAGE,
			    "--html writes a page of its own; leave out --json, --csv and -o");
	if (a->argc != 2)
		return fail(NS_EXIT_USAGE,
			    "--html shows two sides beside each other; give A and B");
	return page_check(a->html);
}

/* ---- all of it ---- */

/* A side is a word: a file, a directory, or several separated by commas. */
static int load_side(struct ns_metricset *set, const char *word, const struct args *a,
		     const struct ns_expr *filter)
{
	char *copy = strdup(word), *save = NULL, *path, *paths[NS_STATS_MAX];
	int nr = 0, rc;

	if (!copy)
		return fail(NS_EXIT_FAIL, "out of memory");
	if (!access(word, F_OK)) /* a comma may be part of a name */
		paths[nr++] = copy;
	for (path = nr ? NULL : strtok_r(copy, ",", &save); path && nr < NS_STATS_MAX;
	     path = strtok_r(NULL, ",", &save))
		paths[nr++] = path;
	set->lossy_ok = true;
	set->filter = filter;
	set->group = a->group;
	rc = metricset_load(set, paths, nr);
	free(copy);
	if (!rc && set->notes)
		fail(0, "warning: %.*s", (int)strlen(set->notes) - 1, set->notes);
	return rc;
}

static int compare_sides(struct compared *d, const struct args *a, double confidence)
{
	struct ns_compare_opts o = { .confidence = confidence };
	struct ns_error err = { 0 };

	if (ns_compare(&d->change, &d->nr, d->set_a, d->set_b, &o, &err))
		return fail_with(&err);
	choose(d, a);
	return 0;
}

static int run(struct args *a)
{
	struct ns_expr *filter = NULL;
	struct ns_metricset *sets;
	struct compared *d;
	double confidence;
	int rc;

	if (a->argc < 2)
		return fail(NS_EXIT_USAGE,
			    "two sides are needed, as in 'nestscope diff before.json "
			    "after.json'; see 'nestscope help diff'");
	if (a->json && a->csv)
		return fail(NS_EXIT_USAGE, "--json and --csv exclude each other; give one");
	rc = check_page(a);
	if (!rc)
		rc = confidence_parse(a->confidence, CONFIDENCE, &confidence);
	if (!rc)
		rc = filter_parse(a, &filter);
	if (rc)
		return rc;
	sets = calloc((size_t)a->argc, sizeof(*sets));
	d = calloc((size_t)a->argc, sizeof(*d));
	if (!sets || !d)
		rc = fail(NS_EXIT_FAIL, "out of memory");
	for (int i = 0; !rc && i < a->argc; i++)
		rc = load_side(&sets[i], a->argv[i], a, filter);
	for (int i = 0; !rc && i + 1 < a->argc; i++) {
		d[i].a = a->argv[0];
		d[i].b = a->argv[i + 1];
		d[i].set_a = &sets[0];
		d[i].set_b = &sets[i + 1];
		rc = compare_sides(&d[i], a, confidence);
	}
	if (!rc && a->html)
		rc = page(a, &d[0], confidence, filter);
	else if (!rc)
		rc = print(a, d, (unsigned int)a->argc - 1, confidence);
	for (int i = 0; sets && d && i < a->argc; i++) {
		ns_metricset_free(&sets[i]);
		free(d[i].change);
	}
	free(sets);
	free(d);
	ns_expr_free(filter);
	return rc;
}

const struct command cmd_diff = {
	.name = "diff",
	.usage = "[options] A B [C...]",
	.help = "what changed between runs, worst first",
	.text = "Compares B, and each further side, with A. A side is a recording, a file of stat\n"
		"or report --json, a baseline, several of them separated by commas, or a\n"
		"directory: each *.nsr and *.json file in it is a run, each directory below it a\n"
		"workload. With several runs a side a change is the Hodges-Lehmann estimate with\n"
		"its confidence interval; effect is Cliff's delta, from -1 (all lower) to +1 (all\n"
		"higher). Only changes whose interval excludes 0 are shown, without --all.\n"
		"--filter and --group need recordings: they choose the events that are counted,\n"
		"and what each count is of. --html writes a page with the charts of both sides'\n"
		"recordings (the first one, of several) below what changed.\n",
	.examples = "What the new kernel changed, with ten runs of each in two directories:\n"
		"    nestscope diff before/ after/\n",
	.opts = opts,
	.takes_files = true,
	.run = run,
};
