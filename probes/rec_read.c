// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * rec_read.c: read recordings.  The file is hostile: each size is checked
 * against a limit and against the file before anything is allocated or read
 * for it, and what is wrong ends the reading with a warning, not with an error.
 */
#include "recording.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include "rec_codec.h"
#include "rec_meta.h"

struct section {
	uint32_t id, flags, crc;
	uint64_t size;
	uint64_t offset; /* of its head */
};

struct ns_reader {
	int fd;
	char *path;
	uint64_t offset; /* next byte to read */
	uint64_t size; /* of the file, as last seen */
	unsigned int minor;
	bool started; /* HOST and SCHEMA are there */
	bool ended; /* nothing more can be read */
	bool tail_cut; /* ... because of damage, which is in warning */
	bool clean; /* END was seen */
	bool whole; /* ... and nothing was cut off */
	bool unknown_section;
	unsigned int marks_dropped; /* there is no room for so many */
	bool sought; /* not read from the start: its events cannot be counted */
	uint64_t first_chunk; /* offset of its head, 0: there is none yet */
	struct ns_model meta;
	char *cmdline;
	char writer[32]; /* version that wrote the file */
	char warning[768];
	char notes[256]; /* names of the schema that are not known here */

	struct ns_rec_schema schema;
	struct ns_rec_type types[NS_REC_TABLE_MAX];
	uint64_t events, skipped, last_ts; /* events: in the chunks so far */
	unsigned int nr, next; /* of the chunk at hand */
	struct ns_event *ev;
	struct ns_codec *codec;
	ZSTD_DCtx *zstd;
	uint8_t *payload, *raw;
	size_t ev_size, payload_size, raw_size; /* bytes; they grow up to the format's limits */
};

/* ---- warnings ---- */

__attribute__((format(printf, 2, 3))) static void warn(struct ns_reader *r, const char *fmt, ...)
{
	size_t len = strlen(r->warning);
	va_list ap;

	if (len && len + 2 < sizeof(r->warning)) {
		strcpy(r->warning + len, "; ");
		len += 2;
	}
	va_start(ap, fmt);
	vsnprintf(r->warning + len, sizeof(r->warning) - len, fmt, ap);
	va_end(ap);
}

/* Nothing after offset can be read: say why. Always returns 0. */
__attribute__((format(printf, 3, 4))) static int cut(struct ns_reader *r, uint64_t offset,
						     const char *fmt, ...)
{
	uint64_t lost = r->size > offset ? r->size - offset : 0;
	char why[160];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	r->ended = r->tail_cut = true;
	warn(r,
	     "%s: %s at offset %" PRIu64 ": the %" PRIu64 " events before it were read, %" PRIu64
	     " bytes after it are lost",
	     r->path, why, offset, r->events, lost);
	return 0;
}

/* ---- bytes ---- */

/* Read exactly len bytes: 1, 0 when the file ends before, or -errno. */
static int read_exact(struct ns_reader *r, void *buf, size_t len)
{
	uint8_t *p = buf;
	ssize_t n;

	while (len) {
		n = pread(r->fd, p, len, (off_t)r->offset);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (!n)
			return 0;
		p += n;
		len -= (size_t)n;
		r->offset += (uint64_t)n;
	}
	return 1;
}

static int io_error(struct ns_reader *r, int rc, struct ns_error *err)
{
	return ns_error(err, rc, NS_EXIT_FAIL, "%s: cannot read at offset %" PRIu64 ": %s", r->path,
			r->offset, strerror(-rc));
}

/* old or a larger buffer instead of it, of a size that was checked before. */
static void *reserve(void *old, size_t *have, size_t size)
{
	if (old && size <= *have)
		return old;
	free(old);
	*have = size;
	return malloc(size ? size : 1);
}

static int no_memory(const struct ns_reader *r, struct ns_error *err)
{
	return ns_error(err, -ENOMEM, NS_EXIT_FAIL, "%s: out of memory", r->path);
}

static uint64_t get_le(const uint8_t *p, unsigned int size)
{
	uint64_t v = 0;

	for (unsigned int i = 0; i < size; i++)
		v |= (uint64_t)p[i] << (8 * i);
	return v;
}

