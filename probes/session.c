// SPDX-License-Identifier: GPL-2.0-or-later
/* session.c: open, attach, start, stop; reading is in session_read.c. */
#include "session_priv.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/membarrier.h>

#define MIN_SET_BITS 16 /* bpf/cause.bpf.h packs page numbers on this */
#define MAX_SET_BITS 24
#define SHADOW_PAGES (1U << 17) /* x86: shadow pages remembered; 2 MB of guest each, or more */

/* ---- libbpf's messages: kept for the error text, not printed ---- */

static char libbpf_said[256];
static char culprit[64]; /* the program at which loading stopped */

/*
 * On failure libbpf unloads everything; which program was refused is only in
 * its message.
 */
static int keep_message(enum libbpf_print_level level, const char *fmt, va_list ap)
{
	char line[256];
	va_list again;

	va_copy(again, ap);
	vsnprintf(line, sizeof(line), fmt, again);
	va_end(again);
	if (level == LIBBPF_WARN && !libbpf_said[0])
		snprintf(libbpf_said, sizeof(libbpf_said), "%s", line);
	if (level == LIBBPF_WARN && strstr(line, "failed to load"))
		sscanf(line, "libbpf: prog '%63[^']'", culprit);
	return getenv("NESTSCOPE_DEBUG") ? vfprintf(stderr, fmt, ap) : 0;
}

/* ---- opening ---- */

static unsigned int set_bits(unsigned int history_pages)
{
	unsigned int bits = MIN_SET_BITS;

	while (bits < MAX_SET_BITS && (uint64_t)NS_WAYS << bits < history_pages)
		bits++;
	return bits;
}

static void configure_rings(struct ns_session *s)
{
	s->skel->rodata->cfg_rings_mask = s->nr_rings - 1;
	s->skel->rodata->cfg_ring_places = (uint32_t)s->ring_size - 8;
	bpf_map__set_max_entries(s->skel->maps.rings, s->nr_rings);
	bpf_map__set_value_size(s->skel->maps.rings, (uint32_t)NS_RING_BYTES(s->ring_size));
}

/* Settings that must be in place before loading. */
static void configure(struct ns_session *s)
{
	const struct ns_session_opts *o = &s->opts;
	struct nestscope_bpf__rodata *ro = s->skel->rodata;
	bool nv = ns_ladder_wants(s->ladder, "nv_s2_fault");
	bool nv_ctx = ns_ladder_wants(s->ladder, "nv_s2_mmu_get");
	bool pages = ns_ladder_wants(s->ladder, "x86_page_get") ||
		     ns_ladder_wants(s->ladder, "x86_page_get_proc");
	bool causes = nv || pages || ns_ladder_wants(s->ladder, "s2_fault_enter");
	unsigned int bits = set_bits(o->history_pages);

	ro->cfg_mode = o->mode;
	ro->cfg_events = s->events;
	ro->cfg_pid = (uint32_t)o->pid;
	ro->cfg_vcpu = o->vcpu < 0 ? NS_NO_VCPU : (uint32_t)o->vcpu;
	ro->cfg_min_ns = o->min_ns;
	ro->cfg_causes = o->causes ? (uint32_t)o->causes : ~0U;
	ro->cfg_sample = o->sample ? o->sample : 1;
	ro->cfg_filters = o->pid || o->vcpu >= 0 || o->min_ns || o->causes || ro->cfg_sample > 1;
	ro->cfg_seen = !(o->mode & NS_MODE_COUNT) || ro->cfg_sample > 1;
	ro->cfg_page_shift = (uint32_t)__builtin_ctzl((unsigned long)sysconf(_SC_PAGESIZE));
	ro->cfg_set_bits = bits;
	ro->cfg_set_mask = (1U << bits) - 1;
	ro->cfg_mmus_indirect = ns_kernbtf_member_depth(s->btf, "kvm_arch", "nested_mmus") == 2;
	ro->cfg_mmu_size = ns_kernbtf_struct_size(s->btf, "kvm_s2_mmu");
	ro->cfg_sees_ctx = nv_ctx || pages || ns_ladder_wants(s->ladder, "s2_lookup");
	ro->cfg_nv_fault = nv;
	ro->cfg_sees_map =
		ns_ladder_wants(s->ladder, "s2_map") && ns_ladder_wants(s->ladder, "s2_relax");
	if (ns_ladder_wants(s->ladder, "x86_fast"))
		ns_kernbtf_enumerator(s->btf, "RET_PF_FIXED", &ro->cfg_pf_fixed);

	bpf_map__set_max_entries(s->skel->maps.shadow_pages, pages ? SHADOW_PAGES : 1);
	bpf_map__set_max_entries(s->skel->maps.shadow_tables, pages ? SHADOW_PAGES : 1);
	bpf_map__set_max_entries(s->skel->maps.slots,
				 nv || nv_ctx ? NS_MAX_VMS * NS_MAX_POOL : 1);
	bpf_map__set_max_entries(s->skel->maps.pages, causes ? 1U << bits : 1);
	if (!causes)
		bpf_map__set_max_entries(s->skel->maps.unmaps, 1);
	configure_rings(s);
}

