// SPDX-License-Identifier: GPL-2.0-or-later
/* play.c: see play.h. */
#include "play.h"

#include <string.h>

#include "synth.h"
#include "unit.h"

void play_begin(struct play *p)
{
	memset(p, 0, sizeof(*p));
	assert_int_equal(ns_synth_meta(&p->meta), 0);
	p->opts.history = 64;
}

static void start(struct play *p)
{
	if (!p->c)
		assert_int_equal(ns_check_open(&p->c, &p->opts, &p->meta), 0);
}

void play_feed(struct play *p, const struct ns_event *ev)
{
	start(p);
	ns_check_feed(p->c, ++p->id, ev);
}

const struct ns_check_result *play_judge(struct play *p, unsigned int rule)
{
	start(p);
	ns_check_finish(p->c, &p->in);
	return ns_check_result(p->c, rule);
}

void play_end(struct play *p)
{
	ns_check_close(p->c);
	ns_model_free(&p->meta);
}

void play_expect(struct play *p, unsigned int rule, enum ns_check_state state, uint64_t violations)
{
	const struct ns_check_result *r = play_judge(p, rule);

	if (r->state != state || r->violations != violations)
		print_error("%s: state %d (%s), %d violations: %s\n", ns_rule_info(rule)->key,
			    r->state, r->reason, (int)r->violations,
			    r->nr_kept ? r->kept[0].text : "");
	assert_int_equal(r->violations, violations);
	assert_int_equal(r->state, state);
	play_end(p);
}

void play_expect_text(struct play *p, unsigned int rule, const char *text, unsigned int proofs)
{
	const struct ns_check_result *r = play_judge(p, rule);

	assert_int_equal(r->violations, 1);
	if (!strstr(r->kept[0].text, text))
		print_error("'%s' is not in '%s'\n", text, r->kept[0].text);
	assert_non_null(strstr(r->kept[0].text, text));
	assert_int_equal(r->kept[0].nr_proofs, proofs);
	assert_int_equal(r->kept[0].vm, 1);
	play_end(p);
}
