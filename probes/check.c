// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * check.c: the table of rules, feeding them, and judging what they found.
 */
#include "check_priv.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct ns_rule *const rules[NS_NR_RULES] = {
	[NS_RULE_CTX_UNIQUE] = &ns_rule_ctx_unique, [NS_RULE_CTX_RAN] = &ns_rule_ctx_ran,
	[NS_RULE_CTX_VMID] = &ns_rule_ctx_vmid,	    [NS_RULE_AT_FAST] = &ns_rule_at_fast,
	[NS_RULE_AT_PAR] = &ns_rule_at_par,	    [NS_RULE_AT_RETRY] = &ns_rule_at_retry,
	[NS_RULE_MMIO_GEN] = &ns_rule_mmio_gen,	    [NS_RULE_MMIO_STALE] = &ns_rule_mmio_stale,
	[NS_RULE_STUCK] = &ns_rule_stuck,	    [NS_RULE_RTT_EMPTY] = &ns_rule_rtt_empty,
	[NS_RULE_RTT_GRANULE] = &ns_rule_rtt_granule,
	[NS_RULE_RTT_PROGRESS] = &ns_rule_rtt_progress,
	[NS_RULE_FAULT_CLASS] = &ns_rule_fault_class,
	[NS_RULE_L2_RUNS] = &ns_rule_l2_runs,
};

struct vcpu {
	uint32_t key; /* 0: free */
	uint64_t last_ts;
};

struct ns_check {
	struct ns_check_opts opts;
	bool named; /* the rules were chosen, not just all taken */
	const struct ns_model *meta;
	bool cut; /* in ns_check_finish */
	struct ns_rule_run run[NS_NR_RULES];
	/* by event: the rules that look at it */
	uint8_t nr_feeds[NS_NR_EVENTS];
	uint8_t feeds[NS_NR_EVENTS][NS_NR_RULES];
	bool changes_event[NS_NR_EVENTS];
	struct ns_changes *changes;
	struct ns_check_ctx ctx[NS_MAX_CTXS];
	struct vcpu vcpu[NS_CHECK_VCPUS];
	uint64_t host_ts[NS_MAX_VMS]; /* a VM's latest event that is of no vCPU */
	uint64_t events;
	/* the latest events, to be shown as proofs */
	struct ns_check_proof *history;
	uint64_t history_nr;
};

const struct ns_rule_info *ns_rule_info(unsigned int rule)
{
	return &rules[rule]->info;
}

/* ---- names of rules ---- */

/* A rule's whole name, or what is in front of its hyphen. */
static bool is_called(const char *key, const char *word, size_t len)
{
	return !strncmp(key, word, len) && (!key[len] || key[len] == '-');
}

int ns_rules_parse(const char *list, uint64_t *mask, char **bad)
{
	uint64_t all = 0, before;
	size_t len;

	*bad = NULL;
	do {
		len = strcspn(list, ",");
		before = all;
		for (unsigned int i = 0; len && i < NS_NR_RULES; i++)
			if (is_called(rules[i]->info.key, list, len))
				all |= 1ULL << i;
		if (all == before) {
			*bad = strndup(list, len);
			return *bad ? -EINVAL : -ENOMEM;
		}
		list += len;
	} while (*list++ == ',');
	*mask = all;
	return 0;
}

/* ---- opening ---- */

static int open_rule(struct ns_check *c, unsigned int i)
{
	struct ns_rule_run *r = &c->run[i];
	const struct ns_rule *rule = rules[i];
	uint64_t events = rule->info.needs | rule->info.uses;

	r->rule = rule;
	r->chosen = true;
	if (rule->state_size) {
		r->state = calloc(1, rule->state_size);
		if (!r->state)
			return -ENOMEM;
	}
	for (unsigned int ev = 0; ev < NS_NR_EVENTS; ev++)
		if (events & NS_BIT(ev))
			c->feeds[ev][c->nr_feeds[ev]++] = (uint8_t)i;
	return 0;
}

