// SPDX-License-Identifier: GPL-2.0-or-later
/* group.c: see group.h. */
#include "group.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define INDEX_SIZE (4 * NS_GROUP_MAX) /* a power of two */

/* ---- keys ---- */

static int bad_key(struct ns_error *err, const char *word)
{
	char near[64];

	ns_prop_nearest(word, near, sizeof(near));
	return ns_error(err, -EINVAL, NS_EXIT_USAGE,
			"group: unknown name '%s' (did you mean '%s'?); 'nestscope help events' "
			"lists them",
			word, near);
}

/* "2M" after the slash: 1 or more, with K, M or G, or ns, us, ms or s. */
static bool parse_range(const char *word, uint64_t *range)
{
	static const struct {
		const char *name;
		uint64_t factor;
	} units[] = { { "", 1 },   { "K", 1 << 10 }, { "M", 1 << 20 },	{ "G", 1 << 30 },
		      { "ns", 1 }, { "us", 1000 },   { "ms", 1000000 }, { "s", 1000000000 } };
	char *end;

	errno = 0;
	*range = strtoull(word, &end, 0);
	if (errno || end == word || *word == '-' || !*range)
		return false;
	for (unsigned int i = 0; i < sizeof(units) / sizeof(*units); i++)
		if (!strcmp(units[i].name, end))
			return !__builtin_mul_overflow(*range, units[i].factor, range);
	return false;
}

/* A number, that is, for at least one event? */
static bool has_ranges(const struct ns_prop *t)
{
	int unit;

	for (unsigned int i = 0; i < NS_NR_EVENTS; i++) {
		unit = ns_prop_unit(t, i);
		if (unit >= 0 && !ns_unit_is_enum((enum ns_unit)unit) && unit != NS_UNIT_INT)
			return true;
	}
	return false;
}

static int add_key(struct ns_groups *g, char *word, struct ns_error *err)
{
	struct ns_group_key *k = &g->key[g->nr_keys];
	char *slash = strchr(word, '/');

	if (g->nr_keys == NS_GROUP_KEYS)
		return ns_error(err, -EINVAL, NS_EXIT_USAGE, "group: more than %d names",
				NS_GROUP_KEYS);
	if (slash)
		*slash = '\0';
	if (ns_prop_find(&k->prop, word))
		return bad_key(err, word);
	k->range = 1;
	if (slash && !parse_range(slash + 1, &k->range))
		return ns_error(err, -EINVAL, NS_EXIT_USAGE,
				"group: '%s' after %s/ is no size of a range: 2M, 4096, 100us",
				slash + 1, word);
	if (slash && !has_ranges(&k->prop))
		return ns_error(err, -EINVAL, NS_EXIT_USAGE,
				"group: %s is a name and has no ranges; leave out '/%s'", word,
				slash + 1);
	g->nr_keys++;
	return 0;
}

int ns_groups_init(struct ns_groups *g, const char *list, struct ns_error *err)
{
	char *copy = strdup(list), *save = NULL, *word;
	int rc = 0;

	memset(g, 0, sizeof(*g));
	g->group = calloc(NS_GROUP_MAX, sizeof(*g->group));
	g->index = calloc(INDEX_SIZE, sizeof(*g->index));
	if (!copy || !g->group || !g->index) {
		free(copy);
		return ns_error(err, -ENOMEM, NS_EXIT_FAIL, "out of memory");
	}
	for (word = strtok_r(copy, ",", &save); !rc && word; word = strtok_r(NULL, ",", &save))
		rc = add_key(g, word, err);
	free(copy);
	if (!rc && !g->nr_keys)
		rc = ns_error(err, -EINVAL, NS_EXIT_USAGE,
			      "group: a name is needed, such as cause, vttbr or l2_ipa/2M");
	return rc;
}

void ns_groups_free(struct ns_groups *g)
{
	for (unsigned int i = 0; i < g->nr; i++)
		ns_hist_free(&g->group[i].h);
	free(g->group);
	free(g->index);
	memset(g, 0, sizeof(*g));
}

/* ---- events ---- */

/* The event's group but for its numbers; false: it lacks a key. */
static bool group_of(const struct ns_groups *g, const struct ns_event *ev,
		     const struct ns_model *meta, struct ns_group *out)
{
	enum ns_unit unit;
	uint64_t value;

	memset(out, 0, sizeof(*out));
	out->event = ev->event;
	for (unsigned int i = 0; i < g->nr_keys; i++) {
		if (!ns_prop_value(&g->key[i].prop, ev, meta, &value))
			return false;
		unit = (enum ns_unit)ns_prop_unit(&g->key[i].prop, ev->event);
		if (!ns_field_unavailable(unit, value) && !ns_unit_is_enum(unit) &&
		    unit != NS_UNIT_INT)
			value -= value % g->key[i].range;
		out->value[i] = value;
	}
	return true;
}

static bool same(const struct ns_group *a, const struct ns_group *b)
{
	return a->event == b->event && !memcmp(a->value, b->value, sizeof(a->value));
}

/* The kept group that is like want, made if need be; NULL: there are too many. */
static struct ns_group *group_get(struct ns_groups *g, const struct ns_group *want)
{
	uint64_t hash = want->event;
	unsigned int at;

	for (unsigned int i = 0; i < g->nr_keys; i++)
		hash = (hash ^ want->value[i]) * 0x9e3779b97f4a7c15ULL;
	at = (unsigned int)(hash >> 32) % INDEX_SIZE;
	for (; g->index[at]; at = (at + 1) % INDEX_SIZE)
		if (same(&g->group[g->index[at] - 1], want))
			return &g->group[g->index[at] - 1];
	if (g->nr == NS_GROUP_MAX)
		return NULL;
	g->group[g->nr] = *want;
	g->index[at] = (uint16_t)++g->nr;
	return &g->group[g->nr - 1];
}

int ns_groups_add(struct ns_groups *g, const struct ns_event *ev, const struct ns_model *meta)
{
	struct ns_group want, *group;
	unsigned int bucket;

	if (!group_of(g, ev, meta, &want)) {
		g->outside++;
		return 0;
	}
	group = group_get(g, &want);
	if (!group) {
		g->dropped++;
		return 0;
	}
	if (!ns_events[ev->event].timed) {
		group->h.count++;
		return 0;
	}
	bucket = ns_bucket(ev->field[0]);
	if (ns_hist_reserve(&group->h, bucket))
		return -ENOMEM;
	ns_hist_add(&group->h, bucket, 1, ev->field[0]);
	return 0;
}

/* ---- text ---- */

const char *ns_group_text(const struct ns_groups *g, const struct ns_group *group, unsigned int key,
			  const struct ns_model *m, char *buf, size_t size)
{
	const struct ns_prop *t = &g->key[key].prop;
	enum ns_unit unit = (enum ns_unit)ns_prop_unit(t, group->event);
	uint64_t value = group->value[key];
	const struct ns_model_vm *vm;
	char low[32], high[32];

	vm = t->column == NS_PROP_VM ? ns_model_vm(m, (unsigned int)value) : NULL;
	if (vm)
		snprintf(buf, size, "%s", vm->name);
	else if (g->key[key].range == 1 || ns_field_unavailable(unit, value))
		ns_field_format(unit, value, buf, size);
	else
		snprintf(buf, size, "%s..%s", ns_field_format(unit, value, low, sizeof(low)),
			 ns_field_format(unit, value + g->key[key].range, high, sizeof(high)));
	return buf;
}
