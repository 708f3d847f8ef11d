// SPDX-License-Identifier: GPL-2.0-or-later
/* table.c: sorted, scrolled tables of a screen. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "screen.h"

static const struct table_column *columns_now;
static unsigned int sort_now;

/* Index of a text column among the texts of a row. */
static unsigned int text_index(const struct table_column *columns, unsigned int col)
{
	unsigned int i, n = 0;

	for (i = 0; i < col; i++)
		n += !columns[i].show;
	return n < 2 ? n : 1;
}

static int compare(const void *pa, const void *pb)
{
	const struct table_row *a = pa, *b = pb;
	double va = a->value[sort_now], vb = b->value[sort_now];
	unsigned int t;
	int d = 0;

	if (!columns_now[sort_now].show) {
		t = text_index(columns_now, sort_now);
		d = strcmp(a->text[t], b->text[t]);
	} else {
		va = isnan(va) ? -1 : va;
		vb = isnan(vb) ? -1 : vb;
		d = va < vb ? 1 : va > vb ? -1 : 0;
	}
	if (d)
		return d;
	if (a->id.vm != b->id.vm)
		return a->id.vm - b->id.vm;
	return a->id.vcpu != b->id.vcpu ? a->id.vcpu - b->id.vcpu : a->id.ctx - b->id.ctx;
}

/* Width of a column at x, 0 when there is no room for it. */
static int column_width(const struct canvas *c, const struct table_column *col, int x)
{
	if (x + col->width > c->w)
		return 0;
	return !col->show && !col[1].title ? c->w - x : col->width;
}

static void draw_head(struct canvas *c, const struct ui *ui, const struct table_column *columns,
		      int y)
{
	unsigned int i;
	int x = 1, w;

	for (i = 0; columns[i].title && (w = column_width(c, &columns[i], x)); i++) {
		draw_field(c, x, y, w, columns[i].show, STYLE_HEAD, columns[i].title);
		/* the column sorted by has a mark: colour alone must not tell it */
		if (ui->sort == i)
			draw_text(c, x - 1, y, STYLE_HEAD, ">");
		x += w + 1;
	}
	draw_line_style(c, y, STYLE_HEAD);
}

static void draw_row(struct canvas *c, const struct table_column *columns,
		     const struct table_row *row, int y, bool selected)
{
	enum style style = selected ? STYLE_SELECTED : STYLE_NORMAL;
	char buf[NUMBER];
	const char *s;
	unsigned int i;
	int x = 1, w;

	if (selected)
		draw_text(c, 0, y, style, ">");
	for (i = 0; columns[i].title && (w = column_width(c, &columns[i], x)); i++) {
		s = columns[i].show ? columns[i].show(row->value[i], buf)
				    : row->text[text_index(columns, i)];
		x = 1 + draw_field(c, x, y, w, columns[i].show, style, s);
	}
	if (selected)
		draw_line_style(c, y, style);
}

void table_draw(struct canvas *c, struct ui *ui, const struct table_column *columns,
		struct table_row *rows, int nr, int top, int bottom)
{
	int i, room = bottom - top - 1;

	for (ui->nr_columns = 0; columns[ui->nr_columns].title; ui->nr_columns++)
		;
	if (ui->sort >= ui->nr_columns)
		ui->sort = 0;
	columns_now = columns;
	sort_now = ui->sort;
	if (nr > 1)
		qsort(rows, nr, sizeof(*rows), compare);
	ui->nr_rows = nr;
	if (ui->selected >= nr)
		ui->selected = nr - 1;
	if (ui->selected >= 0)
		ui->at = rows[ui->selected].id;
	if (room < 1)
		return;
	if (ui->selected >= 0 && ui->selected < ui->scroll)
		ui->scroll = ui->selected;
	if (ui->selected >= ui->scroll + room)
		ui->scroll = ui->selected - room + 1;
	if (ui->scroll > nr - room)
		ui->scroll = nr > room ? nr - room : 0;
	draw_head(c, ui, columns, top);
	for (i = 0; i < room && ui->scroll + i < nr; i++)
		draw_row(c, columns, &rows[ui->scroll + i], top + 1 + i,
			 ui->scroll + i == ui->selected);
}
