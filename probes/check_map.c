// SPDX-License-Identifier: GPL-2.0-or-later
/* check_map.c: see check_map.h.  What is gone is dropped when the hash grows. */
#include "check_map.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_SIZE 1024

static struct ns_thing *slot_of(const struct ns_things *t, uint64_t a, uint64_t b)
{
	uint64_t key = (a ^ (b << 31 | b >> 33)) * 0x9e3779b97f4a7c15ULL;
	unsigned int i = (unsigned int)(key >> 32) & (t->size - 1);

	while (t->slot[i].used && (t->slot[i].a != a || t->slot[i].b != b))
		i = (i + 1) & (t->size - 1);
	return &t->slot[i];
}

struct ns_thing *ns_thing_find(const struct ns_things *t, uint64_t a, uint64_t b)
{
	struct ns_thing *x = t->size ? slot_of(t, a, b) : NULL;

	return x && x->used ? x : NULL;
}

static unsigned int there(const struct ns_things *t)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < t->size; i++)
		n += ns_thing_at(t, i) != NULL;
	return n;
}

/* Make room, twice of what is needed; false: there is none. */
static bool grow(struct ns_things *t)
{
	struct ns_things more = { 0 };
	unsigned int n;

	if (t->refuse) { /* looking whether something went takes long */
		t->refuse--;
		return false;
	}
	n = there(t);
	if (n >= NS_THINGS) {
		t->refuse = NS_THINGS;
		return false;
	}
	for (more.size = FIRST_SIZE; more.size < 2 * n; more.size *= 2)
		;
	more.slot = calloc(more.size, sizeof(*more.slot));
	if (!more.slot)
		return false;
	for (unsigned int i = 0; i < t->size; i++)
		if (ns_thing_at(t, i)) {
			*slot_of(&more, t->slot[i].a, t->slot[i].b) = t->slot[i];
			more.nr++;
		}
	free(t->slot);
	*t = more;
	return true;
}

struct ns_thing *ns_thing_get(struct ns_things *t, uint64_t a, uint64_t b)
{
	struct ns_thing *x = ns_thing_find(t, a, b);

	if (x)
		return x;
	if (3 * t->nr >= 2 * t->size && !grow(t))
		return NULL;
	x = slot_of(t, a, b);
	*x = (struct ns_thing){ .a = a, .b = b, .used = true };
	t->nr++;
	return x;
}

struct ns_thing *ns_thing_at(const struct ns_things *t, unsigned int i)
{
	return t->slot[i].used && t->slot[i].kind ? &t->slot[i] : NULL;
}

void ns_things_free(struct ns_things *t)
{
	free(t->slot);
	memset(t, 0, sizeof(*t));
}
