// SPDX-License-Identifier: GPL-2.0-or-later
/* export_perfetto_out.c: see export_perfetto.h.  protobuf-c does the coding. */
#include "export_perfetto.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "catalogue.h"
#include "export_priv.h"
#include "perfetto.pb-c.h"

#define SEQUENCE 1 /* all packets are of one: trusted_packet_sequence_id */
#define TRACKS (1U << 18) /* slots; at most 4 per vCPU and 20 per VM are used */
#define ARGS (NS_MAX_FIELDS + 2)

/* Interned names: numbers from 1 on. */
#define IID_EVENT(event, dim) (1 + (event) * 32 + (dim))
#define IID_LEVEL(level) (1 + NS_NR_EVENTS * 32 + (level))
#define IID_CATEGORY(event) (1 + (event))
#define IID_CATEGORY_LEVEL (1 + NS_NR_EVENTS)
#define IID_ARG(event, field) (1 + (event) * 32 + (field))
#define IID_ARG_DIM(event) IID_ARG(event, 30)
#define IID_ARG_SUB(event) IID_ARG(event, 31)
#define IID_VALUE(dim, value) (1 + (dim) * 32 + (value))
#define IID_UNAVAILABLE (1 + NS_NR_DIMS * 32)
_Static_assert(NS_MAX_FIELDS < 30, "fields and splits share a range of numbers");

typedef Perfetto__Protos__TracePacket packet_t;
typedef Perfetto__Protos__TrackEvent event_t;

struct ns_perfetto_out {
	FILE *f;
	uint8_t *buf;
	size_t size;
	uint64_t *track; /* a hash of uuids; 0: empty */
	unsigned int nr_tracks;
	Perfetto__Protos__DebugAnnotation arg[ARGS], *args[ARGS];
};

/* ---- packets ---- */

/* One packet is a Trace of one: they are written one after the other. */
static int put(struct ns_perfetto_out *o, packet_t *p)
{
	Perfetto__Protos__Trace t = PERFETTO__PROTOS__TRACE__INIT;
	size_t size;
	uint8_t *buf;

	p->has_trusted_packet_sequence_id = 1;
	p->trusted_packet_sequence_id = SEQUENCE;
	t.packet = &p;
	t.n_packet = 1;
	size = perfetto__protos__trace__get_packed_size(&t);
	if (size > o->size) {
		buf = realloc(o->buf, size);
		if (!buf)
			return -ENOMEM;
		o->buf = buf;
		o->size = size;
	}
	perfetto__protos__trace__pack(&t, o->buf);
	errno = 0;
	return fwrite(o->buf, 1, size, o->f) == size ? 0 : errno ? -errno : -EIO;
}

static int put_event(struct ns_perfetto_out *o, event_t *e, int type, uint64_t track, uint64_t ts)
{
	packet_t p = PERFETTO__PROTOS__TRACE_PACKET__INIT;

	e->has_type = 1;
	e->type = (Perfetto__Protos__TrackEvent__Type)type;
	e->has_track_uuid = 1;
	e->track_uuid = track;
	p.has_timestamp = 1;
	p.timestamp = ts;
	p.has_sequence_flags = 1;
	p.sequence_flags =
		PERFETTO__PROTOS__TRACE_PACKET__SEQUENCE_FLAGS__SEQ_NEEDS_INCREMENTAL_STATE;
	p.data_case = PERFETTO__PROTOS__TRACE_PACKET__DATA_TRACK_EVENT;
	p.track_event = e;
	return put(o, &p);
}

/* ---- the beginning ---- */

