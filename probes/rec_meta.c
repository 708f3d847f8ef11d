// SPDX-License-Identifier: GPL-2.0-or-later
/* rec_meta.c: the small sections of a recording: host, providers, VMs, contexts, marks, ledger. */
#include "rec_meta.h"

#include <errno.h>

#ifndef NS_VERSION
#define NS_VERSION "unknown"
#endif

static const char too_short[] = "it is too short";

/* A string of the file, fit for a terminal; cut to the size of buf. */
static void get_text(struct ns_cursor *c, char *buf, size_t size)
{
	size_t len;
	const char *s = ns_get_str(c, &len);

	ns_escape(buf, size, s ? s : "", len);
}

void ns_host_encode(struct ns_buf *b, const struct ns_model *m)
{
	ns_put_str(b, m->host.release);
	ns_put_str(b, m->host.machine);
	ns_put_str(b, m->host.nodename);
	ns_put(b, m->host.cpus, 4);
	ns_put(b, (uint64_t)m->host.start_realtime_ns, 8);
	ns_put(b, m->start_ns, 8);
	ns_put_str(b, NS_VERSION);
	ns_put(b, m->host.icount, 1);
}

const char *ns_host_decode(struct ns_cursor *c, struct ns_model *m, char *writer, size_t size)
{
	get_text(c, m->host.release, sizeof(m->host.release));
	get_text(c, m->host.machine, sizeof(m->host.machine));
	get_text(c, m->host.nodename, sizeof(m->host.nodename));
	m->host.cpus = (uint32_t)ns_get(c, 4);
	m->host.start_realtime_ns = (int64_t)ns_get(c, 8);
	m->start_ns = ns_get(c, 8);
	get_text(c, writer, size);
	/* files before this byte was added: a clock like any other */
	m->host.icount = c->p < c->end && ns_get(c, 1) == 1;
	return c->bad ? too_short : NULL;
}

void ns_providers_encode(struct ns_buf *b, const struct ns_model *m)
{
	ns_put(b, NS_NR_EVENTS, 2);
	for (unsigned int i = 0; i < NS_NR_EVENTS; i++) {
		ns_put(b, i, 2);
		ns_put(b, m->provider[i].state, 1);
		ns_put_str(b, m->provider[i].by);
		ns_put_str(b, m->provider[i].note);
	}
}

const char *ns_providers_decode(struct ns_cursor *c, struct ns_model *m,
				const struct ns_rec_schema *schema)
{
	unsigned int nr = (unsigned int)ns_get(c, 2), type;
	struct ns_provider p;

	for (unsigned int i = 0; !c->bad && i < nr; i++) {
		type = (unsigned int)ns_get(c, 2);
		p.state = (uint8_t)ns_get(c, 1);
		get_text(c, p.by, sizeof(p.by));
		get_text(c, p.note, sizeof(p.note));
		if (c->bad || type >= schema->nr_types || p.state > NS_STATE_OK)
			return "a provider is out of range";
		if (schema->type[type].event >= 0)
			m->provider[schema->type[type].event] = p;
	}
	return c->bad ? too_short : NULL;
}

void ns_vm_encode(struct ns_buf *b, const struct ns_model_vm *vm)
{
	ns_put(b, vm->id, 2);
	ns_put(b, vm->ended | vm->realm_before << 1, 2);
	ns_put(b, vm->key.pid, 4);
	ns_put(b, vm->key.start_ns, 8);
	ns_put(b, vm->key.kvm, 8);
	ns_put_str(b, vm->name);
	ns_put_str(b, vm->cmdline);
}

const char *ns_vms_decode(struct ns_cursor *c, struct ns_model *m, int *rc)
{
	unsigned int nr = (unsigned int)ns_get(c, 2);
	struct ns_model_vm vm;
	unsigned int flags;

	for (unsigned int i = 0; i < nr; i++) {
		memset(&vm, 0, sizeof(vm));
		vm.id = (uint16_t)ns_get(c, 2);
		flags = (unsigned int)ns_get(c, 2);
		vm.ended = flags & 1;
		vm.realm_before = flags & 2;
		vm.key.pid = (uint32_t)ns_get(c, 4);
		vm.key.start_ns = ns_get(c, 8);
		vm.key.kvm = ns_get(c, 8);
		get_text(c, vm.name, sizeof(vm.name));
		get_text(c, vm.cmdline, sizeof(vm.cmdline));
		if (c->bad)
			return too_short;
		*rc = ns_model_put_vm(m, &vm);
		if (*rc)
			return "a VM's id is out of range";
	}
	return c->bad ? too_short : NULL;
}

