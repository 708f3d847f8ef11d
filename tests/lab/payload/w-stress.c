// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * stress: everything changes all the time, and every value L2 reads is checked.
 *
 * The VMM (vmm/chaos.c) swaps MMIO and memory at four addresses, creates and
 * deletes another memslot and takes pages away; L1 remaps a window of L2 pages,
 * invalidates in every way it can, translates addresses, and goes round more
 * VTTBRs than KVM has contexts for, one of which both vCPUs use at once.  A value
 * names the page and the generation it comes from.  L1 looks at the generations
 * before and after the access: what was over before, or is of another page, is
 * wrong.
 */
#include "payload.h"

#define WINDOW 0x20000000ull /* L2 addresses that are remapped */
#define WINDOW_PAGES 6
#define OWN_SPACES 3
#define HISTORY 64
#define FIXED_PAGE(i) (LAB_FRESH_FIRST + LAB_FRESH_PAGES + (i)) /* memory that stays as it is */
#define OWN_PAGES 8
#define SCRATCH 64 /* L2 writes here in a page: a word for each vCPU */

/* What a window page can be: 0 to 3 the swap pages, then these. */
enum { TO_GICD = LAB_SWAP_PAGES, TO_PORT, TO_FIXED, TARGETS = TO_FIXED + 2 };

struct window {
	struct lab_gen gen; /* of the mapping */
	uint8_t target[HISTORY];
	unsigned int rights;
};

struct space {
	struct ctx *c;
	struct window win[WINDOW_PAGES];
	bool shared;
};

static struct space own[LAB_MAX_VCPUS][OWN_SPACES], common;
static uint64_t seed[LAB_MAX_VCPUS];
static uint32_t written[LAB_MAX_VCPUS][OWN_PAGES];
static uint64_t typer;
static bool strict; /* this kernel forwards MMIO that L1 forbids */
static bool refused[LAB_MAX_VCPUS];

static uint64_t below(struct vcpu *v, uint64_t n)
{
	uint64_t x = seed[v->id];

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	seed[v->id] = x;
	return (x >> 16) % n;
}

static uint64_t target_ipa(unsigned int target)
{
	if (target < LAB_SWAP_PAGES)
		return LAB_SWAP_BASE + target * LAB_PAGE_SIZE;
	if (target == TO_GICD)
		return LAB_GICD_BASE;
	if (target == TO_PORT)
		return LAB_PORT_L2;
	return LAB_DATA_BASE + FIXED_PAGE(target - TO_FIXED) * LAB_PAGE_SIZE;
}

/* Where in the page L2 reads. */
static uint64_t offset(unsigned int target)
{
	return target == TO_GICD ? GICD_TYPER : 0;
}

static uint64_t window_ipa(unsigned int k)
{
	return WINDOW + k * LAB_PAGE_SIZE;
}

/* ---- generations ---- */
struct view {
	uint32_t swap[LAB_SWAP_PAGES], fresh[LAB_FRESH_PAGES], map[WINDOW_PAGES];
};

#define LOOK(name, which)                                                      \
	static void name(struct view *s, const struct space *sp)               \
	{                                                                      \
		dsb();                                                         \
		for (unsigned int i = 0; i < LAB_SWAP_PAGES; i++)              \
			s->swap[i] = abi->swap[i].which;                       \
		for (unsigned int i = 0; i < LAB_FRESH_PAGES; i++)             \
			s->fresh[i] = abi->fresh[i].which;                     \
		for (unsigned int i = 0; i < WINDOW_PAGES; i++)                \
			s->map[i] = sp->win[i].gen.which;                      \
		dsb();                                                         \
	}
LOOK(look_before, done)
LOOK(look_after, begin)

static bool between(uint32_t gen, uint32_t lo, uint32_t hi)
{
	return ((gen - lo) & LAB_GEN_MASK) <= ((hi - lo) & LAB_GEN_MASK);
}

/* What a target reads as, in generation gen if it has any. */
static uint32_t value_of(unsigned int t, uint32_t gen)
{
	if (t == TO_GICD)
		return typer;
	if (t == TO_PORT)
		return LAB_PORT_VALUE;
	if (t >= TO_FIXED)
		return LAB_WORD(LAB_WORD_DATA, FIXED_PAGE(t - TO_FIXED) & 0xff, 0);
	return LAB_WORD(LAB_SWAP_IS_RAM(gen) ? LAB_WORD_RAM : LAB_WORD_MMIO, t, gen);
}

