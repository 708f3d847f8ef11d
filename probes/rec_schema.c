// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * rec_schema.c: the SCHEMA section: what the ids of a recording are called,
 * and what they are here.
 */
#include "rec_meta.h"

#include <stdio.h>

/* ---- writing ---- */

static void put_event(struct ns_buf *b, const struct ns_event_info *ev)
{
	ns_put_str(b, ev->key);
	ns_put(b, ev->dim, 2);
	ns_put(b, ev->sub, 2);
	ns_put(b, ev->timed, 1);
	ns_put(b, ev->nr_fields, 1);
	for (unsigned int i = 0; i < ev->nr_fields; i++) {
		ns_put_str(b, ev->fields[i].key);
		ns_put(b, ev->fields[i].unit, 1);
	}
}

void ns_schema_encode(struct ns_buf *b)
{
	ns_put(b, NS_NR_DIMS, 2);
	for (unsigned int d = 0; d < NS_NR_DIMS; d++) {
		ns_put(b, ns_dims[d].nr, 2);
		for (unsigned int v = 0; v < ns_dims[d].nr; v++)
			ns_put_str(b, ns_dims[d].values[v].key);
	}
	ns_put(b, NS_NR_EVENTS, 2);
	for (unsigned int i = 0; i < NS_NR_EVENTS; i++)
		put_event(b, &ns_events[i]);
}

/* ---- reading ---- */

struct text {
	const char *s;
	size_t len;
};

struct dim {
	unsigned int nr;
	struct ns_cursor values; /* where the keys lie */
};

struct parser {
	struct ns_cursor *c;
	struct dim dim[NS_REC_TABLE_MAX];
	unsigned int nr_dims;
	char *notes;
	size_t size;
};

static struct text get_text(struct ns_cursor *c)
{
	struct text t;

	t.s = ns_get_str(c, &t.len);
	return t;
}

static bool same(struct text t, const char *key)
{
	return t.len == strlen(key) && (!t.len || !memcmp(t.s, key, t.len));
}

static void note(struct parser *p, const char *what, struct text name)
{
	char text[48];
	size_t len = strlen(p->notes);

	ns_escape(text, sizeof(text), name.s ? name.s : "", name.len);
	snprintf(p->notes + len, p->size - len, "%s%s %s", len ? ", " : "", what, text);
}

static int find_event(struct text key)
{
	for (int i = 0; i < NS_NR_EVENTS; i++)
		if (same(key, ns_events[i].key))
			return i;
	return -1;
}

static int8_t find_field(const struct ns_event_info *ev, struct text key)
{
	for (unsigned int i = 0; i < ev->nr_fields; i++)
		if (same(key, ev->fields[i].key))
			return (int8_t)i;
	return -1;
}

static int16_t find_value(const struct ns_dim_info *dim, struct text key)
{
	for (unsigned int i = 0; i < dim->nr; i++)
		if (same(key, dim->values[i].key))
			return (int16_t)i;
	return -1;
}

/* A file's values of one dimension to those of the catalogue. */
static uint16_t map_values(struct parser *p, const struct dim *from, enum ns_dim to, int16_t *map)
{
	const struct ns_dim_info *dim = &ns_dims[to];
	struct ns_cursor c = from->values;
	struct text key;

	for (unsigned int i = 0; i < from->nr; i++) {
		key = get_text(&c);
		map[i] = find_value(dim, key);
		if (map[i] >= 0)
			continue;
		note(p, "value", key);
		map[i] = find_value(dim, (struct text){ "unknown", 7 });
		if (map[i] < 0)
			map[i] = find_value(dim, (struct text){ "other", 5 });
	}
	return (uint16_t)from->nr;
}

static const char *get_dims(struct parser *p)
{
	p->nr_dims = (unsigned int)ns_get(p->c, 2);
	if (p->nr_dims > NS_REC_TABLE_MAX)
		return "too many dimensions";
	for (unsigned int d = 0; d < p->nr_dims; d++) {
		p->dim[d].nr = (unsigned int)ns_get(p->c, 2);
		if (p->dim[d].nr > NS_REC_TABLE_MAX)
			return "a dimension has too many values";
		p->dim[d].values = *p->c;
		for (unsigned int v = 0; v < p->dim[d].nr; v++)
			get_text(p->c);
	}
	return p->c->bad ? "it is too short" : NULL;
}

