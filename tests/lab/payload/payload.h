/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * payload.h: inside the payload: L1's services for the workloads.
 *
 * A workload never counts by hand what KVM should do.  It performs operations
 * through these functions, and each one moves the model (model.c), a copy of
 * what KVM's shadow stage 2 must hold; the counts fall out of its changes.
 */
#ifndef PAYLOAD_H
#define PAYLOAD_H

#include <stdbool.h>
#include <stddef.h>
#include "lab_abi.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define read_reg(r)                                                            \
	({ uint64_t v_; asm volatile("mrs %0, " r : "=r"(v_)); v_; })
#define write_reg(r, v)                                                        \
	asm volatile("msr " r ", %0" : : "r"((uint64_t)(v)) : "memory")
#define isb() asm volatile("isb" : : : "memory")
#define dsb() asm volatile("dsb sy" : : : "memory")

/* L2's registers through their EL12 names, which only VHE has. */
#define SCTLR_EL12 "s3_5_c1_c0_0"
#define TTBR0_EL12 "s3_5_c2_c0_0"
#define TCR_EL12 "s3_5_c2_c0_2"
#define MAIR_EL12 "s3_5_c10_c2_0"
#define VBAR_EL12 "s3_5_c12_c0_0"
#define VNCR_EL2 "s3_4_c2_c2_0"

#define HCR_VM (1ull << 0)
#define HCR_TID3 (1ull << 18)
#define HCR_TGE (1ull << 27)
#define HCR_RW (1ull << 31)
#define HCR_TEA (1ull << 37)
#define HCR_E2H (1ull << 34)
#define HCR_NV (1ull << 42)
#define HCR_NV1 (1ull << 43)
#define HCR_NV2 (1ull << 45)
#define VTCR_L2 0x80023559 /* 39-bit, from level 1, 4K, 40-bit PA */
#define VTCR_HA (1ull << 21) /* the walker sets access flags */
#define TCR_L2 0x200803519ull /* L2's stage 1: 39-bit, 4K, 40-bit IPA, EPD1 */
#define TCR_HA (1ull << 39)
#define HCR_L2 (HCR_VM | HCR_RW | HCR_E2H)

#define GICD_TYPER 0x4 /* read-only, the same for all */

/* Rights of a page, in L1's stage 2 and in the model. */
#define PAGE_R 1
#define PAGE_W 2
#define PAGE_X 4

struct l2_regs {
	uint64_t x[8];
	uint64_t lr;
};

/* Model of one page in one shadow context. */
#define STATE_MAPPED 0x80
#define STATE_WP 0x40 /* write-protected for the dirty log */
#define STATE_CAUSE 0x38 /* not mapped: 0 never was, else 1 + why */

/* Why pages leave the shadow, in the order of the s2.fault counts. */
enum cause {
	CAUSE_COLD,
	CAUSE_VMALLS12E1,
	CAUSE_IPAS2E1,
	CAUSE_RIPAS2E1,
	CAUSE_ALLE1,
	CAUSE_EVICT,
	CAUSE_NOTIFIER,
	CAUSE_MEMSLOT,
};

/* What KVM's MMIO cache knows of a page of L2. */
struct mmio_note {
	uint64_t ipa; /* 0: nothing yet, a page 0 is never used */
	uint64_t gen; /* of the memslots */
	unsigned int rights; /* L1's; 0: forgotten */
};
#define MMIO_NOTES 8

/* One L2 address space: L1's stage-2 table and the model of its shadow. */
struct ctx {
	uint64_t vttbr;
	uint64_t *root;
	uint8_t *state; /* [0] the code page, [1 + n] data page n, then the swap pages */
	struct mmio_note mmio[MMIO_NOTES];
	bool in_pool;
};

struct vcpu {
	uint64_t id;
	struct lab_vcpu *abi;
	struct ctx *ctx; /* the default one */
	struct l2_regs regs;
	uint64_t hcr;
	/* what to do with a fault L1 gets; NULL: that would be a bug */
	void (*on_fault)(struct vcpu *v, struct ctx *c, uint64_t ipa);
	bool step_over; /* set by on_fault: not to be tried again */
	bool expect_sea;
	uint64_t seas; /* external aborts that L2 caused, with expect_sea */
	uint64_t data; /* L1 and L2 address of its data pages */
	uint64_t first; /* where its own ones start, when the context is shared */
	bool shared;
};

extern struct lab_abi *const abi;
extern struct vcpu vcpus[LAB_MAX_VCPUS];
#define param(p) (abi->params[PARAM_##p])

static inline void count(struct vcpu *v, enum lab_count c)
{
	v->abi->counts[c]++;
}

/* main.c */
uint64_t call(struct vcpu *v, uint32_t nr, uint64_t a0, uint64_t a1);
void barrier(struct vcpu *v);
void fail(struct vcpu *v, unsigned int line, uint64_t value);
#define must(v, cond, value)                                                   \
	do {                                                                   \
		if (!(cond))                                                   \
			fail(v, __LINE__, (uint64_t)(value));                  \
	} while (0)
