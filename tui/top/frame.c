// SPDX-License-Identifier: GPL-2.0-or-later
/* frame.c: head and foot around a screen. */
#include <string.h>

#include "keys.h"
#include "screen.h"
#include "view.h"

/* seen = kept + out + lost; "out" is what filters left out, or what had no start. */
static void ledger_text(const struct snapshot *s, const struct ns_ledger_row *l, bool narrow,
			char *buf, size_t size)
{
	char seen[NUMBER], kept[NUMBER], lost[NUMBER], out[NUMBER], plus[NUMBER + 8] = "";

	short_count(l->seen, seen, sizeof(seen));
	short_count(l->kept, kept, sizeof(kept));
	short_count(ns_ledger_lost(l), lost, sizeof(lost));
	short_count(l->filtered + l->unattributed, out, sizeof(out));
	if (l->filtered + l->unattributed)
		snprintf(plus, sizeof(plus), " + out %s", out);
	if (narrow)
		snprintf(buf, size, "kept %s  lost %s", kept, lost);
	else
		snprintf(buf, size, "seen %s = kept %s%s  lost %s  %.1fs", seen, kept, plus, lost,
			 s->interval_ms / 1000.0);
}

static void draw_ledger(struct canvas *c, const struct snapshot *s, int x)
{
	struct ns_ledger_row l = ns_model_ledger(s->total);
	char buf[160];
	int len;

	ledger_text(s, &l, c->w < SCREEN_NARROW, buf, sizeof(buf));
	len = (int)strlen(buf);
	if (c->w - len - 1 > x)
		x = c->w - len - 1;
	draw_text(c, x, 0, ns_ledger_lost(&l) ? STYLE_WARN : STYLE_HEAD, "%s", buf);
}

static void draw_head(struct canvas *c, const struct snapshot *s)
{
	char by[64];
	int x;

	draw_line_style(c, 0, STYLE_HEAD);
	x = draw_text(c, 1, 0, STYLE_HEAD, "nestscope ");
	if (c->w >= SCREEN_NARROW)
		x = draw_text(c, x, 0, STYLE_HEAD, " %.24s %s ", s->total->host.release,
			      s->total->host.machine);
	if (c->w >= 100)
		x = draw_text(c, x, 0, STYLE_HEAD, " %s ",
			      provider_summary(s->total, by, sizeof(by)));
	draw_ledger(c, s, x);
}

static void draw_foot(struct canvas *c, const struct ui *ui, int y)
{
	static const char *const names[] = { "", "Search", "Filter" };

	if (ui->prompt != PROMPT_NONE)
		draw_text(c, 1, y, STYLE_BOLD, "%s: %s_%s", names[ui->prompt],
			  ui->prompt == PROMPT_SEARCH ? ui->word : ui->p.filter,
			  ui->prompt == PROMPT_SEARCH && !ui->found ? "   (not found)" : "");
	else if (ui->message)
		draw_text(c, 1, y, STYLE_BOLD, "%s", ui->message);
	else
		keys_foot(c, y);
}

static void draw_too_small(struct canvas *c)
{
	draw_text(c, 0, 0, STYLE_WARN, "terminal too small");
	draw_text(c, 0, 1, STYLE_NORMAL, "%dx%d, needs %dx%d", c->w, c->h, SCREEN_MIN_W,
		  SCREEN_MIN_H);
	draw_text(c, 0, 2, STYLE_NORMAL, "enlarge it, or q");
}

void frame_draw(struct canvas *c, const struct snapshot *s, struct ui *ui)
{
	int top, below = s->strip ? strip_height(c->h) : 0;

	canvas_clear(c);
	ui->on_row = false;
	if (c->w < SCREEN_MIN_W || c->h < SCREEN_MIN_H) {
		draw_too_small(c);
		return;
	}
	ui->nr_rows = ui->table_top = 0;
	ui->nr_columns = 0;
	draw_head(c, s);
	top = tabs_draw(c, s, ui, TABS_LINE);
	screens[ui->p.screen]->draw(c, s, ui, top, c->h - 1 - below);
	if (s->strip)
		strip_draw(c, s->strip, c->h - 1 - below, below);
	draw_foot(c, ui, c->h - 1);
}
