// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * export_metrics.c: a model as OpenMetrics, or in Prometheus' older text format.
 * The two differ in what a counter's head is called, and in the end mark.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "export_priv.h"

/* Bounds of the histograms: up to 2^n ns; the buckets of a model end there exactly. */
#define LE_FIRST 8
#define LE_LAST 36
#define LE_STEP 2

struct writer {
	FILE *out;
	const struct ns_model *m;
	bool open; /* OpenMetrics */
	char stamp[40]; /* " 12.345", or "" */
};

/* ---- words ---- */

/* HELP: backslash and newline; a label's value: the quote as well. */
static void escaped(FILE *f, const char *s, bool quote)
{
	for (; *s; s++) {
		if (*s == '\n')
			fputs("\\n", f);
		else if (*s == '\\' || (quote && *s == '"'))
			fprintf(f, "\\%c", *s);
		else
			fputc(*s, f);
	}
}

/* "nestscope_s2_fault" */
static void event_name(const struct ns_event_info *ev, char *buf, size_t size)
{
	snprintf(buf, size, "nestscope_%s", ev->key);
	for (char *p = buf; *p; p++)
		if (*p == '.')
			*p = '_';
}

static void family(const struct writer *w, const char *name, const char *type, const char *unit,
		   const char *help)
{
	const char *suffix = !w->open && !strcmp(type, "counter") ? "_total" : "";

	fprintf(w->out, "# HELP %s%s ", name, suffix);
	escaped(w->out, help, w->open);
	fprintf(w->out, "\n# TYPE %s%s %s\n", name, suffix, type);
	if (unit && w->open)
		fprintf(w->out, "# UNIT %s %s\n", name, unit);
}

static void label(const struct writer *w, const char *before, const char *name, const char *value)
{
	fprintf(w->out, "%s%s=\"", before, name);
	escaped(w->out, value, true);
	fputc('"', w->out);
}

static void vm_label(const struct writer *w, unsigned int id)
{
	const struct ns_model_vm *vm = ns_model_vm(w->m, id);

	label(w, "{", "vm", vm ? vm->name : "");
	/* names may be alike, pids of VMs that share a VMM are */
	fprintf(w->out, ",vm_id=\"%u\"", id);
}

static void value(const struct writer *w, uint64_t n)
{
	fprintf(w->out, "} %" PRIu64 "%s\n", n, w->stamp);
}

/* ---- events ---- */

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

static void split_labels(const struct writer *w, const struct ns_metric *k, bool with_sub)
{
	const struct ns_event_info *ev = &ns_events[k->event];
	char buf[24];

	vm_label(w, k->vm);
	if (ev->dim != NS_D_NONE)
		label(w, ",", ns_dim_label(ev->dim, buf, sizeof(buf)), ns_value_key(ev->dim, k->dim));
	if (with_sub && ev->sub != NS_D_NONE)
		label(w, ",", ns_dim_label(ev->sub, buf, sizeof(buf)), ns_value_key(ev->sub, k->sub));
}

static void counters(const struct writer *w, const struct ns_event_info *ev)
{
	char name[48];
	uint64_t n;

	event_name(ev, name, sizeof(name));
	family(w, name, "counter", NULL, ev->help);
	for (unsigned int i = 0, next; i < w->m->nr_metrics; i = next) {
		next = group(w->m, i, true);
		if (w->m->metrics[i].event != ev->id)
			continue;
		n = 0;
		for (unsigned int k = i; k < next; k++)
			n += w->m->metrics[k].h.count;
		fprintf(w->out, "%s_total", name);
		split_labels(w, &w->m->metrics[i], true);
		value(w, n);
	}
}

static void bucket(const struct writer *w, const char *name, const struct ns_metric *k,
		   const char *le, uint64_t n)
{
	fprintf(w->out, "%s_bucket", name);
	split_labels(w, k, false);
	label(w, ",", "le", le);
	value(w, n);
}

static void histogram(const struct writer *w, const char *name, const struct ns_metric *k,
		      const struct ns_hist *h)
{
	uint64_t n = 0, low, high;
	unsigned int b = 0;
	char le[32];

	for (unsigned int e = LE_FIRST; e <= LE_LAST; e += LE_STEP) {
		/* whole ns: at most 2^e - 1 is below 2^e */
		for (; h->nr && b < NS_NR_BUCKETS; b++) {
			ns_bucket_range(b, &low, &high);
			if (low >> e)
				break;
			n += ns_hist_at(h, b);
		}
		snprintf(le, sizeof(le), "%.10g", (double)((1ULL << e) - 1) / 1e9);
		bucket(w, name, k, le, n);
	}
	bucket(w, name, k, "+Inf", h->count);
	fprintf(w->out, "%s_sum", name);
	split_labels(w, k, false);
	fprintf(w->out, "} %.9f%s\n", (double)h->ns / 1e9, w->stamp);
	fprintf(w->out, "%s_count", name);
	split_labels(w, k, false);
	value(w, h->count);
}

