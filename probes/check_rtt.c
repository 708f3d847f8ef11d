// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * check_rtt.c: a realm's table is destroyed, or folded, only when what is in it
 * allows it.
 *
 * As the RMM counts (RMI 1.0, D1.2): live in a table are the tables below it and
 * protected memory, mapped as pages or as a block; unprotected mappings are not.
 * A table's contents are known when its creation was seen, for nothing is in a
 * new one.
 */
#include "check_map.h"
#include "check_priv.h"

#include <stdio.h>

#define ENTRIES 512
/* what an entry at a level maps; a table of level l is what an entry of l - 1 maps */
#define SHIFT(level) (12 + 9 * (3 - (int)(level)))
#define BASE(ipa, level) ((ipa) >> SHIFT(level) << SHIFT(level))

/* In the entry above: nothing, a table, or a block of one of two kinds. */
enum { NOTHING, TABLE, UNKNOWN_TABLE, DATA_BLOCK, NS_BLOCK };

struct rtt_state {
	struct ns_things things; /* nr: live entries, other: unprotected ones */
};

/* What is where a table of that level would be. */
static struct ns_thing *at(struct rtt_state *s, uint64_t rd, uint64_t ipa, unsigned int level)
{
	return ns_thing_get(&s->things, rd, BASE(ipa, (int)level - 1) | level);
}

/* The table that an entry of that level is in, when it is known. */
static struct ns_thing *table_with(struct rtt_state *s, uint64_t rd, uint64_t ipa,
				   unsigned int level)
{
	struct ns_thing *t = ns_thing_find(&s->things, rd, BASE(ipa, (int)level - 1) | level);

	return t && t->kind == TABLE ? t : NULL;
}

/* One live entry more or less in a table; 0 events: it only becomes fewer. */
static void add_live(struct ns_thing *t, uint64_t id)
{
	if (!t)
		return;
	t->nr++;
	t->with = id;
}

static void drop(struct ns_rule_run *r, struct ns_thing *t, bool live)
{
	uint32_t *n = t ? live ? &t->nr : &t->other : NULL;

	if (n && *n) {
		--*n;
	} else if (t) { /* something was not seen after all */
		t->kind = UNKNOWN_TABLE;
		ns_undecided(r);
	}
}

struct op {
	const struct ns_feed *f;
	uint64_t rd, ipa;
	unsigned int level;
};

static void tell(struct ns_check *c, struct ns_rule_run *r, const struct op *o,
		 const struct ns_thing *t, const char *what)
{
	struct ns_violation *v =
		ns_violated(c, r, o->f->ev, "table of level %u of realm 0x%llx %s", o->level,
			    (unsigned long long)o->rd, what);

	if (v)
		v->ipa = o->ipa;
	ns_prove(c, v, t->id);
	ns_prove(c, v, t->with);
	ns_prove_with(v, o->f->id, o->f->ev);
}

static void create(struct ns_rule_run *r, const struct op *o, bool unfold)
{
	struct rtt_state *s = r->state;
	struct ns_thing *t = at(s, o->rd, o->ipa, o->level), *up;
	uint8_t was = t ? t->kind : NOTHING;

	if (!t) {
		ns_forgot(r);
		return;
	}
	*t = (struct ns_thing){ .a = t->a, .b = t->b, .id = o->f->id, .kind = TABLE, .used = true };
	up = o->level ? table_with(s, o->rd, o->ipa, o->level - 1) : NULL;
	if (!unfold || was == NS_BLOCK)
		add_live(up, o->f->id);
	if (unfold && was == DATA_BLOCK) {
		t->nr = ENTRIES;
		t->with = o->f->id;
	} else if (unfold && was == NS_BLOCK) {
		t->other = ENTRIES;
		drop(r, up, false);
	} else if (unfold) {
		t->kind = UNKNOWN_TABLE;
	}
}

static void destroy(struct ns_check *c, struct ns_rule_run *r, const struct op *o)
{
	struct rtt_state *s = r->state;
	struct ns_thing *t = at(s, o->rd, o->ipa, o->level);
	char what[64];

	if (!t) {
		ns_forgot(r);
		return;
	}
	if (t->kind == TABLE || (t->kind == NOTHING && t->id))
		ns_checked(r);
	else
		ns_undecided(r);
	if (t->kind == TABLE && t->nr) {
		snprintf(what, sizeof(what), "destroyed with %u live entries", t->nr);
		tell(c, r, o, t, what);
	} else if (t->kind == NOTHING && t->id) {
		tell(c, r, o, t, "destroyed where there was none");
	}
	if (t->kind != NOTHING && o->level)
		drop(r, table_with(s, o->rd, o->ipa, o->level - 1), true);
	t->kind = NOTHING;
	t->id = o->f->id;
	t->with = 0;
}

