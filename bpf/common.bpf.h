/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * common.bpf.h: identity of VMs, vCPUs and contexts, and the one way an event
 * leaves a program: ns_emit.
 */
#ifndef NESTSCOPE_COMMON_BPF_H
#define NESTSCOPE_COMMON_BPF_H

#include "maps.bpf.h"

#define NS_INLINE static __always_inline

/* Is a value of one of the kernel's enums this one? */
#define NV_IS(value, type, name) ((value) == (int)bpf_core_enum_value(enum type, name))

struct ns_who {
	u16 vm;
	u16 vcpu;
	u16 ctx;
};

/* ---- identity ---- */

NS_INLINE struct ns_thread *ns_thread(void)
{
	return bpf_task_storage_get(&threads, (void *)bpf_get_current_task_btf(), 0,
				    BPF_LOCAL_STORAGE_GET_F_CREATE);
}

/* The VM of the current process, which owns kvm (0: not known). */
static __noinline u32 ns_vm_register(struct ns_thread *t, u64 kvm)
{
	struct task_struct *task = (void *)bpf_get_current_task_btf();
	struct ns_vm_key key = {
		.start_ns = BPF_CORE_READ(task, group_leader, start_boottime),
		.kvm = kvm,
		.pid = BPF_CORE_READ(task, tgid),
	};
	struct ns_vm *vm = bpf_map_lookup_elem(&vms, &key);
	unsigned long arg, end;
	u32 id;

	if (!vm) {
		if (!t)
			return 0;
		id = __sync_fetch_and_add(&next_vm, 1);
		if (id >= NS_MAX_VMS)
			return 0;
		vm = &t->new_vm;
		vm->id = id;
		vm->first_ns = bpf_ktime_get_ns();
		bpf_probe_read_kernel_str(vm->comm, sizeof(vm->comm),
					  BPF_CORE_READ(task, group_leader, comm));
		/* Now, because the process may be gone before anyone looks. */
		arg = BPF_CORE_READ(task, mm, arg_start);
		end = BPF_CORE_READ(task, mm, arg_end);
		vm->cmdline_len = 0;
		if (arg && end > arg) {
			u64 len = end - arg;

			if (len > NS_CMDLINE)
				len = NS_CMDLINE;
			if (!bpf_probe_read_user(vm->cmdline, len, (void *)arg))
				vm->cmdline_len = len;
		}
		bpf_map_update_elem(&vms, &key, vm, BPF_NOEXIST);
		vm = bpf_map_lookup_elem(&vms, &key);
		if (!vm)
			return 0;
	}
	id = vm->id;
	vm_pid[id & (NS_MAX_VMS - 1)] = key.pid;
	if (kvm)
		bpf_map_update_elem(&kvms, &kvm, &id, BPF_ANY);
	return id;
}

static __noinline int ns_identify_new(struct ns_thread *t, u64 ptr)
{
	struct kvm_vcpu *vcpu = (void *)ptr;

	if (!t)
		return 0;
	t->vm = ns_vm_register(t, (u64)BPF_CORE_READ(vcpu, kvm));
	t->vcpu = BPF_CORE_READ(vcpu, vcpu_id);
	t->vcpu_ptr = ptr;
	t->gen = vm_gen;
	t->ctx = 0;
	return 0;
}

/* Make t know the vCPU it runs; vcpu need not be a trusted pointer. */
NS_INLINE void ns_identify(struct ns_thread *t, const struct kvm_vcpu *vcpu)
{
	/* A freed vCPU's address may be a new one's, of another VM. */
	if (t->vcpu_ptr != (u64)vcpu || !t->vm || t->gen != vm_gen)
		ns_identify_new(t, (u64)vcpu);
}

/* The VM that owns kvm, whoever runs; 0 when no vCPU of it was seen yet. */
NS_INLINE u32 ns_vm_of(u64 kvm)
{
	u32 *id = bpf_map_lookup_elem(&kvms, &kvm);

	return id ? *id : 0;
}

static __noinline u32 ns_ctx_lookup(u64 vttbr, u64 vtcr, u32 s2_on, u32 vm)
{
	struct ns_ctx_key key = {
		.vttbr = vttbr, .vtcr = vtcr, .vm = vm, .s2_on = s2_on,
	};
	struct ns_ctx *ctx = bpf_map_lookup_elem(&ctxs, &key);
	struct ns_ctx new = {};

	if (ctx)
		return ctx->id;
	new.id = __sync_fetch_and_add(&next_ctx, 1);
	if (new.id >= NS_MAX_CTXS)
		return 0;
	new.first_ns = bpf_ktime_get_ns();
	bpf_map_update_elem(&ctxs, &key, &new, BPF_NOEXIST);
	ctx = bpf_map_lookup_elem(&ctxs, &key);
	return ctx ? ctx->id : 0;
}

