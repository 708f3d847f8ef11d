// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * chaos.c: for stress: a thread that changes memslots and takes memory away while
 * the vCPUs run.  What it changes has generations (lab_abi.h), so that the
 * payload knows which values it may read.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include "vm.h"

static uint64_t random_below(struct vm *vm, uint64_t n)
{
	uint64_t x = vm->chaos_seed;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	vm->chaos_seed = x;
	return (x >> 16) % n;
}

/* The page is gone, and then there with other contents. */
static int freshen(struct vm *vm, unsigned int n)
{
	struct lab_gen *g = &vm->abi->fresh[n];
	uint64_t ipa = LAB_DATA_BASE + (LAB_FRESH_FIRST + n) * LAB_PAGE_SIZE;
	volatile uint32_t *words = (uint32_t *)vm_at(vm, ipa);
	uint32_t gen = g->done + 1;

	__atomic_store_n(&g->begin, gen, __ATOMIC_SEQ_CST);
	if (madvise(vm_at(vm, ipa), LAB_PAGE_SIZE, MADV_DONTNEED))
		return -errno;
	for (unsigned int i = 0; i < LAB_PAGE_SIZE / 4; i++)
		words[i] = LAB_WORD(LAB_WORD_DATA, n, gen);
	__atomic_store_n(&g->done, gen, __ATOMIC_SEQ_CST);
	return 0;
}

static int change_something(struct vm *vm)
{
	int err;

	switch (random_below(vm, 8)) {
	case 0:
		return madvise(vm_at(vm, LAB_SPARE_BASE), LAB_PAGE_SIZE, MADV_DONTNEED);
	case 1:
		err = vm_set_slot(vm, 2, LAB_EXTRA_BASE, vm->extra, LAB_EXTRA_SIZE, 0);
		return err ? err : vm_set_slot(vm, 2, LAB_EXTRA_BASE, vm->extra, 0, 0);
	case 2:
	case 3:
		return freshen(vm, random_below(vm, LAB_FRESH_PAGES));
	default:
		return vm_swap(vm, random_below(vm, LAB_SWAP_PAGES));
	}
}

static void *chaos_thread(void *arg)
{
	struct vm *vm = arg;

	while (!vm->chaos_stop) {
		struct timespec nap = { .tv_nsec = random_below(vm, 400) * 1000 };
		int err = change_something(vm);

		if (err) {
			fprintf(stderr, "vmm: changing memory: %s\n", strerror(-err));
			vm->status = VMM_FAILED;
			break;
		}
		nanosleep(&nap, NULL);
	}
	return NULL;
}

int vm_chaos(struct vm *vm, uint64_t seed)
{
	int err = 0;

	if (vm->chaos)
		return 0;
	vm->chaos_seed = seed * 0x9e3779b97f4a7c15ull | 1;
	for (unsigned int i = 0; !err && i < LAB_FRESH_PAGES; i++)
		err = freshen(vm, i);
	if (!err)
		err = -pthread_create(&vm->chaos_thread, NULL, chaos_thread, vm);
	vm->chaos = !err;
	return err;
}

void vm_chaos_end(struct vm *vm)
{
	vm->chaos_stop = true;
	if (vm->chaos)
		pthread_join(vm->chaos_thread, NULL);
}
