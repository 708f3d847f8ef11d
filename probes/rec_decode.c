// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * rec_decode.c: the columns of a chunk to events.  The data is hostile until
 * shown otherwise: every count and value is checked before it is used.
 */
#include "rec_codec.h"

static const char cut[] = "its columns are longer than the chunk";

/* v[i] = base + planes */
static void add_planes(uint64_t *v, const uint8_t *p, unsigned int nr, uint64_t base,
		       unsigned int width)
{
	const uint8_t *q = p + nr;

	/* one or two planes are nearly all there is */
	switch (width) {
	case 0:
		for (unsigned int i = 0; i < nr; i++)
			v[i] = base;
		return;
	case 1:
		for (unsigned int i = 0; i < nr; i++)
			v[i] = base + p[i];
		return;
	default:
		for (unsigned int i = 0; i < nr; i++)
			v[i] = base + (p[i] | (unsigned int)q[i] << 8);
		break;
	}
	for (unsigned int k = 2; k < width; k++) {
		p = q + (size_t)(k - 1) * nr;
		for (unsigned int i = 0; i < nr; i++)
			v[i] += (uint64_t)p[i] << (8 * k);
	}
}

static const char *get_dict(struct ns_cursor *c, uint64_t *v, unsigned int nr)
{
	uint64_t value[NS_COL_DICT_MAX] = { 0 };
	unsigned int n = (unsigned int)ns_get(c, 2);
	const uint8_t *row;

	if (n < 1 || n > NS_COL_DICT_MAX)
		return "a dictionary has an impossible size";
	for (unsigned int i = 0; i < n; i++)
		value[i] = ns_get(c, 8);
	row = ns_get_bytes(c, nr);
	if (!row)
		return cut;
	for (unsigned int i = 0; i < nr; i++) {
		if (row[i] >= n)
			return "a row names a dictionary entry that does not exist";
		v[i] = value[row[i]];
	}
	return NULL;
}

static const char *get_planes(struct ns_cursor *c, uint64_t *v, unsigned int nr, unsigned int width)
{
	uint64_t base = ns_get(c, 8);
	const uint8_t *p = ns_get_bytes(c, (size_t)width * nr);

	if (!p)
		return cut;
	add_planes(v, p, nr, base, width);
	return NULL;
}

static void undo_delta(uint64_t *v, unsigned int nr, uint64_t value)
{
	for (unsigned int i = 0; i < nr; i++) {
		value += v[i];
		v[i] = value;
	}
}

/* A column of nr values; left is the one before it or NULL. */
static const char *get_column(struct ns_cursor *c, uint64_t *v, const uint64_t *left,
			      unsigned int nr)
{
	unsigned int t = (unsigned int)ns_get(c, 1), storage = (unsigned int)ns_get(c, 1);
	uint64_t first = 0;
	const char *bad;

	if (t >= NS_COL_NR_TRANSFORMS || storage > NS_COL_DICT)
		return "a column is stored in an unknown way";
	if (t == NS_COL_LEFT && !left)
		return "a first column refers to the one before it";
	if (t == NS_COL_DELTA)
		first = ns_get(c, 8);
	if (c->bad)
		return cut;
	bad = storage == NS_COL_DICT ? get_dict(c, v, nr) : get_planes(c, v, nr, storage);
	if (bad)
		return bad;
	if (t == NS_COL_DELTA)
		undo_delta(v, nr, first);
	for (unsigned int i = 0; t == NS_COL_LEFT && i < nr; i++)
		v[i] += left[i];
	return NULL;
}

static bool all_below(const uint64_t *v, unsigned int nr, uint64_t limit)
{
	uint64_t over = 0;

	for (unsigned int i = 0; i < nr; i++)
		over |= v[i] >= limit;
	return !over;
}

/* Values that index tables or are narrower in memory. */
static const char *check_columns(const struct ns_codec *c, const struct ns_rec_type *type,
				 unsigned int nr)
{
	for (unsigned int col = NS_COL_VM; col <= NS_COL_CPU; col++)
		if (!all_below(c->column[col], nr, 1U << 16))
			return "an id does not fit 16 bits";
	if (!all_below(c->column[NS_COL_DIM], nr, type->nr_dim) ||
	    !all_below(c->column[NS_COL_SUB], nr, type->nr_sub))
		return "a dimension's value is out of range";
	if (!all_below(c->column[NS_COL_NR_FIELDS], nr, type->nr_fields + 1U))
		return "an event has more fields than its type";
	return NULL;
}

/* What a field holds that the recording does not have. */
static void clear_fields(struct ns_event *e, const struct ns_event_info *ev)
{
	memset(e->field, 0, sizeof(e->field));
	for (unsigned int f = 0; f < ev->nr_fields; f++)
		e->field[f] = ns_unavailable(ev->fields[f].unit);
}

