/* SPDX-License-Identifier: GPL-2.0-or-later */
/* expr_priv.h: what the parts of expr.h share: words, and the tree. */
#ifndef NESTSCOPE_EXPR_PRIV_H
#define NESTSCOPE_EXPR_PRIV_H

#include "expr.h"
#include "prop.h"

#define EXPR_MAX_NODES 256
#define EXPR_MAX_DEPTH 64 /* of brackets and "!" */
#define EXPR_MAX_WORD 64

/* ---- words ---- */

enum token_kind {
	TOKEN_END,
	TOKEN_NAME,
	TOKEN_NUMBER,
	TOKEN_TEXT, /* in quotes */
	TOKEN_AND,
	TOKEN_OR,
	TOKEN_NOT,
	TOKEN_OPEN,
	TOKEN_CLOSE,
	TOKEN_LIST,
	TOKEN_LIST_END,
	TOKEN_COMMA,
	TOKEN_RANGE,
	TOKEN_EQ,
	TOKEN_NE,
	TOKEN_LT,
	TOKEN_LE,
	TOKEN_GT,
	TOKEN_GE,
	TOKEN_BAD /* the message is in lexer.why */
};

/* What a number's suffix said it is. */
enum number_kind { NUMBER_PLAIN, NUMBER_TIME, NUMBER_SIZE };

struct number {
	uint64_t size; /* without the sign */
	bool negative;
	enum number_kind kind;
};

struct token {
	enum token_kind kind;
	const char *at; /* in the text */
	char word[EXPR_MAX_WORD]; /* of a name or text */
	struct number number;
};

struct lexer {
	const char *text, *at;
	const char *why; /* of a bad token */
};

/* The next token of l. */
void ns_expr_token(struct lexer *l, struct token *t);

/* ---- the tree ---- */

enum node_kind {
	NODE_AND,
	NODE_OR,
	NODE_NOT,
	NODE_EVENT, /* it is one of events */
	NODE_VALUE, /* its value of a dimension is in values[event] */
	NODE_RANGE, /* low <= number < high, or <= high */
	NODE_MISSING, /* it is not told */
	NODE_VM /* the VM's name is as the pattern */
};

struct node {
	enum node_kind kind;
	uint16_t left, right; /* nodes of AND, OR and (left) NOT */
	struct ns_prop prop; /* of the comparisons */
	uint64_t events;
	uint32_t values[NS_NR_EVENTS]; /* by event, a bit for each value */
	struct number low, high;
	bool has_low, has_high, with_high;
	char pattern[EXPR_MAX_WORD];
};

struct ns_expr {
	struct node node[EXPR_MAX_NODES];
	unsigned int nr, root;
	uint64_t events;
};

/* The events for which the tree can be true, as bits by id. */
uint64_t ns_expr_possible(const struct ns_expr *e);

#endif
