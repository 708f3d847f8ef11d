// SPDX-License-Identifier: GPL-2.0-or-later
/* ui.c: where the user is, and how to get elsewhere and back. */
#include "ui.h"

#include <string.h>

#include "model.h"

static const struct row_id all = { NS_ANY, NS_ANY, NS_ANY, 0 };

void ui_init(struct ui *ui)
{
	memset(ui, 0, sizeof(*ui));
	ui->p.only = all;
	ui->p.selected = -1;
}

/* A new screen begins with its own order and all its rows. */
static void start_screen(struct ui *ui, unsigned int screen)
{
	ui->p.screen = screen;
	ui->on_row = false; /* until it is drawn */
	ui->p.selected = -1;
	ui->p.scroll = 0;
	ui->p.sort = 0;
	ui->p.invert = false;
	ui->p.filter[0] = 0;
	ui->p.came_with = false;
}

static void push(struct ui *ui)
{
	if (ui->nr_back == PLACES) { /* forget the oldest */
		memmove(ui->back, ui->back + 1, (PLACES - 1) * sizeof(*ui->back));
		ui->nr_back--;
	}
	ui->back[ui->nr_back++] = ui->p;
}

void ui_tab(struct ui *ui, unsigned int screen)
{
	if (screen != ui->p.screen)
		start_screen(ui, screen);
}

void ui_enter(struct ui *ui, unsigned int screen, struct row_id only)
{
	push(ui);
	start_screen(ui, screen);
	ui->p.only = only;
}

void ui_back(struct ui *ui)
{
	if (ui->p.filter[0] && !ui->p.came_with)
		ui->p.filter[0] = 0;
	else if (ui->nr_back)
		ui->p = ui->back[--ui->nr_back];
	else
		ui->p.selected = -1;
	ui->on_row = false;
}

void ui_move(struct ui *ui, int by)
{
	struct place *p = &ui->p;

	p->selected += p->selected < 0 && by < 0 ? 0 : by;
	if (p->selected >= ui->nr_rows)
		p->selected = ui->nr_rows - 1;
	if (p->selected < 0)
		p->selected = ui->nr_rows ? 0 : -1;
}

void ui_search(struct ui *ui, int nr, ui_has_fn *has, const void *list)
{
	int i, at = 0, from = ui->p.selected < 0 ? 0 : ui->p.selected;
	int dir = ui->search == SEARCH_PREVIOUS ? -1 : 1;

	if (ui->search == SEARCH_NOT || !*ui->word)
		return;
	if (ui->search != SEARCH_HERE && ui->p.selected >= 0)
		from += dir;
	ui->search = SEARCH_NOT;
	ui->found = false;
	for (i = 0; i < nr && !ui->found; i++) {
		at = ((from + i * dir) % nr + nr) % nr;
		ui->found = has(list, at, ui->word);
	}
	if (ui->found)
		ui->p.selected = at;
}
