/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * start.S: entry of L1 (x0 = vCPU number, MMU off, vEL2), its vectors, and the
 * switch into L2 and back.  The VMM clears the .bss.
 */
#define STACK_SIZE 16384

	.section .text.start, "ax"
	.globl	_start
_start:
	adrp	x1, stacks
	add	x1, x1, :lo12:stacks
	add	x2, x0, #1
	mov	x3, #STACK_SIZE
	madd	x1, x2, x3, x1
	mov	sp, x1
	adrp	x1, vectors
	add	x1, x1, :lo12:vectors
	msr	vbar_el1, x1		/* E2H: this is VBAR_EL2 */
	isb
	bl	payload_main
1:	wfi
	b	1b

/*
 * void l2_enter(struct l2_regs *r): eret to r->pc with x0..x7 from r; comes
 * back with the same registers stored, after any exception taken from L2.
 */
	.text
	.globl	l2_enter
l2_enter:
	stp	x29, x30, [sp, #-112]!
	stp	x19, x20, [sp, #16]
	stp	x21, x22, [sp, #32]
	stp	x23, x24, [sp, #48]
	stp	x25, x26, [sp, #64]
	stp	x27, x28, [sp, #80]
	str	x0, [sp, #96]
	mov	x9, x0
	ldp	x0, x1, [x9]
	ldp	x2, x3, [x9, #16]
	ldp	x4, x5, [x9, #32]
	ldp	x6, x7, [x9, #48]
	ldr	x30, [x9, #64]
	eret

l2_exit:
	str	x9, [sp, #104]
	ldr	x9, [sp, #96]
	stp	x0, x1, [x9]
	stp	x2, x3, [x9, #16]
	stp	x4, x5, [x9, #32]
	stp	x6, x7, [x9, #48]
	str	x30, [x9, #64]
	ldp	x19, x20, [sp, #16]
	ldp	x21, x22, [sp, #32]
	ldp	x23, x24, [sp, #48]
	ldp	x25, x26, [sp, #64]
	ldp	x27, x28, [sp, #80]
	ldp	x29, x30, [sp], #112
	ret

/* An exception of L1 itself is a bug: tell where. */
l1_died:
	mrs	x0, esr_el1
	mrs	x1, elr_el1
	mrs	x2, far_el1
	b	payload_died

	.balign 2048
vectors:
	.rept 8
	.balign 128
	b	l1_died
	.endr
	.balign 128
	b	l2_exit			/* synchronous, from L2 */
	.rept 7
	.balign 128
	b	l1_died
	.endr

	.bss
	.balign 16
stacks:
	.space	STACK_SIZE * 2
