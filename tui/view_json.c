// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * view_json.c: the one JSON structure of `stat --json` and `report --json`:
 *
 * {"nestscope": "stat" | "report", "version": "0.1.0",
 *  "host": {"release", "machine", "nodename", "cpus", "start_realtime_ns",
 *           "clock": "icount" (one ns is one instruction) | "monotonic"},
 *  "duration_ns": N,
 *  "ledger": {"seen", "kept", "ring_full", "map_full", "missed" (null: unavailable),
 *             "filtered", "unattributed", "lost", "events": {EVENT: {the same}}},
 *  "providers": {EVENT: {"by", "state": "ok" | "partial" | "off", "note"}},
 *  "vms": [{"id", "name", "pid", "cmdline", "ended",
 *    "metrics": {EVENT: {"count", "time": {"total", "p50", "p90", "p99"},
 *       "by": {VALUE: {"count", "time", "sub": {VALUE: count}}}}},
 *    "vcpus": {"0": {"metrics": {EVENT: {"count", "by": {VALUE: count}}}}},
 *    "contexts": [{"vttbr": "0x..", "vtcr": "0x..", "vmid",
 *       "metrics": as in the VM}],
 *    "realm": null | see view_rtt_json.c}],
 *  "groups": {"by": [NAME], "rows": [{"event", "key": {NAME: text}, "count",
 *             "time"}], "outside", "dropped"},     (only with --group)
 *  "slowest": [{"id", "ts", "vm", "vcpu", "event", "dim", "sub", "fields":
 *     {FIELD: text}, "before": [the same], "after": [the same]}], (--slowest)
 *  "marks": [{"at_ns": since the start, negative before it, "text"}],
 *  "warning": null | TEXT}
 *
 * An event that this kernel does not provide is null.  "time" is in ns and
 * absent for events without a duration.  "by" and "sub" hold the values that
 * occurred; what is not there did not occur.  Events left out by -e are
 * absent.  The vCPU "none" has the VM's own events; the VM with id 0 has those
 * that no VM could be named for.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "view_json.h"
#include "view_rtt.h"

static json_t *number(uint64_t n)
{
	return json_integer((json_int_t)n);
}

json_t *json_hex(uint64_t n)
{
	char buf[24];

	snprintf(buf, sizeof(buf), "0x%" PRIx64, n);
	return json_string(buf);
}

/* Command lines and names are bytes; JSON wants UTF-8. */
json_t *json_text(const char *s)
{
	json_t *j = json_string(s);
	char buf[NS_CMDLINE + 64];
	size_t i;

	if (j)
		return j;
	snprintf(buf, sizeof(buf), "%s", s);
	for (i = 0; buf[i]; i++)
		if (buf[i] & 0x80)
			buf[i] = '?';
	return json_string(buf);
}

static json_t *ledger_row(const struct ns_ledger_row *r)
{
	json_t *j = json_object();

	json_object_set_new(j, "seen", number(r->seen));
	json_object_set_new(j, "kept", number(r->kept));
	json_object_set_new(j, "ring_full", number(r->ring_full));
	json_object_set_new(j, "map_full", number(r->map_full));
	json_object_set_new(j, "missed", r->missed_unknown ? json_null() : number(r->missed));
	json_object_set_new(j, "filtered", number(r->filtered));
	json_object_set_new(j, "unattributed", number(r->unattributed));
	json_object_set_new(j, "lost", number(ns_ledger_lost(r)));
	return j;
}

static json_t *ledger(const struct view *v)
{
	struct ns_ledger_row sum = ns_model_ledger(v->m);
	json_t *j = ledger_row(&sum), *events = json_object();
	unsigned int i;

	for (i = 0; i < NS_NR_EVENTS; i++)
		if (view_shows(v, i))
			json_object_set_new(events, ns_events[i].key,
					    event_on(v->m, i) ? ledger_row(&v->m->ledger[i])
							      : json_null());
	json_object_set_new(j, "events", events);
	return j;
}

