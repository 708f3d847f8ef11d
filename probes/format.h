/* SPDX-License-Identifier: GPL-2.0-or-later */
/* format.h: the numbers of docs/format.md. */
#ifndef NESTSCOPE_FORMAT_H
#define NESTSCOPE_FORMAT_H

#define NS_REC_MAGIC "NSREC\r\n\x1a" /* 8 bytes, NUL not stored */
#define NS_REC_MAGIC_SIZE 8
#define NS_REC_BYTE_ORDER 0x01020304U
#define NS_REC_FOREIGN_ORDER 0x04030201U
#define NS_REC_MAJOR 1
#define NS_REC_MINOR 2
#define NS_REC_HEADER_SIZE 32
#define NS_REC_HEADER_MAX 4096
#define NS_REC_HEAD_SIZE 24 /* of a section */

enum ns_rec_section {
	NS_REC_HOST = 1,
	NS_REC_CMDLINE,
	NS_REC_SCHEMA,
	NS_REC_PROVIDERS,
	NS_REC_VMS,
	NS_REC_CTXS,
	NS_REC_EVENTS,
	NS_REC_LEDGER,
	NS_REC_INDEX,
	NS_REC_END,
	NS_REC_MARKS,
};

#define NS_REC_MUST_KNOW 1U /* section flag: stop when the id is unknown */

#define NS_REC_EVENTS_HEAD 32 /* before the coded data of a chunk */
enum { NS_REC_STORED = 0, NS_REC_ZSTD = 1 };

#define NS_REC_INDEX_ENTRY 32
#define NS_REC_END_SIZE 24

/* How a column is stored. */
enum { NS_COL_RAW = 0, NS_COL_DELTA = 1, NS_COL_LEFT = 2, NS_COL_NR_TRANSFORMS };
#define NS_COL_DICT 9 /* 0 to 8: that many planes */
#define NS_COL_DICT_MAX 256

/* Limits: see docs/format.md. */
#define NS_REC_CHUNK_MAX 32768U /* events */
#define NS_REC_CHUNK_EVENTS 16384U /* what the writer makes */
#define NS_REC_RAW_MAX (4U << 20)
#define NS_REC_CODED_MAX (NS_REC_RAW_MAX + (64U << 10))
#define NS_REC_META_MAX (1U << 20)
#define NS_REC_TABLE_MAX 256 /* dims, values of one, events */
#define NS_REC_FIELDS_MAX 32

#endif
