// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * cmd_script.c: `nestscope script`: one line per event.  Recordings hold many
 * millions, so lines are put together by hand in one large buffer.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "catalogue.h"
#include "cmd.h"
#include "recording.h"

#define BUFFER (256 * 1024)
#define LINE_MAX_BYTES 2048 /* no line is longer */
#define MAX_COLUMNS 24

static const struct opt opts[] = {
	OPTS_INPUT,
	OPTS_EVENTS,
	{ 'F', "fields", "LIST", OPT_STRING, ARG(fields),
	  "columns: ts,vm,vcpu,event,dim,sub,cpu,ctx and fields of events" },
	OPTS_END
};

/* A column is one of these or the field of an event, by name. */
enum { COL_TS, COL_VM, COL_VCPU, COL_EVENT, COL_DIM, COL_SUB, COL_CPU, COL_CTX, NR_COL_NAMES };
static const char *const column_names[] = {
	"ts", "vm", "vcpu", "event", "dim", "sub", "cpu", "ctx",
};

struct column_ref {
	int col; /* COL_*, or -1: a field */
	int8_t field[NS_NR_EVENTS]; /* index per event, -1: it has none */
};

struct script {
	struct ns_reader *r;
	struct column_ref columns[MAX_COLUMNS];
	unsigned int nr_columns; /* 0: everything */
	char vm_name[NS_MAX_VMS][64]; /* without blanks */
	unsigned int nr_vms; /* of the reader's, when the names were made */
	char *p;
	char buf[BUFFER + LINE_MAX_BYTES];
};

static char *put(char *p, const char *s)
{
	while (*s)
		*p++ = *s++;
	return p;
}

static char *put_dec(char *p, uint64_t n)
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

static char *put_time(char *p, uint64_t ns)
{
	uint64_t frac = ns % 1000000000;
	int i;

	p = put_dec(p, ns / 1000000000);
	*p++ = '.';
	for (i = 8; i >= 0; i--, frac /= 10)
		p[i] = '0' + frac % 10;
	return p + 9;
}

static char *put_field(char *p, enum ns_unit unit, uint64_t v)
{
	if (ns_field_unavailable(unit, v))
		return stpcpy(p, "unavailable");
	if (ns_unit_is_enum(unit))
		return put(p, ns_value_key(ns_unit_dim(unit), (unsigned int)v));
	if (unit == NS_UNIT_HEX)
		return put_hex(p, v);
	if (unit == NS_UNIT_INT && (int64_t)v < 0) {
		*p++ = '-';
		return put_dec(p, -v);
	}
	return put_dec(p, v);
}

static char *put_vcpu(char *p, const struct ns_event *ev)
{
	return ev->vcpu == NS_NO_VCPU ? put(p, "-") : put_dec(p, ev->vcpu);
}

static char *put_value(char *p, enum ns_dim dim, unsigned int value)
{
	return put(p, dim == NS_D_NONE ? "-" : ns_value_key(dim, value));
}

/* Names may come at any point of a recording. */
static void learn_names(struct script *s)
{
	const struct ns_model *m = ns_reader_meta(s->r);
	unsigned int i;
	char *c;

	for (i = 0; i < m->nr_vms; i++) {
		if (m->vms[i].id >= NS_MAX_VMS)
			continue;
		c = s->vm_name[m->vms[i].id];
		memcpy(c, m->vms[i].name, sizeof(s->vm_name[0]));
		for (; *c; c++)
			if ((unsigned char)*c <= ' ')
				*c = '_';
	}
	s->nr_vms = m->nr_vms;
}

static char *put_vm(struct script *s, char *p, const struct ns_event *ev)
{
	if (ns_reader_meta(s->r)->nr_vms != s->nr_vms)
		learn_names(s);
	if (ev->vm && ev->vm < NS_MAX_VMS && *s->vm_name[ev->vm])
		return put(p, s->vm_name[ev->vm]);
	return ev->vm ? put_dec(put(p, "vm"), ev->vm) : put(p, "-");
}

static char *put_column(struct script *s, char *p, const struct column_ref *c,
			const struct ns_event *ev)
{
	const struct ns_event_info *info = &ns_events[ev->event];
	int f;

	switch (c->col) {
	case COL_TS:
		return put_time(p, ev->ts);
	case COL_VM:
		return put_vm(s, p, ev);
	case COL_VCPU:
		return put_vcpu(p, ev);
	case COL_EVENT:
		return put(p, info->key);
	case COL_DIM:
		return put_value(p, info->dim, ev->dim);
	case COL_SUB:
		return put_value(p, info->sub, ev->sub);
	case COL_CPU:
		return put_dec(p, ev->cpu);
	case COL_CTX:
		return put_dec(p, ev->ctx);
	}
	f = c->field[ev->event];
	return f < 0 || f >= ev->nr_fields ? put(p, "-")
					   : put_field(p, info->fields[f].unit, ev->field[f]);
}