int ns_check_open(struct ns_check **out, const struct ns_check_opts *opts,
		  const struct ns_model *meta)
{
	struct ns_check *c = calloc(1, sizeof(*c));
	int rc = 0;

	*out = NULL;
	if (!c)
		return -ENOMEM;
	c->opts = *opts;
	c->meta = meta;
	c->named = opts->rules != 0;
	if (!c->opts.rules)
		c->opts.rules = (1ULL << NS_NR_RULES) - 1;
	if (!c->opts.events)
		c->opts.events = (1ULL << NS_NR_EVENTS) - 1;
	if (!c->opts.stuck_limit)
		c->opts.stuck_limit = NS_CHECK_STUCK;
	rc = ns_changes_open(&c->changes);
	if (!rc && opts->history) {
		c->history = calloc(opts->history, sizeof(*c->history));
		rc = c->history ? 0 : -ENOMEM;
	}
	for (unsigned int i = 0; !rc && i < NS_NR_RULES; i++)
		if (c->opts.rules & 1ULL << i)
			rc = open_rule(c, i);
	if (rc) {
		ns_check_close(c);
		return rc;
	}
	*out = c;
	return 0;
}

void ns_check_close(struct ns_check *c)
{
	if (!c)
		return;
	for (unsigned int i = 0; i < NS_NR_RULES; i++) {
		if (c->run[i].state && rules[i]->close)
			rules[i]->close(c->run[i].state);
		free(c->run[i].state);
		free(c->run[i].result.kept);
	}
	ns_changes_close(c->changes);
	free(c->history);
	free(c);
}

/* ---- what all rules share ---- */

const struct ns_changes *ns_check_changes(const struct ns_check *c)
{
	return c->changes;
}

unsigned int ns_check_stuck_limit(const struct ns_check *c)
{
	return c->opts.stuck_limit;
}

const struct ns_model *ns_check_meta(const struct ns_check *c)
{
	return c->meta;
}

bool ns_check_cut(const struct ns_check *c)
{
	return c->cut;
}

/* Index of an event's vCPU; 0 for none, and for those that there is no room for. */
static unsigned int vcpu_of(struct ns_check *c, const struct ns_event *ev)
{
	uint32_t key = (uint32_t)ev->vm << 16 | ev->vcpu, i = key * 2654435761U >> 20;

	if (ev->vcpu == NS_NO_VCPU || !ev->vm)
		return 0;
	for (unsigned int n = 0; n < 64; n++, i++) {
		i = i % NS_CHECK_VCPUS ? i % NS_CHECK_VCPUS : 1;
		if (c->vcpu[i].key == key)
			return i;
		if (!c->vcpu[i].key) {
			c->vcpu[i].key = key;
			return i;
		}
	}
	return 0;
}

static bool same_context(const struct ns_check_ctx *a, const struct ns_check_ctx *b)
{
	return b->known && a->vm == b->vm && a->s2_on == b->s2_on && a->vmid == b->vmid &&
	       (!a->s2_on || (a->vttbr == b->vttbr && a->vtcr == b->vtcr));
}

const struct ns_check_ctx *ns_check_ctx(struct ns_check *c, unsigned int id)
{
	struct ns_check_ctx *x = &c->ctx[id % NS_MAX_CTXS];
	const struct ns_model_ctx *m;

	if (!id || id >= NS_MAX_CTXS)
		return NULL;
	if (x->known)
		return x;
	m = ns_model_ctx(c->meta, id);
	if (!m)
		return NULL;
	*x = (struct ns_check_ctx){ .known = true,
				    .s2_on = m->s2_on,
				    .vm = m->vm,
				    .vmid = NS_VMID(m->vttbr),
				    .same = (uint16_t)id,
				    .vttbr = m->vttbr,
				    .vtcr = m->vtcr };
	/* ids come in any order: join those that were known before */
	for (unsigned int i = 1; i < NS_MAX_CTXS; i++)
		if (i != id && same_context(x, &c->ctx[i])) {
			x->same = c->ctx[i].same;
			break;
		}
	return x;
}

