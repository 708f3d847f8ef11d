// SPDX-License-Identifier: GPL-2.0-or-later
/* fail.c: the one way a command says what went wrong. */
#include <stdarg.h>
#include <stdio.h>

#include "cmd.h"

const char *running_command = "";

int fail(int code, const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr, "nestscope%s%s: ", *running_command ? " " : "", running_command);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	return code;
}

int fail_with(const struct ns_error *err)
{
	return fail(err->code ? err->code : NS_EXIT_FAIL, "%s",
		    *err->msg ? err->msg : "failed without saying why; please report this");
}
