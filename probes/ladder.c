// SPDX-License-Identifier: GPL-2.0-or-later
/* ladder.c: see ladder.h. */
#include "ladder.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rungs.h"

enum prog_state {
	PROG_UNWANTED,
	PROG_PLANNED,
	PROG_ABSENT, /* this kernel has no such target */
	PROG_UNFIT, /* it could not be loaded */
	PROG_REFUSED, /* it could not be attached */
	PROG_ATTACHED,
};

struct prog {
	const char *name; /* libbpf's */
	const char *section; /* "fentry/kvm_handle_guest_abort" */
	enum prog_state state;
	int err; /* errno of PROG_UNFIT and PROG_REFUSED */
	struct bpf_link *link;
	int fd; /* of the program, once attached; the object's */
};

struct ns_ladder {
	struct prog *progs;
	unsigned int nr;
	struct ns_ladder_want want;
	bool hardware; /* has_hardware() */
};

static struct prog *prog_find(const struct ns_ladder *l, const char *name)
{
	for (unsigned int i = 0; i < l->nr; i++)
		if (!strcmp(l->progs[i].name, name))
			return &l->progs[i];
	return NULL;
}

/* It is known that the program cannot be had. */
static bool prog_lost(const struct prog *p)
{
	return p->state == PROG_ABSENT || p->state == PROG_UNFIT || p->state == PROG_REFUSED;
}

/* It is in the plan, or attached already. */
static bool prog_used(const struct ns_ladder *l, const char *name)
{
	const struct prog *p = prog_find(l, name);

	return p && (p->state == PROG_PLANNED || p->state == PROG_ATTACHED);
}

/* Does this kernel have what the program attaches to? */
static bool target_exists(const char *section, const struct ns_kernbtf *btf)
{
	const char *target = strchr(section, '/');

	if (!target)
		return false;
	target++;
	if (!strncmp(section, "tp_btf/", 7))
		return ns_kernbtf_has_tracepoint(btf, target);
	return ns_kernbtf_has_func(btf, target);
}

/* Are the arguments before the return value those the program expects? */
static bool proto_fits(const struct prog *p, const struct ns_kernbtf *btf)
{
	for (unsigned int i = 0; i < ns_nr_protos; i++)
		if (!strcmp(ns_protos[i].prog, p->name))
			return ns_kernbtf_nargs(btf, strchr(p->section, '/') + 1) ==
			       ns_protos[i].nargs;
	return true;
}

static void plan_prog(struct ns_ladder *l, const char *name, const struct ns_kernbtf *btf)
{
	struct prog *p = prog_find(l, name);

	if (!p || p->state != PROG_UNWANTED)
		return;
	p->state = !target_exists(p->section, btf) ? PROG_ABSENT :
		   proto_fits(p, btf)		   ? PROG_PLANNED :
						     PROG_UNFIT;
	p->err = EINVAL; /* of PROG_UNFIT */
}

#ifdef __x86_64__
#define NS_ARCH_HERE NS_ARCH_X86
#else
#define NS_ARCH_HERE NS_ARCH_ARM64
#endif

static bool cpu_is_intel(void)
{
#ifdef __x86_64__
	return __builtin_cpu_is("intel");
#else
	return false;
#endif
}

/* x86: SVM or VMX.  KVM without them (kvm_pvm) emulates what would exit. */
static bool has_hardware(void)
{
#ifdef __x86_64__
	char line[4096];
	bool found = false;
	FILE *f = fopen("/proc/cpuinfo", "re");

	while (f && !found && fgets(line, sizeof(line), f))
		found = !strncmp(line, "flags", 5) &&
			(strstr(line, " svm ") || strstr(line, " vmx "));
	if (f)
		fclose(f);
	return found;
#else
	return true;
#endif
}

static bool rung_is_here(const struct ns_rung *r)
{
	return r->arch == NS_ARCH_ANY || r->arch == NS_ARCH_HERE;
}

/* Does it make sense at all, here and for what the user wants? */
static bool helper_wanted(const struct ns_ladder *l, const struct ns_helper *h)
{
	return (l->want.whole || !h->whole) && (!h->intel || cpu_is_intel());
}

/* It has a twin, earlier in the list, that does the same and can be had. */
static bool helper_spare(const struct ns_ladder *l, const struct ns_rung *r, int k)
{
	if (!r->helpers[k].alt)
		return false;
	for (int i = 0; i < k; i++)
		if (!strcmp(r->helpers[i].prog, r->helpers[k].alt) &&
		    prog_used(l, r->helpers[i].prog))
			return true;
	return false;
}

