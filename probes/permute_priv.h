/* SPDX-License-Identifier: GPL-2.0-or-later */
/* permute_priv.h: what permute.c and permute_own.c share. */
#ifndef NESTSCOPE_PERMUTE_PRIV_H
#define NESTSCOPE_PERMUTE_PRIV_H

#include "permute.h"

/*
 * Split the noise of nr metrics that have the same runs (group: their indices): *own gets a row of na + nb
 * values for each of them, in units of its median distance, and *common the row
 * of what was taken off them.  Returns 1; 0 when they are too few, or one of them has
 * mostly one value; -ENOMEM.  free(*own) frees both.
 */
int ns_own_parts(const struct ns_perm_metric *m, const unsigned int *group, unsigned int nr,
		 double **own, double **common);

#endif
