// SPDX-License-Identifier: GPL-2.0-or-later
/* main.c: finds the command and runs it. */
#include <errno.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>

#include "cmd.h"

const struct command *const commands[] = {
	&cmd_top, &cmd_stat, &cmd_record, &cmd_report, &cmd_script,
	&cmd_export, &cmd_check, &cmd_diff, &cmd_gate, &cmd_serve, &cmd_doctor, NULL,
};

static const struct command *find(const char *name)
{
	unsigned int i;

	for (i = 0; commands[i]; i++)
		if (!strcmp(name, commands[i]->name))
			return commands[i];
	return NULL;
}

static int unknown_command(const char *name)
{
	const char *names[16], *near;
	unsigned int n;

	for (n = 0; commands[n]; n++)
		names[n] = commands[n]->name;
	near = nearest(name, names, n);
	if (near)
		return fail(NS_EXIT_USAGE, "unknown command '%s'; did you mean '%s'?", name, near);
	return fail(NS_EXIT_USAGE, "unknown command '%s'; 'nestscope --help' lists the commands",
		    name);
}

static void usage(FILE *f)
{
	unsigned int i;

	fprintf(f, "usage: nestscope COMMAND [options]\n\n"
		   "What a KVM host does behind a nested guest's back.\n\n");
	for (i = 0; commands[i]; i++)
		fprintf(f, "  %-8s %s\n", commands[i]->name, commands[i]->help);
	fprintf(f, "  %-8s %s\n", "help",
		"help COMMAND: its options; help events: what can be seen");
	fprintf(f,
		"\nexit codes: 0 fine, 1 failed, or check found a violation, or gate a regression,\n"
		"2 bad usage or data, 3 inconclusive, 4 a capability is missing, 5 the kernel or\n"
		"machine lacks what is needed; with -- CMD, what CMD returned\n");
}

/* What packagers and the shells' completion ask for; not in the usage. */
static int help_machine(const char *what, char **words)
{
	const struct command *c = words[0] ? find(words[0]) : NULL;

	if (!strcmp(what, "complete")) {
		complete(words);
	} else if (!words[0]) {
		man_main();
	} else if (c) {
		man_command(c);
	} else {
		return unknown_command(words[0]);
	}
	return NS_EXIT_OK;
}

static int help(const char *what, char **words)
{
	const struct command *c;

	if (!what) {
		usage(stdout);
		return NS_EXIT_OK;
	}
	if (!strcmp(what, "events"))
		help_events();
	else if (!strcmp(what, "man") || !strcmp(what, "complete"))
		return help_machine(what, words);
	else if ((c = find(what)))
		help_command(c);
	else
		return unknown_command(what);
	return NS_EXIT_OK;
}

/* What was printed must have arrived: a full disk is not success. */
static int finish(int rc)
{
	if (fflush(stdout) && errno != EPIPE && !rc)
		rc = fail(NS_EXIT_FAIL, "standard output: %s", strerror(errno));
	return rc;
}

int main(int argc, char **argv)
{
	const struct command *c;
	struct args a;
	int rc;

	setlocale(LC_CTYPE, "");
	if (argc < 2) {
		usage(stderr);
		return NS_EXIT_USAGE;
	}
	if (!strcmp(argv[1], "--version") || !strcmp(argv[1], "-V")) {
		printf("nestscope %s\n", NS_VERSION);
		return finish(NS_EXIT_OK);
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h"))
		return finish(help(NULL, NULL));
	if (!strcmp(argv[1], "help"))
		return finish(help(argv[2], argc > 2 ? argv + 3 : NULL));
	c = find(argv[1]);
	if (!c)
		return unknown_command(argv[1]);
	running_command = c->name;
	rc = opts_parse(c, argc - 1, argv + 1, &a);
	if (rc)
		return finish(rc < 0 ? NS_EXIT_OK : rc);
	return finish(c->run(&a));
}
