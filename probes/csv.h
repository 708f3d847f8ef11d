/* SPDX-License-Identifier: GPL-2.0-or-later */
/* csv.h: a text as comma-separated values have it. */
#ifndef NESTSCOPE_CSV_H
#define NESTSCOPE_CSV_H

#include <stdio.h>

/* Write s in quotes, its own quotes doubled. */
void ns_csv_text(FILE *f, const char *s);

#endif
