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
		e->event[k->event] += k->h.count / seconds;
		if (k->event == NS_EV_S2_FAULT && k->dim < NS_NR_CAUSE)
			e->cause[k->dim] += k->h.count / seconds;
	}
}

static const struct history_entry *back(const struct history *h, unsigned int age)
{
	if (age >= h->nr || age >= HISTORY_LENGTH)
		return NULL;
	return &h->entry[(h->nr - 1 - age) % HISTORY_LENGTH];
}

void history_event(const struct history *h, int event, double *out, unsigned int n)
{
	const struct history_entry *e;
	unsigned int i;

	for (i = 0; i < n; i++) {
		e = back(h, n - 1 - i);
		out[i] = e ? e->event[event] : 0;
	}
}

void history_cause(const struct history *h, int cause, double *out, unsigned int n)
{
	const struct history_entry *e;
	unsigned int i;

	for (i = 0; i < n; i++) {
		e = back(h, n - 1 - i);
		out[i] = e ? e->cause[cause] : 0;
	}
}
