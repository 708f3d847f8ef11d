/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * html.h: a recording as one page of HTML: what its parts share.  Everything
 * that came from a recording or the command line goes through html_text() or
 * html_name(); nothing else writes strings that are not of this program.
 *
 * The page forbids itself everything but its own script and style (see page.c),
 * so there are no style attributes: classes, and attributes of SVG.
 */
#ifndef NESTSCOPE_HTML_H
#define NESTSCOPE_HTML_H

#include <stdio.h>

#include "catalogue.h"
#include "page.h"
#include "view.h"

struct html {
	FILE *f;
	const struct view *v; /* which events, how many rows; m is that of p */
	const struct ns_page *p;
	const char *file; /* the recording's name, as it was given */
	const char *side; /* before ids: "", "a-" or "b-" */
	const struct ns_page *peer; /* beside it: they share their scales; or NULL */
	int rc; /* the first error, negative */
};

/* A part of the page. */
struct html_section {
	const char *id, *title, *brief; /* brief: in the contents */
	const char *lead; /* a sentence on how to read it */
	void (*put)(struct html *h); /* after the title; of one recording */
};
extern const struct html_section html_sections[]; /* ends with id NULL */

/* ---- text.c: words and numbers ---- */

/* Text, escaped, without what is not UTF-8 and without control characters. */
void html_text(struct html *h, const char *s);
/* The same, of a foreign name: its direction stays within it. */
void html_name(struct html *h, const char *s);
/*
 * Numbers with what they are exactly in a <data> element; NS_UNAVAILABLE is
 * "unavailable".
 */
void html_count(struct html *h, uint64_t n);
void html_ns(struct html *h, uint64_t ns);
void html_bytes(struct html *h, uint64_t n);
void html_rate(struct html *h, uint64_t n); /* of the observation */
void html_share(struct html *h, uint64_t part, uint64_t all);
/* A cell of a table with one of these. */
void html_cell(struct html *h, void (*put)(struct html *h, uint64_t n), uint64_t n);
/* The labels of the catalogue have gaps for columns: without them. */
void html_value(struct html *h, enum ns_dim dim, unsigned int value);
void html_vm(struct html *h, unsigned int vm);
void html_context(struct html *h, unsigned int ctx); /* gantt.c */
/* Events of a kind that were lost: what they would have told is not known. */
uint64_t html_lost(const struct html *h, unsigned int event);
/* Why a section is empty: there was nothing (as far as is known), or it is unavailable. */
void html_none(struct html *h, const char *why);
bool html_off(struct html *h, unsigned int event); /* says so, if it is */
/* "<details>" around the numbers of a figure, and its end. */
void html_data(struct html *h, const char *what);
void html_data_end(struct html *h);

/* The sum of what q selects; NS_ANY in all that is not set. */
uint64_t html_sum(struct html *h, int event, int dim);
/* With its times; free it. */
struct ns_hist html_hist(struct html *h, int vm, int event, int dim);
/* Shown, and there? */
bool html_has(const struct html *h, unsigned int event);

/* ---- lanes.c: what shares the axis of time ---- */

/* The length of the observation in slots of the course. */
double html_span(const struct html *h);
/* Where a time is on the axis, in slots. */
double html_x(const struct html *h, uint64_t ts);
/* Rates of an event and value as a path, 200 high, for the highest rate most (per slot). */
void html_course_path(struct html *h, int event, int dim, double most);
double html_course_most(const struct ns_page *p, int event, int dim);
/* The head of a figure with buttons and a cursor (shared: its lanes have one scale), */
void html_times_begin(struct html *h, const char *what, bool shared);
/* and its end with the axis; the caption and </figure> are the caller's. */
void html_times_end(struct html *h);
/* A plot's beginning: what it shows goes in, in slots across and so many units down. */
void html_plot(struct html *h, const char *class, int height);
void html_timeline(struct html *h);
void html_causes(struct html *h);
/* The numbers behind all of them, for the script. */
void html_times_data(struct html *h);

void html_overview(struct html *h);
void html_heat(struct html *h);
void html_latency(struct html *h);
void html_bill(struct html *h);
void html_contexts(struct html *h);
void html_realms(struct html *h);
void html_slowest(struct html *h);
void html_counts(struct html *h);
void html_ledger(struct html *h);
void html_host(struct html *h);

/* ---- page.c ---- */

/* What it is about, in a line, and what was lost. */
void html_head(struct html *h);
/* That only some events were chosen, if they were. */
void html_only(struct html *h, const char *filter);
void html_begin(FILE *f, const char *title);
void html_end(FILE *f);
/* "<section>" with its title and lead; the end is the caller's. */
void html_section_begin(FILE *f, const struct html_section *s);
/* The contents, as links. */
void html_contents(FILE *f, const char *first_id, const char *first);

#endif
