// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * check_at.c: rules about AT instructions: the path that was taken, what it
 * left in PAR_EL1, and what follows a retry.
 */
#include "check_priv.h"

#include <stddef.h>

#define PAR_F 1ULL
#define PAR_FST(par) ((unsigned int)((par) >> 1) & 0x3f)
#define PAR_S (1ULL << 9) /* the fault was in stage 2 */
/* Fault status: the type, without the level (Arm ARM, PAR_EL1.FST) */
#define FST_TYPE(fst) ((fst)&0x3c)
#define FST_ACCESS_FLAG 0x08
#define FST_PERMISSION 0x0c

static bool is_slow(const struct ns_event *ev)
{
	return ev->dim == NS_PATH_SLOW_COLD || ev->dim == NS_PATH_SLOW_FAULT ||
	       ev->dim == NS_PATH_SLOW_NO_CTX || ev->dim == NS_PATH_SLOW_AT_FAULT;
}

static bool is_fast(const struct ns_event *ev)
{
	return ev->dim == NS_PATH_FAST || ev->dim == NS_PATH_FAST_PERM ||
	       ev->dim == NS_PATH_FAST_AF || ev->dim == NS_PATH_FAST_UNKNOWN;
}

/* AT S12*: PAR_EL1 also has what the second stage says. */
static bool is_two_stages(const struct ns_event *ev)
{
	return ev->sub == NS_ATOP_S12E1R || ev->sub == NS_ATOP_S12E1W ||
	       ev->sub == NS_ATOP_S12E0R || ev->sub == NS_ATOP_S12E0W || ev->sub == NS_ATOP_OTHER;
}

static struct ns_violation *violated(struct ns_check *c, struct ns_rule_run *r,
				     const struct ns_feed *f, const char *what)
{
	struct ns_violation *v = ns_violated(c, r, f->ev, "AT %s of va 0x%llx: %s",
					     ns_value_key(NS_D_ATOP, f->ev->sub),
					     (unsigned long long)ns_fed(f->ev, NS_AT_OP_VA), what);

	ns_prove_with(v, f->id, f->ev);
	return v;
}

/* ---- at-fast: no software walk after the hardware found a translation ---- */

static void fast_feed(struct ns_check *c, struct ns_rule_run *r, const struct ns_feed *f)
{
	uint64_t par_fast = ns_fed(f->ev, NS_AT_OP_PAR_FAST);

	if (par_fast == NS_UNAVAILABLE || !(is_slow(f->ev) || is_fast(f->ev)))
		return;
	ns_checked(r);
	if (is_slow(f->ev) && !(par_fast & PAR_F))
		violated(c, r, f, "walked in software although the hardware walk succeeded");
}

const struct ns_rule ns_rule_at_fast = {
	.info = { "at-fast", "no software walk after the hardware walk succeeded",
		  NS_BIT(NS_EV_AT_OP), 0 },
	.one_event = true,
	.one_vcpu = true,
	.lacking = "this kernel does not tell what the hardware walk said (par_fast)",
	.feed = fast_feed,
};

/* ---- at-par: PAR_EL1 is the result of the path taken ---- */

/* What is wrong with PAR_EL1 after this path, or NULL. */
static const char *wrong_par(const struct ns_event *ev, uint64_t par, uint64_t par_fast)
{
	unsigned int type = FST_TYPE(PAR_FST(par));

	switch (ev->dim) {
	case NS_PATH_FAST:
		if (par & PAR_F && !is_two_stages(ev))
			return "PAR_EL1 has a fault after a successful hardware walk";
		break;
	case NS_PATH_FAST_PERM:
		if (!(par & PAR_F) || type != FST_PERMISSION || par & PAR_S)
			return "PAR_EL1 is not the stage-1 permission fault of the hardware walk";
		break;
	case NS_PATH_FAST_AF:
		if (!(par & PAR_F) || type != FST_ACCESS_FLAG || par & PAR_S)
			return "PAR_EL1 is not the stage-1 access flag fault of the hardware walk";
		break;
	case NS_PATH_SLOW_COLD:
		if (par & PAR_F && !is_two_stages(ev))
			return "PAR_EL1 has a fault although the software walk found a mapping";
		break;
	case NS_PATH_SLOW_FAULT:
		if (!(par & PAR_F))
			return "PAR_EL1 has no fault although the software walk ended in one";
		break;
	}
	/* the hardware's answer is final, but for the second stage of a success */
	if (is_fast(ev) && par_fast != NS_UNAVAILABLE && par != par_fast &&
	    (par_fast & PAR_F || !is_two_stages(ev)))
		return "PAR_EL1 is not what the hardware walk left";
	return NULL;
}