static int refuse_privilege(struct ns_error *err, int rc)
{
	char missing[64];

	ns_missing_caps(missing, sizeof(missing));
	if (missing[0])
		return ns_error(err, rc, NS_EXIT_PRIVILEGE,
				"not permitted to load BPF programs: %s missing; run as root "
				"(sudo nestscope ...) or give the binary these capabilities",
				missing);
	if (!ns_sees_modules() && !access("/sys/kernel/btf/kvm", F_OK))
		return ns_error(err, rc, NS_EXIT_PRIVILEGE,
				"not permitted to load BPF programs: CAP_SYS_ADMIN missing: KVM is a "
				"module here, and nothing less sees a module's types; run as root");
	return ns_error(
		err, rc, NS_EXIT_PRIVILEGE,
		"the kernel refused to load BPF programs (%s); see nestscope doctor: lockdown "
		"or a container's seccomp filter",
		strerror(-rc));
}

static int load_error(const struct ns_session *s, struct ns_error *err, int rc)
{
	if (rc == -EPERM || rc == -EACCES)
		return refuse_privilege(err, rc);
	if (strstr(libbpf_said, "map 'rings'"))
		return ns_session_ring_error(s, rc, err);
	return ns_error(err, rc, NS_EXIT_SYSTEM, "cannot load the BPF programs: %s%s%s",
			strerror(-rc), libbpf_said[0] ? ": " : "", libbpf_said);
}

static int open_object(struct ns_session *s, struct ns_error *err)
{
	LIBBPF_OPTS(bpf_object_open_opts, opts);

	/*
	 * To look for types in modules takes CAP_SYS_ADMIN, and Debian 12's libbpf gives
	 * up without it.  With a file for the kernel's BTF it does not look.
	 */
	if (!ns_sees_modules())
		opts.btf_custom_path = NS_VMLINUX_BTF;
	libbpf_said[0] = culprit[0] = '\0';
	s->skel = nestscope_bpf__open_opts(&opts);
	if (!s->skel)
		return ns_error(err, -errno, NS_EXIT_FAIL, "cannot open the BPF object: %s",
				strerror(errno));
	return 0;
}

#define MAX_REFUSED 96

struct refusals {
	struct {
		char name[64];
		int err;
	} by[MAX_REFUSED];
	unsigned int nr;
};

static void refuse(struct refusals *r, const char *prog, int err)
{
	for (unsigned int i = 0; i < r->nr; i++)
		if (!strcmp(r->by[i].name, prog))
			return;
	if (r->nr == MAX_REFUSED)
		return;
	snprintf(r->by[r->nr].name, sizeof(r->by[0].name), "%s", prog);
	r->by[r->nr++].err = err;
}

static bool is_fentry(const struct bpf_program *prog)
{
	const char *section = prog ? bpf_program__section_name(prog) : "";

	return !strncmp(section, "fentry/", 7) || !strncmp(section, "fexit/", 6);
}

/* Not allowed here, whatever privileges one has: then none of them is. */
static bool refuse_fentry(struct refusals *r, struct bpf_object *obj)
{
	struct bpf_program *prog;

	if (!is_fentry(bpf_object__find_program_by_name(obj, culprit)))
		return false;
	bpf_object__for_each_program (prog, obj)
		if (is_fentry(prog))
			refuse(r, bpf_program__name(prog), EPERM);
	return true;
}

