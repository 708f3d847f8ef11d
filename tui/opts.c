// SPDX-License-Identifier: GPL-2.0-or-later
/* opts.c: options of a command, parsed from its table. */
#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "catalogue.h"
#include "cmd.h"

#define MAX_OPTS 32
#define LONG_ONLY 256 /* getopt values of options without a letter start here */

static int bad_value(const struct opt *o, const char *arg, const char *wanted)
{
	return fail(NS_EXIT_USAGE, "--%s: '%s' is not %s", o->name, arg, wanted);
}

static int parse_events(const char *arg, struct args *a)
{
	const char *near;
	char *bad = NULL;
	int rc;

	rc = ns_events_parse(arg, &a->events, &bad);
	if (!rc) {
		a->event_list = arg;
		return 0;
	}
	near = bad ? ns_event_nearest(bad) : NULL;
	fail(NS_EXIT_USAGE,
	     "unknown event or system '%s'%s%s%s; 'nestscope help events' lists them",
	     bad ? bad : arg, near ? " (did you mean '" : "", near ? near : "", near ? "'?)" : "");
	free(bad);
	return NS_EXIT_USAGE;
}

static int parse_number(const struct opt *o, const char *arg, uint64_t min, uint64_t max,
			uint64_t *value, const char *wanted)
{
	unsigned long long n;
	char *end;

	errno = 0;
	n = strtoull(arg, &end, 10);
	if (o->kind == OPT_SIZE && *end && strchr("kKmMgG", *end)) {
		n <<= strchr("kK", *end) ? 10 : strchr("mM", *end) ? 20 : 30;
		end++;
	}
	if (errno || end == arg || *end || *arg == '-' || n < min || n > max)
		return bad_value(o, arg, wanted);
	*value = n;
	return 0;
}

static int parse_seconds(const struct opt *o, const char *arg, uint64_t *ms)
{
	char *end;
	double s = strtod(arg, &end);

	if (end == arg || *end || !isfinite(s) || s < 0.001 || s > 1e9)
		return bad_value(o, arg, "a number of seconds above 0");
	*ms = (uint64_t)(s * 1000 + 0.5);
	return 0;
}

static int parse_time(const struct opt *o, const char *arg, uint64_t *ns)
{
	static const struct {
		const char *name;
		double ns;
	} unit[] = { { "ns", 1 }, { "us", 1e3 }, { "ms", 1e6 }, { "s", 1e9 } };
	char *end;
	double n = strtod(arg, &end);

	for (unsigned int i = 0; i < sizeof(unit) / sizeof(unit[0]); i++)
		if (end != arg && !strcmp(end, unit[i].name) && n * unit[i].ns >= 1 && n < 1e9) {
			*ns = (uint64_t)(n * unit[i].ns + 0.5);
			return 0;
		}
	return bad_value(o, arg, "a time with a unit: 800ns, 20us, 3ms, 1s");
}

static int parse_causes(const struct opt *o, const char *arg, uint64_t *mask)
{
	char *bad = NULL;

	if (!ns_values_parse(NS_D_CAUSE, arg, mask, &bad))
		return 0;
	fail(NS_EXIT_USAGE, "--%s: '%s' is no cause of a fault; 'nestscope help events' lists them",
	     o->name, bad ? bad : arg);
	free(bad);
	return NS_EXIT_USAGE;
}

static int set_value(const struct opt *o, const char *arg, struct args *a)
{
	void *to = (char *)a + o->offset;
	uint64_t n = 0;
	int rc;

	switch (o->kind) {
	case OPT_FLAG:
		*(bool *)to = true;
		return 0;
	case OPT_STRING:
		*(const char **)to = arg;
		return 0;
	case OPT_EVENTS:
		return parse_events(arg, a);
	case OPT_SECONDS:
		return parse_seconds(o, arg, to);
	case OPT_MS:
		return parse_number(o, arg, 10, 86400000, to,
				    "a number of milliseconds from 10 to 86400000");
	case OPT_SIZE:
		return parse_number(o, arg, 4096, 1ULL << 32, to, "a size from 4K to 4G");
	case OPT_NUMBER:
		return parse_number(o, arg, 1, 1000000000, to, "a number above 0");
	case OPT_NS:
		return parse_time(o, arg, to);
	case OPT_CAUSES:
		return parse_causes(o, arg, to);
	case OPT_PID:
		rc = parse_number(o, arg, 1, 1 << 30, &n, "a process id");
		*(pid_t *)to = (pid_t)n;
		return rc;
	case OPT_VCPU:
		rc = parse_number(o, arg, 0, 65534, &n, "a vCPU number");
		*(int *)to = (int)n;
		return rc;
	}
	return NS_EXIT_FAIL;
}

