// SPDX-License-Identifier: GPL-2.0-or-later
/* metricset_rec.c: the numbers of a recording as a run of a set. */
#include "metricset_priv.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "catalogue.h"
#include "recording.h"

struct flat {
	struct ns_workload *w;
	unsigned int run;
	const struct ns_model *m;
	const char *vm; /* NULL: the only one */
};

/* Count, and times, of what q selects, called prefix. */
static int put_cell(struct flat *f, struct ns_query q, const char *prefix)
{
	struct cell_times t;
	struct ns_hist h;
	int rc = ns_model_sum(f->m, q, &h);

	if (!rc)
		rc = ns_put_count(f->w, f->run, f->vm, prefix, h.count);
	if (!rc && ns_events[q.event].timed) {
		t = (struct cell_times){ h.ns, ns_hist_quantile(&h, 0.50),
					 ns_hist_quantile(&h, 0.90), ns_hist_quantile(&h, 0.99) };
		rc = ns_put_times(f->w, f->run, f->vm, prefix, h.count, &t);
	}
	ns_hist_free(&h);
	return rc;
}

static int put_subs(struct flat *f, struct ns_query q, const char *prefix)
{
	enum ns_dim sub = ns_events[q.event].sub;
	char name[128];
	uint64_t n;
	int rc = 0;

	for (unsigned int i = 0; sub != NS_D_NONE && !rc && i < ns_dims[sub].nr; i++) {
		q.sub = (int)i;
		n = ns_model_count(f->m, q);
		snprintf(name, sizeof(name), "%s.%s", prefix, ns_value_key(sub, i));
		if (n)
			rc = ns_put_count(f->w, f->run, f->vm, name, n);
	}
	return rc;
}

static int put_event(struct flat *f, struct ns_query q)
{
	const struct ns_event_info *ev = &ns_events[q.event];
	char name[96];
	int rc = put_cell(f, q, ev->key);

	for (unsigned int i = 0; ev->dim != NS_D_NONE && !rc && i < ns_dims[ev->dim].nr; i++) {
		q.dim = (int)i;
		if (!ns_model_count(f->m, q))
			continue;
		snprintf(name, sizeof(name), "%s.%s", ev->key, ns_value_key(ev->dim, i));
		rc = put_cell(f, q, name);
		if (!rc)
			rc = put_subs(f, q, name);
	}
	return rc;
}

static int put_vm(struct flat *f, int vm)
{
	struct ns_query q = { vm, NS_ANY, NS_ANY, 0, NS_ANY, NS_ANY };
	int rc = 0;

	for (q.event = 0; !rc && q.event < NS_NR_EVENTS; q.event++)
		if (f->w->events[f->run] >> q.event & 1)
			rc = put_event(f, q);
	return rc;
}

/* Each VM, and what no VM could be named for (id 0) if there is any. */
static int put_vms(struct flat *f)
{
	struct ns_query none = { 0, NS_ANY, NS_ANY, NS_ANY, NS_ANY, NS_ANY };
	unsigned int extra = ns_model_count(f->m, none) ? 1 : 0, nr = f->m->nr_vms + extra;
	const struct ns_model_vm *vm;
	struct vm_names names = { 0 };
	int rc = 0;

	for (unsigned int i = 0; !rc && i < nr; i++) {
		vm = i < f->m->nr_vms ? &f->m->vms[i] : NULL;
		rc = ns_vm_names_add(&names, vm ? vm->name : "none", vm ? vm->key.pid : 0);
		f->vm = nr > 1 ? names.name[i] : NULL;
		if (!rc)
			rc = put_vm(f, vm ? vm->id : 0);
	}
	f->vm = NULL;
	/* without any VM all counts are 0: ask for one that is not there */
	if (!rc && !nr)
		rc = put_vm(f, NS_MAX_VMS);
	ns_vm_names_free(&names);
	return rc;
}

static void run_facts(struct run *r, const struct ns_model *m)
{
	r->exact = m->host.icount;
	memcpy(r->origin.release, m->host.release, sizeof(r->origin.release));
	memcpy(r->origin.machine, m->host.machine, sizeof(r->origin.machine));
	memcpy(r->nodename, m->host.nodename, sizeof(r->nodename));
	r->start_realtime_ns = m->host.start_realtime_ns;
	r->duration_ns = m->end_ns > m->start_ns ? m->end_ns - m->start_ns : 0;
	memcpy(r->ledger, m->ledger, sizeof(r->ledger));
	for (unsigned int i = 0; i < NS_NR_EVENTS; i++) {
		if (m->provider[i].state == NS_STATE_OFF)
			continue;
		r->events |= 1ULL << i;
		memcpy(r->origin.by[i], m->provider[i].by, sizeof(r->origin.by[i]));
	}
}

int ns_metricset_add_recording(struct ns_metricset *set, const char *workload, const char *path,
			       struct ns_error *err)
{
	struct run r = { .path = path };
	struct flat f = { 0 };
	struct ns_model m;
	char *warning = NULL;
	int rc;

	ns_model_init(&m);
	rc = ns_recording_load(path, &m, &warning, err);
	if (!rc) {
		ns_model_sort(&m);
		run_facts(&r, &m);
		r.warning = warning;
		f.m = &m;
		rc = ns_run_begin(set, workload, &r, &f.w, &f.run, err);
	}
	if (!rc && put_vms(&f))
		rc = ns_metricset_nomem(err);
	free(warning);
	ns_model_free(&m);
	return rc;
}
