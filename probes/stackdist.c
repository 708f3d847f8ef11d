// SPDX-License-Identifier: GPL-2.0-or-later
/* stackdist.c: see stackdist.h. */
#include "stackdist.h"

#include <string.h>

void ns_stackdist_add(struct ns_stackdist *d, unsigned int ctx)
{
	unsigned int i;

	if (!ctx || ctx >= NS_MAX_CTXS) {
		d->unknown++;
		return;
	}
	for (i = 0; i < d->nr && d->stack[i] != ctx; i++)
		;
	if (i < d->nr) {
		d->at[i]++;
	} else {
		d->first++;
		d->nr++; /* ids are distinct and below NS_MAX_CTXS: there is room */
	}
	memmove(d->stack + 1, d->stack, i * sizeof(*d->stack));
	d->stack[0] = (uint16_t)ctx;
}

uint64_t ns_stackdist_lookups(const struct ns_stackdist *d)
{
	return d->first + ns_stackdist_hits(d, NS_MAX_CTXS);
}

uint64_t ns_stackdist_hits(const struct ns_stackdist *d, unsigned int slots)
{
	uint64_t n = 0;

	for (unsigned int i = 0; i < slots && i < NS_MAX_CTXS; i++)
		n += d->at[i];
	return n;
}

unsigned int ns_stackdist_enough(const struct ns_stackdist *d)
{
	unsigned int n = NS_MAX_CTXS;

	while (n && !d->at[n - 1])
		n--;
	return n ? n : d->first != 0;
}
