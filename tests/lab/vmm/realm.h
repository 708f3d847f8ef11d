/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * realm.h: one realm VM, through KVM's experimental interface (the series'
 * Documentation/virt/kvm/arm/realm.rst), beside the model of what that must
 * have taken; and the firmware's own account of it.
 */
#ifndef LAB_REALM_H
#define LAB_REALM_H

#include "realm_model.h"

/* What KVM's <linux/kvm.h> of the series has. */
#define KVM_VM_TYPE_ARM_REALM (1ul << 30)
#define KVM_CAP_ARM_REALM 0x4e530000
enum realm_op {
	OP_CREATE,
	OP_INIT_RIPAS,
	OP_POPULATE,
	OP_POPULATE_UNKNOWN,
	OP_UNMAP,
	OP_SHARE,
	OP_UNSHARE,
	OP_MAKE_TABLES,
	OP_DESTROY_TABLES,
	OP_FOLD,
	OP_UNFOLD,
	OP_READ_ENTRY,
	OP_ACTIVATE,
	OP_DESTROY,
	OP_INFO,
};
struct realm_arg {
	uint32_t op, level;
	uint64_t ipa, size, addr, out[8];
};
#define KVM_ARM_REALM_OP _IOWR(0xAE, 0xf0, struct realm_arg)

/* out[] of OP_INFO and OP_READ_ENTRY */
enum { INFO_RD, INFO_GRANULES, INFO_DATA, INFO_TABLES, INFO_LEAKED, INFO_START, INFO_ROOTS };
enum { ENTRY_LEVEL, ENTRY_STATE, ENTRY_DESC, ENTRY_RIPAS };
#define ENTRY_ASSIGNED 1
#define ENTRY_PA 0x0000fffffffff000ull

struct realm {
	int fd; /* -1: there is no VM */
	struct realm_arg last; /* as KVM gave it back */
	struct model m;
	char *page; /* of ours, for the realm's contents */
};

/* How many bits of IPA a realm can have; 0: none here; -errno. */
int realm_supported(void);
/* A VM; then its realm.  0 or -errno. */
int realm_open(struct realm *r, unsigned int bits);
int realm_call(struct realm *r, enum realm_op op, int level, uint64_t ipa, uint64_t size,
	       const void *addr);
/* The VM goes, and the realm with it. */
void realm_close(struct realm *r);

/*
 * Each does it, and counts it in the model.  They end the program when KVM
 * refuses, or disagrees with the model on what there is.
 */
void realm_create(struct realm *r, unsigned int bits);
void realm_tables(struct realm *r, uint64_t ipa, int level);
void realm_ripas(struct realm *r, uint64_t base, uint64_t top);
void realm_data(struct realm *r, uint64_t ipa, unsigned int pages, bool unknown);
/* 2 MB for a block to begin with, which KVM copies; what is in it does not matter. */
char *realm_contents(void);
void realm_block(struct realm *r, uint64_t ipa, bool unknown);
void realm_share(struct realm *r, uint64_t ipa, int level);
void realm_unshare(struct realm *r, uint64_t start, uint64_t end);
void realm_unmap(struct realm *r, uint64_t start, uint64_t end);
void realm_fold(struct realm *r, uint64_t ipa, int level);
void realm_unfold(struct realm *r, uint64_t ipa, int level);
void realm_destroy_tables(struct realm *r, uint64_t start, uint64_t end);
void realm_activate(struct realm *r);
void realm_destroy(struct realm *r);
void realm_agrees(struct realm *r);

/* firmware.c; the lab's firmware (tests/lab/rmm/ctl.h) through the kernel's debugfs file. */
#define FIRMWARE_STATES 5
struct firmware {
	uint64_t call[CALL_MAX][STATUS_MAX + 1]; /* the last: any other status */
	uint64_t state[FIRMWARE_STATES]; /* granules now */
	uint64_t ordered;
};

/* 0 or -errno; -ENOENT: the kernel does not let us. */
int firmware_read(struct firmware *f);
int firmware_order(unsigned int fid, uint64_t skip, uint64_t times, uint64_t answer);
int firmware_clear(void);
/* Does what it was asked since "before" equal the counts?  Prints what does not. */
bool firmware_agrees(const struct firmware *before, const struct firmware *after,
		     const struct model_counts *n);
/* Granules that are not the host's. */
uint64_t firmware_delegated(const struct firmware *f);
/* Pages that the kernel says it leaked, since boot; -errno. */
int64_t kernel_leaked(void);

/* main.c's way to the workloads of realms; -1: it is none of them. */
int realm_main(int argc, char **argv);
void realm_list(FILE *f, const char *format);

#endif