/* Did the user ask for it, as far as that is needed? */
static bool rung_allowed(const struct ns_ladder *l, const struct ns_rung *r)
{
	if (!rung_is_here(r) || (r->hardware && !l->hardware))
		return false;
	if (!(l->want.events & 1ULL << r->event) || (r->kind == NS_RUNG_NV && l->want.no_nv))
		return false;
	return !r->asked || l->want.asked || (r->asked_with && !prog_used(l, r->asked_with));
}

static bool rung_possible(const struct ns_ladder *l, const struct ns_rung *r)
{
	if (!rung_allowed(l, r))
		return false;
	for (int i = 0; i < NS_MAX_PROGS && r->progs[i]; i++) {
		const struct prog *p = prog_find(l, r->progs[i]);

		if (!p || prog_lost(p))
			return false;
	}
	return true;
}

/* The first of an event's rungs that can be had. */
static bool rung_chosen(const struct ns_ladder *l, const struct ns_rung *r)
{
	for (const struct ns_rung *b = ns_rungs; b < r; b++)
		if (b->event == r->event && rung_possible(l, b))
			return false;
	return rung_possible(l, r);
}

static bool prog_attached(const struct ns_ladder *l, const char *name)
{
	const struct prog *p = prog_find(l, name);

	return p && p->state == PROG_ATTACHED;
}

static bool rung_attached(const struct ns_ladder *l, const struct ns_rung *r)
{
	for (int i = 0; i < NS_MAX_PROGS && r->progs[i]; i++)
		if (!prog_attached(l, r->progs[i]))
			return false;
	return true;
}

static void plan_rung(struct ns_ladder *l, const struct ns_rung *r, const struct ns_kernbtf *btf)
{
	if (!rung_allowed(l, r))
		return;
	for (int i = 0; i < NS_MAX_PROGS && r->progs[i]; i++)
		plan_prog(l, r->progs[i], btf);
	if (!rung_chosen(l, r))
		return;
	for (int i = 0; i < NS_MAX_PROGS && r->helpers[i].prog; i++)
		if (helper_wanted(l, &r->helpers[i]) && !helper_spare(l, r, i))
			plan_prog(l, r->helpers[i].prog, btf);
}

/* A program that only a rung asked for that was not chosen would load for nothing. */
static void unplan_unused(struct ns_ladder *l)
{
	for (unsigned int i = 0; i < l->nr; i++) {
		struct prog *p = &l->progs[i];
		bool used = false;

		for (unsigned int j = 0; j < ns_nr_rungs && !used; j++) {
			const struct ns_rung *r = &ns_rungs[j];

			if (!rung_chosen(l, r))
				continue;
			for (int k = 0; k < NS_MAX_PROGS && !used; k++)
				used = (r->progs[k] && !strcmp(r->progs[k], p->name)) ||
				       (r->helpers[k].prog && !helper_spare(l, r, k) &&
					!strcmp(r->helpers[k].prog, p->name));
		}
		if (!used && p->state == PROG_PLANNED)
			p->state = PROG_UNWANTED;
	}
}

int ns_ladder_new(struct ns_ladder **out, struct bpf_object *obj, struct ns_error *err)
{
	struct ns_ladder *l = calloc(1, sizeof(*l));
	struct bpf_program *prog;

	if (l)
		bpf_object__for_each_program (prog, obj)
			l->nr++;
	if (l)
		l->progs = calloc(l->nr, sizeof(*l->progs));
	if (!l || !l->progs) {
		free(l);
		return ns_error(err, -ENOMEM, NS_EXIT_FAIL, "out of memory");
	}
	l->nr = 0;
	l->hardware = has_hardware();
	bpf_object__for_each_program (prog, obj) {
		l->progs[l->nr].name = bpf_program__name(prog);
		l->progs[l->nr++].section = bpf_program__section_name(prog);
	}
	*out = l;
	return 0;
}

void ns_ladder_plan(struct ns_ladder *l, struct bpf_object *obj, const struct ns_kernbtf *btf,
		    const struct ns_ladder_want *want)
{
	struct bpf_program *prog;

	l->want = *want;
	for (unsigned int i = 0; i < ns_nr_rungs; i++)
		plan_rung(l, &ns_rungs[i], btf);
	unplan_unused(l);
	bpf_object__for_each_program (prog, obj)
		bpf_program__set_autoload(prog, ns_ladder_wants(l, bpf_program__name(prog)));
}

