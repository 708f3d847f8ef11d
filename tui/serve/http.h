/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * http.h: the server.  It has no thread: whoever owns it waits for its descriptor
 * and lets it run.  http.c is it, through libmicrohttpd; none.c stands in where
 * nestscope was built without that library.
 */
#ifndef NESTSCOPE_HTTP_H
#define NESTSCOPE_HTTP_H

#include "feed.h"
#include "listen.h"

struct http;

/* Can this nestscope serve? */
extern const bool http_built_in;

/*
 * Answer on e, whose socket belongs to the server from here on, what feed tells; numbers
 * are at most max_age_ns old.  0 or a negative errno.
 */
int http_open(struct http **out, struct endpoint *e, struct feed *feed, uint64_t max_age_ns,
	      struct ns_error *err);
/* Readable when there is something to do. */
int http_fd(const struct http *h);
/* When it wants to run at the latest, CLOCK_MONOTONIC in ns. */
uint64_t http_due_ns(const struct http *h);
/* Do what can be done without waiting. */
void http_run(struct http *h);
void http_close(struct http *h);

/* The page that tells people what is here; malloc'ed, NULL without memory. */
char *page_html(const struct feed *feed, size_t *size);

#endif
