// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * expr_fuzz.c: hostile filter expressions.  Whatever the text, the parser
 * takes it or says where it is wrong; and what it took obeys logic: e and !e
 * are never both true, e || e and e && e are e, and no event matches that
 * ns_expr_events leaves out.
 *
 *	expr_fuzz [SECONDS [SEED]]	words put together at random, and damaged
 *
 * With -DNS_LIBFUZZER it is a libFuzzer target instead.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "catalogue.h"
#include "expr.h"
#include "synth.h"
#include "prop.h"

#define TEXT_MAX 600 /* doubled below, it still is no longer than NS_EXPR_MAX */
#define EVENTS 64

static struct ns_event events[EVENTS];
static struct ns_model meta;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void die(const char *text, const char *why)
{
	fprintf(stderr, "expr_fuzz: %s: %s\n", why, text);
	abort();
}

static void set_up(void)
{
	static bool done;
	struct ns_synth s;

	if (done)
		return;
	done = true;
	ns_synth_init(&s, 3);
	if (ns_synth_meta(&meta))
		die("", "no memory");
	for (unsigned int i = 0; i < EVENTS; i++)
		if (i % 2)
			ns_synth_noise(&s, &events[i]);
		else
			ns_synth_event(&s, &events[i]);
}

/* e put into format (with two %s), NULL when it does not parse (too many nodes). */
static struct ns_expr *made(const char *format, const char *text)
{
	static char buf[2 * TEXT_MAX + 32];
	struct ns_expr *e;

	snprintf(buf, sizeof(buf), format, text, text);
	return ns_expr_parse(&e, buf, NULL) ? NULL : e;
}

static void check_logic(const struct ns_expr *e, const char *text)
{
	struct ns_expr *not = made("!(%s)", text), *and = made("(%s) && (%s)", text),
		       * or = made("(%s) || (%s)", text);
	bool yes;

	for (unsigned int i = 0; i < EVENTS; i++) {
		yes = ns_expr_matches(e, &events[i], &meta);
		if (yes && !(ns_expr_events(e) >> events[i].event & 1))
			die(text, "matches an event that it cannot match");
		if (not &&yes && ns_expr_matches(not, &events[i], &meta))
			die(text, "is true, and so is its opposite");
		if ((and&&ns_expr_matches(and, &events[i], &meta) != yes) ||
		    (or &&ns_expr_matches(or, &events[i], &meta) != yes))
			die(text, "joined with itself it is another");
	}
	ns_expr_free(not );
	ns_expr_free(and);
	ns_expr_free(or);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char text[TEXT_MAX];
	struct ns_error err;
	struct ns_expr *e;
	size_t len;

	set_up();
	size = size < sizeof(text) - 1 ? size : sizeof(text) - 1;
	memcpy(text, data, size);
	text[size] = '\0';
	if (ns_expr_parse(&e, text, &err)) {
		len = strlen(err.msg);
		if (e || !len || len >= sizeof(err.msg) - 1 || err.msg[len - 1] != '^')
			die(text, "the message shows no place");
		return 0;
	}
	check_logic(e, text);
	ns_expr_free(e);
	return 0;
}

#ifndef NS_LIBFUZZER
/* A word of the language, of the catalogue, or something else. */
static const char *word(struct ns_synth *s)
{
	static const char *const words[] = {
		"&&",
		"||",
		"!",
		"(",
		")",
		"{",
		"}",
		",",
		"..",
		"==",
		"!=",
		"<",
		"<=",
		">",
		">=",
		"in",
		"unavailable",
		"0",
		"1",
		"-11",
		"0x40000000",
		"10us",
		"1.5ms",
		"4K",
		"18446744073709551615",
		"99999999999999999999",
		"'vmm*'",
		"\"x",
		"\x01\xff",
		"#",
	};
	uint64_t r = ns_synth_random(s) >> 8;
	const struct ns_event_info *ev = &ns_events[(r >> 8) % NS_NR_EVENTS];
	enum ns_dim dim = ev->dim;

	switch (r % 8) {
	case 0:
		return ev->key;
	case 1:
		return ev->fields[(r >> 16) % ev->nr_fields].key;
	case 2:
		return ns_value_key(dim, (unsigned int)(r >> 16) % ns_dims[dim].nr);
	case 3:
		return ns_prop_column_key((unsigned int)(r >> 16) % NS_NR_PROP_COLUMNS);
	default:
		return words[(r >> 16) % (sizeof(words) / sizeof(*words))];
	}
}

/* NAME SIGN VALUE, which often is right, or any words. */
static size_t make_text(struct ns_synth *s, char *text)
{
	static const char *const pattern[] = {
		"s2.fault",
		"dur > 10us",
		"cause == evict",
		"cause in { cold, evict }",
		"l2_ipa in 0x1000..0x2000",
		"ret < 0",
		"slot == unavailable",
		"vm == 'vm*'",
	};
	size_t len = 0;

	for (uint64_t n = 1 + (ns_synth_random(s) >> 8) % 20; n; n--) {
		uint64_t r = ns_synth_random(s) >> 8;

		len += (size_t)snprintf(text + len, TEXT_MAX - len, "%s ",
					r % 3 ? word(s) : pattern[(r >> 8) % 8]);
		if (!(r % 3) && n > 1)
			len += (size_t)snprintf(text + len, TEXT_MAX - len, "%s ",
						r >> 16 & 1 ? "&&" : "||");
		if (len > TEXT_MAX - 80)
			break;
	}
	if (!((ns_synth_random(s) >> 8) % 4))
		text[(ns_synth_random(s) >> 8) % len] = (char)(1 + (ns_synth_random(s) >> 8) % 255);
	return len;
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
	double limit = argc > 1 ? atof(argv[1]) : 5, start = now();
	uint64_t inputs = 0, taken = 0;
	struct ns_expr *e;
	struct ns_synth s;
	char text[TEXT_MAX];
	size_t len;

	ns_synth_init(&s, argc > 2 ? strtoull(argv[2], NULL, 10) : 1);
	for (; inputs % 64 || now() - start < limit; inputs++) {
		len = make_text(&s, text);
		LLVMFuzzerTestOneInput((const uint8_t *)text, len);
		taken += !ns_expr_parse(&e, text, NULL);
		ns_expr_free(e);
	}
	ns_model_free(&meta);
	printf("expr_fuzz: %" PRIu64 " inputs, %" PRIu64 " of them expressions, no failure\n",
	       inputs, taken);
	return !taken;
}
#endif
