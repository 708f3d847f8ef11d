// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * fixed_realm.c: write a synthetic recording of two realms that never changes.
 * One VM's comes and goes, with a block, an undelegation that is refused and a
 * teardown that has to try twice; the other's is there at the end.  The golden
 * frames of the RTT screen are of it.
 */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "catalogue.h"
#include "realm.h"
#include "recording.h"

#define TABLES 24 /* of level 3, in the first realm; 8 pages in each */
#define PAGES 8
#define MAP2 (2ULL << 20) /* what a table of level 3 maps */
#define MAP1 (1ULL << 30)
#define UNPROTECTED (1ULL << 35)

struct out {
	struct ns_writer *w;
	struct ns_model m;
	struct ns_error err;
	int rc;
};

static void put(void *arg, const struct ns_event *ev)
{
	struct out *o = arg;

	o->m.ledger[ev->event].seen++;
	o->m.ledger[ev->event].kept++;
	o->m.end_ns = ev->ts;
	if (!o->rc)
		o->rc = ns_writer_event(o->w, ev, &o->err);
}

static int meta(struct ns_model *m)
{
	static const char *const names[] = { "realm-a", "realm-b" };
	int rc = 0;

	ns_model_init(m);
	strcpy(m->host.release, "7.3.4");
	strcpy(m->host.machine, "aarch64");
	strcpy(m->host.nodename, "fixed");
	m->host.cpus = 4;
	m->start_ns = 1000000000000ULL;
	for (unsigned int i = 0; i < NS_NR_EVENTS; i++) {
		if (i == NS_EV_S2_PAGE || i == NS_EV_EL2_EXIT) /* of x86 */
			continue;
		m->provider[i].state = NS_STATE_OK;
		snprintf(m->provider[i].by, sizeof(m->provider[i].by), "tracepoint fixed");
	}
	for (unsigned int i = 1; i <= 2 && !rc; i++) {
		struct ns_vm_key key = { .start_ns = i, .pid = 5200 + i };
		struct ns_vm vm = { .id = i };

		vm.cmdline_len = (uint32_t)snprintf(vm.cmdline, sizeof(vm.cmdline), "%s",
						    names[i - 1]) + 1;
		rc = ns_model_add_vm(m, &key, &vm);
	}
	return rc;
}

struct tables {
	uint64_t l1, ns_l1, l2, ns_l2, l3[TABLES], data[TABLES][PAGES];
};

static void build(struct realm *r, struct tables *t, unsigned int nr)
{
	realm_create(r);
	t->l1 = realm_table(r, 0, 1);
	t->l2 = realm_table(r, 0, 2);
	for (unsigned int i = 0; i < nr; i++) {
		t->l3[i] = realm_table(r, i * MAP2, 3);
		for (unsigned int p = 0; p < PAGES; p++)
			t->data[i][p] = realm_data(r, i * MAP2 + p * 4096);
	}
	t->ns_l2 = realm_table(r, UNPROTECTED, 2);
	realm_ns(r, UNPROTECTED, 2);
	r->status = 4; /* there is an entry already */
	realm_ns(r, UNPROTECTED, 2);
	realm_call(r, NS_RMI_REALM_ACTIVATE, 0, 0, 0, 0);
}

static void unmap(struct realm *r, struct tables *t, unsigned int nr)
{
	for (unsigned int i = 0; i < nr; i++)
		for (unsigned int p = 0; p < PAGES; p++)
			realm_drop_data(r, i * MAP2 + p * 4096, t->data[i][p]);
	realm_drop_ns(r, UNPROTECTED, 2);
}

static void down(struct realm *r, struct tables *t, unsigned int nr)
{
	realm_teardown(r, NS_TEARDOWN_RECURSED, 1, 0, 0);
	realm_teardown(r, NS_TEARDOWN_RECURSED, 2, 0, 0);
	for (unsigned int i = 0; i < nr; i++) {
		if (i == 5) { /* refused: it is kept */
			realm_call(r, NS_RMI_RTT_DESTROY, i * MAP2, 3, 0, t->l3[i]);
			realm_op(r, NS_RTT_OP_DESTROY, i * MAP2, 3, t->l3[i]);
			r->status = 1;
			realm_undelegate(r, t->l3[i]);
			realm_leak(r, t->l3[i], NS_LEAK_UNDELEGATE);
		} else {
			realm_drop_table(r, i * MAP2, 3, t->l3[i]);
		}
		realm_teardown(r, NS_TEARDOWN_DESTROYED, 3, i * MAP2, (i + 1) * MAP2);
		if (i == 11) { /* and the realm's owner tries again */
			realm_teardown(r, NS_TEARDOWN_BUSY, 3, 12 * MAP2, 12 * MAP2);
			realm_teardown(r, NS_TEARDOWN_RECURSED, 1, 0, 0);
			realm_teardown(r, NS_TEARDOWN_RECURSED, 2, 0, 0);
			realm_teardown(r, NS_TEARDOWN_SKIPPED, 3, 0, 12 * MAP2);
		}
	}
	realm_teardown(r, NS_TEARDOWN_SKIPPED, 3, nr * MAP2, MAP1);
	realm_drop_table(r, 0, 2, t->l2);
	realm_teardown(r, NS_TEARDOWN_DESTROYED, 2, 0, MAP1);
	realm_drop_table(r, UNPROTECTED, 2, t->ns_l2);
	realm_teardown(r, NS_TEARDOWN_DESTROYED, 2, UNPROTECTED, UNPROTECTED + MAP1);
	realm_drop_table(r, 0, 1, t->l1);
	realm_teardown(r, NS_TEARDOWN_DESTROYED, 1, 0, 1ULL << 36);
	realm_destroy(r);
}

int main(int argc, char **argv)
{
	static struct tables a, b;
	struct out o = { 0 };
	struct realm one, two;

	if (argc != 2 || meta(&o.m) || ns_writer_open(&o.w, argv[1], &o.m, "fixed", &o.err))
		goto bad;
	realm_init(&one, 1, 0x80000000);
	realm_init(&two, 2, 0xa0000000);
	one.emit = two.emit = put;
	one.arg = two.arg = &o;
	one.step_ns = 10000000; /* ten seconds or so in all */
	two.step_ns = 20000000;
	build(&one, &a, TABLES);
	two.ts = one.ts;
	build(&two, &b, 6);
	one.ts = two.ts;
	unmap(&one, &a, TABLES);
	down(&one, &a, TABLES);
	o.m.vms[0].ended = true;
	if (!o.rc && !ns_writer_close(o.w, &o.m, &o.err))
		return 0;
bad:
	fprintf(stderr, "fixed_realm FILE: %s\n", o.err.msg);
	return 1;
}
