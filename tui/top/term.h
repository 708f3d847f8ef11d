/* SPDX-License-Identifier: GPL-2.0-or-later */
/* term.h: the terminal: ncurses, its size, its keys, and leaving it whole. */
#ifndef NESTSCOPE_TERM_H
#define NESTSCOPE_TERM_H

#include "canvas.h"

enum theme { THEME_DEFAULT, THEME_MONO, THEME_CONTRAST, NR_THEMES };
extern const char *const theme_names[NR_THEMES];
/* Before or after term_start.  NO_COLOR makes all of them mono. */
void term_theme(enum theme theme);
/*
 * Take the terminal over.  Returns 0 or an exit code after a message with the
 * remedy (unknown TERM).
 */
int term_start(void);
void term_end(void);
void term_size(int *w, int *h);
/* False: the terminal takes nothing at the moment, and nothing was drawn. */
bool term_show(const struct canvas *c);
/* What KEY_MOUSE was: where, and 0 for a click, -1 or 1 for the wheel up or down. */
bool term_mouse(int *x, int *y, int *wheel);
/*
 * Wait up to timeout_ms for a key.  Returns its curses code, 0 when none came,
 * -1 when the terminal is gone.
 */
int term_key(int timeout_ms);

#endif
