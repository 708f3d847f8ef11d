// SPDX-License-Identifier: GPL-2.0-or-later
/* print.c: text on the PL011, and TAP. */
#include "el2.h"

#define UART_DR 0x09000000ul
#define UART_FR 0x09000018ul
#define UART_FR_TXFF (1u << 5)

static bool failed;

static void put(char c)
{
	while (*(volatile uint32_t *)UART_FR & UART_FR_TXFF)
		;
	*(volatile uint32_t *)UART_DR = (uint8_t)c;
}

void print(const char *text)
{
	while (*text)
		put(*text++);
}

void print_number(uint64_t v)
{
	if (v > 9)
		print_number(v / 10);
	put((char)('0' + v % 10));
}

void print_hex(uint64_t v)
{
	print("0x");
	for (int shift = 60; shift >= 0; shift -= 4)
		if (v >> shift || !shift)
			put("0123456789abcdef"[v >> shift & 15]);
}

bool tap(bool ok, const char *name)
{
	print(ok ? "ok - rmm: " : "not ok - rmm: ");
	print(name);
	print("\n");
	return ok;
}

bool expect_that(bool cond, const char *text, int line)
{
	if (!cond && !failed) {
		print("# line ");
		print_number((uint64_t)line);
		print(": not ");
		print(text);
		print("; x0..x4 ");
		for (unsigned int i = 0; i < 5; i++) {
			print_hex(out(i));
			print(" ");
		}
		print("\n");
	}
	failed |= !cond;
	return cond;
}

void result(const char *name)
{
	tap(!failed, name);
	failed = false;
}
