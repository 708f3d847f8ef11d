// SPDX-License-Identifier: GPL-2.0-or-later
/* tail.c: see tail.h. */
#include "tail.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int ns_tail_init(struct ns_tail *t, unsigned int size)
{
	memset(t, 0, sizeof(*t));
	t->ev = calloc(size, sizeof(*t->ev));
	if (!t->ev)
		return -ENOMEM;
	t->size = size;
	return 0;
}

void ns_tail_free(struct ns_tail *t)
{
	free(t->ev);
	memset(t, 0, sizeof(*t));
}

void ns_tail_clear(struct ns_tail *t)
{
	t->total = 0;
}

void ns_tail_add(struct ns_tail *t, const struct ns_event *ev)
{
	if (t->size)
		t->ev[t->total++ % t->size] = *ev;
}

unsigned int ns_tail_count(const struct ns_tail *t)
{
	return t->total < t->size ? (unsigned int)t->total : t->size;
}

const struct ns_event *ns_tail_get(const struct ns_tail *t, unsigned int age)
{
	if (age >= ns_tail_count(t))
		return NULL;
	return &t->ev[(t->total - 1 - age) % t->size];
}
