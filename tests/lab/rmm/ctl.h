/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ctl.h: what the lab's RMM has beside RMI, for tests: ordered faults and its
 * own counts.  SMC64 fast calls of the SiP range; x0 is 0, or -1 when refused.
 *
 * RMM_CTL_ORDER(fid, skip, times, answer): of the calls of fid from now on, let
 * skip through, then answer the next times calls (~0: all) with x0 = answer
 * and do nothing.  Where fid returns a "top" it is the address that was asked
 * about: no progress.  At most RMM_NR_ORDERS orders at once; the first that
 * fits answers.
 *	refuse the n-th undelegate	(RMI_GRANULE_UNDELEGATE, n - 1, 1, RMI_ERROR_INPUT)
 *	say a wrong level		(RMI_RTT_DESTROY, n, 1, RMI_RETURN(RMI_ERROR_RTT, 1))
 *	report a live entry		(RMI_RTT_DESTROY, n, 1, RMI_RETURN(RMI_ERROR_RTT, 3))
 *	never make progress		(RMI_RTT_DESTROY, 0, ~0, RMI_RETURN(RMI_ERROR_RTT, 2))
 *	succeed without doing it	(fid, n, 1, RMI_SUCCESS)
 * RMM_CTL_CLEAR(): forget all orders.
 * RMM_CTL_COUNT(what, i, j) -> x1: one number, see below.
 * RMM_CTL_LOG(n) -> x1 = fid << 32 | x0, x2..x4 = the first arguments: call
 *	number n (0 = the first ever); refused when it is not kept any more.
 */
#ifndef LAB_RMM_CTL_H
#define LAB_RMM_CTL_H

#define RMM_CTL_ORDER 0xc2000150
#define RMM_CTL_CLEAR 0xc2000151
#define RMM_CTL_COUNT 0xc2000152
#define RMM_CTL_LOG 0xc2000153

#define RMM_NR_ORDERS 8

/* What RMM_CTL_COUNT counts. */
#define RMM_COUNT_CALLS 0 /* i: fid - RMI_FID_FIRST, j: status, or RMI_NR_STATUS for any other */
#define RMM_COUNT_GRANULES 1 /* i: state; how many granules are in it now (NS is not counted) */
#define RMM_COUNT_TABLES 2 /* i: level; how many tables there are now, roots too */
#define RMM_COUNT_TABLES_MADE 3 /* i: level; by RTT_CREATE, ever */
#define RMM_COUNT_TABLES_GONE 4 /* i: level; by RTT_DESTROY and RTT_FOLD, ever */
#define RMM_COUNT_REALMS 5 /* now */
#define RMM_COUNT_ORDERED 6 /* answers that were ordered, ever */
#define RMM_COUNT_LOGGED 7 /* RMI calls, ever: one more than the last number of RMM_CTL_LOG */
#define RMM_NR_COUNTS 8

/* Granule states. */
#define RMM_NS 0
#define RMM_DELEGATED 1
#define RMM_RD 2
#define RMM_DATA 3
#define RMM_RTT 4
#define RMM_NR_STATES 5

#endif
