/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * expr.h: filter expressions over the catalogue's names, such as
 *
 *	s2.fault && cause == evict && dur > 10us && l2_ipa in 0x40000000..0x40200000
 *
 * An event or system by itself is true for those events.  Anything else is
 * compared: NAME == != < <= > >= VALUE, NAME in LOW..HIGH (without HIGH) or
 * NAME in { VALUE or range, ... }; ! && || and brackets as in C.  NAME is a
 * property (prop.h); VALUE is a number (0x10, 10us, 4K), the key of a value
 * (evict), unavailable, or, for vm, a name in quotes that may be a pattern.
 *
 * What is compared with something that the event does not have, or that was
 * not told, is neither true nor false, and nor is its opposite: only events
 * for which the whole is true match.
 */
#ifndef NESTSCOPE_EXPR_H
#define NESTSCOPE_EXPR_H

#include <stdbool.h>

#include "error.h"
#include "event.h"
#include "model.h"

#define NS_EXPR_MAX 4096 /* bytes of text; longer ones are refused */

struct ns_expr;

/*
 * Parse text.  -EINVAL (NS_EXIT_USAGE) with a message of three lines, the
 * last two the text and a caret under the place, or -ENOMEM.  Free it with
 * ns_expr_free.
 */
int ns_expr_parse(struct ns_expr **out, const char *text, struct ns_error *err);
void ns_expr_free(struct ns_expr *e);

/* Is it true for ev?  meta has the VMs and the start of the observation. */
bool ns_expr_matches(const struct ns_expr *e, const struct ns_event *ev,
		     const struct ns_model *meta);

/* The events, as bits by id, for which it can be true at all. */
uint64_t ns_expr_events(const struct ns_expr *e);

#endif