static bool from_target(unsigned int t, uint32_t got, const struct view *lo, const struct view *hi)
{
	return got == value_of(t, got) &&
	       (t >= LAB_SWAP_PAGES || between(got & LAB_GEN_MASK, lo->swap[t], hi->swap[t]));
}

static void check_window(struct vcpu *v, struct space *s, unsigned int k, uint32_t got,
			 const struct view *lo, const struct view *hi)
{
	unsigned int t = s->win[k].target[lo->map[k] % HISTORY];

	for (uint32_t m = lo->map[k]; m - 1 != hi->map[k]; m++)
		if (from_target(s->win[k].target[m % HISTORY], got, lo, hi))
			return;
	/* expected: the oldest that would have been right */
	wrong(v, window_ipa(k), got, value_of(t, t < LAB_SWAP_PAGES ? lo->swap[t] : 0));
}

/* ---- what L1 does ---- */
static void invalidate(struct vcpu *v, struct space *s, unsigned int k)
{
	static const struct {
		enum lab_op op;
		uint64_t arg;
	} ways[] = {
		{ OP_VMALLS12E1IS, 0 }, { OP_IPAS2E1IS, TLBI_TTL_4K }, { OP_IPAS2E1IS, 0 },
		{ OP_RIPAS2E1IS, TLBI_RANGE(0ull) }, { OP_ALLE1IS, 0 },
	};
	/* all of them once in a while, those for a page most of the time */
	unsigned int w = below(v, 4) ? 1 + below(v, 3) : below(v, ARRAY_SIZE(ways));

	tlbi_raw(v, s->c, ways[w].op, ways[w].arg || w == 2 ? window_ipa(k) : 0, ways[w].arg);
}

static void map_to(struct space *s, unsigned int k, unsigned int target)
{
	if (target < TO_FIXED)
		stage2_map_device(s->c, window_ipa(k), target_ipa(target), s->win[k].rights);
	else
		stage2_map(s->c, window_ipa(k), target_ipa(target), s->win[k].rights);
}

static void remap(struct vcpu *v, struct space *s, unsigned int k)
{
	struct window *w = &s->win[k];
	uint32_t m = w->gen.done + 1;
	unsigned int target = below(v, TARGETS);
	bool break_first = below(v, 2);

	w->target[m % HISTORY] = target;
	w->rights = s->shared || below(v, 4) ? PAGE_R | PAGE_W : PAGE_R;
	dsb();
	w->gen.begin = m;
	dsb();
	if (break_first) {
		stage2_map_device(s->c, window_ipa(k), 0, 0);
		invalidate(v, s, k);
	}
	map_to(s, k, target);
	if (!break_first)
		invalidate(v, s, k);
	w->gen.done = m;
}

/* ---- what L2 does ---- */

/* Between two mappings there is none: L2 tries again, or learns that it must not. */
static void on_fault(struct vcpu *v, struct ctx *c, uint64_t ipa)
{
	if (c == common.c)
		return;
	refused[v->id] = true;
	v->step_over = true;
}

static void read_window(struct vcpu *v, struct space *s)
{
	unsigned int a = below(v, WINDOW_PAGES), b = below(v, WINDOW_PAGES);
	/* in the shared space the target can change: read where all of them answer */
	unsigned int ta = s->win[a].target[s->win[a].gen.done % HISTORY];
	unsigned int tb = s->win[b].target[s->win[b].gen.done % HISTORY];
	struct view lo, hi;

	look_before(&lo, s);
	must(v, l2_run(v, s->c, l2_probe, window_ipa(a) + (s->shared ? GICD_TYPER : offset(ta)),
		       window_ipa(b) + (s->shared ? GICD_TYPER : offset(tb))) == 1, a);
	look_after(&hi, s);
	check_window(v, s, a, v->regs.x[4], &lo, &hi);
	check_window(v, s, a, v->regs.x[5], &lo, &hi);
	check_window(v, s, b, v->regs.x[6], &lo, &hi);
	must(v, !refused[v->id], a);
}