void ns_ctx_encode(struct ns_buf *b, const struct ns_model_ctx *ctx)
{
	ns_put(b, ctx->id, 2);
	ns_put(b, ctx->vm, 2);
	ns_put(b, ctx->s2_on, 4);
	ns_put(b, ctx->vttbr, 8);
	ns_put(b, ctx->vtcr, 8);
}

const char *ns_ctxs_decode(struct ns_cursor *c, struct ns_model *m, int *rc)
{
	unsigned int nr = (unsigned int)ns_get(c, 2);
	struct ns_ctx_key key;
	uint16_t id;

	for (unsigned int i = 0; i < nr; i++) {
		id = (uint16_t)ns_get(c, 2);
		key.vm = (uint32_t)ns_get(c, 2);
		key.s2_on = ns_get(c, 4) & 1;
		key.vttbr = ns_get(c, 8);
		key.vtcr = ns_get(c, 8);
		if (c->bad)
			return too_short;
		*rc = ns_model_add_ctx(m, &key, id);
		if (*rc)
			return "a context's id is out of range";
	}
	return c->bad ? too_short : NULL;
}

void ns_mark_encode(struct ns_buf *b, const struct ns_mark *mark)
{
	ns_put(b, mark->ts, 8);
	ns_put_str(b, mark->text);
}

const char *ns_marks_decode(struct ns_cursor *c, struct ns_model *m, unsigned int *dropped)
{
	unsigned int nr = (unsigned int)ns_get(c, 2);
	struct ns_mark mark;

	for (unsigned int i = 0; i < nr; i++) {
		mark.ts = ns_get(c, 8);
		get_text(c, mark.text, sizeof(mark.text));
		if (c->bad)
			return too_short;
		*dropped += ns_model_add_mark(m, mark.ts, mark.text) != 0;
	}
	return c->bad ? too_short : NULL;
}

void ns_ledger_encode(struct ns_buf *b, const struct ns_model *m)
{
	const struct ns_ledger_row *r;

	ns_put(b, m->end_ns, 8);
	ns_put(b, NS_NR_EVENTS, 2);
	for (unsigned int i = 0; i < NS_NR_EVENTS; i++) {
		r = &m->ledger[i];
		ns_put(b, i, 2);
		ns_put(b, r->seen, 8);
		ns_put(b, r->kept, 8);
		ns_put(b, r->ring_full, 8);
		ns_put(b, r->map_full, 8);
		ns_put(b, r->filtered, 8);
		ns_put(b, r->unattributed, 8);
	}
	for (unsigned int i = 0; i < NS_NR_EVENTS; i++) {
		r = &m->ledger[i];
		ns_put(b, r->missed_unknown ? NS_UNAVAILABLE : r->missed, 8);
	}
}

/* The column that came with version 1.2, behind all rows. */
static void decode_missed(struct ns_cursor *c, struct ns_ledger_row *row, unsigned int nr)
{
	bool there = (size_t)(c->end - c->p) >= (size_t)nr * 8;

	for (unsigned int i = 0; i < nr; i++) {
		uint64_t missed = there ? ns_get(c, 8) : NS_UNAVAILABLE;

		row[i].missed_unknown = missed == NS_UNAVAILABLE;
		row[i].missed = row[i].missed_unknown ? 0 : missed;
	}
}

const char *ns_ledger_decode(struct ns_cursor *c, struct ns_model *m,
			     const struct ns_rec_schema *schema)
{
	uint64_t end_ns = ns_get(c, 8);
	unsigned int nr = (unsigned int)ns_get(c, 2), type[NS_REC_TABLE_MAX];
	struct ns_ledger_row row[NS_REC_TABLE_MAX];

	if (nr > schema->nr_types)
		return "there are more rows than events";
	for (unsigned int i = 0; i < nr; i++) {
		type[i] = (unsigned int)ns_get(c, 2);
		row[i].seen = ns_get(c, 8);
		row[i].kept = ns_get(c, 8);
		row[i].ring_full = ns_get(c, 8);
		row[i].map_full = ns_get(c, 8);
		row[i].filtered = ns_get(c, 8);
		row[i].unattributed = ns_get(c, 8);
		if (c->bad || type[i] >= schema->nr_types)
			return "a row is out of range";
	}
	if (c->bad)
		return too_short;
	decode_missed(c, row, nr);
	for (unsigned int i = 0; i < nr; i++)
		if (schema->type[type[i]].event >= 0)
			m->ledger[schema->type[type[i]].event] = row[i];
	m->end_ns = end_ns;
	return NULL;
}
