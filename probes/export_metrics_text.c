// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * export_metrics_text.c: metrics as OpenMetrics, or in Prometheus' older text
 * format.  The two differ in what a counter's head is called, in exemplars, and
 * in the end mark.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "export_metrics_priv.h"

static bool open_metrics(const struct ns_metrics_writer *w)
{
	return w->o->format == NS_METRICS_OPENMETRICS;
}

/* HELP: backslash and newline; a label's value: the quote as well. */
static void escaped(FILE *f, const char *s, bool quote)
{
	for (; *s; s++) {
		if (*s == '\n')
			fputs("\\n", f);
		else if (*s == '\\' || (quote && *s == '"'))
			fprintf(f, "\\%c", *s);
		else
			fputc(*s, f);
	}
}

static void text_begin(struct ns_metrics_writer *w)
{
	(void)w;
}

static void text_family(struct ns_metrics_writer *w)
{
	static const char *const types[] = {
		[NS_COUNTER] = "counter", [NS_GAUGE] = "gauge", [NS_HISTOGRAM] = "histogram",
	};
	const struct ns_family *f = &w->family;
	const char *suffix = !open_metrics(w) && f->type == NS_COUNTER ? "_total" : "";

	fprintf(w->out, "# HELP %s%s ", f->name, suffix);
	escaped(w->out, f->help, open_metrics(w));
	fprintf(w->out, "\n# TYPE %s%s %s\n", f->name, suffix, types[f->type]);
	if (f->unit && open_metrics(w))
		fprintf(w->out, "# UNIT %s %s\n", f->name, f->unit);
}

/* {a="b",c="d"}, with le as the last unless it is NULL */
static void labels(FILE *f, const struct ns_labels *l, const char *le)
{
	if (!l->nr && !le)
		return;
	for (unsigned int i = 0; i < l->nr; i++) {
		fprintf(f, "%c%s=\"", i ? ',' : '{', l->label[i].name);
		escaped(f, l->label[i].value, true);
		fputc('"', f);
	}
	if (le)
		fprintf(f, "%cle=\"%s\"", l->nr ? ',' : '{', le);
	fputc('}', f);
}

/* OpenMetrics' times are seconds, the older format's ms. */
static void stamp(const struct ns_metrics_writer *w)
{
	int64_t t = w->o->time_ns;

	if (t > 0 && open_metrics(w))
		fprintf(w->out, " %" PRId64 ".%03d", t / 1000000000, (int)(t / 1000000 % 1000));
	else if (t > 0)
		fprintf(w->out, " %" PRId64, t / 1000000);
}

static void text_number(struct ns_metrics_writer *w, const struct ns_labels *l, struct ns_number n)
{
	fprintf(w->out, "%s%s", w->family.name, w->family.type == NS_COUNTER ? "_total" : "");
	labels(w->out, l, NULL);
	if (n.ns)
		fprintf(w->out, " %.9f", (double)n.n / 1e9);
	else
		fprintf(w->out, " %" PRIu64, n.n);
	stamp(w);
	fputc('\n', w->out);
}

static void exemplar(const struct ns_metrics_writer *w, const struct ns_exemplar *e)
{
	int64_t at = w->o->exemplars->real_ns + (int64_t)e->ts;
	struct ns_labels l;

	ns_exemplar_labels(e, &l);
	fputs(" # ", w->out);
	labels(w->out, &l, NULL);
	fprintf(w->out, " %.9f", (double)e->dur / 1e9);
	if (at > 0)
		fprintf(w->out, " %" PRId64 ".%03d", at / 1000000000, (int)(at / 1000000 % 1000));
}

static void bucket(struct ns_metrics_writer *w, const struct ns_labels *l, const char *le,
		   uint64_t n, const struct ns_exemplar *e)
{
	fprintf(w->out, "%s_bucket", w->family.name);
	labels(w->out, l, le);
	fprintf(w->out, " %" PRIu64, n);
	stamp(w);
	if (e && open_metrics(w))
		exemplar(w, e);
	fputc('\n', w->out);
}

static void text_histogram(struct ns_metrics_writer *w, const struct ns_labels *l,
			   const struct ns_hist *h, const struct ns_exemplar *e)
{
	unsigned int slow = e ? ns_le_of(e->dur) : 0;
	uint64_t n[NS_NR_LE];
	char le[32];

	ns_le_counts(h, n);
	for (unsigned int i = 0; i < NS_NR_LE; i++) {
		snprintf(le, sizeof(le), "%.10g", ns_le_seconds(i));
		bucket(w, l, le, n[i], e && i == slow ? e : NULL);
	}
	bucket(w, l, "+Inf", h->count, e && slow == NS_NR_LE ? e : NULL);
	fprintf(w->out, "%s_sum", w->family.name);
	labels(w->out, l, NULL);
	fprintf(w->out, " %.9f", (double)h->ns / 1e9);
	stamp(w);
	fprintf(w->out, "\n%s_count", w->family.name);
	labels(w->out, l, NULL);
	fprintf(w->out, " %" PRIu64, h->count);
	stamp(w);
	fputc('\n', w->out);
}

static void text_end_family(struct ns_metrics_writer *w)
{
	(void)w;
}

static void text_end(struct ns_metrics_writer *w)
{
	if (open_metrics(w))
		fputs("# EOF\n", w->out);
}

const struct ns_metrics_ops ns_metrics_text = {
	.begin = text_begin,
	.family = text_family,
	.number = text_number,
	.histogram = text_histogram,
	.end_family = text_end_family,
	.end = text_end,
};
