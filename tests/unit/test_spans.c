// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_spans.c: events as a time line: slices nest and never go back, levels fill
 * what is between them, refaults find their TLBI; for real orders and for noise.
 */
#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "catalogue.h"
#include "spans.h"
#include "synth.h"
#include "tlbi_flow.h"

#define VM 1
#define DEEP 64

/* Checks what it is given, and remembers the last of it. */
struct seen {
	unsigned int begins, ends, instants, pieces;
	uint64_t level_ns[3];
	char text[2048]; /* "s2.fault[10-20] ..." of one lane */
	bool one_lane;
	const struct ns_span *open[DEEP];
	unsigned int depth;
	uint64_t last;
};

static int on_begin(void *arg, const struct ns_span *s)
{
	struct seen *n = arg;
	size_t len = strlen(n->text);

	n->begins++;
	assert_true(s->end >= s->start);
	assert_int_equal(s->depth, n->depth);
	assert_ptr_equal(s->parent, n->depth ? n->open[n->depth - 1] : NULL);
	if (s->parent)
		assert_true(s->start >= s->parent->start && s->end <= s->parent->end);
	assert_true(n->depth < DEEP);
	n->open[n->depth++] = s;
	if (!n->one_lane)
		return 0;
	assert_true(s->start >= n->last);
	n->last = s->start;
	snprintf(n->text + len, sizeof(n->text) - len, "%s%s %llu-%llu", len ? ", " : "",
		 ns_events[s->ev.event].key, (unsigned long long)s->start,
		 (unsigned long long)s->end);
	if (s->flow) {
		len = strlen(n->text);
		snprintf(n->text + len, sizeof(n->text) - len, " ~%llu",
			 (unsigned long long)s->flow);
	}
	return 0;
}

static int on_end(void *arg, const struct ns_span *s)
{
	struct seen *n = arg;

	n->ends++;
	assert_true(n->depth > 0);
	assert_ptr_equal(n->open[--n->depth], s);
	if (n->one_lane) {
		assert_true(s->end >= n->last);
		n->last = s->end;
	}
	return 0;
}

static int on_instant(void *arg, const struct ns_event *ev)
{
	((struct seen *)arg)->instants++;
	return 0;
}

static int on_level(void *arg, unsigned int vm, unsigned int vcpu, enum ns_level level,
		    uint64_t start, uint64_t end)
{
	struct seen *n = arg;
	size_t len = strlen(n->text);

	assert_true(end > start && n->depth == 0 && level != NS_LEVEL_UNKNOWN);
	n->pieces++;
	n->level_ns[level] += end - start;
	if (!n->one_lane)
		return 0;
	assert_true(start >= n->last);
	n->last = end;
	snprintf(n->text + len, sizeof(n->text) - len, "%sL%u %llu-%llu", len ? ", " : "",
		 (unsigned int)level, (unsigned long long)start, (unsigned long long)end);
	return 0;
}

static const struct ns_spans_ops ops = { on_begin, on_end, on_instant, on_level };

struct fed {
	uint8_t event, dim;
	uint64_t ts, dur;
};

static void feed_all(struct ns_spans *s, const struct fed *f, unsigned int nr)
{
	struct ns_event ev;

	for (unsigned int i = 0; i < nr; i++) {
		ev = (struct ns_event){ .ts = f[i].ts,
					.vm = VM,
					.ctx = 1,
					.event = f[i].event,
					.dim = f[i].dim,
					.nr_fields =
						(uint8_t)ns_events[f[i].event].nr_fields };
		if (ns_events[f[i].event].timed)
			ev.field[0] = f[i].dur;
		if (f[i].event == NS_EV_S2_UNMAP)
			ev.field[NS_S2_UNMAP_SIZE] = 1ULL << 40;
		assert_int_equal(ns_spans_feed(s, i + 1, &ev), 0);
	}
}

static void expect(const struct fed *f, unsigned int nr, uint64_t end, const char *text,
		   uint64_t moved)
{
	struct seen n = { .one_lane = true };
	struct ns_spans *s;

	assert_int_equal(ns_spans_open(&s, &ops, &n), 0);
	feed_all(s, f, nr);
	assert_int_equal(ns_spans_finish(s, end), 0);
	assert_string_equal(n.text, text);
	assert_int_equal(n.begins, n.ends);
	assert_int_equal(n.depth, 0);
	assert_int_equal(ns_spans_moved(s), moved);
	ns_spans_close(s);
}
#define EXPECT(end, text, moved, ...)                                    \
	do {                                                             \
		static const struct fed f[] = { __VA_ARGS__ };           \
		expect(f, sizeof(f) / sizeof(f[0]), end, text, moved);   \
	} while (0)