/* The context of a shadow stage 2; 0 when it is not in use or there are too many. */
NS_INLINE u16 ns_ctx_of(struct ns_thread *t, u16 vm, struct kvm_s2_mmu *mmu)
{
	u64 vttbr = mmu->tlb_vttbr, vtcr = mmu->tlb_vtcr;
	u8 s2_on = mmu->nested_stage2_enabled;

	if (vttbr & 1) /* CnP: KVM's mark of an unused slot */
		return 0;
	if (t->ctx && t->vm == vm && t->ctx_vttbr == vttbr && t->ctx_vtcr == vtcr &&
	    t->ctx_s2_on == s2_on)
		return t->ctx;
	if (t->vm != vm) /* the cache is for the thread's own VM */
		return ns_ctx_lookup(vttbr, vtcr, s2_on, vm);
	t->ctx = ns_ctx_lookup(vttbr, vtcr, s2_on, vm);
	t->ctx_vttbr = vttbr;
	t->ctx_vtcr = vtcr;
	t->ctx_s2_on = s2_on;
	return t->ctx;
}

/* The vCPU runs L2: its stage 2 is not the VM's canonical one. */
NS_INLINE bool ns_is_nested(struct kvm_vcpu *vcpu)
{
	struct kvm_s2_mmu *mmu = vcpu->arch.hw_mmu;

	return mmu && mmu != &vcpu->kvm->arch.mmu;
}

/* The same for a pointer the verifier does not trust. */
NS_INLINE bool ns_is_nested_any(struct kvm_vcpu *vcpu)
{
	u64 mmu = (u64)BPF_CORE_READ(vcpu, arch.hw_mmu), kvm = (u64)BPF_CORE_READ(vcpu, kvm);

	return mmu && mmu != kvm + bpf_core_field_offset(struct kvm, arch.mmu);
}

/* The vCPU loaded on this CPU, where the kernel lets us see it; else NULL. */
extern const struct kvm_vcpu *kvm_running_vcpu __ksym __weak;

NS_INLINE struct kvm_vcpu *ns_running_vcpu(void)
{
	struct kvm_vcpu **p;

	if (!&kvm_running_vcpu)
		return NULL;
	p = bpf_this_cpu_ptr(&kvm_running_vcpu);
	return *p;
}

/* Who runs, for events that carry no vCPU. */
NS_INLINE struct ns_who ns_current(void)
{
	struct ns_who who = { .vcpu = NS_NO_VCPU };
	struct kvm_vcpu *vcpu = ns_running_vcpu();
	struct ns_thread *t = ns_thread();

	if (!t || !vcpu)
		return who;
	ns_identify(t, vcpu);
	who.vm = t->vm;
	who.vcpu = t->vcpu;
	return who;
}

static __noinline u64 ns_process_new(struct ns_cpu_who *c, u64 task, u64 start_ns)
{
	struct ns_thread *t = ns_thread();
	u64 vm;

	if (!t || !c)
		return 0;
	if (!t->vm)
		t->vm = ns_vm_register(t, 0);
	vm = t->vm;
	c->task = 0;
	barrier();
	c->start_ns = start_ns;
	c->vm = vm;
	barrier();
	c->task = task;
	return vm;
}

/*
 * The same on a kernel whose kvm_running_vcpu cannot be had (it is static: that
 * needs CONFIG_KALLSYMS_ALL): the process, but not the vCPU.
 */
NS_INLINE struct ns_who ns_current_process(void)
{
	struct ns_who who = { .vcpu = NS_NO_VCPU };
	struct task_struct *task = (void *)bpf_get_current_task_btf();
	u64 start_ns = task->start_boottime, vm;
	u32 zero = 0;
	volatile struct ns_cpu_who *c = bpf_map_lookup_elem(&cpu_who, &zero);

	if (!c)
		return who;
	vm = c->vm;
	/* Read again: another thread may have come between on this CPU. */
	if (c->task != (u64)task || c->start_ns != start_ns || c->vm != vm ||
	    c->task != (u64)task)
		vm = ns_process_new((struct ns_cpu_who *)c, (u64)task, start_ns);
	who.vm = vm;
	return who;
}

/* ---- events ---- */

