/* SPDX-License-Identifier: GPL-2.0-or-later */
/* table.h: sorted, filtered, scrolled tables. */
#ifndef NESTSCOPE_TABLE_H
#define NESTSCOPE_TABLE_H

#include "screen.h"

struct table_column {
	const char *title;
	int width; /* a last column of text also gets what is left of the line */
	const char *(*show)(double v, char *buf); /* NULL: text, on the left */
	int narrow; /* width on narrow screens; 0: the same */
};

#define TABLE_COLUMNS 18
#define TABLE_TEXTS 5
#define TABLE_TEXT 208 /* bytes: a heat map line is 64 characters of three */
struct table_row {
	struct row_id id;
	char text[TABLE_TEXTS][TABLE_TEXT]; /* of the columns without show, in order */
	double value[TABLE_COLUMNS]; /* what is shown and sorted by */
	int event, dim; /* whose history is drawn beside the row; event -1: none */
};

#define TABLE_NO_SORT (~0U) /* the rows are in the order they were given */
struct table {
	const struct table_column *columns;
	struct table_row *rows;
	int nr;
	unsigned int sort; /* column, when the user chose none */
	bool spark; /* rows have a history */
	bool window; /* rows are only those of table_window(), found by the screen itself */
};

/* Rows for one screen; the same memory for all. NULL: no memory. */
struct table_row *table_rows(int nr);
/*
 * For screens with more rows than anybody wants to make: the first of those
 * that are to be shown when there are nr of them in room lines.
 */
int table_window(struct ui *ui, int nr, int room);
/*
 * Filter and sort the rows, draw them between top and bottom - 1, and leave
 * the row under the cursor in ui.
 */
void table_draw(struct canvas *c, const struct snapshot *s, struct ui *ui, struct table *t, int top,
		int bottom);

#endif
