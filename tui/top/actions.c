// SPDX-License-Identifier: GPL-2.0-or-later
/* actions.c: what the keys do. */
#include <stdio.h>

#include "keys.h"
#include "term.h"
#include "top.h"

#define SEEK 10 /* intervals */
#define SPEED_MAX 6 /* 64 times as fast, or as slow */

static void help(struct ui *ui)
{
	unsigned int help_screen = screen_index(&screen_help);

	if (ui->p.screen == help_screen)
		ui_back(ui);
	else
		ui_enter(ui, help_screen, ui->p.only);
}

/* The next screen that has a tab, in direction d. */
static unsigned int next_tab(unsigned int from, int d)
{
	unsigned int n = 0;

	while (screens[n])
		n++;
	do
		from = (from + n + d) % n;
	while (!screens[from]->key);
	return from;
}

static void enter(struct ui *ui)
{
	const struct screen *s = screens[ui->p.screen];

	if (ui->on_row && s->enter)
		s->enter(ui);
}

static void resize(struct top *t)
{
	int w, h;

	term_size(&w, &h);
	if (canvas_resize(&t->canvas, w, h))
		t->quit = true;
}

static void set_interval(struct top *t, unsigned int ms)
{
	if (ms >= INTERVAL_MIN && ms <= INTERVAL_MAX)
		t->interval_ms = ms;
}

static void sort_next(struct ui *ui)
{
	if (ui->nr_columns)
		ui->p.sort = (ui->sort_column + 1) % ui->nr_columns + 1;
	ui->p.invert = false;
}

/* Keys that move the cursor; false: not one of them. */
static bool moved(struct ui *ui, enum action action)
{
	switch (action) {
	case ACT_UP:
		ui_move(ui, -1);
		return true;
	case ACT_DOWN:
		ui_move(ui, 1);
		return true;
	case ACT_PAGE_UP:
		ui_move(ui, -ui->page);
		return true;
	case ACT_PAGE_DOWN:
		ui_move(ui, ui->page);
		return true;
	case ACT_HOME:
		ui_move(ui, -ui->nr_rows);
		return true;
	case ACT_END:
		ui_move(ui, ui->nr_rows);
		return true;
	default:
		return false;
	}
}

/* Keys that change what is shown; false: not one of them. */
static bool shown(struct ui *ui, enum action action)
{
	switch (action) {
	case ACT_HELP:
		help(ui);
		return true;
	case ACT_NEXT:
		ui_tab(ui, next_tab(ui->p.screen, 1));
		return true;
	case ACT_PREVIOUS:
		ui_tab(ui, next_tab(ui->p.screen, -1));
		return true;
	case ACT_ENTER:
		enter(ui);
		return true;
	case ACT_BACK:
		ui_back(ui);
		return true;
	case ACT_SORT:
		sort_next(ui);
		return true;
	case ACT_INVERT:
		ui->p.invert = !ui->p.invert;
		return true;
	case ACT_SEARCH:
		ui_prompt(ui, PROMPT_SEARCH);
		return true;
	case ACT_FILTER:
		ui_prompt(ui, PROMPT_FILTER);
		return true;
	case ACT_NEXT_MATCH:
		ui->search = SEARCH_NEXT;
		return true;
	case ACT_PREVIOUS_MATCH:
		ui->search = SEARCH_PREVIOUS;
		return true;
	case ACT_TREE:
		ui->by_vm = !ui->by_vm;
		return true;
	case ACT_SINCE_START:
		ui->since_start = !ui->since_start;
		return true;
	case ACT_LATENCY:
		latency_enter(ui);
		return true;
	case ACT_HEAT_BY:
		ui->heat_by = (ui->heat_by + 1) % NR_HEAT_BY;
		return true;
	default:
		return false;
	}
}

/* A click on a tab goes there, on a row selects it, and once more enters it. */
static void click(struct ui *ui, int x, int y)
{
	int tab = y == TABS_LINE ? tabs_find(ui, x) : -1;
	int row = ui->p.scroll + y - ui->table_top;

	if (tab >= 0 && screens[tab]->key) {
		ui_tab(ui, (unsigned int)tab);
		return;
	}
	if (!ui->table_top || y < ui->table_top || y >= ui->table_top + ui->page ||
	    row >= ui->nr_rows)
		return;
	if (row == ui->p.selected)
		enter(ui);
	else
		ui->p.selected = row;
}

static void mouse(struct ui *ui)
{
	int x, y, wheel;

	if (!term_mouse(&x, &y, &wheel))
		return;
	if (wheel)
		ui_move(ui, wheel);
	else
		click(ui, x, y);
}

/* Keys of time; false: not one of them. */
static bool timed(struct top *t, enum action action)
{
	switch (action) {
	case ACT_PAUSE:
		top_pause(t);
		return true;
	case ACT_MARK:
		top_mark(t);
		return true;
	case ACT_STEP:
		top_go(t, 1);
		return true;
	case ACT_STEP_BACK:
		top_go(t, -1);
		return true;
	case ACT_FORWARD:
		top_go(t, SEEK);
		return true;
	case ACT_BACKWARD:
		top_go(t, -SEEK);
		return true;
	case ACT_SPEED_UP:
		t->speed += !t->src.ops->live && t->speed < SPEED_MAX;
		return true;
	case ACT_SPEED_DOWN:
		t->speed -= !t->src.ops->live && t->speed > -SPEED_MAX;
		return true;
	default:
		return false;
	}
}

static void act(struct top *t, enum action action)
{
	if (moved(&t->ui, action) || shown(&t->ui, action) || timed(t, action))
		return;
	switch (action) {
	case ACT_QUIT:
		t->quit = true;
		break;
	case ACT_SLOWER:
		set_interval(t, t->interval_ms * 2);
		break;
	case ACT_FASTER:
		set_interval(t, t->interval_ms / 2);
		break;
	case ACT_WRITE:
		top_write(t);
		break;
	case ACT_THEME:
		t->theme = (t->theme + 1) % NR_THEMES;
		term_theme(t->theme);
		snprintf(t->message, sizeof(t->message), "theme: %s", theme_names[t->theme]);
		t->ui.message = t->message;
		break;
	case ACT_MOUSE:
		mouse(&t->ui);
		break;
	case ACT_RESIZE:
		resize(t);
		break;
	default:
		break;
	}
}

void top_key(struct top *t, int key)
{
	enum action action = keys_find(key);
	unsigned int i;

	t->ui.message = NULL;
	if (t->ui.prompt != PROMPT_NONE && action != ACT_RESIZE &&
	    action != ACT_MOUSE) {
		ui_prompt_key(&t->ui, key);
		return;
	}
	for (i = 0; screens[i]; i++)
		if (screens[i]->key && screens[i]->key == key) {
			ui_tab(&t->ui, i);
			return;
		}
	act(t, action);
}
