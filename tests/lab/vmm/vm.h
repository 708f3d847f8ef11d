/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vm.h: one virtual machine of the lab and its vCPU threads. */
#ifndef LAB_VM_H
#define LAB_VM_H

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include "lab_abi.h"

/* Exit codes of vmm, and what the functions below return negated. */
#define VMM_OK 0
#define VMM_FAILED 1
#define VMM_USAGE 2
#define VMM_UNSUPPORTED LAB_UNSUPPORTED

struct vm_config {
	enum lab_workload workload;
	unsigned int vcpus;
	uint64_t flags;
	uint64_t params[PARAM_MAX];
	double seconds; /* repeat the workload for so long; < 0: for ever */
	unsigned int pause_ms; /* between repetitions */
};

struct vm;

struct vcpu {
	struct vm *vm;
	unsigned int id;
	int fd;
	struct kvm_run *run;
	pthread_t thread;
	uint64_t interrupted; /* KVM_RUN came back for a signal: counts may differ */
};

struct vm {
	const struct vm_config *cfg;
	unsigned int index;
	int kvm, fd, uffd;
	char *ram, *data, *extra, *swap;
	struct lab_abi *abi;
	pthread_barrier_t barrier;
	pthread_t uffd_thread;
	unsigned int uffd_waiters; /* a missing page comes when so many wait for it */
	bool uffd_discard; /* and another one goes before */
	uint64_t change_ipa, change_to; /* the page protected for vm_change() */
	volatile sig_atomic_t poisoned;
	uint64_t broken_ipa; /* data page that KVM_RUN will fail for */
	pthread_t chaos_thread;
	volatile bool chaos, chaos_stop;
	uint64_t chaos_seed;
	struct vcpu vcpu[LAB_MAX_VCPUS];
	uint64_t iterations;
	double start_s, end_s; /* vm_now() before the first KVM_RUN and after the last */
	double deadline;
	int status; /* the worst LAB_* status a vCPU ended with */
};

/* Set by a signal: finish the current repetition, report, and go. */
extern volatile sig_atomic_t vm_stop;

/* Create the VM and load the payload; prints the reason and returns -VMM_* on failure. */
int vm_create(struct vm *vm, const struct vm_config *cfg, unsigned int index);
/* Start, and wait for, the vCPUs. */
int vm_start(struct vm *vm);
int vm_wait(struct vm *vm);

/* Room for every page of [ipa, ipa + size), which has no page now. */
char *vm_at(struct vm *vm, uint64_t ipa);
/* A region of guest memory, 4K pages whatever the kernel prefers, at where, or wherever
 * there is room if that is NULL; NULL on failure. */
char *vm_memory(void *where, size_t size);

/* Say what failed, with errno; the result is -code. */
int vm_failed(const char *what, int code);
/* Say which word of the command line is wrong; -VMM_USAGE. */
int vm_bad(const char *what, const char *word);

/*
 * arm64.c, x86.c: what is the architecture's.  The functions that create print
 * the reason and return -VMM_*.
 */
int arch_check(const struct vm_config *cfg, const char *name);
int arch_create_vm(struct vm *vm);
int arch_create_vcpu(struct vcpu *v);
int arch_create_devices(struct vm *vm);
/* Before a vCPU's thread runs it. */
void arch_thread(struct vcpu *v);
/* KVM_RUN failed, see errno: true when it is to be tried again. */
bool arch_run_failed(struct vcpu *v);
uint64_t arch_pc(struct vcpu *v);
/* Is this count one that can be relied on in the workload? */
bool arch_reports(const struct vm *vm, const char *key);

/* memory.c: what the VMM does to guest memory and memslots; 0 or -errno. */
int vm_set_slot(struct vm *vm, unsigned int slot, uint64_t ipa, void *p, uint64_t size,
		unsigned int flags);
int vm_swap(struct vm *vm, unsigned int page);
int vm_unmap(struct vm *vm, uint64_t ipa);
int vm_poison(struct vm *vm, uint64_t ipa);
int vm_ioeventfd(struct vm *vm, uint64_t ipa);
/* Put a new page where one is gone or bad. */
int vm_repair(struct vm *vm);
/* What a read of a swap page gives while it is MMIO; and is what L2 writes for it? */
uint32_t vm_swap_read(struct vm *vm, unsigned int page);
bool vm_swap_write(struct vm *vm, unsigned int page, uint32_t word);

/* fault.c: userfaultfd. */
int vm_watch_missing(struct vm *vm, unsigned int waiters, bool discard);
int vm_change(struct vm *vm, uint64_t ipa, uint64_t to);

/* chaos.c: for stress: a thread that changes memslots and memory; idempotent. */
int vm_chaos(struct vm *vm, uint64_t seed);
void vm_chaos_end(struct vm *vm);

/* calls.c: serve a call of the payload; false ends the vCPU. */
bool vm_call(struct vcpu *v, uint32_t nr);
/* Make n data pages of every vCPU present, each starting with a RET. */
void vm_populate(struct vm *vm, uint64_t ipa, uint64_t size);
double vm_now(void);

#endif
