// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * baseline.c: a set of runs as one file that a repository can hold:
 *
 * {"nestscope": "baseline", "format": 1, "clock": "icount" | "monotonic",
 *  "workloads": {NAME: {
 *    "runs": N, "release": TEXT, "machine": TEXT,
 *    "providers": {EVENT: BY},
 *    "metrics": {METRIC: [value of each run, null where it does not tell]},
 *    "vms": {VM: {METRIC: [...]}}}}}
 *
 * Exact data has one run and plain numbers instead of lists.  Means and rates
 * are not written: they follow from the counts, totals and times.
 */
#include "metricset_priv.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "catalogue.h"
#include "stats.h"

#define FORMAT 1

/* ---- writing ---- */

static bool is_derived(const char *name)
{
	size_t len = strlen(name);

	return (len > 10 && !strcmp(name + len - 10, ".time.mean")) ||
	       (len > 5 && !strcmp(name + len - 5, ".rate"));
}

static bool is_written(const struct ns_metricset *set, const struct ns_series *s)
{
	return !is_derived(s->name) && !(set->exact && !strcmp(s->name, RUN_TIME));
}

static void put_string(FILE *f, const char *s)
{
	json_t *j = json_string(s);
	char *text = j ? json_dumps(j, JSON_ENCODE_ANY) : NULL;

	fputs(text ? text : "\"?\"", f);
	free(text);
	json_decref(j);
}

static void put_value(FILE *f, double v)
{
	if (isnan(v))
		fputs("null", f);
	else
		fprintf(f, "%.0f", v);
}

static void put_series(FILE *f, const struct ns_metricset *set, const struct ns_workload *w,
		       const struct ns_series *s, const char *indent, bool *first)
{
	fputs(*first ? "\n" : ",\n", f);
	*first = false;
	fputs(indent, f);
	put_string(f, s->name);
	fputs(": ", f);
	if (set->exact) {
		put_value(f, s->value[0]);
		return;
	}
	for (unsigned int r = 0; r < w->nr_runs; r++) {
		fputs(r ? ", " : "[", f);
		put_value(f, s->value[r]);
	}
	fputc(']', f);
}

static void put_metrics(FILE *f, const struct ns_metricset *set, const struct ns_workload *w,
			const char *vm, const char *indent)
{
	bool first = true;

	for (unsigned int i = 0; i < w->nr_series; i++)
		if (!strcmp(w->series[i].vm, vm) && is_written(set, &w->series[i]))
			put_series(f, set, w, &w->series[i], indent, &first);
}

static void put_vms(FILE *f, const struct ns_metricset *set, const struct ns_workload *w)
{
	for (unsigned int i = 0; i < w->nr_vms; i++) {
		fputs(i ? ",\n    " : ",\n   \"vms\": {\n    ", f);
		put_string(f, w->vms[i]);
		fputs(": {", f);
		put_metrics(f, set, w, w->vms[i], "     ");
		fputs("}", f);
	}
	if (w->nr_vms)
		fputs("}", f);
}

static void put_providers(FILE *f, const struct ns_workload *w)
{
	bool first = true;

	fputs("   \"providers\": {", f);
	for (unsigned int i = 0; i < NS_NR_EVENTS; i++) {
		if (!(w->events[0] >> i & 1))
			continue;
		fprintf(f, "%s\n    \"%s\": ", first ? "" : ",", ns_events[i].key);
		put_string(f, w->origin.by[i]);
		first = false;
	}
	fputs("},\n", f);
}

static void put_workload(FILE *f, const struct ns_metricset *set, const struct ns_workload *w)
{
	put_string(f, w->name);
	fprintf(f, ": {\n   \"runs\": %u,\n   \"release\": ", set->exact ? 1 : w->nr_runs);
	put_string(f, w->origin.release);
	fputs(",\n   \"machine\": ", f);
	put_string(f, w->origin.machine);
	fputs(",\n", f);
	put_providers(f, w);
	fputs("   \"metrics\": {", f);
	put_metrics(f, set, w, "", "    ");
	fputs("}", f);
	put_vms(f, set, w);
	fputs("}", f);
}

static void put_set(FILE *f, const struct ns_metricset *set)
{
	fprintf(f,
		"{\n \"nestscope\": \"baseline\",\n \"format\": %d,\n \"clock\": \"%s\",\n"
		" \"workloads\": {",
		FORMAT, set->exact ? "icount" : "monotonic");
	for (unsigned int i = 0; i < set->nr_workloads; i++) {
		fputs(i ? ",\n  " : "\n  ", f);
		put_workload(f, set, &set->workloads[i]);
	}
	fputs("}\n}\n", f);
}

int ns_baseline_write(const struct ns_metricset *set, const char *path, struct ns_error *err)
{
	char tmp[4096];
	FILE *f;
	int rc;

	if (snprintf(tmp, sizeof(tmp), "%s.new", path) >= (int)sizeof(tmp))
		return ns_error(err, -EINVAL, NS_EXIT_USAGE, "%s: the path is too long", path);
	f = fopen(tmp, "we");
	if (!f)
		return ns_error(err, -errno, NS_EXIT_USAGE, "cannot write %s: %s", tmp,
				strerror(errno));
	put_set(f, set);
	rc = fflush(f) || ferror(f) ? -EIO : 0;
	if (fclose(f) || rc || rename(tmp, path)) {
		rc = ns_error(err, -EIO, NS_EXIT_FAIL, "cannot write %s: %s", path,
			      strerror(errno));
		remove(tmp);
		return rc;
	}
	return 0;
}

/* ---- reading ---- */

struct reading {
	const char *path;
	const char *workload;
	struct ns_error *err;
};

