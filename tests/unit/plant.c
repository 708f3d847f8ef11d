// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * plant.c: copy a real recording with one thing in it that breaks a rule of
 * `nestscope check`, to see that it is found among all the rest.
 *
 *	plant RULE FROM TO	exits 3 when FROM has no place for it
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "catalogue.h"
#include "check.h"
#include "recording.h"

#define STALE_PAGES 4096

struct plant {
	struct ns_writer *w;
	struct ns_error err;
	bool done;
	uint64_t page[STALE_PAGES]; /* that were filled in, with their context */
	unsigned int nr_pages;
	unsigned int dropped; /* context without look-ups */
};

static void put(struct plant *p, const struct ns_event *ev)
{
	if (ns_writer_event(p->w, ev, &p->err)) {
		fprintf(stderr, "plant: %s\n", p->err.msg);
		exit(1);
	}
}

static bool is(const struct ns_event *ev, unsigned int event, unsigned int dim)
{
	return ev->event == event && ev->dim == dim;
}

/* Each changes ev, and returns true once it is planted. */
static bool two_slots(struct plant *p, struct ns_event *ev)
{
	(void)p;
	if (!is(ev, NS_EV_S2_CTX, NS_CTX_HIT) || !ev->ctx)
		return false;
	ev->dim = NS_CTX_EVICT;
	ev->field[NS_S2_CTX_OLD_VTTBR] = 1;
	if (ev->field[NS_S2_CTX_SLOT] != NS_UNAVAILABLE)
		ev->field[NS_S2_CTX_SLOT] ^= 1;
	return true;
}

/* All look-ups of a context go, from the one on that made it. */
static bool no_lookup(struct plant *p, struct ns_event *ev)
{
	if (!p->dropped && is(ev, NS_EV_S2_CTX, NS_CTX_FREE) && ev->field[NS_S2_CTX_SLOT] &&
	    ev->field[NS_S2_CTX_SLOT] != NS_UNAVAILABLE)
		p->dropped = ev->ctx;
	if (p->dropped && ev->event == NS_EV_S2_CTX && ev->ctx == p->dropped)
		ev->event = NS_NR_EVENTS; /* not written */
	return p->dropped && ev->event == NS_EV_S2_FAULT && ev->ctx == p->dropped;
}

static bool other_vmid(struct plant *p, struct ns_event *ev)
{
	(void)p;
	if (!is(ev, NS_EV_S2_TLBI, NS_TLBI_VMALLS12E1) || !ev->field[NS_S2_TLBI_CONTEXTS])
		return false;
	ev->field[NS_S2_TLBI_VMID] ^= 2;
	return true;
}

static bool fast_at(struct plant *p, struct ns_event *ev)
{
	(void)p;
	return is(ev, NS_EV_AT_OP, NS_PATH_FAST) && ev->field[NS_AT_OP_PAR_FAST] != NS_UNAVAILABLE;
}

static bool slow_after_fast(struct plant *p, struct ns_event *ev)
{
	if (!fast_at(p, ev))
		return false;
	ev->dim = NS_PATH_SLOW_COLD;
	return true;
}

static bool other_par(struct plant *p, struct ns_event *ev)
{
	/* of the first stage alone: the second one may well change it */
	if (!fast_at(p, ev) || ev->sub >= NS_ATOP_S12E1R)
		return false;
	ev->field[NS_AT_OP_PAR] ^= 0x1000;
	return true;
}

/* A retry in front of another AT. */
static bool no_replay(struct plant *p, struct ns_event *ev)
{
	struct ns_event retry = *ev;

	if (ev->event != NS_EV_AT_OP || ev->dim == NS_PATH_RETRY)
		return false;
	retry.dim = NS_PATH_RETRY;
	retry.field[NS_AT_OP_VA] ^= 0x1000;
	put(p, &retry);
	return true;
}

static bool old_gen(struct plant *p, struct ns_event *ev)
{
	(void)p;
	if (!is(ev, NS_EV_MMIO_CACHE, NS_CACHE_HIT))
		return false;
	ev->field[NS_MMIO_CACHE_GEN]--;
	return true;
}

/* What was filled in again is hit instead, as if the entry had survived. */
static bool stale_hit(struct plant *p, struct ns_event *ev)
{
	uint64_t page = ev->field[NS_MMIO_CACHE_L2_IPA] >> 12 | (uint64_t)ev->ctx << 52;

	if (!is(ev, NS_EV_MMIO_CACHE, NS_CACHE_FILL) || !ev->ctx ||
	    ev->field[NS_MMIO_CACHE_GEN] != ev->field[NS_MMIO_CACHE_SLOT_GEN])
		return false;
	for (unsigned int i = 0; i < p->nr_pages; i++)
		if (p->page[i] == page) {
			ev->dim = NS_CACHE_HIT;
			return true;
		}
	if (p->nr_pages < STALE_PAGES)
		p->page[p->nr_pages++] = page;
	return false;
}

static bool stuck_page(struct plant *p, struct ns_event *ev)
{
	if (!is(ev, NS_EV_S2_FAULT, NS_CAUSE_COLD) || !ev->ctx)
		return false;
	for (unsigned int i = 0; i < NS_CHECK_STUCK; i++) {
		put(p, ev);
		ev->dim = NS_CAUSE_UNKNOWN;
	}
	return true;
}