static uint32_t crc(const void *data, size_t len)
{
	return (uint32_t)crc32(0, data, (uInt)len);
}

/* The head of the next section: 1, 0 (ended, perhaps with a warning), -errno. */
static int next_head(struct ns_reader *r, struct section *s, struct ns_error *err)
{
	uint8_t h[NS_REC_HEAD_SIZE];
	struct stat st;
	int rc;

	/* it may be growing while it is read */
	if (fstat(r->fd, &st))
		return io_error(r, -errno, err);
	r->size = (uint64_t)st.st_size;
	s->offset = r->offset;
	if (r->offset >= r->size) {
		r->ended = true;
		return 0;
	}
	rc = read_exact(r, h, sizeof(h));
	if (rc < 0)
		return io_error(r, rc, err);
	if (!rc)
		return cut(r, s->offset, "the file is truncated");
	s->id = (uint32_t)get_le(h, 4);
	s->flags = (uint32_t)get_le(h + 4, 4);
	s->size = get_le(h + 8, 8);
	s->crc = (uint32_t)get_le(h + 16, 4);
	if (get_le(h + 20, 4) != crc(h, 20))
		return cut(r, s->offset, "the file is damaged (section head)");
	if (s->size > r->size - r->offset)
		return cut(r, s->offset, "the file is truncated");
	return 1;
}

/* The payload of s into r->payload: 1, 0 (cut), -errno. */
static int read_payload(struct ns_reader *r, const struct section *s, uint64_t limit,
			struct ns_error *err)
{
	int rc;

	if (s->size > limit)
		return cut(r, s->offset, "section %u is too large (%" PRIu64 " bytes)", s->id,
			   s->size);
	r->payload = reserve(r->payload, &r->payload_size, s->size);
	if (!r->payload)
		return no_memory(r, err);
	rc = read_exact(r, r->payload, s->size);
	if (rc < 0)
		return io_error(r, rc, err);
	if (!rc)
		return cut(r, s->offset, "the file is truncated");
	if (crc(r->payload, s->size) != s->crc)
		return cut(r, s->offset, "the file is damaged (CRC of section %u)", s->id);
	return 1;
}

/* ---- sections ---- */

static int bad_section(struct ns_reader *r, const struct section *s, const char *why)
{
	return cut(r, s->offset, "section %u is damaged (%s)", s->id, why);
}

/*
 * A section of an unknown kind: 1, or 0 (cut).  It is stepped over and not
 * read: it may be of any size.
 */
static int skip_section(struct ns_reader *r, const struct section *s)
{
	if (s->flags & NS_REC_MUST_KNOW)
		return cut(r, s->offset, "section %u needs a newer nestscope", s->id);
	if (!r->unknown_section)
		warn(r,
		     "%s: made by a newer nestscope (format %d.%u): section %u, which this version "
		     "does not know, was skipped",
		     r->path, NS_REC_MAJOR, r->minor, s->id);
	r->unknown_section = true;
	r->offset += s->size;
	return 1;
}

static const char *get_cmdline(struct ns_reader *r, struct ns_cursor *c, int *rc)
{
	size_t len;
	const char *s = ns_get_str(c, &len);
	char *text;

	if (!s)
		return "it is too short";
	text = malloc(len * 4 + 1);
	if (!text) {
		*rc = -ENOMEM;
		return "no memory";
	}
	ns_escape(text, len * 4 + 1, s, len);
	free(r->cmdline);
	r->cmdline = text;
	return NULL;
}

static const char *get_schema(struct ns_reader *r, struct ns_cursor *c)
{
	const char *bad;

	if (r->schema.nr_types)
		return "there are two";
	r->schema.type = r->types;
	bad = ns_schema_decode(c, &r->schema, r->notes, sizeof(r->notes));
	if (!bad && r->notes[0])
		warn(r, "%s: made by another nestscope (%s): not known to this version: %s",
		     r->path, r->writer, r->notes);
	r->started = !bad;
	return bad;
}

