// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * expr_parse.c: from the text of a filter expression to its tree, by recursive
 * descent.  A list becomes the "or" of its members.  The text is a user's or a
 * fuzzer's: nodes and depth are bounded.
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "expr_priv.h"

struct parser {
	struct lexer lex;
	struct token now; /* not yet taken */
	struct ns_expr *e;
	struct ns_error *err;
	unsigned int depth;
};

#define WINDOW 60 /* columns of the text that a message shows */
#define FAILED (-1)

/* ---- messages ---- */

/* Say what is wrong at a place of the text, and show it. Returns FAILED. */
static int wrong(struct parser *p, const char *at, const char *why)
{
	const char *text = p->lex.text, *from = text;
	size_t len = strlen(text), column;
	char line[WINDOW + 1];

	if (at - text > WINDOW - 10)
		from = at - (WINDOW - 10);
	column = (size_t)(at - from);
	len -= (size_t)(from - text);
	len = len > WINDOW ? WINDOW : len;
	for (size_t i = 0; i < len; i++)
		line[i] = from[i];
	for (size_t i = 0; i < len; i++)
		if (!isprint((unsigned char)line[i]))
			line[i] = line[i] == '\t' || line[i] == '\n' ? ' ' : '?';
	line[len] = '\0';
	ns_error(p->err, -EINVAL, NS_EXIT_USAGE, "filter: %s\n  %s\n  %*s^", why, line, (int)column,
		 "");
	return FAILED;
}

static int unknown_name(struct parser *p, const struct token *t, const char *what)
{
	char near[64], why[256];

	ns_prop_nearest(t->word, near, sizeof(near));
	snprintf(why, sizeof(why),
		 "%s '%s' (did you mean '%s'?); 'nestscope help events' lists them", what, t->word,
		 near);
	return wrong(p, t->at, why);
}

static void next(struct parser *p)
{
	ns_expr_token(&p->lex, &p->now);
}

static int expected(struct parser *p, const char *what)
{
	char why[160];

	if (p->now.kind == TOKEN_BAD)
		return wrong(p, p->now.at, p->lex.why);
	snprintf(why, sizeof(why), "%s is expected here", what);
	return wrong(p, p->now.at, why);
}

/* ---- nodes ---- */

/* A new node, its number; FAILED when there are too many. */
static int node_new(struct parser *p, enum node_kind kind, const char *at)
{
	struct node *n;

	if (p->e->nr == EXPR_MAX_NODES)
		return wrong(p, at, "the expression is too long");
	n = &p->e->node[p->e->nr];
	memset(n, 0, sizeof(*n));
	n->kind = kind;
	return (int)p->e->nr++;
}

static int join(struct parser *p, enum node_kind kind, int left, int right, const char *at)
{
	int n = left < 0 || right < 0 ? FAILED : node_new(p, kind, at);

	if (n >= 0) {
		p->e->node[n].left = (uint16_t)left;
		p->e->node[n].right = (uint16_t)right;
	}
	return n;
}

static int negate(struct parser *p, int node, const char *at)
{
	return join(p, NODE_NOT, node, node < 0 ? FAILED : 0, at);
}

static int compare_with(struct parser *p, enum node_kind kind, const struct ns_prop *prop,
			const char *at)
{
	int n = node_new(p, kind, at);

	if (n >= 0)
		p->e->node[n].prop = *prop;
	return n;
}

/* ---- what a name can be compared with ---- */

/* Can some event's value of prop be a number (of that kind)?  Or one of a dimension's? */
static bool takes_number(const struct ns_prop *prop, enum number_kind kind)
{
	int unit;

	for (unsigned int i = 0; i < NS_NR_EVENTS; i++) {
		unit = ns_prop_unit(prop, i);
		if (unit < 0 || ns_unit_is_enum((enum ns_unit)unit))
			continue;
		if (kind == NUMBER_PLAIN || (kind == NUMBER_TIME) == (unit == NS_UNIT_NS))
			return true;
	}
	return false;
}

static int prop_dim(const struct ns_prop *prop, unsigned int event)
{
	int unit = ns_prop_unit(prop, event);

	return unit >= 0 && ns_unit_is_enum((enum ns_unit)unit)
		       ? (int)ns_unit_dim((enum ns_unit)unit)
		       : -1;
}

/* The values of an event's dimension, for a message. */
static int unknown_value(struct parser *p, const struct ns_prop *prop, const struct token *t)
{
	char why[320];
	size_t len =
		(size_t)snprintf(why, sizeof(why), "%s is never '%s'; it is", prop->name, t->word);
	int dim = -1;

	for (unsigned int i = 0; dim < 0 && i < NS_NR_EVENTS; i++)
		dim = prop_dim(prop, i);
	if (dim < 0)
		return wrong(p, t->at,
			     takes_number(prop, NUMBER_TIME)
				     ? "a time is expected here: 800ns, 20us, 1.5ms"
				     : "a number is expected here");
	for (unsigned int v = 0; v < ns_dims[dim].nr && len < sizeof(why); v++)
		len += (size_t)snprintf(why + len, sizeof(why) - len, " %s",
					ns_value_key((enum ns_dim)dim, v));
	if (len >= sizeof(why))
		strcpy(why + sizeof(why) - 4, "...");
	return wrong(p, t->at, why);
}