int ns_ladder_refuse(struct ns_ladder *l, const char *name, int err)
{
	struct prog *p = prog_find(l, name);

	if (!p)
		return -ENOENT;
	p->state = PROG_UNFIT;
	p->err = err;
	return 0;
}

bool ns_ladder_wants(const struct ns_ladder *l, const char *name)
{
	const struct prog *p = prog_find(l, name);

	return p && p->state == PROG_PLANNED;
}

static void attach_prog(struct ns_ladder *l, struct bpf_object *obj, const char *name)
{
	struct prog *p = prog_find(l, name);
	struct bpf_program *prog;

	if (!p || p->state != PROG_PLANNED)
		return;
	prog = bpf_object__find_program_by_name(obj, p->name);
	p->link = prog ? bpf_program__attach(prog) : NULL;
	if (p->link) {
		p->state = PROG_ATTACHED;
		p->fd = bpf_program__fd(prog);
	} else {
		p->state = PROG_REFUSED;
		p->err = errno;
	}
}

/* The order does not matter: nothing is collected until all are on. */
void ns_ladder_attach(struct ns_ladder *l, struct bpf_object *obj, bool whole)
{
	for (const struct ns_rung *r = ns_rungs; r < ns_rungs + ns_nr_rungs; r++) {
		if (!rung_chosen(l, r))
			continue;
		for (int i = 0; i < NS_MAX_PROGS && r->progs[i]; i++)
			attach_prog(l, obj, r->progs[i]);
		for (int i = 0; i < NS_MAX_PROGS && r->helpers[i].prog; i++)
			if (whole || !r->helpers[i].whole)
				attach_prog(l, obj, r->helpers[i].prog);
	}
}

void ns_ladder_detach(struct ns_ladder *l)
{
	for (unsigned int i = 0; i < l->nr; i++) {
		bpf_link__destroy(l->progs[i].link);
		l->progs[i].link = NULL;
	}
}

/* ---- what the kernel left out ---- */

/* Does the event come from this program, or is part of it from there? */
static bool rung_uses(const struct ns_rung *r, const char *prog)
{
	for (int i = 0; i < NS_MAX_PROGS && r->progs[i]; i++)
		if (!strcmp(r->progs[i], prog))
			return true;
	for (int i = 0; i < NS_MAX_PROGS && r->helpers[i].prog; i++)
		if (!strcmp(r->helpers[i].prog, prog))
			return true;
	return false;
}

/* False: the kernel does not tell. */
static bool prog_missed(const struct prog *p, uint64_t *missed)
{
	struct bpf_prog_info info = { 0 };
	__u32 len = sizeof(info);

	*missed = 0;
	if (bpf_obj_get_info_by_fd(p->fd, &info, &len) ||
	    len < offsetof(struct bpf_prog_info, recursion_misses) + sizeof(info.recursion_misses))
		return false;
	*missed = info.recursion_misses;
	return true;
}

bool ns_ladder_missed(const struct ns_ladder *l, uint64_t missed[NS_NR_EVENTS])
{
	bool known = true;
	uint64_t n;

	memset(missed, 0, NS_NR_EVENTS * sizeof(*missed));
	for (const struct prog *p = l->progs; p < l->progs + l->nr; p++) {
		if (p->state != PROG_ATTACHED)
			continue;
		known &= prog_missed(p, &n);
		/* mostly none: who uses it need not be known then */
		for (unsigned int i = 0; n && i < ns_nr_rungs; i++)
			if (rung_uses(&ns_rungs[i], p->name) && rung_chosen(l, &ns_rungs[i]))
				missed[ns_rungs[i].event] += n;
	}
	return known;
}

/* ---- what doctor says ---- */

static const char *target_of(const struct prog *p)
{
	const char *slash = strchr(p->section, '/');

	return slash ? slash + 1 : p->section;
}

/* Why a program is not there, with the remedy. */
static void why_not(const struct prog *p, char *note, size_t size)
{
	bool fentry = !strncmp(p->section, "fentry/", 7) || !strncmp(p->section, "fexit/", 6);
	const char *kind = fentry ? "function" : "tracepoint";

	if (p->state == PROG_ABSENT)
		snprintf(note, size, "%s %s is not in this kernel", kind, target_of(p));
	else if (fentry && (p->err == EPERM || p->err == EACCES || p->err == EOPNOTSUPP))
		snprintf(note, size,
			 "fentry %s refused: %s (this kernel needs "
			 "CONFIG_DYNAMIC_FTRACE_WITH_DIRECT_CALLS=y)",
			 target_of(p), strerror(p->err));
	else if (p->state == PROG_UNFIT)
		snprintf(note, size,
			 "%s %s has other arguments in this kernel, or hides what is "
			 "needed (%s)",
			 kind, target_of(p), strerror(p->err));
	else
		snprintf(note, size, "%s %s refused: %s", fentry ? "fentry" : kind, target_of(p),
			 strerror(p->err));
}

