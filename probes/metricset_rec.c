// SPDX-License-Identifier: GPL-2.0-or-later
/* metricset_rec.c: the numbers of a recording as a run of a set. */
#include "metricset_priv.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "catalogue.h"
#include "group.h"
#include "recording.h"

struct flat {
	struct ns_workload *w;
	unsigned int run;
	const struct ns_model *m;
	const char *vm; /* NULL: the only one */
	struct vm_names names; /* of m's VMs, when they are needed */
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

/* ---- groups ---- */

/* What a group's value of a key is called in every run: VMs have no process id. */
static const char *key_text(const struct flat *f, const struct ns_groups *g,
			    const struct ns_group *group, unsigned int key, char *buf, size_t size)
{
	if (g->key[key].prop.column == NS_PROP_VM)
		for (unsigned int i = 0; i < f->names.nr; i++)
			if (f->m->vms[i].id == group->value[key])
				return f->names.name[i];
	return ns_group_text(g, group, key, f->m, buf, size);
}

/* "s2.fault.vttbr=0x1000040000000,cause=cold" */
static int group_name(const struct flat *f, const struct ns_groups *g, const struct ns_group *group,
		      char *buf, size_t size)
{
	size_t len = (size_t)snprintf(buf, size, "%s", ns_events[group->event].key);
	char text[128];

	for (unsigned int k = 0; k < g->nr_keys && len < size; k++)
		len += (size_t)snprintf(buf + len, size - len, "%c%s=%s", k ? ',' : '.',
					g->key[k].prop.name,
					key_text(f, g, group, k, text, sizeof(text)));
	return len < size ? 0 : -ENAMETOOLONG;
}

static int put_group(struct flat *f, const struct ns_groups *g, const struct ns_group *group)
{
	const struct ns_hist *h = &group->h;
	struct cell_times t;
	char name[128];
	int rc = group_name(f, g, group, name, sizeof(name));

	if (!rc)
		rc = ns_put_count(f->w, f->run, NULL, name, h->count);
	if (!rc && ns_events[group->event].timed) {
		t = (struct cell_times){ h->ns, ns_hist_quantile(h, 0.50),
					 ns_hist_quantile(h, 0.90), ns_hist_quantile(h, 0.99) };
		rc = ns_put_times(f->w, f->run, NULL, name, h->count, &t);
	}
	return rc;
}

static int put_groups(struct flat *f, const struct ns_groups *g, const char *path,
		      struct ns_error *err)
{
	int rc = 0;

	if (g->dropped)
		return ns_error(err, -EINVAL, NS_EXIT_USAGE,
				"%s: more than %d groups: --filter, or group by wider ranges", path,
				NS_GROUP_MAX);
	for (unsigned int i = 0; !rc && i < f->m->nr_vms; i++)
		rc = ns_vm_names_add(&f->names, f->m->vms[i].name, f->m->vms[i].key.pid);
	for (unsigned int i = 0; !rc && i < g->nr; i++)
		rc = put_group(f, g, &g->group[i]);
	ns_vm_names_free(&f->names);
	if (rc == -ENAMETOOLONG)
		return ns_error(err, rc, NS_EXIT_USAGE,
				"%s: the name of a group is too long; group by less", path);
	return rc ? ns_metricset_nomem(err) : 0;
}

static int see(void *arg, const struct ns_event *ev, uint64_t id, bool chosen,
	       const struct ns_model *meta)
{
	return chosen ? ns_groups_add(arg, ev, meta) : 0;
}

/* ---- all of it ---- */

static void run_facts(struct run *r, const struct ns_model *m, const struct ns_load *l)
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
		/* what both sides leave out is no difference between them */
		r->ledger[i].seen -= l->left_out[i];
		r->ledger[i].filtered -= l->left_out[i];
	}
	if (l->filter)
		r->events &= ns_expr_events(l->filter);
}

/* A run from a model; l: how it was loaded; g: its events in groups, or NULL. */
static int add_model(struct ns_metricset *set, const char *workload, const struct run *from,
		     const struct ns_model *m, const struct ns_load *l, struct ns_groups *g,
		     struct ns_error *err)
{
	struct run r = *from;
	struct flat f = { .m = m };
	int rc;

	run_facts(&r, m, l);
	rc = ns_run_begin(set, workload, &r, &f.w, &f.run, err);
	if (!rc && g)
		rc = put_groups(&f, g, r.path, err);
	else if (!rc && put_vms(&f))
		rc = ns_metricset_nomem(err);
	return rc;
}

static int add_recording(struct ns_metricset *set, const char *workload, const char *path,
			 struct ns_model *m, struct ns_groups *g, struct ns_error *err)
{
	struct ns_load l = { .filter = set->filter, .see = g ? see : NULL, .arg = g };
	char *warning = NULL;
	int rc = ns_recording_load_some(path, m, &l, &warning, err);

	if (!rc) {
		ns_model_sort(m);
		rc = add_model(set, workload, &(struct run){ .path = path, .warning = warning }, m,
			       &l, g, err);
	}
	free(warning);
	return rc;
}

int ns_metricset_add_recording(struct ns_metricset *set, const char *workload, const char *path,
			       struct ns_error *err)
{
	struct ns_groups g = { 0 };
	struct ns_model m;
	int rc = set->group ? ns_groups_init(&g, set->group, err) : 0;

	ns_model_init(&m);
	if (!rc)
		rc = add_recording(set, workload, path, &m, set->group ? &g : NULL, err);
	ns_model_free(&m);
	ns_groups_free(&g);
	return rc;
}

int ns_metricset_add_model(struct ns_metricset *set, const char *workload, const char *name,
			   const struct ns_model *m, struct ns_error *err)
{
	static const struct ns_load whole;

	return add_model(set, workload, &(struct run){ .path = name }, m, &whole, NULL, err);
}
