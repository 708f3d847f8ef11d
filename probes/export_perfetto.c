// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * export_perfetto.c: a recording as Perfetto track events: per VM a process, per
 * vCPU a track with the events that take no time, and below it one track each
 * for the time of L2, L1 and L0; counters; and a flow from each TLBI through the
 * refaults it caused.  export_perfetto_out.c packs the messages.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "export_perfetto.h"
#include "export_priv.h"
#include "pool.h"
#include "spans.h"

#define BINS 500 /* of the recording, for rates */
#define BIN_MIN_NS 1000ULL
#define BIN_MAX_NS 1000000000ULL

/* Ranks among siblings: counters, then vCPUs, then what is of no vCPU. */
#define RANK_CONTEXTS 0
#define RANK_CAUSE 1
#define RANK_VCPU 100
#define RANK_CPU 100000

struct rate {
	uint32_t events; /* in this bin */
	bool shown; /* the last value given is not 0 */
};

struct perfetto {
	struct ns_perfetto_out *out;
	struct ns_spans *spans;
	struct ns_pool pool;
	uint64_t bin_ns, bin; /* width and start of the bin */
	struct rate rate[NS_MAX_VMS][NS_NR_CAUSE];
	uint64_t lost; /* as given last */
};

/* ---- tracks ---- */

static int vm_track(struct ns_export *x, unsigned int vm)
{
	const struct ns_model_vm *m = ns_model_vm(x->meta, vm);
	struct perfetto *p = x->priv;
	struct ns_track t = { .uuid = NS_TRACK(vm, 0, NS_TRACK_VM), .children_ranked = true };
	char buf[24];

	if (ns_perfetto_known(p->out, t.uuid))
		return 0;
	t.name = ns_export_vm(x, vm, buf, sizeof(buf));
	t.pid = m ? m->key.pid : 0;
	return ns_perfetto_track(p->out, &t);
}

static int vcpu_track(struct ns_export *x, const struct ns_event *ev)
{
	struct perfetto *p = x->priv;
	struct ns_track t = { .uuid = NS_TRACK(ev->vm, ev->vcpu, NS_TRACK_VCPU),
			      .parent = NS_TRACK(ev->vm, 0, NS_TRACK_VM),
			      .rank = RANK_VCPU + ev->vcpu,
			      .children_ranked = true };
	char name[24] = "no vCPU";
	int rc;

	if (ns_perfetto_known(p->out, t.uuid))
		return 0;
	rc = vm_track(x, ev->vm);
	if (rc)
		return rc;
	if (ev->vcpu != NS_NO_VCPU)
		snprintf(name, sizeof(name), "vCPU %u", ev->vcpu);
	t.name = name;
	return ns_perfetto_track(p->out, &t);
}

/* Where the slices of L0, L1 or L2 go. */
static int level_track(struct ns_export *x, const struct ns_event *ev, enum ns_track_kind kind,
		       uint64_t *uuid)
{
	struct perfetto *p = x->priv;
	struct ns_track t = { .parent = NS_TRACK(ev->vm, ev->vcpu, NS_TRACK_VCPU),
			      .rank = kind == NS_TRACK_L2 ? 0 : kind == NS_TRACK_L1 ? 1 : 2 };
	char name[48];
	int rc;

	/* what is of no vCPU may happen on several CPUs at once */
	if (ev->vcpu == NS_NO_VCPU)
		t.uuid = NS_TRACK(ev->vm, ev->cpu, NS_TRACK_CPU);
	else
		t.uuid = NS_TRACK(ev->vm, ev->vcpu, kind);
	*uuid = t.uuid;
	if (ns_perfetto_known(p->out, t.uuid))
		return 0;
	rc = vcpu_track(x, ev);
	if (rc)
		return rc;
	if (ev->vcpu == NS_NO_VCPU)
		snprintf(name, sizeof(name), "L0 on CPU %u", ev->cpu);
	else
		snprintf(name, sizeof(name), "vCPU %u %s", ev->vcpu,
			 kind == NS_TRACK_L2 ? "L2" : kind == NS_TRACK_L1 ? "L1" : "L0");
	if (ev->vcpu == NS_NO_VCPU)
		t.rank = RANK_CPU + ev->cpu;
	t.name = name;
	return ns_perfetto_track(p->out, &t);
}

/* ---- slices ---- */

