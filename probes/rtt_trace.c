// SPDX-License-Identifier: GPL-2.0-or-later
/* rtt_trace.c: see rtt_trace.h. */
#include "rtt_trace.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "catalogue.h"

/* Two slots become one: the later has what is true at the end of both. */
static void halve(struct ns_gauge *g)
{
	for (unsigned int i = 0; i < NS_GAUGE_SLOTS / 2; i++)
		g->slot[i] = g->slot[2 * i + 1];
	g->nr = NS_GAUGE_SLOTS / 2;
	g->width_ns *= 2;
}

void ns_gauge_set(struct ns_gauge *g, uint64_t ts, int64_t value)
{
	uint64_t at;

	if (!g->nr) {
		g->start_ns = ts;
		g->width_ns = NS_GAUGE_FIRST_NS;
		g->nr = 1;
	}
	if (ts < g->start_ns) /* events of two CPUs can be out of order */
		ts = g->start_ns;
	while ((at = (ts - g->start_ns) / g->width_ns) >= NS_GAUGE_SLOTS) {
		while (g->nr < NS_GAUGE_SLOTS)
			g->slot[g->nr++] = g->now;
		halve(g);
	}
	while (g->nr <= at)
		g->slot[g->nr++] = g->now;
	for (; at < g->nr; at++)
		g->slot[at] = value;
	g->now = value;
	if (value > g->most)
		g->most = value;
}

static uint64_t field(const struct ns_event *ev, unsigned int f)
{
	return f < ev->nr_fields ? ev->field[f] : NS_UNAVAILABLE;
}

static void add_call(struct ns_rtt_trace *t, const struct ns_event *ev)
{
	int by = ev->dim == NS_RMI_GRANULE_DELEGATE ? 1 :
		 ev->dim == NS_RMI_GRANULE_UNDELEGATE ? -1 : 0;

	if (by && ev->sub == NS_RMI_STATUS_SUCCESS)
		ns_gauge_set(&t->granules, ev->ts, t->granules.now + by);
}

static void add_step(struct ns_rtt_trace *t, const struct ns_event *ev)
{
	t->last = (struct ns_rtt_step){
		.ts = ev->ts,
		.rd = field(ev, NS_RTT_TEARDOWN_RD),
		.level = field(ev, NS_RTT_TEARDOWN_LEVEL),
		.addr = field(ev, NS_RTT_TEARDOWN_ADDR),
		.next = field(ev, NS_RTT_TEARDOWN_NEXT),
		.action = ev->dim,
	};
	t->done += ev->dim == NS_TEARDOWN_DONE;
	if (!ns_rtt_stops(ev->dim))
		return;
	t->stop = t->last;
	t->stops++;
}

static void add_leak(struct ns_rtt_trace *t, const struct ns_event *ev)
{
	if (t->leaks < NS_RTT_LEAKS)
		t->leak[t->leaks] = (struct ns_rtt_leak){
			.ts = ev->ts, .pa = field(ev, NS_RTT_LEAK_PA), .why = ev->dim
		};
	t->leaks++;
}

int ns_rtt_trace_add(struct ns_rtt_traces *t, const struct ns_event *ev)
{
	struct ns_rtt_trace **vm = ev->vm < NS_MAX_VMS ? &t->vm[ev->vm] : NULL;

	if (!vm || ev->event >= NS_NR_EVENTS || ns_events[ev->event].system != NS_SYS_RTT)
		return 0;
	if (!*vm)
		*vm = calloc(1, sizeof(**vm));
	if (!*vm)
		return -ENOMEM;
	if (ev->ts > (*vm)->last_ns)
		(*vm)->last_ns = ev->ts;
	if (ev->event == NS_EV_RTT_CALL)
		add_call(*vm, ev);
	else if (ev->event == NS_EV_RTT_TEARDOWN)
		add_step(*vm, ev);
	else if (ev->event == NS_EV_RTT_LEAK)
		add_leak(*vm, ev);
	return 0;
}

void ns_rtt_trace_free(struct ns_rtt_traces *t)
{
	for (unsigned int i = 0; i < NS_MAX_VMS; i++)
		free(t->vm[i]);
	memset(t, 0, sizeof(*t));
}
