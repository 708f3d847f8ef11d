// SPDX-License-Identifier: GPL-2.0-or-later
/* none.c: nestscope without libmicrohttpd cannot serve, and says so. */
#include <errno.h>

#include "http.h"

const bool http_built_in = false;

int http_open(struct http **out, struct endpoint *e, struct feed *feed, uint64_t max_age_ns,
	      struct ns_error *err)
{
	(void)out;
	(void)e;
	(void)feed;
	(void)max_age_ns;
	return ns_error(err, -ENOSYS, NS_EXIT_SYSTEM,
			"this nestscope was built without libmicrohttpd: install "
			"libmicrohttpd-dev and build it again, or take the package");
}

int http_fd(const struct http *h)
{
	(void)h;
	return -1;
}

uint64_t http_due_ns(const struct http *h)
{
	(void)h;
	return UINT64_MAX;
}

void http_run(struct http *h)
{
	(void)h;
}

void http_close(struct http *h)
{
	(void)h;
}
