// SPDX-License-Identifier: GPL-2.0-or-later
/* report_page.c: the recording of `report --html`: see pages.h. */
#include "pages.h"
#include "recording.h"

struct report_of {
	const struct args *a;
	const char *file;
	struct view v;
	struct ns_page page;
};

static int put(FILE *f, const void *arg)
{
	const struct report_of *r = arg;

	return html_report(f, &r->v, &r->page, r->file, r->a->filter);
}

static int load_and_write(struct report_of *r, const struct ns_expr *filter)
{
	const struct args *a = r->a;
	struct ns_page_opts o = { .filter = filter, .events = a->events };
	struct ns_error err = { 0 };
	int rc;

	rc = view_init(&r->v, "report", a, &r->page.m);
	if (rc)
		return rc;
	o.slowest = a->slowest ? (unsigned int)a->slowest : r->v.top;
	o.context = a->context ? (unsigned int)a->context : PAGE_CONTEXT;
	if (ns_page_load(&r->page, r->file, &o, &err))
		return fail_with(&err);
	if (filter)
		r->v.events &= ns_expr_events(filter);
	if (r->page.warning)
		fail(0, "warning: %s", r->page.warning);
	return page_write(a->html, put, r);
}

int report_page(const struct args *a)
{
	static struct report_of r;
	struct ns_expr *filter = NULL;
	int rc;

	if (a->json || a->csv || a->output || a->group || a->by || a->fields || a->sort)
		return fail(NS_EXIT_USAGE,
			    "--html writes a page of its own; leave out --json, --csv, -o, "
			    "--group, --by, -F and --sort");
	rc = page_check(a->html);
	if (!rc)
		rc = slowest_check(a);
	if (!rc)
		rc = filter_parse(a, &filter);
	if (rc)
		return rc;
	r.a = a;
	r.file = a->input ? a->input : DEFAULT_FILE;
	rc = load_and_write(&r, filter);
	ns_page_free(&r.page);
	ns_expr_free(filter);
	return rc;
}
