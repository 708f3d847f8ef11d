// SPDX-License-Identifier: GPL-2.0-or-later
/* memory.c: guest memory and memslots, and what the VMM does to them on request. */
#include <errno.h>
#include <linux/kvm.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>
#include "vm.h"

#define LAB_HUGE_SIZE (2ul << 20)

/*
 * Room that begins a page behind where a huge page could.  A host with transparent
 * huge pages calls the MMU notifiers for all 2 MB around the place at which a mapping
 * is split, though no page there is huge, if all of the 2 MB are mapping: what a
 * workload splits is at the edges of its memory, where they are not.
 */
static char *reserve(size_t size)
{
	char *p = mmap(NULL, size + LAB_HUGE_SIZE + LAB_PAGE_SIZE, PROT_NONE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	uintptr_t huge = ((uintptr_t)p + LAB_HUGE_SIZE - 1) & ~(LAB_HUGE_SIZE - 1);

	return p == MAP_FAILED ? NULL : (char *)huge + LAB_PAGE_SIZE;
}

char *vm_memory(void *where, size_t size)
{
	char *p;

	if (!where)
		where = reserve(size);
	if (!where)
		return NULL;
	p = mmap(where, size, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);
	if (p == MAP_FAILED)
		return NULL;
	madvise(p, size, MADV_NOHUGEPAGE); /* fails without THP: as good */
	return p;
}

char *vm_at(struct vm *vm, uint64_t ipa)
{
	return ipa < LAB_DATA_BASE ? vm->ram + (ipa - LAB_RAM_BASE)
				   : vm->data + (ipa - LAB_DATA_BASE);
}

int vm_set_slot(struct vm *vm, unsigned int slot, uint64_t ipa, void *p, uint64_t size,
		unsigned int flags)
{
	struct kvm_userspace_memory_region r = {
		.slot = slot,
		.flags = flags,
		.guest_phys_addr = ipa,
		.memory_size = size,
		.userspace_addr = (uintptr_t)p,
	};

	return ioctl(vm->fd, KVM_SET_USER_MEMORY_REGION, &r) ? -errno : 0;
}

/*
 * Two pages of the host take turns as the memory of one of the guest's: who
 * still has the last one mapped reads a generation that is over.
 */
static uint32_t *swap_backing(struct vm *vm, unsigned int page, uint32_t gen)
{
	return (uint32_t *)(vm->swap + (page * 2 + (gen >> 1 & 1)) * LAB_PAGE_SIZE);
}

int vm_swap(struct vm *vm, unsigned int page)
{
	struct lab_gen *g;
	uint32_t gen, *words;
	int err;

	if (page >= LAB_SWAP_PAGES)
		return -EINVAL;
	g = &vm->abi->swap[page];
	gen = g->done + 1;
	words = swap_backing(vm, page, gen);
	for (unsigned int i = 0; LAB_SWAP_IS_RAM(gen) && i < LAB_PAGE_SIZE / 4; i++) {
		/* what L2 wrote names the page it is for */
		if (words[i] >> 28 == LAB_WORD_WRITE && (words[i] >> 20 & 0xff) != page) {
			fprintf(stderr, "vmm: wrong value: swap page %u, word %u is %#x\n", page, i,
				words[i]);
			_exit(VMM_FAILED);
		}
		words[i] = LAB_WORD(LAB_WORD_RAM, page, gen);
	}
	__atomic_store_n(&g->begin, gen, __ATOMIC_SEQ_CST);
	err = vm_set_slot(vm, LAB_SWAP_SLOT + page, LAB_SWAP_BASE + page * LAB_PAGE_SIZE, words,
			  LAB_SWAP_IS_RAM(gen) ? LAB_PAGE_SIZE : 0,
			  LAB_SWAP_IS_ROM(gen) ? KVM_MEM_READONLY : 0);
	__atomic_store_n(&g->done, gen, __ATOMIC_SEQ_CST);
	return err;
}

/* An exit that began before the page became memory is answered as what it was. */
uint32_t vm_swap_read(struct vm *vm, unsigned int page)
{
	uint32_t gen = __atomic_load_n(&vm->abi->swap[page].begin, __ATOMIC_SEQ_CST);

	return LAB_WORD(LAB_WORD_MMIO, page, gen & ~1u);
}

bool vm_swap_write(struct vm *vm, unsigned int page, uint32_t word)
{
	(void)vm;
	return (word & ~LAB_GEN_MASK) == LAB_WORD(LAB_WORD_WRITE, page, 0);
}

int vm_unmap(struct vm *vm, uint64_t ipa)
{
	vm->broken_ipa = ipa;
	return munmap(vm_at(vm, ipa), LAB_PAGE_SIZE) ? -errno : 0;
}

int vm_poison(struct vm *vm, uint64_t ipa)
{
	vm->broken_ipa = ipa;
#ifdef MADV_HWPOISON
	return madvise(vm_at(vm, ipa), LAB_PAGE_SIZE, MADV_HWPOISON) ? -errno : 0;
#else
	return -EINVAL;
#endif
}

int vm_ioeventfd(struct vm *vm, uint64_t ipa)
{
	struct kvm_ioeventfd e = {
		.addr = ipa,
		.len = sizeof(uint32_t),
		.fd = eventfd(0, EFD_CLOEXEC),
	};

	return e.fd < 0 || ioctl(vm->fd, KVM_IOEVENTFD, &e) ? -errno : 0;
}

int vm_repair(struct vm *vm)
{
	if (!vm->broken_ipa)
		return -ENOENT;
	if (!vm_memory(vm_at(vm, vm->broken_ipa), LAB_PAGE_SIZE))
		return -errno;
	vm_populate(vm, vm->broken_ipa, LAB_PAGE_SIZE);
	vm->broken_ipa = 0;
	return 0;
}
