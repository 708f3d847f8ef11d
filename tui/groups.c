// SPDX-License-Identifier: GPL-2.0-or-later
/* groups.c: what --group counted, as a table, CSV and JSON. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "csv.h"
#include "group.h"
#include "view_json.h"

#define TEXT_MAX 128
#define WIDTH_MAX 70

/* A group and the numbers it is sorted by; the histogram is the group's. */
struct row {
	const struct ns_group *group;
	struct numbers n;
	double sort;
};

static int row_compare(const void *pa, const void *pb)
{
	const struct row *a = pa, *b = pb;
	int c;

	if (a->sort != b->sort)
		return a->sort < b->sort ? 1 : -1;
	c = (int)a->group->event - (int)b->group->event;
	return c ? c : memcmp(a->group->value, b->group->value, sizeof(a->group->value));
}

static uint64_t event_count(const struct view *v, int event)
{
	struct ns_query q = { NS_ANY, NS_ANY, NS_ANY, event, NS_ANY, NS_ANY };

	return ns_model_count(v->m, q);
}

/* The groups that v shows, the first by v->sort first; NULL without memory. */
static struct row *make_rows(const struct view *v, unsigned int *nr)
{
	const struct ns_groups *g = v->groups;
	struct row *rows = calloc(g->nr ? g->nr : 1, sizeof(*rows)), *r;

	*nr = 0;
	for (unsigned int i = 0; rows && i < g->nr; i++) {
		if (!view_shows(v, g->group[i].event))
			continue;
		r = &rows[(*nr)++];
		r->group = &g->group[i];
		r->n.h = r->group->h;
		r->n.timed = ns_events[r->group->event].timed;
		r->n.seconds = model_seconds(v->m);
		r->n.whole = event_count(v, r->group->event);
		r->sort = v->sort ? v->sort->value(&r->n) : (double)r->group->h.count;
	}
	if (rows)
		qsort(rows, *nr, sizeof(*rows), row_compare);
	return rows;
}

/* "s2.fault  0x1000040000000  cold" */
static void label(const struct view *v, const struct ns_group *group, char *buf, size_t size)
{
	size_t len = (size_t)snprintf(buf, size, " %s", ns_events[group->event].key);
	char text[TEXT_MAX];

	for (unsigned int k = 0; k < v->groups->nr_keys && len < size; k++)
		len += (size_t)snprintf(
			buf + len, size - len, "  %s",
			ns_group_text(v->groups, group, k, v->m, text, sizeof(text)));
}

static void head(FILE *f, const struct view *v)
{
	char buf[256] = "By event";
	size_t len = strlen(buf);

	for (unsigned int k = 0; k < v->groups->nr_keys && len < sizeof(buf); k++)
		len += (size_t)snprintf(buf + len, sizeof(buf) - len, ", %s",
					v->groups->key[k].prop.name);
	view_row_head(f, v, buf);
}

/* What is in no row: said, or it would look like all there is. */
static void foot(FILE *f, const struct view *v, unsigned int shown, unsigned int nr)
{
	char n[32];

	if (shown < nr)
		fprintf(f, "  and %u more; --top N shows more\n", nr - shown);
	if (v->groups->dropped)
		fprintf(f,
			"  %s events are of further groups: more than %d are not kept; "
			"--filter, or wider ranges\n",
			ns_count_format(v->groups->dropped, n, sizeof(n)), NS_GROUP_MAX);
	if (v->groups->outside)
		fprintf(f, "  %s other events have nothing that is called so\n",
			ns_count_format(v->groups->outside, n, sizeof(n)));
	fputc('\n', f);
}

int view_groups(FILE *f, const struct view *v)
{
	struct view wide = *v;
	struct numbers n;
	struct row *rows;
	unsigned int nr;
	char text[4 * TEXT_MAX];

	rows = make_rows(v, &nr);
	if (!rows)
		return -ENOMEM;
	for (unsigned int i = 0; i < nr && i < v->top; i++) {
		label(v, rows[i].group, text, sizeof(text));
		if ((int)strlen(text) + 1 > wide.label_width)
			wide.label_width = (int)strlen(text) + 1;
	}
	wide.label_width = wide.label_width < 33	  ? 33
			   : wide.label_width > WIDTH_MAX ? WIDTH_MAX
							  : wide.label_width;
	head(f, &wide);
	for (unsigned int i = 0; i < nr && i < v->top; i++) {
		label(v, rows[i].group, text, sizeof(text));
		n = rows[i].n;
		memset(&n.h, 0, sizeof(n.h));
		ns_hist_merge(&n.h, &rows[i].group->h); /* view_row frees it */
		view_row(f, &wide, text, &n);
	}
	foot(f, v, nr < v->top ? nr : v->top, nr);
	free(rows);
	return 0;
}

int view_groups_csv(FILE *f, const struct view *v)
{
	const struct ns_hist *h;
	char text[TEXT_MAX];
	struct row *rows;
	unsigned int nr;

	rows = make_rows(v, &nr);
	if (!rows)
		return -ENOMEM;
	fputs("event", f);
	for (unsigned int k = 0; k < v->groups->nr_keys; k++)
		fprintf(f, ",%s", v->groups->key[k].prop.name);
	fputs(",count,total_ns,p50_ns,p90_ns,p99_ns\n", f);
	for (unsigned int i = 0; i < nr; i++) {
		h = &rows[i].group->h;
		fputs(ns_events[rows[i].group->event].key, f);
		for (unsigned int k = 0; k < v->groups->nr_keys; k++) {
			fputc(',', f);
			ns_csv_text(f, ns_group_text(v->groups, rows[i].group, k, v->m, text,
						     sizeof(text)));
		}
		fprintf(f, ",%" PRIu64, h->count);
		if (rows[i].n.timed)
			fprintf(f, ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 "\n", h->ns,
				ns_hist_quantile(h, 0.5), ns_hist_quantile(h, 0.9),
				ns_hist_quantile(h, 0.99));
		else
			fputs(",,,,\n", f);
	}
	free(rows);
	return 0;
}

static json_t *row_json(const struct view *v, const struct row *r)
{
	json_t *j = json_object(), *key = json_object();
	char text[TEXT_MAX];

	for (unsigned int k = 0; k < v->groups->nr_keys; k++)
		json_object_set_new(
			key, v->groups->key[k].prop.name,
			json_text(ns_group_text(v->groups, r->group, k, v->m, text, sizeof(text))));
	json_object_set_new(j, "event", json_string(ns_events[r->group->event].key));
	json_object_set_new(j, "key", key);
	json_object_set_new(j, "count", json_integer((json_int_t)r->group->h.count));
	if (r->n.timed)
		json_object_set_new(j, "time", json_times(&r->group->h));
	return j;
}

json_t *json_groups(const struct view *v)
{
	json_t *j = json_object(), *by = json_array(), *list = json_array();
	unsigned int nr;
	struct row *rows = make_rows(v, &nr);

	for (unsigned int k = 0; k < v->groups->nr_keys; k++)
		json_array_append_new(by, json_string(v->groups->key[k].prop.name));
	for (unsigned int i = 0; rows && i < nr; i++)
		json_array_append_new(list, row_json(v, &rows[i]));
	json_object_set_new(j, "by", by);
	json_object_set_new(j, "rows", list);
	json_object_set_new(j, "outside", json_integer((json_int_t)v->groups->outside));
	json_object_set_new(j, "dropped", json_integer((json_int_t)v->groups->dropped));
	free(rows);
	return j;
}