json_t *json_host(const struct ns_model *m)
{
	json_t *j = json_object();

	json_object_set_new(j, "release", json_text(m->host.release));
	json_object_set_new(j, "machine", json_text(m->host.machine));
	json_object_set_new(j, "nodename", json_text(m->host.nodename));
	json_object_set_new(j, "cpus", number(m->host.cpus));
	json_object_set_new(j, "start_realtime_ns", number(m->host.start_realtime_ns));
	json_object_set_new(j, "clock", json_string(m->host.icount ? "icount" : "monotonic"));
	return j;
}

json_t *json_providers(const struct ns_model *m, uint64_t events)
{
	json_t *j = json_object(), *p;
	unsigned int i;

	for (i = 0; i < NS_NR_EVENTS; i++) {
		if (!(events >> i & 1))
			continue;
		p = json_object();
		json_object_set_new(p, "by", json_text(m->provider[i].by));
		json_object_set_new(p, "state", json_string(ns_state_key(m->provider[i].state)));
		json_object_set_new(p, "note", json_text(m->provider[i].note));
		json_object_set_new(j, ns_events[i].key, p);
	}
	return j;
}

json_t *json_times(const struct ns_hist *h)
{
	json_t *j = json_object();

	json_object_set_new(j, "total", number(h->ns));
	json_object_set_new(j, "p50", number(ns_hist_quantile(h, 0.50)));
	json_object_set_new(j, "p90", number(ns_hist_quantile(h, 0.90)));
	json_object_set_new(j, "p99", number(ns_hist_quantile(h, 0.99)));
	return j;
}

/* {"count", "time"} of what q selects; NULL when there is no memory. */
static json_t *sum(const struct view *v, struct ns_query q)
{
	struct ns_hist h = { 0 };
	json_t *j;

	if (ns_model_sum(v->m, q, &h))
		return NULL;
	j = json_object();
	json_object_set_new(j, "count", number(h.count));
	if (ns_events[q.event].timed)
		json_object_set_new(j, "time", json_times(&h));
	ns_hist_free(&h);
	return j;
}

static json_t *subs(const struct view *v, struct ns_query q)
{
	enum ns_dim sub = ns_events[q.event].sub;
	json_t *j = json_object();
	unsigned int i;
	uint64_t n;

	for (i = 0; i < ns_dims[sub].nr; i++) {
		q.sub = i;
		n = ns_model_count(v->m, q);
		if (n)
			json_object_set_new(j, ns_value_key(sub, i), number(n));
	}
	return j;
}

/* An event with its splits; counts only where plain is set. */
static json_t *event(const struct view *v, struct ns_query q, bool plain)
{
	const struct ns_event_info *ev = &ns_events[q.event];
	json_t *j, *by, *one;
	unsigned int i;

	if (!event_on(v->m, q.event))
		return json_null();
	if (plain) {
		j = json_object();
		json_object_set_new(j, "count", number(ns_model_count(v->m, q)));
	} else {
		j = sum(v, q);
	}
	if (ev->dim == NS_D_NONE)
		return j;
	by = json_object();
	for (i = 0; i < ns_dims[ev->dim].nr; i++) {
		q.dim = i;
		if (!ns_model_count(v->m, q))
			continue;
		one = plain ? number(ns_model_count(v->m, q)) : sum(v, q);
		if (!plain && ev->sub != NS_D_NONE)
			json_object_set_new(one, "sub", subs(v, q));
		json_object_set_new(by, ns_value_key(ev->dim, i), one);
	}
	json_object_set_new(j, "by", by);
	return j;
}

static json_t *metrics(const struct view *v, struct ns_query q, bool plain)
{
	json_t *j = json_object();

	for (q.event = 0; q.event < NS_NR_EVENTS; q.event++)
		if (view_shows(v, q.event))
			json_object_set_new(j, ns_events[q.event].key, event(v, q, plain));
	return j;
}

static json_t *vcpus(const struct view *v, int vm)
{
	struct ns_query q = { vm, 0, NS_ANY, NS_ANY, NS_ANY, NS_ANY };
	static bool seen[NS_NO_VCPU + 1];
	json_t *j = json_object(), *one;
	unsigned int i;
	char key[16];

	memset(seen, 0, sizeof(seen));
	for (i = 0; i < v->m->nr_metrics; i++)
		if (v->m->metrics[i].vm == vm && v->m->metrics[i].h.count)
			seen[v->m->metrics[i].vcpu] = true;
	for (i = 0; i <= NS_NO_VCPU; i++) {
		if (!seen[i])
			continue;
		q.vcpu = i;
		snprintf(key, sizeof(key), "%u", i);
		one = json_object();
		json_object_set_new(one, "metrics", metrics(v, q, true));
		json_object_set_new(j, i == NS_NO_VCPU ? "none" : key, one);
	}
	return j;
}