void ns_check_each_ctx(struct ns_check *c, unsigned int vm, uint64_t vttbr,
		       void (*fn)(void *arg, unsigned int ctx), void *arg)
{
	for (unsigned int i = 1; i < NS_MAX_CTXS; i++) {
		const struct ns_check_ctx *x = &c->ctx[i];

		if (!x->known || x->vm != vm)
			continue;
		if (x->s2_on ? x->vttbr == vttbr : x->vmid == NS_VMID(vttbr))
			fn(arg, x->same);
	}
}

/* ---- feeding ---- */

static void remember(struct ns_check *c, uint64_t id, const struct ns_event *ev)
{
	struct ns_check_proof *p = &c->history[c->history_nr++ % c->opts.history];

	p->id = id;
	p->ev = *ev;
}

/*
 * When a timed event began; 0, which is before all others, when it does not
 * tell: it was under way when the observation began.
 */
static uint64_t began(const struct ns_event *ev)
{
	uint64_t dur = ev->nr_fields ? ev->field[0] : 0;

	return dur && dur < ev->ts ? ev->ts - dur : 0;
}

/* So long may a CPU stop between KVM's look at the clock and the event's; 6 ms were seen. */
#define STOPPED_NS 100000000ULL

/*
 * The earliest that an event can have begun: after the one before it of the
 * same vCPU; of those of no vCPU, after the VM's one before, as an MMU notifier
 * or a memslot change goes from context to context.
 */
static uint64_t not_before(const struct ns_check *c, const struct ns_feed *f)
{
	uint64_t ts = f->begin > STOPPED_NS ? f->begin - STOPPED_NS : 0;
	uint64_t prev = f->vcpu ? f->prev_ts : c->host_ts[f->ev->vm % NS_MAX_VMS];

	if (prev >= ts)
		ts = prev + 1;
	return ts < f->begin ? ts : f->begin;
}

static void seen_at(struct ns_check *c, const struct ns_feed *f)
{
	if (f->vcpu)
		c->vcpu[f->vcpu].last_ts = f->ev->ts;
	else
		c->host_ts[f->ev->vm % NS_MAX_VMS] = f->ev->ts;
}

void ns_check_feed(struct ns_check *c, uint64_t id, const struct ns_event *ev)
{
	struct ns_feed f = { .id = id, .ev = ev, .begin = ev->ts };
	struct ns_rule_run *r;

	if (ev->event >= NS_NR_EVENTS || !(c->opts.events & NS_BIT(ev->event)))
		return;
	c->events++;
	if (c->history)
		remember(c, id, ev);
	if (ns_events[ev->event].timed)
		f.begin = began(ev);
	f.vcpu = vcpu_of(c, ev);
	f.prev_ts = f.vcpu ? c->vcpu[f.vcpu].last_ts : 0;
	f.not_before = ns_events[ev->event].timed ? not_before(c, &f) : f.begin;
	for (unsigned int i = 0; i < c->nr_feeds[ev->event]; i++) {
		r = &c->run[c->feeds[ev->event][i]];
		r->fed += r->rule->info.needs >> ev->event & 1;
		r->rule->feed(c, r, &f);
	}
	/* after the rules: they compare with what was there before */
	if (ev->event == NS_EV_S2_UNMAP || ev->event == NS_EV_S2_CTX || ev->event == NS_EV_S2_WP)
		ns_changes_feed(c->changes, &f);
	seen_at(c, &f);
}

uint64_t ns_check_events(const struct ns_check *c)
{
	return c->events;
}

/* ---- violations ---- */

/* Room for one more; the array grows, most checks need none. */
static struct ns_violation *new_violation(struct ns_check_result *res)
{
	struct ns_violation *v;

