// SPDX-License-Identifier: GPL-2.0-or-later
/* realm.c: see realm.h. */
#include "realm.h"

#include <string.h>

#include "catalogue.h"

#define GRANULE 4096
#define IPA_END (1ULL << 36)
#define FID(n) (0xc4000000ULL + (n))

/* What each call costs here, in ns; what is not listed costs 800. */
static const uint16_t cost[NS_NR_RMI] = {
	[NS_RMI_GRANULE_DELEGATE] = 1200, [NS_RMI_GRANULE_UNDELEGATE] = 1500,
	[NS_RMI_REALM_CREATE] = 9000,	  [NS_RMI_RTT_CREATE] = 2100,
	[NS_RMI_RTT_DESTROY] = 1900,	  [NS_RMI_DATA_CREATE] = 5200,
};

static const uint16_t fid_of[NS_NR_RMI] = {
	[NS_RMI_GRANULE_DELEGATE] = 0x151,    [NS_RMI_GRANULE_UNDELEGATE] = 0x152,
	[NS_RMI_DATA_CREATE] = 0x153,	      [NS_RMI_DATA_CREATE_UNKNOWN] = 0x154,
	[NS_RMI_DATA_DESTROY] = 0x155,	      [NS_RMI_REALM_ACTIVATE] = 0x157,
	[NS_RMI_REALM_CREATE] = 0x158,	      [NS_RMI_REALM_DESTROY] = 0x159,
	[NS_RMI_RTT_CREATE] = 0x15d,	      [NS_RMI_RTT_DESTROY] = 0x15e,
	[NS_RMI_RTT_MAP_UNPROTECTED] = 0x15f, [NS_RMI_RTT_UNMAP_UNPROTECTED] = 0x162,
	[NS_RMI_RTT_FOLD] = 0x166,	      [NS_RMI_RTT_INIT_RIPAS] = 0x168,
};

void realm_init(struct realm *r, unsigned int vm, uint64_t first_granule)
{
	memset(r, 0, sizeof(*r));
	r->vm = (uint16_t)vm;
	r->next = first_granule;
	r->ts = 1000000000000ULL;
	r->step_ns = 1000;
}

static struct ns_event make(struct realm *r, unsigned int event, unsigned int dim, unsigned int sub)
{
	return (struct ns_event){ .ts = r->ts += r->step_ns,
				  .vm = r->vm,
				  .vcpu = NS_NO_VCPU,
				  .event = (uint8_t)event,
				  .dim = (uint8_t)dim,
				  .sub = (uint8_t)sub,
				  .nr_fields = (uint8_t)ns_events[event].nr_fields };
}

/* The realm descriptor's own granule is delegated for no realm. */
static void call_for(struct realm *r, uint64_t rd, unsigned int cmd, uint64_t arg1, uint64_t arg2,
		     uint64_t arg3, uint64_t out1)
{
	struct ns_event ev = make(r, NS_EV_RTT_CALL, cmd, NS_RMI_STATUS_SUCCESS + r->status);

	ev.field[NS_RTT_CALL_DUR] = cost[cmd] ? cost[cmd] : 800;
	ev.field[NS_RTT_CALL_RD] = rd;
	ev.field[NS_RTT_CALL_FID] = FID(fid_of[cmd]);
	ev.field[NS_RTT_CALL_ARG1] = arg1;
	ev.field[NS_RTT_CALL_ARG2] = arg2;
	ev.field[NS_RTT_CALL_ARG3] = arg3;
	ev.field[NS_RTT_CALL_STATUS] = r->status;
	ev.field[NS_RTT_CALL_OUT1] = out1;
	r->emit(r->arg, &ev);
}

void realm_call(struct realm *r, unsigned int cmd, uint64_t arg1, uint64_t arg2, uint64_t arg3,
		uint64_t out1)
{
	call_for(r, r->rd, cmd, arg1, arg2, arg3, out1);
	if (cmd == NS_RMI_GRANULE_DELEGATE || cmd == NS_RMI_GRANULE_UNDELEGATE ||
	    cmd == NS_RMI_REALM_CREATE || cmd == NS_RMI_REALM_DESTROY)
		r->status = 0; /* of the others it is the operation's, too */
}

void realm_op(struct realm *r, unsigned int op, uint64_t ipa, unsigned int level, uint64_t pa)
{
	struct ns_event ev = make(r, NS_EV_RTT_OP, op,
				  r->status ? NS_RTT_LEVEL_FAILED : NS_RTT_LEVEL_L0 + level);

	ev.field[NS_RTT_OP_RD] = r->rd;
	ev.field[NS_RTT_OP_IPA] = ipa;
	ev.field[NS_RTT_OP_LEVEL] = level;
	ev.field[NS_RTT_OP_RTT] = pa;
	ev.field[NS_RTT_OP_STATUS] = NS_RMI_STATUS_SUCCESS + r->status;
	r->emit(r->arg, &ev);
	r->status = 0;
}

