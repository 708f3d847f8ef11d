// SPDX-License-Identifier: GPL-2.0-or-later
/* main.c: from reset to EL2, and what comes back from there. */
#include "fw.h"

#define GICD_CTLR 0x0
#define GICD_TYPER 0x4
#define GICD_IGROUPR(n) (0x80ul + 4 * (n))
#define GICR_WAKER 0x14
#define GICR_IGROUPR0 0x10080
#define WAKER_SLEEP (1u << 1)
#define WAKER_ASLEEP (1u << 2)

/*
 * SCR_EL3: EL2 non-secure and 64-bit, HVC on, and every feature's registers left
 * to EL2; bits of features that this CPU lacks do not stick.
 */
#define BIT(n) (1ul << (n))
#define SCR                                                                                        \
	(BIT(0) /* NS */ | BIT(4) | BIT(5) /* RES1 */ | BIT(8) /* HCE */ | BIT(10) /* RW */ |      \
	 BIT(16) | BIT(17) /* APK, API */ | BIT(25) /* EnSCXT */ | BIT(26) /* ATA */ |             \
	 BIT(27) /* FGTEn */ | BIT(28) /* ECVEn */ | BIT(35) /* AMVOFFEN */ | BIT(38) /* HXEn */ | \
	 BIT(39) /* GCSEn */ | BIT(41) /* EnTP2 */ | BIT(42) /* RCWMASKEn */ |                     \
	 BIT(43) /* TCR2En */ | BIT(44) /* SCTLR2En */ | BIT(45) /* PIEn */ | BIT(46) /* AIEn */ | \
	 BIT(47) /* D128En */ | BIT(50) /* EnFPM */ | BIT(59) /* FGTEn2 */)
#define CPTR (BIT(8) /* EZ */ | BIT(12) /* ESM */)
#define MDCR                                                                                \
	(BIT(7) /* EnPM2 */ | BIT(12) | BIT(13) /* NSPB */ | BIT(24) | BIT(25) /* NSTB */ | \
	 BIT(32) | BIT(33) /* SBRBE */ | BIT(42) /* EnPMS3 */)
#define SCTLR_EL2_OFF 0x30c50830ul /* RES1, MMU off */
#define HCR_RW BIT(31)

#define EC_SMC64 0x17

extern uint64_t fw_ready;

/* Every interrupt belongs to the non-secure world. */
static void gic_init(void)
{
	uint32_t lines = mmio_read(VIRT_GICD + GICD_TYPER) & 31;

	mmio_write(VIRT_GICD + GICD_CTLR, 0x30); /* affinity routing, both worlds */
	for (uint32_t i = 1; i <= lines; i++)
		mmio_write(VIRT_GICD + GICD_IGROUPR(i), ~0u);
	mmio_write(VIRT_GICD + GICD_CTLR, 0x33);
}

static void gic_cpu_init(uint64_t cpu)
{
	uint64_t gicr = VIRT_GICR + cpu * VIRT_GICR_STRIDE;

	mmio_write(gicr + GICR_WAKER, mmio_read(gicr + GICR_WAKER) & ~WAKER_SLEEP);
	while (mmio_read(gicr + GICR_WAKER) & WAKER_ASLEEP)
		;
	mmio_write(gicr + GICR_IGROUPR0, ~0u);
}

/* Leave EL2 as it is after reset, with everything it may want allowed. */
static void cpu_init(uint64_t cpu)
{
	mmu_on();
	gpt_on();
	gic_cpu_init(cpu);
	write_sysreg(scr_el3, SCR);
	write_sysreg(cptr_el3, CPTR);
	write_sysreg(mdcr_el3, MDCR);
	write_sysreg(s3_6_c12_c12_5, 0xf); /* ICC_SRE_EL3 */
	isb();
	write_sysreg(s3_4_c12_c9_5, 0xf); /* ICC_SRE_EL2 */
	write_sysreg(sctlr_el2, SCTLR_EL2_OFF);
	write_sysreg(hcr_el2, HCR_RW);
	write_sysreg(cntvoff_el2, 0);
	isb();
}

static _Noreturn void stop(const char *why)
{
	print("fw: ");
	print(why);
	print("\n");
	for (;;)
		wfe();
}

_Noreturn void fw_main(uint64_t cpu)
{
	struct image image;
	uint64_t ram, size;

	uart_init();
	if (!fdt_memory(VIRT_RAM, &ram, &size))
		stop("no device tree with memory at the start of RAM");
	if (!load_image(&image))
		stop("no kernel: give -kernel");
	if (!fdt_patch(VIRT_RAM, FW_DTB, &image))
		stop("the device tree cannot be read");
	gic_init();
	mmu_init();
	gpt_init(ram, size);
	realms_init(ram, size);
	psci_init(fdt_cpus(VIRT_RAM), cpu);
	cpu_init(cpu);
	__atomic_store_n(&fw_ready, 1, __ATOMIC_RELEASE);
	sev();
	enter_el2(image.kernel, FW_DTB);
}

_Noreturn void fw_secondary(uint64_t cpu)
{
	if (cpu >= FW_CPUS)
		for (;;)
			wfe();
	cpu_init(cpu);
	psci_wait(cpu);
}

void fw_exception(struct regs *r)
{
	uint64_t esr = read_sysreg(esr_el3);

	if (esr >> 26 != EC_SMC64)
		fw_died(esr, read_sysreg(elr_el3), read_sysreg(far_el3));
	if (!psci_call(r) && !realms_call(r))
		r->x[0] = ~0ul; /* SMCCC: not supported */
}

_Noreturn void fw_died(uint64_t esr, uint64_t elr, uint64_t far)
{
	print("fw: exception: esr ");
	print_hex(esr);
	print(" elr ");
	print_hex(elr);
	print(" far ");
	print_hex(far);
	print("\n");
	stop("cannot go on");
}
