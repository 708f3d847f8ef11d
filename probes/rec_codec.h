/* SPDX-License-Identifier: GPL-2.0-or-later */
/* rec_codec.h: the raw data of a chunk: events to columns and back. */
#ifndef NESTSCOPE_REC_CODEC_H
#define NESTSCOPE_REC_CODEC_H

#include "bytes.h"
#include "catalogue.h"
#include "event.h"
#include "format.h"

/* Columns of every event type, before its fields. */
enum {
	NS_COL_VM,
	NS_COL_VCPU,
	NS_COL_CTX,
	NS_COL_CPU,
	NS_COL_DIM,
	NS_COL_SUB,
	NS_COL_NR_FIELDS,
	NS_NR_COMMON
};

/* One event type of a recording and what it is here. */
struct ns_rec_type {
	int event; /* enum ns_event_id, or -1: not known here */
	bool same_fields; /* the fields are those of the catalogue, in its order */
	uint8_t nr_fields; /* in the file */
	int8_t field[NS_REC_FIELDS_MAX]; /* index in the catalogue, -1: not known */
	uint16_t nr_dim, nr_sub; /* values in the file */
	int16_t dim[NS_REC_TABLE_MAX]; /* value here, -1: none */
	int16_t sub[NS_REC_TABLE_MAX];
	uint8_t enum_map[NS_REC_FIELDS_MAX]; /* of a field: index in schema->enums, + 1; 0: none */
};

/* A file's values of a dimension to those here, for fields. */
struct ns_rec_enum {
	uint16_t nr;
	int16_t value[NS_REC_TABLE_MAX]; /* -1: none */
};

#define NS_REC_ENUMS_MAX 32

struct ns_rec_schema {
	unsigned int nr_types;
	unsigned int nr_enums;
	struct ns_rec_enum enums[NS_REC_ENUMS_MAX];
	struct ns_rec_type *type; /* NS_REC_TABLE_MAX of them */
};

#define NS_EVENT_SKIPPED 0xff /* ns_event.event of an event not known here */

#define NS_MAX_COLUMNS (NS_NR_COMMON + NS_REC_FIELDS_MAX)
/* Columns are filled side by side: not a power of two apart, or they share cache sets. */
#define NS_COLUMN_STRIDE (NS_REC_CHUNK_MAX + 8)

/* Buffers of the codec, one for each thread: 10 MiB, touched as far as needed. */
struct ns_codec {
	uint16_t rows[NS_REC_CHUNK_MAX]; /* event positions, grouped by type */
	uint32_t count[NS_REC_TABLE_MAX]; /* events of each type */
	uint8_t types[NS_REC_CHUNK_MAX];
	uint8_t dict_rows[NS_REC_CHUNK_MAX];
	uint64_t residual[NS_REC_CHUNK_MAX];
	uint64_t column[NS_MAX_COLUMNS][NS_COLUMN_STRIDE];
};

/* Group nr events by c->types: fills rows and count. */
static inline void ns_codec_group(struct ns_codec *c, unsigned int nr)
{
	uint32_t at[NS_REC_TABLE_MAX], sum = 0;

	memset(c->count, 0, sizeof(c->count));
	for (unsigned int i = 0; i < nr; i++)
		c->count[c->types[i]]++;
	for (unsigned int t = 0; t < NS_REC_TABLE_MAX; t++) {
		at[t] = sum;
		sum += c->count[t];
	}
	for (unsigned int i = 0; i < nr; i++)
		c->rows[at[c->types[i]]++] = (uint16_t)i;
}

/*
 * Append nr events (1..NS_REC_CHUNK_MAX) as columns to raw.  ends gets the
 * offset in raw after each column (u64 each, native): good places to cut it
 * into blocks.  Lack of memory shows in raw->bad or ends->bad.
 */
void ns_chunk_encode(struct ns_codec *c, const struct ns_event *ev, unsigned int nr,
		     struct ns_buf *raw, struct ns_buf *ends);

/*
 * The events of a chunk of nr (1..NS_REC_CHUNK_MAX).  NULL, or what is wrong
 * with the data.
 */
const char *ns_chunk_decode(struct ns_codec *c, const struct ns_rec_schema *schema,
			    const uint8_t *raw, size_t len, struct ns_event *ev, unsigned int nr);

#endif