static void test_levels(void **state)
{
	/* L2 runs, faults, and L1 gets the fault: the change is within L0's slice */
	EXPECT(200, "L2 100-120, s2.fault 120-150, L1 150-160, L2 160-200", 0,
	       { NS_EV_EL2_ERET, NS_WHO_L2, 100, 0 }, { NS_EV_EL2_EXC, NS_EXC_SYNC, 130, 0 },
	       { NS_EV_S2_FAULT, NS_CAUSE_FORWARD, 150, 30 },
	       { NS_EV_EL2_ERET, NS_WHO_L2, 160, 0 });
	/* what ran before the first change follows from what happened */
	EXPECT(60, "s2.fault 10-20, L2 20-40, L1 40-60", 0,
	       { NS_EV_S2_FAULT, NS_CAUSE_COLD, 20, 10 },
	       { NS_EV_EL2_EXC, NS_EXC_SYNC, 40, 0 });
	EXPECT(60, "at.op 10-20, L1 20-60", 0, { NS_EV_AT_OP, NS_PATH_FAST, 20, 10 });
	/* changes alone */
	EXPECT(50, "L2 10-20, L1 20-30, L2 30-50", 0, { NS_EV_EL2_ERET, NS_WHO_L2, 10, 0 },
	       { NS_EV_EL2_EXC, NS_EXC_IRQ, 20, 0 }, { NS_EV_EL2_ERET, NS_WHO_L2, 30, 0 });
	/* nothing tells */
	EXPECT(50, "s2.l1fault 10-20", 0, { NS_EV_S2_L1FAULT, NS_FAULT_TRANSLATION, 20, 10 });
}

static void test_nesting(void **state)
{
	/* inner ones arrive first */
	EXPECT(100, "s2.tlbi 10-90 ~1, s2.unmap 20-30, s2.unmap 40-50, L1 90-100", 0,
	       { NS_EV_S2_UNMAP, NS_UNMAP_TLBI_ALLE1, 30, 10 },
	       { NS_EV_S2_UNMAP, NS_UNMAP_TLBI_ALLE1, 50, 10 },
	       { NS_EV_S2_TLBI, NS_TLBI_ALLE1, 90, 80 });
	/* of one length, or with one beginning */
	EXPECT(30, "s2.fault 10-20, s2.walk 10-20, L2 20-30", 0,
	       { NS_EV_S2_WALK, NS_WALK_OK, 20, 10 }, { NS_EV_S2_FAULT, NS_CAUSE_COLD, 20, 10 });
	EXPECT(30, "s2.fault 10-20, s2.walk 10-15, L2 20-30", 0,
	       { NS_EV_S2_WALK, NS_WALK_OK, 15, 5 }, { NS_EV_S2_FAULT, NS_CAUSE_COLD, 20, 10 });
	/* not within, though it could have been */
	EXPECT(40, "s2.unmap 10-20, L2 20-30, s2.fault 30-40", 0,
	       { NS_EV_S2_UNMAP, NS_UNMAP_RECYCLE, 20, 10 },
	       { NS_EV_S2_FAULT, NS_CAUSE_COLD, 40, 10 });
	/* two clocks: the inner one ends after the outer one */
	EXPECT(40, "s2.fault 10-30, s2.walk 20-30, L2 30-40", 1,
	       { NS_EV_S2_WALK, NS_WALK_OK, 31, 11 }, { NS_EV_S2_FAULT, NS_CAUSE_COLD, 30, 20 });
	/* longer than the clock has run, and not told at all */
	EXPECT(40, "s2.fault 0-20, L2 20-30, s2.fault 30-30, L2 30-40", 0,
	       { NS_EV_S2_FAULT, NS_CAUSE_COLD, 20, 1000 },
	       { NS_EV_S2_FAULT, NS_CAUSE_COLD, 30, NS_UNAVAILABLE });
}