static void read_fresh(struct vcpu *v, struct space *s)
{
	unsigned int n = below(v, LAB_FRESH_PAGES);
	uint64_t ipa = LAB_DATA_BASE + (LAB_FRESH_FIRST + n) * LAB_PAGE_SIZE;
	struct view lo, hi;
	uint32_t got;

	look_before(&lo, s);
	must(v, l2_run(v, s->c, l2_ldr32, ipa, 1) == 1, n);
	look_after(&hi, s);
	got = v->regs.x[4];
	if (!got && lo.fresh[n] != hi.fresh[n]) /* gone, and not yet there again */
		return;
	if ((got & ~LAB_GEN_MASK) != LAB_WORD(LAB_WORD_DATA, n, 0) ||
	    !between(got & LAB_GEN_MASK, lo.fresh[n], hi.fresh[n]))
		wrong(v, ipa, got, LAB_WORD(LAB_WORD_DATA, n, lo.fresh[n]));
}

/* Memory that keeps what is written: L2 writes, L1 and L2 read. */
static void use_own_page(struct vcpu *v, struct space *s)
{
	unsigned int n = below(v, OWN_PAGES);
	uint64_t ipa = v->data + n * LAB_PAGE_SIZE + SCRATCH;
	volatile uint32_t *word = (uint32_t *)ipa;

	must(v, l2_run(v, s->c, l2_ldr32, ipa, 1) == 1, n);
	if ((uint32_t)v->regs.x[4] != written[v->id][n])
		wrong(v, ipa, v->regs.x[4], written[v->id][n]);
	v->regs.x[5] = ++written[v->id][n] << 8 | n;
	written[v->id][n] = v->regs.x[5];
	must(v, l2_run(v, s->c, l2_str32, ipa, 1) == 1, n);
	if (*word != written[v->id][n])
		wrong(v, ipa, *word, written[v->id][n]);
}

/* A write names the page it is for: the VMM looks at those it gets. */
static void write_window(struct vcpu *v, struct space *s)
{
	unsigned int k = below(v, WINDOW_PAGES);
	struct window *w = &s->win[k];
	unsigned int t = w->target[w->gen.done % HISTORY];
	uint64_t off = t == TO_PORT ? 0 : t == TO_GICD ? GICD_TYPER : SCRATCH + 4 * v->id;
	uint32_t word = LAB_WORD(LAB_WORD_WRITE, t, below(v, LAB_GEN_MASK));

	if (s->shared) /* its mapping can change on the way */
		return;
	refused[v->id] = false;
	v->regs.x[5] = word;
	must(v, l2_run(v, s->c, l2_str32, window_ipa(k) + off, 1) == 1, k);
	if (w->rights & PAGE_W ? refused[v->id] : !refused[v->id] && strict)
		wrong(v, window_ipa(k), word, w->rights);
	if (t >= TO_FIXED && w->rights & PAGE_W &&
	    *(volatile uint32_t *)(target_ipa(t) + off) != word)
		wrong(v, target_ipa(t) + off, *(volatile uint32_t *)(target_ipa(t) + off), word);
	refused[v->id] = false;
}

/* L1 translates an address of its first space; L2's stage 1 never changes. */
static void translate(struct vcpu *v)
{
	static const enum at_op ops[] = { AT_S1E1R, AT_S1E1W, AT_S1E0R, AT_S12E1R };
	struct ctx *c = own[v->id][0].c;
	uint64_t par;

	if (!below(v, 4))
		at_warm(v, c);
	par = at_raw(v, c, ops[below(v, ARRAY_SIZE(ops))], at_va(v, AT_RW));
	if (par & 1 || (par & 0xfffffffff000ull) != at_va(v, AT_RW))
		wrong(v, at_va(v, AT_RW), par, at_va(v, AT_RW));
	count(v, CNT_AT_BUT_RETRY);
}