static int put_clocks(struct ns_perfetto_out *o, const struct ns_model *meta)
{
	Perfetto__Protos__ClockSnapshot__Clock c[2] = {
		PERFETTO__PROTOS__CLOCK_SNAPSHOT__CLOCK__INIT,
		PERFETTO__PROTOS__CLOCK_SNAPSHOT__CLOCK__INIT
	};
	Perfetto__Protos__ClockSnapshot__Clock *clocks[2] = { &c[0], &c[1] };
	Perfetto__Protos__ClockSnapshot s = PERFETTO__PROTOS__CLOCK_SNAPSHOT__INIT;
	packet_t p = PERFETTO__PROTOS__TRACE_PACKET__INIT;

	c[0].has_clock_id = c[0].has_timestamp = c[1].has_clock_id = c[1].has_timestamp = 1;
	c[0].clock_id = PERFETTO__PROTOS__BUILTIN_CLOCK__BUILTIN_CLOCK_MONOTONIC;
	c[0].timestamp = meta->start_ns;
	c[1].clock_id = PERFETTO__PROTOS__BUILTIN_CLOCK__BUILTIN_CLOCK_REALTIME;
	c[1].timestamp = (uint64_t)meta->host.start_realtime_ns;
	s.clocks = clocks;
	s.n_clocks = meta->host.start_realtime_ns > 0 ? 2 : 1;
	s.has_primary_trace_clock = 1;
	s.primary_trace_clock = PERFETTO__PROTOS__BUILTIN_CLOCK__BUILTIN_CLOCK_MONOTONIC;
	p.data_case = PERFETTO__PROTOS__TRACE_PACKET__DATA_CLOCK_SNAPSHOT;
	p.clock_snapshot = &s;
	return put(o, &p);
}

/* What is interned, as many as the catalogue can have. */
#define MAX_NAMES (NS_NR_EVENTS * 32 + 2)
#define MAX_VALUES (NS_NR_DIMS * 32 + 1)
struct interned {
	Perfetto__Protos__EventCategory category[NS_NR_EVENTS + 1], *categories[NS_NR_EVENTS + 1];
	Perfetto__Protos__EventName name[MAX_NAMES], *names[MAX_NAMES];
	Perfetto__Protos__DebugAnnotationName arg[MAX_NAMES], *args[MAX_NAMES];
	Perfetto__Protos__InternedString value[MAX_VALUES], *values[MAX_VALUES];
	char text[MAX_NAMES][64];
	unsigned int nr_text;
	Perfetto__Protos__InternedData d;
};

static void add_category(struct interned *n, uint64_t iid, const char *name)
{
	Perfetto__Protos__EventCategory *c = &n->category[n->d.n_event_categories];

	perfetto__protos__event_category__init(c);
	c->has_iid = 1;
	c->iid = iid;
	c->name = (char *)name;
	n->categories[n->d.n_event_categories++] = c;
}

static void add_name(struct interned *n, uint64_t iid, const char *name)
{
	Perfetto__Protos__EventName *e = &n->name[n->d.n_event_names];

	perfetto__protos__event_name__init(e);
	e->has_iid = 1;
	e->iid = iid;
	e->name = (char *)name;
	n->names[n->d.n_event_names++] = e;
}

static void add_arg(struct interned *n, uint64_t iid, const char *name)
{
	Perfetto__Protos__DebugAnnotationName *a = &n->arg[n->d.n_debug_annotation_names];

	perfetto__protos__debug_annotation_name__init(a);
	a->has_iid = 1;
	a->iid = iid;
	a->name = (char *)name;
	n->args[n->d.n_debug_annotation_names++] = a;
}

static void add_value(struct interned *n, uint64_t iid, const char *text)
{
	Perfetto__Protos__InternedString *s = &n->value[n->d.n_debug_annotation_string_values];

	perfetto__protos__interned_string__init(s);
	s->has_iid = s->has_str = 1;
	s->iid = iid;
	s->str.data = (uint8_t *)text;
	s->str.len = strlen(text);
	n->values[n->d.n_debug_annotation_string_values++] = s;
}