NS_INLINE struct ns_ledger *ns_ledger_of(u32 event)
{
	return bpf_map_lookup_elem(&ledger, &event);
}

/*
 * Programs can be preempted by others on the same CPU (they only disable
 * migration), so per-CPU numbers need atomic additions to be exact.
 */
#define NS_ADD(var, n) ((void)__sync_fetch_and_add(&(var), (n)))

NS_INLINE void ns_unattributed(u32 event)
{
	struct ns_ledger *l = cfg_events & 1UL << event ? ns_ledger_of(event) : NULL;

	if (!l)
		return;
	if (cfg_seen)
		NS_ADD(l->seen, 1);
	NS_ADD(l->unattributed, 1);
}

static __noinline bool ns_count_cold(struct ns_cell_key *key, u64 ns)
{
	struct ns_cell first = { .count = 1, .ns = ns };
	struct ns_cell *cell;

	if (!key)
		return false;
	cell = bpf_map_lookup_elem(&cells, key);
	if (!cell) {
		if (!bpf_map_update_elem(&cells, key, &first, BPF_NOEXIST))
			return true;
		/* another CPU was first, or the map is full */
		cell = bpf_map_lookup_elem(&cells, key);
		if (!cell)
			return false;
	}
	NS_ADD(cell->count, 1);
	NS_ADD(cell->ns, ns);
	return true;
}

NS_INLINE bool ns_count(struct ns_cell_key *key, bool timed, u64 ns)
{
	const u64 *k = (const u64 *)key, *h;
	u64 mix = (k[0] ^ k[1] << 17) * 0x9e3779b97f4a7c15UL;
	u32 idx = mix >> (64 - NS_HOT_BITS);
	struct ns_hot_cell *hot = bpf_map_lookup_elem(&hot_cells, &idx);

	if (!hot)
		return ns_count_cold(key, ns);
	if (!hot->state && !__sync_val_compare_and_swap(&hot->state, 0, 1)) {
		hot->key = *key;
		barrier();
		hot->state = 2;
	}
	h = (const u64 *)&hot->key;
	if (hot->state != 2 || h[0] != k[0] || h[1] != k[1])
		return ns_count_cold(key, ns);
	NS_ADD(hot->cell.count, 1);
	if (timed)
		NS_ADD(hot->cell.ns, ns);
	return true;
}

/* One event, as it is counted. */
struct ns_what {
	u32 event;
	u32 dim;
	u32 sub;
	bool timed;
	u64 dur; /* ns, of a timed event */
};

/* Does the user want to leave it out?  l: its line of the ledger, with it in seen. */
NS_INLINE bool ns_left_out(const struct ns_ledger *l, const struct ns_who *who,
			   const struct ns_what *w)
{
	/* The VM's own, whoever runs: another process may take its memory away. */
	return (cfg_pid && cfg_pid != vm_pid[who->vm & (NS_MAX_VMS - 1)]) ||
	       (cfg_vcpu != NS_NO_VCPU && cfg_vcpu != who->vcpu) ||
	       (w->timed && w->dur < cfg_min_ns) ||
	       (w->event == NS_EV_S2_FAULT && !(cfg_causes >> w->dim & 1)) ||
	       (cfg_sample > 1 && (l->seen - 1) % cfg_sample);
}

/* Does anybody want it whole? */
NS_INLINE bool ns_whole(const struct ns_what *w)
{
	if (!(cfg_mode & NS_MODE_SWITCH))
		return cfg_mode & NS_MODE_RECORD;
	return whole && w->dur >= whole_min_ns[w->event & (NS_EVENT_SLOTS - 1)];
}

#define NS_ENTER(event, column)                            \
	do {                                                \
		struct ns_ledger *line = ns_ledger_of(event); \
		if (line)                                   \
			NS_ADD(line->column, 1);            \
	} while (0)

/* The ledger, for an event that happened.  False: the user does not want it. */
NS_INLINE bool ns_wanted(const struct ns_who *who, const struct ns_what *w)
{
	struct ns_ledger *l;

	if (!(cfg_events & 1UL << w->event))
		return false;
	if (!cfg_seen && !cfg_filters)
		return true;
	l = ns_ledger_of(w->event);
	if (!l)
		return false;
	if (cfg_seen)
		NS_ADD(l->seen, 1);
	if (!cfg_filters || !ns_left_out(l, who, w))
		return true;
	NS_ADD(l->filtered, 1);
	return false;
}

/*
 * One event happened: enter it in the ledger and, where counts are wanted,
 * count it.  Is it to be recorded too?
 */
