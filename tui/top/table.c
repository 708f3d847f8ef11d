// SPDX-License-Identifier: GPL-2.0-or-later
/* table.c: see table.h. */
#include "table.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const struct table_column *columns_now;
static unsigned int sort_now;
static bool invert_now;

struct table_row *table_rows(int nr)
{
	static struct table_row *rows;
	static int have;

	if (nr > have) {
		free(rows);
		have = nr < 256 ? 256 : nr;
		rows = malloc(have * sizeof(*rows));
		if (!rows)
			have = 0;
	}
	if (rows)
		memset(rows, 0, nr * sizeof(*rows));
	return rows;
}

/* Index of a text column among the texts of a row. */
static unsigned int text_index(const struct table_column *columns, unsigned int col)
{
	unsigned int i, n = 0;

	for (i = 0; i < col; i++)
		n += !columns[i].show;
	return n < TABLE_TEXTS ? n : TABLE_TEXTS - 1;
}

/* ---- order ---- */

static int compare_ids(const struct row_id *a, const struct row_id *b)
{
	if (a->vm != b->vm)
		return a->vm - b->vm;
	if (a->vcpu != b->vcpu)
		return a->vcpu - b->vcpu;
	if (a->ctx != b->ctx)
		return a->ctx - b->ctx;
	return a->key < b->key ? -1 : a->key > b->key;
}

/* Texts upwards, numbers downwards, what is not known last. */
static int compare(const void *pa, const void *pb)
{
	const struct table_row *a = pa, *b = pb;
	double va = a->value[sort_now], vb = b->value[sort_now];
	unsigned int t;
	int d = 0;

	if (!columns_now[sort_now].show) {
		t = text_index(columns_now, sort_now);
		d = strcmp(a->text[t], b->text[t]);
	} else if (isnan(va) || isnan(vb)) {
		return isnan(va) && isnan(vb) ? compare_ids(&a->id, &b->id) : isnan(va) ? 1 : -1;
	} else {
		d = va < vb ? 1 : va > vb ? -1 : 0;
	}
	if (d)
		return invert_now ? -d : d;
	return compare_ids(&a->id, &b->id);
}

static void count_columns(struct ui *ui, const struct table *t)
{
	for (ui->nr_columns = 0; t->columns[ui->nr_columns].title; ui->nr_columns++)
		;
	if (ui->p.sort > ui->nr_columns)
		ui->p.sort = 0;
	sort_now = ui->p.sort && !t->window ? ui->p.sort - 1 : t->sort;
	columns_now = t->columns;
	invert_now = ui->p.invert;
	ui->sort_column = sort_now;
}

static void sort(const struct table *t)
{
	if (t->nr > 1 && sort_now != TABLE_NO_SORT)
		qsort(t->rows, t->nr, sizeof(*t->rows), compare);
}

/* ---- search and filter ---- */

static bool contains(const struct table_row *r, const char *word)
{
	unsigned int i;

	for (i = 0; i < TABLE_TEXTS; i++)
		if (strcasestr(r->text[i], word))
			return true;
	return false;
}

static void filter(const struct ui *ui, struct table *t)
{
	int i, nr = 0;

	if (!*ui->p.filter)
		return;
	for (i = 0; i < t->nr; i++) {
		if (!contains(&t->rows[i], ui->p.filter))
			continue;
		if (i != nr)
			t->rows[nr] = t->rows[i];
		nr++;
	}
	t->nr = nr;
}

static bool row_has(const void *rows, int i, const char *word)
{
	return contains((const struct table_row *)rows + i, word);
}

/* ---- drawing ---- */

static int width_of(const struct canvas *c, const struct table_column *col)
{
	return c->w < SCREEN_NARROW && col->narrow ? col->narrow : col->width;
}

/* Width of a column at x, 0 when there is no room for it. */
static int column_width(const struct canvas *c, const struct table_column *col, int x)
{
	int w = width_of(c, col);

	if (x + w > c->w)
		return 0;
	return !col->show && !col[1].title ? c->w - x : w;
}

static int draw_head(struct canvas *c, const struct table *t, int y)
{
	unsigned int i;
	int x = 1, w;

	for (i = 0; t->columns[i].title && (w = column_width(c, &t->columns[i], x)); i++) {
		draw_field(c, x, y, w, t->columns[i].show, STYLE_HEAD, t->columns[i].title);
		/* the column sorted by has a mark: colour alone must not tell it */
		if (sort_now == i)
			draw_text(c, x - 1, y, STYLE_HEAD, invert_now ? "<" : ">");
		x += w + 1;
	}
	draw_line_style(c, y, STYLE_HEAD);
	return t->columns[i].title ? c->w : x;
}

static void draw_row(struct canvas *c, const struct table *t, const struct table_row *row, int y,
		     bool selected)
{
	enum style style = selected ? STYLE_SELECTED : STYLE_NORMAL;
	char buf[NUMBER];
	const char *s;
	unsigned int i;
	int x = 1, w;

	if (selected)
		draw_text(c, 0, y, style, ">");
	for (i = 0; t->columns[i].title && (w = column_width(c, &t->columns[i], x)); i++) {
		s = t->columns[i].show ? t->columns[i].show(row->value[i], buf)
				       : row->text[text_index(t->columns, i)];
		x = 1 + draw_field(c, x, y, w, t->columns[i].show, style, s);
	}
	if (selected)
		draw_line_style(c, y, style);
}

static void place_cursor(struct ui *ui, int room)
{
	struct place *p = &ui->p;

	if (p->selected >= ui->nr_rows)
		p->selected = ui->nr_rows - 1;
	if (p->selected >= 0 && p->selected < p->scroll)
		p->scroll = p->selected;
	if (p->selected >= p->scroll + room)
		p->scroll = p->selected - room + 1;
	if (p->scroll > ui->nr_rows - room)
		p->scroll = ui->nr_rows > room ? ui->nr_rows - room : 0;
}

int table_window(struct ui *ui, int nr, int room)
{
	ui->nr_rows = nr;
	if (room > 0)
		place_cursor(ui, room);
	return ui->p.scroll;
}

/* Choose and order the rows; returns the index of the first one to be shown. */
static int prepare(struct ui *ui, struct table *t, int room)
{
	count_columns(ui, t);
	if (t->window)
		return 0;
	filter(ui, t);
	sort(t);
	ui_search(ui, t->nr, row_has, t->rows);
	return table_window(ui, t->nr, room);
}

void table_draw(struct canvas *c, const struct snapshot *s, struct ui *ui, struct table *t, int top,
		int bottom)
{
	int i, x, room = bottom - top - 1, first = prepare(ui, t, room);
	const struct table_row *r;

	if (room < 1)
		return;
	ui->page = room;
	ui->table_top = top + 1;
	ui->on_row = ui->p.selected >= ui->p.scroll &&
		     first + ui->p.selected - ui->p.scroll < t->nr;
	if (ui->on_row)
		ui->at = t->rows[first + ui->p.selected - ui->p.scroll].id;
	x = draw_head(c, t, top) + 1;
	for (i = 0; i < room && first + i < t->nr; i++) {
		r = &t->rows[first + i];
		draw_row(c, t, r, top + 1 + i, ui->p.scroll + i == ui->p.selected);
		if (t->spark && r->event >= 0)
			draw_history(c, s, ui, r->event, r->dim, x, top + 1 + i);
	}
	if (!t->nr && *ui->p.filter && !t->window)
		draw_text(c, 2, top + 1, STYLE_DIM, "no row contains \"%s\"", ui->p.filter);
}
