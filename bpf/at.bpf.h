/* SPDX-License-Identifier: GPL-2.0-only */
/* at.bpf.h: the encodings of AT instructions and of PAR_EL1. */
#ifndef NESTSCOPE_AT_BPF_H
#define NESTSCOPE_AT_BPF_H

#include "common.bpf.h"

/* sys_insn(1, op1, 7, 8 or 9, op2), as asm/sysreg.h encodes it. */
#define AT_OP1(op) (((op) >> 16) & 7)
#define AT_CRM(op) (((op) >> 8) & 15)
#define AT_OP2(op) (((op) >> 5) & 7)

#define PAR_F 1UL
#define PAR_FST(par) (((par) >> 1) & 0x3f)
#define PAR_S (1UL << 9) /* the fault was in stage 2 */

NS_INLINE u32 ns_at_op(u32 op)
{
	u32 op1 = AT_OP1(op), crm = AT_CRM(op), op2 = AT_OP2(op);

	if (op1 == 0 && crm == 8)
		return op2 == 0 ? NS_ATOP_S1E1R : op2 == 1 ? NS_ATOP_S1E1W :
		       op2 == 2 ? NS_ATOP_S1E0R : op2 == 3 ? NS_ATOP_S1E0W : NS_ATOP_OTHER;
	if (op1 == 0 && crm == 9)
		return op2 == 0 ? NS_ATOP_S1E1RP : op2 == 1 ? NS_ATOP_S1E1WP :
		       op2 == 2 ? NS_ATOP_S1E1A : NS_ATOP_OTHER;
	if (op1 == 4 && crm == 8)
		return op2 == 0 ? NS_ATOP_S1E2R : op2 == 1 ? NS_ATOP_S1E2W :
		       op2 == 4 ? NS_ATOP_S12E1R : op2 == 5 ? NS_ATOP_S12E1W :
		       op2 == 6 ? NS_ATOP_S12E0R : op2 == 7 ? NS_ATOP_S12E0W : NS_ATOP_OTHER;
	if (op1 == 4 && crm == 9 && op2 == 2)
		return NS_ATOP_S1E2A;
	return NS_ATOP_OTHER;
}

#endif
