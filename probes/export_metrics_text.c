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

/* HELP: backslash and newline, in OpenMetrics the quote as well. */
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

/*
 * a="b",c="d" into text, without the braces; each label's value may double by escapes.
 * It is made once for all lines of a histogram.
 */
#define TEXT_MAX (NS_MAX_LABELS * (24 + 2 * 80 + 4))

static const char *label_text(const struct ns_labels *l, char text[TEXT_MAX])
{
	char *p = text, *end = text + TEXT_MAX - 4;

	for (unsigned int i = 0; i < l->nr; i++) {
		p += snprintf(p, (size_t)(end - p), "%s%.23s=\"", i ? "," : "", l->label[i].name);
		for (const char *s = l->label[i].value; *s && p < end; s++) {
			if (*s == '\n' || *s == '\\' || *s == '"')
				*p++ = '\\';
			*p++ = *s == '\n' ? 'n' : *s;
		}
		*p++ = '"';
	}
	*p = 0;
	return text;
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

/* A sample's name and labels. */
static void head(struct ns_metrics_writer *w, const char *suffix, const char *text)
{
	fputs(w->family.name, w->out);
	fputs(suffix, w->out);
	if (*text) {
		fputc('{', w->out);
		fputs(text, w->out);
		fputc('}', w->out);
	}
}

static void text_number(struct ns_metrics_writer *w, const struct ns_labels *l, struct ns_number n)
{
	char text[TEXT_MAX];

	head(w, w->family.type == NS_COUNTER ? "_total" : "", label_text(l, text));
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
	char text[TEXT_MAX];
	struct ns_labels l;

	ns_exemplar_labels(e, &l);
	fprintf(w->out, " # {%s} %.9f", label_text(&l, text), (double)e->dur / 1e9);
	if (at > 0)
		fprintf(w->out, " %" PRId64 ".%03d", at / 1000000000, (int)(at / 1000000 % 1000));
}

/* Seconds as a label has them; written once, they do not change. */
static const char *le_text(unsigned int i)
{
	static char text[NS_NR_LE + 1][24];

	if (!*text[i] && i < NS_NR_LE)
		snprintf(text[i], sizeof(text[i]), "%.10g", ns_le_seconds(i));
	else if (!*text[i])
		strcpy(text[i], "+Inf");
	return text[i];
}

static void bucket(struct ns_metrics_writer *w, const char *text, unsigned int i, uint64_t n,
		   const struct ns_exemplar *e)
{
	fprintf(w->out, "%s_bucket{%s%sle=\"%s\"} %" PRIu64, w->family.name, text, *text ? "," : "",
		le_text(i), n);
	stamp(w);
	if (e && open_metrics(w) && ns_le_of(e->dur) == i)
		exemplar(w, e);
	fputc('\n', w->out);
}

static void text_histogram(struct ns_metrics_writer *w, const struct ns_labels *l,
			   const struct ns_hist *h, const struct ns_exemplar *e)
{
	char text[TEXT_MAX];
	uint64_t n[NS_NR_LE];

	label_text(l, text);
	ns_le_counts(h, n);
	for (unsigned int i = 0; i <= NS_NR_LE; i++)
		bucket(w, text, i, i < NS_NR_LE ? n[i] : h->count, e);
	head(w, "_sum", text);
	fprintf(w->out, " %.9f", (double)h->ns / 1e9);
	stamp(w);
	fputc('\n', w->out);
	head(w, "_count", text);
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
