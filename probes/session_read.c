// SPDX-License-Identifier: GPL-2.0-or-later
/* session_read.c: from the maps and the ring of a session into the model. */
#include "session_priv.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define BATCH 512 /* cells per system call */
#define DEFAULT_RING (8U << 20) /* bytes, of all rings */
#define RING_ALWAYS ((size_t)2 << 20) /* bytes, of one: every kernel lets us have as much */

static int map_error(struct ns_error *err, const char *map, int rc)
{
	return ns_error(err, rc, NS_EXIT_FAIL, "cannot read the BPF map \"%s\": %s", map,
			strerror(-rc));
}

/* ---- cells ---- */

static int add_cell(struct ns_session *s, struct ns_model *m, const struct ns_cell_key *key,
		    const struct ns_cell *percpu, int cpus)
{
	struct ns_cell sum = { 0 };

	for (int i = 0; i < cpus; i++) {
		sum.count += percpu[i].count;
		sum.ns += percpu[i].ns;
	}
	return sum.count ? ns_model_add_cell(m, key, &sum) : 0;
}

/* Kernels before 5.6 have no batch operations for per-CPU hashes. */
static int read_cells_singly(struct ns_session *s, struct ns_model *m, int fd, int cpus)
{
	struct ns_cell *values = s->cells;
	struct ns_cell_key key, next, *prev = NULL;

	while (!bpf_map_get_next_key(fd, prev, &next)) {
		if (!bpf_map_lookup_elem(fd, &next, values)) {
			int rc = add_cell(s, m, &next, values, cpus);

			if (rc)
				return rc;
		}
		key = next;
		prev = &key;
	}
	return 0;
}

/* The array's share of the cells: every CPU's slot has a key of its own. */
static int read_hot_cells(struct ns_session *s, struct ns_model *m, struct ns_error *err)
{
	int fd = bpf_map__fd(s->skel->maps.hot_cells), cpus = libbpf_num_possible_cpus(), rc = 0;
	struct ns_hot_cell *hot = calloc((size_t)cpus, sizeof(*hot));

	if (!hot)
		return ns_error(err, -ENOMEM, NS_EXIT_FAIL, "out of memory");
	for (uint32_t i = 0; i < 1U << NS_HOT_BITS && !rc; i++) {
		rc = bpf_map_lookup_elem(fd, &i, hot);
		for (int cpu = 0; cpu < cpus && !rc; cpu++)
			if (hot[cpu].state == 2 && hot[cpu].cell.count)
				rc = ns_model_add_cell(m, &hot[cpu].key, &hot[cpu].cell);
	}
	free(hot);
	return rc ? map_error(err, "hot_cells", rc) : 0;
}

static int read_cells(struct ns_session *s, struct ns_model *m, struct ns_error *err)
{
	int fd = bpf_map__fd(s->skel->maps.cells), cpus = libbpf_num_possible_cpus(), rc;
	struct ns_cell_key keys[BATCH];
	uint32_t batch = 0;
	void *in = NULL;

	if (cpus < 1)
		return map_error(err, "cells", -EINVAL);
	if (!s->cells)
		s->cells = calloc((size_t)cpus * BATCH, sizeof(struct ns_cell));
	if (!s->cells)
		return ns_error(err, -ENOMEM, NS_EXIT_FAIL, "out of memory");
	for (;;) {
		struct ns_cell *values = s->cells;
		uint32_t n = BATCH;

		rc = bpf_map_lookup_batch(fd, in, &batch, keys, values, &n, NULL);
		if (rc == -EINVAL || rc == -ENOTSUP) {
			rc = in ? rc : read_cells_singly(s, m, fd, cpus);
			break;
		}
		if (rc && rc != -ENOENT)
			break;
		for (uint32_t i = 0; i < n; i++)
			if (add_cell(s, m, &keys[i], values + (size_t)i * (size_t)cpus, cpus))
				return ns_error(err, -ENOMEM, NS_EXIT_FAIL, "out of memory");
		if (rc == -ENOENT)
			return 0;
		in = &batch;
	}
	return rc ? map_error(err, "cells", rc) : 0;
}

/* ---- ledger ---- */