static void fold(struct ns_check *c, struct ns_rule_run *r, const struct op *o)
{
	struct rtt_state *s = r->state;
	struct ns_thing *t = at(s, o->rd, o->ipa, o->level);
	struct ns_thing *up = o->level ? table_with(s, o->rd, o->ipa, o->level - 1) : NULL;
	char what[64];

	if (!t || t->kind != TABLE) {
		ns_undecided(r);
		if (up)
			up->kind = UNKNOWN_TABLE;
		return;
	}
	ns_checked(r);
	if (t->nr && t->nr != ENTRIES) {
		snprintf(what, sizeof(what), "folded with %u live entries of %d", t->nr, ENTRIES);
		tell(c, r, o, t, what);
	}
	t->id = o->f->id;
	t->with = 0;
	if (t->nr) {
		t->kind = DATA_BLOCK;
		return;
	}
	drop(r, up, true);
	t->kind = t->other == ENTRIES ? NS_BLOCK : NOTHING;
	if (up && t->kind == NS_BLOCK)
		up->other++;
}

/* A page or block of an entry of this level is mapped, or not any more. */
static void map(struct ns_rule_run *r, const struct op *o, bool data)
{
	struct rtt_state *s = r->state;
	struct ns_thing *in = table_with(s, o->rd, o->ipa, o->level), *block;

	if (data)
		add_live(in, o->f->id);
	else if (in)
		in->other++;
	block = o->level < 3 ? at(s, o->rd, o->ipa, o->level + 1) : NULL;
	if (!block)
		return;
	block->kind = data ? DATA_BLOCK : NS_BLOCK;
	block->id = o->f->id;
}

static void unmap(struct ns_rule_run *r, const struct op *o, bool data)
{
	struct rtt_state *s = r->state;
	struct ns_thing *block = o->level < 3 ? at(s, o->rd, o->ipa, o->level + 1) : NULL;

	drop(r, table_with(s, o->rd, o->ipa, o->level), data);
	if (block)
		block->kind = NOTHING;
}

/* A new realm begins with nothing, whatever had its descriptor before. */
static void begin(struct rtt_state *s, uint64_t rd)
{
	struct ns_thing *t;

	for (unsigned int i = 0; i < s->things.size; i++) {
		t = ns_thing_at(&s->things, i);
		if (t && t->a == rd)
			t->kind = NOTHING;
	}
	for (unsigned int i = 0; i < s->things.size; i++)
		if (s->things.slot[i].used && s->things.slot[i].a == rd)
			s->things.slot[i].id = 0;
}

static void empty_feed(struct ns_check *c, struct ns_rule_run *r, const struct ns_feed *f)
{
	struct op o = { .f = f };

	if (f->ev->event == NS_EV_RTT_CALL) {
		if (f->ev->dim == NS_RMI_REALM_CREATE && f->ev->sub == NS_RMI_STATUS_SUCCESS)
			begin(r->state, ns_fed(f->ev, NS_RTT_CALL_RD));
		return;
	}
	o.rd = ns_fed(f->ev, NS_RTT_OP_RD);
	o.ipa = ns_fed(f->ev, NS_RTT_OP_IPA);
	o.level = (unsigned int)ns_fed(f->ev, NS_RTT_OP_LEVEL);
	if (f->ev->sub > NS_RTT_LEVEL_L3 || o.level > 3 || o.ipa == NS_UNAVAILABLE)
		return; /* it failed, or is of no level */
	switch (f->ev->dim) {
	case NS_RTT_OP_CREATE:
	case NS_RTT_OP_UNFOLD:
		create(r, &o, f->ev->dim == NS_RTT_OP_UNFOLD);
		break;
	case NS_RTT_OP_DESTROY:
		destroy(c, r, &o);
		break;
	case NS_RTT_OP_FOLD:
		fold(c, r, &o);
		break;
	case NS_RTT_OP_MAP_DATA:
	case NS_RTT_OP_MAP_UNKNOWN:
	case NS_RTT_OP_MAP_NS:
		map(r, &o, f->ev->dim != NS_RTT_OP_MAP_NS);
		break;
	case NS_RTT_OP_UNMAP_DATA:
	case NS_RTT_OP_UNMAP_NS:
		unmap(r, &o, f->ev->dim == NS_RTT_OP_UNMAP_DATA);
		break;
	default:
		break;
	}
}

static void empty_close(void *state)
{
	struct rtt_state *s = state;

	ns_things_free(&s->things);
}

const struct ns_rule ns_rule_rtt_empty = {
	.info = { "rtt-empty", "a realm's table is destroyed only when nothing live is in it",
		  NS_BIT(NS_EV_RTT_OP), NS_BIT(NS_EV_RTT_CALL) },
	.lacking = "no table was destroyed or folded whose creation was seen",
	.state_size = sizeof(struct rtt_state),
	.feed = empty_feed,
	.close = empty_close,
};