void unsupported(struct vcpu *v);
void wrong(struct vcpu *v, uint64_t addr, uint64_t got, uint64_t expected);
uint64_t rounds(uint64_t by_default);
/* L1's walkers, those of KVM, set access flags when L1 asks for it; else it ends here */
void need_access_flags(struct vcpu *v);
/* one vCPU after the other */
#define in_turn(v, t)                                                          \
	for (uint64_t t = 0; t < abi->vcpus; barrier(v), t++)                  \
		if (t == (v)->id)

/* stage2.c */
void *alloc_page(void);
void lock(uint32_t *l);
void unlock(uint32_t *l);
void stage2_map(struct ctx *c, uint64_t ipa, uint64_t pa, unsigned int rights);
void stage2_map_device(struct ctx *c, uint64_t ipa, uint64_t pa, unsigned int rights);
uint64_t *stage2_leaf(struct ctx *c, uint64_t ipa);
#define DESC_AF (1ull << 10)
#define DESC_SOFTWARE (1ull << 55) /* changes the descriptor and nothing else */

/* l2.c */
struct ctx *ctx_new(struct vcpu *v, unsigned int vmid, unsigned int rights);
uint64_t l2_run(struct vcpu *v, struct ctx *c, const void *entry, uint64_t addr, uint64_t n);
enum mmio_by { MMIO_KERNEL, MMIO_USER, MMIO_ERROR };
uint64_t l2_mmio(struct vcpu *v, struct ctx *c, uint64_t ipa, uint64_t n, unsigned int access,
		 enum mmio_by by);
void l2_touch(struct vcpu *v, struct ctx *c, uint64_t first, uint64_t n, unsigned int access);
extern const char l2_page[], l2_read[], l2_write[], l2_exec[], l2_hvc[], l2_ldr32[],
	l2_str32[], l2_idreg[], l2_vncr[], l2_ldxr[], l2_jump[], l2_probe[];
void l2_enter(struct l2_regs *r);

/* model.c */
void model_init(uint64_t vcpus);
void model_enter(struct vcpu *v, struct ctx *c);
void model_reenter(struct vcpu *v, struct ctx *c);
void model_leave(struct vcpu *v);
void model_touch(struct vcpu *v, struct ctx *c, uint64_t page, unsigned int access,
		 unsigned int l1_rights);
void model_mmio(struct vcpu *v, struct ctx *c, uint64_t ipa, unsigned int access,
		unsigned int l1_rights, enum mmio_by by);
void model_mmio_asked(struct vcpu *v, struct ctx *c, uint64_t ipa);
void model_mmio_drop(struct ctx *c, uint64_t start, uint64_t size);
void model_memslot(bool gone, struct vcpu *v);
void model_swap(uint64_t n, uint32_t gen);
void model_forward(struct vcpu *v, uint64_t esr);
void model_retry(struct vcpu *v, enum lab_count outcome);
void model_off(void);
void model_drop(struct ctx *c, uint64_t first, uint64_t n, enum cause why);
void model_wipe(struct vcpu *v, enum cause why);
void model_wp(struct vcpu *v);
void model_logging(void);
bool model_mapped(struct ctx *c, uint64_t page);
#define PAGE_CODE 0
#define PAGE_DATA(n) (1 + (n))
#define PAGE_SWAP(n) (PAGE_DATA(LAB_MAX_PAGES) + (n))
#define MODEL_PAGES PAGE_SWAP(LAB_SWAP_PAGES)

/* ops.c: invalidations and what the VMM does for us */
void tlbi_all(struct vcpu *v, struct ctx *c, enum lab_op op);
void tlbi_pages(struct vcpu *v, struct ctx *c, enum lab_op op, uint64_t first, uint64_t n);
void tlbi_mmio(struct vcpu *v, struct ctx *c, enum lab_op op, uint64_t ipa);
void tlbi_nothing(struct vcpu *v, struct ctx *c, uint64_t ipa);
void tlbi_raw(struct vcpu *v, struct ctx *c, enum lab_op op, uint64_t ipa, uint64_t arg);
#define TLBI_TTL_4K (7ull << 44) /* TTL hint: granule 4K, level 3 */
#define TLBI_RANGE(num) (1ull << 46 | (num) << 39) /* TG 4K, SCALE 0: 2 * (num + 1) pages */
void tlbi_el2(struct vcpu *v, const void *p);
void discard(struct vcpu *v, uint64_t ipa, uint64_t size);

/* at.c */
enum at_op { AT_S1E1R, AT_S1E1W, AT_S1E0R, AT_S1E0W, AT_S12E1R, AT_S12E1W, AT_OPS };
void at_setup(struct vcpu *v);
void at_warm(struct vcpu *v, struct ctx *c);
uint64_t at(struct vcpu *v, struct ctx *c, enum at_op op, uint64_t va);
enum at_page { AT_RW, AT_RO, AT_PRIV, AT_NO_AF, AT_NONE };
uint64_t at_va(struct vcpu *v, enum at_page p);
uint64_t *at_leaf(struct vcpu *v, enum at_page p);
uint64_t at_table(struct vcpu *v);
uint64_t at_raw(struct vcpu *v, struct ctx *c, enum at_op op, uint64_t va);

#define W_DECLARE(id, name, prefault, help) void run_##id(struct vcpu *v);
LAB_WORKLOADS(W_DECLARE)

#endif
