// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * rec_write.c: write recordings.  The file ends with a whole section at every
 * moment: a section that cannot be written completely is cut off again.
 */
#include "recording.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include "rec_codec.h"
#include "rec_meta.h"

#define ZSTD_LEVEL 1
#define INDEX_PER_SECTION ((NS_REC_META_MAX - 4) / NS_REC_INDEX_ENTRY)

struct ns_writer {
	int fd;
	bool regular; /* can be truncated */
	bool ended; /* the end mark was written */
	int failed; /* errno of the write that failed; nothing follows it */
	char *path;
	const struct ns_model *meta; /* the latest given */
	uint64_t offset; /* bytes of whole sections */
	uint64_t events, chunks;
	unsigned int nr; /* events in the open chunk */
	struct ns_event ev[NS_REC_CHUNK_EVENTS];
	uint32_t vm_crc[NS_MAX_VMS]; /* of what the file has, 0: nothing */
	uint32_t ctx_crc[NS_MAX_CTXS];
	struct ns_mark marks[NS_MAX_MARKS]; /* that the file has */
	unsigned int nr_marks;
	uint32_t ledger_crc;
	struct ns_codec codec;
	ZSTD_CCtx *zstd;
	struct ns_buf payload, raw, ends, coded, index, entry;
};

/* ---- bytes ---- */

static const char *write_remedy(int e)
{
	switch (e) {
	case ENOSPC:
	case EDQUOT:
		return "; free some space or record elsewhere with -o";
	case EFBIG:
		return "; raise the limit (ulimit -f) or record less";
	default:
		return "";
	}
}

static int write_error(struct ns_writer *w, struct ns_error *err)
{
	return ns_error(
		err, -w->failed, NS_EXIT_FAIL,
		"%s: %s after %llu bytes and %llu events%s; what is in the file can be read",
		w->path, strerror(w->failed), (unsigned long long)w->offset,
		(unsigned long long)w->events, write_remedy(w->failed));
}

static int no_memory(struct ns_writer *w, struct ns_error *err)
{
	return ns_error(err, -ENOMEM, NS_EXIT_FAIL, "%s: out of memory while recording", w->path);
}

/* Write all of both parts, or nothing: a partial write is cut off. */
static int write_all(struct ns_writer *w, struct iovec *iov, int n, struct ns_error *err)
{
	size_t total = 0;
	ssize_t done;

	for (int i = 0; i < n; i++)
		total += iov[i].iov_len;
	for (size_t left = total; left; left -= (size_t)done) {
		done = writev(w->fd, iov, n);
		if (done < 0 && errno == EINTR) {
			done = 0;
			continue;
		}
		if (done <= 0) {
			w->failed = done ? errno : EIO;
			if (w->regular && ftruncate(w->fd, (off_t)w->offset))
				return write_error(w, err); /* a reader drops the rest */
			return write_error(w, err);
		}
		for (size_t skip = (size_t)done, part; skip; skip -= part) {
			part = iov->iov_len < skip ? iov->iov_len : skip;
			iov->iov_base = (char *)iov->iov_base + part;
			iov->iov_len -= part;
			if (!iov->iov_len && skip > part) {
				iov++;
				n--;
			}
		}
	}
	w->offset += total;
	return 0;
}

static void put_le(uint8_t *p, uint64_t v, unsigned int size)
{
	for (unsigned int i = 0; i < size; i++)
		p[i] = (uint8_t)(v >> (8 * i));
}

static uint32_t crc(const void *data, size_t len)
{
	return (uint32_t)crc32(0, data, (uInt)len);
}

/* Write b as the payload of a section and empty it. */
static int put_section(struct ns_writer *w, enum ns_rec_section id, struct ns_buf *b,
		       struct ns_error *err)
{
	uint8_t head[NS_REC_HEAD_SIZE];
	struct iovec iov[2] = { { head, sizeof(head) }, { b->data, b->len } };

	if (w->failed)
		return write_error(w, err);
	if (b->bad)
		return no_memory(w, err);
	put_le(head, id, 4);
	put_le(head + 4, 0, 4);
	put_le(head + 8, b->len, 8);
	put_le(head + 16, crc(b->data, b->len), 4);
	put_le(head + 20, crc(head, 20), 4);
	b->len = 0;
	return write_all(w, iov, 2, err);
}

static int put_header(struct ns_writer *w, struct ns_error *err)
{
	uint8_t h[NS_REC_HEADER_SIZE] = NS_REC_MAGIC;
	struct iovec iov = { h, sizeof(h) };

	put_le(h + 8, NS_REC_BYTE_ORDER, 4);
	put_le(h + 12, NS_REC_MAJOR, 2);
	put_le(h + 14, NS_REC_MINOR, 2);
	put_le(h + 16, NS_REC_HEADER_SIZE, 4);
	put_le(h + 24, crc(h, 24), 4);
	return write_all(w, &iov, 1, err);
}

