// SPDX-License-Identifier: GPL-2.0-or-later
/* course.c: see course.h. */
#include "course.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "catalogue.h"
#include "model.h"

static uint64_t *row(const struct ns_course *c, unsigned int event, unsigned int dim)
{
	return c->count + (size_t)(c->first_row[event] + dim) * NS_COURSE_SLOTS;
}

int ns_course_init(struct ns_course *c, uint64_t start_ns)
{
	memset(c, 0, sizeof(*c));
	c->start_ns = start_ns;
	c->width_ns = NS_COURSE_FIRST_NS;
	for (unsigned int i = 0; i < NS_NR_EVENTS; i++)
		c->first_row[i + 1] = c->first_row[i] + ns_dims[ns_events[i].dim].nr;
	c->count = calloc((size_t)c->first_row[NS_NR_EVENTS] * NS_COURSE_SLOTS, sizeof(*c->count));
	c->ns = calloc((size_t)NS_NR_EVENTS * NS_COURSE_SLOTS, sizeof(*c->ns));
	return c->count && c->ns ? 0 : -ENOMEM;
}

static void halve(uint64_t *slot)
{
	for (unsigned int i = 0; i < NS_COURSE_SLOTS / 2; i++)
		slot[i] = slot[2 * i] + slot[2 * i + 1];
	memset(slot + NS_COURSE_SLOTS / 2, 0, NS_COURSE_SLOTS / 2 * sizeof(*slot));
}

static void widen(struct ns_course *c)
{
	for (unsigned int i = 0; i < c->first_row[NS_NR_EVENTS]; i++)
		halve(c->count + (size_t)i * NS_COURSE_SLOTS);
	for (unsigned int i = 0; i < NS_NR_EVENTS; i++)
		halve(c->ns + (size_t)i * NS_COURSE_SLOTS);
	c->width_ns *= 2;
	c->nr = (c->nr + 1) / 2;
}

void ns_course_add(struct ns_course *c, const struct ns_event *ev)
{
	uint64_t since = ev->ts > c->start_ns ? ev->ts - c->start_ns : 0;
	unsigned int slot;

	if (ev->event >= NS_NR_EVENTS || ev->dim >= ns_dims[ns_events[ev->event].dim].nr)
		return;
	while (since / c->width_ns >= NS_COURSE_SLOTS)
		widen(c);
	slot = (unsigned int)(since / c->width_ns);
	if (slot >= c->nr)
		c->nr = slot + 1;
	row(c, ev->event, ev->dim)[slot]++;
	if (ns_events[ev->event].timed && ev->nr_fields && ev->field[0] != NS_UNAVAILABLE)
		c->ns[(size_t)ev->event * NS_COURSE_SLOTS + slot] += ev->field[0];
}

uint64_t ns_course_count(const struct ns_course *c, unsigned int event, int dim, unsigned int slot)
{
	uint64_t n = 0;

	if (dim != NS_ANY)
		return row(c, event, (unsigned int)dim)[slot];
	for (unsigned int i = 0; i < ns_dims[ns_events[event].dim].nr; i++)
		n += row(c, event, i)[slot];
	return n;
}

uint64_t ns_course_ns(const struct ns_course *c, unsigned int event, unsigned int slot)
{
	return c->ns[(size_t)event * NS_COURSE_SLOTS + slot];
}

void ns_course_free(struct ns_course *c)
{
	free(c->count);
	free(c->ns);
	memset(c, 0, sizeof(*c));
}
