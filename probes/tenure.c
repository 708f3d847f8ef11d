// SPDX-License-Identifier: GPL-2.0-or-later
/* tenure.c: see tenure.h. */
#include "tenure.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_GRAIN_NS 1024

int ns_tenures_init(struct ns_tenures *t)
{
	memset(t, 0, sizeof(*t));
	t->tenure = calloc(NS_TENURES_MAX, sizeof(*t->tenure));
	t->open = calloc(NS_MAX_CTXS, sizeof(*t->open));
	return t->tenure && t->open ? 0 : -ENOMEM;
}

/* Close gaps up to the grain; how many tenures are left. */
static unsigned int merge(struct ns_tenures *t)
{
	unsigned int last[NS_MAX_CTXS] = { 0 }, n = 0; /* index of a context's last one, + 1 */
	struct ns_tenure *to, *from;

	for (unsigned int i = 0; i < t->nr; i++) {
		from = &t->tenure[i];
		to = last[from->ctx] ? &t->tenure[last[from->ctx] - 1] : NULL;
		if (!to || (from->start > to->end && from->start - to->end > t->grain_ns)) {
			t->tenure[n++] = *from;
			last[from->ctx] = n;
			continue;
		}
		to->end = from->end;
		to->nr += from->nr;
		to->evicted += from->evicted;
		to->by = from->by;
	}
	return n;
}

static void put(struct ns_tenures *t, const struct ns_tenure *one)
{
	/* with all gaps closed there is one for each context: then there is room */
	while (t->nr + t->nr_open >= NS_TENURES_MAX) {
		t->grain_ns = !t->grain_ns	  ? FIRST_GRAIN_NS
			      : t->grain_ns >> 62 ? ~0ULL
						  : t->grain_ns * 2;
		t->nr = merge(t);
	}
	t->tenure[t->nr++] = *one;
}

/* End what has no slot any more. */
static void close_gone(struct ns_tenures *t, const struct ns_pool *pool, const struct ns_event *ev)
{
	struct ns_tenure *o;

	for (unsigned int i = 0; i < t->nr_open;) {
		o = &t->open[i];
		if (pool->ctx[o->ctx].live &&
		    (o->ctx != ev->ctx || pool->ctx[o->ctx].since_ns != ev->ts)) {
			i++;
			continue;
		}
		o->end = ev->ts;
		o->evicted = pool->ctx[o->ctx].out_ns == ev->ts;
		o->by = o->evicted ? ev->ctx : 0;
		put(t, o);
		*o = t->open[--t->nr_open];
	}
}

void ns_tenures_add(struct ns_tenures *t, const struct ns_pool *pool, const struct ns_event *ev)
{
	const struct ns_pool_ctx *c;

	if (ev->event != NS_EV_S2_CTX || !ev->ctx || ev->ctx >= NS_MAX_CTXS)
		return;
	c = &pool->ctx[ev->ctx];
	if (!c->live || c->since_ns != ev->ts)
		return; /* a hit: nobody came or went */
	close_gone(t, pool, ev);
	t->open[t->nr_open++] = (struct ns_tenure){
		.start = ev->ts,
		.nr = 1,
		.ctx = ev->ctx,
		.before = ev->dim == NS_CTX_HIT,
	};
}

void ns_tenures_finish(struct ns_tenures *t)
{
	for (unsigned int i = 0; i < t->nr_open; i++)
		t->tenure[t->nr++] = t->open[i];
	t->nr_open = 0;
}

void ns_tenures_free(struct ns_tenures *t)
{
	free(t->tenure);
	free(t->open);
	memset(t, 0, sizeof(*t));
}
