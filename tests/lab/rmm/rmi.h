/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rmi.h: the Realm Management Interface 1.0 (DEN0137) as far as the lab's RMM
 * speaks it.  Constants only: host and firmware include it.
 */
#ifndef LAB_RMI_H
#define LAB_RMI_H

#define RMI_ABI_VERSION 0x10000 /* major << 16 | minor */

/* SMC64 fast calls of the standard service, function 0x150 and on. */
#define RMI_FID(n) (0xc4000000ull + (n))
#define RMI_VERSION RMI_FID(0x150)
#define RMI_GRANULE_DELEGATE RMI_FID(0x151)
#define RMI_GRANULE_UNDELEGATE RMI_FID(0x152)
#define RMI_DATA_CREATE RMI_FID(0x153)
#define RMI_DATA_CREATE_UNKNOWN RMI_FID(0x154)
#define RMI_DATA_DESTROY RMI_FID(0x155)
#define RMI_REALM_ACTIVATE RMI_FID(0x157)
#define RMI_REALM_CREATE RMI_FID(0x158)
#define RMI_REALM_DESTROY RMI_FID(0x159)
#define RMI_RTT_CREATE RMI_FID(0x15d)
#define RMI_RTT_DESTROY RMI_FID(0x15e)
#define RMI_RTT_MAP_UNPROTECTED RMI_FID(0x15f)
#define RMI_RTT_READ_ENTRY RMI_FID(0x161)
#define RMI_RTT_UNMAP_UNPROTECTED RMI_FID(0x162)
#define RMI_FEATURES RMI_FID(0x165)
#define RMI_RTT_FOLD RMI_FID(0x166)
#define RMI_RTT_INIT_RIPAS RMI_FID(0x168)
#define RMI_FID_FIRST RMI_VERSION
#define RMI_NR_FIDS 0x1a

/* x0 = status | index << 8; with RMI_ERROR_RTT the index is a table level. */
#define RMI_SUCCESS 0
#define RMI_ERROR_INPUT 1
#define RMI_ERROR_REALM 2
#define RMI_ERROR_REC 3
#define RMI_ERROR_RTT 4
#define RMI_NR_STATUS 5
#define RMI_RETURN(status, index) ((status) | (index) << 8)
#define RMI_STATUS(x0) ((x0)&0xff)
#define RMI_INDEX(x0) ((x0) >> 8 & 0xff)

/* What RTT_READ_ENTRY tells in x2 and x4. */
#define RMI_UNASSIGNED 0
#define RMI_ASSIGNED 1
#define RMI_TABLE 2
#define RMI_EMPTY 0
#define RMI_RAM 1
#define RMI_DESTROYED 2

/* Feature register 0. */
#define RMI_F0_S2SZ_SHIFT 0
#define RMI_F0_LPA2 (1ull << 8)
#define RMI_F0_SVE (1ull << 9)
#define RMI_F0_BPS_SHIFT 14
#define RMI_F0_WPS_SHIFT 20
#define RMI_F0_PMU (1ull << 26)
#define RMI_F0_SHA256 (1ull << 32)
#define RMI_F0_SHA512 (1ull << 33)
#define RMI_F0_LRS_SHIFT 34
#define RMI_F0_RECS_SHIFT 38

/* The page of parameters of REALM_CREATE: offsets of its fields. */
#define RMI_PARAMS_FLAGS 0x0
#define RMI_PARAMS_S2SZ 0x8
#define RMI_PARAMS_SVE_VL 0x10
#define RMI_PARAMS_BPS 0x18
#define RMI_PARAMS_WPS 0x20
#define RMI_PARAMS_PMU 0x28
#define RMI_PARAMS_HASH 0x30
#define RMI_PARAMS_RPV 0x400
#define RMI_PARAMS_VMID 0x800
#define RMI_PARAMS_RTT_BASE 0x808
#define RMI_PARAMS_LEVEL_START 0x810
#define RMI_PARAMS_NUM_START 0x818
#define RMI_HASH_SHA256 0

/* Granules, tables: an entry at level l maps 1 << RMI_MAP_SHIFT(l) bytes. */
#define RMI_GRANULE 4096
#define RMI_ENTRIES 512
#define RMI_LEVEL_LAST 3
#define RMI_MAP_SHIFT(level) (12 + 9 * (RMI_LEVEL_LAST - (level)))

/* What the host chooses of an unprotected mapping's descriptor. */
#define RMI_NS_MEMATTR 0x3cull
#define RMI_NS_MEMATTR_RESERVED 0x10ull
#define RMI_NS_S2AP 0xc0ull

#endif
