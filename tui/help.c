// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * help.c: help for people, from the tables of commands, options and events.
 * man.c has the same tables as man pages.
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "catalogue.h"
#include "cmd.h"
#include "prop.h"

void option_words(const struct opt *o, char *buf, size_t size)
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
	if (c->examples)
		printf("\nexamples:\n%s", c->examples);
}

/* What filters and groups call the first or second split of an event. */
const char *split_name(const struct ns_event_info *ev, int where, char *buf, size_t size)
{
	enum ns_dim dim = where == NS_WHERE_DIM ? ev->dim : ev->sub;
	struct ns_prop p;

	snprintf(buf, size, "%s", ns_dims[dim].name);
	for (char *c = buf; *c; c++)
		*c = (char)tolower((unsigned char)*c);
	/* a column or a field may have that name already */
	if (ns_prop_find(&p, buf) || p.column != NS_PROP_NO_COLUMN || p.where[ev->id] != where)
		snprintf(buf, size, "%s", where == NS_WHERE_DIM ? "dim" : "sub");
	return buf;
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
	char title[48], name[32];

	for (i = 0; i < NS_NR_SYSTEMS; i++)
		printf("system %-6s %s\n", ns_systems[i].key, ns_systems[i].help);
	for (i = 0; i < NS_NR_EVENTS; i++) {
		ev = &ns_events[i];
		printf("\n%s: %s%s", ev->key, ev->help, ev->timed ? " (timed)" : "");
		if (ev->dim != NS_D_NONE)
			printf(", by %s", split_name(ev, NS_WHERE_DIM, name, sizeof(name)));
		if (ev->sub != NS_D_NONE)
			printf(" and %s", split_name(ev, NS_WHERE_SUB, name, sizeof(name)));
		putchar('\n');
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
	printf("\nof every event, for --filter and --group:\n");
	for (i = 0; ns_prop_column_key(i); i++)
		printf("      %-18s %s\n", ns_prop_column_key(i), ns_prop_column_help(i));
}