static char *put_everything(struct script *s, char *p, const struct ns_event *ev)
{
	const struct ns_event_info *info = &ns_events[ev->event];
	unsigned int i;

	p = put_time(p, ev->ts);
	*p++ = ' ';
	p = put_vm(s, p, ev);
	*p++ = ' ';
	p = put_vcpu(p, ev);
	*p++ = ' ';
	p = put(p, info->key);
	*p++ = ' ';
	p = put_value(p, info->dim, ev->dim);
	*p++ = ' ';
	p = put_value(p, info->sub, ev->sub);
	for (i = 0; i < info->nr_fields && i < ev->nr_fields; i++) {
		*p++ = ' ';
		p = put(p, info->fields[i].key);
		*p++ = '=';
		p = put_field(p, info->fields[i].unit, ev->field[i]);
	}
	return p;
}

static int flush(struct script *s)
{
	const char *from = s->buf;
	ssize_t n;

	while (from < s->p) {
		n = write(STDOUT_FILENO, from, s->p - from);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fail(NS_EXIT_FAIL, "standard output: %s", strerror(errno));
		from += n;
	}
	s->p = s->buf;
	return 0;
}

static void put_line(struct script *s, const struct ns_event *ev)
{
	unsigned int i;

	if (!s->nr_columns)
		s->p = put_everything(s, s->p, ev);
	for (i = 0; i < s->nr_columns; i++) {
		if (i)
			*s->p++ = ' ';
		s->p = put_column(s, s->p, &s->columns[i], ev);
	}
	*s->p++ = '\n';
}

static int resolve(const char *word, struct column_ref *c)
{
	bool found = false;
	unsigned int i;

	for (i = 0; i < NR_COL_NAMES; i++)
		if (!strcmp(word, column_names[i])) {
			c->col = i;
			return 0;
		}
	c->col = -1;
	for (i = 0; i < NS_NR_EVENTS; i++) {
		c->field[i] = ns_field_find(&ns_events[i], word);
		found |= c->field[i] >= 0;
	}
	if (found)
		return 0;
	return fail(NS_EXIT_USAGE, "no event has a field '%s'; 'nestscope help events' lists them",
		    word);
}

static int parse_columns(struct script *s, const char *list)
{
	char word[32];
	size_t len;
	int rc;

	for (; list && *list; list += len + (list[len] == ',')) {
		len = strcspn(list, ",");
		snprintf(word, sizeof(word), "%.*s", (int)len, list);
		if (s->nr_columns == MAX_COLUMNS)
			return fail(NS_EXIT_USAGE, "--fields: more than %d columns", MAX_COLUMNS);
		rc = resolve(word, &s->columns[s->nr_columns++]);
		if (rc)
			return rc;
	}
	return 0;
}

static int print_events(struct script *s, const struct args *a)
{
	struct ns_error err = { 0 };
	struct ns_event ev;
	int rc, frc;

	while ((rc = ns_reader_next(s->r, &ev, &err)) > 0) {
		if (ev.event >= NS_NR_EVENTS || !(a->events >> ev.event & 1))
			continue;
		put_line(s, &ev);
		if (s->p - s->buf >= BUFFER && flush(s))
			return NS_EXIT_FAIL;
	}
	frc = flush(s);
	if (frc)
		return frc;
	if (ns_reader_warning(s->r))
		fail(0, "warning: %s", ns_reader_warning(s->r));
	return rc < 0 ? fail_with(&err) : 0;
}

static int run(struct args *a)
{
	static struct script s;
	struct ns_error err = { 0 };
	int rc;

	signal(SIGPIPE, SIG_DFL); /* "script | head" ends quietly */
	s.p = s.buf;
	rc = parse_columns(&s, a->fields);
	if (rc)
		return rc;
	if (ns_reader_open(&s.r, a->input ? a->input : DEFAULT_FILE, &err))
		return fail_with(&err);
	learn_names(&s);
	rc = print_events(&s, a);
	ns_reader_close(s.r);
	return rc;
}

const struct command cmd_script = {
	.name = "script",
	.usage = "[options]",
	.help = "one line per event of a recording",
	.text = "Prints the events of a recording, one a line: time in seconds, VM, vCPU, event,\n"
		"its two splits, and its fields as key=value. With -F only the chosen columns;\n"
		"what an event does not have is \"-\".\n",
	.opts = opts,
	.run = run,
};
