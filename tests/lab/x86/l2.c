// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * l2.c: L2: its VMCB, the nested page table that L1 gives it, and running it.
 *
 * L2 is in protected mode without paging, so that what it touches is what it is
 * told to touch and its code.  AMD64 APM volume 2, 15 and appendix B.
 */
#include "payload.h"

#define MSR_VM_HSAVE_PA 0xc0010117
#define EXIT_VMMCALL 0x81
#define EXIT_NPF 0x400

/* In the control area; offsets are those of the APM. */
struct vmcb {
	uint32_t intercept[6]; /* 0x00: CR, DR, exceptions, and three words of the rest */
	uint8_t pad0[0x58 - 0x18];
	uint32_t asid, tlb; /* 0x58 */
	uint8_t pad1[0x70 - 0x60];
	uint64_t exit_code, info1, info2; /* 0x70 */
	uint8_t pad2[0x90 - 0x88];
	uint64_t nested; /* 0x90: 1: nested paging */
	uint8_t pad3[0xb0 - 0x98];
	uint64_t nested_cr3; /* 0xb0 */
	uint8_t pad4[0x400 - 0xb8];
	struct {
		uint16_t selector, attr;
		uint32_t limit;
		uint64_t base;
	} es, cs, ss, ds, fs, gs; /* 0x400 */
	uint8_t pad5[0x4d0 - 0x460];
	uint64_t efer; /* 0x4d0 */
	uint8_t pad6[0x548 - 0x4d8];
	uint64_t cr4, cr3, cr0, dr7, dr6, rflags, rip; /* 0x548 */
	uint8_t pad7[0x5d8 - 0x580];
	uint64_t rsp; /* 0x5d8 */
	uint8_t pad8[0x5f8 - 0x5e0];
	uint64_t rax; /* 0x5f8 */
	uint8_t pad9[0x668 - 0x600];
	uint64_t pat; /* 0x668 */
} __attribute__((packed));

#define INTERCEPT_WORD 4 /* VMRUN, VMMCALL, ... */
#define INTERCEPT_VMRUN (1u << 0)
#define INTERCEPT_VMMCALL (1u << 1)
#define ATTR_CODE 0xc9b
#define ATTR_DATA 0xc93
#define CR0_PROTECTED 0x11
#define EFER_SVME 0x1000
#define PAT_RESET 0x0007040600070406ull

#define NPT_TABLE (NPT_WRITE | NPT_ACCESSED)

static struct vmcb *vmcbs[LAB_MAX_VCPUS];
static uint64_t *npts[LAB_MAX_VCPUS];
/* of this vCPU */
#define vmcb (vmcbs[vcpu_id()])
#define npt (npts[vcpu_id()])

static void write_msr(uint32_t msr, uint64_t value)
{
	asm volatile("wrmsr" : : "c"(msr), "a"((uint32_t)value), "d"((uint32_t)(value >> 32))
		     : "memory");
}

static uint64_t *table(uint64_t *entry)
{
	if (!*entry)
		*entry = (uintptr_t)alloc_page() | NPT_TABLE;
	return (uint64_t *)(*entry & NPT_FRAME);
}

static uint64_t *entry_of(uint64_t addr)
{
	uint64_t *t = npt;

	for (unsigned int shift = 39; shift > 12; shift -= 9)
		t = table(&t[addr >> shift & 511]);
	return &t[addr >> 12 & 511];
}

uint64_t l2_entry(uint64_t addr)
{
	return *(volatile uint64_t *)entry_of(addr);
}

/* One aligned write, as a hypervisor does it. */
void l2_map(uint64_t addr, uint64_t entry)
{
	*(volatile uint64_t *)entry_of(addr) = entry;
	model_entry(addr, !(entry & 1) ? 0 : (entry & 2) ? RIGHT_READ | RIGHT_WRITE : RIGHT_READ,
		    entry & NPT_ACCESSED, entry & NPT_DIRTY);
}

static void set_segments(void)
{
	vmcb->cs.selector = 8;
	vmcb->cs.attr = ATTR_CODE;
	vmcb->cs.limit = ~0u;
	vmcb->ds.selector = 16;
	vmcb->ds.attr = ATTR_DATA;
	vmcb->ds.limit = ~0u;
	vmcb->es = vmcb->ss = vmcb->fs = vmcb->gs = vmcb->ds;
}

void l2_setup(void)
{
	if (abi->flags & LAB_FLAG_SHADOW)
		unsupported();
	if (vmcb)
		return;
	vmcb = alloc_page();
	npt = alloc_page();
	write_msr(MSR_VM_HSAVE_PA, (uintptr_t)alloc_page());
	vmcb->intercept[INTERCEPT_WORD] = INTERCEPT_VMRUN | INTERCEPT_VMMCALL;
	vmcb->asid = 1;
	vmcb->nested = 1;
	vmcb->nested_cr3 = (uintptr_t)npt;
	set_segments();
	vmcb->efer = EFER_SVME;
	vmcb->cr0 = CR0_PROTECTED;
	vmcb->dr6 = 0xffff0ff0;
	vmcb->dr7 = 0x400;
	vmcb->pat = PAT_RESET;
	l2_map((uintptr_t)l2_read, (uintptr_t)l2_read | NPT_WRITE);
}

/* L2 missed a page: L1 maps it for reading, and when that is not enough for writing. */
static void give(uint64_t addr)
{
	uint64_t entry = l2_entry(addr);

	l2_map(addr, entry ? entry | NPT_WRITE : addr | NPT_READ | NPT_DIRTY);
}

/* Which page of n, from the i-th on, will be the first that L1 has to give L2. */
static uint64_t predict(uint64_t addr, uint64_t i, uint64_t n, enum access access)
{
	while (i < n && model_touch(addr + i * LAB_PAGE_SIZE, access))
		i++;
	return i;
}

/* Run L2 until it is done: true, or misses a page: false. */
static bool enter(struct l2_regs *r)
{
	vmcb->rflags = 2;
	model_enter();
	l2_enter((uintptr_t)vmcb, r);
	model_leave();
	must(vmcb->exit_code == EXIT_VMMCALL || vmcb->exit_code == EXIT_NPF, vmcb->exit_code);
	if (vmcb->exit_code == EXIT_NPF)
		return false;
	model_hypercall();
	return true;
}

static void start(struct l2_regs *r, uint64_t addr, enum access access, uint64_t n)
{
	*r = (struct l2_regs){ addr, n, LAB_PAGE_SIZE };
	vmcb->rip = (uintptr_t)(access == READ ? l2_read : l2_write);
	model_touch((uintptr_t)l2_read, EXEC);
}

void l2_touch(uint64_t addr, enum access access, uint64_t n)
{
	struct l2_regs r;
	uint64_t i = 0;

	start(&r, addr, access, n);
	for (;;) {
		i = predict(addr, i, n, access);
		if (enter(&r))
			break;
		must(i < n && (vmcb->info2 & NPT_FRAME) == addr + i * LAB_PAGE_SIZE, vmcb->info2);
		give(addr + i * LAB_PAGE_SIZE);
	}
	must(i == n, i);
}

/* n pages of MMIO one after the other. */
void l2_mmio(uint64_t addr, enum access access, uint64_t n)
{
	struct l2_regs r;

	start(&r, addr, access, n);
	for (uint64_t i = 0; i < n; i++)
		model_mmio(L2, addr + i * LAB_PAGE_SIZE, access);
	must(enter(&r), vmcb->info2);
}
