// SPDX-License-Identifier: GPL-2.0-or-later
/* realm_model.c: see realm_model.h. */
#include <stdlib.h>
#include <string.h>
#include "realm_model.h"

enum model_state { M_NONE, M_DATA, M_NS, M_TABLE };

struct model_table {
	int level;
	uint8_t state[REALM_ENTRIES];
	struct model_table *child[REALM_ENTRIES];
};

struct model_walk {
	struct model_table *table;
	unsigned int index;
};

static void called(struct model *m, enum realm_call call, enum realm_status status)
{
	m->n.call[call][status]++;
}

static void did(struct model *m, enum realm_did what, unsigned int level)
{
	m->n.did[what][level]++;
}

static struct model_table *new_table(int level)
{
	struct model_table *t = calloc(1, sizeof(*t));

	if (!t)
		abort();
	t->level = level;
	return t;
}

static uint64_t down(uint64_t ipa, int level)
{
	return ipa & ~(REALM_SIZE(level) - 1);
}

/* To the entry of that level, or as far as there are tables. */
static struct model_walk walk_to(const struct model *m, uint64_t ipa, int level)
{
	uint64_t i = ipa / REALM_SIZE(m->start);
	struct model_walk w = { m->root[i / REALM_ENTRIES], i % REALM_ENTRIES };

	while (w.table->level < level && w.table->state[w.index] == M_TABLE) {
		w.table = w.table->child[w.index];
		w.index = ipa / REALM_SIZE(w.table->level) % REALM_ENTRIES;
	}
	return w;
}

static enum model_state state_of(const struct model_walk *w)
{
	return w->table->state[w->index];
}

/* The next address where something is, or where the table ends. */
static uint64_t skip(const struct model_walk *w, uint64_t ipa)
{
	unsigned int i = w->index;

	if (state_of(w) != M_NONE)
		return ipa;
	while (++i < REALM_ENTRIES && w->table->state[i] == M_NONE)
		;
	return down(ipa, w->table->level) + (i - w->index) * REALM_SIZE(w->table->level);
}

/* References: child tables and data. */
static bool referenced(const struct model_table *t)
{
	for (unsigned int i = 0; i < REALM_ENTRIES; i++)
		if (t->state[i] == M_TABLE || t->state[i] == M_DATA)
			return true;
	return false;
}

/* A granule from the spare one, or a new one. */
static void take_granule(struct model *m)
{
	if (!m->spare)
		called(m, CALL_DELEGATE, STATUS_SUCCESS);
	m->spare = false;
}

static void fill_spare(struct model *m)
{
	if (!m->spare)
		called(m, CALL_DELEGATE, STATUS_SUCCESS);
	m->spare = true;
}

/* A table's granule came back. */
static void give_granule(struct model *m)
{
	if (m->spare)
		called(m, CALL_UNDELEGATE, STATUS_SUCCESS);
	m->spare = true;
}

/* RTT_CREATE; the level at which the walk ended, level - 1 when there is a table already. */
static bool table_create(struct model *m, uint64_t ipa, int level, enum realm_did what, int *at)
{
	struct model_walk w = walk_to(m, ipa, level - 1);
	struct model_table *t;
	enum model_state was = state_of(&w);

	take_granule(m);
	*at = w.table->level;
	if (w.table->level != level - 1 || was == M_TABLE) {
		called(m, CALL_RTT_CREATE, STATUS_RTT);
		did(m, what, LEVEL_FAILED);
		m->spare = true;
		return false;
	}
	t = new_table(level);
	memset(t->state, was, sizeof(t->state));
	w.table->state[w.index] = M_TABLE;
	w.table->child[w.index] = t;
	called(m, CALL_RTT_CREATE, STATUS_SUCCESS);
	did(m, what, level);
	m->n.made[level]++;
	return true;
}

static void make_tables(struct model *m, uint64_t ipa, int from, int level)
{
	int at;

	for (;;) {
		if (!table_create(m, ipa, from, DID_CREATE, &at) && at < from - 1) {
			from = at + 1;
			continue;
		}
		if (from++ == level)
			break;
	}
	fill_spare(m);
}

static void make_missing(struct model *m, uint64_t ipa, int at, int level)
{
	if (m->folded)
		called(m, CALL_READ_ENTRY, STATUS_SUCCESS);
	make_tables(m, ipa, at + 1, level);
}

void model_create(struct model *m, unsigned int bits)
{
	unsigned int one;

	*m = (struct model){ .bits = bits, .start = 2 };
	while (m->start && 12 + 9 * (4 - (unsigned int)m->start) + 4 < bits)
		m->start--;
	one = 12 + 9 * (4 - (unsigned int)m->start);
	m->nr_roots = bits > one ? 1u << (bits - one) : 1;
	for (unsigned int i = 0; i < m->nr_roots; i++)
		m->root[i] = new_table(m->start);
	m->n.call[CALL_DELEGATE][STATUS_SUCCESS] += 1 + m->nr_roots;
	called(m, CALL_REALM_CREATE, STATUS_SUCCESS);
	fill_spare(m);
}

