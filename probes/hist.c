// SPDX-License-Identifier: GPL-2.0-or-later
/* hist.c: histograms of ns_bucket()s. */
#include "model.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define ROUND 16 /* buckets: the range grows by so many at least */

/*
 * The range is allocated with the first timed event and grows; without memory
 * the count and sum stay right and the quantiles are not.  ns_hist_reserve tells.
 */
int ns_hist_reserve(struct ns_hist *h, unsigned int bucket)
{
	unsigned int first = bucket - bucket % ROUND, end = first + ROUND;
	uint64_t *p;

	if (bucket - h->first < h->nr)
		return 0;
	if (h->nr && h->first < first)
		first = h->first;
	if (h->nr && h->first + h->nr > (int)end)
		end = h->first + h->nr;
	p = calloc(end - first, sizeof(*p));
	if (!p)
		return -1;
	if (h->nr)
		memcpy(p + (h->first - first), h->bucket, h->nr * sizeof(*p));
	free(h->bucket);
	h->bucket = p;
	h->first = (uint16_t)first;
	h->nr = (uint16_t)(end - first);
	return 0;
}

void ns_hist_add(struct ns_hist *h, unsigned int bucket, uint64_t count, uint64_t ns)
{
	h->count += count;
	h->ns += ns;
	if (bucket >= NS_NR_BUCKETS)
		bucket = NS_NR_BUCKETS - 1;
	if (!ns_hist_reserve(h, bucket))
		h->bucket[bucket - h->first] += count;
}

int ns_hist_merge(struct ns_hist *to, const struct ns_hist *from)
{
	to->count += from->count;
	to->ns += from->ns;
	if (!from->nr)
		return 0;
	if (ns_hist_reserve(to, from->first) ||
	    ns_hist_reserve(to, from->first + from->nr - 1U))
		return -1;
	for (unsigned int i = 0; i < from->nr; i++)
		to->bucket[from->first - to->first + (int)i] += from->bucket[i];
	return 0;
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
	for (unsigned int i = 0; i < h->nr; i++)
		total += h->bucket[i];
	if (!total)
		return 0;
	rank = q <= 0 ? 1 : (uint64_t)ceil(q * (double)total);
	if (rank > total)
		rank = total;
	if (rank < 1)
		rank = 1;
	for (unsigned int i = 0; i < h->nr; i++) {
		below += h->bucket[i];
		if (below >= rank)
			return bucket_middle(h->first + i);
	}
	return bucket_middle(h->first + h->nr - 1U);
}
