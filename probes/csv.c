// SPDX-License-Identifier: GPL-2.0-or-later
/* csv.c: quoting for comma-separated values. */
#include "csv.h"

void ns_csv_text(FILE *f, const char *s)
{
	fputc('"', f);
	for (; *s; s++) {
		if (*s == '"')
			fputc('"', f);
		fputc(*s, f);
	}
	fputc('"', f);
}
