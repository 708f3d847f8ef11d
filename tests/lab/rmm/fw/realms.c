// SPDX-License-Identifier: GPL-2.0-or-later
/* realms.c: the RMM of this machine: its memory, its lock, its hooks. */
#include "fw.h"

static struct rmm rmm;
static struct rmm_granule granules[FW_MAX_GRANULES];

/*
 * One lock for all: calls are short, and a lock per granule would be a design
 * to test of its own.  First come, first served.
 */
static uint32_t next_ticket, now_serving;

static void lock(void)
{
	uint32_t ticket = __atomic_fetch_add(&next_ticket, 1, __ATOMIC_RELAXED);

	while (__atomic_load_n(&now_serving, __ATOMIC_ACQUIRE) != ticket)
		wfe();
}

static void unlock(void)
{
	__atomic_store_n(&now_serving, now_serving + 1, __ATOMIC_RELEASE);
	sev();
}

static void *realm(uint64_t pa)
{
	return (void *)(FW_REALM_WINDOW + pa);
}

static void read_ns(void *dst, uint64_t pa, unsigned int size)
{
	const volatile uint64_t *from = (const uint64_t *)(FW_NS_WINDOW + pa);
	uint64_t *to = dst;

	for (; size; size -= 8)
		*to++ = *from++;
}

static void wipe(uint64_t pa)
{
	uint64_t step = 4ul << (read_sysreg(dczid_el0) & 15), p = FW_REALM_WINDOW + pa;

	for (uint64_t end = p + RMI_GRANULE; p < end; p += step)
		__asm__ volatile("dc zva, %0" ::"r"(p) : "memory");
}

static const struct rmm_plat plat = { realm, read_ns, gpt_protect, wipe };

/* What this CPU can do, and realms may have. */
static uint64_t feature0(void)
{
	static const uint8_t pa_bits[] = { 32, 36, 40, 42, 44, 48, 48, 48 };
	uint64_t dfr0 = read_sysreg(id_aa64dfr0_el1), mmfr0 = read_sysreg(id_aa64mmfr0_el1);

	return (uint64_t)pa_bits[mmfr0 & 7] << RMI_F0_S2SZ_SHIFT |
	       (dfr0 >> 12 & 15) << RMI_F0_BPS_SHIFT | (dfr0 >> 20 & 15) << RMI_F0_WPS_SHIFT |
	       RMI_F0_SHA256;
}

void realms_init(uint64_t ram, uint64_t size)
{
	rmm.plat = &plat;
	rmm.granules = granules;
	rmm.base = ram;
	rmm.nr_granules = size / RMI_GRANULE;
	if (rmm.nr_granules > FW_MAX_GRANULES)
		rmm.nr_granules = FW_MAX_GRANULES;
	rmm.feature0 = feature0();
}

bool realms_call(struct regs *r)
{
	struct rmm_call c = { .fid = r->x[0] };
	bool served;

	for (unsigned int i = 0; i < 6; i++)
		c.a[i] = r->x[1 + i];
	lock();
	served = rmm_dispatch(&rmm, &c);
	unlock();
	if (!served)
		return false;
	for (unsigned int i = 0; i < c.nx; i++)
		r->x[i] = c.x[i];
	return true;
}

static void print_count(const char *what, const char *of, uint64_t n)
{
	print("rmm ");
	print(what);
	print(" ");
	print(of);
	print(" ");
	print_number(n);
	print("\n");
}

static void print_levels(const char *what, const uint64_t *n)
{
	static const char *const levels[] = { "0", "1", "2", "3" };

	for (int l = 0; l <= RMI_LEVEL_LAST; l++)
		if (n[l])
			print_count(what, levels[l], n[l]);
}

/* The whole account, at the end: one line "rmm WHAT OF NUMBER" for each that is not 0. */
void realms_print(void)
{
	static const char *const states[] = { "NS", "DELEGATED", "RD", "DATA", "RTT" };
	const struct rmm_counts *n = &rmm.count;

	for (uint64_t f = 0; f < RMI_NR_FIDS; f++)
		for (unsigned int s = 0; s <= RMI_NR_STATUS; s++) {
			if (!n->calls[f][s])
				continue;
			print("rmm calls ");
			print(rmm_fid_name(RMI_FID_FIRST + f));
			print("/");
			print(rmm_status_name(s));
			print(" ");
			print_number(n->calls[f][s]);
			print("\n");
		}
	for (unsigned int s = RMM_DELEGATED; s < RMM_NR_STATES; s++)
		if (n->granules[s])
			print_count("granules", states[s], n->granules[s]);
	print_levels("tables", n->tables);
	print_levels("made", n->made);
	print_levels("gone", n->gone);
	print_count("realms", "live", n->realms);
	print_count("answers", "ordered", n->ordered);
}
