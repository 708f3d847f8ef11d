// SPDX-License-Identifier: GPL-2.0-or-later
/* rtt.c: see rtt.h. */
#include "rtt.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "catalogue.h"

static uint64_t ops(const struct ns_model *m, int vm, int op, int level)
{
	struct ns_query q = { vm, NS_ANY, NS_ANY, NS_EV_RTT_OP, op, level };

	return ns_model_count(m, q);
}

static uint64_t calls(const struct ns_model *m, int vm, int cmd)
{
	struct ns_query q = { vm,  NS_ANY,	       NS_ANY, NS_EV_RTT_CALL,
			      cmd, NS_RMI_STATUS_SUCCESS };

	return ns_model_count(m, q);
}

static void count_level(const struct ns_model *m, int vm, int level, struct ns_rtt *r)
{
	uint64_t size = ns_rtt_map_size((unsigned int)level);
	int sub = NS_RTT_LEVEL_L0 + level;

	r->table[level].made =
		ops(m, vm, NS_RTT_OP_CREATE, sub) + ops(m, vm, NS_RTT_OP_UNFOLD, sub);
	r->table[level].gone = ops(m, vm, NS_RTT_OP_DESTROY, sub) + ops(m, vm, NS_RTT_OP_FOLD, sub);
	r->data_mapped += size * (ops(m, vm, NS_RTT_OP_MAP_DATA, sub) +
				  ops(m, vm, NS_RTT_OP_MAP_UNKNOWN, sub));
	r->data_unmapped += size * ops(m, vm, NS_RTT_OP_UNMAP_DATA, sub);
	r->ns_mapped += size * ops(m, vm, NS_RTT_OP_MAP_NS, sub);
	r->ns_unmapped += size * ops(m, vm, NS_RTT_OP_UNMAP_NS, sub);
}

static void because(struct ns_rtt *r, const char *why)
{
	if (!r->unknown[0])
		snprintf(r->unknown, sizeof(r->unknown), "%s", why);
}

/* Is an event there, and all of it? */
static void need(const struct ns_model *m, unsigned int event, struct ns_rtt *r)
{
	const struct ns_ledger_row *l = &m->ledger[event];
	char why[sizeof(r->unknown)], n[32];

	if (m->provider[event].state == NS_STATE_OFF) {
		snprintf(why, sizeof(why), "no %s: %.70s", ns_events[event].key,
			 m->provider[event].note);
		because(r, why);
	} else if (ns_ledger_lost(l) || l->filtered) {
		snprintf(why, sizeof(why), "%s %s were %s",
			 ns_count_format(ns_ledger_lost(l) ? ns_ledger_lost(l) : l->filtered, n,
					 sizeof(n)),
			 ns_events[event].key, ns_ledger_lost(l) ? "lost" : "filtered out");
		because(r, why);
	}
}

/* Did a realm of it have tables before anybody looked? */
static void need_start(const struct ns_model *m, int vm, struct ns_rtt *r)
{
	for (unsigned int i = 0; i < m->nr_vms; i++)
		if ((vm == NS_ANY || m->vms[i].id == vm) && m->vms[i].realm_before)
			because(r, "a realm was there before it was observed");
	/* the beginning of what belongs to no VM is not known either */
	if ((vm == NS_ANY || !vm) && ops(m, 0, NS_ANY, NS_ANY))
		because(r, "a realm's VMM was not seen");
}

void ns_rtt_count(const struct ns_model *m, int vm, struct ns_rtt *r)
{
	struct ns_query q = { vm, NS_ANY, NS_ANY, NS_EV_RTT_LEAK, NS_ANY, NS_ANY };

	memset(r, 0, sizeof(*r));
	for (int level = 0; level < NS_RTT_LEVELS; level++)
		count_level(m, vm, level, r);
	r->delegated = calls(m, vm, NS_RMI_GRANULE_DELEGATE);
	r->undelegated = calls(m, vm, NS_RMI_GRANULE_UNDELEGATE);
	r->leaked = ns_model_count(m, q);
	q.event = NS_EV_RTT_CALL;
	r->seen = r->leaked || ns_model_count(m, q) || ops(m, vm, NS_ANY, NS_ANY);
	need(m, NS_EV_RTT_OP, r);
	need(m, NS_EV_RTT_CALL, r);
	need_start(m, vm, r);
}

/* More that went away than was made: something of it was not seen after all. */
static uint64_t left(const struct ns_rtt *r, uint64_t made, uint64_t gone)
{
	return r->unknown[0] || gone > made ? NS_UNAVAILABLE : made - gone;
}

uint64_t ns_rtt_live(const struct ns_rtt *r, unsigned int level)
{
	return left(r, r->table[level].made, r->table[level].gone);
}

uint64_t ns_rtt_live_all(const struct ns_rtt *r)
{
	uint64_t sum = 0, n;

	for (unsigned int i = 0; i < NS_RTT_LEVELS; i++) {
		n = ns_rtt_live(r, i);
		if (n == NS_UNAVAILABLE)
			return n;
		sum += n;
	}
	return sum;
}

uint64_t ns_rtt_data(const struct ns_rtt *r)
{
	return left(r, r->data_mapped, r->data_unmapped);
}

uint64_t ns_rtt_granules(const struct ns_rtt *r)
{
	return left(r, r->delegated, r->undelegated);
}

const char *ns_rtt_live_format(const struct ns_rtt *r, char *buf, size_t size)
{
	/* level 0 has tables only under a start level of -1 */
	unsigned int from = r->table[0].made ? 0 : 1, n = 0;

	if (ns_rtt_live_all(r) == NS_UNAVAILABLE) {
		snprintf(buf, size, "unavailable");
		return buf;
	}
	for (unsigned int i = from; i < NS_RTT_LEVELS && n < size; i++)
		n += (unsigned int)snprintf(buf + n, size - n, "%s%" PRIu64, i > from ? "/" : "",
					    ns_rtt_live(r, i));
	return buf;
}
