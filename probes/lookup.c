// SPDX-License-Identifier: GPL-2.0-or-later
/* lookup.c: find events, fields and values of the catalogue by name. */
#include "catalogue.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define MAX_WORD 64 /* longer words are nobody's typing error */

const struct ns_event_info *ns_event_find(const char *key)
{
	for (unsigned int i = 0; i < NS_NR_EVENTS; i++)
		if (!strcmp(ns_events[i].key, key))
			return &ns_events[i];
	return NULL;
}

int ns_field_find(const struct ns_event_info *ev, const char *key)
{
	for (unsigned int i = 0; i < ev->nr_fields; i++)
		if (!strcmp(ev->fields[i].key, key))
			return (int)i;
	return -1;
}

static const struct ns_value_info *value_info(enum ns_dim dim, unsigned int value)
{
	if ((unsigned int)dim >= NS_NR_DIMS || value >= ns_dims[dim].nr)
		return NULL;
	return &ns_dims[dim].values[value];
}

const char *ns_value_key(enum ns_dim dim, unsigned int value)
{
	const struct ns_value_info *v = value_info(dim, value);

	return v ? v->key : "?";
}

const char *ns_value_label(enum ns_dim dim, unsigned int value)
{
	const struct ns_value_info *v = value_info(dim, value);

	return v ? v->label : "?";
}

static unsigned int min3(unsigned int a, unsigned int b, unsigned int c)
{
	unsigned int m = a < b ? a : b;

	return m < c ? m : c;
}

/* Levenshtein distance, case ignored; one row, since words are short. */
unsigned int ns_word_distance(const char *a, const char *b)
{
	unsigned int row[MAX_WORD + 1], diag, up;
	size_t la = strlen(a), lb = strlen(b);

	if (la > MAX_WORD || lb > MAX_WORD)
		return MAX_WORD;
	for (size_t j = 0; j <= lb; j++)
		row[j] = (unsigned int)j;
	for (size_t i = 1; i <= la; i++) {
		diag = row[0];
		row[0] = (unsigned int)i;
		for (size_t j = 1; j <= lb; j++) {
			up = row[j];
			row[j] = min3(up + 1, row[j - 1] + 1,
				      diag + !!strncasecmp(&a[i - 1], &b[j - 1], 1));
			diag = up;
		}
	}
	return row[lb];
}

/* Whole, or without the system in front: "eret" means "el2.eret". */
static unsigned int event_distance(const char *key, const char *event)
{
	const char *dot = strchr(event, '.');
	unsigned int whole = ns_word_distance(key, event),
		     last = dot ? ns_word_distance(key, dot + 1) + 1 : whole;

	return whole < last ? whole : last;
}

const char *ns_event_nearest(const char *key)
{
	const char *best = ns_events[0].key;
	unsigned int best_d = ~0U, d;

	for (unsigned int i = 0; i < NS_NR_EVENTS; i++) {
		d = event_distance(key, ns_events[i].key);
		if (d < best_d) {
			best_d = d;
			best = ns_events[i].key;
		}
	}
	for (unsigned int i = 0; i < NS_NR_SYSTEMS; i++) {
		d = ns_word_distance(key, ns_systems[i].key);
		if (d < best_d) {
			best_d = d;
			best = ns_systems[i].key;
		}
	}
	return best;
}

/* Bits of the event or system called word; 0 when there is none. */
static uint64_t word_mask(const char *word)
{
	const struct ns_event_info *ev = ns_event_find(word);
	uint64_t mask = 0;

	if (ev)
		return 1ULL << ev->id;
	for (unsigned int i = 0; i < NS_NR_EVENTS; i++)
		if (!strcmp(ns_systems[ns_events[i].system].key, word))
			mask |= 1ULL << i;
	return mask;
}

int ns_value_find(enum ns_dim dim, const char *key)
{
	for (unsigned int i = 0; i < ns_dims[dim].nr; i++)
		if (!strcmp(ns_dims[dim].values[i].key, key))
			return (int)i;
	return -1;
}

static uint64_t value_mask(enum ns_dim dim, const char *word)
{
	int value = ns_value_find(dim, word);

	return value < 0 ? 0 : 1ULL << value;
}

/* Words to bits: those of dim's values, or of events and systems for NS_D_NONE. */
static int parse_list(const char *list, enum ns_dim dim, uint64_t *mask, char **bad)
{
	uint64_t all = 0, bits;
	size_t len;
	char *word;

	*bad = NULL;
	do {
		len = strcspn(list, ",");
		word = strndup(list, len);
		if (!word)
			return -ENOMEM;
		bits = dim == NS_D_NONE ? word_mask(word) : value_mask(dim, word);
		if (!bits) {
			*bad = word;
			return -EINVAL;
		}
		free(word);
		all |= bits;
		list += len;
	} while (*list++ == ',');
	*mask = all;
	return 0;
}

int ns_events_parse(const char *list, uint64_t *mask, char **bad)
{
	return parse_list(list, NS_D_NONE, mask, bad);
}

int ns_values_parse(enum ns_dim dim, const char *list, uint64_t *mask, char **bad)
{
	return parse_list(list, dim, mask, bad);
}
