// SPDX-License-Identifier: GPL-2.0-or-later
/* prop.c: see prop.h. */
#include "prop.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

struct column {
	const char *key;
	enum ns_unit unit;
	const char *help;
};

#define COLUMN(id, k, u, h) [NS_PROP_##id] = { k, NS_UNIT_##u, h },
static const struct column columns[NS_NR_PROP_COLUMNS] = { NS_PROP_COLUMNS(COLUMN) };

const char *ns_prop_column_key(unsigned int i)
{
	return i < NS_NR_PROP_COLUMNS ? columns[i].key : NULL;
}

const char *ns_prop_column_help(unsigned int i)
{
	return i < NS_NR_PROP_COLUMNS ? columns[i].help : NULL;
}

/* ---- names ---- */

/* A dimension is called as in events.def, in lower case. */
static bool is_dim(enum ns_dim dim, const char *name)
{
	return dim != NS_D_NONE && !strcasecmp(ns_dims[dim].name, name);
}

static int where(const struct ns_event_info *ev, const char *name)
{
	int f = ns_field_find(ev, name);

	if (f >= 0)
		return f;
	if (is_dim(ev->dim, name) || (ev->dim != NS_D_NONE && !strcmp(name, "dim")))
		return NS_WHERE_DIM;
	if (is_dim(ev->sub, name) || (ev->sub != NS_D_NONE && !strcmp(name, "sub")))
		return NS_WHERE_SUB;
	return NS_WHERE_NONE;
}

/* What follows "EVENT." in name, or NULL. */
static const char *after_event(const char *name, const struct ns_event_info *ev)
{
	size_t len = strlen(ev->key);

	return !strncmp(name, ev->key, len) && name[len] == '.' ? name + len + 1 : NULL;
}

int ns_prop_find(struct ns_prop *t, const char *name)
{
	const char *word = name, *rest;
	bool found = false;
	int only = -1;

	memset(t, 0, sizeof(*t));
	if (strlen(name) >= sizeof(t->name))
		return -EINVAL;
	strcpy(t->name, name);
	for (unsigned int i = 0; i < NS_NR_PROP_COLUMNS; i++)
		if (!strcmp(columns[i].key, name)) {
			t->column = (enum ns_prop_column)i;
			return 0;
		}
	t->column = NS_PROP_NO_COLUMN;
	for (unsigned int i = 0; i < NS_NR_EVENTS; i++) {
		rest = after_event(name, &ns_events[i]);
		if (rest) {
			only = (int)i;
			word = rest;
		}
	}
	for (unsigned int i = 0; i < NS_NR_EVENTS; i++) {
		t->where[i] = NS_WHERE_NONE;
		if (only < 0 || only == (int)i)
			t->where[i] = (int8_t)where(&ns_events[i], word);
		found |= t->where[i] != NS_WHERE_NONE;
	}
	return found ? 0 : -EINVAL;
}

struct nearest {
	const char *name, *best;
	unsigned int distance;
};

static void consider(struct nearest *n, const char *word)
{
	unsigned int d = ns_word_distance(n->name, word);

	if (d < n->distance) {
		n->distance = d;
		n->best = word;
	}
}

void ns_prop_nearest(const char *name, char *buf, size_t size)
{
	const char *event = ns_event_nearest(name);
	struct nearest n = { name, event, ns_word_distance(name, event) };

	for (unsigned int i = 0; i < NS_NR_PROP_COLUMNS; i++)
		consider(&n, columns[i].key);
	for (unsigned int i = 0; i < NS_NR_EVENTS; i++)
		for (unsigned int f = 0; f < ns_events[i].nr_fields; f++)
			consider(&n, ns_events[i].fields[f].key);
	for (unsigned int i = NS_D_NONE + 1; i < NS_NR_DIMS; i++)
		consider(&n, ns_dims[i].name);
	snprintf(buf, size, "%s", n.best);
	for (; *buf; buf++)
		*buf = (char)tolower((unsigned char)*buf);
}

/* ---- values ---- */

int ns_prop_unit(const struct ns_prop *t, unsigned int event)
{
	const struct ns_event_info *ev = &ns_events[event];

	if (t->column != NS_PROP_NO_COLUMN)
		return columns[t->column].unit;
	switch (t->where[event]) {
	case NS_WHERE_NONE:
		return -1;
	case NS_WHERE_DIM:
		return NS_UNIT_ENUM | (int)ev->dim;
	case NS_WHERE_SUB:
		return NS_UNIT_ENUM | (int)ev->sub;
	default:
		return ev->fields[t->where[event]].unit;
	}
}

/* What every event has; NS_UNAVAILABLE when it is "none". */
static uint64_t column_value(enum ns_prop_column column, const struct ns_event *ev,
			     const struct ns_model *meta)
{
	const struct ns_model_vm *vm;

	switch (column) {
	case NS_PROP_TS:
		return ev->ts;
	case NS_PROP_ELAPSED:
		return ev->ts > meta->start_ns ? ev->ts - meta->start_ns : 0;
	case NS_PROP_VM:
		return ev->vm ? ev->vm : NS_UNAVAILABLE;
	case NS_PROP_PID:
		vm = ns_model_vm(meta, ev->vm);
		return vm ? vm->key.pid : NS_UNAVAILABLE;
	case NS_PROP_VCPU:
		return ev->vcpu != NS_NO_VCPU ? ev->vcpu : NS_UNAVAILABLE;
	case NS_PROP_CTX:
		return ev->ctx ? ev->ctx : NS_UNAVAILABLE;
	case NS_PROP_CPU:
		return ev->cpu;
	default:
		return NS_UNAVAILABLE;
	}
}

bool ns_prop_value(const struct ns_prop *t, const struct ns_event *ev, const struct ns_model *meta,
		   uint64_t *value)
{
	int where;

	if (t->column != NS_PROP_NO_COLUMN) {
		*value = column_value(t->column, ev, meta);
		return true;
	}
	where = t->where[ev->event];
	switch (where) {
	case NS_WHERE_NONE:
		return false;
	case NS_WHERE_DIM:
		*value = ev->dim;
		return true;
	case NS_WHERE_SUB:
		*value = ev->sub;
		return true;
	default:
		*value = where < ev->nr_fields
				 ? ev->field[where]
				 : ns_unavailable(ns_events[ev->event].fields[where].unit);
		return true;
	}
}
