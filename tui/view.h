/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * view.h: the ways to show a model: tables for people, JSON, CSV.  Every
 * command that shows numbers goes through these.
 */
#ifndef NESTSCOPE_VIEW_H
#define NESTSCOPE_VIEW_H

#include <stdio.h>

#include "catalogue.h"
#include "cmd.h"
#include "model.h"

struct ns_rtt_traces;

struct view {
	const char *command; /* "stat" or "report" */
	const char *title; /* what was observed, or NULL */
	const struct ns_model *m;
	const struct ns_model *since_start; /* when m is of an interval; else NULL */
	const struct ns_rtt_traces *traces; /* what whole events tell of realms, or NULL */
	uint64_t events; /* mask: show these */
	const char *warning; /* about the data, or NULL */
	bool by_vcpu, by_context;
	unsigned int top; /* rows of the long tables */
	const struct column *sort; /* NULL: catalogue order */
	const struct column *columns[12]; /* NULL-terminated; none: the default */
	const struct ns_groups *groups; /* asked for with --group, or NULL */
	const struct ns_slowest *slowest; /* NULL: not to be shown */
	int label_width; /* of rows; 0: the default */
};

/* A row of numbers, and the columns that show it. */
struct numbers {
	struct ns_hist h;
	bool timed;
	double seconds; /* observed */
	uint64_t whole; /* what share is of */
};

struct column {
	const char *key; /* -F and --sort */
	const char *title;
	int width;
	double (*value)(const struct numbers *n);
	void (*format)(double v, char *buf, size_t size);
	bool of_time; /* empty for events without a duration */
	const char *help;
};

extern const struct column view_columns[]; /* ends with key NULL */
/* Parse --fields and --sort.  Return 0 or an exit code after a message. */
int columns_parse(const char *list, const struct column **out, unsigned int max);
int column_parse(const char *key, const struct column **out);

/* Fill v from the options that all views share; 0 or an exit code. */
int view_init(struct view *v, const char *command, const struct args *a, const struct ns_model *m);
bool view_shows(const struct view *v, unsigned int event);
/* Is the event available in this model at all? */
bool event_on(const struct ns_model *m, unsigned int event);
double model_seconds(const struct ns_model *m);
/* What attaches on this kernel: "fentry, tracepoints". */
const char *provider_summary(const struct ns_model *m, char *buf, size_t size);
/* VMID in a VTTBR_EL2; VTCR_EL2.VS tells whether it has 8 or 16 bits. */
unsigned int vttbr_vmid(uint64_t vttbr, uint64_t vtcr);

/* The title, the host and the ledger: the head of every text output. */
void view_head(FILE *f, const struct view *v);
/* Per VM: events, their splits, counts and times. */
int view_table(FILE *f, const struct view *v);
/* Contexts, TLBIs, AT, MMIO, EL2 and realms in detail. */
int view_sections(FILE *f, const struct view *v);
/* The rows of v->groups; the events of v->slowest. */
int view_groups(FILE *f, const struct view *v);
int view_groups_csv(FILE *f, const struct view *v);
void view_slowest(FILE *f, const struct view *v);
/* What is unavailable, with the reasons. */
void view_unavailable(FILE *f, const struct view *v);
/* One JSON object; compact on one line, or indented. */
int view_json(FILE *f, const struct view *v, bool compact);
/* One line per (VM, vCPU, context, event, dim, sub), with a head line. */
int view_csv(FILE *f, const struct view *v, bool head);

/* A row label and its numbers, in the columns of v; releases n->h. */
void view_row(FILE *f, const struct view *v, const char *label, struct numbers *n);
void view_row_head(FILE *f, const struct view *v, const char *label);

/* true when the terminal or file shall get UTF-8. */
bool utf8_wanted(void);
/* "1.17k/s", "16.7/s", "0/s" */
void rate_format(double per_second, char *buf, size_t size);
/* The same without "/s", for columns that say it. */
void rate_number(double per_second, char *buf, size_t size);
/* "1.24M", for narrow places */
void short_count(double n, char *buf, size_t size);
/* Pad s, which may be UTF-8, on the right to width columns. */
void put_padded(FILE *f, const char *s, int width);

#endif
