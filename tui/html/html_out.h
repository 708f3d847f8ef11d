/* SPDX-License-Identifier: GPL-2.0-or-later */
/* html_out.h: pages of HTML, for the commands that write them. */
#ifndef NESTSCOPE_HTML_OUT_H
#define NESTSCOPE_HTML_OUT_H

#include "page.h"
#include "view.h"

/* The page about p, which was read from file; v->m is &p->m.  0 or -ENOMEM. */
int html_report(FILE *f, const struct view *v, const struct ns_page *p, const char *file,
		const char *filter);

#endif
