// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * man.c: man pages from the tables of commands, options and events: a page for
 * each command, and of nestscope(1) the part that lists commands and events.
 * `make man` writes them into man/.
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "catalogue.h"
#include "cmd.h"
#include "prop.h"

/* Text for roff: hyphens of options must not become typographic ones. */
static void roff_n(const char *s, size_t n)
{
	const char *end = s + n;

	if (n && (*s == '.' || *s == '\''))
		fputs("\\&", stdout);
	for (; s < end; s++) {
		if (*s == '-')
			fputs("\\-", stdout);
		else if (*s == '\\')
			fputs("\\e", stdout);
		else if (*s == '\n' && s + 1 < end && s[1] == '\n')
			fputs("\n.P", stdout);
		else
			putchar(*s);
	}
}

static void roff(const char *s)
{
	roff_n(s, strlen(s));
}

static void man_options(const struct command *c)
{
	const struct opt *o;
	char words[64];
	const char *w;

	if (!c->opts[0].name)
		return;
	printf(".SH OPTIONS\n");
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

/*
 * Examples are lines: what it is for, and indented below it what is typed.
 */
static void man_examples(const char *text)
{
	const char *line, *end;
	bool code = false;

	printf(".SH EXAMPLES\n");
	for (line = text; *line; line = *end ? end + 1 : end) {
		bool is_code = !strncmp(line, "    ", 4);

		end = strchrnul(line, '\n');
		line += strspn(line, " ");
		if (is_code != code)
			printf("%s", is_code ? ".P\n.RS\n.nf\n" : ".fi\n.RE\n.P\n");
		code = is_code;
		roff_n(line, end - line);
		putchar('\n');
	}
	if (code)
		printf(".fi\n.RE\n");
}

static void upper(const char *s)
{
	for (; *s; s++)
		putchar(toupper((unsigned char)*s));
}

void man_command(const struct command *c)
{
	printf(".\\\" SPDX-License-Identifier: GPL-2.0-or-later\n"
	       ".\\\" made by \"make man\" from the tables of tui/; tests/cli checks it\n"
	       ".TH NESTSCOPE\\-");
	upper(c->name);
	printf(" 1 \"\" \"nestscope %s\" \"User Commands\"\n.SH NAME\nnestscope\\-%s \\- ", NS_VERSION,
	       c->name);
	roff(c->help);
	printf("\n.SH SYNOPSIS\n.B nestscope %s\n", c->name);
	roff(c->usage);
	printf("\n.SH DESCRIPTION\n");
	roff(c->text);
	man_options(c);
	if (c->examples)
		man_examples(c->examples);
	printf(".SH EXIT STATUS\nAs in\n.BR nestscope (1).\n.SH SEE ALSO\n.BR nestscope (1)");
	for (unsigned int i = 0; commands[i]; i++)
		if (commands[i] != c)
			printf(",\n.BR nestscope\\-%s (1)", commands[i]->name);
	putchar('\n');
}

static void man_values(enum ns_dim dim)
{
	const struct ns_dim_info *d = &ns_dims[dim];
	unsigned int i;

	for (i = 0; i < d->nr; i++)
		printf("%s%s", i ? ", " : "", d->values[i].key);
	printf(".\n");
}

static void man_event(const struct ns_event_info *ev)
{
	unsigned int f;
	char name[32];

	printf(".TP\n.B %s\n", ev->key);
	roff(ev->help);
	printf(".\n");
	if (ev->dim != NS_D_NONE) {
		printf("Split by %s: ", split_name(ev, NS_WHERE_DIM, name, sizeof(name)));
		man_values(ev->dim);
	}
	if (ev->sub != NS_D_NONE) {
		printf("And by %s: ", split_name(ev, NS_WHERE_SUB, name, sizeof(name)));
		man_values(ev->sub);
	}
	printf("Fields: ");
	for (f = 0; f < ev->nr_fields; f++)
		printf("%s%s (%s)", f ? ", " : "", ev->fields[f].key,
		       ns_unit_name(ev->fields[f].unit));
	printf(".\n");
}

void man_main(void)
{
	unsigned int i;

	printf(".SH COMMANDS\n");
	for (i = 0; commands[i]; i++) {
		printf(".TP\n.BR nestscope\\-%s (1)\n", commands[i]->name);
		roff(commands[i]->help);
		putchar('\n');
	}
	printf(".SH EVENTS\n");
	for (i = 0; i < NS_NR_EVENTS; i++)
		man_event(&ns_events[i]);
}