/* ---- VMs, contexts, marks ---- */

/* Append w->entry unless the file has the same already. */
static void put_entry(struct ns_writer *w, uint32_t *have, unsigned int *nr)
{
	uint32_t now = crc(w->entry.data, w->entry.len) | 1;

	if (now != *have && !w->entry.bad) {
		ns_put_bytes(&w->payload, w->entry.data, w->entry.len);
		*have = now;
		(*nr)++;
	}
	w->entry.len = 0;
}

static int put_list(struct ns_writer *w, enum ns_rec_section id, unsigned int nr,
		    struct ns_error *err)
{
	if (w->entry.bad || w->payload.bad)
		return no_memory(w, err);
	put_le(w->payload.data, nr, 2);
	if (nr)
		return put_section(w, id, &w->payload, err);
	w->payload.len = 0;
	return 0;
}

static bool has_mark(const struct ns_writer *w, const struct ns_mark *mark)
{
	for (unsigned int i = 0; i < w->nr_marks; i++)
		if (w->marks[i].ts == mark->ts && !strcmp(w->marks[i].text, mark->text))
			return true;
	return false;
}

static int put_marks(struct ns_writer *w, const struct ns_model *m, struct ns_error *err)
{
	unsigned int nr = 0;

	ns_put(&w->payload, 0, 2);
	for (unsigned int i = 0; i < m->nr_marks && w->nr_marks < NS_MAX_MARKS; i++) {
		if (has_mark(w, &m->marks[i]))
			continue;
		ns_mark_encode(&w->payload, &m->marks[i]);
		w->marks[w->nr_marks++] = m->marks[i];
		nr++;
	}
	return put_list(w, NS_REC_MARKS, nr, err);
}

static int put_objects(struct ns_writer *w, const struct ns_model *m, struct ns_error *err)
{
	unsigned int nr = 0;
	int rc = put_marks(w, m, err);

	if (rc)
		return rc;

	ns_put(&w->payload, 0, 2);
	for (unsigned int i = 0; i < m->nr_vms; i++) {
		ns_vm_encode(&w->entry, &m->vms[i]);
		put_entry(w, &w->vm_crc[m->vms[i].id], &nr);
	}
	rc = put_list(w, NS_REC_VMS, nr, err);
	if (rc)
		return rc;
	nr = 0;
	ns_put(&w->payload, 0, 2);
	for (unsigned int i = 0; i < m->nr_ctxs; i++) {
		ns_ctx_encode(&w->entry, &m->ctxs[i]);
		put_entry(w, &w->ctx_crc[m->ctxs[i].id], &nr);
	}
	return put_list(w, NS_REC_CTXS, nr, err);
}

/* ---- chunks ---- */

/* Compress one column into a block of its own; last ends the frame. */
static bool code_column(struct ns_writer *w, size_t from, size_t to, bool last)
{
	ZSTD_inBuffer in = { w->raw.data + from, to - from, 0 };
	ZSTD_outBuffer out = { w->coded.data, w->coded.cap, w->coded.len };
	size_t left;

	/* the output always has room for everything, so this ends at once */
	left = ZSTD_compressStream2(w->zstd, &out, &in, last ? ZSTD_e_end : ZSTD_e_flush);
	w->coded.len = out.pos;
	return !left;
}

/* w->raw to w->coded, after the head of the chunk that is there. */
static bool code_chunk(struct ns_writer *w)
{
	size_t nr_ends = w->ends.len / sizeof(uint64_t), head = w->coded.len, from = 0;
	/* a block costs 3 bytes more than its data at worst */
	size_t room = ZSTD_compressBound(w->raw.len) + 16 * nr_ends + 64;
	uint64_t to;

	if (!ns_put_room(&w->coded, room))
		return false;
	w->coded.len = head;
	ZSTD_CCtx_reset(w->zstd, ZSTD_reset_session_only);
	for (size_t i = 0; i < nr_ends; i++) {
		memcpy(&to, w->ends.data + i * sizeof(to), sizeof(to));
		if (!code_column(w, from, to, i + 1 == nr_ends))
			return false;
		from = to;
	}
	return true;
}

static void time_range(const struct ns_writer *w, uint64_t *low, uint64_t *high)
{
	*low = *high = w->ev[0].ts;
	for (unsigned int i = 1; i < w->nr; i++) {
		*low = w->ev[i].ts < *low ? w->ev[i].ts : *low;
		*high = w->ev[i].ts > *high ? w->ev[i].ts : *high;
	}
}

