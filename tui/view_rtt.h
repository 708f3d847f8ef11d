/* SPDX-License-Identifier: GPL-2.0-or-later */
/* view_rtt.h: a realm's tables, as text and as JSON. */
#ifndef NESTSCOPE_VIEW_RTT_H
#define NESTSCOPE_VIEW_RTT_H

#include <jansson.h>

#include "rtt_trace.h"
#include "view.h"

/* A section for each VM with a realm. */
void view_rtt(FILE *f, const struct view *v);
/* What the JSON of a VM says of its realm; null when it has none. */
json_t *view_rtt_json(const struct view *v, int vm);
/* Read the recording of v again for what only whole events tell.  0 or -errno. */
int view_rtt_read(struct ns_rtt_traces *t, const struct view *v, const char *path,
		  struct ns_error *err);

#endif
