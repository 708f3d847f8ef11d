// SPDX-License-Identifier: GPL-2.0-or-later
/* s2-perm: pages that L2 reads, then writes, then executes: each asks for more. */
#include "payload.h"

enum { MODE_L1, MODE_HOST };

static void give(struct vcpu *v, struct ctx *c, unsigned int rights)
{
	for (uint64_t i = 0; i < param(PAGES); i++)
		stage2_map(c, v->data + i * LAB_PAGE_SIZE, v->data + i * LAB_PAGE_SIZE, rights);
}

/* All pages; rights as L1 has them when the access succeeds. */
static void access(struct vcpu *v, struct ctx *c, const void *job, unsigned int how,
		   unsigned int rights)
{
	uint64_t n = l2_run(v, c, job, v->data, param(PAGES));

	must(v, n == param(PAGES), n);
	for (uint64_t i = 0; i < n; i++)
		model_touch(v, c, PAGE_DATA(i), how, rights);
}

/* L1 got the fault and upgrades the page, without a TLBI: an upgrade needs none. */
static void upgrade(struct vcpu *v, struct ctx *c, uint64_t ipa)
{
	stage2_map(c, ipa, ipa, PAGE_R | PAGE_W);
}

static void by_l1(struct vcpu *v, struct ctx *c)
{
	give(v, c, PAGE_R);
	access(v, c, l2_read, PAGE_R, PAGE_R);
	/* each write faults twice: to L1, and after L1's upgrade to L0 only */
	v->on_fault = upgrade;
	access(v, c, l2_write, PAGE_W, PAGE_R | PAGE_W);
	v->on_fault = NULL;
	/* and this upgrade comes before the access */
	give(v, c, PAGE_R | PAGE_W | PAGE_X);
	access(v, c, l2_exec, PAGE_X, PAGE_R | PAGE_W | PAGE_X);
}

/*
 * L1 maps all read-write, but the host has nothing there but its page of zeroes,
 * which it can only map read-only.  The write makes the host copy that page, and
 * the copy is an MMU notifier call, which empties every context and makes KVM
 * throw away the very fault that asked for it: what looks like one permission
 * upgrade is a retry and two refaults (L2's code page, and the page).
 */
static void by_host(struct vcpu *v, struct ctx *c)
{
	unsigned int rw = PAGE_R | PAGE_W;
	uint64_t n = param(PAGES);

	must(v, call(v, LAB_CALL_DISCARD, v->data, n * LAB_PAGE_SIZE) == 0, n);
	model_wipe(v, CAUSE_NOTIFIER);
	give(v, c, rw);
	must(v, l2_run(v, c, l2_read, v->data, n) == n, n);
	for (uint64_t i = 0; i < n; i++)
		model_touch(v, c, PAGE_DATA(i), PAGE_R, PAGE_R);
	must(v, l2_run(v, c, l2_write, v->data, n) == n, n);
	for (uint64_t i = 0; i < n; i++) {
		model_retry(v, CNT_OUT_RETRY_INVAL);
		model_wipe(v, CAUSE_NOTIFIER);
		model_touch(v, c, PAGE_CODE, PAGE_X, PAGE_R | PAGE_X);
		model_touch(v, c, PAGE_DATA(i), PAGE_W, rw);
	}
}

void run_S2_PERM(struct vcpu *v)
{
	if (param(MODE) != MODE_HOST)
		by_l1(v, v->ctx);
	else /* it empties the others' contexts too */
		in_turn(v, t)
			by_host(v, v->ctx);
}
