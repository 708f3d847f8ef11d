// SPDX-License-Identifier: GPL-2.0-or-later
/* uart.c: words and numbers to the secure PL011. */
#include "fw.h"

#define UART_DR 0x00
#define UART_FR 0x18
#define UART_FR_TXFF (1u << 5)
#define UART_LCR_H 0x2c
#define UART_CR 0x30

void uart_init(void)
{
	mmio_write(VIRT_SECURE_UART + UART_LCR_H, 0x70); /* 8 bits, FIFO */
	mmio_write(VIRT_SECURE_UART + UART_CR, 0x301); /* on, both ways */
}

static void put(char c)
{
	while (mmio_read(VIRT_SECURE_UART + UART_FR) & UART_FR_TXFF)
		;
	mmio_write(VIRT_SECURE_UART + UART_DR, (uint8_t)c);
}

void print(const char *text)
{
	while (*text)
		put(*text++);
}

void print_number(uint64_t v)
{
	char digits[21];
	unsigned int n = sizeof(digits) - 1;

	digits[n] = '\0';
	do
		digits[--n] = (char)('0' + v % 10);
	while (v /= 10);
	print(digits + n);
}

void print_hex(uint64_t v)
{
	print("0x");
	for (int shift = 60; shift >= 0; shift -= 4)
		if (v >> shift || !shift)
			put("0123456789abcdef"[v >> shift & 15]);
}
