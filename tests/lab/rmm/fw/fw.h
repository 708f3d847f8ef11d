/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fw.h: the lab's EL3 firmware for QEMU's "virt" machine with secure=on: it
 * boots what -kernel names at EL2, serves PSCI, and is the RMM.
 */
#ifndef LAB_FW_H
#define LAB_FW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rmm.h"

#define FW_CPUS 8

/* The machine (QEMU, hw/arm/virt). */
#define VIRT_GICD 0x08000000ul
#define VIRT_GICR 0x080a0000ul
#define VIRT_GICR_STRIDE 0x20000ul
#define VIRT_FW_CFG 0x09020000ul
#define VIRT_SECURE_UART 0x09040000ul
#define VIRT_SECURE_GPIO 0x090b0000ul
#define VIRT_RAM 0x40000000ul

/* Where things go in RAM: below the kernel only what is needed to boot it. */
#define FW_DTB 0x40100000ul
#define FW_DMA 0x401ff000ul
#define FW_KERNEL 0x40200000ul

/* EL3's addresses: everything below 4 GB is there as it is, and RAM once for each world. */
#define FW_NS_WINDOW (64ul << 30)
#define FW_REALM_WINDOW (128ul << 30)
#define FW_WINDOW_GB 32

/* As many granules as the tables in the secure SRAM have room for: 4 GB of RAM. */
#define FW_MAX_GB 4
#define FW_MAX_GRANULES (FW_MAX_GB << 18)

#define read_sysreg(name)                                      \
	({                                                     \
		uint64_t v_;                                   \
		__asm__ volatile("mrs %0, " #name : "=r"(v_)); \
		v_;                                            \
	})
#define write_sysreg(name, value) __asm__ volatile("msr " #name ", %0" ::"r"((uint64_t)(value)))
#define isb() __asm__ volatile("isb" ::: "memory")
#define dsb() __asm__ volatile("dsb sy" ::: "memory")
#define wfe() __asm__ volatile("wfe" ::: "memory")
#define sev() __asm__ volatile("dsb sy; sev" ::: "memory")

static inline uint32_t mmio_read(uint64_t a)
{
	return *(volatile uint32_t *)a;
}

static inline void mmio_write(uint64_t a, uint32_t v)
{
	*(volatile uint32_t *)a = v;
}

/* start.S */
struct regs {
	uint64_t x[31];
};
extern char fw_vectors[];
_Noreturn void enter_el2(uint64_t entry, uint64_t x0);

/* main.c */
_Noreturn void fw_main(uint64_t cpu);
_Noreturn void fw_secondary(uint64_t cpu);
void fw_exception(struct regs *r);
_Noreturn void fw_died(uint64_t esr, uint64_t elr, uint64_t far);

/* mmu.c, gpt.c: each CPU turns both on, once the first one has made the tables */
void mmu_init(void);
void mmu_on(void);
void gpt_init(uint64_t ram, uint64_t size);
void gpt_on(void);
/* Is the granule realm memory or the host's from now on, for every CPU? */
void gpt_protect(uint64_t pa, bool realm);

/* load.c: kernel and initrd from QEMU into RAM; false without a kernel. */
struct image {
	uint64_t kernel, initrd, initrd_end; /* initrd 0: none */
};
bool load_image(struct image *image);

/* fdt.c */
bool fdt_memory(uint64_t dtb, uint64_t *base, uint64_t *size);
unsigned int fdt_cpus(uint64_t dtb);
/* Copy the tree with PSCI and the initrd in it; false when it is none. */
bool fdt_patch(uint64_t from, uint64_t to, const struct image *image);

/* psci.c */
bool psci_call(struct regs *r);
/* There are that many CPUs, and the one that asks is on. */
void psci_init(unsigned int nr_cpus, uint64_t cpu);
_Noreturn void psci_wait(uint64_t cpu);

/* realms.c: the RMM's memory and its hooks */
void realms_init(uint64_t ram, uint64_t size);
bool realms_call(struct regs *r);
void realms_print(void);

/* uart.c: the firmware's own log, on the secure serial line */
void uart_init(void);
void print(const char *text);
void print_number(uint64_t v);
void print_hex(uint64_t v);

#endif
