/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * catalogue.h: the words and shapes of every event, from bpf/events.def.
 * Everything that shows, parses or stores an event asks here.
 */
#ifndef NESTSCOPE_CATALOGUE_H
#define NESTSCOPE_CATALOGUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "abi.h"

/* How a field is to be read.  The numbers are stored in recordings. */
#define NS_UNIT_ENUM 0x80 /* one of a dimension's values: 0x80 | enum ns_dim */
#define NS_UNIT_OF_DIM(id) NS_UNIT_E_##id = NS_UNIT_ENUM | NS_D_##id,
enum ns_unit {
	NS_UNIT_HEX,
	NS_UNIT_NS,
	NS_UNIT_BYTES,
	NS_UNIT_N,
	NS_UNIT_INT,
	NS_DIMS(NS_UNIT_OF_DIM)
};

static inline bool ns_unit_is_enum(enum ns_unit unit)
{
	return unit & NS_UNIT_ENUM;
}

/* The dimension whose value a field is. */
static inline enum ns_dim ns_unit_dim(enum ns_unit unit)
{
	return (enum ns_dim)(unit & ~NS_UNIT_ENUM);
}

struct ns_field_info {
	const char *key; /* stable name: JSON, -F, recordings */
	enum ns_unit unit;
	const char *help;
};

struct ns_value_info {
	const char *key;
	const char *label; /* for people */
	const char *help;
};

struct ns_dim_info {
	const char *name; /* as in events.def, "CAUSE"; filters have it in lower case */
	const struct ns_value_info *values;
	unsigned int nr; /* number of values */
};

struct ns_event_info {
	enum ns_event_id id;
	enum ns_system system;
	const char *key;
	const char *help;
	enum ns_dim dim;
	enum ns_dim sub; /* NS_D_NONE when there is no second split */
	bool timed; /* field 0 is the duration in ns */
	const struct ns_field_info *fields;
	unsigned int nr_fields;
};

struct ns_system_info {
	const char *key;
	const char *help;
};

extern const struct ns_event_info ns_events[NS_NR_EVENTS];
extern const struct ns_dim_info ns_dims[NS_NR_DIMS];
extern const struct ns_system_info ns_systems[NS_NR_SYSTEMS];

/* The event called key, or NULL. */
const struct ns_event_info *ns_event_find(const char *key);

/* The event or system key that looks most like key, for "did you mean". */
const char *ns_event_nearest(const char *key);

/*
 * Parse a comma-separated list of events and systems ("s2,at.op") into a bit
 * mask by event id.  Returns 0, or -EINVAL with *bad set to the word that is
 * neither (malloc'ed, the caller frees it).
 */
int ns_events_parse(const char *list, uint64_t *mask, char **bad);

/*
 * Parse a comma-separated list of a dimension's values into a bit mask by
 * value.  Returns and *bad as ns_events_parse.
 */
int ns_values_parse(enum ns_dim dim, const char *list, uint64_t *mask, char **bad);

/* Index of the field called key in ev, or -1. */
int ns_field_find(const struct ns_event_info *ev, const char *key);

/* The value of dim called key, or -1. */
int ns_value_find(enum ns_dim dim, const char *key);

/* Changes that turn one word into the other, case ignored; for "did you mean". */
unsigned int ns_word_distance(const char *a, const char *b);

/* Key of a value of a dimension; "?" when out of range. */
const char *ns_value_key(enum ns_dim dim, unsigned int value);
const char *ns_value_label(enum ns_dim dim, unsigned int value);

/* What a field of this unit is when the kernel or the recording does not tell it. */
static inline uint64_t ns_unavailable(enum ns_unit unit)
{
	return unit == NS_UNIT_INT ? NS_UNAVAILABLE_INT : NS_UNAVAILABLE;
}

static inline bool ns_field_unavailable(enum ns_unit unit, uint64_t value)
{
	return value == ns_unavailable(unit);
}

/* Name of a unit, for help: "hex", "ns", ..., "name" for a value of a dimension. */
const char *ns_unit_name(enum ns_unit unit);

/*
 * Format a field's value for people or scripts (hex with 0x, ns and bytes as
 * plain numbers, a name, or "unavailable").  Returns buf.
 */
const char *ns_field_format(enum ns_unit unit, uint64_t value, char *buf, size_t size);

/* A duration scaled for people: "812ns", "2.1us", "48.1ms", "9.6s". */
const char *ns_duration_format(uint64_t ns, char *buf, size_t size);

/* A count with thousands separators: "14,016". */
const char *ns_count_format(uint64_t n, char *buf, size_t size);

#endif
