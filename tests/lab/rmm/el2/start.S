/* SPDX-License-Identifier: GPL-2.0-or-later */
/* start.S: entry at EL2 with the MMU off, the vectors, and what C cannot do. */
#define STACK_SIZE 16384

	.section .text.start, "ax"
	.globl	_start
_start:
	b	1f
	.balign 8
	.quad	0
	.quad	__image_size		/* where Image has it */
1:	ldr	x1, =__bss_start
	ldr	x2, =__bss_end
2:	cmp	x1, x2
	b.hs	3f
	stp	xzr, xzr, [x1], #16
	b	2b
3:	mov	x0, xzr
	ldr	x20, =el2_main
	b	4f

	.globl	secondary_start
secondary_start:			/* x0: the CPU */
	ldr	x20, =smp_secondary
4:	ldr	x1, =stacks
	add	x2, x0, #1
	mov	x3, #STACK_SIZE
	madd	x1, x2, x3, x1
	mov	sp, x1
	ldr	x1, =vectors
	msr	vbar_el2, x1
	isb
	br	x20
	.ltorg

/* uint64_t smc_raw(uint64_t regs[7]): x0 to x6 in, x0 to x4 out. */
	.text
	.globl	smc_raw
smc_raw:
	str	x0, [sp, #-16]!
	mov	x9, x0
	ldp	x0, x1, [x9]
	ldp	x2, x3, [x9, #16]
	ldp	x4, x5, [x9, #32]
	ldr	x6, [x9, #48]
	smc	#0
	ldr	x9, [sp], #16
	stp	x0, x1, [x9]
	stp	x2, x3, [x9, #16]
	str	x4, [x9, #32]
	ret

/*
 * Accesses that may abort: the vector puts the syndrome into tpidr_el2 and
 * goes on behind them.
 */
	.globl	probe_read, probe_write
probe_read:
	msr	tpidr_el2, xzr
	mov	x2, xzr
probe_begin:
	ldr	x2, [x0]
	str	x2, [x1]
	mrs	x0, tpidr_el2
	ret
probe_write:
	msr	tpidr_el2, xzr
	str	x1, [x0]
	dsb	sy
probe_end:
	mrs	x0, tpidr_el2
	ret

sync:
	stp	x0, x1, [sp, #-16]!
	mrs	x0, elr_el2
	ldr	x1, =probe_begin
	cmp	x0, x1
	b.lo	died
	ldr	x1, =probe_end
	cmp	x0, x1
	b.hs	died
	add	x0, x0, #4
	msr	elr_el2, x0
	mrs	x0, esr_el2
	msr	tpidr_el2, x0
	ldp	x0, x1, [sp], #16
	eret
died:
	mrs	x0, esr_el2
	mrs	x1, elr_el2
	mrs	x2, far_el2
	bl	el2_died

	.balign 2048
vectors:
	.rept 4
	.balign 128
	b	died
	.endr
	.balign 128
	b	sync			/* from EL2 itself, with its own stack */
	.rept 11
	.balign 128
	b	died
	.endr

	.bss
	.balign 16
stacks:
	.space	STACK_SIZE * 2		/* CPUS */
