/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kernbtf.h: what the running kernel and its kvm modules have, by BTF.
 */
#ifndef NESTSCOPE_KERNBTF_H
#define NESTSCOPE_KERNBTF_H

#include <stdbool.h>
#include <stdint.h>

#include "error.h"

struct ns_kernbtf;

/* Load vmlinux's BTF and that of loaded kvm modules. -ENOENT: no BTF. */
int ns_kernbtf_open(struct ns_kernbtf **out, struct ns_error *err);
void ns_kernbtf_close(struct ns_kernbtf *k);

/* Is there a function (fentry) or a tracepoint (tp_btf) of that name? */
bool ns_kernbtf_has_func(const struct ns_kernbtf *k, const char *name);
bool ns_kernbtf_has_tracepoint(const struct ns_kernbtf *k, const char *name);

/* Number of arguments of a function, -1 when there is none of that name. */
int ns_kernbtf_nargs(const struct ns_kernbtf *k, const char *name);

/* Size of a structure in bytes, 0 if there is none of that name. */
uint32_t ns_kernbtf_struct_size(const struct ns_kernbtf *k, const char *name);

/*
 * How many pointers stand before the type of a member ("struct s **m" is 2);
 * -1 when structure or member do not exist.
 */
int ns_kernbtf_member_depth(const struct ns_kernbtf *k, const char *name, const char *member);

/*
 * Value of an enumerator that only one enum has; *value is left alone and
 * -ENOENT returned when there is none.  CO-RE cannot find it in an enum without
 * a name.
 */
int ns_kernbtf_enumerator(const struct ns_kernbtf *k, const char *name, uint32_t *value);

#endif
