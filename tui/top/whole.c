// SPDX-License-Identifier: GPL-2.0-or-later
/* whole.c: see whole.h. */
#include "whole.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "run.h"

#define DRAIN_MAX 200000 /* events at once: the screen has to be drawn, too */

#define ASK_NS 500000000

struct whole {
	struct ns_session *session, *counts;
	struct ns_model here, there; /* names: of this session, of counts */
	uint16_t vm[NS_MAX_VMS], ctx[NS_MAX_CTXS]; /* id there by id here; 0: not known */
	bool asked; /* for names, since the last drain */
	uint64_t asked_ns; /* when names, and losses, were asked for last */
	struct ns_detail *detail;
	unsigned int drained;
};

int whole_open(struct whole **out, const struct args *a, struct ns_session *counts,
	       struct ns_error *err)
{
	struct ns_session_opts o = session_opts(a, NS_MODE_RECORD);
	struct whole *w = calloc(1, sizeof(*w));
	int rc;

	*out = NULL;
	if (!w)
		return ns_error(err, -ENOMEM, NS_EXIT_FAIL, "no memory");
	ns_model_init(&w->here);
	ns_model_init(&w->there);
	w->counts = counts;
	rc = ns_session_open(&w->session, &o, err);
	if (rc) {
		free(w);
		return rc;
	}
	ns_session_start(w->session);
	*out = w;
	return 0;
}

/* ---- ids of one session are not those of the other ---- */

static uint16_t find_vm(const struct ns_model *m, const struct ns_vm_key *key)
{
	uint16_t same_process = 0;

	for (unsigned int i = 0; i < m->nr_vms; i++) {
		const struct ns_vm_key *k = &m->vms[i].key;

		if (k->pid != key->pid || k->start_ns != key->start_ns)
			continue;
		if (k->kvm == key->kvm)
			return m->vms[i].id;
		same_process = m->vms[i].id;
	}
	return same_process;
}

static uint16_t find_ctx(const struct ns_model *m, const struct ns_model_ctx *c, uint16_t vm)
{
	for (unsigned int i = 0; i < m->nr_ctxs; i++) {
		const struct ns_model_ctx *o = &m->ctxs[i];

		if (o->vm == vm && o->vttbr == c->vttbr && o->vtcr == c->vtcr &&
		    o->s2_on == c->s2_on)
			return o->id;
	}
	return 0;
}

static void learn_names(struct whole *w)
{
	struct ns_error err = { 0 };

	w->asked = true;
	w->asked_ns = ns_now();
	if (ns_session_read_meta(w->session, &w->here, &err) ||
	    ns_session_read_meta(w->counts, &w->there, &err))
		return; /* no memory: the events stay without a name */
	for (unsigned int i = 0; i < w->here.nr_vms; i++)
		w->vm[w->here.vms[i].id] = find_vm(&w->there, &w->here.vms[i].key);
	for (unsigned int i = 0; i < w->here.nr_ctxs; i++) {
		const struct ns_model_ctx *c = &w->here.ctxs[i];

		w->ctx[c->id] = find_ctx(&w->there, c, w->vm[c->vm]);
	}
}

static bool unnamed(const struct whole *w, const struct ns_event *ev)
{
	return (ev->vm && ev->vm < NS_MAX_VMS && !w->vm[ev->vm]) ||
	       (ev->ctx && ev->ctx < NS_MAX_CTXS && !w->ctx[ev->ctx]);
}

static int on_event(void *arg, const struct ns_event *ev)
{
	struct whole *w = arg;
	struct ns_event e = *ev;
	int rc;

	if (unnamed(w, ev) && !w->asked)
		learn_names(w);
	e.vm = ev->vm < NS_MAX_VMS ? w->vm[ev->vm] : 0;
	e.ctx = ev->ctx < NS_MAX_CTXS ? w->ctx[ev->ctx] : 0;
	rc = ns_detail_add(w->detail, &e);
	if (rc)
		return rc;
	return ++w->drained < DRAIN_MAX ? 0 : -EAGAIN;
}

int whole_drain(struct whole *w, struct ns_detail *d)
{
	int rc;

	w->asked = false;
	w->drained = 0;
	w->detail = d;
	rc = ns_session_poll(w->session, on_event, w, 0);
	if (ns_now() - w->asked_ns > ASK_NS) /* losses are to be seen soon */
		learn_names(w);
	return rc < 0 && rc != -EAGAIN && rc != -EINTR ? rc : 0;
}

uint64_t whole_lost(const struct whole *w)
{
	struct ns_ledger_row l = ns_model_ledger(&w->here);

	return ns_ledger_lost(&l);
}

void whole_close(struct whole *w)
{
	if (!w)
		return;
	ns_session_close(w->session);
	ns_model_free(&w->here);
	ns_model_free(&w->there);
	free(w);
}
