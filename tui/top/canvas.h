/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * canvas.h: a rectangle of characters that screens draw on.  It is shown by
 * ncurses or printed as text; whoever draws does not know which.  Nothing can
 * be drawn outside.
 */
#ifndef NESTSCOPE_CANVAS_H
#define NESTSCOPE_CANVAS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <wchar.h>

enum style {
	STYLE_NORMAL,
	STYLE_BOLD,
	STYLE_DIM,
	STYLE_HEAD,
	STYLE_SELECTED,
	STYLE_BAR,
	STYLE_WARN,
	NR_STYLES
};

struct glyph {
	wchar_t ch;
	uint8_t style; /* enum style */
};

struct canvas {
	int w, h;
	bool utf8; /* else only ASCII is drawn */
	struct glyph *cell; /* w * h */
};

/* Make it w x h and blank.  Returns 0 or -ENOMEM (then it is 0 x 0). */
int canvas_resize(struct canvas *c, int w, int h);
void canvas_clear(struct canvas *c);
void canvas_free(struct canvas *c);
/* Print as lines without trailing blanks or blank lines at the end. */
void canvas_print(const struct canvas *c, FILE *f);

/* Draw text; what does not fit or print is cut or "?".  Returns the x after it. */
__attribute__((format(printf, 5, 6))) int draw_text(struct canvas *c, int x, int y,
						    enum style style, const char *fmt, ...);
/* The same within width columns, padded with blanks; right: at the right edge. */
int draw_field(struct canvas *c, int x, int y, int width, bool right, enum style style,
	       const char *s);
/* Give a whole line a style. */
void draw_line_style(struct canvas *c, int y, enum style style);
/* A bar of share (0..1) of width columns, in eighths where the terminal can. */
void draw_bar(struct canvas *c, int x, int y, int width, double share);
/* n values, oldest first, as blocks from 0 to their maximum. */
void draw_spark(struct canvas *c, int x, int y, const double *v, unsigned int n);

#endif