/*
 * A program with a twin for kernels that hide kvm_running_vcpu was refused for
 * that: so will all that have one.  Each try to load takes most of a second.
 */
static void refuse_same(struct refusals *r, struct bpf_object *obj)
{
	struct bpf_program *prog;
	char twin[80];

	snprintf(twin, sizeof(twin), "%s_proc", culprit);
	if (!bpf_object__find_program_by_name(obj, twin))
		return;
	bpf_object__for_each_program (prog, obj) {
		snprintf(twin, sizeof(twin), "%s_proc", bpf_program__name(prog));
		if (bpf_object__find_program_by_name(obj, twin))
			refuse(r, bpf_program__name(prog), ENOENT);
	}
}

/*
 * Load; when one program is refused (a helper or a type this kernel lacks)
 * leave it out and try again, so that one missing rung never fails the rest.
 */
static int load_object(struct ns_session *s, struct ns_error *err)
{
	struct ns_ladder_want want = {
		.events = s->events,
		.asked = s->opts.events,
		.whole = s->opts.mode & NS_MODE_RECORD && !s->opts.bare,
		.no_nv = s->opts.no_nv,
	};
	struct refusals r = { .nr = 0 };
	int rc = ns_session_plan_rings(s, err);

	if (rc)
		return rc;
	for (;;) {
		rc = open_object(s, err);
		if (!rc)
			rc = ns_ladder_new(&s->ladder, s->skel->obj, err);
		if (rc)
			return rc;
		for (unsigned int i = 0; i < r.nr; i++)
			ns_ladder_refuse(s->ladder, r.by[i].name, r.by[i].err);
		ns_ladder_plan(s->ladder, s->skel->obj, s->btf, &want);
		configure(s);
		rc = nestscope_bpf__load(s->skel);
		if (!rc)
			return 0;
		/* A map, or no capability: no program is to blame. */
		if (!culprit[0] || r.nr == MAX_REFUSED ||
		    (rc == -EPERM && !refuse_fentry(&r, s->skel->obj)))
			return load_error(s, err, rc);
		refuse(&r, culprit, -rc);
		if (rc == -ENOENT)
			refuse_same(&r, s->skel->obj);
		ns_ladder_free(s->ladder);
		s->ladder = NULL;
		nestscope_bpf__destroy(s->skel);
		s->skel = NULL;
	}
}

static int nothing_attached(struct ns_session *s, struct ns_error *err)
{
	char missing[64];

	for (int i = 0; i < NS_NR_EVENTS; i++)
		if (s->provider[i].state != NS_STATE_OFF)
			return 0;
	if (ns_missing_caps(missing, sizeof(missing))[0])
		return refuse_privilege(err, -EPERM);
	for (int i = 0; i < NS_NR_EVENTS; i++)
		if (s->events & 1ULL << i)
			return ns_error(err, -ENOENT, NS_EXIT_SYSTEM,
					"none of the events asked for can be had here: %s: %s; "
					"see nestscope doctor",
					ns_events[i].key, s->provider[i].note);
	return ns_error(err, -EINVAL, NS_EXIT_USAGE, "no event asked for");
}

static int open_session(struct ns_session *s, struct ns_error *err)
{
	char missing[64];
	int rc;

	if (ns_missing_caps(missing, sizeof(missing))[0])
		return refuse_privilege(err, -EPERM);
	if (!ns_have_kvm())
		return ns_error(
			err, -ENODEV, NS_EXIT_SYSTEM,
			"no KVM here: /dev/kvm does not exist; load the module (modprobe "
			"kvm_intel, "
			"kvm_amd) or wait for it (--wait), or boot an arm64 kernel at EL2, then try "
			"nestscope doctor");
	rc = ns_kernbtf_open(&s->btf, err);
	if (!rc)
		rc = load_object(s, err);
	if (rc)
		return rc;
	ns_ladder_attach(s->ladder, s->skel->obj, !(s->opts.mode & NS_MODE_SWITCH));
	ns_ladder_providers(s->ladder, s->provider);
	ns_kernbtf_close(s->btf); /* some megabytes that nobody asks any more */
	s->btf = NULL;
	rc = nothing_attached(s, err);
	if (rc)
		return rc;
	if (s->opts.mode & NS_MODE_RECORD && !(s->opts.mode & NS_MODE_SWITCH))
		return ns_session_open_rings(s, err);
	return 0;
}

