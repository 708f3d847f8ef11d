// SPDX-License-Identifier: GPL-2.0-or-later
/* error.c: see error.h. */
#include "error.h"

#include <stdio.h>

int ns_error(struct ns_error *err, int rc, enum ns_exit code, const char *fmt, ...)
{
	va_list ap;

	if (err) {
		err->code = code;
		va_start(ap, fmt);
		vsnprintf(err->msg, sizeof(err->msg), fmt, ap);
		va_end(ap);
	}
	return rc;
}
