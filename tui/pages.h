/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pages.h: report and diff as pages of HTML: what is read for them, and where they go. */
#ifndef NESTSCOPE_PAGES_H
#define NESTSCOPE_PAGES_H

#include <stdio.h>

#include "cmd.h"
#include "html/html_out.h"

#define PAGE_CONTEXT 4 /* events around each of the slowest, when --context is not given */

/* `report --html`: read the recording and write its page.  0, or an exit code after a message. */
int report_page(const struct args *a);

/*
 * `diff --html`: d has the changes and each side's word and runs; what the charts are of is
 * found here: the side's recording, or the first of several.  Returns as report_page.
 */
int diff_page(const struct args *a, struct html_diff *d, const struct ns_expr *filter);

/*
 * Before the work is done: may path be replaced by a page?  Not when it is a recording,
 * which it is when somebody took --html for the option that names one.  Returns as report_page.
 */
int page_check(const char *path);

/*
 * Write a page into path ("-": standard output), whole or not at all: put writes it and
 * returns 0 or -ENOMEM.  Returns as report_page.
 */
int page_write(const char *path, int (*put)(FILE *f, const void *arg), const void *arg);

/* Are --slowest and --context within bounds?  0, or an exit code after a message. */
int slowest_check(const struct args *a);

#endif
