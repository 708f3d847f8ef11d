// SPDX-License-Identifier: GPL-2.0-or-later
/* permute_own.c: what of a metric's noise the other metrics of its runs do not have. */
#include "permute_priv.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "stats.h"

#define GROUP_MIN 4 /* metrics; fewer do not tell what is common to all */

/* Distances from the median in units of the median distance; false: mostly one value. */
static bool standardize(const double *v, unsigned int n, double *z)
{
	double median, distance = ns_median_distance(v, n, z, &median);

	for (unsigned int i = 0; i < n; i++)
		z[i] = distance > 0 ? (v[i] - median) / distance : 0;
	return distance > 0;
}

/* The run's own part of every metric of the group: their median. */
static void find_common(const double *z, unsigned int nr, unsigned int n, double *column,
			double *common)
{
	for (unsigned int i = 0; i < n; i++) {
		for (unsigned int k = 0; k < nr; k++)
			column[k] = z[(size_t)k * n + i];
		common[i] = ns_median(column, nr);
	}
}

/* z less its share of common, by least squares over both sets: that knows no sides. */
static void take_off(double *z, const double *common, unsigned int n)
{
	double product = 0, square = 0, share;

	for (unsigned int i = 0; i < n; i++) {
		product += z[i] * common[i];
		square += common[i] * common[i];
	}
	share = square > 0 ? fmax(0, fmin(1, product / square)) : 0;
	for (unsigned int i = 0; i < n; i++)
		z[i] -= share * common[i];
}

int ns_own_parts(const struct ns_perm_metric *m, const unsigned int *group, unsigned int nr,
		 double **own, double **common)
{
	unsigned int n = m[group[0]].na + m[group[0]].nb, usable = 0;
	double *z = malloc(((size_t)nr * n + n + nr) * sizeof(*z)), *column;

	*own = *common = NULL;
	if (!z)
		return -ENOMEM;
	for (unsigned int k = 0; k < nr; k++)
		usable += standardize(m[group[k]].v, n, z + (size_t)k * n);
	if (usable < GROUP_MIN || usable < nr) {
		free(z);
		return 0;
	}
	*own = z;
	*common = z + (size_t)nr * n;
	column = *common + n;
	find_common(z, nr, n, column, *common);
	for (unsigned int k = 0; k < nr; k++)
		take_off(z + (size_t)k * n, *common, n);
	return 1;
}