/* ---- from the beginning ---- */
static void make_space(struct vcpu *v, struct space *s, unsigned int vmid)
{
	s->c = ctx_new(v, vmid, PAGE_R | PAGE_W | PAGE_X);
	for (unsigned int n = 0; n < LAB_FRESH_PAGES; n++) {
		uint64_t ipa = LAB_DATA_BASE + (LAB_FRESH_FIRST + n) * LAB_PAGE_SIZE;

		stage2_map(s->c, ipa, ipa, PAGE_R | PAGE_W);
	}
	for (unsigned int i = 0; i < LAB_MAX_VCPUS * OWN_PAGES; i++) {
		uint64_t ipa = LAB_DATA_BASE + i / OWN_PAGES * LAB_DATA_PER_VCPU +
			       i % OWN_PAGES * LAB_PAGE_SIZE;

		stage2_map(s->c, ipa, ipa, PAGE_R | PAGE_W | PAGE_X);
	}
	for (unsigned int k = 0; k < WINDOW_PAGES; k++) {
		s->win[k].rights = PAGE_R | PAGE_W;
		s->win[k].target[0] = k;
		map_to(s, k, k);
	}
}

/* Does this kernel let L2 write to a device that L1 maps read-only? */
static bool is_strict(struct vcpu *v, struct space *s)
{
	stage2_map_device(s->c, window_ipa(TO_GICD), LAB_GICD_BASE, PAGE_R);
	refused[v->id] = false;
	must(v, l2_run(v, s->c, l2_str32, window_ipa(TO_GICD) + GICD_TYPER, 1) == 1, 0);
	stage2_map_device(s->c, window_ipa(TO_GICD), LAB_GICD_BASE, PAGE_R | PAGE_W);
	tlbi_raw(v, s->c, OP_VMALLS12E1IS, 0, 0);
	return refused[v->id];
}

static void set_up(struct vcpu *v)
{
	in_turn(v, t) {
		seed[v->id] = (param(SEED) + 7919 * v->id) * 0x9e3779b97f4a7c15ull | 1;
		for (unsigned int i = 0; i < OWN_SPACES; i++)
			make_space(v, &own[v->id][i], 1 + 64 * v->id + i);
		v->ctx = own[v->id][0].c;
		at_setup(v);
		for (unsigned int i = 0; i < OWN_PAGES; i++)
			*(volatile uint32_t *)(v->data + i * LAB_PAGE_SIZE + SCRATCH) = 0;
		if (t)
			continue;
		make_space(v, &common, 200);
		common.shared = true;
		typer = *(volatile uint32_t *)(LAB_GICD_BASE + GICD_TYPER);
		count(v, CNT_MMIO_KERNEL_L1);
		for (unsigned int i = 0; i < TARGETS - TO_FIXED; i++)
			for (unsigned int w = 0; w < 2; w++) /* both places where L2 reads */
				((volatile uint32_t *)target_ipa(TO_FIXED + i))[w] =
					LAB_WORD(LAB_WORD_DATA, FIXED_PAGE(i) & 0xff, 0);
		strict = is_strict(v, &own[0][0]);
		must(v, call(v, LAB_CALL_CHAOS, param(SEED), 0) == 0, 0);
	}
	refused[v->id] = false;
}

static void something(struct vcpu *v)
{
	unsigned int i = below(v, OWN_SPACES + 1);
	struct space *s = i < OWN_SPACES ? &own[v->id][i] : &common;

	switch (below(v, 16)) {
	case 0:
	case 1:
		/* one vCPU at a time may change the shared tables */
		if (!s->shared || v->id == 0)
			remap(v, s, below(v, WINDOW_PAGES));
		break;
	case 2:
		invalidate(v, s, below(v, WINDOW_PAGES));
		break;
	case 3:
		tlbi_raw(v, s->c, OP_VMALLE1IS, 0, 0);
		tlbi_el2(v, &common);
		break;
	case 4:
	case 5:
		use_own_page(v, s);
		break;
	case 6:
	case 7:
		read_fresh(v, s);
		break;
	case 8:
	case 9:
		write_window(v, s);
		break;
	case 10:
		translate(v);
		break;
	default:
		read_window(v, s);
	}
}

void run_STRESS(struct vcpu *v)
{
	model_off();
	v->on_fault = on_fault;
	if (!own[v->id][0].c)
		set_up(v);
	barrier(v);
	for (uint64_t r = rounds(256); r; r--)
		something(v);
	barrier(v);
}