/* "s2.fault cold", for each value of the first split. */
static void add_event(struct interned *n, const struct ns_event_info *ev)
{
	char *text, *dim = n->text[n->nr_text++], *sub;

	add_category(n, IID_CATEGORY(ev->id), ev->key);
	for (unsigned int v = 0; v < ns_dims[ev->dim].nr; v++) {
		text = n->text[n->nr_text++];
		snprintf(text, sizeof(n->text[0]), "%s%s%s", ev->key,
			 ev->dim == NS_D_NONE ? "" : " ",
			 ev->dim == NS_D_NONE ? "" : ns_value_key(ev->dim, v));
		add_name(n, IID_EVENT(ev->id, v), text);
	}
	add_arg(n, IID_ARG_DIM(ev->id), ns_dim_label(ev->dim, dim, sizeof(n->text[0])));
	sub = n->text[n->nr_text++];
	add_arg(n, IID_ARG_SUB(ev->id), ns_dim_label(ev->sub, sub, sizeof(n->text[0])));
	for (unsigned int f = 0; f < ev->nr_fields; f++)
		add_arg(n, IID_ARG(ev->id, f), ev->fields[f].key);
}

static int put_interned(struct ns_perfetto_out *o)
{
	Perfetto__Protos__TracePacketDefaults d = PERFETTO__PROTOS__TRACE_PACKET_DEFAULTS__INIT;
	packet_t p = PERFETTO__PROTOS__TRACE_PACKET__INIT;
	struct interned *n = calloc(1, sizeof(*n));
	int rc;

	if (!n)
		return -ENOMEM;
	perfetto__protos__interned_data__init(&n->d);
	n->d.event_categories = n->categories;
	n->d.event_names = n->names;
	n->d.debug_annotation_names = n->args;
	n->d.debug_annotation_string_values = n->values;
	for (unsigned int i = 0; i < NS_NR_EVENTS; i++)
		add_event(n, &ns_events[i]);
	add_category(n, IID_CATEGORY_LEVEL, "level");
	add_name(n, IID_LEVEL(NS_LEVEL_L1), "L1");
	add_name(n, IID_LEVEL(NS_LEVEL_L2), "L2");
	for (unsigned int dim = 0; dim < NS_NR_DIMS; dim++)
		for (unsigned int v = 0; v < ns_dims[dim].nr; v++)
			add_value(n, IID_VALUE(dim, v), ns_value_key(dim, v));
	add_value(n, IID_UNAVAILABLE, "unavailable");
	d.has_timestamp_clock_id = 1;
	d.timestamp_clock_id = PERFETTO__PROTOS__BUILTIN_CLOCK__BUILTIN_CLOCK_MONOTONIC;
	p.has_sequence_flags = 1;
	p.sequence_flags =
		PERFETTO__PROTOS__TRACE_PACKET__SEQUENCE_FLAGS__SEQ_INCREMENTAL_STATE_CLEARED;
	p.trace_packet_defaults = &d;
	p.interned_data = &n->d;
	rc = put(o, &p);
	free(n);
	return rc;
}

int ns_perfetto_open(struct ns_perfetto_out **out, FILE *f, const struct ns_model *meta)
{
	struct ns_perfetto_out *o = calloc(1, sizeof(*o));
	int rc = 0;

	*out = o;
	if (!o)
		return -ENOMEM;
	o->f = f;
	o->track = calloc(TRACKS, sizeof(*o->track));
	if (!o->track)
		return -ENOMEM; /* the caller closes it */
	for (unsigned int i = 0; i < ARGS; i++)
		o->args[i] = &o->arg[i];
	rc = put_clocks(o, meta);
	return rc ? rc : put_interned(o);
}

void ns_perfetto_close(struct ns_perfetto_out *o)
{
	if (!o)
		return;
	free(o->track);
	free(o->buf);
	free(o);
}

/* ---- tracks ---- */

/* Its slot, or the empty one where it belongs. */
static uint64_t *slot(const struct ns_perfetto_out *o, uint64_t uuid)
{
	unsigned int i = (unsigned int)(uuid * 0x9e3779b97f4a7c15ULL >> 32) & (TRACKS - 1);

	while (o->track[i] && o->track[i] != uuid)
		i = (i + 1) & (TRACKS - 1);
	return &o->track[i];
}

bool ns_perfetto_known(const struct ns_perfetto_out *o, uint64_t uuid)
{
	return *slot(o, uuid) != 0;
}

