// SPDX-License-Identifier: GPL-2.0-or-later
/* heat.c: see heat.h. */
#include "heat.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define HEAT_MIN 256 /* slots; a power of two */
#define MAX_SHIFT 40 /* of a line: larger than any L2 IPA space needs */

/* Slot of the page, or the empty one where it belongs. */
static struct ns_heat_page *slot_of(struct ns_heat_page *slot, unsigned int size, uint64_t page,
				    unsigned int ctx)
{
	uint64_t mix = (page ^ (uint64_t)ctx << 48) * 0x9e3779b97f4a7c15ULL;
	unsigned int i = (unsigned int)(mix >> 32) & (size - 1);

	while (slot[i].faults && (slot[i].page != page || slot[i].ctx != ctx))
		i = (i + 1) & (size - 1);
	return &slot[i];
}

static int grow(struct ns_heat *h)
{
	unsigned int size = h->size ? h->size * 2 : HEAT_MIN;
	struct ns_heat_page *slot = calloc(size, sizeof(*slot));

	if (!slot)
		return -ENOMEM;
	for (unsigned int i = 0; i < h->size; i++)
		if (h->slot[i].faults)
			*slot_of(slot, size, h->slot[i].page, h->slot[i].ctx) = h->slot[i];
	free(h->slot);
	h->slot = slot;
	h->size = size;
	return 0;
}

static void count(struct ns_heat_page *p, const struct ns_event *ev)
{
	if (p->faults != UINT32_MAX)
		p->faults++;
	if (ev->field[NS_S2_FAULT_DUR] != NS_UNAVAILABLE)
		p->ns += ev->field[NS_S2_FAULT_DUR];
	if (ev->dim < NS_NR_CAUSE && p->cause[ev->dim] != UINT16_MAX)
		p->cause[ev->dim]++;
}

int ns_heat_add(struct ns_heat *h, const struct ns_event *ev)
{
	uint64_t ipa = ev->field[NS_S2_FAULT_L2_IPA];
	struct ns_heat_page *p;

	if (ev->event != NS_EV_S2_FAULT)
		return 0;
	if (!ev->ctx || ev->nr_fields <= NS_S2_FAULT_L2_IPA || ipa == NS_UNAVAILABLE) {
		h->unknown++;
		return 0;
	}
	if (h->nr * 2 >= h->size && h->nr < NS_HEAT_MAX && grow(h))
		return -ENOMEM;
	p = slot_of(h->slot, h->size, ipa >> NS_HEAT_SHIFT, ev->ctx);
	if (!p->faults && h->nr >= NS_HEAT_MAX) {
		h->left_out++;
		return 0;
	}
	if (!p->faults) {
		p->page = ipa >> NS_HEAT_SHIFT;
		p->ctx = ev->ctx;
		h->nr++;
	}
	count(p, ev);
	return 0;
}

void ns_heat_free(struct ns_heat *h)
{
	free(h->slot);
	memset(h, 0, sizeof(*h));
}

static int by_address(const void *pa, const void *pb)
{
	const struct ns_heat_page *a = pa, *b = pb;

	return a->page < b->page ? -1 : a->page > b->page;
}

int ns_heat_pages(const struct ns_heat *h, unsigned int ctx, struct ns_heat_page **out)
{
	unsigned int n = 0;

	*out = NULL;
	for (unsigned int i = 0; i < h->size; i++)
		n += h->slot[i].faults && h->slot[i].ctx == ctx;
	if (!n)
		return 0;
	*out = malloc(n * sizeof(**out));
	if (!*out)
		return -ENOMEM;
	n = 0;
	for (unsigned int i = 0; i < h->size; i++)
		if (h->slot[i].faults && h->slot[i].ctx == ctx)
			(*out)[n++] = h->slot[i];
	qsort(*out, n, sizeof(**out), by_address);
	return (int)n;
}

unsigned int ns_heat_top_cause(const struct ns_heat_page *p)
{
	unsigned int best = 0;

	for (unsigned int i = 1; i < NS_NR_CAUSE; i++)
		if (p->cause[i] > p->cause[best])
			best = i;
	return best;
}

/* ---- from pages to lines ---- */

static void add(struct ns_heat_page *to, const struct ns_heat_page *p)
{
	unsigned int i;

	to->faults += p->faults;
	to->ns += p->ns;
	for (i = 0; i < NS_NR_CAUSE; i++)
		to->cause[i] = to->cause[i] + p->cause[i] > UINT16_MAX
				       ? UINT16_MAX
				       : (uint16_t)(to->cause[i] + p->cause[i]);
}

/* Lines of 1 << shift pages that have any of the pages, which are in order. */
static int count_lines(const struct ns_heat_page *p, int nr, unsigned int shift)
{
	int i, n = 0;

	for (i = 0; i < nr; i++)
		n += !i || p[i].page >> shift != p[i - 1].page >> shift;
	return n;
}

static unsigned int log2_of(int n)
{
	unsigned int bits = 0;

	while (n >> (bits + 1))
		bits++;
	return bits;
}

int ns_heat_lines(const struct ns_heat_page *p, int nr, int cells, int room, unsigned int *shift,
		  struct ns_heat_line **out)
{
	struct ns_heat_line *l = NULL;
	int i, n;

	*shift = log2_of(cells);
	while ((n = count_lines(p, nr, *shift)) > room && *shift < MAX_SHIFT)
		(*shift)++;
	*out = calloc((size_t)(n ? n : 1), sizeof(**out));
	if (!*out)
		return -ENOMEM;
	for (i = 0; i < nr; i++) {
		if (!i || p[i].page >> *shift != p[i - 1].page >> *shift) {
			l = l ? l + 1 : *out;
			l->start = p[i].page >> *shift << (*shift + NS_HEAT_SHIFT);
		}
		add(&l->sum, &p[i]);
		add(&l->cell[(p[i].page >> (*shift - log2_of(cells))) & (unsigned int)(cells - 1)],
		    &p[i]);
	}
	return n;
}
