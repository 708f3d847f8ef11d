// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_expr.c: filter expressions: what they match, compared with the same
 * condition in C on every kind of event, and what they say to bad ones.
 */
#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "catalogue.h"
#include "expr.h"
#include "synth.h"

static struct ns_model meta;

static int setup(void **state)
{
	ns_model_init(&meta);
	return ns_synth_meta(&meta);
}

static int teardown(void **state)
{
	ns_model_free(&meta);
	return 0;
}

static struct ns_expr *parse(const char *text)
{
	struct ns_error err = { 0 };
	struct ns_expr *e;

	if (ns_expr_parse(&e, text, &err))
		fail_msg("%s: %s", text, err.msg);
	return e;
}

static bool matches(const char *text, const struct ns_event *ev)
{
	struct ns_expr *e = parse(text);
	bool yes = ns_expr_matches(e, ev, &meta);

	ns_expr_free(e);
	return yes;
}

/* ---- against the same condition in C ---- */

#define F(ev, i) ((ev)->field[i])
#define IS(ev, id) ((ev)->event == NS_EV_##id)

static bool c_fault(const struct ns_event *ev)
{
	return IS(ev, S2_FAULT);
}
static bool c_system(const struct ns_event *ev)
{
	return ns_events[ev->event].system == NS_SYS_EL2;
}
static bool c_cause(const struct ns_event *ev)
{
	return IS(ev, S2_FAULT) && ev->dim == NS_CAUSE_EVICT;
}
static bool c_not_cause(const struct ns_event *ev)
{
	return IS(ev, S2_FAULT) && ev->dim != NS_CAUSE_EVICT;
}
static bool c_dim(const struct ns_event *ev)
{
	return (IS(ev, S2_FAULT) && ev->dim == NS_CAUSE_MMIO) ||
	       (IS(ev, MMIO_ACCESS) && ev->dim == NS_MMIO_KIND_WRITE) ||
	       (IS(ev, MMIO_MATCH) && ev->dim == NS_MATCH_WRITE);
}
static bool c_dur(const struct ns_event *ev)
{
	return ns_events[ev->event].timed && F(ev, 0) != NS_UNAVAILABLE && F(ev, 0) > 10000;
}
static bool c_range(const struct ns_event *ev)
{
	uint64_t ipa = IS(ev, S2_FAULT)	    ? F(ev, NS_S2_FAULT_L2_IPA)
		       : IS(ev, S2_WALK)    ? F(ev, NS_S2_WALK_L2_IPA)
		       : IS(ev, MMIO_CACHE) ? F(ev, NS_MMIO_CACHE_L2_IPA)
					    : 0;

	return ipa >= 0x1000 && ipa < 0x40200000;
}
static bool c_one_event(const struct ns_event *ev)
{
	return IS(ev, S2_WALK) && F(ev, NS_S2_WALK_L2_IPA) < 0x10000;
}
static bool c_signed(const struct ns_event *ev)
{
	int f = ns_field_find(&ns_events[ev->event], "ret");

	return f >= 0 && F(ev, f) != NS_UNAVAILABLE_INT && (int64_t)F(ev, f) < 0;
}
static bool c_list(const struct ns_event *ev)
{
	return ev->vcpu == 0 || ev->vcpu == 3 || (ev->vcpu >= 5 && ev->vcpu < 8);
}
static bool c_sub(const struct ns_event *ev)
{
	return ns_events[ev->event].sub == NS_D_ACCESS && ev->sub != NS_ACCESS_READ;
}
static bool c_enum_field(const struct ns_event *ev)
{
	return IS(ev, S2_TLBI) && F(ev, NS_S2_TLBI_SOURCE) == NS_TLBI_SIZE_TTL;
}
static bool c_missing(const struct ns_event *ev)
{
	return IS(ev, S2_FAULT) && F(ev, NS_S2_FAULT_SLOT) == NS_UNAVAILABLE;
}
static bool c_either(const struct ns_event *ev)
{
	return (c_cause(ev) && c_dur(ev)) || IS(ev, EL2_ERET);
}
static bool c_none_of(const struct ns_event *ev)
{
	return !c_fault(ev) && !c_system(ev);
}
static bool c_vm(const struct ns_event *ev)
{
	return ev->vm == 2;
}