/* An END's counts against what was read; only a note, the data is there. */
static const char *get_end(struct ns_reader *r, struct ns_cursor *c)
{
	uint64_t events = ns_get(c, 8);

	if (c->bad)
		return "it is too short";
	r->clean = true;
	if (events != r->events && !r->sought)
		warn(r, "%s: its end mark counts %" PRIu64 " events, but there are %" PRIu64,
		     r->path, events, r->events);
	return NULL;
}

/* A small section from r->payload. */
static const char *parse_meta(struct ns_reader *r, const struct section *s, int *rc)
{
	struct ns_cursor c = { r->payload, r->payload + s->size, false };

	switch (s->id) {
	case NS_REC_HOST:
		return ns_host_decode(&c, &r->meta, r->writer, sizeof(r->writer));
	case NS_REC_CMDLINE:
		return get_cmdline(r, &c, rc);
	case NS_REC_SCHEMA:
		return get_schema(r, &c);
	case NS_REC_PROVIDERS:
		return ns_providers_decode(&c, &r->meta, &r->schema);
	case NS_REC_VMS:
		return ns_vms_decode(&c, &r->meta, rc);
	case NS_REC_CTXS:
		return ns_ctxs_decode(&c, &r->meta, rc);
	case NS_REC_LEDGER:
		return ns_ledger_decode(&c, &r->meta, &r->schema);
	case NS_REC_MARKS:
		return ns_marks_decode(&c, &r->meta, &r->marks_dropped);
	case NS_REC_END:
		return get_end(r, &c);
	default:
		return NULL; /* INDEX: of no use when reading from the start */
	}
}

static int meta_section(struct ns_reader *r, const struct section *s, struct ns_error *err)
{
	int rc = read_payload(r, s, NS_REC_META_MAX, err), memory = 0;
	const char *bad;

	if (rc <= 0)
		return rc;
	bad = parse_meta(r, s, &memory);
	if (memory == -ENOMEM)
		return no_memory(r, err);
	return bad ? bad_section(r, s, bad) : 1;
}

/* ---- chunks ---- */

/* The raw data of the chunk in r->payload; NULL when it does not decompress. */
static const uint8_t *chunk_raw(struct ns_reader *r, uint32_t codec, size_t coded, size_t raw_size)
{
	const uint8_t *data = r->payload + NS_REC_EVENTS_HEAD;
	size_t n;

	if (codec == NS_REC_STORED)
		return coded == raw_size ? data : NULL;
	if (codec != NS_REC_ZSTD)
		return NULL;
	/* never writes more than raw_size bytes, which is at most NS_REC_RAW_MAX */
	n = ZSTD_decompressDCtx(r->zstd, r->raw, raw_size, data, coded);
	return !ZSTD_isError(n) && n == raw_size ? r->raw : NULL;
}

static int chunk_section(struct ns_reader *r, const struct section *s, struct ns_error *err)
{
	int rc;
	uint64_t nr, raw_size;
	const uint8_t *raw;
	const char *bad;

	if (!r->first_chunk)
		r->first_chunk = s->offset;
	rc = read_payload(r, s, NS_REC_CODED_MAX, err);
	if (rc <= 0)
		return rc;
	if (s->size < NS_REC_EVENTS_HEAD)
		return bad_section(r, s, "it is too short");
	nr = get_le(r->payload, 4);
	raw_size = get_le(r->payload + 4, 4);
	if (!nr || nr > NS_REC_CHUNK_MAX || raw_size > NS_REC_RAW_MAX)
		return bad_section(r, s, "its size is out of range");
	r->raw = reserve(r->raw, &r->raw_size, raw_size);
	r->ev = reserve(r->ev, &r->ev_size, nr * sizeof(*r->ev));
	if (!r->raw || !r->ev)
		return no_memory(r, err);
	raw = chunk_raw(r, (uint32_t)get_le(r->payload + 24, 4), s->size - NS_REC_EVENTS_HEAD,
			raw_size);
	if (!raw)
		return bad_section(r, s, "it does not decompress");
	bad = ns_chunk_decode(r->codec, &r->schema, raw, raw_size, r->ev, (unsigned int)nr);
	if (bad)
		return bad_section(r, s, bad);
	r->last_ts = get_le(r->payload + 16, 8);
	r->nr = (unsigned int)nr;
	r->next = 0;
	r->events += nr;
	return 1;
}