static int wrong(const struct reading *r, const char *key, const char *what)
{
	return ns_error(
		r->err, -EINVAL, NS_EXIT_USAGE,
		"%s: workload '%.60s': %.80s is %s; make the baseline again with 'nestscope "
		"gate --update'",
		r->path, r->workload, key, what);
}

static bool is_value(const json_t *j)
{
	return json_is_null(j) || (json_is_integer(j) && json_integer_value(j) >= 0);
}

static double value(const json_t *j)
{
	return json_is_null(j) ? NAN : (double)json_integer_value(j);
}

/* Only names that a set could have: they are printed, and compared by suffix. */
static bool is_name(const char *s)
{
	size_t len = strlen(s);

	return len && len < 128 && strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789_.") == len;
}

static int read_series(const struct reading *r, struct ns_workload *w, const char *vm,
		       const char *name, const json_t *j)
{
	const json_t *v;

	if (!is_name(name))
		return wrong(r, "a metric's name", "not a name");
	if (json_is_array(j) ? json_array_size(j) != w->nr_runs : w->nr_runs != 1)
		return wrong(r, name, "not a value for each run");
	for (unsigned int i = 0; i < w->nr_runs; i++) {
		v = json_is_array(j) ? json_array_get(j, i) : j;
		if (!is_value(v))
			return wrong(r, name, "not a number of 0 or more");
		if (ns_workload_put(w, i, vm, name, value(v)))
			return ns_metricset_nomem(r->err);
	}
	return 0;
}

static int read_metrics(const struct reading *r, struct ns_workload *w, const char *vm,
			const json_t *metrics)
{
	const char *name;
	json_t *j;
	int rc = 0;

	if (!json_is_object(metrics))
		return wrong(r, "metrics", "not an object");
	json_object_foreach ((json_t *)metrics, name, j) {
		rc = read_series(r, w, vm, name, j);
		if (rc)
			break;
	}
	return rc;
}

static int read_vms(const struct reading *r, struct ns_workload *w, const json_t *vms)
{
	char plain[72];
	const char *vm;
	json_t *j;
	int rc = 0;

	if (vms && !json_is_object(vms))
		return wrong(r, "vms", "not an object");
	json_object_foreach ((json_t *)vms, vm, j) {
		ns_escape(plain, sizeof(plain), vm, strlen(vm));
		rc = read_metrics(r, w, plain, j);
		if (rc)
			break;
	}
	return rc;
}

static void text(const json_t *in, const char *key, char *buf, size_t size)
{
	const char *s = json_string_value(json_object_get(in, key));

	ns_escape(buf, size, s ? s : "", s ? strlen(s) : 0);
}

static uint64_t read_origin(struct ns_origin *o, const json_t *j)
{
	const json_t *providers = json_object_get(j, "providers");
	uint64_t events = 0;

	text(j, "release", o->release, sizeof(o->release));
	text(j, "machine", o->machine, sizeof(o->machine));
	for (unsigned int i = 0; i < NS_NR_EVENTS; i++) {
		if (!json_is_string(json_object_get(providers, ns_events[i].key)))
			continue;
		events |= 1ULL << i;
		text(providers, ns_events[i].key, o->by[i], sizeof(o->by[i]));
	}
	return events;
}

static int read_workload(const struct reading *r, struct ns_metricset *set, const json_t *j)
{
	json_int_t runs = json_integer_value(json_object_get(j, "runs"));
	struct ns_workload *w;
	struct ns_origin o = { 0 };
	uint64_t events;
	int rc;

	if (runs < 1 || runs > NS_STATS_MAX)
		return wrong(r, "runs", "not a number from 1 to 200");
	if (ns_metricset_workload(set, r->workload))
		return wrong(r, "the workload", "there already: give a baseline alone");
	events = read_origin(&o, j);
	w = ns_metricset_get(set, r->workload);
	if (!w)
		return ns_metricset_nomem(r->err);
	w->origin = o;
	for (json_int_t i = 0; i < runs; i++)
		if (ns_workload_run(w, events))
			return ns_metricset_nomem(r->err);
	rc = read_metrics(r, w, "", json_object_get(j, "metrics"));
	return rc ? rc : read_vms(r, w, json_object_get(j, "vms"));
}

int ns_metricset_add_baseline(struct ns_metricset *set, const char *path, const json_t *root,
			      struct ns_error *err)
{
	const char *clock = json_string_value(json_object_get(root, "clock"));
	const json_t *workloads = json_object_get(root, "workloads");
	struct reading r = { .path = path, .workload = "", .err = err };
	bool exact = clock && !strcmp(clock, "icount");
	const char *name;
	char plain[64];
	json_t *j;
	int rc = 0;

	if (json_integer_value(json_object_get(root, "format")) != FORMAT)
		return ns_error(
			err, -EINVAL, NS_EXIT_USAGE,
			"%s is a baseline of another format than %d: update nestscope, or make it "
			"again",
			path, FORMAT);
	if (!clock || (!exact && strcmp(clock, "monotonic")))
		return wrong(&r, "clock", "neither icount nor monotonic");
	if (!json_is_object(workloads) || !json_object_size(workloads) ||
	    json_object_size(workloads) > NS_MAX_WORKLOADS)
		return wrong(&r, "workloads", "missing, empty or of more than 1000");
	if (set->nr_workloads && set->exact != exact)
		return wrong(&r, "clock", "another one than that of the files before it");
	set->exact = exact;
	json_object_foreach ((json_t *)workloads, name, j) {
		ns_escape(plain, sizeof(plain), name, strlen(name));
		r.workload = plain;
		rc = read_workload(&r, set, j);
		if (rc)
			break;
	}
	return rc;
}
