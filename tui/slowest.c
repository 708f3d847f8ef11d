// SPDX-License-Identifier: GPL-2.0-or-later
/* slowest.c: the events that took longest, with what was around them. */
#include <inttypes.h>
#include <string.h>

#include "slowest.h"
#include "view_json.h"

#define BRIEF 2 /* fields of an event by itself; with context there is room for all */

static void put_event(FILE *f, const struct ns_event *ev, unsigned int max_fields)
{
	const struct ns_event_info *info = &ns_events[ev->event];
	unsigned int i, shown = 0;
	char buf[32];

	fprintf(f, "%s%s%s", info->key, info->dim == NS_D_NONE ? "" : " ",
		info->dim == NS_D_NONE ? "" : ns_value_key(info->dim, ev->dim));
	for (i = info->timed; i < info->nr_fields && i < ev->nr_fields && shown < max_fields; i++) {
		if (ns_field_unavailable(info->fields[i].unit, ev->field[i]) && max_fields > BRIEF)
			continue;
		fprintf(f, " %s=%s", info->fields[i].key,
			ns_field_format(info->fields[i].unit, ev->field[i], buf, sizeof(buf)));
		shown++;
	}
	fputc('\n', f);
}

static void put_slow(FILE *f, const struct view *v, const struct ns_event *ev)
{
	const struct ns_model_vm *vm = ns_model_vm(v->m, ev->vm);
	char buf[32], vcpu[16] = "-";

	if (ev->vcpu != NS_NO_VCPU)
		snprintf(vcpu, sizeof(vcpu), "%u", ev->vcpu);
	fprintf(f, "%c %8s %12.6f  %-16s %4s  ", v->slowest->context ? '>' : ' ',
		ns_duration_format(ev->field[0], buf, sizeof(buf)),
		ev->ts >= v->m->start_ns ? (ev->ts - v->m->start_ns) / 1e9 : 0, vm ? vm->name : "-",
		vcpu);
	put_event(f, ev, v->slowest->context ? NS_MAX_FIELDS : BRIEF);
}

/* One of the same vCPU, its time as the distance to that of the slow one. */
static void put_around(FILE *f, const struct ns_event *ev, const struct ns_event *slow)
{
	const struct ns_event_info *info = &ns_events[ev->event];
	char dur[32] = "", away[40];
	bool early = ev->ts < slow->ts;

	if (info->timed && ev->nr_fields && ev->field[0] != NS_UNAVAILABLE)
		ns_duration_format(ev->field[0], dur, sizeof(dur));
	away[0] = early ? '-' : '+';
	ns_duration_format(early ? slow->ts - ev->ts : ev->ts - slow->ts, away + 1,
			   sizeof(away) - 1);
	fprintf(f, "  %8s %12s  %-16s %4s  ", dur, away, "", "");
	put_event(f, ev, NS_MAX_FIELDS);
}

void view_slowest(FILE *f, const struct view *v)
{
	const struct ns_slowest *s = v->slowest;
	const struct ns_slow *slow;

	if (!s->nr)
		return;
	fprintf(f, " Slowest events\n  %8s %12s  %-16s %4s  %s\n", "time", "at (s)", "VM", "vCPU",
		"event");
	for (unsigned int i = 0; i < s->nr; i++) {
		slow = &s->slow[i];
		for (unsigned int k = 0; k < slow->nr_before; k++)
			put_around(f, &slow->around[k].ev, &slow->self.ev);
		put_slow(f, v, &slow->self.ev);
		for (unsigned int k = 0; k < slow->nr_after; k++)
			put_around(f, &slow->around[slow->nr_before + k].ev, &slow->self.ev);
		if (s->context)
			fputc('\n', f);
	}
	if (!s->context)
		fputc('\n', f);
}

/* ---- JSON ---- */

static json_t *event_json(const struct ns_numbered *n)
{
	const struct ns_event_info *info = &ns_events[n->ev.event];
	json_t *j = json_object(), *fields = json_object();
	char buf[32];

	json_object_set_new(j, "id", json_integer((json_int_t)n->id));
	json_object_set_new(j, "ts", json_integer((json_int_t)n->ev.ts));
	json_object_set_new(j, "vm", json_integer(n->ev.vm));
	json_object_set_new(j, "vcpu",
			    n->ev.vcpu == NS_NO_VCPU ? json_null() : json_integer(n->ev.vcpu));
	json_object_set_new(j, "event", json_string(info->key));
	json_object_set_new(j, "dim",
			    info->dim == NS_D_NONE
				    ? json_null()
				    : json_string(ns_value_key(info->dim, n->ev.dim)));
	json_object_set_new(j, "sub",
			    info->sub == NS_D_NONE
				    ? json_null()
				    : json_string(ns_value_key(info->sub, n->ev.sub)));
	for (unsigned int i = 0; i < info->nr_fields && i < n->ev.nr_fields; i++)
		json_object_set_new(fields, info->fields[i].key,
				    json_string(ns_field_format(info->fields[i].unit,
								n->ev.field[i], buf, sizeof(buf))));
	json_object_set_new(j, "fields", fields);
	return j;
}

static json_t *around_json(const struct ns_numbered *n, unsigned int nr)
{
	json_t *j = json_array();

	for (unsigned int i = 0; i < nr; i++)
		json_array_append_new(j, event_json(&n[i]));
	return j;
}

json_t *json_slowest(const struct view *v)
{
	json_t *list = json_array(), *j;
	const struct ns_slow *slow;

	for (unsigned int i = 0; i < v->slowest->nr; i++) {
		slow = &v->slowest->slow[i];
		j = event_json(&slow->self);
		json_object_set_new(j, "before", around_json(slow->around, slow->nr_before));
		json_object_set_new(j, "after",
				    around_json(slow->around + slow->nr_before, slow->nr_after));
		json_array_append_new(list, j);
	}
	return list;
}
