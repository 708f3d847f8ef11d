// SPDX-License-Identifier: GPL-2.0-or-later
/* prompt.c: typing a word to search or to filter by; it acts while it is typed. */
#include <curses.h>
#include <string.h>

#include "ui.h"

#define ESCAPE 27
#define DELETE 127
#define CTRL_U 21

static char *word_of(struct ui *ui)
{
	return ui->prompt == PROMPT_FILTER ? ui->p.filter : ui->word;
}

void ui_prompt(struct ui *ui, enum prompt which)
{
	ui->prompt = which;
	if (which == PROMPT_FILTER)
		ui->p.came_with = false;
	word_of(ui)[0] = 0;
	ui->found = true; /* nothing is looked for yet */
}

static void edit(char *word, int key)
{
	size_t len = strlen(word);

	if (key == KEY_BACKSPACE || key == '\b' || key == DELETE) {
		if (len)
			word[len - 1] = 0;
	} else if (key == CTRL_U) {
		word[0] = 0;
	} else if (key >= ' ' && key < DELETE && len + 1 < WORD) {
		word[len] = (char)key;
		word[len + 1] = 0;
	}
}

void ui_prompt_key(struct ui *ui, int key)
{
	if (key == '\n' || key == '\r' || key == KEY_ENTER) {
		ui->prompt = PROMPT_NONE;
		return;
	}
	if (key == ESCAPE) {
		word_of(ui)[0] = 0;
		ui->prompt = PROMPT_NONE;
		return;
	}
	if (ui->prompt == PROMPT_SEARCH && (key == KEY_F(3) || key == KEY_DOWN)) {
		ui->search = SEARCH_NEXT;
		return;
	}
	edit(word_of(ui), key);
	if (ui->prompt == PROMPT_SEARCH)
		ui->search = SEARCH_HERE;
	else
		ui->p.selected = -1;
}