static int on_begin(void *arg, const struct ns_span *s)
{
	struct ns_export *x = arg;
	struct perfetto *p = x->priv;
	uint64_t track;
	int rc;

	if (!ns_export_wants(x, s->ev.event))
		return 0;
	x->result->events++;
	rc = level_track(x, &s->ev, NS_TRACK_L0, &track);
	return rc ? rc : ns_perfetto_begin(p->out, track, s->start, &s->ev, s->flow);
}

static int on_end(void *arg, const struct ns_span *s)
{
	struct ns_export *x = arg;
	struct perfetto *p = x->priv;
	uint64_t track;
	int rc;

	if (!ns_export_wants(x, s->ev.event))
		return 0;
	rc = level_track(x, &s->ev, NS_TRACK_L0, &track);
	return rc ? rc : ns_perfetto_end(p->out, track, s->end);
}

static int on_instant(void *arg, const struct ns_event *ev)
{
	struct ns_export *x = arg;
	struct perfetto *p = x->priv;
	int rc;

	if (!ns_export_wants(x, ev->event))
		return 0;
	x->result->events++;
	rc = vcpu_track(x, ev);
	return rc ? rc :
		    ns_perfetto_instant(p->out, NS_TRACK(ev->vm, ev->vcpu, NS_TRACK_VCPU), ev->ts, ev);
}

static int on_level(void *arg, unsigned int vm, unsigned int vcpu, enum ns_level level,
		    uint64_t start, uint64_t end)
{
	const struct ns_event of = { .vm = (uint16_t)vm, .vcpu = (uint16_t)vcpu };
	struct ns_export *x = arg;
	struct perfetto *p = x->priv;
	uint64_t track;
	int rc;

	rc = level_track(x, &of, level == NS_LEVEL_L2 ? NS_TRACK_L2 : NS_TRACK_L1, &track);
	if (!rc)
		rc = ns_perfetto_begin_level(p->out, track, start, level);
	return rc ? rc : ns_perfetto_end(p->out, track, end);
}

/* ---- counters ---- */

static int rate(struct ns_export *x, unsigned int vm, unsigned int cause, uint64_t ts, double value)
{
	struct perfetto *p = x->priv;
	struct ns_track t = { .uuid = NS_TRACK(vm, cause, NS_TRACK_RATE),
			      .parent = NS_TRACK(vm, 0, NS_TRACK_VM),
			      .rank = RANK_CAUSE + (int)cause,
			      .counter = "faults/s" };
	char name[80];
	int rc = 0;

	if (!ns_perfetto_known(p->out, t.uuid)) {
		snprintf(name, sizeof(name), "faults/s %s", ns_value_key(NS_D_CAUSE, cause));
		t.name = name;
		rc = vm_track(x, vm);
		if (!rc)
			rc = ns_perfetto_track(p->out, &t);
	}
	return rc ? rc : ns_perfetto_rate(p->out, t.uuid, ts, value);
}

/* What the ledger says was lost so far. */
static int lost(struct ns_export *x, uint64_t ts)
{
	struct ns_ledger_row l = ns_model_ledger(x->now);
	struct perfetto *p = x->priv;
	const struct ns_track t = { .uuid = NS_TRACK(0, 0, NS_TRACK_LOST),
				    .name = "events lost",
				    .counter = "events" };
	bool known = ns_perfetto_known(p->out, t.uuid);
	int rc = 0;

	if (known && ns_ledger_lost(&l) == p->lost)
		return 0;
	p->lost = ns_ledger_lost(&l);
	if (!known)
		rc = ns_perfetto_track(p->out, &t);
	return rc ? rc : ns_perfetto_count(p->out, t.uuid, ts, (int64_t)p->lost);
}

/* The bin is over: its rates, at its beginning, and a 0 after the last that was not 0. */
static int end_bin(struct ns_export *x)
{
	struct perfetto *p = x->priv;
	struct rate *r;
	int rc = 0;

	for (unsigned int i = 0; !rc && i < NS_MAX_VMS * NS_NR_CAUSE; i++) {
		r = &p->rate[i / NS_NR_CAUSE][i % NS_NR_CAUSE];
		if (!r->events && !r->shown)
			continue;
		rc = rate(x, i / NS_NR_CAUSE, i % NS_NR_CAUSE, p->bin,
			  r->events / ((double)p->bin_ns / 1e9));
		r->shown = r->events != 0;
		r->events = 0;
	}
	return rc ? rc : lost(x, p->bin);
}