void model_tables(struct model *m, uint64_t ipa, int level)
{
	make_tables(m, ipa, level, level);
}

/* One mapping, with the tables it needs. */
static void map(struct model *m, uint64_t ipa, int level, enum realm_call call,
		enum realm_did what, enum model_state state)
{
	struct model_walk w = walk_to(m, ipa, level);

	if (w.table->level < level) {
		called(m, call, STATUS_RTT);
		did(m, what, LEVEL_FAILED);
		make_missing(m, ipa, w.table->level, level);
		w = walk_to(m, ipa, level);
	}
	called(m, call, STATUS_SUCCESS);
	did(m, what, level);
	w.table->state[w.index] = state;
}

void model_data(struct model *m, uint64_t ipa, bool unknown)
{
	called(m, CALL_DELEGATE, STATUS_SUCCESS);
	map(m, ipa, 3, unknown ? CALL_DATA_UNKNOWN : CALL_DATA_CREATE,
	    unknown ? DID_MAP_UNKNOWN : DID_MAP_DATA, M_DATA);
	m->nr_data++;
}

void model_block(struct model *m, uint64_t ipa, bool unknown)
{
	for (unsigned int i = 0; i < REALM_ENTRIES; i++)
		model_data(m, ipa + i * REALM_PAGE, unknown);
	model_fold(m, ipa, 3);
}

void model_fold(struct model *m, uint64_t ipa, int level)
{
	struct model_walk w = walk_to(m, ipa, level - 1);
	struct model_table *t = w.table->child[w.index];

	called(m, CALL_FOLD, STATUS_SUCCESS);
	did(m, DID_FOLD, level);
	w.table->state[w.index] = t->state[0];
	w.table->child[w.index] = NULL;
	free(t);
	m->folded = true;
	give_granule(m);
}

void model_unfold(struct model *m, uint64_t ipa, int level)
{
	int at;

	called(m, CALL_READ_ENTRY, STATUS_SUCCESS);
	table_create(m, ipa, level, DID_UNFOLD, &at);
	fill_spare(m);
}

void model_ns(struct model *m, uint64_t ipa, int level)
{
	map(m, ipa, level, CALL_MAP_NS, DID_MAP_NS, M_NS);
}

/* Entry by entry within a table; one that is too large gets a table. */
void model_ripas(struct model *m, uint64_t base, uint64_t top)
{
	while (base < top) {
		struct model_walk w = walk_to(m, base, 3);
		uint64_t size = REALM_SIZE(w.table->level);

		if (base % size || top - base < size) {
			called(m, CALL_INIT_RIPAS, STATUS_RTT);
			did(m, DID_INIT_RIPAS, LEVEL_FAILED);
			make_missing(m, base, w.table->level, w.table->level + 1);
			continue;
		}
		while (w.index < REALM_ENTRIES && top - base >= size &&
		       state_of(&w) == M_NONE) {
			w.index++;
			base += size;
		}
		called(m, CALL_INIT_RIPAS, STATUS_SUCCESS);
		did(m, DID_INIT_RIPAS, LEVEL_NONE);
	}
}

/* The entries are as they were mapped: none has been folded since. */
void model_unshare(struct model *m, uint64_t start, uint64_t end)
{
	for (uint64_t ipa = start; ipa < end;) {
		struct model_walk w = walk_to(m, ipa, 3);

		if (state_of(&w) == M_NS) {
			called(m, CALL_UNMAP_NS, STATUS_SUCCESS);
			did(m, DID_UNMAP_NS, (unsigned int)w.table->level);
			w.table->state[w.index] = M_NONE;
		}
		ipa = skip(&w, ipa);
	}
}

static void unfold_block(struct model *m, uint64_t ipa, int level)
{
	int at;

	table_create(m, ipa, level, DID_UNFOLD, &at);
	m->n.step[STEP_UNFOLDED]++;
}

static void drop_table(struct model *m, uint64_t ipa, int level)
{
	struct model_walk w = walk_to(m, ipa, level - 1);

	free(w.table->child[w.index]);
	w.table->child[w.index] = NULL;
	w.table->state[w.index] = M_NONE;
	called(m, CALL_RTT_DESTROY, STATUS_SUCCESS);
	did(m, DID_DESTROY, (unsigned int)level);
	give_granule(m);
}

