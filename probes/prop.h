/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * prop.h: what a user may call a property of events in a filter or a group: the
 * name of a field ("l2_ipa"), of a dimension ("cause"), of a column that every
 * event has ("vcpu"), or the first two of one event only ("s2.fault.cause").
 */
#ifndef NESTSCOPE_PROP_H
#define NESTSCOPE_PROP_H

#include <stdbool.h>

#include "catalogue.h"
#include "event.h"
#include "model.h"

/* Columns of every event.  T(id, key, unit, help) */
#define NS_PROP_COLUMNS(T)                                                      \
	T(TS, "ts", NS, "time of the event's end, CLOCK_MONOTONIC")             \
	T(ELAPSED, "elapsed", NS, "the same from the start of the observation") \
	T(VM, "vm", N, "number of the VM in the recording, or its name")        \
	T(PID, "pid", N, "process id of the VMM")                               \
	T(VCPU, "vcpu", N, "vCPU")                                              \
	T(CTX, "ctx", N, "number of the shadow context in the recording")       \
	T(CPU, "cpu", N, "host CPU")

#define NS_PROP_ID(id, ...) NS_PROP_##id,
enum ns_prop_column { NS_PROP_COLUMNS(NS_PROP_ID) NS_NR_PROP_COLUMNS, NS_PROP_NO_COLUMN };

/* Where an event has it, beside the index of a field. */
enum { NS_WHERE_NONE = -1, NS_WHERE_DIM = -2, NS_WHERE_SUB = -3 };

struct ns_prop {
	char name[64]; /* as it was written */
	enum ns_prop_column column; /* or NS_PROP_NO_COLUMN: */
	int8_t where[NS_NR_EVENTS]; /* index of a field, or NS_WHERE_* */
};

/* The property called name: 0, or -EINVAL when nothing is called so. */
int ns_prop_find(struct ns_prop *p, const char *name);

/* The property or event that looks most like name, for "did you mean", into buf. */
void ns_prop_nearest(const char *name, char *buf, size_t size);

/* How an event's value of p is to be read; -1 when the event has none. */
int ns_prop_unit(const struct ns_prop *p, unsigned int event);

/*
 * The value of p in ev, ns_unavailable() of its unit when it is not told; false
 * when such events have none.  meta has the VMs and the start.
 */
bool ns_prop_value(const struct ns_prop *p, const struct ns_event *ev, const struct ns_model *meta,
		   uint64_t *value);

/* A line of help for each column: key and meaning; NULL after the last. */
const char *ns_prop_column_key(unsigned int i);
const char *ns_prop_column_help(unsigned int i);

#endif
