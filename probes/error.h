/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * error.h: how library code tells what went wrong.  Functions return a
 * negative errno and, where they take an ns_error, a message for people that
 * names the object and the remedy.  Library code never prints or exits.
 */
#ifndef NESTSCOPE_ERROR_H
#define NESTSCOPE_ERROR_H

#include <stdarg.h>

/* Exit codes of every command; the man page and README list them. */
enum ns_exit {
	NS_EXIT_OK = 0,
	NS_EXIT_FAIL = 1, /* something failed on the way: I/O, memory */
	NS_EXIT_USAGE = 2, /* bad usage, bad or unreadable data */
	NS_EXIT_INCONCLUSIVE = 3, /* gate: not enough data to decide */
	NS_EXIT_PRIVILEGE = 4, /* a capability is missing */
	NS_EXIT_SYSTEM = 5, /* the kernel or machine lacks what is needed */
};

struct ns_error {
	enum ns_exit code;
	char msg[512]; /* one or two lines, no newline at the end */
};

/* Fill err (may be NULL) and return rc, so that "return ns_error(...)" works. */
__attribute__((format(printf, 4, 5))) int ns_error(struct ns_error *err, int rc, enum ns_exit code,
						   const char *fmt, ...);

#endif
