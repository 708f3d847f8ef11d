/* SPDX-License-Identifier: GPL-2.0-or-later */
/* diff_page.h: a comparison as a page of HTML, with charts of both sides. */
#ifndef NESTSCOPE_DIFF_PAGE_H
#define NESTSCOPE_DIFF_PAGE_H

#include "cmd.h"
#include "html/html_out.h"

/*
 * Write the page to a->html.  d has the changes and each side's word and runs; what the
 * charts are of is found here: the side's recording, or the first of several.
 * 0, or an exit code after a message.
 */
int diff_page(const struct args *a, struct html_diff *d, const struct ns_expr *filter);

#endif
