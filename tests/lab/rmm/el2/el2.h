/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * el2.h: a host in place of a kernel: a bare-metal program at EL2 that calls
 * the RMM, checks what it answers and what the CPU forbids, and prints TAP.
 */
#ifndef LAB_RMM_EL2_H
#define LAB_RMM_EL2_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ctl.h"
#include "rmi.h"

#define CPUS 2
/* Each CPU's own memory to give to realms. */
#define POOL(cpu) (0x48000000ul + (cpu)*0x1c000000ul)

#define GB (1ull << 30)
#define MB2 (2ull << 20)

/* start.S: read, write a word; the syndrome of the abort, or 0. */
uint64_t probe_read(uint64_t pa, uint64_t *value);
uint64_t probe_write(uint64_t pa, uint64_t value);
extern char secondary_start[];
uint64_t smc_raw(uint64_t *regs);

/* What a refused access is: a data abort whose status is "granule protection fault". */
#define GPF_EC 0x25
#define GPF_DFSC 0x28
static inline bool is_gpf(uint64_t esr)
{
	return esr >> 26 == GPF_EC && (esr & 0x3f) == GPF_DFSC;
}

/* call.c: every RMI call goes through rmi(), which counts it for its CPU */
unsigned int this_cpu(void);
uint64_t rmi4(uint64_t fid, uint64_t a0, uint64_t a1, uint64_t a2, uint64_t a3);
uint64_t rmi5(uint64_t fid, uint64_t a0, uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4);
/* x1 and on of this CPU's last call */
uint64_t out(unsigned int i);
uint64_t counted(unsigned int command, unsigned int status);
uint64_t rmm_count(uint64_t what, uint64_t i, uint64_t j);
void order(uint64_t fid, uint64_t skip, uint64_t times, uint64_t answer);
void order_clear(void);

/* print.c */
void print(const char *text);
void print_number(uint64_t v);
void print_hex(uint64_t v);
/* One TAP line; returns ok. */
bool tap(bool ok, const char *name);
/* Within a test: says which condition does not hold, once. */
#define expect(cond) expect_that(cond, #cond, __LINE__)
bool expect_that(bool cond, const char *text, int line);
/* All expectations since the last one in one TAP line. */
void result(const char *name);

/* realm.c: a realm, its memory, and its end */
struct realm {
	uint64_t rd, root, params, spare;
	unsigned int s2sz;
	int start;
	uint64_t next; /* the next page of the pool */
	uint64_t tables; /* made and not yet destroyed */
	uint64_t leaked; /* pages that could not be undelegated */
	uint64_t calls; /* RTT_DESTROY */
};

enum walk_result { WALK_OK, WALK_BUSY, WALK_BROKEN, WALK_STUCK };

uint64_t realm_page(struct realm *r);
uint64_t realm_delegated(struct realm *r);
bool realm_new(struct realm *r, unsigned int cpu, unsigned int s2sz, int start);
bool realm_table(struct realm *r, uint64_t ipa, int level);
/* Everything mapped goes, protected and unprotected; the number of pages there were. */
uint64_t realm_unmap(struct realm *r);
enum walk_result realm_destroy_tables(struct realm *r);
/* REALM_DESTROY, and the last pages back; true when it was destroyed. */
bool realm_end(struct realm *r);

/* tests */
void test_commands(void);
void test_protection(void);
void test_teardown(void);
void test_faults(void);
void test_smp(void);
void smp_secondary(void);

#endif