static const struct {
	const char *text;
	bool (*same)(const struct ns_event *ev);
} known[] = {
	{ "s2.fault", c_fault },
	{ "event == s2.fault", c_fault },
	{ "!(event != s2.fault)", c_fault },
	{ "el2", c_system },
	{ "event == el2", c_system },
	{ "cause == evict", c_cause },
	{ "s2.fault.cause == evict", c_cause },
	{ "s2.fault.dim==evict", c_cause },
	{ "cause != evict", c_not_cause },
	{ "!(cause == evict)", c_not_cause },
	{ "s2.fault && !(cause in {evict})", c_not_cause },
	{ "dim == mmio || dim == write", c_dim },
	{ "dim in { mmio, write }", c_dim },
	{ "dur > 10us", c_dur },
	{ "dur > 10000", c_dur },
	{ "dur >= 10.001us", c_dur },
	{ "!(dur <= 0.01ms)", c_dur },
	{ "l2_ipa in 0x1000..0x40200000", c_range },
	{ "l2_ipa >= 4K && l2_ipa < 0x40200000", c_range },
	{ "l2_ipa>=4K&&l2_ipa<=0x401fffff", c_range },
	{ "s2.walk.l2_ipa < 64K", c_one_event },
	{ "ret < 0", c_signed },
	{ "ret <= -1", c_signed },
	{ "!(ret > -1)", c_signed },
	{ "vcpu in { 0, 3, 5..8 }", c_list },
	{ "vcpu == 0 || vcpu == 3 || vcpu in 5..8", c_list },
	{ "access != read", c_sub },
	{ "access in {write,exec}", c_sub },
	{ "source == ttl", c_enum_field },
	{ "s2.fault.slot == unavailable", c_missing },
	{ "s2.fault && slot == unavailable", c_missing },
	{ "(s2.fault && cause == evict && dur > 10us) || el2.eret", c_either },
	{ "el2.eret || cause == evict && dur > 10us", c_either },
	{ "!s2.fault && !el2", c_none_of },
	{ "!(s2.fault || el2)", c_none_of },
	{ "vm == 2", c_vm },
};

/* Values at the edges of the conditions above, which random ones seldom are. */
static void edge(struct ns_event *ev, uint64_t random)
{
	static const uint64_t values[] = { 0,	    1,	   9999,       10000,	   10001,
					   0x1000,  0xfff, 0x401fffff, 0x40200000, 0xffff,
					   0x10000, ~0ULL, 1ULL << 63, -11ULL };
	unsigned int f = (unsigned int)(random >> 8) % NS_MAX_FIELDS;
	const struct ns_event_info *info = &ns_events[ev->event];

	if (f < info->nr_fields && !ns_unit_is_enum(info->fields[f].unit))
		ev->field[f] = values[(random >> 32) % (sizeof(values) / sizeof(*values))];
	if (!((random >> 40) % 8) && f < info->nr_fields)
		ev->field[f] = ns_unavailable(info->fields[f].unit);
	ev->vcpu = (uint16_t)((random >> 48) % 10);
	ev->vm = (uint16_t)((random >> 56) % 3);
}

static void test_same_as_c(void **state)
{
	struct ns_synth s;
	struct ns_event ev;
	struct ns_expr *e;
	unsigned int yes;

	for (unsigned int k = 0; k < sizeof(known) / sizeof(*known); k++) {
		e = parse(known[k].text);
		ns_synth_init(&s, 7);
		yes = 0;
		for (unsigned int i = 0; i < 20000; i++) {
			ns_synth_noise(&s, &ev);
			ev.nr_fields = (uint8_t)ns_events[ev.event].nr_fields;
			edge(&ev, ns_synth_random(&s));
			if (ns_expr_matches(e, &ev, &meta) != known[k].same(&ev))
				fail_msg("%s: wrong for a %s", known[k].text,
					 ns_events[ev.event].key);
			yes += known[k].same(&ev);
			if (known[k].same(&ev))
				assert_true(ns_expr_events(e) >> ev.event & 1);
		}
		/* neither always nor never, or nothing was tested */
		if (!yes || yes == 20000)
			fail_msg("%s: true for %u of 20000", known[k].text, yes);
		ns_expr_free(e);
	}
}

