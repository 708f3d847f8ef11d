/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * model.h: VM -> vCPU -> context -> metric.  Live maps, a live ring and a
 * recording all feed this one model; every command is a view on it.
 *
 * The model owns everything it hands out; pointers are valid until the next
 * call that adds to the model.  Not thread-safe: one thread feeds and reads.
 */
#ifndef NESTSCOPE_MODEL_H
#define NESTSCOPE_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "abi.h"
#include "event.h"
#include "ledger.h"

/* A histogram of ns_bucket()s; counts are exact, the middle of a bucket is
 * at most 1.6 % off. */
struct ns_hist {
	uint64_t count;
	uint64_t ns; /* exact sum */
	uint64_t *bucket; /* those from first on, or NULL while empty or untimed */
	uint16_t first, nr; /* only the range that occurred has memory */
};

/* The count of a bucket. */
static inline uint64_t ns_hist_at(const struct ns_hist *h, unsigned int bucket)
{
	return bucket - h->first < h->nr ? h->bucket[bucket - h->first] : 0;
}

/* Make room for a bucket now.  0, or -1 without memory. */
int ns_hist_reserve(struct ns_hist *h, unsigned int bucket);
void ns_hist_add(struct ns_hist *h, unsigned int bucket, uint64_t count, uint64_t ns);
/* 0, or -1 without memory: then the count and the sum are right, the buckets are not. */
int ns_hist_merge(struct ns_hist *to, const struct ns_hist *from);
void ns_hist_free(struct ns_hist *h);
/* The value below which a share q (0..1] of the events lie, in ns; 0 if empty. */
uint64_t ns_hist_quantile(const struct ns_hist *h, double q);
/* Lowest and highest value of a bucket (inclusive), in ns. */
void ns_bucket_range(unsigned int bucket, uint64_t *low, uint64_t *high);

/* The numbers of one (vm, vcpu, ctx, event, dim, sub). */
struct ns_metric {
	uint16_t vm, vcpu, ctx;
	uint8_t event, dim, sub;
	struct ns_hist h;
};

struct ns_model_vm {
	uint16_t id;
	struct ns_vm_key key;
	char name[64]; /* from the command line: -name, else argv[0]; with pid: "vmm(39)" */
	char cmdline[NS_CMDLINE]; /* blanks between arguments */
	bool ended; /* the VMM is gone */
	bool realm_before; /* it had a realm before it was observed */
};

struct ns_model_ctx {
	uint16_t id;
	uint16_t vm;
	uint64_t vttbr, vtcr;
	bool s2_on;
};

enum ns_state { NS_STATE_OFF, NS_STATE_PARTIAL, NS_STATE_OK };
/* "off", "partial", "ok": as JSON, doctor and pages say it. */
const char *ns_state_key(enum ns_state state);

/* How one event is provided on this kernel: one row of `doctor`. */
struct ns_provider {
	char by[48]; /* "fentry kvm_handle_guest_abort", "tracepoint kvm_mmio", "-" */
	uint8_t state; /* enum ns_state */
	char note[160]; /* reason for off or partial, and the remedy */
};

struct ns_host {
	char release[65], machine[65]; /* uname */
	char nodename[65];
	uint32_t cpus;
	int64_t start_realtime_ns; /* CLOCK_REALTIME at start_ns */
	bool icount; /* an emulator's clock: one ns is one instruction */
};

/* A moment that somebody marked. */
#define NS_MAX_MARKS 256
struct ns_mark {
	uint64_t ts; /* CLOCK_MONOTONIC */
	char text[48]; /* fit for a terminal */
};

struct ns_model {
	struct ns_host host;
	struct ns_mark marks[NS_MAX_MARKS]; /* in the order of time */
	unsigned int nr_marks;
	uint64_t start_ns, end_ns; /* CLOCK_MONOTONIC of the observation */
	struct ns_ledger_row ledger[NS_NR_EVENTS];
	struct ns_provider provider[NS_NR_EVENTS];

