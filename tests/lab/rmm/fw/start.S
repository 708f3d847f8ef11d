/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * start.S: every CPU begins here at EL3, in flash, with the MMU off.  The first
 * one copies the firmware to where it is linked; the others wait until it says
 * that it is ready.
 */
#define STACK_SIZE 8192

	.section .text.start, "ax"
	.globl	_start
_start:
	mrs	x19, mpidr_el1
	and	x19, x19, #0xff
	cbnz	x19, 3f
	adr	x0, _start
	ldr	x1, =__image_start
	ldr	x2, =__image_end
1:	ldp	x3, x4, [x0], #16
	stp	x3, x4, [x1], #16
	cmp	x1, x2
	b.lo	1b
	ldr	x1, =__bss_start
	ldr	x2, =__bss_end
2:	stp	xzr, xzr, [x1], #16
	cmp	x1, x2
	b.lo	2b
	ldr	x20, =fw_main
	b	4f

3:	ldr	x1, =fw_ready
5:	wfe
	ldr	x2, [x1]
	cbz	x2, 5b
	ldr	x20, =fw_secondary

4:	ldr	x0, =stacks
	add	x1, x19, #1
	mov	x2, #STACK_SIZE
	madd	x0, x1, x2, x0
	mov	sp, x0
	ldr	x0, =fw_vectors
	msr	vbar_el3, x0
	isb
	mov	x0, x19
	br	x20
	.ltorg

/* enter_el2(entry, x0): with interrupts masked, at EL2h. */
	.text
	.globl	enter_el2
enter_el2:
	mov	x2, #0x3c9
	msr	spsr_el3, x2
	msr	elr_el3, x0
	mov	x0, x1
	mov	x1, xzr
	mov	x2, xzr
	mov	x3, xzr
	/* what is left of the stack is used again by the first SMC */
	mrs	x4, mpidr_el1
	and	x4, x4, #0xff
	add	x4, x4, #1
	mov	x5, #STACK_SIZE
	ldr	x6, =stacks
	madd	x6, x4, x5, x6
	mov	sp, x6
	dsb	sy
	isb
	eret

/* An SMC: C code keeps x19 to x28. */
smc:
	sub	sp, sp, #256
	stp	x0, x1, [sp]
	stp	x2, x3, [sp, #16]
	stp	x4, x5, [sp, #32]
	stp	x6, x7, [sp, #48]
	stp	x8, x9, [sp, #64]
	stp	x10, x11, [sp, #80]
	stp	x12, x13, [sp, #96]
	stp	x14, x15, [sp, #112]
	stp	x16, x17, [sp, #128]
	stp	x18, x29, [sp, #144]
	str	x30, [sp, #240]
	mov	x0, sp
	bl	fw_exception
	ldp	x0, x1, [sp]
	ldp	x2, x3, [sp, #16]
	ldp	x4, x5, [sp, #32]
	ldp	x6, x7, [sp, #48]
	ldp	x8, x9, [sp, #64]
	ldp	x10, x11, [sp, #80]
	ldp	x12, x13, [sp, #96]
	ldp	x14, x15, [sp, #112]
	ldp	x16, x17, [sp, #128]
	ldp	x18, x29, [sp, #144]
	ldr	x30, [sp, #240]
	add	sp, sp, #256
	eret

died:
	mrs	x0, esr_el3
	mrs	x1, elr_el3
	mrs	x2, far_el3
	b	fw_died

	.balign 2048
	.globl	fw_vectors
fw_vectors:
	.rept 8
	.balign 128
	b	died
	.endr
	.balign 128
	b	smc			/* synchronous, from a lower level */
	.rept 7
	.balign 128
	b	died
	.endr

	.data
	.balign 8
	.globl	fw_ready
fw_ready:
	.quad	0

	.bss
	.balign 16
stacks:
	.space	STACK_SIZE * 8		/* FW_CPUS */