static void test_flow(void **state)
{
	/* the TLBI has the number of its first unmap, and so has the refault */
	EXPECT(200,
	       "s2.fault 10-20, L2 20-30, s2.tlbi 30-60 ~2, s2.unmap 40-50, L2 60-90, "
	       "s2.fault 90-100 ~2, L2 100-120, s2.fault 120-130, L2 130-150, s2.fault 150-160, "
	       "L2 160-200",
	       0, { NS_EV_S2_FAULT, NS_CAUSE_COLD, 20, 10 },
	       { NS_EV_S2_UNMAP, NS_UNMAP_TLBI_VMALLS12E1, 50, 10 },
	       { NS_EV_S2_TLBI, NS_TLBI_VMALLS12E1, 60, 30 },
	       { NS_EV_S2_FAULT, NS_CAUSE_TLBI_VMALLS12E1, 100, 10 },
	       { NS_EV_S2_FAULT, NS_CAUSE_TLBI_ALLE1, 130, 10 }, /* another kind */
	       { NS_EV_S2_FAULT, NS_CAUSE_COLD, 160, 10 });
}

/* Whatever comes: nothing nests wrongly, nothing is lost, memory has its bounds. */
static void noise(uint64_t seed, bool wild)
{
	unsigned int timed = 0, fed = 0;
	struct seen n = { 0 };
	struct ns_synth rng;
	struct ns_spans *s;
	struct ns_event ev;

	ns_synth_init(&rng, seed);
	assert_int_equal(ns_spans_open(&s, &ops, &n), 0);
	for (unsigned int i = 0; i < 30000; i++) {
		if (wild) {
			ns_synth_noise(&rng, &ev);
			ev.vm %= 8;
			ev.vcpu = ev.vcpu % 9 ? ev.vcpu % 9 : NS_NO_VCPU;
			ev.cpu %= 4;
		} else {
			ns_synth_event(&rng, &ev);
		}
		assert_int_equal(ns_spans_feed(s, i + 1, &ev), 0);
		fed++;
		timed += ns_events[ev.event].timed;
	}
	assert_int_equal(ns_spans_finish(s, rng.ts), 0);
	assert_int_equal(n.begins, timed);
	assert_int_equal(n.ends, timed);
	assert_int_equal(n.begins + n.instants, fed);
	ns_spans_close(s);
}

static void test_noise(void **state)
{
	for (uint64_t seed = 1; seed <= 4; seed++) {
		noise(seed, false);
		noise(seed, true);
	}
}

/* Slices that wait for one around them which never comes. */
static void test_held(void **state)
{
	struct ns_event ev = { .event = NS_EV_S2_UNMAP, .nr_fields = 1, .vm = VM };
	struct seen n = { .one_lane = false };
	struct ns_spans *s;

	assert_int_equal(ns_spans_open(&s, &ops, &n), 0);
	for (unsigned int i = 0; i < 100000; i++) {
		ev.ts = 1000 + i * 10;
		ev.field[0] = 5;
		assert_int_equal(ns_spans_feed(s, i + 1, &ev), 0);
	}
	assert_true(n.begins > 90000); /* before the end: they are not all kept */
	assert_int_equal(ns_spans_finish(s, ev.ts), 0);
	assert_int_equal(n.begins, 100000);
	ns_spans_close(s);
}

static void test_too_many(void **state)
{
	struct ns_event ev = { .event = NS_EV_S2_FAULT, .nr_fields = 1, .ts = 100, .vm = VM };
	struct seen n = { .one_lane = false };
	struct ns_spans *s;
	int rc = 0;

	assert_int_equal(ns_spans_open(&s, &ops, &n), 0);
	for (unsigned int i = 0; !rc && i <= NS_SPANS_LANES; i++) {
		ev.vcpu = (uint16_t)i;
		rc = ns_spans_feed(s, i + 1, &ev);
		assert_int_equal(rc, i < NS_SPANS_LANES ? 0 : -E2BIG);
	}
	ns_spans_close(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_levels), cmocka_unit_test(test_nesting),
		cmocka_unit_test(test_flow),   cmocka_unit_test(test_noise),
		cmocka_unit_test(test_held),   cmocka_unit_test(test_too_many),
	};

	return cmocka_run_group_tests_name("spans", tests, NULL, NULL);
}