void model_unmap(struct model *m, uint64_t start, uint64_t end)
{
	uint64_t addr = start, block = 0, block_end = 0;

	while (addr < end && m->nr_data) {
		struct model_walk w = walk_to(m, addr, 3);
		bool ok = w.table->level == 3 && state_of(&w) == M_DATA;

		called(m, CALL_DATA_DESTROY, ok ? STATUS_SUCCESS : STATUS_RTT);
		did(m, DID_UNMAP_DATA, ok ? 3 : LEVEL_FAILED);
		if (ok) {
			w.table->state[w.index] = M_NONE;
			m->nr_data--;
			called(m, CALL_UNDELEGATE, STATUS_SUCCESS);
		} else if (state_of(&w) == M_DATA) {
			unfold_block(m, addr, w.table->level + 1);
			block = down(addr, 2);
			block_end = block + REALM_SIZE(2);
			continue;
		}
		addr = skip(&w, addr);
		if (addr >= block_end || !m->nr_data) {
			if (block_end && block >= start && block_end <= end)
				drop_table(m, block, 3);
			block_end = 0;
		}
	}
	fill_spare(m);
}

static void destroy_range(struct model *m, uint64_t start, uint64_t end, int level)
{
	uint64_t addr = start, size = REALM_SIZE(level - 1);

	while (addr < end) {
		uint64_t part = down(addr, level - 1) + size;
		struct model_walk w = walk_to(m, addr, level - 1);

		if (part > end)
			part = end;
		if (addr % size || part - addr < size) {
			if (level < 3)
				destroy_range(m, addr, part, level + 1);
			addr = part;
		} else if (w.table->level != level - 1 || state_of(&w) != M_TABLE) {
			called(m, CALL_RTT_DESTROY, STATUS_RTT);
			did(m, DID_DESTROY, LEVEL_FAILED);
			m->n.step[STEP_SKIPPED]++;
			addr = skip(&w, addr);
		} else if (referenced(w.table->child[w.index])) {
			called(m, CALL_RTT_DESTROY, STATUS_RTT);
			did(m, DID_DESTROY, LEVEL_FAILED);
			m->n.step[STEP_RECURSED]++;
			destroy_range(m, addr, addr + size, level + 1);
		} else {
			drop_table(m, addr, level);
			m->n.step[STEP_DESTROYED]++;
			addr = skip(&w, addr);
		}
	}
}

void model_destroy_tables(struct model *m, uint64_t start, uint64_t end)
{
	destroy_range(m, start, end, m->start + 1);
}

void model_activate(struct model *m)
{
	called(m, CALL_ACTIVATE, STATUS_SUCCESS);
}

void model_destroy(struct model *m)
{
	uint64_t end = 1ull << m->bits;

	model_unshare(m, end / 2, end);
	model_unmap(m, 0, end / 2);
	destroy_range(m, 0, end, m->start + 1);
	called(m, CALL_REALM_DESTROY, STATUS_SUCCESS);
	m->n.step[STEP_DONE]++;
	m->n.call[CALL_UNDELEGATE][STATUS_SUCCESS] += 1 + m->nr_roots + m->spare;
	m->spare = false;
	for (unsigned int i = 0; i < m->nr_roots; i++)
		free(m->root[i]);
}

static uint64_t tables_below(const struct model_table *t)
{
	uint64_t n = 0;

	for (unsigned int i = 0; i < REALM_ENTRIES; i++)
		if (t->state[i] == M_TABLE)
			n += 1 + tables_below(t->child[i]);
	return n;
}

uint64_t model_nr_tables(const struct model *m)
{
	uint64_t n = 0;

	for (unsigned int i = 0; i < m->nr_roots; i++)
		n += tables_below(m->root[i]);
	return n;
}

static const char *print_one(FILE *f, const char *sep, const char *what, const char *key,
			     const char *sub, uint64_t n)
{
	if (!n)
		return sep;
	fprintf(f, "%s\"rtt.%s.%s%s%s\":%llu", sep, what, key, sub ? "." : "", sub ? sub : "",
		(unsigned long long)n);
	return ",";
}

void model_print(const struct model_counts *n, FILE *f)
{
#define C_KEY(id, key, fid) key,
#define KEY(id, key) key,
	static const char *const calls[] = { REALM_CALLS(C_KEY) }, *const dids[] = { REALM_OPS(KEY) },
				 *const steps[] = { REALM_STEPS(KEY) }, *const leaks[] = { REALM_LEAKS(KEY) },
				 *const status[] = { "success", "input", "realm", "rec", "rtt" },
				 *const levels[] = { "l0", "l1", "l2", "l3", "none", "failed" };
	const char *sep = "";

	for (unsigned int i = 0; i < CALL_MAX; i++)
		for (unsigned int s = 0; s < STATUS_MAX; s++)
			sep = print_one(f, sep, "call", calls[i], status[s], n->call[i][s]);
	for (unsigned int i = 0; i < DID_MAX; i++)
		for (unsigned int l = 0; l < 6; l++)
			sep = print_one(f, sep, "op", dids[i], levels[l], n->did[i][l]);
	for (unsigned int i = 0; i < STEP_MAX; i++)
		sep = print_one(f, sep, "teardown", steps[i], NULL, n->step[i]);
	for (unsigned int i = 0; i < LEAK_MAX; i++)
		sep = print_one(f, sep, "leak", leaks[i], NULL, n->leak[i]);
}
