// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * export_metrics_proto.c: metrics in Prometheus' protobuf format, histograms both
 * as native and as classic ones.  protobuf-c does the coding.
 *
 * A native histogram of schema 3 has eight buckets for each power of two seconds;
 * ours end elsewhere.  All events of one of ours, which is at most 1/32 wide, go
 * where its middle is: counts are exact, and an event within 1.6 % of a border may
 * be on its other side.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bytes.h"
#include "export_metrics_priv.h"
#include "prometheus.pb-c.h"

#define SCHEMA 3
#define PER_POWER (1 << SCHEMA)
#define INDEX_MIN (-30 * PER_POWER) /* 2^-30 s is just below 1 ns */
#define INDEX_MAX (8 * PER_POWER) /* 2^8 s: more than the last bucket of a model */
#define NR_INDEX (INDEX_MAX - INDEX_MIN + 1)
#define ZERO_THRESHOLD 0x1p-128 /* what Prometheus' own libraries take */

/* A family is its parts one after the other: its head, and families of one metric. */
static void append(struct ns_metrics_writer *w, const Prometheus__MetricFamily *f)
{
	uint8_t *to = w->rc ? NULL :
			      ns_put_room(w->priv, prometheus__metric_family__get_packed_size(f));

	if (to)
		prometheus__metric_family__pack(f, to);
	else if (!w->rc)
		w->rc = -ENOMEM;
}

static void proto_begin(struct ns_metrics_writer *w)
{
	w->priv = calloc(1, sizeof(struct ns_buf)); /* the family so far */
	if (!w->priv)
		w->rc = -ENOMEM;
}

static void proto_end(struct ns_metrics_writer *w)
{
	struct ns_buf *b = w->priv;

	if (b)
		free(b->data);
	free(b);
}

/* ---- families and numbers ---- */

static void proto_family(struct ns_metrics_writer *w)
{
	static const Prometheus__MetricType types[] = {
		[NS_COUNTER] = PROMETHEUS__METRIC_TYPE__COUNTER,
		[NS_GAUGE] = PROMETHEUS__METRIC_TYPE__GAUGE,
		[NS_HISTOGRAM] = PROMETHEUS__METRIC_TYPE__HISTOGRAM,
	};
	Prometheus__MetricFamily f = PROMETHEUS__METRIC_FAMILY__INIT;
	char name[96];

	/* here a counter's family is called what its samples are */
	snprintf(name, sizeof(name), "%s%s", w->family.name,
		 w->family.type == NS_COUNTER ? "_total" : "");
	f.name = name;
	f.help = (char *)w->family.help;
	f.unit = (char *)w->family.unit;
	f.has_type = 1;
	f.type = types[w->family.type];
	append(w, &f);
}

static void proto_end_family(struct ns_metrics_writer *w)
{
	struct ns_buf *b = w->priv;
	uint64_t n;

	if (w->rc)
		return;
	for (n = b->len; n >> 7; n >>= 7)
		fputc((int)(n & 0x7f) | 0x80, w->out);
	fputc((int)n, w->out);
	fwrite(b->data, 1, b->len, w->out);
	b->len = 0;
}

struct pairs {
	Prometheus__LabelPair pair[NS_MAX_LABELS], *ptr[NS_MAX_LABELS];
};

static Prometheus__LabelPair **pairs(struct pairs *p, const struct ns_labels *l)
{
	for (unsigned int i = 0; i < l->nr; i++) {
		prometheus__label_pair__init(&p->pair[i]);
		p->pair[i].name = (char *)l->label[i].name;
		p->pair[i].value = (char *)l->label[i].value;
		p->ptr[i] = &p->pair[i];
	}
	return p->ptr;
}

static void put_metric(struct ns_metrics_writer *w, const struct ns_labels *l, Prometheus__Metric *m)
{
	Prometheus__MetricFamily f = PROMETHEUS__METRIC_FAMILY__INIT;
	struct pairs p;

	m->label = pairs(&p, l);
	m->n_label = l->nr;
	m->has_timestamp_ms = w->o->time_ns > 0;
	m->timestamp_ms = w->o->time_ns / 1000000;
	f.metric = &m;
	f.n_metric = 1;
	append(w, &f);
}

static void proto_number(struct ns_metrics_writer *w, const struct ns_labels *l, struct ns_number n)
{
	Prometheus__Metric m = PROMETHEUS__METRIC__INIT;
	Prometheus__Counter c = PROMETHEUS__COUNTER__INIT;
	Prometheus__Gauge g = PROMETHEUS__GAUGE__INIT;

	c.has_value = g.has_value = 1;
	c.value = g.value = n.ns ? (double)n.n / 1e9 : (double)n.n;
	if (w->family.type == NS_COUNTER)
		m.counter = &c;
	else
		m.gauge = &g;
	put_metric(w, l, &m);
}

/* ---- histograms ---- */

struct native {
	uint64_t n[NR_INDEX];
	Prometheus__BucketSpan span[NR_INDEX], *spans[NR_INDEX];
	int64_t delta[NR_INDEX];
};

