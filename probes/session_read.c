// SPDX-License-Identifier: GPL-2.0-or-later
/* session_read.c: from the maps and the ring of a session into the model. */
#include "session_priv.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define BATCH 512 /* cells per system call */

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

static int read_ledger(struct ns_session *s, struct ns_model *m, struct ns_error *err)
{
	int fd = bpf_map__fd(s->skel->maps.ledger), cpus = libbpf_num_possible_cpus(), rc;
	struct ns_ledger *rows = calloc((size_t)cpus, sizeof(*rows));

	if (!rows)
		return ns_error(err, -ENOMEM, NS_EXIT_FAIL, "out of memory");
	s->missed = 0;
	for (uint32_t ev = 0; ev < NS_NR_EVENTS; ev++) {
		struct ns_ledger_row *out = &m->ledger[ev];

		rc = bpf_map_lookup_elem(fd, &ev, rows);
		if (rc) {
			free(rows);
			return map_error(err, "ledger", rc);
		}
		out->seen = out->ring_full = out->map_full = out->filtered = out->unattributed = 0;
		for (int i = 0; i < cpus; i++) {
			out->seen += rows[i].seen;
			out->ring_full += rows[i].ring_full;
			out->map_full += rows[i].map_full;
			out->filtered += rows[i].filtered;
			out->unattributed += rows[i].unattributed;
		}
		if (s->opts.mode & NS_MODE_SWITCH) { /* counted all the same */
			s->missed += out->ring_full;
			out->ring_full = 0;
		}
	}
	free(rows);
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

int ns_session_read(struct ns_session *s, struct ns_model *m, struct ns_error *err)
{
	int rc;

	ns_model_clear_counts(m);
	rc = ns_session_read_meta(s, m, err);
	if (!rc && s->opts.mode & NS_MODE_COUNT)
		rc = read_hot_cells(s, m, err);
	if (!rc && s->opts.mode & NS_MODE_COUNT)
		rc = read_cells(s, m, err);
	return rc;
}

/* ---- ring ---- */

static int handle_record(void *arg, void *data, size_t size)
{
	struct ns_session *s = arg;
	const struct ns_rec *rec = data;
	struct ns_event ev = {
		.ts = rec->ts,
		.vm = rec->vm,
		.vcpu = rec->vcpu,
		.ctx = rec->ctx,
		.cpu = rec->cpu,
		.event = rec->event,
		.dim = rec->dim,
		.sub = rec->sub,
		.nr_fields = rec->nr_fields,
	};

	(void)size;
	memcpy(ev.field, rec->field, rec->nr_fields * sizeof(ev.field[0]));
	s->fn_rc = s->fn(s->fn_arg, &ev);
	return s->fn_rc < 0 ? s->fn_rc : 0;
}

/* The first word of one of the ring's two position pages; NULL on failure. */
static const unsigned long *map_position(int fd, unsigned int page)
{
	size_t size = (size_t)sysconf(_SC_PAGESIZE);
	void *p = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, (off_t)(page * size));

	return p == MAP_FAILED ? NULL : p;
}

int ns_session_open_ring(struct ns_session *s, struct ns_error *err)
{
	int fd = bpf_map__fd(s->skel->maps.ring);

	s->rb = ring_buffer__new(fd, handle_record, s, NULL);
	s->consumed = map_position(fd, 0);
	s->produced = map_position(fd, 1);
	if (!s->rb || !s->consumed || !s->produced)
		return ns_error(err, -errno, NS_EXIT_FAIL, "cannot map the ring: %s",
				strerror(errno));
	return 0;
}

static void unmap_position(const unsigned long *p)
{
	if (p)
		munmap((void *)p, (size_t)sysconf(_SC_PAGESIZE));
}

void ns_session_close_ring(struct ns_session *s)
{
	ring_buffer__free(s->rb);
	s->rb = NULL;
	unmap_position(s->consumed);
	unmap_position(s->produced);
	s->consumed = s->produced = NULL;
}

/* Is an eighth of the ring waiting to be read? */
static bool ring_is_filling(const struct ns_session *s)
{
	unsigned long waiting = __atomic_load_n(s->produced, __ATOMIC_ACQUIRE) - *s->consumed;

	return waiting >= bpf_map__max_entries(s->skel->maps.ring) / 8;
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
	while (!ring_is_filling(s) && ns_now() < until)
		if (nanosleep(&nap, NULL))
			return -EINTR;
	return ring_buffer__consume(s->rb);
}
