// SPDX-License-Identifier: GPL-2.0-or-later
/* expr_lex.c: the words of a filter expression. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "expr_priv.h"

static const struct {
	const char *text;
	enum token_kind kind;
} signs[] = {
	/* longer ones first */
	{ "&&", TOKEN_AND }, { "||", TOKEN_OR },      { "==", TOKEN_EQ },    { "!=", TOKEN_NE },
	{ "<=", TOKEN_LE },  { ">=", TOKEN_GE },      { "..", TOKEN_RANGE }, { "<", TOKEN_LT },
	{ ">", TOKEN_GT },   { "!", TOKEN_NOT },      { "(", TOKEN_OPEN },   { ")", TOKEN_CLOSE },
	{ "{", TOKEN_LIST }, { "}", TOKEN_LIST_END }, { ",", TOKEN_COMMA },
};

static void bad(struct lexer *l, struct token *t, const char *why)
{
	t->kind = TOKEN_BAD;
	l->why = why;
}

static bool is_name(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

/* s2.fault.cause: a dot belongs to the name when more of it follows. */
static void name(struct lexer *l, struct token *t)
{
	size_t len = 0;

	while (is_name(l->at[len]) || (l->at[len] == '.' && is_name(l->at[len + 1])))
		len++;
	if (len >= sizeof(t->word)) {
		bad(l, t, "the name is too long");
		return;
	}
	memcpy(t->word, l->at, len);
	t->word[len] = '\0';
	t->kind = TOKEN_NAME;
	l->at += len;
}

static void text(struct lexer *l, struct token *t)
{
	const char *end = strchr(l->at + 1, *l->at);
	size_t len = end ? (size_t)(end - l->at - 1) : 0;

	if (!end || len >= sizeof(t->word)) {
		bad(l, t, end ? "the text is too long" : "the text has no closing quote");
		return;
	}
	memcpy(t->word, l->at + 1, len);
	t->word[len] = '\0';
	t->kind = TOKEN_TEXT;
	l->at = end + 1;
}

/* ---- numbers ---- */

static const struct suffix {
	const char *text;
	uint64_t factor;
	enum number_kind kind;
} suffixes[] = {
	{ "", 1, NUMBER_PLAIN },	  { "ns", 1, NUMBER_TIME },
	{ "us", 1000, NUMBER_TIME },	  { "ms", 1000000, NUMBER_TIME },
	{ "s", 1000000000, NUMBER_TIME }, { "K", 1 << 10, NUMBER_SIZE },
	{ "M", 1 << 20, NUMBER_SIZE },	  { "G", 1 << 30, NUMBER_SIZE },
	{ "T", 1ULL << 40, NUMBER_SIZE },
};

/* Digits of base at *p, which is moved behind them; false: too many. */
static bool digits(const char **p, unsigned int base, uint64_t *value)
{
	unsigned int d;

	for (*value = 0; isxdigit((unsigned char)**p); (*p)++) {
		d = isdigit((unsigned char)**p) ? (unsigned int)(**p - '0')
						: (unsigned int)((**p | 32) - 'a') + 10;
		if (d >= base)
			break;
		if (__builtin_mul_overflow(*value, base, value) ||
		    __builtin_add_overflow(*value, d, value))
			return false;
	}
	return true;
}

/* ".25" of a unit of factor, in ones; *p is moved behind it. */
static uint64_t fraction(const char **p, uint64_t factor_of_digit)
{
	uint64_t sum = 0;

	for (; isdigit((unsigned char)**p); (*p)++) {
		factor_of_digit /= 10;
		sum += (uint64_t)(**p - '0') * factor_of_digit;
	}
	return sum;
}

static const struct suffix *suffix_of(const char *p)
{
	size_t len = 0;

	while (is_name(p[len]))
		len++;
	for (unsigned int i = 0; i < sizeof(suffixes) / sizeof(*suffixes); i++)
		if (strlen(suffixes[i].text) == len && !strncmp(suffixes[i].text, p, len))
			return &suffixes[i];
	return NULL;
}

static void number(struct lexer *l, struct token *t)
{
	const char *p = l->at, *point = NULL;
	struct number *n = &t->number;
	const struct suffix *s;
	bool hex, fits;

	memset(n, 0, sizeof(*n));
	n->negative = *p == '-';
	p += n->negative;
	hex = p[0] == '0' && (p[1] | 32) == 'x' && isxdigit((unsigned char)p[2]);
	p += hex ? 2 : 0;
	fits = digits(&p, hex ? 16 : 10, &n->size);
	if (fits && !hex && p[0] == '.' && isdigit((unsigned char)p[1])) {
		for (point = ++p; isdigit((unsigned char)*p);)
			p++;
	}
	s = suffix_of(p);
	if (!fits || (s && __builtin_mul_overflow(n->size, s->factor, &n->size)))
		bad(l, t, "the number does not fit 64 bits");
	else if (!s)
		bad(l, t, "not a number: 17, 0x40000000, -11, 1.5us, 20ms, 4K, 2M");
	else if (point && s->factor == 1)
		bad(l, t, "only a number with a unit may have a fraction: 1.5us");
	else {
		n->size += point ? fraction(&point, s->factor) : 0;
		n->kind = s->kind;
		t->kind = TOKEN_NUMBER;
		l->at = p + strlen(s->text);
	}
}

static bool sign(struct lexer *l, struct token *t)
{
	for (unsigned int i = 0; i < sizeof(signs) / sizeof(*signs); i++)
		if (!strncmp(l->at, signs[i].text, strlen(signs[i].text))) {
			t->kind = signs[i].kind;
			l->at += strlen(signs[i].text);
			return true;
		}
	return false;
}

void ns_expr_token(struct lexer *l, struct token *t)
{
	while (isspace((unsigned char)*l->at))
		l->at++;
	t->at = l->at;
	if (!*l->at)
		t->kind = TOKEN_END;
	else if (isalpha((unsigned char)*l->at) || *l->at == '_')
		name(l, t);
	else if (isdigit((unsigned char)*l->at) ||
		 (*l->at == '-' && isdigit((unsigned char)l->at[1])))
		number(l, t);
	else if (*l->at == '"' || *l->at == '\'')
		text(l, t);
	else if (sign(l, t))
		return;
	else if (*l->at == '=')
		bad(l, t, "equality is '=='");
	else if (*l->at == '&' || *l->at == '|')
		bad(l, t, "conditions are joined with '&&' and '||'");
	else
		bad(l, t, "this cannot stand here");
}