/* One line of the kernel's ledger, of all CPUs; kept is not the kernel's. */
static void sum_row(struct ns_ledger_row *out, const struct ns_ledger *rows, int cpus)
{
	*out = (struct ns_ledger_row){ .kept = out->kept };
	for (int i = 0; i < cpus; i++) {
		out->seen += rows[i].seen;
		out->ring_full += rows[i].ring_full;
		out->map_full += rows[i].map_full;
		out->filtered += rows[i].filtered;
		out->unattributed += rows[i].unattributed;
	}
}

/* What the kernel ran no program of ours for, while events were collected. */
static void read_missed(const struct ns_session *s, struct ns_model *m)
{
	uint64_t now[NS_NR_EVENTS];

	if (s->end_ns)
		memcpy(now, s->missed_after, sizeof(now));
	else
		ns_ladder_missed(s->ladder, now);
	for (unsigned int ev = 0; ev < NS_NR_EVENTS; ev++) {
		struct ns_ledger_row *row = &m->ledger[ev];

		row->missed_unknown = !s->missed_known;
		row->missed = s->missed_known ? now[ev] - s->missed_before[ev] : 0;
		row->seen += row->missed;
	}
}

static int read_ledger(struct ns_session *s, struct ns_model *m, struct ns_error *err)
{
	int fd = bpf_map__fd(s->skel->maps.ledger), cpus = libbpf_num_possible_cpus(), rc;
	struct ns_ledger *rows = calloc((size_t)cpus, sizeof(*rows));

	if (!rows)
		return ns_error(err, -ENOMEM, NS_EXIT_FAIL, "out of memory");
	s->ring_missed = 0;
	for (uint32_t ev = 0; ev < NS_NR_EVENTS; ev++) {
		struct ns_ledger_row *out = &m->ledger[ev];

		rc = bpf_map_lookup_elem(fd, &ev, rows);
		if (rc) {
			free(rows);
			return map_error(err, "ledger", rc);
		}
		sum_row(out, rows, cpus);
		if (s->opts.mode & NS_MODE_SWITCH) { /* counted all the same */
			s->ring_missed += out->ring_full;
			out->ring_full = 0;
		}
	}
	free(rows);
	read_missed(s, m);
	return 0;
}

/* ---- names ---- */

static int read_vms(struct ns_session *s, struct ns_model *m, struct ns_error *err)
{
	int fd = bpf_map__fd(s->skel->maps.vms), rc;
	struct ns_vm_key key, next, *prev = NULL;
	struct ns_vm vm;

	while (!bpf_map_get_next_key(fd, prev, &next)) {
		if (!bpf_map_lookup_elem(fd, &next, &vm)) {
			rc = ns_model_add_vm(m, &next, &vm);
			if (rc)
				return ns_error(err, rc, NS_EXIT_FAIL, "out of memory");
		}
		key = next;
		prev = &key;
	}
	for (unsigned int i = 0; i < m->nr_vms; i++) {
		m->vms[i].ended =
			!ns_process_alive((pid_t)m->vms[i].key.pid, m->vms[i].key.start_ns);
		m->vms[i].realm_before = s->skel->bss->vm_realm_before[m->vms[i].id];
	}
	return 0;
}

static int read_ctxs(struct ns_session *s, struct ns_model *m, struct ns_error *err)
{
	int fd = bpf_map__fd(s->skel->maps.ctxs), rc;
	struct ns_ctx_key key, next, *prev = NULL;
	struct ns_ctx ctx;

	while (!bpf_map_get_next_key(fd, prev, &next)) {
		if (!bpf_map_lookup_elem(fd, &next, &ctx)) {
			rc = ns_model_add_ctx(m, &next, (uint16_t)ctx.id);
			if (rc)
				return ns_error(err, rc, NS_EXIT_FAIL, "out of memory");
		}
		key = next;
		prev = &key;
	}
	return 0;
}

int ns_session_read_meta(struct ns_session *s, struct ns_model *m, struct ns_error *err)
{
	int rc;

	ns_host_fill(&m->host, s->start_ns);
	m->start_ns = s->start_ns;
	m->end_ns = s->end_ns ? s->end_ns : ns_now();
	memcpy(m->provider, s->provider, sizeof(m->provider));
	rc = read_vms(s, m, err);
	if (!rc)
		rc = read_ctxs(s, m, err);
	if (!rc)
		rc = read_ledger(s, m, err);
	return rc;
}

/*
 * The cells are read after the ledger, and events happen meanwhile: what was kept was
 * seen.  The other way round, seen and not kept, stays to be seen.
 */