void realm_teardown(struct realm *r, unsigned int action, unsigned int level, uint64_t addr,
		    uint64_t next)
{
	struct ns_event ev = make(r, NS_EV_RTT_TEARDOWN, action, 0);

	ev.field[NS_RTT_TEARDOWN_RD] = r->rd;
	ev.field[NS_RTT_TEARDOWN_LEVEL] = level;
	ev.field[NS_RTT_TEARDOWN_ADDR] = addr;
	ev.field[NS_RTT_TEARDOWN_NEXT] = next;
	r->emit(r->arg, &ev);
}

void realm_leak(struct realm *r, uint64_t pa, unsigned int why)
{
	struct ns_event ev = make(r, NS_EV_RTT_LEAK, why, 0);

	ev.field[NS_RTT_LEAK_RD] = r->rd;
	ev.field[NS_RTT_LEAK_PA] = pa;
	r->emit(r->arg, &ev);
}

static uint64_t take(struct realm *r)
{
	uint64_t pa = r->next;

	r->next += GRANULE;
	realm_call(r, NS_RMI_GRANULE_DELEGATE, pa, 0, 0, 0);
	return pa;
}

void realm_undelegate(struct realm *r, uint64_t pa)
{
	realm_call(r, NS_RMI_GRANULE_UNDELEGATE, pa, 0, 0, 0);
}

void realm_create(struct realm *r)
{
	r->rd = 0;
	r->rd = take(r);
	r->root = take(r);
	realm_call(r, NS_RMI_REALM_CREATE, r->next, 0, 0, 0);
}

uint64_t realm_table(struct realm *r, uint64_t ipa, unsigned int level)
{
	uint64_t pa = take(r);

	realm_call(r, NS_RMI_RTT_CREATE, pa, ipa, level, 0);
	realm_op(r, NS_RTT_OP_CREATE, ipa, level, pa);
	return pa;
}

uint64_t realm_data(struct realm *r, uint64_t ipa)
{
	uint64_t pa = take(r);

	realm_call(r, NS_RMI_DATA_CREATE, pa, ipa, 0, 0);
	realm_op(r, NS_RTT_OP_MAP_DATA, ipa, 3, pa);
	return pa;
}

void realm_ns(struct realm *r, uint64_t ipa, unsigned int level)
{
	realm_call(r, NS_RMI_RTT_MAP_UNPROTECTED, ipa, level, 0x100000000 + ipa, 0);
	realm_op(r, NS_RTT_OP_MAP_NS, ipa, level, 0x100000000 + ipa);
}

void realm_drop_table(struct realm *r, uint64_t ipa, unsigned int level, uint64_t pa)
{
	realm_call(r, NS_RMI_RTT_DESTROY, ipa, level, 0, pa);
	realm_op(r, NS_RTT_OP_DESTROY, ipa, level, pa);
	realm_undelegate(r, pa);
}

void realm_drop_data(struct realm *r, uint64_t ipa, uint64_t pa)
{
	realm_call(r, NS_RMI_DATA_DESTROY, ipa, 0, 0, pa);
	realm_op(r, NS_RTT_OP_UNMAP_DATA, ipa, 3, pa);
	realm_undelegate(r, pa);
}

void realm_drop_ns(struct realm *r, uint64_t ipa, unsigned int level)
{
	realm_call(r, NS_RMI_RTT_UNMAP_UNPROTECTED, ipa, level, 0, 0);
	realm_op(r, NS_RTT_OP_UNMAP_NS, ipa, level, 0);
}

void realm_fold(struct realm *r, uint64_t ipa, unsigned int level, uint64_t pa)
{
	realm_call(r, NS_RMI_RTT_FOLD, ipa, level, 0, pa);
	realm_op(r, NS_RTT_OP_FOLD, ipa, level, pa);
	realm_undelegate(r, pa);
}

uint64_t realm_unfold(struct realm *r, uint64_t ipa, unsigned int level)
{
	uint64_t pa = take(r);

	realm_call(r, NS_RMI_RTT_CREATE, pa, ipa, level, 0);
	realm_op(r, NS_RTT_OP_UNFOLD, ipa, level, pa);
	return pa;
}

void realm_destroy(struct realm *r)
{
	realm_call(r, NS_RMI_REALM_DESTROY, 0, 0, 0, 0);
	realm_teardown(r, NS_TEARDOWN_DONE, 1, 0, IPA_END);
	realm_undelegate(r, r->rd);
	realm_undelegate(r, r->root);
}
