// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * heat.c: the heat map of a context: L2's address space in lines of cells,
 * without the lines that nothing faulted in.  A cell is as large as it takes
 * for all lines to fit on the screen.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "catalogue.h"
#include "table.h"
#include "view.h"

enum { COL_IPA, COL_MAP, COL_FAULTS, COL_TIME, COL_CAUSE, NR_COLS };

static const char *const by_name[] = { "faults", "time", "cause" };

/* One letter per cause: colour is never the only carrier. */
static const char letters[NS_NR_CAUSE + 1] = {
	[NS_CAUSE_COLD] = 'c',
	[NS_CAUSE_TLBI_VMALLS12E1] = 't',
	[NS_CAUSE_TLBI_IPAS2E1] = 'i',
	[NS_CAUSE_TLBI_RIPAS2E1] = 'r',
	[NS_CAUSE_TLBI_ALLE1] = 'a',
	[NS_CAUSE_EVICT] = 'e',
	[NS_CAUSE_NOTIFIER] = 'n',
	[NS_CAUSE_MEMSLOT] = 'm',
	[NS_CAUSE_TABLES] = 'l',
	[NS_CAUSE_WP] = 'w',
	[NS_CAUSE_PERM] = 'p',
	[NS_CAUSE_AF] = 'f',
	[NS_CAUSE_MMIO] = 'M',
	[NS_CAUSE_FORWARD] = 'F',
	[NS_CAUSE_RETRY] = 'R',
	[NS_CAUSE_ABORT] = 'A',
	[NS_CAUSE_ERROR] = '!',
	[NS_CAUSE_TABLE_WRITE] = 'T',
	[NS_CAUSE_UNKNOWN] = '?',
};

/* ---- from lines to characters ---- */

static double weight(const struct ns_heat_page *p, enum heat_by by)
{
	return by == HEAT_TIME ? (double)p->ns : p->faults;
}

/* Of the cells that have any weight. */
struct range {
	double min, max;
};

static struct range range_of(const struct ns_heat_line *l, int nr, int cells, enum heat_by by)
{
	struct range r = { 0 };
	double w;
	int i, j;

	for (i = 0; i < nr; i++)
		for (j = 0; j < cells; j++) {
			w = weight(&l[i].cell[j], by);
			if (w > 0 && (!r.min || w < r.min))
				r.min = w;
			if (w > r.max)
				r.max = w;
		}
	return r;
}

static const char *glyph(const struct ns_heat_page *p, enum heat_by by, const struct range *r,
			 bool utf8)
{
	static const char *const shades[] = { "\u2591", "\u2592", "\u2593", "\u2588" };
	static const char *const ascii[] = { ".", "+", "*", "#" };
	static char letter[2];
	int level;

	if (!p->faults)
		return utf8 ? "\u00b7" : " ";
	if (!weight(p, by)) /* of no duration that was told */
		return utf8 ? shades[0] : ascii[0];
	if (by == HEAT_CAUSE) {
		letter[0] = letters[ns_heat_top_cause(p)];
		return letter;
	}
	/* logarithmic: one hot page must not hide what the others do */
	level = r->max > r->min
			? (int)(log(weight(p, by) / r->min) / log(r->max / r->min) * 3.999)
			: 0;
	return utf8 ? shades[level] : ascii[level];
}

static void fill_row(struct table_row *r, const struct ns_heat_line *l, int cells, enum heat_by by,
		     const struct range *range, bool utf8)
{
	size_t n = 0;
	int i;

	r->id = (struct row_id){ NS_ANY, NS_ANY, NS_ANY, (int64_t)l->start };
	r->value[COL_IPA] = (double)l->start;
	for (i = 0; i < cells; i++)
		n += snprintf(r->text[0] + n, TABLE_TEXT - n, "%s",
			      glyph(&l->cell[i], by, range, utf8));
	r->value[COL_FAULTS] = l->sum.faults;
	r->value[COL_TIME] = l->sum.ns;
	snprintf(r->text[1], TABLE_TEXT, "%s", cause_short((int)ns_heat_top_cause(&l->sum)));
}

