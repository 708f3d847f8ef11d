/* SPDX-License-Identifier: GPL-2.0-or-later */
/* payload_bin.S: the payload's image, inside the VMM: one file to copy. */
	.section .rodata
	.globl	payload_start, payload_end
	.balign	16
payload_start:
	.incbin	PAYLOAD
payload_end:
	.section .note.GNU-stack, "", %progbits
