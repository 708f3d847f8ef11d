/* SPDX-License-Identifier: GPL-2.0-or-later */
/* gate_live.h: runs that gate observes itself instead of reading them. */
#ifndef NESTSCOPE_GATE_LIVE_H
#define NESTSCOPE_GATE_LIVE_H

#include <stdbool.h>

#include "cmd.h"
#include "metricset.h"

/* Do the options ask for live runs? */
bool gate_is_live(const struct args *a);

/*
 * Observe the runs into set, finished.  0, or an exit code after a message: that of
 * the session where nothing can be observed, 2 for a CMD that fails or an interruption.
 */
int gate_observe(const struct args *a, struct ns_metricset *set);

#endif