static int put_chunk(struct ns_writer *w, struct ns_error *err)
{
	uint64_t low, high, offset = w->offset;
	unsigned int nr = w->nr;
	int rc;

	if (!nr)
		return 0;
	time_range(w, &low, &high);
	w->raw.len = w->ends.len = w->coded.len = 0;
	ns_chunk_encode(&w->codec, w->ev, nr, &w->raw, &w->ends);
	if (w->raw.bad || w->ends.bad)
		return no_memory(w, err);
	ns_put(&w->coded, nr, 4);
	ns_put(&w->coded, w->raw.len, 4);
	ns_put(&w->coded, low, 8);
	ns_put(&w->coded, high, 8);
	ns_put(&w->coded, NS_REC_ZSTD, 4);
	ns_put(&w->coded, 0, 4);
	if (!code_chunk(w))
		return no_memory(w, err);
	rc = put_section(w, NS_REC_EVENTS, &w->coded, err);
	if (rc)
		return rc;
	w->nr = 0;
	w->chunks++;
	ns_put(&w->index, offset, 8);
	ns_put(&w->index, low, 8);
	ns_put(&w->index, high, 8);
	ns_put(&w->index, nr, 4);
	ns_put(&w->index, 0, 4);
	return 0;
}

/* What the file says already is not said again. */
static int put_ledger(struct ns_writer *w, const struct ns_model *m, struct ns_error *err)
{
	uint32_t now;

	ns_ledger_encode(&w->payload, m);
	now = crc(w->payload.data, w->payload.len) | 1;
	if (now == w->ledger_crc && !w->payload.bad) {
		w->payload.len = 0;
		return 0;
	}
	w->ledger_crc = now;
	return put_section(w, NS_REC_LEDGER, &w->payload, err);
}

/* INDEX sections and END. */
static int put_end(struct ns_writer *w, struct ns_error *err)
{
	uint64_t first = w->chunks ? w->offset : 0;
	size_t total = w->index.len / NS_REC_INDEX_ENTRY, n;
	int rc = w->index.bad ? no_memory(w, err) : 0;

	for (size_t i = 0; !rc && i < total; i += n) {
		n = total - i < INDEX_PER_SECTION ? total - i : INDEX_PER_SECTION;
		ns_put(&w->payload, n, 4);
		ns_put_bytes(&w->payload, w->index.data + i * NS_REC_INDEX_ENTRY,
			     n * NS_REC_INDEX_ENTRY);
		rc = put_section(w, NS_REC_INDEX, &w->payload, err);
	}
	if (rc)
		return rc;
	ns_put(&w->payload, w->events, 8);
	ns_put(&w->payload, w->chunks, 8);
	ns_put(&w->payload, first, 8);
	return put_section(w, NS_REC_END, &w->payload, err);
}

/* ---- the file ---- */

static int open_error(const char *path, int e, struct ns_error *err)
{
	const char *why = strerror(e), *remedy = "choose another file with -o";

	switch (e) {
	case ELOOP:
		why = "it is a symbolic link, which is not followed";
		break;
	case EACCES:
	case EPERM:
	case EROFS:
		remedy = "choose a writable place with -o FILE";
		break;
	case ENOENT:
		remedy = "create its directory first";
		break;
	case ENXIO: /* a FIFO without a reader */
	case EISDIR:
	case ENODEV:
		why = "it is not a regular file";
		break;
	case EWOULDBLOCK:
		why = "another nestscope is writing it";
		break;
	default:
		break;
	}
	return ns_error(err, -e, NS_EXIT_USAGE, "cannot record to %s: %s; %s", path, why, remedy);
}

static bool is_null_device(const struct stat *st)
{
	struct stat null;

	return S_ISCHR(st->st_mode) && !stat("/dev/null", &null) && null.st_rdev == st->st_rdev;
}

/* Make fd an empty private file. Returns 0 or an errno. */
static int take_file(struct ns_writer *w)
{
	struct stat st;

	if (fstat(w->fd, &st))
		return errno;
	w->regular = S_ISREG(st.st_mode);
	if (!w->regular)
		return is_null_device(&st) ? 0 : S_ISDIR(st.st_mode) ? EISDIR : ENODEV;
	if (flock(w->fd, LOCK_EX | LOCK_NB) && errno == EWOULDBLOCK)
		return EWOULDBLOCK;
	/* guest addresses are nobody else's business, also in a file that was there */
	if (fchmod(w->fd, 0600) && (st.st_mode & 077))
		return errno;
	return ftruncate(w->fd, 0) ? errno : 0;
}

static int create(struct ns_writer *w, const char *path, struct ns_error *err)
{
	int e;

	/* O_NONBLOCK: a FIFO without a reader must not hang us */
	if (w->fd < 0)
		w->fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
	e = w->fd < 0 ? errno : take_file(w);
	return e ? open_error(path, e, err) : 0;
}