/*
 * A field whose values have names: its index in schema->enums, + 1.  The
 * field is left out when the file and the catalogue disagree about that.
 */
static int map_enum(struct parser *p, struct ns_rec_schema *schema, unsigned int unit,
		    enum ns_unit here)
{
	unsigned int from = unit & ~(unsigned int)NS_UNIT_ENUM;
	struct ns_rec_enum *e;

	if (!(unit & NS_UNIT_ENUM) || !ns_unit_is_enum(here) || from >= p->nr_dims ||
	    schema->nr_enums == NS_REC_ENUMS_MAX)
		return -1;
	e = &schema->enums[schema->nr_enums++];
	e->nr = map_values(p, &p->dim[from], ns_unit_dim(here), e->value);
	return (int)schema->nr_enums;
}

static bool enum_is_same(const struct ns_rec_enum *e)
{
	for (int i = 0; i < e->nr; i++)
		if (e->value[i] != i)
			return false;
	return true;
}

/* Field i of the file, called key; ev is NULL when it is not known here. */
static void get_field(struct parser *p, struct ns_rec_schema *schema, struct ns_rec_type *t,
		      const struct ns_event_info *ev, unsigned int i)
{
	struct text key = get_text(p->c);
	unsigned int unit = (unsigned int)ns_get(p->c, 1);
	enum ns_unit here;
	int map;

	t->field[i] = ev ? find_field(ev, key) : -1;
	if (t->field[i] >= 0) {
		here = ev->fields[t->field[i]].unit;
		if (unit & NS_UNIT_ENUM || ns_unit_is_enum(here)) {
			map = map_enum(p, schema, unit, here);
			t->enum_map[i] = map < 0 ? 0 : (uint8_t)map;
			t->field[i] = map < 0 ? -1 : t->field[i];
		}
	}
	if (ev && t->field[i] < 0)
		note(p, "field", key);
}

static void get_fields(struct parser *p, struct ns_rec_schema *schema, struct ns_rec_type *t,
		       const struct ns_event_info *ev)
{
	bool same = ev && t->nr_fields == ev->nr_fields;

	for (unsigned int i = 0; i < t->nr_fields; i++) {
		get_field(p, schema, t, ev, i);
		same &= t->field[i] == (int)i;
		same &= !t->enum_map[i] || enum_is_same(&schema->enums[t->enum_map[i] - 1]);
	}
	t->same_fields = same;
}

static const char *get_event(struct parser *p, struct ns_rec_schema *schema, struct ns_rec_type *t)
{
	struct text key = get_text(p->c);
	unsigned int dim = (unsigned int)ns_get(p->c, 2), sub = (unsigned int)ns_get(p->c, 2);
	const struct ns_event_info *ev = NULL;

	ns_get(p->c, 1);
	t->nr_fields = (uint8_t)ns_get(p->c, 1);
	if (p->c->bad)
		return "it is too short";
	if (dim >= p->nr_dims || sub >= p->nr_dims)
		return "an event names a dimension that does not exist";
	if (t->nr_fields > NS_REC_FIELDS_MAX)
		return "an event has too many fields";
	t->event = find_event(key);
	if (t->event < 0)
		note(p, "event", key);
	else
		ev = &ns_events[t->event];
	get_fields(p, schema, t, ev);
	if (ev) {
		t->nr_dim = map_values(p, &p->dim[dim], ev->dim, t->dim);
		t->nr_sub = map_values(p, &p->dim[sub], ev->sub, t->sub);
	}
	return p->c->bad ? "it is too short" : NULL;
}

const char *ns_schema_decode(struct ns_cursor *c, struct ns_rec_schema *schema, char *notes,
			     size_t size)
{
	struct parser p = { .c = c, .notes = notes, .size = size };
	const char *bad;
	unsigned int nr;

	notes[0] = '\0';
	schema->nr_enums = 0;
	bad = get_dims(&p);
	if (bad)
		return bad;
	nr = (unsigned int)ns_get(c, 2);
	if (c->bad || !nr || nr > NS_REC_TABLE_MAX)
		return "an impossible number of events";
	for (unsigned int i = 0; !bad && i < nr; i++)
		bad = get_event(&p, schema, &schema->type[i]);
	schema->nr_types = bad ? 0 : nr;
	return bad;
}
