// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * help.c: help for people and the generated part of the man page, from the
 * tables of commands, options and events.
 */
#include <stdio.h>
#include <string.h>

#include "catalogue.h"
#include "cmd.h"

static void option_words(const struct opt *o, char *buf, size_t size)
{
	char letter[8] = "    ";

	if (o->letter)
		snprintf(letter, sizeof(letter), "-%c, ", o->letter);
	snprintf(buf, size, "%s--%s%s%s", letter, o->name, o->arg ? " " : "", o->arg ? o->arg : "");
}

void help_command(const struct command *c)
{
	const struct opt *o;
	char words[64];

	printf("usage: nestscope %s %s\n\n%s\n", c->name, c->usage, c->text);
	if (c->opts[0].name)
		printf("options:\n");
	for (o = c->opts; o->name; o++) {
		option_words(o, words, sizeof(words));
		printf("  %-26s %s\n", words, o->help);
	}
}

static void values(const char *title, enum ns_dim dim)
{
	const struct ns_dim_info *d = &ns_dims[dim];
	unsigned int i;

	if (dim == NS_D_NONE)
		return;
	printf("    %s:\n", title);
	for (i = 0; i < d->nr; i++)
		printf("      %-18s %s\n", d->values[i].key,
		       *d->values[i].help ? d->values[i].help : d->values[i].label);
}

void help_events(void)
{
	const struct ns_event_info *ev;
	unsigned int i, f;
	char title[48];

	for (i = 0; i < NS_NR_SYSTEMS; i++)
		printf("system %-6s %s\n", ns_systems[i].key, ns_systems[i].help);
	for (i = 0; i < NS_NR_EVENTS; i++) {
		ev = &ns_events[i];
		printf("\n%s: %s%s\n", ev->key, ev->help, ev->timed ? " (timed)" : "");
		values("split by", ev->dim);
		values("and by", ev->sub);
		printf("    fields:\n");
		for (f = 0; f < ev->nr_fields; f++)
			printf("      %-18s %s (%s)\n", ev->fields[f].key, ev->fields[f].help,
			       ns_unit_name(ev->fields[f].unit));
		for (f = 0; f < ev->nr_fields; f++)
			if (ns_unit_is_enum(ev->fields[f].unit)) {
				snprintf(title, sizeof(title), "%s is one of", ev->fields[f].key);
				values(title, ns_unit_dim(ev->fields[f].unit));
			}
	}
}

/* Text for roff: hyphens of options must not become typographic ones. */
static void roff(const char *s)
{
	if (*s == '.' || *s == '\'')
		fputs("\\&", stdout);
	for (; *s; s++) {
		if (*s == '-')
			fputs("\\-", stdout);
		else if (*s == '\\')
			fputs("\\e", stdout);
		else if (*s == '\n' && s[1] == '\n')
			fputs("\n.P", stdout);
		else
			putchar(*s);
	}
}

static void man_command(const struct command *c)
{
	const struct opt *o;
	char words[64];
	const char *w;

	printf(".SS nestscope %s ", c->name);
	roff(c->usage);
	putchar('\n');
	roff(c->text);
	for (o = c->opts; o->name; o++) {
		option_words(o, words, sizeof(words));
		for (w = words; *w == ' '; w++)
			;
		printf(".TP\n.B ");
		roff(w);
		putchar('\n');
		roff(o->help);
		putchar('\n');
	}
}

static void man_values(enum ns_dim dim)
{
	const struct ns_dim_info *d = &ns_dims[dim];
	unsigned int i;

	for (i = 0; i < d->nr; i++)
		printf("%s%s", i ? ", " : "", d->values[i].key);
	printf(".\n");
}

void help_man(void)
{
	const struct ns_event_info *ev;
	unsigned int i, f;

	printf(".SH COMMANDS\n");
	for (i = 0; commands[i]; i++)
		man_command(commands[i]);
	printf(".SH EVENTS\n");
	for (i = 0; i < NS_NR_EVENTS; i++) {
		ev = &ns_events[i];
		printf(".TP\n.B %s\n", ev->key);
		roff(ev->help);
		printf(".\n");
		if (ev->dim != NS_D_NONE) {
			printf("Split by: ");
			man_values(ev->dim);
		}
		if (ev->sub != NS_D_NONE) {
			printf("And by: ");
			man_values(ev->sub);
		}
		printf("Fields: ");
		for (f = 0; f < ev->nr_fields; f++)
			printf("%s%s (%s)", f ? ", " : "", ev->fields[f].key,
			       ns_unit_name(ev->fields[f].unit));
		printf(".\n");
	}
}