int ns_perfetto_track(struct ns_perfetto_out *o, const struct ns_track *t)
{
	Perfetto__Protos__TrackDescriptor d = PERFETTO__PROTOS__TRACK_DESCRIPTOR__INIT;
	Perfetto__Protos__ProcessDescriptor process = PERFETTO__PROTOS__PROCESS_DESCRIPTOR__INIT;
	Perfetto__Protos__CounterDescriptor counter = PERFETTO__PROTOS__COUNTER_DESCRIPTOR__INIT;
	packet_t p = PERFETTO__PROTOS__TRACE_PACKET__INIT;

	if (++o->nr_tracks > TRACKS / 2)
		return -E2BIG;
	*slot(o, t->uuid) = t->uuid;
	d.has_uuid = 1;
	d.uuid = t->uuid;
	d.name = (char *)t->name;
	d.has_parent_uuid = t->parent != 0;
	d.parent_uuid = t->parent;
	d.has_sibling_order_rank = t->parent != 0;
	d.sibling_order_rank = t->rank;
	d.has_child_ordering = t->children_ranked;
	d.child_ordering = PERFETTO__PROTOS__TRACK_DESCRIPTOR__CHILD_TRACKS_ORDERING__EXPLICIT;
	if (t->pid) {
		process.has_pid = 1;
		process.pid = (int32_t)t->pid;
		process.process_name = (char *)t->name;
		d.process = &process;
	}
	if (t->counter) {
		counter.unit_name = (char *)t->counter;
		d.counter = &counter;
	}
	p.data_case = PERFETTO__PROTOS__TRACE_PACKET__DATA_TRACK_DESCRIPTOR;
	p.track_descriptor = &d;
	return put(o, &p);
}

/* ---- events ---- */

static Perfetto__Protos__DebugAnnotation *arg_new(struct ns_perfetto_out *o, event_t *e,
						  uint64_t name)
{
	Perfetto__Protos__DebugAnnotation *a = &o->arg[e->n_debug_annotations++];

	perfetto__protos__debug_annotation__init(a);
	a->name_field_case = PERFETTO__PROTOS__DEBUG_ANNOTATION__NAME_FIELD_NAME_IID;
	a->name_iid = name;
	return a;
}

static void arg_value(struct ns_perfetto_out *o, event_t *e, uint64_t name, uint64_t value)
{
	Perfetto__Protos__DebugAnnotation *a = arg_new(o, e, name);

	a->value_case = PERFETTO__PROTOS__DEBUG_ANNOTATION__VALUE_STRING_VALUE_IID;
	a->string_value_iid = value;
}

static void arg_field(struct ns_perfetto_out *o, event_t *e, uint64_t name, enum ns_unit unit,
		      uint64_t v)
{
	Perfetto__Protos__DebugAnnotation *a;

	if (ns_field_unavailable(unit, v)) {
		arg_value(o, e, name, IID_UNAVAILABLE);
		return;
	}
	if (ns_unit_is_enum(unit) && v < ns_dims[ns_unit_dim(unit)].nr) {
		arg_value(o, e, name, IID_VALUE(ns_unit_dim(unit), v));
		return;
	}
	a = arg_new(o, e, name);
	if (unit == NS_UNIT_HEX) {
		a->value_case = PERFETTO__PROTOS__DEBUG_ANNOTATION__VALUE_POINTER_VALUE;
		a->pointer_value = v;
	} else if (unit == NS_UNIT_INT) {
		a->value_case = PERFETTO__PROTOS__DEBUG_ANNOTATION__VALUE_INT_VALUE;
		a->int_value = (int64_t)v;
	} else {
		a->value_case = PERFETTO__PROTOS__DEBUG_ANNOTATION__VALUE_UINT_VALUE;
		a->uint_value = v;
	}
}