/* A page's unmapping goes: its table is destroyed with it inside. */
static bool full_table(struct plant *p, struct ns_event *ev)
{
	(void)p;
	if (!is(ev, NS_EV_RTT_OP, NS_RTT_OP_UNMAP_DATA) || ev->sub != NS_RTT_LEVEL_L3)
		return false;
	ev->event = NS_NR_EVENTS; /* not written */
	return true;
}

/* What was taken back is called leaked. */
static bool false_leak(struct plant *p, struct ns_event *ev)
{
	uint64_t rd = ev->field[NS_RTT_CALL_RD], pa = ev->field[NS_RTT_CALL_ARG1];

	if (!is(ev, NS_EV_RTT_CALL, NS_RMI_GRANULE_UNDELEGATE) ||
	    ev->sub != NS_RMI_STATUS_SUCCESS)
		return false;
	put(p, ev);
	ev->event = NS_EV_RTT_LEAK;
	ev->dim = NS_LEAK_NOT_DESTROYED;
	ev->sub = 0;
	ev->nr_fields = NS_RTT_LEAK_NR_FIELDS;
	ev->field[NS_RTT_LEAK_RD] = rd;
	ev->field[NS_RTT_LEAK_PA] = pa;
	return true;
}

static bool no_step(struct plant *p, struct ns_event *ev)
{
	(void)p;
	if (!is(ev, NS_EV_RTT_TEARDOWN, NS_TEARDOWN_DESTROYED))
		return false;
	ev->field[NS_RTT_TEARDOWN_NEXT] = ev->field[NS_RTT_TEARDOWN_ADDR];
	return true;
}

static bool no_class(struct plant *p, struct ns_event *ev)
{
	(void)p;
	if (ev->event != NS_EV_S2_FAULT || ev->field[NS_S2_FAULT_OUTCOME] == NS_UNAVAILABLE)
		return false;
	ev->field[NS_S2_FAULT_OUTCOME] = NS_OUTCOME_OTHER;
	return true;
}

/* L1 gets an exit, and another before it entered L2 again. */
static bool exits_twice(struct plant *p, struct ns_event *ev)
{
	if (ev->event != NS_EV_EL2_EXIT || ev->sub != NS_TRAP_FORWARDED)
		return false;
	put(p, ev);
	return true;
}

static bool (*const plants[NS_NR_RULES])(struct plant *p, struct ns_event *ev) = {
	[NS_RULE_CTX_UNIQUE] = two_slots, [NS_RULE_CTX_RAN] = no_lookup,
	[NS_RULE_CTX_VMID] = other_vmid,  [NS_RULE_AT_FAST] = slow_after_fast,
	[NS_RULE_AT_PAR] = other_par,	  [NS_RULE_AT_RETRY] = no_replay,
	[NS_RULE_MMIO_GEN] = old_gen,	  [NS_RULE_MMIO_STALE] = stale_hit,
	[NS_RULE_STUCK] = stuck_page,	  [NS_RULE_RTT_EMPTY] = full_table,
	[NS_RULE_RTT_GRANULE] = false_leak, [NS_RULE_RTT_PROGRESS] = no_step,
	[NS_RULE_FAULT_CLASS] = no_class,
	[NS_RULE_L2_RUNS] = exits_twice,
};

static int fail(const struct plant *p)
{
	fprintf(stderr, "plant: %s\n", p->err.msg);
	return 1;
}

/* What a recording says of VMs, contexts and losses is complete at its end. */
static int read_meta(struct plant *p, const char *path, struct ns_model *m)
{
	struct ns_reader *r;
	struct ns_event ev;
	int rc = ns_reader_open(&r, path, &p->err);

	if (rc)
		return rc;
	while ((rc = ns_reader_next(r, &ev, &p->err)) > 0)
		;
	if (!rc)
		rc = ns_model_copy(m, ns_reader_meta(r));
	ns_reader_close(r);
	return rc;
}

int main(int argc, char **argv)
{
	struct ns_reader *r;
	struct ns_model m;
	struct ns_event ev;
	struct plant *p = calloc(1, sizeof(*p));
	unsigned int rule = 0;

	while (argc == 4 && rule < NS_NR_RULES && strcmp(ns_rule_info(rule)->key, argv[1]))
		rule++;
	if (argc != 4 || rule == NS_NR_RULES || !p) {
		fprintf(stderr, "usage: plant RULE FROM TO\n");
		return 2;
	}
	if (read_meta(p, argv[2], &m) || ns_reader_open(&r, argv[2], &p->err) ||
	    ns_writer_open(&p->w, argv[3], &m, "plant", &p->err))
		return fail(p);
	while (ns_reader_next(r, &ev, &p->err) > 0) {
		/* the dropped context's look-ups go on to be dropped */
		if (!p->done || rule == NS_RULE_CTX_RAN)
			p->done |= plants[rule](p, &ev);
		if (ev.event < NS_NR_EVENTS)
			put(p, &ev);
	}
	ns_reader_close(r);
	if (ns_writer_close(p->w, &m, &p->err))
		return fail(p);
	return p->done ? 0 : 3;
}