static void describe_off(const struct ns_ladder *l, const struct ns_rung *r,
			 struct ns_provider *out)
{
	snprintf(out->by, sizeof(out->by), "-");
	out->state = NS_STATE_OFF;
	if (r->hardware && !l->hardware) {
		snprintf(out->note, sizeof(out->note),
			 "this KVM does without SVM and VMX: its guests never exit for it");
		return;
	}
	if (!rung_allowed(l, r)) {
		snprintf(out->note, sizeof(out->note), "%s%s", r->asked ? "only with -e: " : "",
			 r->asked ? r->asked : "left out by --no-kvm-nv");
		return;
	}
	for (int i = 0; i < NS_MAX_PROGS && r->progs[i]; i++) {
		const struct prog *p = prog_find(l, r->progs[i]);

		if (!p || !prog_lost(p))
			continue;
		if (r->absent && p->state == PROG_ABSENT)
			snprintf(out->note, sizeof(out->note), "%s", r->absent);
		else
			why_not(p, out->note, sizeof(out->note));
		return;
	}
}

/* Of what an exit of the hardware begins: what VMX gives was never compared with a guest. */
static const char untested_vmx[] = "untested: VMX is from KVM's source, never run on such a CPU";

static void describe_rung(const struct ns_ladder *l, const struct ns_rung *r,
			  struct ns_provider *out)
{
	const char *limit = r->limit ? r->limit : r->hardware && cpu_is_intel() ? untested_vmx : "";
	size_t len;

	snprintf(out->by, sizeof(out->by), "%s", r->by);
	out->state = *limit ? NS_STATE_PARTIAL : NS_STATE_OK;
	len = (size_t)snprintf(out->note, sizeof(out->note), "%s", limit);
	for (int i = 0; i < NS_MAX_PROGS && r->helpers[i].prog; i++) {
		const char *without = r->helpers[i].without, *alt = r->helpers[i].alt;
		const char *before = !len ? "not seen: " :
				     strstr(out->note, "not seen: ") ? ", " : "; not seen: ";

		/* one that is planned still is put off, not missing */
		if (prog_used(l, r->helpers[i].prog) || (alt && prog_used(l, alt)) ||
		    strstr(out->note, without) || !helper_wanted(l, &r->helpers[i]))
			continue;
		out->state = NS_STATE_PARTIAL;
		len += (size_t)snprintf(out->note + len, sizeof(out->note) - len, "%s%s",
					before, without);
		if (len >= sizeof(out->note))
			break;
	}
}

/* The best rung of an event, or why the last of them is not there. */
static void describe_event(const struct ns_ladder *l, enum ns_event_id event,
			   struct ns_provider *out)
{
	snprintf(out->by, sizeof(out->by), "-");
	snprintf(out->note, sizeof(out->note), "%s only",
		 NS_ARCH_HERE == NS_ARCH_X86 ? "arm64" : "x86");
	for (const struct ns_rung *r = ns_rungs; r < ns_rungs + ns_nr_rungs; r++) {
		if (r->event != event || !rung_is_here(r))
			continue;
		if (rung_attached(l, r)) {
			describe_rung(l, r, out);
			return;
		}
		describe_off(l, r, out);
	}
}

void ns_ladder_providers(const struct ns_ladder *l, struct ns_provider *provider)
{
	memset(provider, 0, NS_NR_EVENTS * sizeof(*provider));
	for (int ev = 0; ev < NS_NR_EVENTS; ev++) {
		if (l->want.events & 1ULL << ev) {
			describe_event(l, (enum ns_event_id)ev, &provider[ev]);
			continue;
		}
		snprintf(provider[ev].by, sizeof(provider[ev].by), "-");
		snprintf(provider[ev].note, sizeof(provider[ev].note), "not asked for");
	}
}

void ns_ladder_free(struct ns_ladder *l)
{
	if (!l)
		return;
	ns_ladder_detach(l);
	free(l->progs);
	free(l);
}