static void draw_legend(struct canvas *c, const struct ns_heat_line *l, int nr, enum heat_by by, int y)
{
	bool used[NS_NR_CAUSE] = { false };
	unsigned int k;
	int i, j, x = 1;

	if (by != HEAT_CAUSE) {
		draw_text(c, 1, y, STYLE_DIM, "%s more %s (logarithmic)",
			  c->utf8 ? "\u2591 \u2592 \u2593 \u2588" : ". + * #", by_name[by]);
		return;
	}
	for (i = 0; i < nr; i++)
		for (j = 0; j < NS_HEAT_CELLS; j++)
			if (l[i].cell[j].faults)
				used[ns_heat_top_cause(&l[i].cell[j])] = true;
	for (k = 0; k < NS_NR_CAUSE; k++) {
		if (!used[k])
			continue;
		x = 2 + draw_text(c, x, y, STYLE_DIM, "%c %s", letters[k], cause_short((int)k));
	}
}

static int cells_of(const struct canvas *c)
{
	return c->w >= 110 ? 64 : c->w >= 72 ? 32 : 16;
}

static void draw_lines(struct canvas *c, const struct snapshot *s, struct ui *ui,
		       const struct ns_heat_page *p, int nr, int top, int bottom)
{
	int cells = cells_of(c), i, n;
	struct table_column columns[NR_COLS + 1] = {
		[COL_IPA] = { "L2 IPA", 13, show_hex, 10 },
		[COL_MAP] = { "", cells, NULL, 0 },
		[COL_FAULTS] = { "faults", 8, show_count, 0 },
		[COL_TIME] = { "time", 7, show_ns, 0 },
		[COL_CAUSE] = { "most are", 6, NULL, 0 },
	};
	struct table t = { .columns = columns, .sort = TABLE_NO_SORT };
	char a[NUMBER], b[NUMBER];
	unsigned int shift;
	struct ns_heat_line *l = NULL;
	struct range range;

	n = ns_heat_lines(p, nr, cells, bottom - top - 3, &shift, &l);
	n = n < 0 ? 0 : n; /* no memory: a map without lines */
	range = range_of(l, n, cells, ui->heat_by);
	ui->heat_span = 1ULL << (shift + NS_HEAT_SHIFT);
	draw_text(c, 1, top, STYLE_BOLD, "%s pages by %s; a cell is %s, a line %s",
		  show_count(nr, a), by_name[ui->heat_by],
		  show_bytes((double)(ui->heat_span / cells), b),
		  show_bytes((double)ui->heat_span, (char[NUMBER]){ 0 }));
	t.rows = table_rows(n);
	for (i = 0; t.rows && i < n; i++)
		fill_row(&t.rows[t.nr++], &l[i], cells, ui->heat_by, &range, c->utf8);
	draw_legend(c, l, n, ui->heat_by, bottom - 1);
	table_draw(c, s, ui, &t, top + 1, bottom - 1);
	free(l);
}

static void heat_draw(struct canvas *c, const struct snapshot *s, struct ui *ui, int top,
		      int bottom)
{
	struct ns_heat_page *p;
	char a[NUMBER];
	int nr;

	if (draw_unavailable(c, s, NS_EV_S2_FAULT, "shadow S2 faults", top) ||
	    draw_no_detail(c, s, top))
		return;
	nr = ns_heat_pages(&s->detail->heat, ui->p.only.ctx, &p);
	if (nr <= 0)
		draw_text(c, 1, top, STYLE_DIM, "no fault of this context has been seen");
	else
		draw_lines(c, s, ui, p, nr, top, bottom);
	if (s->detail->heat.left_out)
		draw_text(c, 1, bottom - 2, STYLE_WARN, "%s faults on further pages are left out",
			  show_number(s->detail->heat.left_out, a));
	free(p);
}

static void heat_enter(struct ui *ui)
{
	uint64_t start = (uint64_t)ui->at.key;

	ui_enter(ui, screen_index(&screen_events), ui->p.only);
	ui->p.ipa_from = start;
	ui->p.ipa_to = start + ui->heat_span;
}

const struct screen screen_heat = { "Heat map", 0, true, heat_draw, heat_enter, NULL };
