// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * complete.c: what could come next on the command line, for the shells: a line
 * "WORD<TAB>what it is" for each candidate, ":file" where a file fits and
 * ":command" where CMD does.  tui/completion/ has the shells' half.
 */
#include <stdio.h>
#include <string.h>

#include "catalogue.h"
#include "check.h"
#include "cmd.h"
#include "top/screen.h"

/* The word to complete: head stays as it is (the list before a comma). */
struct partial {
	const char *word;
	size_t head;
};

static void offer(const struct partial *p, const char *word, const char *help)
{
	const char *tail = p->word + p->head;

	if (!strncmp(word, tail, strlen(tail)))
		printf("%.*s%s\t%s\n", (int)p->head, p->word, word, help);
}

static void offer_commands(const struct partial *p)
{
	for (unsigned int i = 0; commands[i]; i++)
		offer(p, commands[i]->name, commands[i]->help);
}

static void offer_events(const struct partial *p)
{
	for (unsigned int i = 0; i < NS_NR_SYSTEMS; i++)
		offer(p, ns_systems[i].key, ns_systems[i].help);
	for (unsigned int i = 0; i < NS_NR_EVENTS; i++)
		offer(p, ns_events[i].key, ns_events[i].help);
}

static void offer_causes(const struct partial *p)
{
	const struct ns_dim_info *d = &ns_dims[NS_D_CAUSE];

	for (unsigned int i = 0; i < d->nr; i++)
		offer(p, d->values[i].key, d->values[i].label);
}

static void offer_screens(const struct partial *p)
{
	char name[32];
	unsigned int i, n;

	for (i = 0; screens[i]; i++) {
		if (!screens[i]->key)
			continue;
		for (n = 0; screens[i]->name[n] && n < sizeof(name) - 1; n++)
			name[n] = screens[i]->name[n] | 0x20; /* names are letters */
		name[n] = 0;
		offer(p, name, "");
	}
}

static void offer_rules(const struct partial *p)
{
	for (unsigned int i = 0; i < NS_NR_RULES; i++)
		offer(p, ns_rule_info(i)->key, ns_rule_info(i)->help);
}

static void offer_value(const struct opt *o, struct partial *p)
{
	const char *comma = strrchr(p->word + p->head, ',');

	if (!strcmp(o->arg, "FILE") || !strcmp(o->arg, "DIR")) {
		printf(":file\n");
		return;
	}
	if (comma && !strcmp(o->arg, "LIST"))
		p->head = comma + 1 - p->word;
	if (o->kind == OPT_EVENTS)
		offer_events(p);
	else if (o->kind == OPT_CAUSES)
		offer_causes(p);
	else if (o->offset == ARG(screen))
		offer_screens(p);
	else if (o->offset == ARG(rules))
		offer_rules(p);
}

static void offer_options(const struct command *c, const struct partial *p)
{
	char name[64];

	for (const struct opt *o = c->opts; o->name; o++) {
		snprintf(name, sizeof(name), "--%s", o->name);
		offer(p, name, o->help);
	}
	offer(p, "--help", "what the command does, and its options");
}

/* The option that a word names, "-i", "--input" or "--input=..."; or NULL. */
static const struct opt *option(const struct command *c, const char *word)
{
	size_t n = strcspn(word, "=");

	for (const struct opt *o = c->opts; o->name; o++) {
		if (word[0] == '-' && word[1] && word[1] == o->letter && !word[2])
			return o;
		if (!strncmp(word, "--", 2) && strlen(o->name) == n - 2 &&
		    !strncmp(word + 2, o->name, n - 2))
			return o;
	}
	return NULL;
}

static void offer_words(const struct command *c, bool cmd)
{
	if (cmd)
		printf(":command\n");
	else if (c->takes_files)
		printf(":file\n");
}

static void complete_command(const struct command *c, char **words)
{
	struct partial p = { "", 0 };
	const struct opt *o;
	bool cmd = false;

	for (; words[1]; words++) {
		o = cmd ? NULL : option(c, words[0]);
		if (!strcmp(words[0], "--"))
			cmd = true;
		else if (o && o->arg && !strchr(words[0], '=') && !words[2]) {
			p.word = words[1];
			offer_value(o, &p);
			return;
		}
	}
	p.word = words[0] ? words[0] : "";
	o = strchr(p.word, '=') ? option(c, p.word) : NULL;
	if (o && o->arg && !cmd) {
		p.head = strcspn(p.word, "=") + 1;
		offer_value(o, &p);
	} else if (*p.word == '-' && !cmd) {
		offer_options(c, &p);
	} else {
		offer_words(c, cmd);
	}
}

void complete(char **words)
{
	struct partial p = { words[0] ? words[0] : "", 0 };

	if (!words[0] || !words[1]) {
		offer_commands(&p);
		offer(&p, "help", "what a command or an event is");
		return;
	}
	for (unsigned int i = 0; commands[i]; i++)
		if (!strcmp(words[0], commands[i]->name))
			complete_command(commands[i], words + 1);
	if (!strcmp(words[0], "help")) {
		p.word = words[1];
		offer_commands(&p);
		offer(&p, "events", "what can be seen");
	}
}