/* ---- what is neither true nor false ---- */

static void test_unavailable(void **state)
{
	struct ns_event ev = { .event = NS_EV_S2_FAULT, .vcpu = NS_NO_VCPU, .nr_fields = 14 };

	ev.field[NS_S2_FAULT_SLOT] = NS_UNAVAILABLE;
	ev.field[NS_S2_FAULT_RET] = NS_UNAVAILABLE_INT;
	assert_false(matches("slot == 1", &ev));
	assert_false(matches("slot != 1", &ev));
	assert_false(matches("!(slot == 1)", &ev));
	assert_false(matches("slot > 0 || slot <= 0", &ev));
	assert_true(matches("slot != 1 || s2.fault", &ev));
	assert_true(matches("slot == unavailable", &ev));
	assert_false(matches("slot != unavailable", &ev));
	assert_false(matches("ret < 0", &ev));
	assert_true(matches("ret == unavailable", &ev));
	assert_false(matches("vcpu > 5", &ev));
	assert_true(matches("vcpu == unavailable", &ev));
	/* a shorter event, as an older recording has */
	ev.nr_fields = 3;
	assert_false(matches("map_size >= 0", &ev));
	assert_true(matches("map_size == unavailable", &ev));
	/* what such an event never has is not told either, but is not "unavailable" */
	assert_false(matches("sysreg == 1 || !(sysreg == 1)", &ev));
	assert_false(matches("sysreg == unavailable", &ev));
}

static void test_vm_and_time(void **state)
{
	struct ns_event ev = { .event = NS_EV_EL2_ERET, .vm = 1, .nr_fields = 5 };
	char text[128];

	ev.ts = meta.start_ns + 1500000000;
	snprintf(text, sizeof(text), "vm == \"%s\"", ns_model_vm(&meta, 1)->name);
	assert_true(matches(text, &ev));
	snprintf(text, sizeof(text), "vm == '%.3s*'", ns_model_vm(&meta, 1)->name);
	assert_true(matches(text, &ev));
	assert_true(matches("vm != 'nobody'", &ev));
	assert_false(matches("vm == 'nobody'", &ev));
	snprintf(text, sizeof(text), "pid == %u", ns_model_vm(&meta, 1)->key.pid);
	assert_true(matches(text, &ev));
	assert_true(matches("elapsed == 1.5s", &ev));
	assert_true(matches("elapsed in 1s..2s", &ev));
	assert_false(matches("elapsed in 1s..1500ms", &ev));
	ev.vm = 0;
	assert_false(matches("vm != 'nobody'", &ev));
	assert_true(matches("vm == unavailable && pid == unavailable", &ev));
}

static void test_events(void **state)
{
	static const struct {
		const char *text;
		uint64_t mask;
	} cases[] = {
		{ "s2.fault && dur > 3us", 1ULL << NS_EV_S2_FAULT },
		{ "el2.eret || mmio.abort", 1ULL << NS_EV_EL2_ERET | 1ULL << NS_EV_MMIO_ABORT },
		{ "cause == cold", 1ULL << NS_EV_S2_FAULT },
		{ "s2.fault && el2.eret", 0 },
		{ "sysreg == 1", 1ULL << NS_EV_EL2_TRAP },
		{ "!(sysreg == 1)", 1ULL << NS_EV_EL2_TRAP },
		{ "path == fast && s2.fault", 0 },
	};
	struct ns_expr *e;

	for (unsigned int i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		e = parse(cases[i].text);
		assert_int_equal(ns_expr_events(e), cases[i].mask);
		ns_expr_free(e);
	}
}

/* ---- bad ones ---- */