static void scatter_fields(const struct ns_codec *c, const struct ns_rec_schema *schema,
			   struct ns_event *e, unsigned int i, const struct ns_rec_type *type)
{
	const struct ns_rec_enum *names;
	uint64_t v;

	clear_fields(e, &ns_events[type->event]);
	for (unsigned int f = 0; f < type->nr_fields; f++) {
		if (type->field[f] < 0 || f >= c->column[NS_COL_NR_FIELDS][i])
			continue;
		v = c->column[NS_NR_COMMON + f][i];
		if (type->enum_map[f]) {
			names = &schema->enums[type->enum_map[f] - 1];
			if (v >= names->nr || names->value[v] < 0)
				continue;
			v = (uint64_t)names->value[v];
		}
		e->field[type->field[f]] = v;
	}
}

/* Row i of the columns, which were checked, to an event. */
static inline void scatter_row(const struct ns_codec *c, const struct ns_rec_schema *schema,
			       struct ns_event *e, unsigned int i, const struct ns_rec_type *type)
{
	int dim = type->dim[c->column[NS_COL_DIM][i]];
	int sub = type->sub[c->column[NS_COL_SUB][i]];

	e->vm = (uint16_t)c->column[NS_COL_VM][i];
	e->vcpu = (uint16_t)c->column[NS_COL_VCPU][i];
	e->ctx = (uint16_t)c->column[NS_COL_CTX][i];
	e->cpu = (uint16_t)c->column[NS_COL_CPU][i];
	e->event = dim < 0 || sub < 0 ? NS_EVENT_SKIPPED : (uint8_t)type->event;
	e->dim = (uint8_t)dim;
	e->sub = (uint8_t)sub;
	if (!type->same_fields) {
		e->nr_fields = (uint8_t)ns_events[type->event].nr_fields;
		scatter_fields(c, schema, e, i, type);
		return;
	}
	e->nr_fields = (uint8_t)c->column[NS_COL_NR_FIELDS][i];
	for (unsigned int f = 0; f < type->nr_fields; f++)
		e->field[f] = c->column[NS_NR_COMMON + f][i];
	for (unsigned int f = type->nr_fields; f < NS_MAX_FIELDS; f++)
		e->field[f] = 0;
}

/* All columns of one event type, whose nr events are at rows. */
static const char *get_type(struct ns_codec *c, struct ns_cursor *cur,
			    const struct ns_rec_schema *schema, struct ns_event *ev,
			    const struct ns_rec_type *type, const uint16_t *rows, unsigned int nr)
{
	unsigned int cols = NS_NR_COMMON + type->nr_fields;
	const char *bad = NULL;

	for (unsigned int col = 0; !bad && col < cols; col++)
		bad = get_column(cur, c->column[col], col ? c->column[col - 1] : NULL, nr);
	if (!bad && type->event >= 0)
		bad = check_columns(c, type, nr);
	if (bad)
		return bad;
	for (unsigned int i = 0; i < nr; i++) {
		if (type->event < 0)
			ev[rows[i]].event = NS_EVENT_SKIPPED;
		else
			scatter_row(c, schema, &ev[rows[i]], i, type);
	}
	return NULL;
}

/* The first two columns: c->types and the times. */
static const char *get_heads(struct ns_codec *c, struct ns_cursor *cur, struct ns_event *ev,
			     unsigned int nr, unsigned int nr_types)
{
	uint64_t *v = c->column[0];
	const char *bad = get_column(cur, v, NULL, nr);

	if (bad)
		return bad;
	for (unsigned int i = 0; i < nr; i++) {
		if (v[i] >= nr_types)
			return "an event's type is not in the schema";
		c->types[i] = (uint8_t)v[i];
	}
	bad = get_column(cur, v, NULL, nr);
	for (unsigned int i = 0; !bad && i < nr; i++)
		ev[i].ts = v[i];
	return bad;
}

const char *ns_chunk_decode(struct ns_codec *c, const struct ns_rec_schema *schema,
			    const uint8_t *raw, size_t len, struct ns_event *ev, unsigned int nr)
{
	struct ns_cursor cur = { raw, raw + len, false };
	const char *bad = get_heads(c, &cur, ev, nr, schema->nr_types);
	const uint16_t *rows = c->rows;

	if (bad)
		return bad;
	ns_codec_group(c, nr);
	for (unsigned int type = 0; !bad && type < schema->nr_types; type++) {
		if (c->count[type])
			bad = get_type(c, &cur, schema, ev, &schema->type[type], rows,
				       c->count[type]);
		rows += c->count[type];
	}
	return bad;
}
