// SPDX-License-Identifier: GPL-2.0-or-later
/* main.c: the tests in order, and the accounts of both sides at the end. */
#include "el2.h"

#define SYSTEM_OFF 0x84000008

_Noreturn void el2_main(void);
_Noreturn void el2_died(uint64_t esr, uint64_t elr, uint64_t far);

static _Noreturn void off(void)
{
	uint64_t regs[7] = { SYSTEM_OFF };

	smc_raw(regs);
	for (;;)
		__asm__ volatile("wfi");
}

/* Every call was counted by the firmware as it was here; printed for the log to be compared. */
static void test_counts(void)
{
	uint64_t calls = 0;

	for (unsigned int f = 0; f < RMI_NR_FIDS; f++)
		for (unsigned int s = 0; s <= RMI_NR_STATUS; s++) {
			uint64_t n = counted(f, s);

			calls += n;
			expect(rmm_count(RMM_COUNT_CALLS, f, s) == n);
			if (!n)
				continue;
			print("# calls ");
			print_number(f);
			print(" ");
			print_number(s);
			print(" ");
			print_number(n);
			print("\n");
		}
	expect(rmm_count(RMM_COUNT_LOGGED, 0, 0) == calls && calls > 20000);
	for (unsigned int l = 0; l < 4; l++) {
		expect(rmm_count(RMM_COUNT_TABLES, l, 0) == 0);
		expect(rmm_count(RMM_COUNT_TABLES_MADE, l, 0) ==
		       rmm_count(RMM_COUNT_TABLES_GONE, l, 0));
	}
	expect(rmm_count(RMM_COUNT_REALMS, 0, 0) == 0);
	result("the firmware counted each call as it was made");
}

_Noreturn void el2_main(void)
{
	test_commands();
	test_protection();
	test_teardown();
	test_faults();
	test_smp();
	test_counts();
	print("# end\n");
	off();
}

_Noreturn void el2_died(uint64_t esr, uint64_t elr, uint64_t far)
{
	print("not ok - rmm: an exception: esr ");
	print_hex(esr);
	print(" elr ");
	print_hex(elr);
	print(" far ");
	print_hex(far);
	print("\n");
	off();
}