NS_INLINE bool ns_account(const struct ns_who *who, const struct ns_what *w)
{
	if (!ns_wanted(who, w))
		return false;
	if (cfg_mode & NS_MODE_COUNT) {
		struct ns_cell_key key = {
			.vm = who->vm, .vcpu = who->vcpu, .ctx = who->ctx,
			.bucket = w->timed ? ns_bucket(w->dur) : 0,
			.event = w->event, .dim = w->dim, .sub = w->sub,
		};

		if (!ns_count(&key, w->timed, w->timed ? w->dur : 0))
			NS_ENTER(w->event, map_full);
	}
	return ns_whole(w);
}

#define NS_NO_ROOM (~0UL)

/* Are bytes more than there is room for?  tail may have passed a head that is old. */
NS_INLINE bool ns_ring_lacks(struct ns_ring *r, u64 head, u64 bytes)
{
	u64 tail = *(volatile u64 *)&r->tail;

	return (long)(head + bytes - tail) > (long)cfg_ring_places + 8;
}

/*
 * Room for bytes although others take some: the position, or NS_NO_ROOM.  Not static:
 * so the verifier looks at the loop once, and not again for each that calls it.
 */
__weak __noinline u64 ns_ring_contend(u32 idx, u64 bytes)
{
	struct ns_ring *r = bpf_map_lookup_elem(&rings, &idx);

	for (int i = 0; r && i < 64; i++) {
		u64 at = *(volatile u64 *)&r->head;

		if (ns_ring_lacks(r, at, bytes))
			break;
		if (__sync_val_compare_and_swap(&r->head, at, at + bytes) == at)
			return at;
	}
	return NS_NO_ROOM;
}

/* Room for a record on this CPU's ring, or NULL. */
NS_INLINE struct ns_rec *ns_ring_reserve(u32 cpu, const u64 bytes)
{
	u32 idx = cpu & cfg_rings_mask;
	struct ns_ring *r = bpf_map_lookup_elem(&rings, &idx);
	u64 at;

	if (!r)
		return NULL;
	at = *(volatile u64 *)&r->head;
	if (ns_ring_lacks(r, at, bytes))
		return NULL;
	if (__sync_val_compare_and_swap(&r->head, at, at + bytes) != at) {
		at = ns_ring_contend(idx, bytes);
		if (at == NS_NO_ROOM)
			return NULL;
	}
	at &= cfg_ring_places; /* positions are multiples of 8 */
	barrier_var(at);
	return (void *)r->data + at;
}

/*
 * A record of n (a constant) fields on the ring, for the caller to fill and to
 * give to ns_submit; NULL when the ring is full, which is entered in the ledger.
 */
NS_INLINE struct ns_rec *ns_reserve(const struct ns_who *who, const struct ns_what *w, const u32 n)
{
	u32 cpu = bpf_get_smp_processor_id();
	struct ns_rec *rec = ns_ring_reserve(cpu, NS_REC_BYTES(n));

	if (!rec) {
		NS_ENTER(w->event, ring_full);
		return NULL;
	}
	rec->ts = bpf_ktime_get_ns();
	rec->vm = who->vm;
	rec->vcpu = who->vcpu;
	rec->ctx = who->ctx;
	rec->event = w->event;
	rec->dim = w->dim;
	rec->sub = w->sub;
	rec->nr_fields = n;
	rec->cpu = cpu;
	return rec;
}

/* The record is complete.  Nobody is woken: that would cost 15 times the event. */
NS_INLINE void ns_submit(struct ns_rec *rec)
{
#ifdef __TARGET_ARCH_x86
	barrier(); /* x86 keeps the order of stores */
	*(volatile u32 *)&rec->ready = 1;
#else
	__sync_lock_test_and_set(&rec->ready, 1); /* orders as well */
#endif
}

/*
 * All of it at once.  n is a constant: the number of fields; a timed event's
 * field[0] is its duration.
 */
NS_INLINE void ns_emit(const struct ns_who *who, u32 event, u32 dim, u32 sub, bool timed,
		       const u64 *field, const u32 n)
{
	struct ns_what w = {
		.event = event, .dim = dim, .sub = sub, .timed = timed,
		.dur = timed ? field[0] : 0,
	};
	struct ns_rec *rec = ns_account(who, &w) ? ns_reserve(who, &w, n) : NULL;

	if (!rec)
		return;
	for (u32 i = 0; i < n; i++)
		rec->field[i] = field[i];
	ns_submit(rec);
}

#endif
