/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cmd.h: what a command is: its table of options, its help and its run
 * function.  Parsing, help and the man page all read these tables.
 */
#ifndef NESTSCOPE_CMD_H
#define NESTSCOPE_CMD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "error.h"
#include "expr.h"

/* The values of all options of all commands; a command uses its own. */
struct args {
	const char *event_list; /* -e as it was given */
	uint64_t events; /* mask by event id; all bits when -e is not given */
	bool all; /* -a */
	bool no_nv;
	bool wait; /* for KVM */
	pid_t pid; /* 0: all VMs */
	int vcpu; /* -1: all */
	const char *output; /* NULL: standard output, or the default file */
	const char *input; /* NULL: the default file */
	const char *fields, *sort, *by, *screen;
	const char *filter, *group; /* expr.h, group.h */
	uint64_t slowest, context; /* 0: not given */
	bool stdio, json, csv, batch, ascii;
	const char *html; /* a page into this file */
	const char *format; /* export */
	bool counts; /* export: folded stacks of events, not of time */
	const char *baseline, *markdown; /* gate */
	const char *confidence; /* of diff and gate, in percent; NULL: not given */
	bool update, calibrate;
	const char *workload; /* gate: name of what is observed live */
	const char *listen, *tls_cert, *tls_key, *token_file; /* serve */
	uint64_t runs; /* gate: of CMD; 0: not given */
	int nr_files; /* words of argv before "--", of commands that take files */
	uint64_t interval_ms, duration_ms; /* 0: not given */
	uint64_t frames, top; /* 0: not given */
	uint64_t ring_bytes; /* 0: default */
	uint64_t min_ns, causes, sample; /* 0: not given */
	uint64_t flight_ms, max_bytes, max_ms, keep; /* 0: not given */
	const char *rules, *junit; /* rules: names (check), or a file (gate) */
	bool list;
	uint64_t stuck; /* 0: not given */
	char **argv; /* what follows the options, NULL-terminated */
	int argc;
	char cmdline[512]; /* how nestscope was called */
};

enum opt_kind {
	OPT_FLAG, /* bool */
	OPT_STRING, /* const char * */
	OPT_EVENTS, /* event_list and events */
	OPT_MS, /* uint64_t, milliseconds */
	OPT_SECONDS, /* uint64_t in milliseconds, given in seconds, "1.5" */
	OPT_NUMBER, /* uint64_t, 1 or more */
	OPT_SIZE, /* uint64_t bytes, with K, M, G */
	OPT_NS, /* uint64_t in ns, given as "800ns", "20us", "3ms", "1s" */
	OPT_CAUSES, /* uint64_t, mask by cause of s2.fault */
	OPT_PID, /* pid_t */
	OPT_VCPU, /* int */
};

struct opt {
	char letter; /* 0: long only */
	const char *name;
	const char *arg; /* NULL for a flag */
	enum opt_kind kind;
	size_t offset; /* in struct args */
	const char *help;
};

/* Options that several commands share, so that they read the same. */
#define ARG(field) offsetof(struct args, field)
#define OPTS_FILTER                                                                               \
	{ 'a', "all", NULL, OPT_FLAG, ARG(all), "all VMs (the default)" },                        \
		{ 'p', "pid", "PID", OPT_PID, ARG(pid), "only the VM whose VMM is process PID" }, \
		{ 'c', "vcpu", "N", OPT_VCPU, ARG(vcpu), "only vCPU N" }, OPTS_EVENTS,            \
		{ 0, "cause", "LIST", OPT_CAUSES, ARG(causes),                                    \
		  "only faults of these causes: cold,evict (see 'nestscope help events')" },      \
		{ 0, "min-duration", "TIME", OPT_NS, ARG(min_ns),                                 \
		  "only timed events that took at least TIME: 800ns, 20us, 3ms" },                \
		OPTS_WAIT, OPTS_NO_NV
#define OPTS_WAIT                                                                      \
	{                                                                              \
		0, "wait", NULL, OPT_FLAG, ARG(wait),                                  \
			"when there is no KVM yet, wait until its module is loaded"    \
	}
