// SPDX-License-Identifier: GPL-2.0-or-later
/* rec_encode.c: events to the columns of a chunk (docs/format.md, EVENTS). */
#include "rec_codec.h"

#define SAMPLE 64U /* values looked at to choose a transform */
#define SAMPLE_SLOTS 128U

static unsigned int bit_length(uint64_t v)
{
	return v ? 64U - (unsigned int)__builtin_clzll(v) : 0;
}

static uint64_t zigzag(uint64_t v)
{
	return v << 1 ^ (0 - (v >> 63));
}

static unsigned int hash_slot(uint64_t v, unsigned int slots)
{
	return (unsigned int)((v * 0x9e3779b97f4a7c15ULL) >> 40) & (slots - 1);
}

/* Value i after transform t. */
static inline uint64_t residual_of(const uint64_t *v, const uint64_t *left, unsigned int i, int t)
{
	if (t == NS_COL_DELTA)
		return v[i] - v[i ? i - 1 : 0];
	return t == NS_COL_LEFT ? v[i] - left[i] : v[i];
}

/*
 * Roughly how many bits per value transform t leaves: few distinct residuals
 * cost their logarithm, many cost their length.
 */
static unsigned int sample_cost(const uint64_t *v, const uint64_t *left, unsigned int nr, int t)
{
	unsigned int n = nr < SAMPLE ? nr : SAMPLE, from = (nr - n) / 2;
	unsigned int distinct = 0, bits = 0, s, by_value;
	uint64_t seen[SAMPLE_SLOTS] = { 0 }, r;

	for (unsigned int i = from; i < from + n; i++) {
		r = residual_of(v, left, i, t);
		bits += bit_length(zigzag(r));
		for (s = hash_slot(r, SAMPLE_SLOTS); seen[s] && seen[s] != r + 1;)
			s = (s + 1) & (SAMPLE_SLOTS - 1);
		distinct += !seen[s];
		seen[s] = r + 1;
	}
	/* eighths of a bit, plus what the dictionary itself takes */
	by_value = distinct < n / 2 ? 8 * bit_length(distinct - 1) + 32 * distinct / n : ~0U;
	return by_value < 8 * bits / n ? by_value : 8 * bits / n;
}

static int choose_transform(const uint64_t *v, const uint64_t *left, unsigned int nr)
{
	unsigned int best_cost = sample_cost(v, left, nr, NS_COL_RAW), cost;
	int best = NS_COL_RAW;

	for (int t = NS_COL_DELTA; t < NS_COL_NR_TRANSFORMS; t++) {
		if (t == NS_COL_LEFT && !left)
			continue;
		cost = sample_cost(v, left, nr, t);
		/* a tie goes to the simpler one */
		if (cost + 4 < best_cost) {
			best_cost = cost;
			best = t;
		}
	}
	return best;
}

/* Residuals of the whole column; returns "first", for NS_COL_DELTA. */
static uint64_t transform(uint64_t *r, const uint64_t *v, const uint64_t *left, unsigned int nr,
			  int t)
{
	for (unsigned int i = 0; i < nr; i++)
		r[i] = residual_of(v, left, i, t);
	if (t != NS_COL_DELTA)
		return 0;
	/* there is no value before the first: take one that fits the second */
	r[0] = nr > 1 ? r[1] : 0;
	return v[0] - r[0];
}

struct dict {
	unsigned int nr;
	uint64_t value[NS_COL_DICT_MAX];
	uint16_t slot[4 * NS_COL_DICT_MAX]; /* entry + 1 */
};

/* Rows as dictionary entries; false when there are too many values. */
static bool dict_build(struct dict *d, uint8_t *row, const uint64_t *r, unsigned int nr)
{
	const unsigned int slots = 4 * NS_COL_DICT_MAX;
	unsigned int s;

	memset(d->slot, 0, sizeof(d->slot));
	d->nr = 0;
	for (unsigned int i = 0; i < nr; i++) {
		if (i && r[i] == r[i - 1]) {
			row[i] = row[i - 1];
			continue;
		}
		s = hash_slot(r[i], slots);
		while (d->slot[s] && d->value[d->slot[s] - 1] != r[i])
			s = (s + 1) & (slots - 1);
		if (!d->slot[s]) {
			if (d->nr == NS_COL_DICT_MAX)
				return false;
			d->value[d->nr++] = r[i];
			d->slot[s] = (uint16_t)d->nr;
		}
		row[i] = (uint8_t)(d->slot[s] - 1);
	}
	return true;
}

static void put_dict(struct ns_buf *raw, const struct dict *d, const uint8_t *row, unsigned int nr)
{
	ns_put(raw, d->nr, 2);
	for (unsigned int i = 0; i < d->nr; i++)
		ns_put(raw, d->value[i], 8);
	ns_put_bytes(raw, row, nr);
}

