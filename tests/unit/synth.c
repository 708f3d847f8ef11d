// SPDX-License-Identifier: GPL-2.0-or-later
/* synth.c: see synth.h. */
#include "synth.h"

#include <stdio.h>
#include <string.h>

#include "catalogue.h"
#include "stats.h"

#define NR_VCPUS 8 /* four of each VM */
#define CTXS_PER_VM 4

void ns_synth_init(struct ns_synth *s, uint64_t seed)
{
	memset(s, 0, sizeof(*s));
	s->rng = seed * 2 + 1;
	s->ts = 1000000000000ULL;
}

uint64_t ns_synth_random(struct ns_synth *s)
{
	return ns_random(&s->rng);
}

static uint64_t below(struct ns_synth *s, uint64_t n)
{
	return (ns_synth_random(s) >> 11) % n;
}

static uint64_t mix(uint64_t v)
{
	v *= 0x9e3779b97f4a7c15ULL;
	return v ^ v >> 29;
}

/* A time with a long tail: typical, now and then ten or a hundred times that. */
static uint64_t duration(struct ns_synth *s, uint64_t typical)
{
	uint64_t d = typical / 2 + (below(s, typical) + below(s, typical)) / 2;

	if (!below(s, 50))
		d *= 1 + below(s, 10);
	if (!below(s, 2000))
		d *= 1 + below(s, 100);
	return d;
}

/* Mostly one of 64 hot places, else anywhere in 4 MiB of kernel text. */
static uint64_t code_address(struct ns_synth *s)
{
	uint64_t at = below(s, 10) < 7 ? mix(below(s, 64)) & 0xfffff : below(s, 1 << 20);

	return 0xffff800080000000ULL + at * 4;
}

static uint64_t vttbr(const struct ns_event *ev)
{
	return (uint64_t)ev->ctx << 48 | (0x40000000ULL + ev->ctx * 0x10000ULL);
}

/* Two of three faults walk on, the others are anywhere in 1 GiB. */
static uint64_t next_ipa(struct ns_synth *s, unsigned int who)
{
	if (below(s, 3))
		s->ipa[who] += 4096;
	else
		s->ipa[who] = below(s, 1 << 18) << 12;
	return 0x80000000ULL + (s->ipa[who] & 0x3fffffff);
}

/* L1 backs L2 with 2 MiB blocks, which lie anywhere. */
static uint64_t l1_ipa(uint64_t l2)
{
	return 0x100000000ULL + (mix(l2 >> 21) & 0x3ff) * 0x200000 + (l2 & 0x1fffff);
}

static void s2_fault(struct ns_synth *s, struct ns_event *ev, unsigned int who)
{
	static const uint64_t esr[] = { 0x93800007, 0x93800047, 0x82000007,
					0x9380000f, 0x93c08007, 0x93c08047 };
	uint64_t roll = below(s, 100), *f = ev->field;

	ev->dim = roll < 30   ? NS_CAUSE_COLD
		  : roll < 75 ? NS_CAUSE_TLBI_VMALLS12E1
		  : roll < 90 ? NS_CAUSE_NOTIFIER
		  : roll < 97 ? NS_CAUSE_PERM
			      : NS_CAUSE_FORWARD;
	ev->sub = (uint8_t)below(s, 3);
	f[NS_S2_FAULT_DUR] = duration(s, 1800);
	f[NS_S2_FAULT_VTTBR] = vttbr(ev);
	f[NS_S2_FAULT_L2_IPA] = next_ipa(s, who);
	f[NS_S2_FAULT_L1_IPA] = l1_ipa(f[NS_S2_FAULT_L2_IPA]);
	f[NS_S2_FAULT_PC] = code_address(s);
	f[NS_S2_FAULT_ESR] = esr[ev->sub + (below(s, 4) ? 0 : 3)];
	f[NS_S2_FAULT_GUEST_SIZE] = 0x200000;
	f[NS_S2_FAULT_MAP_SIZE] = below(s, 20) ? 0x1000 : 0x200000;
	f[NS_S2_FAULT_RET] = 1;
	f[NS_S2_FAULT_OUTCOME] = ev->dim == NS_CAUSE_FORWARD ? NS_OUTCOME_INJECT_WALK :
				 ev->dim == NS_CAUSE_PERM    ? NS_OUTCOME_PERM_RELAX :
							       NS_OUTCOME_MAP;
	f[NS_S2_FAULT_GUEST_LEVEL] = 2;
	f[NS_S2_FAULT_PROT] = ev->sub == NS_ACCESS_EXEC ? 0xb : 0xf;
	f[NS_S2_FAULT_WALK_NS] = duration(s, 400);
	f[NS_S2_FAULT_SLOT] = ev->ctx & 3;
}

static void el2_eret(struct ns_synth *s, struct ns_event *ev)
{
	ev->dim = below(s, 8) ? NS_WHO_L2 : NS_WHO_L1;
	ev->field[NS_EL2_ERET_ELR] = code_address(s);
	ev->field[NS_EL2_ERET_SPSR] = below(s, 2) ? 0x60000005 : 0x80000005;
	ev->field[NS_EL2_ERET_VTTBR] = vttbr(ev);
	ev->field[NS_EL2_ERET_VTCR] = 0x80023558;
	ev->field[NS_EL2_ERET_HCR] = 0x30488000039ULL;
}