/* Go on to the bin of ts, by way of the next one, which may be empty. */
static int to_bin(struct ns_export *x, uint64_t ts)
{
	struct perfetto *p = x->priv;
	int rc = 0;

	for (unsigned int i = 0; !rc && i < 2 && ts >= p->bin && ts - p->bin >= p->bin_ns; i++) {
		rc = end_bin(x);
		p->bin += p->bin_ns;
	}
	if (ts >= p->bin && ts - p->bin >= p->bin_ns)
		p->bin += (ts - p->bin) / p->bin_ns * p->bin_ns;
	return rc;
}

static int contexts(struct ns_export *x, const struct ns_event *ev)
{
	struct perfetto *p = x->priv;
	struct ns_track t = { .uuid = NS_TRACK(ev->vm, 0, NS_TRACK_CONTEXTS),
			      .parent = NS_TRACK(ev->vm, 0, NS_TRACK_VM),
			      .name = "contexts in use",
			      .rank = RANK_CONTEXTS,
			      .counter = "contexts" };
	bool had = ev->ctx && ev->ctx < NS_MAX_CTXS && p->pool.ctx[ev->ctx].live;
	int rc = 0;

	ns_pool_add(&p->pool, ev);
	if (had && ev->dim == NS_CTX_HIT)
		return 0;
	if (!ns_perfetto_known(p->out, t.uuid)) {
		rc = vm_track(x, ev->vm);
		if (!rc)
			rc = ns_perfetto_track(p->out, &t);
	}
	return rc ? rc :
		    ns_perfetto_count(p->out, t.uuid, ev->ts, ns_pool_live(&p->pool, ev->vm));
}

static int count(struct ns_export *x, const struct ns_event *ev)
{
	struct perfetto *p = x->priv;
	int rc = to_bin(x, ev->ts);

	if (rc || ev->vm >= NS_MAX_VMS)
		return rc;
	if (ev->event == NS_EV_S2_FAULT && ns_export_wants(x, ev->event))
		p->rate[ev->vm][ev->dim].events++;
	if (ev->event == NS_EV_S2_CTX && ns_export_wants(x, ev->event))
		rc = contexts(x, ev);
	return rc;
}

/* ---- the format ---- */

static uint64_t bin_width(const struct ns_model *m)
{
	uint64_t ns = m->end_ns > m->start_ns ? (m->end_ns - m->start_ns) / BINS : 0;

	return ns < BIN_MIN_NS ? BIN_MIN_NS : ns > BIN_MAX_NS ? BIN_MAX_NS : ns;
}

static int begin(struct ns_export *x)
{
	static const struct ns_spans_ops ops = { on_begin, on_end, on_instant, on_level };
	struct perfetto *p = calloc(1, sizeof(*p));
	int rc;

	x->priv = p;
	if (!p)
		return -ENOMEM;
	p->bin = x->meta->start_ns;
	p->bin_ns = bin_width(x->meta);
	rc = ns_spans_open(&p->spans, &ops, x);
	return rc ? rc : ns_perfetto_open(&p->out, x->out, x->meta);
}

static int event(struct ns_export *x, uint64_t id, const struct ns_event *ev)
{
	struct perfetto *p = x->priv;
	int rc = count(x, ev);

	return rc ? rc : ns_spans_feed(p->spans, id, ev);
}

static int end(struct ns_export *x)
{
	struct perfetto *p = x->priv;
	int rc = ns_spans_finish(p->spans, x->meta->end_ns);

	if (!rc)
		rc = end_bin(x);
	p->bin += p->bin_ns;
	if (!rc)
		rc = end_bin(x); /* back to 0 */
	x->result->moved = ns_spans_moved(p->spans);
	x->result->linked = ns_spans_linked(p->spans);
	x->result->unlinked = ns_spans_unlinked(p->spans);
	return rc;
}

static void perfetto_free(struct ns_export *x)
{
	struct perfetto *p = x->priv;

	if (!p)
		return;
	ns_spans_close(p->spans);
	ns_perfetto_close(p->out);
	free(p);
}

const struct ns_exporter ns_export_perfetto = { begin, event, end, perfetto_free };