/* A chunk into the table instead of its events into memory: 1, 0 (cut), -errno. */
static int skim_chunk(struct ns_reader *r, const struct section *s, struct ns_chunks *out,
		      struct ns_error *err)
{
	uint8_t h[NS_REC_EVENTS_HEAD];
	struct ns_chunk *c;
	int rc;

	if (s->size < sizeof(h) || s->size > NS_REC_CODED_MAX)
		return bad_section(r, s, "its size is out of range");
	rc = read_exact(r, h, sizeof(h));
	if (rc < 0)
		return io_error(r, rc, err);
	if (!rc)
		return cut(r, s->offset, "the file is truncated");
	if (out->nr == out->cap) {
		out->cap = out->cap ? out->cap * 2 : 64;
		c = realloc(out->chunk, out->cap * sizeof(*c));
		if (!c)
			return no_memory(r, err);
		out->chunk = c;
	}
	c = &out->chunk[out->nr];
	*c = (struct ns_chunk){ s->offset, get_le(h + 8, 8), get_le(h + 16, 8),
				(uint32_t)get_le(h, 4) };
	if (!c->events || c->events > NS_REC_CHUNK_MAX)
		return bad_section(r, s, "its size is out of range");
	out->nr++;
	out->events += c->events;
	r->events += c->events;
	if (c->last_ns > r->last_ts)
		r->last_ts = c->last_ns;
	r->offset += s->size - sizeof(h);
	return 1;
}

/* Process one section, chunks into skim when that is given: 1, 0 (ended), -errno. */
static int one_section(struct ns_reader *r, struct ns_chunks *skim, struct ns_error *err)
{
	struct section s;
	int rc = next_head(r, &s, err);

	if (rc <= 0)
		return rc;
	if (r->clean)
		return cut(r, s.offset, "there is data after the end mark");
	switch (s.id) {
	case NS_REC_EVENTS:
		if (!r->started)
			return bad_section(r, &s, "there is no schema before it");
		return skim ? skim_chunk(r, &s, skim, err) : chunk_section(r, &s, err);
	case NS_REC_HOST:
	case NS_REC_CMDLINE:
	case NS_REC_SCHEMA:
	case NS_REC_PROVIDERS:
	case NS_REC_VMS:
	case NS_REC_CTXS:
	case NS_REC_LEDGER:
	case NS_REC_INDEX:
	case NS_REC_END:
	case NS_REC_MARKS:
		return meta_section(r, &s, err);
	default:
		return skip_section(r, &s);
	}
}

/* ---- opening ---- */

static int not_a_recording(const char *path, const char *why, struct ns_error *err)
{
	return ns_error(
		err, -EINVAL, NS_EXIT_USAGE,
		"%s is not a nestscope recording (%s); make one with: nestscope record -o FILE",
		path, why);
}

static int open_file(struct ns_reader *r, struct ns_error *err)
{
	struct stat st;
	int e;

	/* O_NONBLOCK: opening a FIFO must not wait for its writer */
	r->fd = open(r->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (r->fd < 0 || fstat(r->fd, &st)) {
		e = errno;
		return ns_error(
			err, -e, NS_EXIT_USAGE, "cannot read %s: %s%s", r->path, strerror(e),
			e == ENOENT   ? "; make one with: nestscope record -o FILE"
			: e == EACCES ? "; recordings are private: read it as its owner or as root"
				      : "");
	}
	if (S_ISDIR(st.st_mode))
		return not_a_recording(r->path, "it is a directory", err);
	if (S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode))
		return not_a_recording(r->path, "it is a pipe; a recording is read from a file",
				       err);
	if (!S_ISREG(st.st_mode))
		return not_a_recording(r->path, "it is a device", err);
	if (!st.st_size)
		return not_a_recording(r->path, "it is empty", err);
	r->size = (uint64_t)st.st_size;
	return 0;
}