static void settle_ledger(struct ns_model *m)
{
	for (unsigned int i = 0; i < NS_NR_EVENTS; i++) {
		struct ns_ledger_row *r = &m->ledger[i];
		uint64_t sum = ns_ledger_accounted(r) - r->ring_full;

		if (r->seen < sum)
			r->seen = sum;
	}
}

int ns_session_read(struct ns_session *s, struct ns_model *m, struct ns_error *err)
{
	int rc;

	ns_model_clear_counts(m);
	rc = ns_session_read_meta(s, m, err);
	if (!rc && s->opts.mode & NS_MODE_COUNT)
		rc = read_hot_cells(s, m, err);
	if (!rc && s->opts.mode & NS_MODE_COUNT)
		rc = read_cells(s, m, err);
	if (!rc && s->opts.mode & NS_MODE_COUNT)
		settle_ledger(m);
	return rc;
}

unsigned int ns_session_vms(const struct ns_session *s)
{
	return s->skel->data->next_vm - 1;
}

/* ---- rings ---- */

static int handle_record(void *arg, const struct ns_rec *rec)
{
	struct ns_session *s = arg;
	struct ns_event *ev = &s->event;

	ev->ts = rec->ts;
	ev->vm = rec->vm;
	ev->vcpu = rec->vcpu;
	ev->ctx = rec->ctx;
	ev->cpu = rec->cpu;
	ev->event = rec->event;
	ev->dim = rec->dim;
	ev->sub = rec->sub;
	ev->nr_fields = rec->nr_fields;
	memcpy(ev->field, rec->field, rec->nr_fields * sizeof(ev->field[0]));
	return s->fn(s->fn_arg, ev);
}

/* Older kernels have no array elements of more than KMALLOC_MAX_SIZE, 4 MB; newer ones have. */
static size_t largest_ring(size_t wanted)
{
	LIBBPF_OPTS(bpf_map_create_opts, opts, .map_flags = BPF_F_MMAPABLE);
	int fd;

	if (wanted <= RING_ALWAYS)
		return wanted;
	fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, "ring", sizeof(uint32_t),
			    (uint32_t)NS_RING_BYTES(wanted), 1, &opts);
	if (fd >= 0)
		close(fd);
	return fd == -E2BIG ? RING_ALWAYS : wanted;
}

int ns_session_plan_rings(struct ns_session *s, struct ns_error *err)
{
	bool whole = s->opts.mode & NS_MODE_RECORD;
	size_t bytes = s->opts.ring_bytes;
	unsigned int nr = ns_rings_plan(!whole ? 1 : bytes ? bytes : DEFAULT_RING, &s->ring_size);

	s->nr_rings = whole ? nr : 1;
	s->ring_size = largest_ring(s->ring_size);
	if (!whole || s->ring_size * nr >= bytes)
		return 0;
	return ns_error(err, -E2BIG, NS_EXIT_USAGE,
			"rings of %zu bytes are too large: one can have %zu on this kernel, and there "
			"are %u; give -m less than that",
			bytes, s->ring_size, nr);
}

int ns_session_ring_error(const struct ns_session *s, int rc, struct ns_error *err)
{
	return ns_error(err, rc, NS_EXIT_FAIL,
			"cannot make %u rings of %zu bytes: %s; try a smaller -m", s->nr_rings,
			s->ring_size, strerror(-rc));
}

int ns_session_open_rings(struct ns_session *s, struct ns_error *err)
{
	int rc = ns_rings_open(&s->rings, bpf_map__fd(s->skel->maps.rings), s->nr_rings,
			       s->ring_size);

	return rc ? ns_session_ring_error(s, rc, err) : 0;
}

int ns_session_poll(struct ns_session *s, ns_event_fn fn, void *arg, int timeout_ms)
{
	struct timespec nap = { .tv_nsec = 5000000 };
	uint64_t until = ns_now() + (uint64_t)timeout_ms * 1000000;

	s->fn = fn;
	s->fn_arg = arg;
	/*
	 * Producers never wake us (a wake-up costs 15 times the event), so
	 * waiting is looking again every 5 ms.  Reading little and often would
	 * take the CPU and the cache from what is observed.
	 */
	while (!ns_rings_filling(&s->rings) && ns_now() < until)
		if (nanosleep(&nap, NULL))
			return -EINTR;
	return ns_rings_read(&s->rings, handle_record, s);
}