static void put_planes(struct ns_buf *raw, const uint64_t *r, unsigned int nr, uint64_t base,
		       unsigned int width)
{
	uint8_t *p;

	ns_put(raw, base, 8);
	for (unsigned int k = 0; k < width; k++) {
		p = ns_put_room(raw, nr);
		for (unsigned int i = 0; p && i < nr; i++)
			p[i] = (uint8_t)((r[i] - base) >> (8 * k));
	}
}

/* Lowest residual (as signed, so that small negative ones stay small). */
static uint64_t lowest(const uint64_t *r, unsigned int nr, unsigned int *width)
{
	int64_t min = (int64_t)r[0], max = min;

	for (unsigned int i = 1; i < nr; i++) {
		min = (int64_t)r[i] < min ? (int64_t)r[i] : min;
		max = (int64_t)r[i] > max ? (int64_t)r[i] : max;
	}
	*width = (bit_length((uint64_t)max - (uint64_t)min) + 7) / 8;
	return (uint64_t)min;
}

/* One value in all rows: no bytes for any of them. */
static bool put_constant(struct ns_buf *raw, const uint64_t *v, unsigned int nr)
{
	if (memcmp(v, v + 1, (nr - 1) * sizeof(*v)))
		return false;
	ns_put(raw, NS_COL_RAW, 1);
	ns_put(raw, 0, 1);
	ns_put(raw, v[0], 8);
	return true;
}

static void put_column(struct ns_codec *c, struct ns_buf *raw, const uint64_t *v,
		       const uint64_t *left, unsigned int nr)
{
	struct dict d;
	unsigned int width;
	uint64_t base, first;
	int t;

	if (put_constant(raw, v, nr))
		return;
	t = choose_transform(v, left, nr);
	first = transform(c->residual, v, left, nr, t);
	base = lowest(c->residual, nr, &width);
	ns_put(raw, (unsigned int)t, 1);
	if (width > 1 && dict_build(&d, c->dict_rows, c->residual, nr) &&
	    d.nr * 8 + nr < width * nr) {
		ns_put(raw, NS_COL_DICT, 1);
		if (t == NS_COL_DELTA)
			ns_put(raw, first, 8);
		put_dict(raw, &d, c->dict_rows, nr);
		return;
	}
	ns_put(raw, width, 1);
	if (t == NS_COL_DELTA)
		ns_put(raw, first, 8);
	put_planes(raw, c->residual, nr, base, width);
}

static void put_end(struct ns_buf *ends, const struct ns_buf *raw)
{
	uint64_t end = raw->len;

	ns_put_bytes(ends, &end, sizeof(end));
}

/* The nr events at rows as columns, in one pass over the events. */
static void gather(struct ns_codec *c, const struct ns_event *ev, const uint16_t *rows,
		   unsigned int nr, unsigned int nr_fields)
{
	const struct ns_event *e;

	for (unsigned int i = 0; i < nr; i++) {
		e = &ev[rows[i]];
		c->column[NS_COL_VM][i] = e->vm;
		c->column[NS_COL_VCPU][i] = e->vcpu;
		c->column[NS_COL_CTX][i] = e->ctx;
		c->column[NS_COL_CPU][i] = e->cpu;
		c->column[NS_COL_DIM][i] = e->dim;
		c->column[NS_COL_SUB][i] = e->sub;
		c->column[NS_COL_NR_FIELDS][i] = e->nr_fields;
		/* what a provider does not give is 0, whatever is left there */
		for (unsigned int f = 0; f < nr_fields; f++)
			c->column[NS_NR_COMMON + f][i] = f < e->nr_fields ? e->field[f] : 0;
	}
}

/* All columns of one event type, whose nr events are at rows. */
static void put_type(struct ns_codec *c, struct ns_buf *raw, struct ns_buf *ends,
		     const struct ns_event *ev, unsigned int type, const uint16_t *rows,
		     unsigned int nr)
{
	unsigned int nr_fields = ns_events[type].nr_fields;

	gather(c, ev, rows, nr, nr_fields);
	for (unsigned int col = 0; col < NS_NR_COMMON + nr_fields; col++) {
		put_column(c, raw, c->column[col], col ? c->column[col - 1] : NULL, nr);
		put_end(ends, raw);
	}
}

void ns_chunk_encode(struct ns_codec *c, const struct ns_event *ev, unsigned int nr,
		     struct ns_buf *raw, struct ns_buf *ends)
{
	const uint16_t *rows = c->rows;

	for (unsigned int i = 0; i < nr; i++) {
		c->types[i] = ev[i].event;
		c->column[0][i] = ev[i].event;
		c->column[1][i] = ev[i].ts;
	}
	ns_codec_group(c, nr);
	for (unsigned int col = 0; col < 2; col++) {
		put_column(c, raw, c->column[col], NULL, nr);
		put_end(ends, raw);
	}
	for (unsigned int type = 0; type < NS_NR_EVENTS; type++) {
		if (c->count[type])
			put_type(c, raw, ends, ev, type, rows, c->count[type]);
		rows += c->count[type];
	}
}