static struct ns_session *session_new(const struct ns_session_opts *opts)
{
	struct ns_session *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->opts = *opts;
	s->events = opts->events ? opts->events : (1ULL << NS_NR_EVENTS) - 1;
	libbpf_set_strict_mode(LIBBPF_STRICT_ALL);
	libbpf_set_print(keep_message);
	return s;
}

int ns_session_open(struct ns_session **out, const struct ns_session_opts *opts,
		    struct ns_error *err)
{
	struct ns_session *s = session_new(opts);
	int rc;

	if (!s)
		return ns_error(err, -ENOMEM, NS_EXIT_FAIL, "out of memory");
	rc = open_session(s, err);
	if (rc) {
		ns_session_close(s);
		return rc;
	}
	*out = s;
	return 0;
}

void ns_session_start(struct ns_session *s)
{
	s->start_ns = ns_now();
	s->end_ns = 0;
	s->missed_known = ns_ladder_missed(s->ladder, s->missed_before);
	__atomic_store_n(&s->skel->bss->on, 1, __ATOMIC_SEQ_CST);
}

void ns_session_stop(struct ns_session *s)
{
	if (!s->skel->bss->on)
		return;
	__atomic_store_n(&s->skel->bss->on, 0, __ATOMIC_SEQ_CST);
	s->end_ns = ns_now();
	/* Programs run under RCU: after this none is still half way. */
	syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0);
	ns_ladder_missed(s->ladder, s->missed_after);
}

static int forget(void *arg, const struct ns_event *ev)
{
	(void)arg;
	(void)ev;
	return 0;
}

int ns_session_whole(struct ns_session *s, bool wanted, struct ns_error *err)
{
	int rc = 0;

	if (wanted && !s->rings.nr) {
		ns_ladder_attach(s->ladder, s->skel->obj, !s->opts.bare);
		ns_ladder_providers(s->ladder, s->provider);
		rc = ns_session_open_rings(s, err);
	} else if (wanted && !s->skel->bss->whole) {
		ns_session_poll(s, forget, NULL, 0);
	}
	if (!rc)
		__atomic_store_n(&s->skel->bss->whole, wanted, __ATOMIC_SEQ_CST);
	return rc;
}

void ns_session_whole_min(struct ns_session *s, enum ns_event_id event, uint64_t min_ns)
{
	_Static_assert(NS_NR_EVENTS <= NS_EVENT_SLOTS, "each event has its slot");
	__atomic_store_n(&s->skel->bss->whole_min_ns[event], min_ns, __ATOMIC_RELAXED);
}

uint64_t ns_session_missed(const struct ns_session *s)
{
	return s->ring_missed;
}

void ns_session_close(struct ns_session *s)
{
	if (!s)
		return;
	ns_rings_close(&s->rings);
	ns_ladder_free(s->ladder);
	nestscope_bpf__destroy(s->skel);
	ns_kernbtf_close(s->btf);
	free(s->cells);
	free(s);
}

int ns_session_probe(struct ns_model *m, bool no_nv, struct ns_error *err)
{
	struct ns_session_opts opts = { .mode = NS_MODE_COUNT, .vcpu = -1, .no_nv = no_nv };
	struct ns_session *s = session_new(&opts);
	int rc;

	ns_host_fill(&m->host, ns_now());
	memset(m->provider, 0, sizeof(m->provider));
	for (int i = 0; i < NS_NR_EVENTS; i++)
		snprintf(m->provider[i].by, sizeof(m->provider[i].by), "-");
	if (!s)
		return ns_error(err, -ENOMEM, NS_EXIT_FAIL, "out of memory");
	rc = open_session(s, err);
	if (s->ladder && s->skel)
		memcpy(m->provider, s->provider, sizeof(m->provider));
	for (int i = 0; i < NS_NR_EVENTS && rc; i++)
		if (!m->provider[i].note[0])
			snprintf(m->provider[i].note, sizeof(m->provider[i].note), "%.150s",
				 err->msg);
	ns_session_close(s);
	return rc;
}