/* Did it end in an error, which writes nothing? */
static bool failed(const struct ns_event *ev, unsigned int field)
{
	return field < ev->nr_fields && ev->field[field] >> 63 &&
	       ev->field[field] != NS_UNAVAILABLE_INT;
}

static void par_feed(struct ns_check *c, struct ns_rule_run *r, const struct ns_feed *f)
{
	uint64_t par = ns_fed(f->ev, NS_AT_OP_PAR);
	const char *wrong;

	if (par == NS_UNAVAILABLE || f->ev->dim == NS_PATH_RETRY ||
	    f->ev->dim == NS_PATH_FAST_UNKNOWN || failed(f->ev, NS_AT_OP_RET) ||
	    failed(f->ev, NS_AT_OP_SLOW_RET))
		return;
	ns_checked(r);
	wrong = wrong_par(f->ev, par, ns_fed(f->ev, NS_AT_OP_PAR_FAST));
	if (wrong)
		violated(c, r, f, wrong);
}

const struct ns_rule ns_rule_at_par = {
	.info = { "at-par", "PAR_EL1 has the result of the path that was taken",
		  NS_BIT(NS_EV_AT_OP), 0 },
	.one_event = true,
	.one_vcpu = true,
	.lacking = "this kernel does not tell PAR_EL1",
	.feed = par_feed,
};

/* ---- at-retry: a retry writes nothing and is followed by the same AT ---- */

struct retry {
	uint64_t id; /* 0: the vCPU's latest AT was not one */
	uint64_t va, par;
	uint8_t sub;
};

struct retry_state {
	struct retry vcpu[NS_CHECK_VCPUS];
};

/* PAR_EL1 after an event, where it tells that and not only what was to be written. */
static uint64_t par_after(const struct ns_event *ev)
{
	return ns_fed(ev, NS_AT_OP_PAR_FAST) == NS_UNAVAILABLE ? NS_UNAVAILABLE
							       : ns_fed(ev, NS_AT_OP_PAR);
}

/*
 * L1 may write PAR_EL1 whenever it runs, but it does not run between a retry
 * and its replay: when that is a retry too, PAR_EL1 must be the same.
 */
static void check_replay(struct ns_check *c, struct ns_rule_run *r, const struct ns_feed *f,
			 const struct retry *was)
{
	uint64_t par = par_after(f->ev);
	struct ns_violation *v = NULL;

	ns_checked(r);
	if (was->sub != f->ev->sub || was->va != ns_fed(f->ev, NS_AT_OP_VA))
		v = violated(c, r, f, "it follows an AT that was to be replayed and was not");
	else if (f->ev->dim == NS_PATH_RETRY && par != NS_UNAVAILABLE &&
		 was->par != NS_UNAVAILABLE && par != was->par)
		v = violated(c, r, f, "a retry changed PAR_EL1");
	ns_prove(c, v, was->id);
}

static void retry_feed(struct ns_check *c, struct ns_rule_run *r, const struct ns_feed *f)
{
	struct retry_state *s = r->state;
	struct retry *x = &s->vcpu[f->vcpu];

	if (!f->vcpu)
		return;
	if (f->ev->event == NS_EV_EL2_EXC) { /* its handler may use AT before the replay */
		if (x->id)
			ns_undecided(r);
		x->id = 0;
		return;
	}
	if (x->id)
		check_replay(c, r, f, x);
	*x = (struct retry){ .id = f->ev->dim == NS_PATH_RETRY ? f->id : 0,
			     .va = ns_fed(f->ev, NS_AT_OP_VA),
			     .par = par_after(f->ev),
			     .sub = f->ev->sub };
}

static void retry_finish(struct ns_check *c, struct ns_rule_run *r)
{
	const struct retry_state *s = r->state;

	(void)c;
	for (unsigned int i = 1; i < NS_CHECK_VCPUS; i++)
		if (s->vcpu[i].id)
			ns_undecided(r); /* the observation ended first */
}

const struct ns_rule ns_rule_at_retry = {
	.info = { "at-retry", "an AT to be replayed writes nothing and is the next AT",
		  NS_BIT(NS_EV_AT_OP) | NS_BIT(NS_EV_EL2_EXC), 0 },
	.one_vcpu = true,
	.lacking = "no AT was to be replayed",
	.state_size = sizeof(struct retry_state),
	.feed = retry_feed,
	.finish = retry_finish,
};
