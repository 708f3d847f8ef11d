// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * export_metrics.c: which metrics a model has, with their labels.  How they are
 * written is told by the formats' operations.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "export_metrics_priv.h"
#include "export_priv.h"

/* ---- labels ---- */

void ns_label(struct ns_labels *l, const char *name, const char *value)
{
	if (l->nr == NS_MAX_LABELS)
		return;
	l->label[l->nr].name = name;
	snprintf(l->label[l->nr].value, sizeof(l->label[0].value), "%s", value);
	l->nr++;
}

void ns_label_number(struct ns_labels *l, const char *name, uint64_t n)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRIu64, n);
	ns_label(l, name, text);
}

static void vm_labels(const struct ns_metrics_writer *w, unsigned int id, struct ns_labels *l)
{
	const struct ns_model_vm *vm = ns_model_vm(w->m, id);

	l->nr = 0;
	ns_label(l, "vm", vm ? vm->name : "");
	/* names may be alike, pids of VMs that share a VMM are */
	ns_label_number(l, "vm_id", id);
}

/* A dimension as a label's name, which lasts. */
static const char *dim_name(enum ns_dim dim)
{
	static char names[NS_NR_DIMS][24];

	return *names[dim] ? names[dim] : ns_dim_label(dim, names[dim], sizeof(names[dim]));
}

static void split_labels(const struct ns_metrics_writer *w, const struct ns_metric *k,
			 bool with_sub, struct ns_labels *l)
{
	const struct ns_event_info *ev = &ns_events[k->event];

	vm_labels(w, k->vm, l);
	if (ev->dim != NS_D_NONE)
		ns_label(l, dim_name(ev->dim), ns_value_key(ev->dim, k->dim));
	if (with_sub && ev->sub != NS_D_NONE)
		ns_label(l, dim_name(ev->sub), ns_value_key(ev->sub, k->sub));
}

void ns_exemplar_labels(const struct ns_exemplar *e, struct ns_labels *l)
{
	char ts[32];

	l->nr = 0;
	if (e->vcpu != NS_NO_VCPU)
		ns_label_number(l, "vcpu", e->vcpu);
	if (e->id)
		ns_label_number(l, "event_id", e->id);
	snprintf(ts, sizeof(ts), "%" PRIu64 ".%09u", e->ts / 1000000000,
		 (unsigned int)(e->ts % 1000000000));
	ns_label(l, "ts", ts);
}

/* ---- buckets ---- */

double ns_le_seconds(unsigned int i)
{
	/* whole ns: at most 2^e - 1 is below 2^e */
	return (double)((1ULL << (NS_LE_FIRST + i * NS_LE_STEP)) - 1) / 1e9;
}

unsigned int ns_le_of(uint64_t ns)
{
	unsigned int i = 0;

	while (i < NS_NR_LE && ns >> (NS_LE_FIRST + i * NS_LE_STEP))
		i++;
	return i;
}

void ns_le_counts(const struct ns_hist *h, uint64_t n[NS_NR_LE])
{
	uint64_t low, high, sum = 0;
	unsigned int b = h->first, end = h->first + h->nr;

	for (unsigned int i = 0; i < NS_NR_LE; i++) {
		for (; b < end; b++) {
			ns_bucket_range(b, &low, &high);
			if (ns_le_of(low) > i)
				break;
			sum += ns_hist_at(h, b);
		}
		n[i] = sum;
	}
}

/* ---- families ---- */

static void family(struct ns_metrics_writer *w, const char *name, enum ns_family_type type,
		   const char *unit, const char *help)
{
	w->family = (struct ns_family){ .name = name, .type = type, .unit = unit, .help = help };
	w->ops->family(w);
}

static void count(struct ns_metrics_writer *w, const struct ns_labels *l, uint64_t n)
{
	w->ops->number(w, l, (struct ns_number){ .n = n });
}