static int refuse_newer(const struct ns_reader *r, unsigned int major, struct ns_error *err)
{
	return ns_error(
		err, -EPROTONOSUPPORT, NS_EXIT_USAGE,
		"%s has format version %u.%u; this nestscope reads up to %d.x: update nestscope",
		r->path, major, r->minor, NS_REC_MAJOR);
}

static int read_header(struct ns_reader *r, struct ns_error *err)
{
	uint8_t h[NS_REC_HEADER_SIZE];
	unsigned int major;
	uint64_t order, size;
	int rc = read_exact(r, h, sizeof(h));

	if (rc < 0)
		return io_error(r, rc, err);
	if (memcmp(h, NS_REC_MAGIC,
		   rc || r->offset >= NS_REC_MAGIC_SIZE ? NS_REC_MAGIC_SIZE : (size_t)r->offset))
		return not_a_recording(r->path, "its first bytes are not the recording's magic",
				       err);
	if (!rc)
		return not_a_recording(r->path, "it ends within the header", err);
	order = get_le(h + 8, 4);
	if (order == NS_REC_FOREIGN_ORDER)
		return ns_error(err, -EINVAL, NS_EXIT_USAGE,
				"%s is big-endian, which this nestscope cannot read: read it where "
				"it was made",
				r->path);
	major = (unsigned int)get_le(h + 12, 2);
	r->minor = (unsigned int)get_le(h + 14, 2);
	if (order == NS_REC_BYTE_ORDER && major > NS_REC_MAJOR)
		return refuse_newer(r, major, err);
	size = get_le(h + 16, 4);
	if (order != NS_REC_BYTE_ORDER || get_le(h + 24, 4) != crc(h, 24) || !major ||
	    size < NS_REC_HEADER_SIZE || size > NS_REC_HEADER_MAX)
		return not_a_recording(r->path, "its header is damaged", err);
	r->offset = size;
	return 0;
}

/* Sections up to the first chunk or the end: what is in front must be whole. */
static int read_start(struct ns_reader *r, struct ns_error *err)
{
	int rc = 1;

	while (rc > 0 && !r->nr)
		rc = one_section(r, NULL, err);
	if (rc < 0)
		return rc;
	if (r->started)
		return 0;
	return ns_error(err, -EINVAL, NS_EXIT_USAGE,
			"%s is damaged before its first events and cannot be read (%s)", r->path,
			r->warning[0] ? r->warning : "it ends before the schema");
}

static int reader_alloc(struct ns_reader *r, const char *path)
{
	r->path = strdup(path);
	r->codec = malloc(sizeof(*r->codec));
	r->zstd = ZSTD_createDCtx();
	return r->path && r->codec && r->zstd ? 0 : -ENOMEM;
}

int ns_reader_open(struct ns_reader **out, const char *path, struct ns_error *err)
{
	struct ns_reader *r = calloc(1, sizeof(*r));
	int rc;

	*out = NULL;
	if (!r)
		return ns_error(err, -ENOMEM, NS_EXIT_FAIL, "%s: out of memory", path);
	r->fd = -1;
	ns_model_init(&r->meta);
	rc = reader_alloc(r, path);
	if (rc)
		ns_error(err, rc, NS_EXIT_FAIL, "%s: out of memory", path);
	if (!rc)
		rc = open_file(r, err);
	if (!rc)
		rc = read_header(r, err);
	if (!rc)
		rc = read_start(r, err);
	if (rc) {
		ns_reader_close(r);
		return rc;
	}
	*out = r;
	return 0;
}

/* ---- the rest of the interface ---- */

/* Once everything is read: the last notes, and an end of the observation. */
static void finish(struct ns_reader *r)
{
	if (r->clean && !r->tail_cut)
		r->whole = true;
	if (!r->clean && !r->tail_cut)
		warn(r,
		     "%s: the recording was not ended cleanly (killed, or still being made): "
		     "%" PRIu64 " events were read",
		     r->path, r->events);
	if (r->skipped)
		warn(r, "%s: %" PRIu64 " events that this version does not know were skipped",
		     r->path, r->skipped);
	if (r->marks_dropped)
		warn(r, "%s: %u marks are beyond the %d that there can be", r->path,
		     r->marks_dropped, NS_MAX_MARKS);
	r->marks_dropped = 0;
	if (r->meta.end_ns < r->last_ts)
		r->meta.end_ns = r->last_ts;
	r->tail_cut = r->clean = true;
	r->skipped = 0;
}

