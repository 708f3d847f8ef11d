// SPDX-License-Identifier: GPL-2.0-or-later
/* objects.c: the VMs, contexts and marks of the model. */
#include "model.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* There are at most 255 VMs and 1023 contexts: a search is short. */
static struct ns_model_vm *vm_find(const struct ns_model *m, unsigned int id)
{
	for (unsigned int i = 0; i < m->nr_vms; i++)
		if (m->vms[i].id == id)
			return &m->vms[i];
	return NULL;
}

static struct ns_model_ctx *ctx_find(const struct ns_model *m, unsigned int id)
{
	/* ids are handed out in order: most are where they belong */
	if (id && id <= m->nr_ctxs && m->ctxs[id - 1].id == id)
		return &m->ctxs[id - 1];
	for (unsigned int i = 0; i < m->nr_ctxs; i++)
		if (m->ctxs[i].id == id)
			return &m->ctxs[i];
	return NULL;
}

const struct ns_model_vm *ns_model_vm(const struct ns_model *m, unsigned int id)
{
	return vm_find(m, id);
}

const struct ns_model_ctx *ns_model_ctx(const struct ns_model *m, unsigned int id)
{
	return ctx_find(m, id);
}

/* Make room for one more; *array may move. */
static int grow(void **array, unsigned int nr, unsigned int *cap, size_t size)
{
	unsigned int want = *cap ? *cap * 2 : 8;
	void *p;

	if (nr < *cap)
		return 0;
	p = realloc(*array, want * size);
	if (!p)
		return -ENOMEM;
	*array = p;
	*cap = want;
	return 0;
}

int ns_model_put_vm(struct ns_model *m, const struct ns_model_vm *vm)
{
	struct ns_model_vm *have = vm_find(m, vm->id);
	void *array = m->vms;
	int rc;

	if (!vm->id || vm->id >= NS_MAX_VMS)
		return -EINVAL;
	if (!have) {
		rc = grow(&array, m->nr_vms, &m->vms_cap, sizeof(*m->vms));
		if (rc)
			return rc;
		m->vms = array;
		have = &m->vms[m->nr_vms++];
	}
	*have = *vm;
	return 0;
}

/* How many VMs of the same process were there before this id? */
static unsigned int siblings_before(const struct ns_model *m, const struct ns_vm_key *key,
				    unsigned int id)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < m->nr_vms && m->vms[i].id != id; i++)
		n += m->vms[i].key.pid == key->pid && m->vms[i].key.start_ns == key->start_ns;
	return n;
}

static size_t cmdline_len(const struct ns_vm *vm)
{
	size_t len = vm->cmdline_len < NS_CMDLINE ? vm->cmdline_len : NS_CMDLINE;

	while (len && !vm->cmdline[len - 1])
		len--;
	return len;
}

static void cmdline_text(char *buf, size_t size, const struct ns_vm *vm)
{
	char text[NS_CMDLINE];
	size_t len = cmdline_len(vm);

	for (size_t i = 0; i < len; i++)
		text[i] = vm->cmdline[i] ? vm->cmdline[i] : ' ';
	ns_escape(buf, size, text, len);
}

int ns_model_add_vm(struct ns_model *m, const struct ns_vm_key *key, const struct ns_vm *vm)
{
	const struct ns_model_vm *have = vm_find(m, vm->id);
	struct ns_model_vm new = { .id = (uint16_t)vm->id, .key = *key };
	unsigned int nth;
	size_t len;

	if (!vm->id || vm->id >= NS_MAX_VMS)
		return -EINVAL;
	if (have) {
		new.ended = have->ended;
		new.realm_before = have->realm_before;
	}
	/* leave room for "#255" */
	ns_vm_name(new.name, sizeof(new.name) - 5, vm, key->pid);
	cmdline_text(new.cmdline, sizeof(new.cmdline), vm);
	nth = siblings_before(m, key, vm->id);
	if (nth) {
		len = strlen(new.name);
		snprintf(new.name + len, sizeof(new.name) - len, "#%u", nth + 1);
	}
	return ns_model_put_vm(m, &new);
}

int ns_model_add_ctx(struct ns_model *m, const struct ns_ctx_key *key, uint16_t id)
{
	struct ns_model_ctx *ctx = ctx_find(m, id);
	void *array = m->ctxs;
	int rc;

	if (!id || id >= NS_MAX_CTXS || key->vm >= NS_MAX_VMS)
		return -EINVAL;
	if (!ctx) {
		rc = grow(&array, m->nr_ctxs, &m->ctxs_cap, sizeof(*m->ctxs));
		if (rc)
			return rc;
		m->ctxs = array;
		ctx = &m->ctxs[m->nr_ctxs++];
	}
	*ctx = (struct ns_model_ctx){
		.id = id,
		.vm = (uint16_t)key->vm,
		.vttbr = key->vttbr,
		.vtcr = key->vtcr,
		.s2_on = key->s2_on != 0,
	};
	return 0;
}

int ns_model_add_mark(struct ns_model *m, uint64_t ts, const char *text)
{
	unsigned int at = m->nr_marks;

	for (unsigned int i = 0; i < m->nr_marks; i++)
		if (m->marks[i].ts == ts && !strcmp(m->marks[i].text, text))
			return 0;
	if (m->nr_marks == NS_MAX_MARKS)
		return -ENOSPC;
	for (; at && m->marks[at - 1].ts > ts; at--)
		m->marks[at] = m->marks[at - 1];
	m->marks[at].ts = ts;
	snprintf(m->marks[at].text, sizeof(m->marks[at].text), "%s", text);
	m->nr_marks++;
	return 0;
}

int ns_model_take_names(struct ns_model *m, const struct ns_model *from)
{
	struct ns_ctx_key key;
	int rc = 0;

	for (unsigned int i = 0; !rc && i < from->nr_vms; i++)
		rc = ns_model_put_vm(m, &from->vms[i]);
	for (unsigned int i = 0; !rc && i < from->nr_ctxs; i++) {
		key = (struct ns_ctx_key){
			.vttbr = from->ctxs[i].vttbr,
			.vtcr = from->ctxs[i].vtcr,
			.vm = from->ctxs[i].vm,
			.s2_on = from->ctxs[i].s2_on,
		};
		rc = ns_model_add_ctx(m, &key, from->ctxs[i].id);
	}
	return rc;
}