/* The bucket of a native histogram that ns is in: (2^((i-1)/8), 2^(i/8)] seconds. */
static int native_index(double ns)
{
	int i = (int)ceil(log2(ns / 1e9) * PER_POWER);

	return i < INDEX_MIN ? INDEX_MIN : i > INDEX_MAX ? INDEX_MAX : i;
}

static void native_counts(struct native *nat, const struct ns_hist *h, Prometheus__Histogram *out)
{
	uint64_t low, high, n;

	for (unsigned int b = h->first; b < (unsigned int)h->first + h->nr; b++) {
		n = ns_hist_at(h, b);
		ns_bucket_range(b, &low, &high);
		if (!high)
			out->zero_count += n;
		else
			nat->n[native_index(((double)low + (double)high) / 2) - INDEX_MIN] += n;
	}
}

/* Runs of buckets that are not empty, each as its distance from the last and its length. */
static void native_spans(struct native *nat, Prometheus__Histogram *out)
{
	Prometheus__BucketSpan *s = NULL;
	int64_t last = 0;
	int next = 0; /* the bucket after the last run */

	for (int i = 0; i < NR_INDEX; i++) {
		if (!nat->n[i])
			continue;
		if (!s || i + INDEX_MIN != next) {
			s = &nat->span[out->n_positive_span];
			prometheus__bucket_span__init(s);
			s->has_offset = s->has_length = 1;
			s->offset = i + INDEX_MIN - next;
			nat->spans[out->n_positive_span++] = s;
		}
		s->length++;
		nat->delta[out->n_positive_delta++] = (int64_t)nat->n[i] - last;
		last = (int64_t)nat->n[i];
		next = i + INDEX_MIN + 1;
	}
	out->positive_span = nat->spans;
	out->positive_delta = nat->delta;
}

struct exemplar {
	Prometheus__Exemplar x;
	Prometheus__Timestamp at;
	struct ns_labels l;
	struct pairs p;
};

static Prometheus__Exemplar *exemplar(const struct ns_metrics_writer *w,
				      const struct ns_exemplar *e, struct exemplar *to)
{
	int64_t at = w->o->exemplars->real_ns + (int64_t)e->ts;

	prometheus__exemplar__init(&to->x);
	prometheus__timestamp__init(&to->at);
	ns_exemplar_labels(e, &to->l);
	to->x.label = pairs(&to->p, &to->l);
	to->x.n_label = to->l.nr;
	to->x.has_value = 1;
	to->x.value = (double)e->dur / 1e9;
	to->at.has_seconds = to->at.has_nanos = 1;
	to->at.seconds = at / 1000000000;
	to->at.nanos = (int32_t)(at % 1000000000);
	to->x.timestamp = at > 0 ? &to->at : NULL;
	return &to->x;
}

struct classic {
	Prometheus__Bucket bucket[NS_NR_LE + 1], *ptr[NS_NR_LE + 1];
};

static void classic_buckets(struct classic *c, const struct ns_hist *h, Prometheus__Histogram *out,
			    const struct ns_exemplar *e, Prometheus__Exemplar *x)
{
	uint64_t n[NS_NR_LE];

	ns_le_counts(h, n);
	for (unsigned int i = 0; i <= NS_NR_LE; i++) {
		Prometheus__Bucket *b = &c->bucket[i];

		prometheus__bucket__init(b);
		b->has_cumulative_count = b->has_upper_bound = 1;
		b->cumulative_count = i < NS_NR_LE ? n[i] : h->count;
		b->upper_bound = i < NS_NR_LE ? ns_le_seconds(i) : INFINITY;
		b->exemplar = e && ns_le_of(e->dur) == i ? x : NULL;
		c->ptr[i] = b;
	}
	out->bucket = c->ptr;
	out->n_bucket = NS_NR_LE + 1;
}

static void proto_histogram(struct ns_metrics_writer *w, const struct ns_labels *l,
			    const struct ns_hist *h, const struct ns_exemplar *e)
{
	Prometheus__Histogram out = PROMETHEUS__HISTOGRAM__INIT;
	Prometheus__Metric m = PROMETHEUS__METRIC__INIT;
	struct native *nat = calloc(1, sizeof(*nat));
	struct exemplar x;
	struct classic c;

	if (!nat) {
		w->rc = -ENOMEM;
		return;
	}
	out.has_sample_count = out.has_sample_sum = 1;
	out.sample_count = h->count;
	out.sample_sum = (double)h->ns / 1e9;
	out.has_schema = out.has_zero_threshold = out.has_zero_count = 1;
	out.schema = SCHEMA;
	out.zero_threshold = ZERO_THRESHOLD;
	native_counts(nat, h, &out);
	native_spans(nat, &out);
	classic_buckets(&c, h, &out, e, e ? exemplar(w, e, &x) : NULL);
	m.histogram = &out;
	put_metric(w, l, &m);
	free(nat);
}

const struct ns_metrics_ops ns_metrics_proto = {
	.begin = proto_begin,
	.family = proto_family,
	.number = proto_number,
	.histogram = proto_histogram,
	.end_family = proto_end_family,
	.end = proto_end,
};