int filter_parse(const struct args *a, struct ns_expr **out)
{
	struct ns_error err = { 0 };

	*out = NULL;
	if (!a->filter)
		return 0;
	if (ns_expr_parse(out, a->filter, &err))
		return fail_with(&err);
	if (ns_expr_events(*out) & a->events)
		return 0;
	ns_expr_free(*out);
	*out = NULL;
	return fail(NS_EXIT_USAGE,
		    "--filter: no event%s can be like that; see 'nestscope help events'",
		    a->event_list ? " of -e" : "");
}

/* The getopt arrays of a table; returns the number of its options. */
static unsigned int build(const struct command *c, char *letters, struct option *longs)
{
	const struct opt *opts = c->opts;
	unsigned int i, n = 0;

	/* '+': stop at the first word that is no option, CMD has its own */
	if (!c->takes_files)
		letters[n++] = '+';
	letters[n++] = ':';
	for (i = 0; i < MAX_OPTS - 2 && opts[i].name; i++) {
		longs[i].name = opts[i].name;
		longs[i].has_arg = opts[i].arg ? required_argument : no_argument;
		longs[i].val = opts[i].letter ? opts[i].letter : (int)(LONG_ONLY + i);
		if (!opts[i].letter)
			continue;
		letters[n++] = opts[i].letter;
		if (opts[i].arg)
			letters[n++] = ':';
	}
	longs[i].name = "help";
	longs[i].val = 'h';
	letters[n++] = 'h';
	letters[n] = 0;
	return i;
}

static int unknown_option(const struct opt *opts, char **argv)
{
	const char *names[MAX_OPTS], *near, *word = argv[optind - 1];
	unsigned int n;

	if (strncmp(word, "--", 2))
		return fail(NS_EXIT_USAGE, "unknown option '-%c'; see 'nestscope help %s'", optopt,
			    running_command);
	for (n = 0; opts[n].name; n++)
		names[n] = opts[n].name;
	near = nearest(word + 2, names, n);
	return fail(NS_EXIT_USAGE, "unknown option '%s'%s%s%s; see 'nestscope help %s'", word,
		    near ? " (did you mean '--" : "", near ? near : "", near ? "'?)" : "",
		    running_command);
}

static int left_over(const struct command *c, const struct args *a)
{
	bool has_input = false;
	unsigned int i;

	if (c->takes_cmd || c->takes_files || !a->argc)
		return 0;
	for (i = 0; c->opts[i].name; i++)
		has_input |= !strcmp(c->opts[i].name, "input");
	if (has_input)
		return fail(NS_EXIT_USAGE, "unexpected word '%s'; to read a recording: -i %s",
			    a->argv[0], a->argv[0]);
	return fail(NS_EXIT_USAGE, "unexpected word '%s'; see 'nestscope help %s'", a->argv[0],
		    c->name);
}

static void keep_cmdline(struct args *a, int argc, char **argv)
{
	size_t n = snprintf(a->cmdline, sizeof(a->cmdline), "nestscope");
	int i;

	for (i = 0; i < argc && n < sizeof(a->cmdline); i++)
		n += snprintf(a->cmdline + n, sizeof(a->cmdline) - n, " %s", argv[i]);
}

/* Words from the first "--" on, which getopt would mix with the others. */
static int words_after(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		if (!strcmp(argv[i], "--"))
			return argc - i - 1;
	return 0;
}

int opts_parse(const struct command *c, int argc, char **argv, struct args *a)
{
	struct option longs[MAX_OPTS] = { 0 };
	char letters[2 * MAX_OPTS + 4];
	int ch, rc, after = words_after(argc, argv);
	unsigned int n, i;

	memset(a, 0, sizeof(*a));
	a->events = ~0ULL;
	a->vcpu = -1;
	keep_cmdline(a, argc, argv);
	n = build(c, letters, longs);
	optind = 0;
	while ((ch = getopt_long(argc, argv, letters, longs, NULL)) != -1) {
		if (ch == 'h') {
			help_command(c);
			return -1;
		}
		if (ch == ':')
			return fail(NS_EXIT_USAGE,
				    "option '%s' needs a value; see 'nestscope help %s'",
				    argv[optind - 1], c->name);
		if (ch == '?')
			return unknown_option(c->opts, argv);
		i = ch - LONG_ONLY;
		if (ch < LONG_ONLY)
			for (i = 0; i < n && c->opts[i].letter != ch; i++)
				;
		rc = set_value(&c->opts[i], optarg, a);
		if (rc)
			return rc;
	}
	a->argv = argv + optind;
	a->argc = argc - optind;
	a->nr_files = a->argc > after ? a->argc - after : 0;
	return left_over(c, a);
}
