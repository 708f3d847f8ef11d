// SPDX-License-Identifier: GPL-2.0-or-later
/* catalogue.c: the tables of catalogue.h, made from bpf/events.def. */
#include "catalogue.h"

#define COUNT_ONE(...) +1
#define COUNT(list) (0 list(COUNT_ONE))

/* Event masks are u64, and the model packs (event, dim, sub) in 16 bits. */
_Static_assert((int)NS_NR_EVENTS <= 64, "an event mask is 64 bits");

/* NS_MAX_FIELDS is the maximum: nobody is above it, and somebody reaches it. */
#define FIELDS_FIT(id, ...)                                      \
	_Static_assert(COUNT(NS_##id##_FIELDS) <= NS_MAX_FIELDS, \
		       "NS_MAX_FIELDS is too small for " #id);
NS_EVENTS(FIELDS_FIT)
#define FIELDS_REACH(id, ...) || COUNT(NS_##id##_FIELDS) == NS_MAX_FIELDS
_Static_assert(0 NS_EVENTS(FIELDS_REACH), "NS_MAX_FIELDS is larger than needed");

#define VALUE(id, k, l, h) { .key = k, .label = l, .help = h },
#define VALUES(dim) static const struct ns_value_info values_##dim[] = { NS_DIM_##dim(VALUE) };
NS_DIMS(VALUES)

#define DIM(dim) [NS_D_##dim] = { #dim, values_##dim, COUNT(NS_DIM_##dim) },
const struct ns_dim_info ns_dims[NS_NR_DIMS] = { NS_DIMS(DIM) };

#define FIELD(id, k, u, h) { .key = k, .unit = NS_UNIT_##u, .help = h },
#define FIELDS(id, ...) \
	static const struct ns_field_info fields_##id[] = { NS_##id##_FIELDS(FIELD) };
NS_EVENTS(FIELDS)

#define EVENT(i, sys, k, d, s, t, h)                 \
	[NS_EV_##i] = {                              \
		.id = NS_EV_##i,                     \
		.system = NS_SYS_##sys,              \
		.key = k,                            \
		.help = h,                           \
		.dim = NS_D_##d,                     \
		.sub = NS_D_##s,                     \
		.timed = t,                          \
		.fields = fields_##i,                \
		.nr_fields = COUNT(NS_##i##_FIELDS), \
	},
const struct ns_event_info ns_events[NS_NR_EVENTS] = { NS_EVENTS(EVENT) };

#define SYSTEM(id, k, h) [NS_SYS_##id] = { .key = k, .help = h },
const struct ns_system_info ns_systems[NS_NR_SYSTEMS] = { NS_SYSTEMS(SYSTEM) };