static void writer_free(struct ns_writer *w)
{
	struct ns_buf *bufs[] = { &w->payload, &w->raw, &w->ends, &w->coded, &w->index, &w->entry };

	for (unsigned int i = 0; i < sizeof(bufs) / sizeof(bufs[0]); i++)
		ns_buf_free(bufs[i]);
	ZSTD_freeCCtx(w->zstd);
	if (w->fd >= 0)
		close(w->fd);
	free(w->path);
	free(w);
}

static struct ns_writer *writer_new(const char *path)
{
	struct ns_writer *w = calloc(1, sizeof(*w));

	if (!w)
		return NULL;
	w->fd = -1;
	w->path = strdup(path);
	w->zstd = ZSTD_createCCtx();
	if (w->path && w->zstd &&
	    !ZSTD_isError(ZSTD_CCtx_setParameter(w->zstd, ZSTD_c_compressionLevel, ZSTD_LEVEL)))
		return w;
	writer_free(w);
	return NULL;
}

static int put_start(struct ns_writer *w, const char *cmdline, struct ns_error *err)
{
	int rc = put_header(w, err);

	if (rc)
		return rc;
	ns_host_encode(&w->payload, w->meta);
	rc = put_section(w, NS_REC_HOST, &w->payload, err);
	if (!rc && cmdline) {
		ns_put_str(&w->payload, cmdline);
		rc = put_section(w, NS_REC_CMDLINE, &w->payload, err);
	}
	if (rc)
		return rc;
	ns_schema_encode(&w->payload);
	rc = put_section(w, NS_REC_SCHEMA, &w->payload, err);
	if (rc)
		return rc;
	ns_providers_encode(&w->payload, w->meta);
	return put_section(w, NS_REC_PROVIDERS, &w->payload, err);
}

int ns_writer_open(struct ns_writer **out, const char *path, const struct ns_model *meta,
		   const char *cmdline, struct ns_error *err)
{
	return ns_writer_open_fd(out, -1, path, meta, cmdline, err);
}

int ns_writer_open_fd(struct ns_writer **out, int fd, const char *path,
		      const struct ns_model *meta, const char *cmdline, struct ns_error *err)
{
	struct ns_writer *w = writer_new(path);
	int rc;

	*out = NULL;
	if (!w) {
		if (fd >= 0)
			close(fd);
		return ns_error(err, -ENOMEM, NS_EXIT_FAIL, "%s: out of memory", path);
	}
	w->fd = fd;
	w->meta = meta;
	rc = create(w, path, err);
	if (!rc)
		rc = put_start(w, cmdline, err);
	if (rc) {
		writer_free(w);
		return rc;
	}
	*out = w;
	return 0;
}

static bool event_valid(const struct ns_event *ev)
{
	const struct ns_event_info *info;

	if (ev->event >= NS_NR_EVENTS)
		return false;
	info = &ns_events[ev->event];
	return ev->dim < ns_dims[info->dim].nr && ev->sub < ns_dims[info->sub].nr &&
	       ev->nr_fields <= info->nr_fields;
}

int ns_writer_event(struct ns_writer *w, const struct ns_event *ev, struct ns_error *err)
{
	int rc;

	if (w->failed)
		return write_error(w, err);
	if (!event_valid(ev))
		return ns_error(err, -EINVAL, NS_EXIT_FAIL,
				"event %u, value %u/%u is not in the catalogue: the BPF programs "
				"are of another nestscope",
				ev->event, ev->dim, ev->sub);
	w->ev[w->nr++] = *ev;
	w->events++;
	if (w->nr < NS_REC_CHUNK_EVENTS)
		return 0;
	rc = put_objects(w, w->meta, err);
	return rc ? rc : put_chunk(w, err);
}

int ns_writer_flush(struct ns_writer *w, const struct ns_model *meta, struct ns_error *err)
{
	int rc;

	w->meta = meta;
	if (w->failed)
		return write_error(w, err);
	rc = put_objects(w, meta, err);
	if (!rc)
		rc = put_chunk(w, err);
	return rc ? rc : put_ledger(w, meta, err);
}

int ns_writer_end(struct ns_writer *w, const struct ns_model *meta, struct ns_error *err)
{
	int rc = ns_writer_flush(w, meta, err);

	w->ended = true;
	return rc ? rc : put_end(w, err);
}

int ns_writer_close(struct ns_writer *w, const struct ns_model *meta, struct ns_error *err)
{
	int rc = w->ended ? 0 : ns_writer_end(w, meta, err);

	/* a file system may report only now that it could not keep the data */
	if (close(w->fd) && !rc && errno != EINTR) {
		w->failed = errno;
		rc = write_error(w, err);
	}
	w->fd = -1;
	writer_free(w);
	return rc;
}

uint64_t ns_writer_bytes(const struct ns_writer *w)
{
	return w->offset;
}

uint64_t ns_writer_events(const struct ns_writer *w)
{
	return w->events;
}
