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
#include "event_line.h"
#include "recording.h"

#define BUFFER (256 * 1024)
#define MAX_COLUMNS 24
#define MARKS_MAX (NS_MAX_MARKS * 96) /* bytes, if all come at once */

static const struct opt opts[] = {
	OPTS_INPUT,
	OPTS_EVENTS,
	OPTS_EXPR,
	{ 'F', "fields", "LIST", OPT_STRING, ARG(fields),
	  "columns: id,ts,vm,vcpu,event,dim,sub,cpu,ctx and fields of events; id is the "
	  "event's number in the recording" },
	OPTS_END
};

/* A column is one of these or the field of an event, by name. */
enum {
	COL_ID,
	COL_TS,
	COL_VM,
	COL_VCPU,
	COL_EVENT,
	COL_DIM,
	COL_SUB,
	COL_CPU,
	COL_CTX,
	NR_COL_NAMES
};
static const char *const column_names[] = {
	"id", "ts", "vm", "vcpu", "event", "dim", "sub", "cpu", "ctx",
};

struct column_ref {
	int col; /* COL_*, or -1: a field */
	int8_t field[NS_NR_EVENTS]; /* index per event, -1: it has none */
};

struct script {
	struct ns_reader *r;
	struct ns_expr *filter;
	uint64_t events; /* mask */
	uint64_t id; /* of the event at hand */
	struct column_ref columns[MAX_COLUMNS];
	unsigned int nr_columns; /* 0: everything */
	struct line_names names;
	struct ns_mark marks[NS_MAX_MARKS]; /* that were printed */
	unsigned int nr_marks;
	char *p;
	char buf[BUFFER + EVENT_LINE_MAX + MARKS_MAX];
};

static char *put_column(struct script *s, char *p, const struct column_ref *c,
			const struct ns_event *ev)
{
	const struct ns_event_info *info = &ns_events[ev->event];
	int f;

	switch (c->col) {
	case COL_ID:
		return line_put_number(p, s->id);
	case COL_TS:
		return line_put_time(p, ev->ts);
	case COL_VM:
		return line_put_vm(p, &s->names, ev);
	case COL_VCPU:
		return line_put_vcpu(p, ev);
	case COL_EVENT:
		return line_put_text(p, info->key);
	case COL_DIM:
		return line_put_value(p, info->dim, ev->dim);
	case COL_SUB:
		return line_put_value(p, info->sub, ev->sub);
	case COL_CPU:
		return line_put_number(p, ev->cpu);
	case COL_CTX:
		return line_put_number(p, ev->ctx);
	}
	f = c->field[ev->event];
	return f < 0 || f >= ev->nr_fields ? line_put_text(p, "-")
					   : line_put_field(p, info->fields[f].unit, ev->field[f]);
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
		s->p = line_put(s->p, &s->names, ev);
	for (i = 0; i < s->nr_columns; i++) {
		if (i)
			*s->p++ = ' ';
		s->p = put_column(s, s->p, &s->columns[i], ev);
	}
	*s->p++ = '\n';
}

static bool mark_printed(const struct script *s, const struct ns_mark *k)
{
	for (unsigned int i = 0; i < s->nr_marks; i++)
		if (s->marks[i].ts == k->ts && !strcmp(s->marks[i].text, k->text))
			return true;
	return false;
}

/*
 * "12.345678901 mark TEXT", once their time has come.  One that the file tells
 * late is late here, too.
 */
static void put_marks(struct script *s, uint64_t until)
{
	const struct ns_model *m = ns_reader_meta(s->r);
	const struct ns_mark *k;

	for (unsigned int i = 0; s->nr_marks < m->nr_marks && i < m->nr_marks; i++) {
		k = &m->marks[i];
		if (k->ts > until || mark_printed(s, k))
			continue;
		s->marks[s->nr_marks++] = *k;
		s->p = line_put_time(s->p, k->ts);
		s->p = line_put_text(s->p, " mark ");
		s->p = line_put_text(s->p, k->text);
		*s->p++ = '\n';
	}
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

/* The events of a chunk, the first of which has number s->id + 1. */
static int put_events(struct script *s, const struct ns_event *ev, unsigned int nr)
{
	const struct ns_model *meta = ns_reader_meta(s->r);

	line_names_learn(&s->names, meta);
	for (unsigned int i = 0; i < nr; i++, ev++) {
		s->id++;
		if (ev->event >= NS_NR_EVENTS || !(s->events >> ev->event & 1) ||
		    (s->filter && !ns_expr_matches(s->filter, ev, meta)))
			continue;
		if (!s->nr_columns)
			put_marks(s, ev->ts);
		put_line(s, ev);
		if (s->p - s->buf >= BUFFER && flush(s))
			return NS_EXIT_FAIL;
	}
	return 0;
}

static int print_events(struct script *s)
{
	struct ns_error err = { 0 };
	const struct ns_event *ev;
	unsigned int nr;
	int rc, frc;

	while ((rc = ns_reader_batch(s->r, &ev, &nr, &err)) > 0)
		if (put_events(s, ev, nr))
			return NS_EXIT_FAIL;
	if (!s->nr_columns)
		put_marks(s, UINT64_MAX);
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
	s.events = a->events;
	rc = parse_columns(&s, a->fields);
	if (!rc)
		rc = filter_parse(a, &s.filter);
	if (rc)
		return rc;
	if (ns_reader_open_known(&s.r, a->input ? a->input : DEFAULT_FILE, &err)) {
		rc = fail_with(&err);
	} else {
		rc = print_events(&s);
		ns_reader_close(s.r);
	}
	ns_expr_free(s.filter);
	return rc;
}

const struct command cmd_script = {
	.name = "script",
	.usage = "[options]",
	.help = "one line per event of a recording",
	.text = "Prints the events of a recording, one a line: time in seconds, VM, vCPU, event,\n"
		"its two splits, and its fields as key=value. With -F only the chosen columns;\n"
		"what an event does not have is \"-\". Marks are lines \"TIME mark TEXT\", not\n"
		"with -F.\n",
	.examples = "Which addresses refault after an MMU notifier:\n"
		"    nestscope script -e s2.fault -F dim,vttbr,l2_ipa | grep ^notifier | sort | uniq -c\n",
	.opts = opts,
	.run = run,
};
