// SPDX-License-Identifier: GPL-2.0-or-later
/* metricset.c: sets of named numbers; see metricset.h. */
#include "metricset_priv.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "catalogue.h"
#include "stats.h"

int ns_metricset_nomem(struct ns_error *err)
{
	return ns_error(err, -ENOMEM, NS_EXIT_FAIL, "out of memory");
}

/* ---- names ---- */

static bool ends_in(const char *name, const char *end)
{
	size_t len = strlen(name), n = strlen(end);

	return len >= n && !strcmp(name + len - n, end);
}

int ns_metric_event(const char *name)
{
	size_t len;

	for (int i = 0; i < NS_NR_EVENTS; i++) {
		len = strlen(ns_events[i].key);
		if (!strncmp(name, ns_events[i].key, len) && name[len] == '.')
			return i;
	}
	return -1;
}

enum ns_metric_unit ns_metric_unit(const char *name)
{
	if (ends_in(name, ".count"))
		return NS_METRIC_N;
	return ends_in(name, ".rate") ? NS_METRIC_RATE : NS_METRIC_NS;
}

bool ns_metric_is_sum(const char *name)
{
	return ends_in(name, ".count") || ends_in(name, ".rate") || ends_in(name, ".time.total");
}

/* ---- a workload ---- */

static void workload_free(struct ns_workload *w)
{
	for (unsigned int i = 0; i < w->nr_series; i++) {
		free(w->series[i].vm);
		free(w->series[i].name);
		free(w->series[i].value);
	}
	free(w->series);
	free(w->index);
	free(w->events);
	free(w->vms);
	free(w->name);
}

int ns_workload_run(struct ns_workload *w, uint64_t events)
{
	unsigned int nr = w->nr_runs + 1;
	uint64_t *mask = realloc(w->events, nr * sizeof(*mask));
	double *v;

	if (!mask)
		return -ENOMEM;
	w->events = mask;
	mask[nr - 1] = events;
	for (unsigned int i = 0; i < w->nr_series; i++) {
		v = realloc(w->series[i].value, nr * sizeof(*v));
		if (!v)
			return -ENOMEM;
		w->series[i].value = v;
		v[nr - 1] = NAN;
	}
	w->nr_runs = nr;
	return 0;
}

static uint32_t hash(const char *vm, const char *name)
{
	uint32_t h = 2166136261U; /* FNV-1a */

	for (; *vm; vm++)
		h = (h ^ (unsigned char)*vm) * 16777619U;
	for (; *name; name++)
		h = (h ^ (unsigned char)*name) * 16777619U;
	return h;
}

/* Slot of the series, or the empty one where it belongs. */
static uint32_t *series_slot(const struct ns_workload *w, const char *vm, const char *name)
{
	unsigned int mask = w->index_size - 1, i = hash(vm, name) & mask;
	const struct ns_series *s;

	for (; w->index[i]; i = (i + 1) & mask) {
		s = &w->series[w->index[i] - 1];
		if (!strcmp(s->name, name) && !strcmp(s->vm, vm))
			break;
	}
	return &w->index[i];
}

/* (Re)build the index, with at least twice as many slots as series. */
static int index_build(struct ns_workload *w, unsigned int nr)
{
	unsigned int size = 256;
	uint32_t *index;

	while (size < nr * 2)
		size *= 2;
	index = calloc(size, sizeof(*index));
	if (!index)
		return -ENOMEM;
	free(w->index);
	w->index = index;
	w->index_size = size;
	for (unsigned int i = 0; i < w->nr_series; i++)
		*series_slot(w, w->series[i].vm, w->series[i].name) = i + 1;
	return 0;
}

static int series_new(struct ns_series *s, const char *vm, const char *name, unsigned int runs)
{
	s->vm = strdup(vm);
	s->name = strdup(name);
	s->value = malloc(runs * sizeof(*s->value));
	if (!s->vm || !s->name || !s->value) {
		free(s->vm);
		free(s->name);
		free(s->value);
		return -ENOMEM;
	}
	for (unsigned int i = 0; i < runs; i++)
		s->value[i] = NAN;
	return 0;
}

static int series_room(struct ns_workload *w)
{
	unsigned int cap = w->cap_series ? w->cap_series * 2 : 64;
	struct ns_series *p;

	if (w->nr_series == w->cap_series) {
		p = realloc(w->series, cap * sizeof(*p));
		if (!p)
			return -ENOMEM;
		w->series = p;
		w->cap_series = cap;
	}
	if ((w->nr_series + 1) * 2 > w->index_size)
		return index_build(w, w->nr_series + 1);
	return 0;
}

static int series_get(struct ns_workload *w, const char *vm, const char *name,
		      struct ns_series **out)
{
	int rc = series_room(w);
	uint32_t *slot;

