// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * fixed.c: write a synthetic recording that never changes: two VMs, 120 s of
 * file time, every event but those it calls unavailable.  The golden frames
 * are of it.
 */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "catalogue.h"
#include "recording.h"

#define START_NS 1000000000000ULL
#define STEP_NS 2000000ULL /* one event each 2 ms */
#define EVENTS 60000
#define SLOT 5 /* of six contexts, this one belongs to the second VM */

static void fixed_providers(struct ns_model *m)
{
	unsigned int i;

	for (i = 0; i < NS_NR_EVENTS; i++) {
		m->provider[i].state = NS_STATE_OK;
		snprintf(m->provider[i].by, sizeof(m->provider[i].by), "fentry fixed");
	}
	m->provider[NS_EV_MMIO_MATCH].state = NS_STATE_OFF;
	strcpy(m->provider[NS_EV_MMIO_MATCH].by, "-");
	strcpy(m->provider[NS_EV_MMIO_MATCH].note, "x86 only");
	m->provider[NS_EV_S2_WP].state = NS_STATE_OFF;
	strcpy(m->provider[NS_EV_S2_WP].note, "not in this kernel");
}

static int fixed_meta(struct ns_model *m)
{
	static const char *const names[] = { "l1-debian", "vmm" };
	unsigned int i;
	int rc = 0;

	ns_model_init(m);
	strcpy(m->host.release, "7.3.4");
	strcpy(m->host.machine, "aarch64");
	strcpy(m->host.nodename, "fixed");
	m->host.cpus = 4;
	m->start_ns = START_NS;
	m->end_ns = START_NS + EVENTS * STEP_NS;
	fixed_providers(m);
	for (i = 1; i <= 2 && !rc; i++) {
		struct ns_vm_key key = { .start_ns = i, .pid = 4126 + i };
		struct ns_vm vm = { .id = i };

		vm.cmdline_len = snprintf(vm.cmdline, sizeof(vm.cmdline), "%s", names[i - 1]) + 1;
		rc = ns_model_add_vm(m, &key, &vm);
	}
	for (i = 1; i <= 6 && !rc; i++) {
		struct ns_ctx_key key = { .vttbr = (uint64_t)i << 48 | 0x40000000,
					  .vtcr = 1 << 19,
					  .vm = i == SLOT ? 2 : 1,
					  .s2_on = 1 };

		rc = ns_model_add_ctx(m, &key, i);
	}
	return rc;
}

/* Faults fall off from cause to cause, so that the order on screen is sure. */
static unsigned int fixed_cause(unsigned int n)
{
	static const uint8_t of[16] = { 1, 1, 1, 1, 1, 1, 6, 6, 6, 6, 0, 0, 0, 9, 9, 5 };

	return of[n % 16];
}

static void fixed_event(struct ns_event *ev, unsigned int n)
{
	static const uint8_t kinds[8] = { NS_EV_S2_FAULT,   NS_EV_EL2_ERET, NS_EV_S2_FAULT,
					  NS_EV_AT_OP,	    NS_EV_EL2_TRAP, NS_EV_S2_CTX,
					  NS_EV_MMIO_ABORT, NS_EV_S2_TLBI };
	const struct ns_event_info *info;
	unsigned int i, round = n / 8;

	memset(ev, 0, sizeof(*ev));
	ev->ts = START_NS + n * STEP_NS;
	ev->event = kinds[n % 8];
	info = &ns_events[ev->event];
	ev->vm = round % 5 == 4 ? 2 : 1;
	ev->vcpu = ev->vm == 2 ? 0 : round % 3;
	ev->ctx = ev->vm == 2 ? SLOT : 1 + round % 4;
	ev->dim = ev->event == NS_EV_S2_FAULT ? fixed_cause(round)
					      : round % 11 % ns_dims[info->dim].nr;
	ev->sub = round % 7 % ns_dims[info->sub].nr;
	ev->nr_fields = info->nr_fields;
	for (i = 0; i < info->nr_fields; i++)
		ev->field[i] = ns_unit_is_enum(info->fields[i].unit) ?
				       round % ns_dims[ns_unit_dim(info->fields[i].unit)].nr :
				       0x1000ULL * round;
	if (info->timed)
		ev->field[0] = 1500 + round * 37 % 9000;
}

int main(int argc, char **argv)
{
	struct ns_error err = { 0 };
	struct ns_writer *w;
	struct ns_model m;
	struct ns_event ev;
	unsigned int n;

	if (argc != 2 || fixed_meta(&m) || ns_writer_open(&w, argv[1], &m, "fixed", &err))
		goto bad;
	for (n = 0; n < EVENTS; n++) {
		fixed_event(&ev, n);
		m.ledger[ev.event].seen++;
		m.ledger[ev.event].kept++;
		if (ns_writer_event(w, &ev, &err))
			goto bad;
	}
	if (!ns_writer_close(w, &m, &err))
		return 0;
bad:
	fprintf(stderr, "fixed FILE: %s\n", err.msg);
	return 1;
}
