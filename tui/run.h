/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * run.h: what stat, record and top share about time and processes: signals
 * that end collection, the command that is observed, the session's options.
 */
#ifndef NESTSCOPE_RUN_H
#define NESTSCOPE_RUN_H

#include "cmd.h"
#include "host.h"
#include "session.h"

/* Let SIGINT, SIGTERM and SIGHUP end collection instead of the program. */
void stop_on_signals(void);
/* The signal that ended collection, or 0. */
int stopped_by(void);
/* Sleep until the monotonic time until_ns, a signal, or the end of a child. */
void stop_wait(uint64_t until_ns);
struct pollfd;
/* As poll() of fd for up to ns, which those end too, also when they came before: 0 or -1. */
int stop_poll(struct pollfd *fd, uint64_t ns);
/* stop_wait(), or until there is something to read from fd. */
void stop_wait_fd(int fd, uint64_t until_ns);

/* CMD: forked, waiting for the start of collection. */
struct child {
	pid_t pid; /* 0: no CMD */
	int go; /* closing it unwritten makes the child give up */
	int failed; /* exec's errno arrives here */
	bool ended;
	bool timed_out; /* we ended it, at the end of the duration */
	int status; /* as wait() gives it */
};

/* argv may be empty: then there is no child.  Returns 0 or an exit code. */
int child_prepare(struct child *c, char **argv);
/* Let it run CMD.  Returns 0, or an exit code when CMD cannot be run. */
int child_start(struct child *c, char **argv);
/* Has it ended?  False when there is none. */
bool child_ended(struct child *c);
/* End it if it still runs, wait, and return its exit code (0 without CMD). */
int child_finish(struct child *c);

/* When to stop, from args: the duration, the end of CMD, of -p, a signal. */
struct run {
	struct child child;
	uint64_t end_ns; /* 0: no limit */
	bool kvm_gone; /* its module was unloaded: said once */
	pid_t pid;
};

/* Check -p and prepare CMD.  Returns 0 or an exit code after a message. */
int run_prepare(struct run *r, const struct args *a);
int run_start(struct run *r, const struct args *a);
bool run_over(struct run *r);
int run_finish(struct run *r);

/* Session options of the command line. */
struct ns_session_opts session_opts(const struct args *a, unsigned int mode);

/* With --wait: sleep until there is KVM, or a signal ends it; says so on stderr. */
void kvm_wait(const struct args *a);

/* Can path be created?  Returns 0, or an exit code after a message. */
int output_check(const char *path);

#endif
