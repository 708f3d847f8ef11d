// SPDX-License-Identifier: GPL-2.0-or-later
/* history.c: see history.h. */
#include "history.h"

#include <string.h>

void history_add(struct history *h, const struct ns_model *delta, double seconds)
{
	struct history_entry *e = &h->entry[h->nr++ % HISTORY_LENGTH];
	const struct ns_metric *k;
	unsigned int i;

	memset(e, 0, sizeof(*e));
	if (!(seconds > 0))
		return;
	for (i = 0; i < delta->nr_metrics; i++) {
		k = &delta->metrics[i];
		if (k->dim < HISTORY_DIMS)
			e->rate[k->event][k->dim] += (float)(k->h.count / seconds);
	}
}

static double rate(const struct history_entry *e, int event, int dim)
{
	double sum = 0;
	int i;

	if (dim != NS_ANY)
		return e->rate[event][dim];
	for (i = 0; i < HISTORY_DIMS; i++)
		sum += e->rate[event][i];
	return sum;
}

void history_get(const struct history *h, unsigned int back, int event, int dim, double *out,
		 unsigned int n)
{
	unsigned int i, age;

	for (i = 0; i < n; i++) {
		age = back + n - 1 - i;
		out[i] = age < h->nr && age < HISTORY_LENGTH
				 ? rate(&h->entry[(h->nr - 1 - age) % HISTORY_LENGTH], event, dim)
				 : 0;
	}
}