	if (res->nr_kept == NS_CHECK_KEPT)
		return NULL;
	if (!(res->nr_kept & (res->nr_kept - 1))) {
		v = realloc(res->kept, (res->nr_kept ? 2 * res->nr_kept : 1) * sizeof(*v));
		if (!v)
			return NULL; /* counted, not kept */
		res->kept = v;
	}
	v = &res->kept[res->nr_kept++];
	memset(v, 0, sizeof(*v));
	return v;
}

struct ns_violation *ns_violated(struct ns_check *c, struct ns_rule_run *r,
				 const struct ns_event *ev, const char *fmt, ...)
{
	const struct ns_check_ctx *x = ns_check_ctx(c, ev->ctx);
	struct ns_violation *v;
	va_list ap;

	r->result.violations++;
	v = new_violation(&r->result);
	if (!v)
		return NULL;
	v->vm = ev->vm;
	v->vcpu = ev->vcpu;
	v->ctx = ev->ctx;
	v->vttbr = x ? x->vttbr : NS_UNAVAILABLE;
	v->ipa = NS_UNAVAILABLE;
	va_start(ap, fmt);
	vsnprintf(v->text, sizeof(v->text), fmt, ap);
	va_end(ap);
	return v;
}

static struct ns_check_proof *add_proof(struct ns_violation *v, uint64_t id)
{
	unsigned int at = 0;

	if (!v || !id || v->nr_proofs == NS_CHECK_PROOFS)
		return NULL;
	for (; at < v->nr_proofs && v->proof[at].id <= id; at++)
		if (v->proof[at].id == id)
			return NULL;
	memmove(&v->proof[at + 1], &v->proof[at], (v->nr_proofs - at) * sizeof(v->proof[0]));
	v->nr_proofs++;
	v->proof[at] = (struct ns_check_proof){ .id = id };
	return &v->proof[at];
}

void ns_prove(struct ns_check *c, struct ns_violation *v, uint64_t id)
{
	struct ns_check_proof *p = add_proof(v, id);
	uint64_t nr = c->history_nr;

	for (uint64_t i = 0; p && i < nr && i < c->opts.history; i++) {
		const struct ns_check_proof *h = &c->history[(nr - 1 - i) % c->opts.history];

		if (h->id < id)
			return;
		if (h->id == id) {
			p->ev = h->ev;
			p->held = true;
			return;
		}
	}
}

void ns_prove_with(struct ns_violation *v, uint64_t id, const struct ns_event *ev)
{
	struct ns_check_proof *p = add_proof(v, id);

	if (!p)
		return;
	p->ev = *ev;
	p->held = true;
}

/* ---- judging ---- */