	if (rc)
		return rc;
	slot = series_slot(w, vm, name);
	if (!*slot) {
		rc = series_new(&w->series[w->nr_series], vm, name, w->nr_runs);
		if (rc)
			return rc;
		*slot = ++w->nr_series;
	}
	*out = &w->series[*slot - 1];
	return 0;
}

int ns_workload_put(struct ns_workload *w, unsigned int run, const char *vm, const char *name,
		    double value)
{
	struct ns_series *s;
	int rc = series_get(w, vm, name, &s);

	if (!rc)
		s->value[run] = value;
	return rc;
}

static int workload_add(struct ns_workload *w, unsigned int run, const char *vm, const char *name,
			double value)
{
	struct ns_series *s;
	int rc = series_get(w, vm, name, &s);

	if (!rc)
		s->value[run] = isnan(s->value[run]) ? value : s->value[run] + value;
	return rc;
}

/* vm NULL: the only VM of the run, whose numbers are those of all. */
int ns_put_count(struct ns_workload *w, unsigned int run, const char *vm, const char *prefix,
		 uint64_t count)
{
	char name[160];
	int rc;

	snprintf(name, sizeof(name), "%s.count", prefix);
	rc = workload_add(w, run, "", name, (double)count);
	if (!rc && vm)
		rc = ns_workload_put(w, run, vm, name, (double)count);
	return rc;
}

int ns_put_times(struct ns_workload *w, unsigned int run, const char *vm, const char *prefix,
		 uint64_t count, const struct cell_times *t)
{
	const struct {
		const char *key;
		uint64_t value;
	} q[] = { { "p50", t->p50 }, { "p90", t->p90 }, { "p99", t->p99 } };
	char name[160];
	int rc;

	snprintf(name, sizeof(name), "%s.time.total", prefix);
	rc = workload_add(w, run, "", name, (double)t->total);
	if (!rc && vm)
		rc = ns_workload_put(w, run, vm, name, (double)t->total);
	for (unsigned int i = 0; !rc && count && i < 3; i++) {
		snprintf(name, sizeof(name), "%s.time.%s", prefix, q[i].key);
		rc = ns_workload_put(w, run, vm ? vm : "", name, (double)q[i].value);
	}
	return rc;
}

/* ---- the set ---- */

void ns_metricset_init(struct ns_metricset *set)
{
	memset(set, 0, sizeof(*set));
}

void ns_metricset_free(struct ns_metricset *set)
{
	for (unsigned int i = 0; i < set->nr_workloads; i++)
		workload_free(&set->workloads[i]);
	ns_run_forget(set);
	free(set->workloads);
	free(set->notes);
	memset(set, 0, sizeof(*set));
}

const struct ns_workload *ns_metricset_workload(const struct ns_metricset *set, const char *name)
{
	for (unsigned int i = 0; i < set->nr_workloads; i++)
		if (!strcmp(set->workloads[i].name, name))
			return &set->workloads[i];
	return NULL;
}

struct ns_workload *ns_metricset_get(struct ns_metricset *set, const char *name)
{
	struct ns_workload *w = (struct ns_workload *)ns_metricset_workload(set, name);
	char plain[64];

	ns_escape(plain, sizeof(plain), name, strlen(name));
	if (!w)
		w = (struct ns_workload *)ns_metricset_workload(set, plain);
	if (w)
		return w;
	w = realloc(set->workloads, (set->nr_workloads + 1) * sizeof(*w));
	if (!w)
		return NULL;
	set->workloads = w;
	w += set->nr_workloads;
	memset(w, 0, sizeof(*w));
	w->name = strdup(plain);
	if (!w->name)
		return NULL;
	set->nr_workloads++;
	return w;
}

/* ---- after the last file ---- */

/* What was not counted, though it could have been, is 0. */
static void fill_zeros(struct ns_workload *w)
{
	struct ns_series *s;
	int event;

	for (unsigned int i = 0; i < w->nr_series; i++) {
		s = &w->series[i];
		event = ns_metric_event(s->name);
		for (unsigned int r = 0; event >= 0 && r < w->nr_runs; r++)
			if (isnan(s->value[r]) && ns_metric_is_sum(s->name) &&
			    w->events[r] >> event & 1)
				s->value[r] = 0;
	}
}

static double value_of(const struct ns_workload *w, const char *vm, const char *name,
		       unsigned int run)
{
	uint32_t at = *series_slot(w, vm, name);

	return at ? w->series[at - 1].value[run] : NAN;
}

/* Put top / bottom, where both are there, as PREFIX.end for PREFIX.count. */
static int derive_one(struct ns_workload *w, const char *vm, const char *prefix, const char *end,
		      bool mean)
{
	char name[160], total[160];
	double count, other, value;
	int rc = 0;

	snprintf(name, sizeof(name), "%s.%s", prefix, end);
	for (unsigned int r = 0; !rc && r < w->nr_runs; r++) {
		snprintf(total, sizeof(total), "%s.count", prefix);
		count = value_of(w, vm, total, r);
		snprintf(total, sizeof(total), "%s.time.total", prefix);
		other = value_of(w, mean ? vm : "", mean ? total : RUN_TIME, r);
		value = mean ? other / count : count / other * 1e9;
		if (isfinite(value))
			rc = ns_workload_put(w, r, vm, name, value);
	}
	return rc;
}

