/* SPDX-License-Identifier: GPL-2.0-or-later */
/* html_out.h: pages of HTML, for the commands that write them. */
#ifndef NESTSCOPE_HTML_OUT_H
#define NESTSCOPE_HTML_OUT_H

#include "compare.h"
#include "page.h"
#include "view.h"

/* The page about p, which was read from file; v->m is &p->m.  0 or -ENOMEM. */
int html_report(FILE *f, const struct view *v, const struct ns_page *p, const char *file,
		const char *filter);

/* One side of a comparison. */
struct html_side {
	const char *word; /* as it was given */
	const char *runs; /* "10 runs, Linux 7.3.4 aarch64" */
	const char *note; /* what the charts are of, or NULL */
	const char *file; /* that they are of */
	const struct ns_page *page; /* NULL: there is no recording */
	const struct view *v; /* of the page */
};

struct html_diff {
	struct html_side a, b;
	const struct ns_change *change; /* shown of them, in this order */
	unsigned int shown, nr, sure; /* compared, and changed for sure */
	bool exact, one_run;
	double confidence;
	const char *filter; /* or NULL */
};

/* The page of a comparison.  0 or -ENOMEM. */
int html_diff(FILE *f, const struct html_diff *d);

#endif
