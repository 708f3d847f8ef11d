/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * start.S: where L1 starts, the way into L2 and back, and L2's own code.
 */
	.section .text.start, "ax"
	.globl	_start
_start:
	call	payload_main
	hlt

/*
 * void l2_enter(uint64_t vmcb, struct l2_regs *r): VMRUN, with L2's ESI, ECX and EDX
 * from *r.  VMRUN keeps L1's RAX and RSP itself, the other registers are L2's after it.
 */
	.text
	.globl	l2_enter
l2_enter:
	push	%rbx
	push	%rbp
	push	%r12
	push	%r13
	push	%r14
	push	%r15
	push	%rsi
	mov	%rdi, %rax
	mov	8(%rsi), %rcx
	mov	16(%rsi), %rdx
	mov	(%rsi), %rsi
	vmrun	%rax
	pop	%rdi
	mov	%rsi, (%rdi)
	mov	%rcx, 8(%rdi)
	mov	%rdx, 16(%rdi)
	pop	%r15
	pop	%r14
	pop	%r13
	pop	%r12
	pop	%rbp
	pop	%rbx
	ret

/*
 * L2 has no paging: its addresses are those that L1's nested page table translates.
 * ESI: first address, ECX: how many, EDX: how far apart.
 */
	.section .l2, "ax"
	.code32
	.globl	l2_read, l2_write
l2_read:
	mov	(%esi), %eax
	add	%edx, %esi
	dec	%ecx
	jnz	l2_read
	vmmcall
	jmp	.
l2_write:
	mov	%eax, (%esi)
	add	%edx, %esi
	dec	%ecx
	jnz	l2_write
	vmmcall
	jmp	.
	.section .note.GNU-stack, "", @progbits