/* ---- comparisons ---- */

static int with_value(struct parser *p, const struct ns_prop *prop, const struct token *t)
{
	bool found = false;
	int n, dim, value;

	if (!strcmp(t->word, "unavailable"))
		return compare_with(p, NODE_MISSING, prop, t->at);
	n = compare_with(p, NODE_VALUE, prop, t->at);
	for (unsigned int i = 0; n >= 0 && i < NS_NR_EVENTS; i++) {
		dim = prop_dim(prop, i);
		value = dim < 0 ? -1 : ns_value_find((enum ns_dim)dim, t->word);
		if (value >= 0)
			p->e->node[n].values[i] = 1U << value;
		found |= value >= 0;
	}
	return n < 0 || found ? n : unknown_value(p, prop, t);
}

static int with_pattern(struct parser *p, const struct ns_prop *prop, const struct token *t)
{
	int n;

	if (prop->column != NS_PROP_VM)
		return wrong(p, t->at, "only vm is compared with a text in quotes");
	n = compare_with(p, NODE_VM, prop, t->at);
	if (n >= 0)
		strcpy(p->e->node[n].pattern, t->word);
	return n;
}

static int number_fits(struct parser *p, const struct ns_prop *prop, const struct token *t)
{
	char why[160];

	if (takes_number(prop, t->number.kind))
		return 0;
	if (!takes_number(prop, NUMBER_PLAIN))
		snprintf(why, sizeof(why), "%s is compared with a name, not with a number",
			 prop->name);
	else if (t->number.kind == NUMBER_TIME)
		snprintf(why, sizeof(why), "%s is no time", prop->name);
	else
		snprintf(why, sizeof(why), "%s is a time: give ns, us, ms or s", prop->name);
	return wrong(p, t->at, why);
}

/* A node for the numbers from low to high; either may be NULL. */
static int with_range(struct parser *p, const struct ns_prop *prop, const struct token *low,
		      const struct token *high, bool with_high)
{
	const struct token *t = low ? low : high;
	struct node *node;
	int n;

	if ((low && number_fits(p, prop, low)) || (high && number_fits(p, prop, high)))
		return FAILED;
	n = compare_with(p, NODE_RANGE, prop, t->at);
	if (n < 0)
		return n;
	node = &p->e->node[n];
	node->has_low = low;
	node->has_high = high;
	node->with_high = with_high;
	if (low)
		node->low = low->number;
	if (high)
		node->high = high->number;
	return n;
}

/* NAME == VALUE, and the other signs made from it. */
static int with_sign(struct parser *p, const struct ns_prop *prop, enum token_kind sign,
		     const char *at)
{
	struct token t = p->now;
	int n;

	if (t.kind == TOKEN_NAME && (sign == TOKEN_EQ || sign == TOKEN_NE))
		n = with_value(p, prop, &t);
	else if (t.kind == TOKEN_TEXT && (sign == TOKEN_EQ || sign == TOKEN_NE))
		n = with_pattern(p, prop, &t);
	else if (t.kind != TOKEN_NUMBER)
		return expected(p, sign == TOKEN_EQ || sign == TOKEN_NE ? "a value" : "a number");
	else if (sign == TOKEN_EQ || sign == TOKEN_NE)
		n = with_range(p, prop, &t, &t, true);
	else if (sign == TOKEN_LT || sign == TOKEN_LE)
		n = with_range(p, prop, NULL, &t, sign == TOKEN_LE);
	else if (sign == TOKEN_GE)
		n = with_range(p, prop, &t, NULL, false);
	else /* a > b: not a <= b */
		n = negate(p, with_range(p, prop, NULL, &t, true), at);
	if (n >= 0 && sign == TOKEN_NE)
		n = negate(p, n, at);
	next(p);
	return n;
}

/* VALUE or LOW..HIGH */
static int member(struct parser *p, const struct ns_prop *prop)
{
	struct token low = p->now, high;

	if (low.kind != TOKEN_NUMBER)
		return with_sign(p, prop, TOKEN_EQ, low.at);
	next(p);
	if (p->now.kind != TOKEN_RANGE)
		return with_range(p, prop, &low, &low, true);
	next(p);
	high = p->now;
	if (high.kind != TOKEN_NUMBER)
		return expected(p, "the end of the range, a number,");
	next(p);
	return with_range(p, prop, &low, &high, false);
}