	struct ns_model_vm *vms;
	unsigned int nr_vms;
	struct ns_model_ctx *ctxs;
	unsigned int nr_ctxs;
	struct ns_metric
		*metrics; /* sorted by vm, event, dim, sub, vcpu, ctx after ns_model_sort */
	unsigned int nr_metrics;
	void *index; /* private: hash of metrics */
	unsigned int index_size; /* private */
	unsigned int metrics_cap, vms_cap, ctxs_cap; /* private */
	unsigned int sorted; /* private: nr_metrics when they were sorted last */
	uint64_t last_key; /* private: of the metric used last */
	unsigned int last; /* private: that metric + 1, 0: none */
};

/*
 * Bounds memory whatever is fed (a histogram takes up to 8.5 KB): an event that
 * would need one metric more counts as map_full in the ledger, not as kept.
 */
#define NS_MODEL_MAX_METRICS 24576

/*
 * All return 0 or -ENOMEM; -EINVAL for an event, dimension value or id that
 * is out of range (nothing is added).
 */
void ns_model_init(struct ns_model *m);
void ns_model_free(struct ns_model *m);
/* Forget all counts but keep VMs, contexts, host and providers. */
void ns_model_clear_counts(struct ns_model *m);

/* Feed one event (ring or recording): adds to its metric and to kept. */
int ns_model_add_event(struct ns_model *m, const struct ns_event *ev);
/* Feed one cell of the kernel's map: adds its count to the metric and to kept. */
int ns_model_add_cell(struct ns_model *m, const struct ns_cell_key *key,
		      const struct ns_cell *cell);
/* Add or update a VM / a context (idempotent by id). */
int ns_model_add_vm(struct ns_model *m, const struct ns_vm_key *key, const struct ns_vm *vm);
int ns_model_add_ctx(struct ns_model *m, const struct ns_ctx_key *key, uint16_t id);
/* The same with a VM whose name is known already, as from a recording. */
int ns_model_put_vm(struct ns_model *m, const struct ns_model_vm *vm);
/* The VMs and contexts of another model. */
int ns_model_take_names(struct ns_model *m, const struct ns_model *from);
/*
 * Add a mark in the order of time; one of the same time and text is there
 * only once.  0, or -ENOSPC when there are NS_MAX_MARKS.
 */
int ns_model_add_mark(struct ns_model *m, uint64_t ts, const char *text);
/*
 * Name a VM: "NAME(pid)" from -name, --name or --id on its NUL-separated
 * command line, else from the basename of argv[0], else from comm.  What
 * could disturb a terminal is escaped.
 */
void ns_vm_name(char *buf, size_t size, const struct ns_vm *vm, uint32_t pid);
/* Copy len bytes, escaping all that is not printable UTF-8 as \xHH. */
void ns_escape(char *buf, size_t size, const char *text, size_t len);
/*
 * Copy and diff overwrite their first argument without looking at it: free it
 * before if it was in use.  It is to be freed even after an error.
 */
/* Copy into a snapshot that does not change any more (deep). */
int ns_model_copy(struct ns_model *to, const struct ns_model *from);
/* d = b - a: the same objects with the counts of what came between (metrics
 * of a must be a subset of b's, as two snapshots of one session are). */
int ns_model_diff(struct ns_model *d, const struct ns_model *b, const struct ns_model *a);
void ns_model_sort(struct ns_model *m);

const struct ns_model_vm *ns_model_vm(const struct ns_model *m, unsigned int id);
const struct ns_model_ctx *ns_model_ctx(const struct ns_model *m, unsigned int id);

#define NS_ANY (-1)
/*
 * Sum of all metrics that match; NS_ANY matches all.  h is overwritten;
 * release it with ns_hist_free.  Returns 0 or -ENOMEM.
 */
struct ns_query {
	int vm, vcpu, ctx, event, dim, sub;
};
int ns_model_sum(const struct ns_model *m, struct ns_query q, struct ns_hist *h);
/* The same, count only (never fails). */
uint64_t ns_model_count(const struct ns_model *m, struct ns_query q);

/* How many vCPUs had any of the events; m is sorted. */
unsigned int ns_model_vcpus(const struct ns_model *m, struct ns_query q);
/* Is an event of this VMM (0: of any) and this vCPU (-1: of any)?  What is nobody's is not. */
bool ns_model_selects(const struct ns_model *m, pid_t pid, int vcpu, const struct ns_event *ev);

/* Sum of the ledger over events. */
struct ns_ledger_row ns_model_ledger(const struct ns_model *m);
#endif