static bool hidden(const struct ns_metrics_writer *w, unsigned int vm)
{
	return w->o->hidden && vm < NS_MAX_VMS && w->o->hidden[vm];
}

/* ---- events ---- */

/* "nestscope_s2_fault" */
static void event_name(const struct ns_event_info *ev, const char *suffix, char *buf, size_t size)
{
	snprintf(buf, size, "nestscope_%s%s", ev->key, suffix);
	for (char *p = buf; *p; p++)
		if (*p == '.')
			*p = '_';
}

/* The first metric after i that differs in more than vCPU and context. */
static unsigned int group(const struct ns_model *m, unsigned int i, bool with_sub)
{
	const struct ns_metric *a = &m->metrics[i], *b;

	for (i++; i < m->nr_metrics; i++) {
		b = &m->metrics[i];
		if (a->vm != b->vm || a->event != b->event || a->dim != b->dim ||
		    (with_sub && a->sub != b->sub))
			break;
	}
	return i;
}

static void counters(struct ns_metrics_writer *w, const struct ns_event_info *ev)
{
	struct ns_labels l;
	char name[72];
	uint64_t n;

	event_name(ev, "", name, sizeof(name));
	family(w, name, NS_COUNTER, NULL, ev->help);
	for (unsigned int i = 0, next; i < w->m->nr_metrics; i = next) {
		next = group(w->m, i, true);
		if (w->m->metrics[i].event != ev->id || hidden(w, w->m->metrics[i].vm))
			continue;
		n = 0;
		for (unsigned int k = i; k < next; k++)
			n += w->m->metrics[k].h.count;
		split_labels(w, &w->m->metrics[i], true, &l);
		count(w, &l, n);
	}
	w->ops->end_family(w);
}

/* The times of metrics that are one but for vCPU, context and second split. */
static void time_of(struct ns_metrics_writer *w, unsigned int i, unsigned int next)
{
	const struct ns_metric *k = &w->m->metrics[i];
	struct ns_hist h = { 0 };
	struct ns_labels l;

	for (; i < next; i++)
		ns_hist_merge(&h, &w->m->metrics[i].h);
	if (h.count && !h.bucket) {
		w->rc = -ENOMEM;
	} else {
		split_labels(w, k, false, &l);
		w->ops->histogram(w, &l, &h,
				  w->o->exemplars ? ns_exemplar_of(w->o->exemplars, k->vm, k->event,
								   k->dim) :
						    NULL);
	}
	ns_hist_free(&h);
}

static void times(struct ns_metrics_writer *w, const struct ns_event_info *ev)
{
	char name[72];

	event_name(ev, "_duration_seconds", name, sizeof(name));
	family(w, name, NS_HISTOGRAM, "seconds", ev->fields[0].help);
	for (unsigned int i = 0, next; !w->rc && i < w->m->nr_metrics; i = next) {
		next = group(w->m, i, false);
		if (w->m->metrics[i].event == ev->id && !hidden(w, w->m->metrics[i].vm))
			time_of(w, i, next);
	}
	w->ops->end_family(w);
}

/* ---- the rest ---- */

static void ledger_value(struct ns_metrics_writer *w, const char *event, const char *what,
			 uint64_t n)
{
	struct ns_labels l = { 0 };

	ns_label(&l, "event", event);
	ns_label(&l, "what", what);
	count(w, &l, n);
}

