// SPDX-License-Identifier: GPL-2.0-or-later
/* fmt.c: numbers and words for people, beside those of the catalogue. */
#include <langinfo.h>
#include <stdlib.h>
#include <string.h>

#include "view.h"

bool utf8_wanted(void)
{
	return !strcmp(nl_langinfo(CODESET), "UTF-8");
}

void short_count(double n, char *buf, size_t size)
{
	static const char units[] = " kMGTP";
	unsigned int u = 0;

	while (n >= 999.5 && u < sizeof(units) - 2) {
		n /= 1000;
		u++;
	}
	if (!u)
		snprintf(buf, size, "%.0f", n);
	else
		snprintf(buf, size,
			 n < 9.995   ? "%.2f%c"
			 : n < 99.95 ? "%.1f%c"
				     : "%.0f%c",
			 n, units[u]);
}

void rate_number(double per_second, char *buf, size_t size)
{
	if (per_second > 0 && per_second < 99.95)
		snprintf(buf, size, "%.1f", per_second);
	else
		short_count(per_second, buf, size);
}

void rate_format(double per_second, char *buf, size_t size)
{
	rate_number(per_second, buf, size);
	strncat(buf, "/s", size - strlen(buf) - 1);
}

void put_padded(FILE *f, const char *s, int width)
{
	const char *p;

	fputs(s, f);
	for (p = s; *p; p++)
		width -= (*p & 0xc0) != 0x80;
	for (; width > 0; width--)
		fputc(' ', f);
}
