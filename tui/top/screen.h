/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * screen.h: what a screen is and what it may read.  Drawing reads a snapshot
 * and never waits: it knows no session and no file.
 */
#ifndef NESTSCOPE_SCREEN_H
#define NESTSCOPE_SCREEN_H

#include "canvas.h"
#include "detail.h"
#include "history.h"
#include "model.h"
#include "strip.h"
#include "ui.h"

struct snapshot {
	const struct ns_model *total; /* since the start */
	const struct ns_model *delta; /* the last interval, or since the start */
	double seconds; /* the length of delta; 0: none has passed yet */
	const struct history *history;
	unsigned int back; /* the last so many entries of the history came later */
	const struct strip *strip; /* time as a line, or NULL: time goes on */
	uint64_t until_ns; /* what happened after this is not to be shown */
	const struct ns_detail *detail; /* whole events, or NULL: none are collected */
	bool late; /* total does not begin with the observation */
	uint64_t detail_lost; /* events that detail missed */
	const char *detail_why; /* why detail is NULL, or NULL: they come when asked for */
	unsigned int interval_ms;
	const char *state; /* "paused", "end of file" or "" */
	const char *warning; /* about the data, or NULL */
};

struct screen {
	const char *name;
	int key; /* of its tab; 0: not among the tabs */
	bool events; /* needs whole events */
	/* Draw between the head and the foot: lines top to bottom - 1. */
	void (*draw)(struct canvas *c, const struct snapshot *s, struct ui *ui, int top,
		     int bottom);
	/* Enter was pressed on the row ui->at; NULL: nothing to enter. */
	void (*enter)(struct ui *ui);
	/* The event, and the dim of it, that the row ui->at is of; NULL: s2.fault. */
	void (*of_row)(const struct ui *ui, int *event, int *dim);
};

extern const struct screen *const screens[]; /* NULL-terminated */
extern const struct screen screen_overview, screen_faults, screen_contexts, screen_tlbi, screen_at,
	screen_mmio, screen_el2, screen_rtt, screen_events, screen_heat, screen_event, screen_latency,
	screen_help;
unsigned int screen_index(const struct screen *s);
/* Index of the tab called name, whatever its case; -1: there is none. */
int screen_find(const char *name);

/* Enter the latencies of the row under the cursor. */
void latency_enter(struct ui *ui);
/* Enter the events with this dim (NS_ANY: any) of those in the scope. */
void events_of(struct ui *ui, int event, int dim);

#define SCREEN_MIN_W 40
#define SCREEN_MIN_H 10
#define SCREEN_NARROW 60 /* below this width texts are cut to keep numbers */

/* A whole frame: head, screen, foot. */
void frame_draw(struct canvas *c, const struct snapshot *s, struct ui *ui);
/* The line of tabs, and where we are; returns the first line that is free. */
int tabs_draw(struct canvas *c, const struct snapshot *s, struct ui *ui, int y);
#define TABS_LINE 1
/* The screen whose tab is in column x, or -1. */
int tabs_find(const struct ui *ui, int x);
/* "unavailable: WHY" when an event is off; then true. */
bool draw_unavailable(struct canvas *c, const struct snapshot *s, int event, const char *what,
		      int y);
/* The history of an event with this dim from x on, as far as there is room. */
void draw_history(struct canvas *c, const struct snapshot *s, const struct ui *ui, int event,
		  int dim, int x, int y);
/* Text in lines of width columns, up to line bottom - 1; returns the line after it. */
int draw_wrapped(struct canvas *c, int x, int y, int width, int bottom, enum style style,
		 const char *text);
/* "no events: WHY" when there is no detail; then true. */
bool draw_no_detail(struct canvas *c, const struct snapshot *s, int y);

/* ---- numbers as screens show them; NAN is "-" ---- */

#define NUMBER 16
const char *show_number(double n, char *buf);
const char *show_count(double n, char *buf); /* exact, with thousands separators */
const char *show_integer(double n, char *buf);
const char *show_hex(double n, char *buf); /* up to 53 bits */
const char *show_bytes(double n, char *buf);
const char *show_factor(double n, char *buf); /* "3.5x" */
const char *show_per_second(double n, char *buf); /* where the title says "/s" */
const char *show_rate(double per_second, char *buf); /* with "/s" */
const char *show_percent(double percent, char *buf);
const char *show_ns(double ns, char *buf);

/* ---- what the scope of ui selects ---- */

struct ns_query scope_query(const struct ui *ui, int event, int dim, int sub);
bool scope_metric(const struct row_id *scope, const struct ns_metric *k);
/* Is anything but all VMs selected?  Then the history is of others, too. */
bool scope_set(const struct ui *ui);
/* Events per second in the last interval; NAN when not provided or unknown. */
double snap_rate(const struct snapshot *s, const struct ui *ui, int event, int dim);
/* Percent of event that has this dim; NAN when there was none. */
double snap_share(const struct snapshot *s, const struct ui *ui, int event, int dim);
/* Events since the start; NAN when not provided. */
double snap_count(const struct snapshot *s, const struct ui *ui, int event, int dim);
/* "refault  L1 TLBI x" is in two columns elsewhere: here it is one. */
void cause_label(int cause, char *out, size_t size);
/* Only what comes after "refault". */
const char *cause_short(int cause);
const char *vm_name(const struct ns_model *m, int vm);

#endif