static void because(struct ns_rule_run *r, enum ns_check_state state, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
static void because(struct ns_rule_run *r, enum ns_check_state state, const char *fmt, ...)
{
	va_list ap;

	r->result.state = state;
	va_start(ap, fmt);
	vsnprintf(r->result.reason, sizeof(r->result.reason), fmt, ap);
	va_end(ap);
}

/* Is an event that the rule needs not there at all?  Then say so. */
static bool lacks_event(const struct ns_check *c, struct ns_rule_run *r)
{
	const struct ns_provider *p;

	if (c->opts.one_vcpu && !r->rule->one_vcpu) {
		because(r, NS_CHECK_NOT_CHECKED, "it needs all vCPUs, and only one was chosen");
		return true;
	}
	for (unsigned int ev = 0; ev < NS_NR_EVENTS; ev++) {
		if (!(r->rule->info.needs & NS_BIT(ev)))
			continue;
		p = &c->meta->provider[ev];
		if (!(c->opts.events & NS_BIT(ev)))
			because(r, NS_CHECK_NOT_CHECKED, "%s was left out", ns_events[ev].key);
		else if (p->state == NS_STATE_OFF)
			because(r, NS_CHECK_NOT_CHECKED, "no %s: %s", ns_events[ev].key,
				*p->note ? p->note : "this kernel does not provide it");
		else
			continue;
		return true;
	}
	return false;
}

/* Nothing of it was checked: why? */
static void nothing_checked(struct ns_rule_run *r)
{
	if (r->fed && r->rule->lacking)
		because(r, NS_CHECK_NOT_CHECKED, "%s", r->rule->lacking);
	else
		because(r, NS_CHECK_NOT_CHECKED, "nothing happened that it is about");
}

/* Of all events that the rule looks at. */
static struct ns_ledger_row its_ledger(const struct ns_check *c, const struct ns_rule_run *r)
{
	struct ns_ledger_row sum = { 0 };

	for (unsigned int ev = 0; ev < NS_NR_EVENTS; ev++)
		if ((r->rule->info.needs | r->rule->info.uses) & NS_BIT(ev))
			ns_ledger_add(&sum, &c->meta->ledger[ev]);
	return sum;
}

/* Are events missing that the rule looks at?  Then say so. */
static bool is_incomplete(const struct ns_check *c, struct ns_rule_run *r,
			  const struct ns_check_input *in)
{
	struct ns_ledger_row l = its_ledger(c, r);
	uint64_t filtered = in->filters_harmless ? 0 : l.filtered;
	char n[32];

	if (l.missed)
		because(r, NS_CHECK_INCONCLUSIVE,
			"%s of its events were lost, or are known in part: the kernel "
			"did not run a program that it had preempted",
			ns_count_format(ns_ledger_lost(&l), n, sizeof(n)));
	else if (ns_ledger_lost(&l))
		because(r, NS_CHECK_INCONCLUSIVE,
			"%s of its events were lost; a larger ring "
			"(-m) avoids it",
			ns_count_format(ns_ledger_lost(&l), n, sizeof(n)));
	else if (filtered)
		because(r, NS_CHECK_INCONCLUSIVE,
			"%s of its events were filtered out while "
			"recording",
			ns_count_format(filtered, n, sizeof(n)));
	return ns_ledger_lost(&l) || filtered;
}

static void judge(const struct ns_check *c, struct ns_rule_run *r, const struct ns_check_input *in)
{
	struct ns_check_result *res = &r->result;
	bool incomplete;

	if (lacks_event(c, r))
		return;
	incomplete = is_incomplete(c, r, in);
	/* one event proves it, unless it may be known in part */
	if (res->violations &&
	    (!incomplete || (r->rule->one_event && !its_ledger(c, r).missed)))
		because(r, NS_CHECK_VIOLATED, "%s", "");
	else if (incomplete)
		return;
	else if (in->cut)
		because(r, NS_CHECK_INCONCLUSIVE,
			"the recording is not whole: its end was not "
			"checked");
	else if (!res->checked)
		nothing_checked(r);
	else
		because(r, NS_CHECK_OK, "%s", "");
}

void ns_check_finish(struct ns_check *c, const struct ns_check_input *in)
{
	struct ns_rule_run *r;

	c->cut = in->cut;
	for (unsigned int i = 0; i < NS_NR_RULES; i++) {
		r = &c->run[i];
		if (!r->chosen)
			continue;
		r->doubtful |= its_ledger(c, r).unattributed != 0;
		if (r->rule->finish)
			r->rule->finish(c, r);
		judge(c, r, in);
	}
	c->meta = NULL; /* it may go away now */
}

const struct ns_check_result *ns_check_result(const struct ns_check *c, unsigned int rule)
{
	return c->run[rule].chosen ? &c->run[rule].result : NULL;
}

int ns_check_verdict(const struct ns_check *c)
{
	unsigned int nr[NS_CHECK_NOT_CHECKED + 1] = { 0 };

	for (unsigned int i = 0; i < NS_NR_RULES; i++)
		if (c->run[i].chosen)
			nr[c->run[i].result.state]++;
	if (nr[NS_CHECK_VIOLATED])
		return NS_EXIT_FAIL;
	if (c->named && nr[NS_CHECK_NOT_CHECKED])
		return NS_EXIT_INCONCLUSIVE;
	return nr[NS_CHECK_INCONCLUSIVE] || !nr[NS_CHECK_OK] ? NS_EXIT_INCONCLUSIVE : NS_EXIT_OK;
}