static int times(const struct writer *w, const struct ns_event_info *ev)
{
	struct ns_hist h;
	char name[72];
	int rc = 0;

	event_name(ev, name, sizeof(name));
	strcat(name, "_duration_seconds");
	family(w, name, "histogram", "seconds", ns_events[ev->id].fields[0].help);
	for (unsigned int i = 0, next; !rc && i < w->m->nr_metrics; i = next) {
		next = group(w->m, i, false);
		if (w->m->metrics[i].event != ev->id)
			continue;
		h = (struct ns_hist){ 0 };
		for (unsigned int k = i; k < next; k++)
			ns_hist_merge(&h, &w->m->metrics[k].h);
		if (h.count && !h.bucket)
			rc = -ENOMEM;
		else
			histogram(w, name, &w->m->metrics[i], &h);
		ns_hist_free(&h);
	}
	return rc;
}

/* ---- the rest ---- */

static void ledger_value(const struct writer *w, const char *event, const char *what, uint64_t n)
{
	fputs("nestscope_ledger_events_total", w->out);
	label(w, "{", "event", event);
	label(w, ",", "what", what);
	value(w, n);
}

static void ledger(const struct writer *w, uint64_t events)
{
	const struct ns_ledger_row *r;

	family(w, "nestscope_ledger_events", "counter", NULL,
	       "the loss ledger: seen is the sum of the others");
	for (unsigned int i = 0; i < NS_NR_EVENTS; i++) {
		/* what is not provided was not seen 0 times */
		if (!(events >> i & 1) || w->m->provider[i].state == NS_STATE_OFF)
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
}

static void provided(const struct writer *w, uint64_t events)
{
	family(w, "nestscope_event_provided", "gauge", NULL,
	       "1: this kernel tells of the event, 0: it is unavailable");
	for (unsigned int i = 0; i < NS_NR_EVENTS; i++) {
		if (!(events >> i & 1))
			continue;
		fputs("nestscope_event_provided", w->out);
		label(w, "{", "event", ns_events[i].key);
		value(w, w->m->provider[i].state != NS_STATE_OFF);
	}
}

static void observation(const struct writer *w)
{
	family(w, "nestscope_observed_seconds", "gauge", "seconds", "how long was observed");
	fprintf(w->out, "nestscope_observed_seconds %.9f%s\n",
		(double)(w->m->end_ns - w->m->start_ns) / 1e9, w->stamp);
	family(w, "nestscope_contexts", "gauge", NULL, "shadow contexts seen of a VM");
	for (unsigned int i = 0; i < w->m->nr_vms; i++) {
		uint64_t n = 0;

		for (unsigned int c = 0; c < w->m->nr_ctxs; c++)
			n += w->m->ctxs[c].vm == w->m->vms[i].id;
		fputs("nestscope_contexts", w->out);
		vm_label(w, w->m->vms[i].id);
		value(w, n);
	}
}

int ns_metrics_write(FILE *out, const struct ns_model *m, uint64_t events,
		     enum ns_metrics_text text, int64_t time_ns)
{
	struct writer w = { .out = out, .m = m, .open = text == NS_METRICS_OPENMETRICS };
	int rc = 0;

	errno = 0;
	/* OpenMetrics' times are seconds, the older format's ms */
	if (time_ns > 0 && w.open)
		snprintf(w.stamp, sizeof(w.stamp), " %" PRId64 ".%03d", time_ns / 1000000000,
			 (int)(time_ns / 1000000 % 1000));
	else if (time_ns > 0)
		snprintf(w.stamp, sizeof(w.stamp), " %" PRId64, time_ns / 1000000);
	observation(&w);
	provided(&w, events);
	ledger(&w, events);
	for (unsigned int i = 0; !rc && i < NS_NR_EVENTS; i++) {
		if (!(events >> i & 1) || m->provider[i].state == NS_STATE_OFF)
			continue;
		counters(&w, &ns_events[i]);
		if (ns_events[i].timed)
			rc = times(&w, &ns_events[i]);
	}
	if (w.open)
		fputs("# EOF\n", out);
	return rc ? rc : ferror(out) ? (errno ? -errno : -EIO) : 0;
}
