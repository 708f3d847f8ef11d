// SPDX-License-Identifier: GPL-2.0-or-later
/* compare_text.c: how `diff` and `gate` write metrics and changes. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "catalogue.h"
#include "compare_text.h"
#include "view.h"

const char *metric_label(const struct ns_change *c, char *buf, size_t size)
{
	snprintf(buf, size, "%s%s%s", c->vm, *c->vm ? ":" : "", c->name);
	return buf;
}

/* A count or a number of instructions; means have a fraction. */
static void plain(double v, char *buf, size_t size)
{
	double whole = floor(v + (v == floor(v) ? 0 : 0.05));
	int tenth = (int)floor((v - whole) * 10 + 0.5);
	size_t len;

	if (v < 0 || v >= 9e15) {
		snprintf(buf, size, "%.4g", v);
		return;
	}
	ns_count_format((uint64_t)whole, buf, size);
	len = strlen(buf);
	if (v != floor(v) && tenth >= 0)
		snprintf(buf + len, size - len, ".%d", tenth);
}

const char *metric_value(const char *name, bool exact, double v, char *buf, size_t size)
{
	enum ns_metric_unit unit = ns_metric_unit(name);

	if (unit == NS_METRIC_RATE)
		rate_format(v, buf, size);
	else if (unit == NS_METRIC_NS && !exact)
		ns_duration_format((uint64_t)(v + 0.5), buf, size);
	else
		plain(v, buf, size);
	return buf;
}

const char *metric_unit_word(const char *name, bool exact)
{
	return exact && ns_metric_unit(name) == NS_METRIC_NS ? " instructions" : "";
}

const char *percent(double share, char *buf, size_t size)
{
	double p = share * 100;

	if (isinf(share))
		snprintf(buf, size, "from 0");
	else
		snprintf(buf, size, fabs(p) < 0.1 && p != 0 ? "%+.2g %%" : "%+.1f %%", p);
	return buf;
}

const char *interval_text(const struct ns_change *c, char *buf, size_t size)
{
	if (isinf(c->s.low) || isinf(c->s.high))
		snprintf(buf, size, "too few runs");
	else if (c->s.a == 0)
		snprintf(buf, size, "%+.3g .. %+.3g", c->s.low, c->s.high);
	else
		snprintf(buf, size, "%+.1f .. %+.1f %%", 100 * c->s.low / c->s.a,
			 100 * c->s.high / c->s.a);
	return buf;
}

int confidence_parse(const char *text, double fallback, double *out)
{
	char *end;
	double v;

	*out = fallback;
	if (!text)
		return 0;
	v = strtod(text, &end);
	if (end == text || (*end && strcmp(end, "%")) || !(v >= 75 && v <= 99.9999))
		return fail(NS_EXIT_USAGE,
			    "--confidence: '%s' is not a percentage from 75 to 99.9999", text);
	*out = v / 100;
	return 0;
}

int metricset_load(struct ns_metricset *set, char *const *words, int nr)
{
	struct ns_error err = { 0 };

	for (int i = 0; i < nr; i++)
		if (ns_metricset_add(set, words[i], &err))
			return fail_with(&err);
	return ns_metricset_finish(set, &err) ? fail_with(&err) : 0;
}

static const char *several(uint64_t n, const char *what, char *buf, size_t size)
{
	snprintf(buf, size, "%" PRIu64 " %s%s", n, what, n == 1 ? "" : "s");
	return buf;
}

const char *metricset_text(const struct ns_metricset *set, char *buf, size_t size)
{
	const struct ns_workload *w = &set->workloads[0];
	char runs[40], workloads[40] = "";
	uint64_t n = 0;

	for (unsigned int i = 0; i < set->nr_workloads; i++)
		n += set->workloads[i].nr_runs;
	if (set->nr_workloads > 1)
		several(set->nr_workloads, "workload", workloads, sizeof(workloads));
	snprintf(buf, size, "%s%s%s%s, Linux %s %s", several(n, "run", runs, sizeof(runs)),
		 *workloads ? ", " : "", workloads, set->exact ? ", exact" : "", w->origin.release,
		 w->origin.machine);
	return buf;
}

json_t *real_or_null(double v)
{
	if (!isfinite(v))
		return json_null();
	/* counts and times are whole: so they look it */
	if (v == floor(v) && fabs(v) < 9e15)
		return json_integer((json_int_t)v);
	return json_real(v);
}

json_t *change_json(const struct ns_change *c)
{
	static const char *const units[] = {
		[NS_METRIC_N] = "count", [NS_METRIC_RATE] = "per_second", [NS_METRIC_NS] = "ns"
	};
	bool both = c->s.na && c->s.nb;
	json_t *j = json_object(), *runs = json_array();

	json_array_append_new(runs, json_integer(c->s.na));
	json_array_append_new(runs, json_integer(c->s.nb));
	json_object_set_new(j, "workload", json_string(c->workload));
	json_object_set_new(j, "vm", *c->vm ? json_string(c->vm) : json_null());
	json_object_set_new(j, "metric", json_string(c->name));
	json_object_set_new(j, "unit", json_string(units[ns_metric_unit(c->name)]));
	json_object_set_new(j, "runs", runs);
	json_object_set_new(j, "a", both ? real_or_null(c->s.a) : json_null());
	json_object_set_new(j, "b", both ? real_or_null(c->s.b) : json_null());
	json_object_set_new(j, "change", both ? real_or_null(c->s.shift) : json_null());
	json_object_set_new(j, "relative", both ? real_or_null(c->relative) : json_null());
	json_object_set_new(j, "low", both ? real_or_null(c->s.low) : json_null());
	json_object_set_new(j, "high", both ? real_or_null(c->s.high) : json_null());
	json_object_set_new(j, "p", both ? real_or_null(c->s.p) : json_null());
	json_object_set_new(j, "effect", both ? real_or_null(c->s.effect) : json_null());
	return j;
}
