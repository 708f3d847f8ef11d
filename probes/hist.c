// SPDX-License-Identifier: GPL-2.0-or-later
/* hist.c: histograms of ns_bucket()s. */
#include "model.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/*
 * Buckets are allocated with the first timed event; without memory the count
 * and sum stay right and the quantiles are 0.  ns_hist_reserve tells.
 */
int ns_hist_reserve(struct ns_hist *h)
{
	if (!h->bucket)
		h->bucket = calloc(NS_NR_BUCKETS, sizeof(*h->bucket));
	return h->bucket ? 0 : -1;
}

void ns_hist_add(struct ns_hist *h, unsigned int bucket, uint64_t count, uint64_t ns)
{
	h->count += count;
	h->ns += ns;
	if (bucket >= NS_NR_BUCKETS)
		bucket = NS_NR_BUCKETS - 1;
	if (!ns_hist_reserve(h))
		h->bucket[bucket] += count;
}

void ns_hist_merge(struct ns_hist *to, const struct ns_hist *from)
{
	to->count += from->count;
	to->ns += from->ns;
	if (!from->bucket || ns_hist_reserve(to))
		return;
	for (unsigned int i = 0; i < NS_NR_BUCKETS; i++)
		to->bucket[i] += from->bucket[i];
}

void ns_hist_free(struct ns_hist *h)
{
	free(h->bucket);
	memset(h, 0, sizeof(*h));
}

void ns_bucket_range(unsigned int bucket, uint64_t *low, uint64_t *high)
{
	unsigned int shift;

	if (bucket < NS_SUBS) {
		*low = *high = bucket;
		return;
	}
	if (bucket >= NS_NR_BUCKETS)
		bucket = NS_NR_BUCKETS - 1;
	/* the inverse of ns_bucket(): exponent e = shift + NS_SUB_BITS */
	shift = bucket / NS_SUBS - 1;
	*low = ((uint64_t)NS_SUBS + bucket % NS_SUBS) << shift;
	*high = *low + (1ULL << shift) - 1;
}

static uint64_t bucket_middle(unsigned int bucket)
{
	uint64_t low, high;

	ns_bucket_range(bucket, &low, &high);
	return low + (high - low) / 2;
}

uint64_t ns_hist_quantile(const struct ns_hist *h, double q)
{
	uint64_t total = 0, rank, below = 0;

	if (!h->bucket)
		return 0;
	/* not h->count: a metric may mix in events without a duration */
	for (unsigned int i = 0; i < NS_NR_BUCKETS; i++)
		total += h->bucket[i];
	if (!total)
		return 0;
	rank = q <= 0 ? 1 : (uint64_t)ceil(q * (double)total);
	if (rank > total)
		rank = total;
	if (rank < 1)
		rank = 1;
	for (unsigned int i = 0; i < NS_NR_BUCKETS; i++) {
		below += h->bucket[i];
		if (below >= rank)
			return bucket_middle(i);
	}
	return bucket_middle(NS_NR_BUCKETS - 1);
}