static void ledger(struct ns_metrics_writer *w)
{
	const struct ns_ledger_row *r;

	family(w, "nestscope_ledger_events", NS_COUNTER, NULL,
	       "the loss ledger: seen is the sum of the others");
	for (unsigned int i = 0; i < NS_NR_EVENTS; i++) {
		/* what is not provided was not seen 0 times */
		if (!(w->o->events >> i & 1) || w->m->provider[i].state == NS_STATE_OFF)
			continue;
		r = &w->m->ledger[i];
		ledger_value(w, ns_events[i].key, "seen", r->seen);
		ledger_value(w, ns_events[i].key, "kept", r->kept);
		ledger_value(w, ns_events[i].key, "ring_full", r->ring_full);
		ledger_value(w, ns_events[i].key, "map_full", r->map_full);
		/* what the kernel does not tell is not 0 */
		if (!r->missed_unknown)
			ledger_value(w, ns_events[i].key, "missed", r->missed);
		ledger_value(w, ns_events[i].key, "filtered", r->filtered);
		ledger_value(w, ns_events[i].key, "unattributed", r->unattributed);
	}
	w->ops->end_family(w);
}

static void provided(struct ns_metrics_writer *w)
{
	struct ns_labels l;

	family(w, "nestscope_event_provided", NS_GAUGE, NULL,
	       "1: this kernel tells of the event, 0: it is unavailable");
	for (unsigned int i = 0; i < NS_NR_EVENTS; i++) {
		if (!(w->o->events >> i & 1))
			continue;
		l.nr = 0;
		ns_label(&l, "event", ns_events[i].key);
		count(w, &l, w->m->provider[i].state != NS_STATE_OFF);
	}
	w->ops->end_family(w);
}

static void observed(struct ns_metrics_writer *w)
{
	static const struct ns_labels none;

	family(w, "nestscope_observed_seconds", NS_GAUGE, "seconds", "how long was observed");
	w->ops->number(w, &none,
		       (struct ns_number){ .n = w->m->end_ns - w->m->start_ns, .ns = true });
	w->ops->end_family(w);
}

/* ---- VMs ---- */

static unsigned int contexts_of(const struct ns_model *m, unsigned int vm)
{
	unsigned int n = 0;

	for (unsigned int c = 0; c < m->nr_ctxs; c++)
		n += m->ctxs[c].vm == vm;
	return n;
}

static unsigned int vcpus_of(const struct ns_model *m, unsigned int vm)
{
	return ns_model_vcpus(m, (struct ns_query){ (int)vm, NS_ANY, NS_ANY, NS_ANY, NS_ANY, NS_ANY });
}

/* A gauge of each VM that has it: 0 is none that was seen, which is no number of them. */
static void vm_gauge(struct ns_metrics_writer *w, const char *name, const char *help,
		     unsigned int (*of)(const struct ns_model *m, unsigned int vm))
{
	struct ns_labels l;
	unsigned int n;

	family(w, name, NS_GAUGE, NULL, help);
	for (unsigned int i = 0; i < w->m->nr_vms; i++) {
		n = hidden(w, w->m->vms[i].id) ? 0 : of(w->m, w->m->vms[i].id);
		if (!n)
			continue;
		vm_labels(w, w->m->vms[i].id, &l);
		count(w, &l, n);
	}
	w->ops->end_family(w);
}

int ns_metrics_write(FILE *out, const struct ns_model *m, const struct ns_metrics_opts *o)
{
	struct ns_metrics_writer w = {
		.out = out, .m = m, .o = o,
		.ops = o->format == NS_METRICS_PROTOBUF ? &ns_metrics_proto : &ns_metrics_text,
	};

	errno = 0;
	w.ops->begin(&w);
	observed(&w);
	provided(&w);
	ledger(&w);
	vm_gauge(&w, "nestscope_contexts", "shadow contexts seen of a VM", contexts_of);
	vm_gauge(&w, "nestscope_vcpus", "vCPUs of a VM that had an event", vcpus_of);
	for (unsigned int i = 0; !w.rc && i < NS_NR_EVENTS; i++) {
		if (!(o->events >> i & 1) || m->provider[i].state == NS_STATE_OFF)
			continue;
		counters(&w, &ns_events[i]);
		if (ns_events[i].timed)
			times(&w, &ns_events[i]);
	}
	w.ops->end(&w);
	return w.rc ? w.rc : ferror(out) ? (errno ? -errno : -EIO) : 0;
}