static void el2_trap(struct ns_synth *s, struct ns_event *ev)
{
	ev->dim = below(s, 5) ? NS_TRAP_EMULATED : NS_TRAP_FORWARDED;
	ev->sub = NS_WHO_L1;
	ev->field[NS_EL2_TRAP_SYSREG] = 0x180000 + (mix(below(s, 24)) & 0xffff);
	ev->field[NS_EL2_TRAP_WRITE] = below(s, 2);
	ev->field[NS_EL2_TRAP_PC] = code_address(s);
}

/* The rarer ones: durations and addresses by unit. */
static void other(struct ns_synth *s, struct ns_event *ev)
{
	const struct ns_event_info *info = &ns_events[ev->event];

	ev->dim = (uint8_t)below(s, ns_dims[info->dim].nr);
	ev->sub = (uint8_t)below(s, ns_dims[info->sub].nr);
	for (unsigned int i = 0; i < info->nr_fields; i++) {
		if (info->fields[i].unit == NS_UNIT_NS)
			ev->field[i] = duration(s, 900);
		else if (info->fields[i].unit == NS_UNIT_HEX)
			ev->field[i] = code_address(s);
		else if (ns_unit_is_enum(info->fields[i].unit))
			ev->field[i] = below(s, ns_dims[ns_unit_dim(info->fields[i].unit)].nr);
		else
			ev->field[i] = 1 + below(s, 4);
	}
}

void ns_synth_event(struct ns_synth *s, struct ns_event *ev)
{
	unsigned int who = (unsigned int)below(s, NR_VCPUS);
	uint64_t roll = below(s, 100);

	memset(ev, 0, sizeof(*ev));
	s->ts += 150 + below(s, 1200) + (below(s, 20) ? 0 : below(s, 20000));
	ev->ts = s->ts;
	ev->vm = (uint16_t)(1 + who / 4);
	ev->vcpu = who % 4;
	ev->cpu = (uint16_t)(below(s, 100) ? who : below(s, 16));
	if (!below(s, 50)) /* L1 switches to another L2 */
		s->l2[who] = (uint8_t)below(s, CTXS_PER_VM);
	ev->ctx = (uint16_t)(1 + (ev->vm - 1) * CTXS_PER_VM + s->l2[who]);
	ev->event = roll < 40	? NS_EV_S2_FAULT
		    : roll < 65 ? NS_EV_EL2_ERET
		    : roll < 85 ? NS_EV_EL2_TRAP
				: (uint8_t)below(s, NS_NR_EVENTS);
	ev->nr_fields = (uint8_t)ns_events[ev->event].nr_fields;
	if (ev->event == NS_EV_S2_FAULT)
		s2_fault(s, ev, who);
	else if (ev->event == NS_EV_EL2_ERET)
		el2_eret(s, ev);
	else if (ev->event == NS_EV_EL2_TRAP)
		el2_trap(s, ev);
	else
		other(s, ev);
}

void ns_synth_noise(struct ns_synth *s, struct ns_event *ev)
{
	const struct ns_event_info *info;

	memset(ev, 0, sizeof(*ev));
	ev->event = (uint8_t)below(s, NS_NR_EVENTS);
	info = &ns_events[ev->event];
	ev->ts = ns_synth_random(s) >> below(s, 64);
	ev->vm = (uint16_t)ns_synth_random(s);
	ev->vcpu = (uint16_t)ns_synth_random(s);
	ev->ctx = (uint16_t)ns_synth_random(s);
	ev->cpu = (uint16_t)ns_synth_random(s);
	ev->dim = (uint8_t)below(s, ns_dims[info->dim].nr);
	ev->sub = (uint8_t)below(s, ns_dims[info->sub].nr);
	ev->nr_fields = (uint8_t)below(s, info->nr_fields + 1);
	for (unsigned int i = 0; i < ev->nr_fields; i++)
		ev->field[i] = ns_synth_random(s) >> below(s, 64);
}

static int add_vm(struct ns_model *m, unsigned int id)
{
	struct ns_vm_key key = { .start_ns = 5000 + id,
				 .kvm = 0xffff000000000000ULL + id,
				 .pid = 40 + id };
	struct ns_vm vm = { .id = id, .comm = "qemu" };

	vm.cmdline_len =
		(uint32_t)snprintf(vm.cmdline, sizeof(vm.cmdline),
				   "/usr/bin/qemu-system-aarch64%c-name%csynthetic-%u", 0, 0, id) +
		1;
	return ns_model_add_vm(m, &key, &vm);
}

int ns_synth_meta(struct ns_model *m)
{
	struct ns_ctx_key key = { .vtcr = 0x80023558, .s2_on = 1 };
	int rc = 0;

	ns_model_init(m);
	strcpy(m->host.release, "synthetic");
	strcpy(m->host.machine, "aarch64");
	strcpy(m->host.nodename, "nowhere");
	m->host.cpus = 16;
	m->host.start_realtime_ns = 1700000000000000000LL;
	m->start_ns = 1000000000000ULL;
	for (unsigned int i = 0; i < NS_NR_EVENTS; i++) {
		m->provider[i].state = NS_STATE_OK;
		strcpy(m->provider[i].by, "synthetic");
	}
	for (unsigned int id = 1; !rc && id <= 2; id++)
		rc = add_vm(m, id);
	for (uint16_t id = 1; !rc && id <= 2 * CTXS_PER_VM; id++) {
		key.vm = 1 + (id - 1U) / CTXS_PER_VM;
		key.vttbr = (uint64_t)id << 48 | (0x40000000ULL + id * 0x10000ULL);
		rc = ns_model_add_ctx(m, &key, id);
	}
	if (!rc)
		rc = ns_model_add_mark(m, m->start_ns + 1000, "synthetic");
	return rc;
}