static json_t *contexts(const struct view *v, int vm)
{
	struct ns_query q = { vm, NS_ANY, 0, NS_ANY, NS_ANY, NS_ANY };
	json_t *j = json_array(), *one;
	const struct ns_model_ctx *c;
	unsigned int i;

	for (i = 0; i < v->m->nr_ctxs; i++) {
		c = &v->m->ctxs[i];
		if (c->vm != vm)
			continue;
		q.ctx = c->id;
		one = json_object();
		json_object_set_new(one, "vttbr", json_hex(c->vttbr));
		json_object_set_new(one, "vtcr", json_hex(c->vtcr));
		json_object_set_new(one, "vmid", number(vttbr_vmid(c->vttbr, c->vtcr)));
		json_object_set_new(one, "metrics", metrics(v, q, false));
		json_array_append_new(j, one);
	}
	return j;
}

static json_t *vm_object(const struct view *v, const struct ns_model_vm *vm)
{
	struct ns_query q = { vm ? vm->id : 0, NS_ANY, NS_ANY, NS_ANY, NS_ANY, NS_ANY };
	json_t *j = json_object();

	json_object_set_new(j, "id", number(q.vm));
	json_object_set_new(j, "name", vm ? json_text(vm->name) : json_null());
	json_object_set_new(j, "pid", vm ? number(vm->key.pid) : json_null());
	json_object_set_new(j, "cmdline", vm ? json_text(vm->cmdline) : json_null());
	json_object_set_new(j, "ended", json_boolean(vm && vm->ended));
	json_object_set_new(j, "metrics", metrics(v, q, false));
	json_object_set_new(j, "vcpus", vcpus(v, q.vm));
	json_object_set_new(j, "contexts", contexts(v, q.vm));
	json_object_set_new(j, "realm", view_rtt_json(v, q.vm));
	return j;
}

static json_t *vms(const struct view *v)
{
	struct ns_query none = { 0, NS_ANY, NS_ANY, NS_ANY, NS_ANY, NS_ANY };
	json_t *j = json_array();
	unsigned int i;

	for (i = 0; i < v->m->nr_vms; i++)
		json_array_append_new(j, vm_object(v, &v->m->vms[i]));
	if (ns_model_count(v->m, none))
		json_array_append_new(j, vm_object(v, NULL));
	return j;
}

static json_t *marks(const struct view *v)
{
	json_t *j = json_array(), *one;
	const struct ns_mark *k;

	for (unsigned int i = 0; i < v->m->nr_marks; i++) {
		k = &v->m->marks[i];
		one = json_object();
		json_object_set_new(one, "at_ns", json_integer((int64_t)(k->ts - v->m->start_ns)));
		json_object_set_new(one, "text", json_text(k->text));
		json_array_append_new(j, one);
	}
	return j;
}

int view_json(FILE *f, const struct view *v, bool compact)
{
	json_t *j = json_object();
	int rc;

	json_object_set_new(j, "nestscope", json_string(v->command));
	json_object_set_new(j, "version", json_string(NS_VERSION));
	json_object_set_new(j, "host", json_host(v->m));
	json_object_set_new(j, "duration_ns", number(v->m->end_ns - v->m->start_ns));
	json_object_set_new(j, "ledger", ledger(v));
	json_object_set_new(j, "providers", json_providers(v->m, v->events));
	json_object_set_new(j, "vms", vms(v));
	if (v->groups)
		json_object_set_new(j, "groups", json_groups(v));
	if (v->slowest)
		json_object_set_new(j, "slowest", json_slowest(v));
	json_object_set_new(j, "marks", marks(v));
	json_object_set_new(j, "warning", v->warning ? json_text(v->warning) : json_null());
	rc = json_dumpf(j, f, compact ? JSON_COMPACT : JSON_INDENT(1));
	fputc('\n', f);
	json_decref(j);
	return rc ? -EIO : 0;
}
