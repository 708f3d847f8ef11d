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

struct ns_kernbtf {
	struct btf *base;
	struct btf *module[NR_MODULES]; /* NULL: not loaded, or built in */
};

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
	for (size_t i = 0; i < NR_MODULES; i++)
		k->module[i] = btf__load_module_btf(kvm_modules[i], k->base);
	*out = k;
	return 0;
}

void ns_kernbtf_close(struct ns_kernbtf *k)
{
	if (!k)
		return;
	for (size_t i = 0; i < NR_MODULES; i++)
		btf__free(k->module[i]);
	btf__free(k->base);
	free(k);
}

/* Find name of a kind; *where is the BTF it is in. */
static int find(const struct ns_kernbtf *k, const char *name, uint32_t kind, struct btf **where)
{
	int id;

	/* A module's BTF contains its base's ids, so modules answer for both. */
	for (size_t i = 0; i < NR_MODULES; i++) {
		if (!k->module[i])
			continue;
		id = btf__find_by_name_kind(k->module[i], name, kind);
		if (id > 0) {
			*where = k->module[i];
			return id;
		}
	}
	*where = k->base;
	return btf__find_by_name_kind(k->base, name, kind);
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
