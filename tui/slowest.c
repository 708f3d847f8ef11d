// SPDX-License-Identifier: GPL-2.0-or-later
/* slowest.c: see slowest.h.  Keeps the N longest in a sorted array. */
#include "slowest.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "recording.h"

struct slowest {
	struct ns_event *ev; /* longest first */
	unsigned int nr, max;
};

static void keep(struct slowest *s, const struct ns_event *ev)
{
	unsigned int i = s->nr;

	if (s->nr == s->max) {
		if (ev->field[0] <= s->ev[s->nr - 1].field[0])
			return;
		i--;
	} else {
		s->nr++;
	}
	for (; i && s->ev[i - 1].field[0] < ev->field[0]; i--)
		s->ev[i] = s->ev[i - 1];
	s->ev[i] = *ev;
}

static int collect(struct slowest *s, const struct view *v, const char *path, struct ns_error *err)
{
	struct ns_reader *r;
	struct ns_event ev;
	int rc;

	rc = ns_reader_open(&r, path, err);
	if (rc)
		return rc;
	while ((rc = ns_reader_next(r, &ev, err)) > 0) {
		if (ev.event >= NS_NR_EVENTS || !view_shows(v, ev.event))
			continue;
		if (ns_events[ev.event].timed && ev.nr_fields)
			keep(s, &ev);
	}
	ns_reader_close(r);
	return rc;
}

static void print_one(FILE *f, const struct view *v, const struct ns_event *ev)
{
	const struct ns_event_info *info = &ns_events[ev->event];
	const struct ns_model_vm *vm = ns_model_vm(v->m, ev->vm);
	unsigned int i, shown = 0;
	char buf[32], vcpu[16] = "-";

	if (ev->vcpu != NS_NO_VCPU)
		snprintf(vcpu, sizeof(vcpu), "%u", ev->vcpu);
	fprintf(f, "  %8s %10.6f  %-16s %4s  %s%s%s",
		ns_duration_format(ev->field[0], buf, sizeof(buf)),
		ev->ts >= v->m->start_ns ? (ev->ts - v->m->start_ns) / 1e9 : 0, vm ? vm->name : "-",
		vcpu, info->key, info->dim == NS_D_NONE ? "" : " ",
		info->dim == NS_D_NONE ? "" : ns_value_key(info->dim, ev->dim));
	for (i = 1; i < info->nr_fields && i < ev->nr_fields && shown < 2; i++, shown++)
		fprintf(f, " %s=%s", info->fields[i].key,
			ns_field_format(info->fields[i].unit, ev->field[i], buf, sizeof(buf)));
	fputc('\n', f);
}

int slowest_print(FILE *f, const struct view *v, const char *path, struct ns_error *err)
{
	struct slowest s = { .max = v->top };
	unsigned int i;
	int rc;

	s.ev = calloc(s.max, sizeof(*s.ev));
	if (!s.ev)
		return ns_error(err, -ENOMEM, NS_EXIT_FAIL, "no memory for %u events", s.max);
	rc = collect(&s, v, path, err);
	if (!rc && s.nr) {
		fprintf(f, " Slowest events\n  %8s %10s  %-16s %4s  %s\n", "time", "at (s)", "VM",
			"vCPU", "event");
		for (i = 0; i < s.nr; i++)
			print_one(f, v, &s.ev[i]);
		fputc('\n', f);
	}
	free(s.ev);
	return rc;
}
