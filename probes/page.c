// SPDX-License-Identifier: GPL-2.0-or-later
/* page.c: see page.h. */
#include "page.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct collect {
	struct ns_page *p;
	uint64_t events;
	bool begun;
};

static int begin(struct collect *c, const struct ns_model *meta)
{
	c->begun = true;
	return ns_course_init(&c->p->course, meta->start_ns);
}

static int see(void *arg, const struct ns_event *ev, uint64_t id, bool chosen,
	       const struct ns_model *meta)
{
	struct collect *c = arg;
	struct ns_page *p = c->p;
	int rc = c->begun ? 0 : begin(c, meta);

	if (!rc && p->slowest.max)
		rc = ns_slowest_add(&p->slowest, ev, id, chosen && c->events >> ev->event & 1);
	if (rc || !chosen)
		return rc;
	if (ev->ts > p->last_ns)
		p->last_ns = ev->ts;
	if (ev->vm < NS_MAX_VMS && ev->ts > p->vm_last_ns[ev->vm])
		p->vm_last_ns[ev->vm] = ev->ts;
	ns_course_add(&p->course, ev);
	rc = ns_detail_add(&p->detail, ev);
	if (!rc)
		rc = ns_mapped_add(&p->mapped, ev);
	ns_tenures_add(&p->tenures, &p->detail.pool, ev);
	return rc;
}

/* A recording without events has a course, too. */
static int finish(struct collect *c)
{
	struct ns_page *p = c->p;

	ns_model_sort(&p->m);
	ns_slowest_sort(&p->slowest);
	ns_tenures_finish(&p->tenures);
	if (p->m.end_ns > p->last_ns)
		p->last_ns = p->m.end_ns;
	return c->begun ? 0 : begin(c, &p->m);
}

int ns_page_load(struct ns_page *p, const char *path, const struct ns_page_opts *opts,
		 struct ns_error *err)
{
	struct collect c = { .p = p, .events = opts->events };
	struct ns_load load = { .filter = opts->filter, .see = see, .arg = &c };
	int rc;

	memset(p, 0, sizeof(*p));
	ns_model_init(&p->m);
	if (ns_detail_init(&p->detail) || ns_tenures_init(&p->tenures) ||
	    ns_slowest_init(&p->slowest, opts->slowest, opts->context))
		return ns_error(err, -ENOMEM, NS_EXIT_FAIL, "%s: out of memory", path);
	rc = ns_recording_load_some(path, &p->m, &load, &p->warning, err);
	if (rc)
		return rc;
	memcpy(p->cmdline, load.cmdline, sizeof(p->cmdline));
	if (finish(&c))
		return ns_error(err, -ENOMEM, NS_EXIT_FAIL, "%s: out of memory", path);
	return 0;
}

void ns_page_free(struct ns_page *p)
{
	ns_model_free(&p->m);
	ns_detail_free(&p->detail);
	ns_course_free(&p->course);
	ns_tenures_free(&p->tenures);
	ns_mapped_free(&p->mapped);
	ns_slowest_free(&p->slowest);
	free(p->warning);
	memset(p, 0, sizeof(*p));
}
