// SPDX-License-Identifier: GPL-2.0-or-later
/* kernbtf.c: see kernbtf.h.  KVM is often a module: its types are in its own BTF. */
#include "kernbtf.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/btf.h>

static const char *const kvm_modules[] = { "kvm", "kvm_amd", "kvm_intel", "kvm_pvm" };
#define NR_MODULES (sizeof(kvm_modules) / sizeof(kvm_modules[0]))

/*
 * Names to ids.  A kernel has more than 100,000 types, which libbpf goes through
 * for each name; some hundred names are asked for.
 */
struct names {
	uint32_t *slot; /* ids, 0: empty */
	uint32_t mask; /* slots - 1 */
};

struct ns_kernbtf {
	struct btf *base;
	struct btf *module[NR_MODULES]; /* NULL: not loaded, or built in */
	struct names names, module_names[NR_MODULES]; /* without the base's */
};

static uint32_t hash(const char *name, uint32_t kind)
{
	uint32_t h = 2166136261U ^ kind; /* FNV-1a */

	for (; *name; name++)
		h = (h ^ (uint8_t)*name) * 16777619U;
	return h;
}

/* Where the type is, or the empty slot where it belongs. */
static uint32_t *slot_of(const struct names *n, const struct btf *b, const char *name,
			 uint32_t kind)
{
	uint32_t i = hash(name, kind) & n->mask;
	const struct btf_type *t;

	for (; n->slot[i]; i = (i + 1) & n->mask) {
		t = btf__type_by_id(b, n->slot[i]);
		if (btf_kind(t) == kind && !strcmp(btf__name_by_offset(b, t->name_off), name))
			break;
	}
	return &n->slot[i];
}

/* Only the kinds, and of typedefs only those, that somebody asks for. */
static bool is_asked(uint32_t kind, const char *name)
{
	return kind == BTF_KIND_FUNC || kind == BTF_KIND_STRUCT ||
	       (kind == BTF_KIND_TYPEDEF && !strncmp(name, "btf_trace_", 10));
}

static int names_build(struct names *n, const struct btf *b, uint32_t from)
{
	uint32_t end = btf__type_cnt(b), size = 64, *slot;

	while (size < (end - from) * 2)
		size *= 2;
	n->slot = calloc(size, sizeof(*n->slot));
	n->mask = size - 1;
	for (uint32_t id = from; n->slot && id < end; id++) {
		const struct btf_type *t = btf__type_by_id(b, id);
		const char *name = btf__name_by_offset(b, t->name_off);

		if (!is_asked(btf_kind(t), name))
			continue;
		slot = slot_of(n, b, name, btf_kind(t));
		if (!*slot) /* the first of a name, as libbpf has it */
			*slot = id;
	}
	return n->slot ? 0 : -ENOMEM;
}

int ns_kernbtf_open(struct ns_kernbtf **out, struct ns_error *err)
{
	struct ns_kernbtf *k = calloc(1, sizeof(*k));
	int rc;

	if (!k)
		return ns_error(err, -ENOMEM, NS_EXIT_FAIL, "out of memory");
	k->base = btf__load_vmlinux_btf();
	if (!k->base) {
		rc = -errno;
		free(k);
		return ns_error(
			err, rc, NS_EXIT_SYSTEM,
			"/sys/kernel/btf/vmlinux: %s: this kernel has no BTF; nestscope needs "
			"one built with CONFIG_DEBUG_INFO_BTF=y (distribution kernels have it)",
			strerror(-rc));
	}
	rc = names_build(&k->names, k->base, 1);
	for (size_t i = 0; i < NR_MODULES && !rc; i++) {
		k->module[i] = btf__load_module_btf(kvm_modules[i], k->base);
		if (k->module[i])
			rc = names_build(&k->module_names[i], k->module[i],
					 btf__type_cnt(k->base));
	}
	if (rc) {
		ns_kernbtf_close(k);
		return ns_error(err, rc, NS_EXIT_FAIL, "out of memory");
	}
	*out = k;
	return 0;
}

void ns_kernbtf_close(struct ns_kernbtf *k)
{
	if (!k)
		return;
	for (size_t i = 0; i < NR_MODULES; i++) {
		btf__free(k->module[i]);
		free(k->module_names[i].slot);
	}
	free(k->names.slot);
	btf__free(k->base);
	free(k);
}

/* Find name of a kind; *where is the BTF it is in. */
static int find(const struct ns_kernbtf *k, const char *name, uint32_t kind, struct btf **where)
{
	uint32_t id;

	for (size_t i = 0; i < NR_MODULES; i++) {
		if (!k->module[i])
			continue;
		id = *slot_of(&k->module_names[i], k->module[i], name, kind);
		if (id) {
			*where = k->module[i];
			return (int)id;
		}
	}
	*where = k->base;
	id = *slot_of(&k->names, k->base, name, kind);
	return id ? (int)id : -ENOENT;
}

bool ns_kernbtf_has_func(const struct ns_kernbtf *k, const char *name)
{
	struct btf *where;

	return find(k, name, BTF_KIND_FUNC, &where) > 0;
}

bool ns_kernbtf_has_tracepoint(const struct ns_kernbtf *k, const char *name)
{
	struct btf *where;
	char type[128];

	snprintf(type, sizeof(type), "btf_trace_%s", name);
	return find(k, type, BTF_KIND_TYPEDEF, &where) > 0;
}

int ns_kernbtf_nargs(const struct ns_kernbtf *k, const char *name)
{
	struct btf *where;
	int id = find(k, name, BTF_KIND_FUNC, &where);

	return id > 0 ? btf_vlen(btf__type_by_id(where, btf__type_by_id(where, id)->type)) : -1;
}

uint32_t ns_kernbtf_struct_size(const struct ns_kernbtf *k, const char *name)
{
	struct btf *where;
	int id = find(k, name, BTF_KIND_STRUCT, &where);

	return id > 0 ? btf__type_by_id(where, id)->size : 0;
}

int ns_kernbtf_member_depth(const struct ns_kernbtf *k, const char *name, const char *member)
{
	struct btf *where;
	int id = find(k, name, BTF_KIND_STRUCT, &where);
	const struct btf_type *t;
	const struct btf_member *m;

	if (id <= 0)
		return -1;
	t = btf__type_by_id(where, id);
	m = btf_members(t);
	for (int i = 0; i < btf_vlen(t); i++, m++) {
		const struct btf_type *mt;
		int depth = 0;

		if (strcmp(btf__name_by_offset(where, m->name_off), member))
			continue;
		for (mt = btf__type_by_id(where, m->type); btf_is_ptr(mt) || btf_is_mod(mt);
		     mt = btf__type_by_id(where, mt->type))
			depth += btf_is_ptr(mt);
		return depth;
	}
	return -1;
}

static int enumerator_in(const struct btf *btf, const char *name, uint32_t *value)
{
	for (uint32_t id = 1; id < btf__type_cnt(btf); id++) {
		const struct btf_type *t = btf__type_by_id(btf, id);
		const struct btf_enum *e = btf_enum(t);

		if (!btf_is_enum(t))
			continue;
		for (int i = 0; i < btf_vlen(t); i++, e++)
			if (!strcmp(btf__name_by_offset(btf, e->name_off), name)) {
				*value = (uint32_t)e->val;
				return 0;
			}
	}
	return -ENOENT;
}

int ns_kernbtf_enumerator(const struct ns_kernbtf *k, const char *name, uint32_t *value)
{
	for (size_t i = 0; i < NR_MODULES; i++)
		if (k->module[i] && !enumerator_in(k->module[i], name, value))
			return 0;
	return enumerator_in(k->base, name, value);
}
