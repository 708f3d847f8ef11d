/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * l2.S: everything L2 ever executes, in one page, with no data of its own and
 * no stack, so that each fault L2 takes is one L1 asked for.
 *
 * x1 address, x2 how many, x3 stride; x0 counts what was really done.  HVC 0
 * ends a job.
 */
	.section .l2, "ax"
	.balign 4096
	.globl	l2_page, l2_read, l2_write, l2_exec, l2_hvc, l2_ldr32, l2_str32
	.globl	l2_idreg, l2_vncr, l2_ldxr, l2_jump, l2_probe
l2_page:

l2_read:
	cbz	x2, l2_end
1:	ldr	x4, [x1]
	add	x0, x0, #1
	add	x1, x1, x3
	sub	x2, x2, #1
	cbnz	x2, 1b
l2_end:
	hvc	#0

l2_write:
	cbz	x2, l2_end
1:	str	x0, [x1, #8]		/* the first word is a RET, keep it */
	add	x0, x0, #1
	add	x1, x1, x3
	sub	x2, x2, #1
	cbnz	x2, 1b
	hvc	#0

l2_exec:
	cbz	x2, l2_end
1:	blr	x1
	add	x0, x0, #1
	add	x1, x1, x3
	sub	x2, x2, #1
	cbnz	x2, 1b
	hvc	#0

/* x2 hypercalls, each coming back here */
l2_hvc:
	cbz	x2, l2_end
1:	add	x0, x0, #1
	sub	x2, x2, #1
	hvc	#1
	cbnz	x2, 1b
	hvc	#0

/* plain 32-bit accesses: the only kind KVM can emulate */
l2_ldr32:
	cbz	x2, l2_end
1:	ldr	w4, [x1]
	add	x0, x0, #1
	sub	x2, x2, #1
	cbnz	x2, 1b
	hvc	#0

l2_str32:
	cbz	x2, l2_end
1:	str	w5, [x1]
	add	x0, x0, #1
	sub	x2, x2, #1
	cbnz	x2, 1b
	hvc	#0

/* an exclusive: the syndrome does not say what it is, KVM cannot emulate it */
l2_ldxr:
	cbz	x2, l2_end
1:	ldxr	w4, [x1]
	add	x0, x0, #1
	sub	x2, x2, #1
	cbnz	x2, 1b
	hvc	#0

/* a call of something that is no code */
l2_jump:
	cbz	x2, l2_end
1:	blr	x1
	add	x0, x0, #1
	sub	x2, x2, #1
	cbnz	x2, 1b
	hvc	#0

/* one address twice, and another one */
l2_probe:
	ldr	w4, [x1]
	ldr	w5, [x1]
	ldr	w6, [x2]
	mov	x0, #1
	hvc	#0

/* an ID register: traps to L0, and from there to L1 if L1 set TID3 */
l2_idreg:
	cbz	x2, l2_end
1:	mrs	x4, id_aa64isar0_el1
	add	x0, x0, #1
	sub	x2, x2, #1
	cbnz	x2, 1b
	hvc	#0

/* L2 as a hypervisor: reads of a register that lives in its VNCR page */
l2_vncr:
	cbz	x2, l2_end
1:	mrs	x4, vttbr_el2
	add	x0, x0, #1
	sub	x2, x2, #1
	cbnz	x2, 1b
	hvc	#0

	.balign 4096
