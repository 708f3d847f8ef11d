// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * event_line.c: see event_line.h.  Recordings hold many millions of events, so
 * lines are put together by hand.
 */
#include "event_line.h"

#include <string.h>

char *line_put_text(char *p, const char *s)
{
	while (*s)
		*p++ = *s++;
	return p;
}

char *line_put_number(char *p, uint64_t n)
{
	char tmp[20];
	unsigned int i = 0;

	do {
		tmp[i++] = '0' + n % 10;
		n /= 10;
	} while (n);
	while (i)
		*p++ = tmp[--i];
	return p;
}

static char *put_hex(char *p, uint64_t n)
{
	int shift = 60;

	*p++ = '0';
	*p++ = 'x';
	while (shift && !(n >> shift & 15))
		shift -= 4;
	for (; shift >= 0; shift -= 4)
		*p++ = "0123456789abcdef"[n >> shift & 15];
	return p;
}

char *line_put_time(char *p, uint64_t ns)
{
	uint64_t frac = ns % 1000000000;
	int i;

	p = line_put_number(p, ns / 1000000000);
	*p++ = '.';
	for (i = 8; i >= 0; i--, frac /= 10)
		p[i] = '0' + frac % 10;
	return p + 9;
}

char *line_put_field(char *p, enum ns_unit unit, uint64_t v)
{
	if (ns_field_unavailable(unit, v))
		return stpcpy(p, "unavailable");
	if (ns_unit_is_enum(unit))
		return line_put_text(p, ns_value_key(ns_unit_dim(unit), (unsigned int)v));
	if (unit == NS_UNIT_HEX)
		return put_hex(p, v);
	if (unit == NS_UNIT_INT && (int64_t)v < 0) {
		*p++ = '-';
		return line_put_number(p, -v);
	}
	return line_put_number(p, v);
}

char *line_put_vcpu(char *p, const struct ns_event *ev)
{
	return ev->vcpu == NS_NO_VCPU ? line_put_text(p, "-") : line_put_number(p, ev->vcpu);
}

char *line_put_value(char *p, enum ns_dim dim, unsigned int value)
{
	return line_put_text(p, dim == NS_D_NONE ? "-" : ns_value_key(dim, value));
}

/* Names may come at any point of a recording. */
void line_names_learn(struct line_names *n, const struct ns_model *m)
{
	unsigned int i;
	char *c;

	if (m->nr_vms == n->nr)
		return;
	for (i = 0; i < m->nr_vms; i++) {
		if (m->vms[i].id >= NS_MAX_VMS)
			continue;
		c = n->vm[m->vms[i].id];
		memcpy(c, m->vms[i].name, sizeof(n->vm[0]));
		for (; *c; c++)
			if ((unsigned char)*c <= ' ')
				*c = '_';
	}
	n->nr = m->nr_vms;
}

char *line_put_vm(char *p, const struct line_names *n, const struct ns_event *ev)
{
	if (ev->vm && ev->vm < NS_MAX_VMS && *n->vm[ev->vm])
		return line_put_text(p, n->vm[ev->vm]);
	return ev->vm ? line_put_number(line_put_text(p, "vm"), ev->vm) : line_put_text(p, "-");
}

char *line_put(char *p, const struct line_names *n, const struct ns_event *ev)
{
	const struct ns_event_info *info = &ns_events[ev->event];
	unsigned int i;

	p = line_put_time(p, ev->ts);
	*p++ = ' ';
	p = line_put_vm(p, n, ev);
	*p++ = ' ';
	p = line_put_vcpu(p, ev);
	*p++ = ' ';
	p = line_put_text(p, info->key);
	*p++ = ' ';
	p = line_put_value(p, info->dim, ev->dim);
	*p++ = ' ';
	p = line_put_value(p, info->sub, ev->sub);
	for (i = 0; i < info->nr_fields && i < ev->nr_fields; i++) {
		*p++ = ' ';
		p = line_put_text(p, info->fields[i].key);
		*p++ = '=';
		p = line_put_field(p, info->fields[i].unit, ev->field[i]);
	}
	return p;
}
