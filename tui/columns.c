// SPDX-License-Identifier: GPL-2.0-or-later
/* columns.c: the columns of the tables: output, --fields, --sort and help. */
#include <string.h>

#include "view.h"

static double v_count(const struct numbers *n)
{
	return (double)n->h.count;
}
static double v_total(const struct numbers *n)
{
	return (double)n->h.ns;
}
static double v_p50(const struct numbers *n)
{
	return (double)ns_hist_quantile(&n->h, 0.50);
}
static double v_p90(const struct numbers *n)
{
	return (double)ns_hist_quantile(&n->h, 0.90);
}
static double v_p99(const struct numbers *n)
{
	return (double)ns_hist_quantile(&n->h, 0.99);
}
static double v_max(const struct numbers *n)
{
	return (double)ns_hist_quantile(&n->h, 1.0);
}

static double v_rate(const struct numbers *n)
{
	return n->seconds > 0 ? n->h.count / n->seconds : 0;
}

static double v_mean(const struct numbers *n)
{
	return n->h.count ? (double)n->h.ns / n->h.count : 0;
}

static double v_share(const struct numbers *n)
{
	return n->whole ? 100.0 * n->h.count / n->whole : 0;
}

static void f_count(double v, char *buf, size_t size)
{
	ns_count_format((uint64_t)v, buf, size);
}

static void f_ns(double v, char *buf, size_t size)
{
	ns_duration_format((uint64_t)v, buf, size);
}

static void f_percent(double v, char *buf, size_t size)
{
	snprintf(buf, size, "%.1f %%", v);
}

const struct column view_columns[] = {
	{ "count", "count", 12, v_count, f_count, false, "number of events" },
	{ "rate", "rate", 10, v_rate, rate_format, false, "events per second" },
	{ "share", "share", 8, v_share, f_percent, false, "share of the event's count" },
	{ "mean", "mean", 8, v_mean, f_ns, true, "mean time" },
	{ "p50", "p50", 8, v_p50, f_ns, true, "median time" },
	{ "p90", "p90", 8, v_p90, f_ns, true, "time not exceeded by 90 %" },
	{ "p99", "p99", 8, v_p99, f_ns, true, "time not exceeded by 99 %" },
	{ "max", "max", 8, v_max, f_ns, true, "longest time" },
	{ "total", "total", 9, v_total, f_ns, true, "summed time" },
	{ 0 },
};

static const char *const default_keys[] = { "count", "rate", "p50", "p99", "total" };

static const struct column *find(const char *key)
{
	const struct column *c;

	for (c = view_columns; c->key; c++)
		if (!strcmp(c->key, key))
			return c;
	return NULL;
}

int column_parse(const char *key, const struct column **out)
{
	const char *names[16], *near;
	unsigned int n;

	*out = find(key);
	if (*out)
		return 0;
	for (n = 0; view_columns[n].key; n++)
		names[n] = view_columns[n].key;
	near = nearest(key, names, n);
	if (near)
		return fail(NS_EXIT_USAGE, "unknown column '%s'; did you mean '%s'?", key, near);
	return fail(NS_EXIT_USAGE,
		    "unknown column '%s'; there are count, rate, share, mean, "
		    "p50, p90, p99, max, total",
		    key);
}

int columns_parse(const char *list, const struct column **out, unsigned int max)
{
	char word[32];
	unsigned int n = 0, i;
	size_t len;
	int rc;

	memset(out, 0, max * sizeof(*out));
	if (!list)
		for (i = 0; i < sizeof(default_keys) / sizeof(*default_keys); i++)
			out[n++] = find(default_keys[i]);
	for (; list && *list && n < max - 1; list += len + (list[len] == ',')) {
		len = strcspn(list, ",");
		snprintf(word, sizeof(word), "%.*s", (int)len, list);
		rc = column_parse(word, &out[n++]);
		if (rc)
			return rc;
	}
	return 0;
}
