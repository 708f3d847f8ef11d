// SPDX-License-Identifier: GPL-2.0-or-later
/* realm.c: see realm.h. */
#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>
#include "realm.h"

int realm_supported(void)
{
	int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC), bits;

	if (kvm < 0)
		return -errno;
	bits = ioctl(kvm, KVM_CHECK_EXTENSION, KVM_CAP_ARM_REALM);
	close(kvm);
	return bits < 0 ? 0 : bits;
}

int realm_open(struct realm *r, unsigned int bits)
{
	int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);

	r->fd = kvm < 0 ? -1 : ioctl(kvm, KVM_CREATE_VM, KVM_VM_TYPE_ARM_REALM | bits);
	if (r->fd < 0)
		return -errno;
	close(kvm);
	if (!r->page)
		r->page = mmap(NULL, REALM_PAGE, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	return r->page == MAP_FAILED ? -ENOMEM : 0;
}

int realm_call(struct realm *r, enum realm_op op, int level, uint64_t ipa, uint64_t size,
	       const void *addr)
{
	r->last = (struct realm_arg){
		.op = op, .level = (uint32_t)level, .ipa = ipa, .size = size, .addr = (uintptr_t)addr,
	};
	return ioctl(r->fd, KVM_ARM_REALM_OP, &r->last) ? -errno : 0;
}

void realm_close(struct realm *r)
{
	if (r->fd >= 0)
		close(r->fd);
	r->fd = -1;
}

static void must(struct realm *r, const char *what, enum realm_op op, int level, uint64_t ipa,
		 uint64_t size, const void *addr)
{
	int err = realm_call(r, op, level, ipa, size, addr);

	if (!err)
		return;
	fprintf(stderr, "vmm: %s at 0x%llx level %d: %s\n", what, (unsigned long long)ipa, level,
		strerror(-err));
	exit(1);
}

void realm_create(struct realm *r, unsigned int bits)
{
	must(r, "creating the realm", OP_CREATE, 0, 0, 0, NULL);
	model_create(&r->m, bits);
}

void realm_tables(struct realm *r, uint64_t ipa, int level)
{
	ipa &= ~(REALM_SIZE(level - 1) - 1);
	must(r, "making tables", OP_MAKE_TABLES, level, ipa, REALM_SIZE(level - 1), NULL);
	model_tables(&r->m, ipa, level);
}

void realm_ripas(struct realm *r, uint64_t base, uint64_t top)
{
	must(r, "setting RIPAS", OP_INIT_RIPAS, 0, base, top - base, NULL);
	model_ripas(&r->m, base, top);
}

void realm_data(struct realm *r, uint64_t ipa, unsigned int pages, bool unknown)
{
	for (unsigned int i = 0; i < pages; i++, ipa += REALM_PAGE) {
		must(r, "populating", unknown ? OP_POPULATE_UNKNOWN : OP_POPULATE, 3, ipa, REALM_PAGE,
		     unknown ? NULL : r->page);
		model_data(&r->m, ipa, unknown);
	}
}

char *realm_contents(void)
{
	static char *from;

	if (!from)
		from = mmap(NULL, REALM_SIZE(2), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (from == MAP_FAILED)
		exit(1);
	return from;
}

void realm_block(struct realm *r, uint64_t ipa, bool unknown)
{
	must(r, "populating a block", unknown ? OP_POPULATE_UNKNOWN : OP_POPULATE, 2, ipa,
	     REALM_SIZE(2), unknown ? NULL : realm_contents());
	model_block(&r->m, ipa, unknown);
}

/* A block is memory of the kernel's own. */
void realm_share(struct realm *r, uint64_t ipa, int level)
{
	must(r, "sharing", OP_SHARE, level, ipa, REALM_SIZE(level), level == 3 ? r->page : NULL);
	model_ns(&r->m, ipa, level);
}

void realm_unshare(struct realm *r, uint64_t start, uint64_t end)
{
	must(r, "unsharing", OP_UNSHARE, 0, start, end - start, NULL);
	model_unshare(&r->m, start, end);
}

void realm_unmap(struct realm *r, uint64_t start, uint64_t end)
{
	must(r, "unmapping", OP_UNMAP, 0, start, end - start, NULL);
	model_unmap(&r->m, start, end);
}

void realm_fold(struct realm *r, uint64_t ipa, int level)
{
	must(r, "folding", OP_FOLD, level, ipa, 0, NULL);
	model_fold(&r->m, ipa, level);
}

void realm_unfold(struct realm *r, uint64_t ipa, int level)
{
	must(r, "unfolding", OP_UNFOLD, level, ipa, 0, NULL);
	model_unfold(&r->m, ipa, level);
}

void realm_destroy_tables(struct realm *r, uint64_t start, uint64_t end)
{
	must(r, "destroying tables", OP_DESTROY_TABLES, 0, start, end - start, NULL);
	model_destroy_tables(&r->m, start, end);
}

void realm_activate(struct realm *r)
{
	must(r, "activating", OP_ACTIVATE, 0, 0, 0, NULL);
	model_activate(&r->m);
}

void realm_destroy(struct realm *r)
{
	must(r, "destroying the realm", OP_DESTROY, 0, 0, 0, NULL);
	model_destroy(&r->m);
}

void realm_agrees(struct realm *r)
{
	const uint64_t *out = r->last.out;
	uint64_t tables = model_nr_tables(&r->m);

	must(r, "asking", OP_INFO, 0, 0, 0, NULL);
	if (out[INFO_TABLES] == tables && out[INFO_DATA] == r->m.nr_data &&
	    (int)out[INFO_START] == r->m.start && out[INFO_ROOTS] == r->m.nr_roots &&
	    out[INFO_GRANULES] == 1 + r->m.nr_roots + tables + r->m.nr_data + r->m.spare)
		return;
	fprintf(stderr, "vmm: KVM has %llu tables, %llu pages of data, %llu granules; there are %llu, %llu\n",
		(unsigned long long)out[INFO_TABLES], (unsigned long long)out[INFO_DATA],
		(unsigned long long)out[INFO_GRANULES], (unsigned long long)tables,
		(unsigned long long)r->m.nr_data);
	exit(1);
}
