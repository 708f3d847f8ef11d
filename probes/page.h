/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * page.h: all that a page about a recording shows, collected in one pass
 * through it and in bounded memory (some 20 MB), however long it is.
 */
#ifndef NESTSCOPE_PAGE_H
#define NESTSCOPE_PAGE_H

#include "bill.h"
#include "course.h"
#include "recording.h"
#include "slowest.h"
#include "tenure.h"

struct ns_page {
	struct ns_model m; /* counts, sorted; ledger, host, VMs, marks */
	struct ns_detail detail;
	struct ns_course course;
	struct ns_tenures tenures;
	struct ns_mapped mapped;
	struct ns_slowest slowest;
	uint64_t vm_last_ns[NS_MAX_VMS]; /* the last event of each VM; 0: none */
	uint64_t last_ns; /* the end of the observation, or of the last event */
	char *warning; /* about the file, or NULL */
	char cmdline[512]; /* how it was made, or "" */
};

struct ns_page_opts {
	const struct ns_expr *filter; /* NULL: all events */
	uint64_t events; /* mask by event id: those that can be among the slowest */
	unsigned int slowest, context; /* as ns_slowest_init */
};

/* Read path.  0, or negative with err filled.  Free it in any case. */
int ns_page_load(struct ns_page *p, const char *path, const struct ns_page_opts *opts,
		 struct ns_error *err);
void ns_page_free(struct ns_page *p);

#endif
