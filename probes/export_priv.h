/* SPDX-License-Identifier: GPL-2.0-or-later */
/* export_priv.h: what export.c and the formats that stream events share. */
#ifndef NESTSCOPE_EXPORT_PRIV_H
#define NESTSCOPE_EXPORT_PRIV_H

#include "catalogue.h"
#include "event.h"
#include "export.h"
#include "model.h"

struct ns_export {
	FILE *out;
	const struct ns_export_opts *opts;
	const struct ns_model *meta; /* VMs, host, times: of the whole recording */
	const struct ns_model *now; /* its ledger is that of what was read so far */
	struct ns_export_result *result;
	void *priv; /* the format's own */
};

/* 0 or a negative errno, also for what could not be written. */
struct ns_exporter {
	int (*begin)(struct ns_export *x);
	int (*event)(struct ns_export *x, uint64_t id, const struct ns_event *ev);
	int (*end)(struct ns_export *x);
	void (*free)(struct ns_export *x); /* also after an error */
};

extern const struct ns_exporter ns_export_perfetto, ns_export_folded, ns_export_csv;

static inline bool ns_export_wants(const struct ns_export *x, unsigned int event)
{
	return x->opts->events >> event & 1;
}

/* A field's value; unavailable when the recording has fewer fields. */
static inline uint64_t ns_event_field(const struct ns_event *ev, unsigned int i)
{
	return i < ev->nr_fields ? ev->field[i] : ns_unavailable(ns_events[ev->event].fields[i].unit);
}

/* What a VM is called: by name, or by number when the recording does not tell. */
const char *ns_export_vm(const struct ns_export *x, unsigned int vm, char *buf, size_t size);

/* The name of a dimension in lower case: "cause". */
const char *ns_dim_label(enum ns_dim dim, char *buf, size_t size);

#endif
