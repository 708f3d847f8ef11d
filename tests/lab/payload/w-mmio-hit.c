// SPDX-License-Identifier: GPL-2.0-or-later
/* mmio-hit: L2 accesses a device in the kernel, and one of the VMM. */
#include "payload.h"

enum { MODE_BOTH, MODE_KERNEL, MODE_USER };
#define GICD_TYPER 0x4

void run_MMIO_HIT(struct vcpu *v)
{
	uint64_t n = rounds(32), did;

	if (param(MODE) != MODE_USER) {
		did = l2_run(v, v->ctx, l2_ldr32, LAB_GICD_BASE + GICD_TYPER, n);
		for (uint64_t i = 0; i < did; i++) {
			count(v, CNT_FAULT_MMIO);
			count(v, CNT_MMIO_KERNEL_L2);
		}
	}
	if (param(MODE) != MODE_KERNEL) {
		did = l2_run(v, v->ctx, l2_str32, LAB_PORT_L2, n);
		for (uint64_t i = 0; i < did; i++) {
			count(v, CNT_FAULT_MMIO);
			count(v, CNT_MMIO_USER_L2);
			model_reenter(v, v->ctx);
		}
	}
}