/* Means, and for measured times rates, of every count there is. */
static int derive(struct ns_workload *w, bool exact)
{
	char prefix[160], vm[80];
	unsigned int old = w->nr_series, n = 0;
	struct {
		char *prefix, *vm;
	} *todo = calloc(old ? old : 1, sizeof(*todo));
	int rc = todo ? 0 : -ENOMEM;

	/* deriving inserts series: collect first */
	for (unsigned int i = 0; !rc && i < old; i++) {
		if (!ends_in(w->series[i].name, ".count"))
			continue;
		snprintf(prefix, sizeof(prefix), "%.*s", (int)strlen(w->series[i].name) - 6,
			 w->series[i].name);
		snprintf(vm, sizeof(vm), "%s", w->series[i].vm);
		todo[n].prefix = strdup(prefix);
		todo[n].vm = strdup(vm);
		rc = todo[n].prefix && todo[n].vm ? 0 : -ENOMEM;
		n++;
	}
	for (unsigned int i = 0; !rc && i < n; i++) {
		rc = derive_one(w, todo[i].vm, todo[i].prefix, "time.mean", true);
		if (!rc && !exact)
			rc = derive_one(w, todo[i].vm, todo[i].prefix, "rate", false);
	}
	for (unsigned int i = 0; i < n; i++) {
		free(todo[i].prefix);
		free(todo[i].vm);
	}
	free(todo);
	return rc;
}

static bool same_value(double a, double b)
{
	return a == b || (isnan(a) && isnan(b));
}

static int check_exact(const struct ns_workload *w, struct ns_error *err)
{
	const struct ns_series *s;

	for (unsigned int i = 0; i < w->nr_series; i++) {
		s = &w->series[i];
		for (unsigned int r = 1; r < w->nr_runs; r++)
			if (strcmp(s->name, RUN_TIME) && !same_value(s->value[r], s->value[0]))
				return ns_error(
					err, -EINVAL, NS_EXIT_USAGE,
					"%s%s%s is %.15g in one run and %.15g in another: with "
					"clock: "
					"icount runs of one kernel are equal, so these are not",
					w->name, *w->name ? " " : "", s->name, s->value[0],
					s->value[r]);
	}
	return 0;
}

static int by_name(const void *pa, const void *pb)
{
	const struct ns_workload *a = pa, *b = pb;

	return strcmp(a->name, b->name);
}

static int by_series(const void *pa, const void *pb)
{
	const struct ns_series *a = pa, *b = pb;
	int c = strcmp(a->name, b->name);

	return c ? c : strcmp(a->vm, b->vm);
}

bool ns_workload_has_vm(const struct ns_workload *w, const char *vm)
{
	for (unsigned int i = 0; i < w->nr_vms; i++)
		if (!strcmp(w->vms[i], vm))
			return true;
	return !*vm;
}

/* Sort the series, and list their VMs. */
static int sort_series(struct ns_workload *w, struct ns_error *err)
{
	qsort(w->series, w->nr_series, sizeof(*w->series), by_series);
	if (index_build(w, w->nr_series))
		return ns_metricset_nomem(err);
	w->vms = calloc(NS_MAX_VMS, sizeof(*w->vms));
	if (!w->vms)
		return ns_metricset_nomem(err);
	for (unsigned int i = 0; i < w->nr_series; i++) {
		if (ns_workload_has_vm(w, w->series[i].vm))
			continue;
		if (w->nr_vms == NS_MAX_VMS)
			return ns_error(err, -EINVAL, NS_EXIT_USAGE,
					"workload '%s' has more than %d VMs", w->name, NS_MAX_VMS);
		snprintf(w->vms[w->nr_vms++], sizeof(*w->vms), "%s", w->series[i].vm);
	}
	return 0;
}

static int finish_workload(struct ns_workload *w, bool exact, struct ns_error *err)
{
	int rc;

	fill_zeros(w);
	if (derive(w, exact))
		return ns_metricset_nomem(err);
	fill_zeros(w);
	rc = sort_series(w, err);
	return rc || !exact ? rc : check_exact(w, err);
}

int ns_metricset_finish(struct ns_metricset *set, struct ns_error *err)
{
	int rc = 0;

	if (!set->nr_workloads)
		return ns_error(
			err, -EINVAL, NS_EXIT_USAGE,
			"no run was given: name recordings, stat files or directories of them");
	qsort(set->workloads, set->nr_workloads, sizeof(*set->workloads), by_name);
	for (unsigned int i = 0; !rc && i < set->nr_workloads; i++)
		rc = finish_workload(&set->workloads[i], set->exact, err);
	return rc;
}