static int in_list(struct parser *p, const struct ns_prop *prop)
{
	const char *at = p->now.at;
	int n;

	if (p->now.kind == TOKEN_NUMBER)
		return member(p, prop);
	if (p->now.kind != TOKEN_LIST)
		return expected(p, "a range 'LOW..HIGH' or a list '{ A, B }'");
	next(p);
	n = member(p, prop);
	while (n >= 0 && p->now.kind == TOKEN_COMMA) {
		next(p);
		n = join(p, NODE_OR, n, member(p, prop), at);
	}
	if (n >= 0 && p->now.kind != TOKEN_LIST_END)
		return expected(p, "',' or '}'");
	if (n >= 0)
		next(p);
	return n;
}

/* event == s2.fault, and s2.fault by itself */
static int of_events(struct parser *p, const struct token *t, uint64_t mask)
{
	int n = node_new(p, NODE_EVENT, t->at);

	if (n >= 0)
		p->e->node[n].events = mask;
	return n;
}

static uint64_t event_mask(const char *word)
{
	uint64_t mask = 0;
	char *bad = NULL;

	ns_events_parse(word, &mask, &bad);
	free(bad);
	return mask;
}

static int event_is(struct parser *p)
{
	enum token_kind sign = p->now.kind;
	struct token t;
	int n;

	if (sign != TOKEN_EQ && sign != TOKEN_NE)
		return expected(p, "'==' or '!='");
	next(p);
	t = p->now;
	if (t.kind != TOKEN_NAME)
		return expected(p, "an event or a system");
	if (!event_mask(t.word))
		return unknown_name(p, &t, "unknown event");
	next(p);
	n = of_events(p, &t, event_mask(t.word));
	return n >= 0 && sign == TOKEN_NE ? negate(p, n, t.at) : n;
}

static int comparison(struct parser *p)
{
	struct token t = p->now;
	enum token_kind sign;
	struct ns_prop prop;

	next(p);
	if (event_mask(t.word))
		return of_events(p, &t, event_mask(t.word));
	if (!strcmp(t.word, "event"))
		return event_is(p);
	if (ns_prop_find(&prop, t.word))
		return unknown_name(p, &t, "unknown name");
	sign = p->now.kind;
	if (sign == TOKEN_NAME && !strcmp(p->now.word, "in")) {
		next(p);
		return in_list(p, &prop);
	}
	if (sign < TOKEN_EQ || sign > TOKEN_GE)
		return expected(p, "a comparison (== != < <= > >= in)");
	next(p);
	return with_sign(p, &prop, sign, t.at);
}

/* ---- conditions ---- */

static int any_of(struct parser *p);

static int primary(struct parser *p)
{
	const char *at = p->now.at;
	int n;

	if (p->depth == EXPR_MAX_DEPTH)
		return wrong(p, at, "the brackets are too deep");
	p->depth++;
	if (p->now.kind == TOKEN_NOT) {
		next(p);
		n = negate(p, primary(p), at);
	} else if (p->now.kind == TOKEN_OPEN) {
		next(p);
		n = any_of(p);
		if (n >= 0 && p->now.kind != TOKEN_CLOSE)
			n = expected(p, "')'");
		else if (n >= 0)
			next(p);
	} else if (p->now.kind == TOKEN_NAME) {
		n = comparison(p);
	} else {
		n = expected(p, "an event or a comparison");
	}
	p->depth--;
	return n;
}

static int all_of(struct parser *p)
{
	int n = primary(p);

	while (n >= 0 && p->now.kind == TOKEN_AND) {
		next(p);
		n = join(p, NODE_AND, n, primary(p), p->now.at);
	}
	return n;
}

static int any_of(struct parser *p)
{
	int n = all_of(p);

	while (n >= 0 && p->now.kind == TOKEN_OR) {
		next(p);
		n = join(p, NODE_OR, n, all_of(p), p->now.at);
	}
	return n;
}

static int too_long(struct ns_error *err)
{
	return ns_error(err, -EINVAL, NS_EXIT_USAGE, "filter: it is longer than %d bytes",
			NS_EXPR_MAX);
}

int ns_expr_parse(struct ns_expr **out, const char *text, struct ns_error *err)
{
	struct parser p = { .lex = { text, text, NULL }, .err = err };
	int n;

	*out = NULL;
	if (strlen(text) > NS_EXPR_MAX)
		return too_long(err);
	p.e = calloc(1, sizeof(*p.e));
	if (!p.e)
		return ns_error(err, -ENOMEM, NS_EXIT_FAIL, "out of memory");
	next(&p);
	n = any_of(&p);
	if (n >= 0 && p.now.kind != TOKEN_END)
		n = expected(&p, "'&&', '||' or the end");
	if (n < 0) {
		ns_expr_free(p.e);
		return -EINVAL;
	}
	p.e->root = (unsigned int)n;
	p.e->events = ns_expr_possible(p.e);
	*out = p.e;
	return 0;
}
