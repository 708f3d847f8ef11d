// SPDX-License-Identifier: GPL-2.0-or-later
/* expr.c: is a filter expression true for an event? */
#include <fnmatch.h>
#include <stdlib.h>

#include "expr_priv.h"

/* Ordered, so that "and" is the least of two and "or" the greatest. */
enum truth { NO, UNKNOWN, YES };

/* ---- one comparison ---- */

/* value, read as unit says, against n: below 0, 0, above 0. */
static int compare(uint64_t value, enum ns_unit unit, const struct number *n)
{
	bool negative = unit == NS_UNIT_INT && (int64_t)value < 0;
	uint64_t size = negative ? -value : value;

	if (negative != n->negative && (size || n->size))
		return negative ? -1 : 1;
	if (size == n->size)
		return 0;
	return (size < n->size) != negative ? -1 : 1;
}

static enum truth in_range(const struct node *n, uint64_t value, enum ns_unit unit)
{
	int c;

	if (n->has_low && compare(value, unit, &n->low) < 0)
		return NO;
	c = n->has_high ? compare(value, unit, &n->high) : -1;
	return c < 0 || (!c && n->with_high) ? YES : NO;
}

static enum truth vm_named(const struct node *n, const struct ns_event *ev,
			   const struct ns_model *meta)
{
	const struct ns_model_vm *vm = ns_model_vm(meta, ev->vm);

	if (!vm)
		return UNKNOWN;
	return fnmatch(n->pattern, vm->name, 0) ? NO : YES;
}

static enum truth compared(const struct node *n, const struct ns_event *ev,
			   const struct ns_model *meta)
{
	enum ns_unit unit;
	uint64_t value;
	bool missing;

	if (!ns_prop_value(&n->prop, ev, meta, &value))
		return UNKNOWN;
	unit = (enum ns_unit)ns_prop_unit(&n->prop, ev->event);
	missing = ns_field_unavailable(unit, value);
	if (n->kind == NODE_MISSING)
		return missing ? YES : NO;
	if (missing || ns_unit_is_enum(unit) != (n->kind == NODE_VALUE))
		return UNKNOWN;
	if (n->kind == NODE_RANGE)
		return in_range(n, value, unit);
	return value < 32 && n->values[ev->event] >> value & 1 ? YES : NO;
}

/* ---- the tree ---- */

static enum truth evaluate(const struct ns_expr *e, unsigned int nr, const struct ns_event *ev,
			   const struct ns_model *meta)
{
	const struct node *n = &e->node[nr];
	enum truth left, right;

	switch (n->kind) {
	case NODE_EVENT:
		return n->events >> ev->event & 1 ? YES : NO;
	case NODE_VM:
		return vm_named(n, ev, meta);
	case NODE_AND:
		left = evaluate(e, n->left, ev, meta);
		right = left == NO ? NO : evaluate(e, n->right, ev, meta);
		return left < right ? left : right;
	case NODE_OR:
		left = evaluate(e, n->left, ev, meta);
		right = left == YES ? YES : evaluate(e, n->right, ev, meta);
		return left > right ? left : right;
	case NODE_NOT:
		return (enum truth)(YES - evaluate(e, n->left, ev, meta));
	default:
		return compared(n, ev, meta);
	}
}

bool ns_expr_matches(const struct ns_expr *e, const struct ns_event *ev,
		     const struct ns_model *meta)
{
	return e->events >> ev->event & 1 && evaluate(e, e->root, ev, meta) == YES;
}

/* ---- what can be true of an event, whatever its values are ---- */

#define CAN(truth) (1U << (truth))

/* Every outcome of two that can be a and b, under "and" or "or". */
static unsigned int joined(unsigned int a, unsigned int b, bool and)
{
	unsigned int can = 0;

	for (unsigned int x = NO; x <= YES; x++)
		for (unsigned int y = NO; y <= YES; y++)
			if (a & CAN(x) && b & CAN(y))
				can |= CAN((x < y) == and? x : y);
	return can;
}

/* The outcomes (CAN) that node nr can have for this kind of event. */
static unsigned int outcomes(const struct ns_expr *e, unsigned int nr, unsigned int event)
{
	const struct node *n = &e->node[nr];
	unsigned int left;
	int unit;

	switch (n->kind) {
	case NODE_EVENT:
		return n->events >> event & 1 ? CAN(YES) : CAN(NO);
	case NODE_VM:
		return CAN(NO) | CAN(UNKNOWN) | CAN(YES);
	case NODE_AND:
	case NODE_OR:
		return joined(outcomes(e, n->left, event), outcomes(e, n->right, event),
			      n->kind == NODE_AND);
	case NODE_NOT:
		left = outcomes(e, n->left, event);
		return (left & CAN(UNKNOWN)) | (left & CAN(NO) ? CAN(YES) : 0) |
		       (left & CAN(YES) ? CAN(NO) : 0);
	default:
		unit = ns_prop_unit(&n->prop, event);
		if (unit < 0 || (n->kind != NODE_MISSING &&
				 ns_unit_is_enum((enum ns_unit)unit) != (n->kind == NODE_VALUE)))
			return CAN(UNKNOWN);
		if (n->kind == NODE_VALUE && !n->values[event])
			return CAN(NO) | CAN(UNKNOWN);
		return CAN(NO) | CAN(UNKNOWN) | CAN(YES);
	}
}

uint64_t ns_expr_possible(const struct ns_expr *e)
{
	uint64_t mask = 0;

	for (unsigned int i = 0; i < NS_NR_EVENTS; i++)
		if (outcomes(e, e->root, i) & CAN(YES))
			mask |= 1ULL << i;
	return mask;
}

uint64_t ns_expr_events(const struct ns_expr *e)
{
	return e->events;
}

void ns_expr_free(struct ns_expr *e)
{
	free(e);
}