#define OPTS_NO_NV                                                            \
	{                                                                     \
		0, "no-kvm-nv", NULL, OPT_FLAG, ARG(no_nv),                   \
			"leave out the kvm_nv tracepoints (what the other rungs see)" \
	}
#define OPTS_EVENTS                                                                           \
	{                                                                                     \
		'e', "events", "LIST", OPT_EVENTS, ARG(event_list),                           \
			"events and systems, comma-separated: s2,at.op (see 'nestscope help " \
			"events')"                                                            \
	}
#define OPTS_INPUT                                                  \
	{                                                           \
		'i', "input", "FILE", OPT_STRING, ARG(input),       \
			"recording to read (default nestscope.nsr)" \
	}
#define OPTS_EXPR                                                                    \
	{                                                                            \
		0, "filter", "EXPR", OPT_STRING, ARG(filter),                        \
			"only events for which EXPR is true: 's2.fault && dur > 10us && " \
			"cause == evict' (see FILTERS in the man page)"              \
	}
#define OPTS_GROUP                                                              \
	{                                                                       \
		0, "group", "LIST", OPT_STRING, ARG(group),                     \
			"count by these properties: cause, vttbr, l2_ipa/2M, ..." \
	}
#define OPTS_HTML(of)                                                                    \
	{                                                                                \
		0, "html", "FILE", OPT_STRING, ARG(html),                                \
			"write " of " to FILE: one file, for any browser ('-': to output)" \
	}
#define OPTS_DURATION                                                        \
	{                                                                    \
		'd', "duration", "SECONDS", OPT_SECONDS, ARG(duration_ms),   \
			"stop after SECONDS; CMD is then ended with SIGTERM" \
	}
#define OPTS_END                                 \
	{                                        \
		0, NULL, NULL, OPT_FLAG, 0, NULL \
	}

#define DEFAULT_FILE "nestscope.nsr"

struct command {
	const char *name;
	const char *usage; /* what follows "nestscope NAME" */
	const char *help; /* one line */
	const char *text; /* a paragraph, lines ended by \n */
	const char *examples; /* NULL, or lines: what for, and four blanks in, what is typed */
	const struct opt *opts;
	bool takes_cmd; /* "-- CMD": else left-over words are an error, unless */
	bool takes_files; /* they are files, which options may follow; with both: before "--" */
	int (*run)(struct args *a); /* returns the exit code */
};

extern const struct command cmd_top, cmd_stat, cmd_record, cmd_report, cmd_script, cmd_check, cmd_doctor;
extern const struct command cmd_diff, cmd_gate, cmd_export, cmd_serve;
extern const struct command *const commands[]; /* NULL-terminated */

/*
 * Parse argv[1..] of command c.  Returns 0, -1 when help was asked for and
 * printed, or an exit code after printing what is wrong.
 */
int opts_parse(const struct command *c, int argc, char **argv, struct args *a);
/*
 * The expression of --filter; NULL when there is none.  Returns 0, or an exit
 * code after a message.  Free it with ns_expr_free.
 */
int filter_parse(const struct args *a, struct ns_expr **out);
/* Print the help of a command, or of the catalogue. */
void help_command(const struct command *c);
void help_events(void);
/* "-l, --long ARG" as help and man pages have it. */
void option_words(const struct opt *o, char *buf, size_t size);
/* What filters and groups call the first or second split (enum ns_where) of an event; in buf. */
struct ns_event_info;
const char *split_name(const struct ns_event_info *ev, int where, char *buf, size_t size);
/* The generated part of nestscope(1), and the whole page of a command. */
void man_main(void);
void man_command(const struct command *c);
/*
 * Print what could stand for the last of words, which follow "nestscope": see
 * complete.c.
 */
void complete(char **words);

/* Say "nestscope COMMAND: message" on stderr; returns code. */
__attribute__((format(printf, 2, 3))) int fail(int code, const char *fmt, ...);
/* The same for an error of the library; returns err->code. */
int fail_with(const struct ns_error *err);
/* The command fail() names; set by main. */
extern const char *running_command;

/*
 * The word of list (n words) that word was probably meant to be, or NULL if
 * none is near.
 */
const char *nearest(const char *word, const char *const *list, unsigned int n);

#endif
