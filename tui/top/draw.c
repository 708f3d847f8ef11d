// SPDX-License-Identifier: GPL-2.0-or-later
/* draw.c: see canvas.h. */
#include "canvas.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

int canvas_resize(struct canvas *c, int w, int h)
{
	free(c->cell);
	c->w = c->h = 0;
	c->cell = calloc((size_t)w * h, sizeof(*c->cell));
	if (!c->cell)
		return -ENOMEM;
	c->w = w;
	c->h = h;
	canvas_clear(c);
	return 0;
}

void canvas_clear(struct canvas *c)
{
	int i;

	for (i = 0; i < c->w * c->h; i++)
		c->cell[i] = (struct glyph){ L' ', STYLE_NORMAL };
}

void canvas_free(struct canvas *c)
{
	free(c->cell);
	memset(c, 0, sizeof(*c));
}

static void put(struct canvas *c, int x, int y, wchar_t ch, enum style style)
{
	if (x >= 0 && y >= 0 && x < c->w && y < c->h)
		c->cell[y * c->w + x] = (struct glyph){ ch, style };
}

/* UTF-8 whatever the locale: frames must not depend on it. */
static void print_char(wchar_t ch, FILE *f)
{
	if (ch < 0x80) {
		fputc(ch, f);
	} else if (ch < 0x800) {
		fputc(0xc0 | ch >> 6, f);
		fputc(0x80 | (ch & 0x3f), f);
	} else {
		fputc(0xe0 | (ch >> 12 & 0xf), f);
		fputc(0x80 | (ch >> 6 & 0x3f), f);
		fputc(0x80 | (ch & 0x3f), f);
	}
}

static int line_length(const struct canvas *c, int y)
{
	int x = c->w;

	while (x && c->cell[y * c->w + x - 1].ch == L' ')
		x--;
	return x;
}

void canvas_print(const struct canvas *c, FILE *f)
{
	int x, y, len, last = c->h;

	while (last && !line_length(c, last - 1))
		last--;
	for (y = 0; y < last; y++) {
		len = line_length(c, y);
		for (x = 0; x < len; x++)
			print_char(c->cell[y * c->w + x].ch, f);
		fputc('\n', f);
	}
}

/* The next character of s; what is not a printable narrow one becomes '?'. */
static wchar_t next_char(const struct canvas *c, const char **s)
{
	const unsigned char *p = (const unsigned char *)*s;
	unsigned int n = *p >= 0xf0 ? 3 : *p >= 0xe0 ? 2 : *p >= 0xc0 ? 1 : 0, i;
	wchar_t ch = n ? *p & (0x3f >> n) : *p;

	for (i = 1; i <= n; i++) {
		if ((p[i] & 0xc0) != 0x80) {
			*s += i;
			return L'?';
		}
		ch = ch << 6 | (p[i] & 0x3f);
	}
	*s += n + 1;
	if (ch < 0x20 || (ch >= 0x7f && ch < 0xa0) || n == 3)
		return L'?';
	return ch < 0x80 || (c->utf8 && wcwidth(ch) == 1) ? ch : L'?';
}

int draw_text(struct canvas *c, int x, int y, enum style style, const char *fmt, ...)
{
	const char *p;
	char buf[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(buf, sizeof(buf), fmt, ap);
	va_end(ap);
	for (p = buf; *p && x < c->w; x++)
		put(c, x, y, next_char(c, &p), style);
	return x;
}

int draw_field(struct canvas *c, int x, int y, int width, bool right, enum style style,
	       const char *s)
{
	int len = 0, i, pad;
	const char *p;

	for (p = s; *p; len++)
		next_char(c, &p);
	pad = len < width ? width - len : 0;
	for (i = 0; right && i < pad; i++)
		put(c, x + i, y, L' ', style);
	for (p = s, i = right ? pad : 0; *p && i < width; i++)
		put(c, x + i, y, next_char(c, &p), style);
	for (; i < width; i++)
		put(c, x + i, y, L' ', style);
	return x + width;
}

void draw_line_style(struct canvas *c, int y, enum style style)
{
	int x;

	for (x = 0; y >= 0 && y < c->h && x < c->w; x++)
		c->cell[y * c->w + x].style = style;
}

void draw_bar(struct canvas *c, int x, int y, int width, double share)
{
	int eighths, i;

	if (!(share > 0))
		return;
	eighths = (int)((share > 1 ? 1 : share) * width * 8 + 0.5);
	if (!eighths)
		eighths = 1;
	for (i = 0; i < width && eighths > 0; i++, eighths -= 8) {
		if (!c->utf8)
			put(c, x + i, y, L'#', STYLE_BAR);
		else /* U+2588 is a full block, U+258F one eighth of it */
			put(c, x + i, y, 0x2588 + (eighths >= 8 ? 0 : 8 - eighths), STYLE_BAR);
	}
}

void draw_spark(struct canvas *c, int x, int y, const double *v, unsigned int n)
{
	static const char ascii[] = " .:-=+*#%@";
	double max = 0;
	unsigned int i;
	int level;

	for (i = 0; i < n; i++)
		if (v[i] > max)
			max = v[i];
	for (i = 0; i < n; i++) {
		if (c->utf8) { /* U+2581 is the lowest block, U+2588 the full one */
			level = max > 0 ? (int)(v[i] / max * 7 + 0.5) : 0;
			put(c, x + i, y, v[i] > 0 ? (wchar_t)(0x2581 + level) : L' ', STYLE_BAR);
		} else {
			level = v[i] > 0 ? 1 + (int)(v[i] / max * 8 + 0.5) : 0;
			put(c, x + i, y, ascii[level], STYLE_BAR);
		}
	}
}