/* Read on until there are events: 1; 0 at the end. */
static int read_on(struct ns_reader *r, struct ns_error *err)
{
	int rc;

	while (r->next == r->nr) {
		if (r->ended) {
			finish(r);
			return 0;
		}
		rc = one_section(r, NULL, err);
		if (rc < 0)
			return rc;
	}
	return 1;
}

int ns_reader_next(struct ns_reader *r, struct ns_event *ev, struct ns_error *err)
{
	int rc;

	while ((rc = read_on(r, err)) > 0) {
		*ev = r->ev[r->next++];
		if (ev->event != NS_EVENT_SKIPPED)
			return 1;
		r->skipped++;
	}
	return rc;
}

int ns_reader_batch(struct ns_reader *r, const struct ns_event **ev, unsigned int *nr,
		    struct ns_error *err)
{
	int rc = read_on(r, err);

	if (rc <= 0)
		return rc;
	*ev = &r->ev[r->next];
	*nr = r->nr - r->next;
	for (; r->next < r->nr; r->next++)
		r->skipped += r->ev[r->next].event == NS_EVENT_SKIPPED;
	return 1;
}

/* Forget what was read from offset on. */
static void rewind_to(struct ns_reader *r, uint64_t offset)
{
	r->offset = offset;
	r->nr = r->next = 0;
	r->events = r->skipped = 0;
	r->ended = r->clean = r->tail_cut = false;
}

int ns_reader_skim(struct ns_reader *r, struct ns_chunks *out, struct ns_error *err)
{
	int rc = 1;

	memset(out, 0, sizeof(*out));
	if (r->first_chunk)
		rewind_to(r, r->first_chunk);
	while (rc > 0 && !r->ended)
		rc = one_section(r, out, err);
	if (rc < 0) {
		ns_chunks_free(out);
		return rc;
	}
	finish(r);
	r->ended = true;
	return 0;
}

int ns_reader_open_known(struct ns_reader **out, const char *path, struct ns_error *err)
{
	struct ns_chunks chunks;
	struct ns_reader *ahead;
	int rc = ns_reader_open(&ahead, path, err);

	*out = NULL;
	if (rc)
		return rc;
	rc = ns_reader_skim(ahead, &chunks, err);
	if (!rc) {
		ns_chunks_free(&chunks);
		rc = ns_reader_open(out, path, err);
	}
	if (!rc && ns_model_take_names(&(*out)->meta, &ahead->meta)) {
		rc = no_memory(ahead, err);
		ns_reader_close(*out);
		*out = NULL;
	}
	ns_reader_close(ahead);
	return rc;
}

void ns_chunks_free(struct ns_chunks *c)
{
	free(c->chunk);
	memset(c, 0, sizeof(*c));
}

void ns_reader_seek(struct ns_reader *r, const struct ns_chunk *chunk)
{
	rewind_to(r, chunk->offset);
	r->sought = true;
	r->warning[0] = '\0';
}

const struct ns_model *ns_reader_meta(const struct ns_reader *r)
{
	return &r->meta;
}

const char *ns_reader_warning(const struct ns_reader *r)
{
	return r->warning[0] ? r->warning : NULL;
}

uint64_t ns_reader_id(const struct ns_reader *r)
{
	return r->events - r->nr + r->next;
}

bool ns_reader_whole(const struct ns_reader *r)
{
	return r->whole;
}

const char *ns_reader_cmdline(const struct ns_reader *r)
{
	return r->cmdline ? r->cmdline : "";
}

void ns_reader_close(struct ns_reader *r)
{
	if (!r)
		return;
	if (r->fd >= 0)
		close(r->fd);
	ns_model_free(&r->meta);
	ZSTD_freeDCtx(r->zstd);
	free(r->cmdline);
	free(r->raw);
	free(r->payload);
	free(r->codec);
	free(r->ev);
	free(r->path);
	free(r);
}
