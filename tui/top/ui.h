/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ui.h: what the user chose: screen, scope, selection, sort, search, filter. */
#ifndef NESTSCOPE_UI_H
#define NESTSCOPE_UI_H

#include <stdbool.h>
#include <stdint.h>

#include "event.h"

/* A row of a screen's table, so that it can be selected and entered. */
struct row_id {
	int vm, vcpu, ctx; /* NS_ANY: not of one */
	int64_t key; /* what else tells rows apart: a cause, an address, ... */
};

#define WORD 32 /* of search and filter, with the NUL */

/* What Esc goes back to. */
struct place {
	unsigned int screen;
	struct row_id only; /* the scope: what is shown */
	uint64_t ipa_from, ipa_to; /* of only.ctx; to 0: all of it */
	struct row_id at; /* the row the cursor was on */
	int selected; /* row, -1: none */
	int scroll;
	unsigned int sort; /* column; 0: the screen's own choice */
	bool invert;
	char filter[WORD]; /* only rows that contain it; "": all */
	bool came_with; /* the filter is part of the way here: Esc leaves, and does not clear it */
};

#define PLACES 16
#define TABS 16 /* at least as many as there are screens */
enum search { SEARCH_NOT, SEARCH_HERE, SEARCH_NEXT, SEARCH_PREVIOUS };
enum prompt { PROMPT_NONE, PROMPT_SEARCH, PROMPT_FILTER };
enum heat_by { HEAT_FAULTS, HEAT_TIME, HEAT_CAUSE, NR_HEAT_BY };

struct ui {
	struct place p; /* where we are */
	struct place back[PLACES]; /* where we came from */
	unsigned int nr_back;
	enum prompt prompt; /* the word that is being typed */
	char word[WORD]; /* searched for */
	bool by_vm; /* Overview: a row per VM, not per vCPU */
	bool since_start; /* numbers of all the time, not of the last interval */
	enum heat_by heat_by;
	int latency_event, latency_dim; /* what the latency screen shows */
	const char *message; /* one line for the user, until the next key */

	/* left behind by drawing, for the keys and the mouse: */
	int nr_rows, page; /* rows there are, rows that fit */
	unsigned int nr_columns;
	int table_top; /* line of the first row; 0: no table */
	int tab_end[TABS]; /* column behind each screen's tab; 0: it has none there */
	bool on_row; /* the cursor is on a row, and at tells which */
	struct row_id at;
	struct ns_event event; /* of the row, on Events: the next ones may push it out */
	uint64_t heat_span; /* bytes of L2 IPA in a line of the heat map */
	unsigned int sort_column; /* that the table is sorted by */
	bool found; /* a row contains the word searched for */
	enum search search; /* asked for by a key, done by drawing */
};

void ui_init(struct ui *ui);
/* Go to a tab; the scope stays. */
void ui_tab(struct ui *ui, unsigned int screen);
/* Go deeper, to be undone by ui_back. */
void ui_enter(struct ui *ui, unsigned int screen, struct row_id only);
void ui_back(struct ui *ui);
void ui_move(struct ui *ui, int by);

/* Does row i of a list have the word? */
typedef bool ui_has_fn(const void *list, int i, const char *word);
/*
 * What drawing does about a search that was asked for: move the cursor to a row of nr that
 * has the word: this one or a later one, or the next.
 */
void ui_search(struct ui *ui, int nr, ui_has_fn *has, const void *list);

/* ---- prompts ---- */

void ui_prompt(struct ui *ui, enum prompt which);
/* A key while a prompt is open. */
void ui_prompt_key(struct ui *ui, int key);

#endif
