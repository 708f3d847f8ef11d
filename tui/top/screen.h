/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * screen.h: what a screen is, what it may read and what the user chose.
 * Drawing reads a snapshot and never waits: it knows no session and no file.
 */
#ifndef NESTSCOPE_SCREEN_H
#define NESTSCOPE_SCREEN_H

#include "canvas.h"
#include "history.h"
#include "model.h"

struct snapshot {
	const struct ns_model *total; /* since the start */
	const struct ns_model *delta; /* the last interval */
	double seconds; /* its length; 0: none has passed yet */
	const struct history *history;
	unsigned int interval_ms;
	const char *state; /* "paused", "end of file" or "" */
	const char *warning; /* about the data, or NULL */
};

/* A row of a screen's table, so that the loop can select and enter it. */
struct row_id {
	int vm, vcpu, ctx; /* NS_ANY: not of one */
};

struct ui {
	unsigned int screen; /* index in screens[] */
	unsigned int back; /* the screen help was called from */
	int selected; /* row, -1: none */
	int scroll;
	unsigned int sort; /* column */
	struct row_id only; /* what is shown: set by Enter, cleared by Esc */
	/* left behind by drawing, for the keys: */
	int nr_rows;
	unsigned int nr_columns;
	struct row_id at; /* of the selected row */
};

struct screen {
	const char *name;
	int key; /* of its tab; 0: not among the tabs */
	/* Draw between the head and the foot: lines top to bottom - 1. */
	void (*draw)(struct canvas *c, const struct snapshot *s, struct ui *ui, int top,
		     int bottom);
};

extern const struct screen *const screens[]; /* NULL-terminated */
extern const struct screen screen_overview, screen_faults, screen_help;
#define SCREEN_MIN_W 40
#define SCREEN_MIN_H 10

/* A whole frame: head, screen, foot. */
void frame_draw(struct canvas *c, const struct snapshot *s, struct ui *ui);

/* ---- numbers as screens show them; NAN is "-" ---- */

#define NUMBER 16
const char *show_number(double n, char *buf);
const char *show_per_second(double n, char *buf); /* where the title says "/s" */
const char *show_rate(double per_second, char *buf); /* with "/s" */
const char *show_percent(double percent, char *buf);
const char *show_ns(double ns, char *buf);

/* Events per second in the last interval; NAN when not provided or unknown. */
double snap_rate(const struct snapshot *s, const struct ui *ui, int event, int dim);
/* Percent of event that has this dim; NAN when there was none. */
double snap_share(const struct snapshot *s, const struct ui *ui, int event, int dim);

/* ---- tables ---- */

struct table_column {
	const char *title;
	int width; /* a last column of text also gets what is left of the line */
	const char *(*show)(double v, char *buf); /* NULL: text, on the left */
};

#define TABLE_COLUMNS 12
#define TABLE_TEXT 40
struct table_row {
	struct row_id id;
	char text[2][TABLE_TEXT]; /* of the columns without show, in order */
	double value[TABLE_COLUMNS]; /* what is shown and sorted by */
};

/* Sort by ui->sort, draw rows between top and bottom - 1, keep ui's selection. */
void table_draw(struct canvas *c, struct ui *ui, const struct table_column *columns,
		struct table_row *rows, int nr, int top, int bottom);

#endif
