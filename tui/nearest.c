// SPDX-License-Identifier: GPL-2.0-or-later
/* nearest.c: the word that was probably meant, by edit distance. */
#include <string.h>

#include "cmd.h"

#define LONGEST 32

static unsigned int min3(unsigned int a, unsigned int b, unsigned int c)
{
	unsigned int m = a < b ? a : b;

	return m < c ? m : c;
}

static unsigned int distance(const char *a, const char *b)
{
	unsigned int row[LONGEST + 1], la = strlen(a), lb = strlen(b), i, j, diag, up;

	if (la > LONGEST || lb > LONGEST)
		return LONGEST;
	for (j = 0; j <= lb; j++)
		row[j] = j;
	for (i = 1; i <= la; i++) {
		diag = row[0];
		row[0] = i;
		for (j = 1; j <= lb; j++) {
			up = row[j];
			row[j] = min3(up + 1, row[j - 1] + 1, diag + (a[i - 1] != b[j - 1]));
			diag = up;
		}
	}
	return row[lb];
}

const char *nearest(const char *word, const char *const *list, unsigned int n)
{
	unsigned int i, d, best = LONGEST;
	const char *found = NULL;

	for (i = 0; i < n; i++) {
		d = distance(word, list[i]);
		if (*word && !strncmp(word, list[i], strlen(word)))
			d = 1; /* an abbreviation is near whatever its length */
		if (d < best) {
			best = d;
			found = list[i];
		}
	}
	return best <= 1 + strlen(word) / 3 ? found : NULL;
}
