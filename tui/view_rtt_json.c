// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * view_rtt_json.c: a VM's realm in the JSON of stat and report:
 *
 * null when it has none, or when -e leaves out rtt.op or rtt.call; else
 *
 * {"unknown": null | WHY, "tables": {"l1": {"made", "gone", "now"}, ...},
 *  "data_bytes": {"made", "gone", "now"},
 *  "unprotected_bytes": {"made", "gone"},
 *  "granules": {"made", "gone", "now"}, "leaked": N,
 *  of a report also:
 *  "granules_over_time": {"start_ns", "width_ns", "most", "values": [N, ...]},
 *  "teardown": {"done", "given_up", "last": STEP, "given_up_last": STEP},
 *  "leaks": [{"pa", "why"}]}
 *
 * STEP is null or {"ts", "rd", "level", "addr", "next", "action"}.  "now" is null
 * when it cannot be known, and "unknown" says why; "made" and "gone" are what was
 * seen.  With stat -I they are of the interval, "now" is of its end.
 * "granules_over_time" is null when "now" is; a value is of the end of its slot,
 * "start_ns" is since the beginning of the recording.  "leaks" are the first eight.
 */
#include <inttypes.h>

#include "rtt.h"
#include "view_rtt.h"

static json_t *number(uint64_t n)
{
	return n == NS_UNAVAILABLE ? json_null() : json_integer((json_int_t)n);
}

static json_t *hex(uint64_t n)
{
	char buf[24];

	snprintf(buf, sizeof(buf), "0x%" PRIx64, n);
	return n == NS_UNAVAILABLE ? json_null() : json_string(buf);
}

static json_t *made_gone(uint64_t made, uint64_t gone)
{
	json_t *j = json_object();

	json_object_set_new(j, "made", number(made));
	json_object_set_new(j, "gone", number(gone));
	return j;
}

static json_t *with_now(json_t *j, uint64_t now)
{
	json_object_set_new(j, "now", number(now));
	return j;
}

static json_t *tables(const struct ns_rtt *then, const struct ns_rtt *now)
{
	json_t *j = json_object();

	for (unsigned int i = 0; i < NS_RTT_LEVELS; i++)
		if (now->table[i].made || now->table[i].gone)
			json_object_set_new(
				j, ns_value_key(NS_D_RTT_LEVEL, NS_RTT_LEVEL_L0 + i),
				with_now(made_gone(then->table[i].made, then->table[i].gone),
					 ns_rtt_live(now, i)));
	return j;
}

static json_t *step(const struct ns_rtt_step *s)
{
	json_t *j;

	if (!s->ts)
		return json_null();
	j = json_object();
	json_object_set_new(j, "ts", number(s->ts));
	json_object_set_new(j, "rd", hex(s->rd));
	json_object_set_new(j, "level", number(s->level));
	json_object_set_new(j, "addr", hex(s->addr));
	json_object_set_new(j, "next", hex(s->next));
	json_object_set_new(j, "action", json_string(ns_value_key(NS_D_TEARDOWN, s->action)));
	return j;
}

static json_t *over_time(const struct view *v, const struct ns_gauge *g)
{
	json_t *j = json_object(), *values = json_array();

	for (unsigned int i = 0; i < g->nr; i++)
		json_array_append_new(values, json_integer(g->slot[i]));
	json_object_set_new(j, "start_ns",
			    number(g->start_ns > v->m->start_ns ? g->start_ns - v->m->start_ns : 0));
	json_object_set_new(j, "width_ns", number(g->width_ns));
	json_object_set_new(j, "most", json_integer(g->most));
	json_object_set_new(j, "values", values);
	return j;
}

static json_t *leaks(const struct ns_rtt_trace *t)
{
	json_t *j = json_array(), *one;

	for (unsigned int i = 0; i < t->leaks && i < NS_RTT_LEAKS; i++) {
		one = json_object();
		json_object_set_new(one, "pa", hex(t->leak[i].pa));
		json_object_set_new(one, "why", json_string(ns_value_key(NS_D_LEAK, t->leak[i].why)));
		json_array_append_new(j, one);
	}
	return j;
}

static void of_events(json_t *j, const struct view *v, const struct ns_rtt_trace *t, bool known)
{
	json_t *down = json_object();

	json_object_set_new(j, "granules_over_time",
			    known ? over_time(v, &t->granules) : json_null());
	json_object_set_new(down, "done", number(t->done));
	json_object_set_new(down, "given_up", number(t->stops));
	json_object_set_new(down, "last", step(&t->last));
	json_object_set_new(down, "given_up_last", step(&t->stop));
	json_object_set_new(j, "teardown", down);
	json_object_set_new(j, "leaks", leaks(t));
}

json_t *view_rtt_json(const struct view *v, int vm)
{
	const struct ns_rtt_trace *t = v->traces ? v->traces->vm[vm] : NULL;
	struct ns_rtt then, now;
	json_t *j;

	ns_rtt_count(v->m, vm, &then);
	ns_rtt_count(v->since_start ? v->since_start : v->m, vm, &now);
	if (!now.seen || !view_shows(v, NS_EV_RTT_OP) || !view_shows(v, NS_EV_RTT_CALL))
		return json_null();
	j = json_object();
	json_object_set_new(j, "unknown", now.unknown[0] ? json_string(now.unknown) : json_null());
	json_object_set_new(j, "tables", tables(&then, &now));
	json_object_set_new(j, "data_bytes",
			    with_now(made_gone(then.data_mapped, then.data_unmapped),
				     ns_rtt_data(&now)));
	json_object_set_new(j, "unprotected_bytes", made_gone(then.ns_mapped, then.ns_unmapped));
	json_object_set_new(j, "granules",
			    with_now(made_gone(then.delegated, then.undelegated),
				     ns_rtt_granules(&now)));
	json_object_set_new(j, "leaked", number(then.leaked));
	if (t)
		of_events(j, v, t, !now.unknown[0]);
	return j;
}
