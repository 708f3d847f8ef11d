// SPDX-License-Identifier: GPL-2.0-or-later
/* psci.c: CPUs on and off, the machine off, and what SMCCC asks about itself. */
#include "fw.h"

#define SMCCC_VERSION 0x80000000
#define PSCI_VERSION 0x84000000
#define PSCI_CPU_OFF 0x84000002
#define PSCI_CPU_ON 0x84000003
#define PSCI_AFFINITY_INFO 0x84000004
#define PSCI_SYSTEM_OFF 0x84000008
#define PSCI_SYSTEM_RESET 0x84000009
#define PSCI_FEATURES 0x8400000a
#define SMC64 0x40000000

#define PSCI_SUCCESS 0
#define PSCI_NOT_SUPPORTED (-1)
#define PSCI_INVALID (-2)
#define PSCI_ALREADY_ON (-4)

/* Of the secure PL061: pins that QEMU turns the machine off with, or restarts it. */
#define GPIO_DIR 0x400
#define GPIO_DATA(pins) ((pins) << 2)
#define GPIO_OFF 1u
#define GPIO_RESTART 2u

enum { CPU_OFF, CPU_ON, CPU_PENDING };

static struct {
	uint32_t state;
	uint64_t entry, context;
} cpus[FW_CPUS];
static unsigned int nr_cpus;

static uint64_t this_cpu(void)
{
	return read_sysreg(mpidr_el1) & 0xff;
}

static _Noreturn void machine(uint32_t pin)
{
	realms_print();
	mmio_write(VIRT_SECURE_GPIO + GPIO_DIR, pin);
	mmio_write(VIRT_SECURE_GPIO + GPIO_DATA(pin), 0);
	mmio_write(VIRT_SECURE_GPIO + GPIO_DATA(pin), pin);
	for (;;)
		wfe();
}

void psci_init(unsigned int n, uint64_t cpu)
{
	nr_cpus = n < FW_CPUS ? n : FW_CPUS;
	cpus[cpu].state = CPU_ON;
}

/* Until another CPU turns this one on. */
_Noreturn void psci_wait(uint64_t cpu)
{
	while (__atomic_load_n(&cpus[cpu].state, __ATOMIC_ACQUIRE) != CPU_PENDING)
		wfe();
	cpus[cpu].state = CPU_ON;
	enter_el2(cpus[cpu].entry, cpus[cpu].context);
}

static int64_t cpu_on(uint64_t mpidr, uint64_t entry, uint64_t context)
{
	uint32_t off = CPU_OFF;

	/* one number is enough here: eight CPUs are Aff0 */
	if (mpidr >= nr_cpus)
		return PSCI_INVALID;
	/* two CPUs may try at once: the state is claimed before the rest is written */
	if (!__atomic_compare_exchange_n(&cpus[mpidr].state, &off, ~0u, false, __ATOMIC_ACQ_REL,
					 __ATOMIC_RELAXED))
		return PSCI_ALREADY_ON;
	cpus[mpidr].entry = entry;
	cpus[mpidr].context = context;
	__atomic_store_n(&cpus[mpidr].state, CPU_PENDING, __ATOMIC_RELEASE);
	sev();
	return PSCI_SUCCESS;
}

static int64_t affinity_info(uint64_t mpidr)
{
	if (mpidr >= nr_cpus)
		return PSCI_INVALID;
	switch (__atomic_load_n(&cpus[mpidr].state, __ATOMIC_ACQUIRE)) {
	case CPU_ON:
		return 0;
	case CPU_OFF:
		return 1;
	}
	return 2;
}

static int64_t features(uint64_t fid)
{
	switch (fid & ~(uint64_t)SMC64) {
	case SMCCC_VERSION & ~SMC64:
	case PSCI_VERSION & ~SMC64:
	case PSCI_CPU_OFF & ~SMC64:
	case PSCI_CPU_ON & ~SMC64:
	case PSCI_AFFINITY_INFO & ~SMC64:
	case PSCI_SYSTEM_OFF & ~SMC64:
	case PSCI_SYSTEM_RESET & ~SMC64:
	case PSCI_FEATURES & ~SMC64:
		return PSCI_SUCCESS;
	}
	return PSCI_NOT_SUPPORTED;
}

/* Serve it; false when it is none of these. */
bool psci_call(struct regs *r)
{
	uint32_t fid = (uint32_t)r->x[0];

	switch (fid) {
	case SMCCC_VERSION:
		r->x[0] = 0x10002;
		return true;
	case PSCI_VERSION:
		r->x[0] = 0x10001;
		return true;
	case PSCI_FEATURES:
		r->x[0] = (uint64_t)features(r->x[1]);
		return true;
	case PSCI_CPU_ON | SMC64:
	case PSCI_CPU_ON:
		r->x[0] = (uint64_t)cpu_on(r->x[1] & ~(1ul << 31), r->x[2], r->x[3]);
		return true;
	case PSCI_AFFINITY_INFO | SMC64:
	case PSCI_AFFINITY_INFO:
		r->x[0] = (uint64_t)affinity_info(r->x[1] & ~(1ul << 31));
		return true;
	case PSCI_CPU_OFF:
		__atomic_store_n(&cpus[this_cpu()].state, CPU_OFF, __ATOMIC_RELEASE);
		psci_wait(this_cpu());
	case PSCI_SYSTEM_OFF:
		machine(GPIO_OFF);
	case PSCI_SYSTEM_RESET:
		machine(GPIO_RESTART);
	}
	return false;
}
