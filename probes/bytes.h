/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bytes.h: little-endian integers and strings in and out of a buffer.  A
 * reading cursor never leaves its buffer: past the end it returns 0 and
 * stays "bad", so that a parser can check once at the end of a record.
 */
#ifndef NESTSCOPE_BYTES_H
#define NESTSCOPE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* ---- writing: a buffer that grows; "bad" once memory ran out ---- */

struct ns_buf {
	uint8_t *data;
	size_t len, cap;
	bool bad;
};

static inline uint8_t *ns_put_room(struct ns_buf *b, size_t len)
{
	size_t cap = b->cap ? b->cap : 4096;
	uint8_t *p;

	while (cap - b->len < len)
		cap *= 2;
	if (cap != b->cap) {
		p = realloc(b->data, cap);
		if (!p) {
			b->bad = true;
			return NULL;
		}
		b->data = p;
		b->cap = cap;
	}
	p = b->data + b->len;
	b->len += len;
	return p;
}

static inline void ns_put(struct ns_buf *b, uint64_t v, unsigned int size)
{
	uint8_t *p = ns_put_room(b, size);

	for (unsigned int i = 0; p && i < size; i++)
		p[i] = (uint8_t)(v >> (8 * i));
}

static inline void ns_put_bytes(struct ns_buf *b, const void *data, size_t len)
{
	uint8_t *p = ns_put_room(b, len);

	if (p && len)
		memcpy(p, data, len);
}

static inline void ns_put_str(struct ns_buf *b, const char *s)
{
	size_t len = strlen(s);

	if (len > UINT16_MAX)
		len = UINT16_MAX;
	ns_put(b, len, 2);
	ns_put_bytes(b, s, len);
}

static inline void ns_buf_free(struct ns_buf *b)
{
	free(b->data);
	memset(b, 0, sizeof(*b));
}

/* ---- reading ---- */

struct ns_cursor {
	const uint8_t *p, *end;
	bool bad;
};

/* The next len bytes, or NULL. */
static inline const uint8_t *ns_get_bytes(struct ns_cursor *c, size_t len)
{
	const uint8_t *p = c->p;

	if (c->bad || (size_t)(c->end - c->p) < len) {
		c->bad = true;
		return NULL;
	}
	c->p += len;
	return p;
}

static inline uint64_t ns_get(struct ns_cursor *c, unsigned int size)
{
	const uint8_t *p = ns_get_bytes(c, size);
	uint64_t v = 0;

	for (unsigned int i = 0; p && i < size; i++)
		v |= (uint64_t)p[i] << (8 * i);
	return v;
}

/* A string where it lies; *len 0 when there is none. */
static inline const char *ns_get_str(struct ns_cursor *c, size_t *len)
{
	const uint8_t *p;

	*len = (size_t)ns_get(c, 2);
	p = ns_get_bytes(c, *len);
	if (!p)
		*len = 0;
	return (const char *)p;
}

#endif
