/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * export_metrics_priv.h: what is told (export_metrics.c), and how it is written
 * (export_metrics_text.c, export_metrics_proto.c).
 */
#ifndef NESTSCOPE_EXPORT_METRICS_PRIV_H
#define NESTSCOPE_EXPORT_METRICS_PRIV_H

#include "export_metrics.h"

enum ns_family_type { NS_COUNTER, NS_GAUGE, NS_HISTOGRAM };

/* A metric family: its name without a counter's "_total". */
struct ns_family {
	const char *name, *unit, *help; /* unit may be NULL */
	enum ns_family_type type;
};

#define NS_MAX_LABELS 6
struct ns_labels {
	unsigned int nr;
	struct {
		const char *name;
		char value[80];
	} label[NS_MAX_LABELS];
};

struct ns_metrics_writer {
	FILE *out;
	const struct ns_model *m;
	const struct ns_metrics_opts *o;
	const struct ns_metrics_ops *ops;
	struct ns_family family; /* the one that is written */
	void *priv; /* the format's own */
	int rc; /* the first thing that went wrong */
};

/* What a sample says: a number, or ns that are written as seconds. */
struct ns_number {
	uint64_t n;
	bool ns;
};

struct ns_metrics_ops {
	void (*begin)(struct ns_metrics_writer *w);
	void (*family)(struct ns_metrics_writer *w); /* w->family begins */
	void (*number)(struct ns_metrics_writer *w, const struct ns_labels *l, struct ns_number n);
	void (*histogram)(struct ns_metrics_writer *w, const struct ns_labels *l,
			  const struct ns_hist *h, const struct ns_exemplar *e); /* e: or NULL */
	void (*end_family)(struct ns_metrics_writer *w);
	void (*end)(struct ns_metrics_writer *w);
};

extern const struct ns_metrics_ops ns_metrics_text, ns_metrics_proto;

/*
 * The buckets of a classic histogram: up to 2^n ns, where the buckets of a model
 * end exactly.  Seconds at which the i-th ends, and how many events are below that.
 */
#define NS_LE_FIRST 8
#define NS_LE_LAST 36
#define NS_LE_STEP 2
#define NS_NR_LE ((NS_LE_LAST - NS_LE_FIRST) / NS_LE_STEP + 1)
double ns_le_seconds(unsigned int i);
void ns_le_counts(const struct ns_hist *h, uint64_t n[NS_NR_LE]);
/* The bucket that a duration is in; NS_NR_LE: above all of them. */
unsigned int ns_le_of(uint64_t ns);

/* The labels of an exemplar: the vCPU, the event's number in a recording, and its time as `script` has it. */
void ns_exemplar_labels(const struct ns_exemplar *e, struct ns_labels *l);
void ns_label(struct ns_labels *l, const char *name, const char *value);
void ns_label_number(struct ns_labels *l, const char *name, uint64_t n);

#endif