/* A begin or an instant: name, category and fields. */
static int put_named(struct ns_perfetto_out *o, int type, uint64_t track, uint64_t ts,
		     const struct ns_event *ev, uint64_t flow)
{
	const struct ns_event_info *info = &ns_events[ev->event];
	uint64_t category = IID_CATEGORY(ev->event);
	event_t e = PERFETTO__PROTOS__TRACK_EVENT__INIT;

	e.name_field_case = PERFETTO__PROTOS__TRACK_EVENT__NAME_FIELD_NAME_IID;
	e.name_iid = IID_EVENT(ev->event, ev->dim);
	e.category_iids = &category;
	e.n_category_iids = 1;
	e.debug_annotations = o->args;
	e.flow_ids = &flow;
	e.n_flow_ids = flow != 0;
	if (info->dim != NS_D_NONE)
		arg_value(o, &e, IID_ARG_DIM(ev->event), IID_VALUE(info->dim, ev->dim));
	if (info->sub != NS_D_NONE)
		arg_value(o, &e, IID_ARG_SUB(ev->event), IID_VALUE(info->sub, ev->sub));
	for (unsigned int i = 0; i < info->nr_fields; i++)
		arg_field(o, &e, IID_ARG(ev->event, i), info->fields[i].unit,
			  ns_event_field(ev, i));
	return put_event(o, &e, type, track, ts);
}

int ns_perfetto_begin(struct ns_perfetto_out *o, uint64_t track, uint64_t ts,
		      const struct ns_event *ev, uint64_t flow)
{
	return put_named(o, PERFETTO__PROTOS__TRACK_EVENT__TYPE__TYPE_SLICE_BEGIN, track, ts, ev,
			 flow);
}

int ns_perfetto_instant(struct ns_perfetto_out *o, uint64_t track, uint64_t ts,
			const struct ns_event *ev)
{
	return put_named(o, PERFETTO__PROTOS__TRACK_EVENT__TYPE__TYPE_INSTANT, track, ts, ev, 0);
}

int ns_perfetto_begin_level(struct ns_perfetto_out *o, uint64_t track, uint64_t ts,
			    enum ns_level level)
{
	uint64_t category = IID_CATEGORY_LEVEL;
	event_t e = PERFETTO__PROTOS__TRACK_EVENT__INIT;

	e.name_field_case = PERFETTO__PROTOS__TRACK_EVENT__NAME_FIELD_NAME_IID;
	e.name_iid = IID_LEVEL(level);
	e.category_iids = &category;
	e.n_category_iids = 1;
	return put_event(o, &e, PERFETTO__PROTOS__TRACK_EVENT__TYPE__TYPE_SLICE_BEGIN, track, ts);
}

int ns_perfetto_end(struct ns_perfetto_out *o, uint64_t track, uint64_t ts)
{
	event_t e = PERFETTO__PROTOS__TRACK_EVENT__INIT;

	return put_event(o, &e, PERFETTO__PROTOS__TRACK_EVENT__TYPE__TYPE_SLICE_END, track, ts);
}

int ns_perfetto_rate(struct ns_perfetto_out *o, uint64_t track, uint64_t ts, double value)
{
	event_t e = PERFETTO__PROTOS__TRACK_EVENT__INIT;

	e.counter_value_field_case =
		PERFETTO__PROTOS__TRACK_EVENT__COUNTER_VALUE_FIELD_DOUBLE_COUNTER_VALUE;
	e.double_counter_value = value;
	return put_event(o, &e, PERFETTO__PROTOS__TRACK_EVENT__TYPE__TYPE_COUNTER, track, ts);
}

int ns_perfetto_count(struct ns_perfetto_out *o, uint64_t track, uint64_t ts, int64_t value)
{
	event_t e = PERFETTO__PROTOS__TRACK_EVENT__INIT;

	e.counter_value_field_case =
		PERFETTO__PROTOS__TRACK_EVENT__COUNTER_VALUE_FIELD_COUNTER_VALUE;
	e.counter_value = value;
	return put_event(o, &e, PERFETTO__PROTOS__TRACK_EVENT__TYPE__TYPE_COUNTER, track, ts);
}