static const struct {
	const char *text;
	unsigned int column; /* of the caret */
	const char *says;
} bad[] = {
	{ "", 0, "expected" },
	{ "dur", 3, "a comparison" },
	{ "dur >", 5, "a number" },
	{ "dur > fast", 6, "a number" },
	{ "s2.falt", 0, "did you mean 's2.fault'" },
	{ "s2.fault && l3_ipa > 3", 12, "did you mean 'l2_ipa'" },
	{ "s2.walk.cause == cold", 0, "unknown name 's2.walk.cause'" },
	{ "cause == warm", 9, "cause is never 'warm'; it is cold" },
	{ "cause == 3", 9, "compared with a name" },
	{ "dur == cold", 7, "a time is expected" },
	{ "l2_ipa > 10us", 9, "l2_ipa is no time" },
	{ "dur > 4K", 6, "dur is a time" },
	{ "dur > 99999999999999999999", 6, "does not fit 64 bits" },
	{ "dur > 99999999999999999999us", 6, "does not fit 64 bits" },
	{ "dur > 3 furlongs", 8, "the end" },
	{ "dur > 3parsec", 6, "not a number" },
	{ "vcpu == 1.5", 8, "only a number with a unit" },
	{ "dur = 3", 4, "equality is '=='" },
	{ "s2 & at", 3, "'&&' and '||'" },
	{ "s2 &&", 5, "expected" },
	{ "(s2 || at", 9, "')'" },
	{ "s2) || at", 2, "the end" },
	{ "l2_ipa in 5..", 13, "the end of the range" },
	{ "l2_ipa in cold", 10, "LOW..HIGH" },
	{ "vcpu in { 1, 2", 14, "'}'" },
	{ "vm == 'x", 6, "closing quote" },
	{ "vcpu == 'x'", 8, "only vm" },
	{ "event == nothing", 9, "unknown event" },
	{ "event > s2", 6, "'=='" },
	{ "s2 # comment", 3, "cannot stand here" },
};

static unsigned int caret(const char *msg)
{
	const char *line = strrchr(msg, '\n');

	assert_non_null(line);
	assert_string_equal(line + strlen(line) - 1, "^");
	return (unsigned int)(strlen(line + 1) - 1 - 2);
}

static void test_bad(void **state)
{
	struct ns_error err;
	struct ns_expr *e;

	for (unsigned int i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		memset(&err, 0, sizeof(err));
		assert_int_equal(ns_expr_parse(&e, bad[i].text, &err), -EINVAL);
		assert_null(e);
		assert_int_equal(err.code, NS_EXIT_USAGE);
		if (!strstr(err.msg, bad[i].says) || caret(err.msg) != bad[i].column)
			fail_msg("%s: column %u: %s", bad[i].text, caret(err.msg), err.msg);
	}
}

/* The caret stays under its place when only a part of the text is shown. */
static void test_long(void **state)
{
	char text[NS_EXPR_MAX + 8];
	struct ns_error err;
	struct ns_expr *e;
	const char *line;
	size_t len = 0;

	while (len < 600)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "vcpu == 1 || ");
	strcpy(text + len, "vpcu == 2");
	assert_int_equal(ns_expr_parse(&e, text, &err), -EINVAL);
	line = strchr(err.msg, '\n') + 1;
	assert_int_equal(strncmp(line + 2 + caret(err.msg), "vpcu", 4), 0);
	/* a text of many nodes, of many brackets, of many bytes */
	for (len = 0; len + 13 < NS_EXPR_MAX;)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "s2||");
	strcpy(text + len, "s2");
	assert_int_equal(ns_expr_parse(&e, text, &err), -EINVAL);
	assert_non_null(strstr(err.msg, "too long"));
	memset(text, '(', 1000);
	text[1000] = '\0';
	assert_int_equal(ns_expr_parse(&e, text, &err), -EINVAL);
	assert_non_null(strstr(err.msg, "too deep"));
	memset(text, ' ', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	assert_int_equal(ns_expr_parse(&e, text, &err), -EINVAL);
	assert_non_null(strstr(err.msg, "longer than"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_same_as_c),   cmocka_unit_test(test_unavailable),
		cmocka_unit_test(test_vm_and_time), cmocka_unit_test(test_events),
		cmocka_unit_test(test_bad),	    cmocka_unit_test(test_long),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
