// SPDX-License-Identifier: GPL-2.0-or-later
/* model.c: see model.h. */
#include "model.h"

#include <stdlib.h>
#include <string.h>

#define PAGE 4096ull

static uint64_t size_of(int level)
{
	static const uint64_t sizes[] = { 512ull << 30, 1ull << 30, 2ull << 20, 4096 };

	return sizes[level];
}

static uint64_t rtt_error(int level)
{
	return 4 + 256 * (uint64_t)level;
}

static struct rmm_granule *granule(struct model *m, uint64_t pa)
{
	if (pa % PAGE || pa < m->base || pa >= m->base + m->nr * PAGE)
		return NULL;
	return m->granules + (pa - m->base) / PAGE;
}

static bool is(struct model *m, uint64_t pa, unsigned int state)
{
	struct rmm_granule *g = granule(m, pa);

	return g && g->state == state;
}

static void become(struct model *m, uint64_t pa, unsigned int state)
{
	struct rmm_granule *g = granule(m, pa);

	memset(g, 0, sizeof(*g));
	g->state = (uint8_t)state;
}

struct model_realm *model_realm(struct model *m, uint64_t rd)
{
	for (int i = 0; i < MODEL_REALMS; i++)
		if (m->realms[i].used && m->realms[i].rd == rd)
			return &m->realms[i];
	return NULL;
}

unsigned int model_refs(const struct model_table *t)
{
	unsigned int n = 0;

	for (int i = 0; i < RMI_ENTRIES; i++)
		n += t->e[i].kind == M_DATA || t->e[i].kind == M_TABLE;
	return n;
}

/* The table's number of references must be seen in the granules. */
static void changed(struct model *m, const struct model_table *t)
{
	granule(m, t->pa)->refs = (uint16_t)model_refs(t);
}

static struct model_table *table_new(struct model *m, const struct model_realm *r, int level,
				     uint64_t base, uint64_t pa)
{
	for (int i = 0; i < MODEL_TABLES; i++) {
		struct model_table *t = &m->tables[i];

		if (t->used)
			continue;
		memset(t, 0, sizeof(*t));
		t->used = true;
		t->realm = r;
		t->level = level;
		t->base = base;
		t->pa = pa;
		become(m, pa, RMM_RTT);
		granule(m, pa)->level = (uint8_t)level;
		return t;
	}
	abort(); /* the tests make fewer */
}

static void table_gone(struct model *m, struct model_table *t)
{
	become(m, t->pa, RMM_DELEGATED);
	t->used = false;
}

static struct model_table *table_at(struct model *m, const struct model_realm *r, uint64_t ipa,
				    int level)
{
	for (int i = 0; i < MODEL_TABLES; i++) {
		struct model_table *t = &m->tables[i];

		if (t->used && t->realm == r && t->level == level && ipa >= t->base &&
		    ipa - t->base < RMI_ENTRIES * size_of(level))
			return t;
	}
	return NULL;
}

struct model_table *model_cover(struct model *m, const struct model_realm *r, uint64_t ipa,
				int level)
{
	struct model_table *t = NULL;

	for (; !t && level >= r->start; level--)
		t = table_at(m, r, ipa, level);
	return t;
}

static struct model_entry *entry_of(struct model_table *t, uint64_t ipa)
{
	return &t->e[(ipa - t->base) / size_of(t->level)];
}

static bool live(const struct model_entry *e)
{
	return e->kind == M_DATA || e->kind == M_WINDOW || e->kind == M_TABLE;
}

static uint64_t skip_from(struct model_table *t, uint64_t ipa)
{
	uint64_t size = size_of(t->level), end = t->base + RMI_ENTRIES * size;

	if (live(entry_of(t, ipa)))
		return ipa;
	for (ipa -= ipa % size; ipa < end; ipa += size)
		if (live(entry_of(t, ipa)))
			break;
	return ipa;
}

static bool inside(const struct model_realm *r, uint64_t ipa)
{
	return ipa < (1ull << r->s2sz) / 2;
}

static bool address_ok(const struct model_realm *r, uint64_t ipa, int level)
{
	return ipa < 1ull << r->s2sz && ipa % size_of(level) == 0;
}

/* ---- granules and realms ---- */
static uint64_t delegate(struct model *m, uint64_t pa)
{
	if (!is(m, pa, RMM_NS))
		return 1;
	become(m, pa, RMM_DELEGATED);
	return 0;
}

static uint64_t undelegate(struct model *m, uint64_t pa)
{
	if (!is(m, pa, RMM_DELEGATED))
		return 1;
	become(m, pa, RMM_NS);
	return 0;
}

/* Every s2sz a start level can do, with its number of roots, spelt out. */
static uint64_t roots(uint64_t s2sz, uint64_t start)
{
	if (start == 0 && s2sz >= 40 && s2sz <= 48)
		return 1;
	if (start == 1 && s2sz >= 31 && s2sz <= 39)
		return 1;
	if (start == 1 && s2sz >= 40 && s2sz <= 43)
		return 2ull << (s2sz - 40);
	if (start == 2 && s2sz >= 22 && s2sz <= 30)
		return 1;
	if (start == 2 && s2sz >= 31 && s2sz <= 34)
		return 2ull << (s2sz - 31);
	return 0;
}

static uint64_t realm_create(struct model *m, uint64_t rd, uint64_t params)
{
	const uint64_t *p;
	struct model_realm r = { .used = true, .rd = rd }, *slot = NULL;
	uint64_t n;

	if (!is(m, params, RMM_NS) || !is(m, rd, RMM_DELEGATED))
		return 1;
	p = m->ns_page(params);
	r.s2sz = p[1] % 256;
	r.vmid = p[0x100] % 65536;
	r.root = p[0x101];
	r.start = (int)p[0x102];
	n = r.nr_roots = p[0x103] % (1ull << 32);
	if (p[0] % 8 || r.s2sz < 32 || r.s2sz > (m->feature0 & 255) || p[6] % 256)
		return 1;
	if (p[3] % 256 == 0 || p[3] % 256 > (m->feature0 >> 14) % 64 || p[4] % 256 == 0 ||
	    p[4] % 256 > (m->feature0 >> 20) % 64)
		return 1;
	if (!n || n != roots(r.s2sz, p[0x102]) || r.root % (n * PAGE))
		return 1;
	for (uint64_t i = 0; i < n; i++)
		if (!is(m, r.root + i * PAGE, RMM_DELEGATED) || r.root + i * PAGE == rd)
			return 1;
	for (int i = 0; i < MODEL_REALMS; i++) {
		if (!m->realms[i].used)
			slot = &m->realms[i];
		else if (m->realms[i].vmid == r.vmid)
			return 1;
	}
	if (!slot)
		abort();
	*slot = r;
	become(m, rd, RMM_RD);
	for (uint64_t i = 0; i < n; i++) {
		uint64_t covers = RMI_ENTRIES * size_of(r.start);
		struct model_table *t = table_new(m, slot, r.start, i * covers, r.root + i * PAGE);

		for (uint64_t k = 0; k < RMI_ENTRIES; k++)
			if (!inside(slot, t->base + k * size_of(r.start)))
				t->e[k].kind = M_OUTSIDE;
	}
	return 0;
}

static uint64_t realm_activate(struct model *m, uint64_t rd)
{
	struct model_realm *r = model_realm(m, rd);

	if (!r)
		return 1;
	if (r->active)
		return 2;
	r->active = true;
	return 0;
}

static uint64_t realm_destroy(struct model *m, uint64_t rd)
{
	struct model_realm *r = model_realm(m, rd);

	if (!r)
		return 1;
	for (int i = 0; i < MODEL_TABLES; i++)
		if (m->tables[i].used && m->tables[i].realm == r && model_refs(&m->tables[i]))
			return 2;
	for (int i = 0; i < MODEL_TABLES; i++)
		if (m->tables[i].used && m->tables[i].realm == r)
			table_gone(m, &m->tables[i]);
	become(m, rd, RMM_DELEGATED);
	memset(r, 0, sizeof(*r));
	return 0;
}

/* ---- tables ---- */
static bool structure_ok(const struct model_realm *r, uint64_t ipa, uint64_t level)
{
	return r && level <= 3 && (int)level > r->start && address_ok(r, ipa, (int)level - 1);
}

static uint64_t rtt_create(struct model *m, uint64_t rd, uint64_t rtt, uint64_t ipa, uint64_t l)
{
	struct model_realm *r = model_realm(m, rd);
	struct model_table *parent, *t;
	struct model_entry was;
	int level = (int)l;

	if (!is(m, rtt, RMM_DELEGATED) || !structure_ok(r, ipa, l))
		return 1;
	parent = model_cover(m, r, ipa, level - 1);
	if (parent->level < level - 1)
		return rtt_error(parent->level);
	was = *entry_of(parent, ipa);
	if (was.kind == M_TABLE)
		return rtt_error(level - 1);
	m->unfolds[was.kind]++;
	t = table_new(m, r, level, ipa, rtt);
	for (uint64_t i = 0; i < RMI_ENTRIES; i++) {
		t->e[i] = was;
		if (live(&was))
			t->e[i].pa = was.pa + i * size_of(level);
	}
	*entry_of(parent, ipa) = (struct model_entry){ .kind = M_TABLE, .pa = rtt };
	changed(m, parent);
	changed(m, t);
	return 0;
}

static void rtt_destroy(struct model *m, const uint64_t *a, uint64_t *x)
{
	struct model_realm *r = model_realm(m, a[0]);
	uint64_t ipa = a[1], pa;
	struct model_table *parent, *t;
	struct model_entry *e;
	int level = (int)a[2];

	x[0] = 1;
	if (!structure_ok(r, ipa, a[2]))
		return;
	parent = model_cover(m, r, ipa, level - 1);
	e = entry_of(parent, ipa);
	x[0] = rtt_error(parent->level);
	if (parent->level < level - 1 || e->kind != M_TABLE) {
		x[2] = skip_from(parent, ipa);
		return;
	}
	t = table_at(m, r, ipa, level);
	x[0] = rtt_error(level);
	x[2] = ipa;
	if (model_refs(t))
		return;
	pa = t->pa;
	table_gone(m, t);
	*e = (struct model_entry){ .kind = M_OUTSIDE };
	if (inside(r, ipa))
		*e = (struct model_entry){ .kind = M_HOLE, .ripas = RMI_DESTROYED };
	changed(m, parent);
	x[0] = 0;
	x[1] = pa;
	x[2] = skip_from(parent, ipa);
}

/* May the table be folded, and into what? */
static bool foldable(const struct model_table *t, struct model_entry *into)
{
	const struct model_entry *e = t->e;

	*into = e[0];
	for (uint64_t i = 0; i < RMI_ENTRIES; i++) {
		if (e[i].kind != e[0].kind || e[i].ripas != e[0].ripas || e[i].attrs != e[0].attrs)
			return false;
		if (live(&e[i]) && e[i].pa != e[0].pa + i * size_of(t->level))
			return false;
	}
	switch (e[0].kind) {
	case M_TABLE:
		return false;
	case M_DATA:
	case M_WINDOW:
		return t->level > 1 && e[0].pa % size_of(t->level - 1) == 0;
	default:
		return true;
	}
}

static void rtt_fold(struct model *m, const uint64_t *a, uint64_t *x)
{
	struct model_realm *r = model_realm(m, a[0]);
	struct model_table *parent, *t;
	struct model_entry into;
	uint64_t ipa = a[1];
	int level = (int)a[2];

	x[0] = 1;
	if (!structure_ok(r, ipa, a[2]))
		return;
	parent = model_cover(m, r, ipa, level - 1);
	x[0] = rtt_error(parent->level);
	t = table_at(m, r, ipa, level);
	if (!t)
		return;
	x[0] = rtt_error(level);
	if (!foldable(t, &into))
		return;
	x[0] = 0;
	x[1] = t->pa;
	m->folds[into.kind]++;
	table_gone(m, t);
	*entry_of(parent, ipa) = into;
	changed(m, parent);
}

static void read_entry(struct model *m, const uint64_t *a, uint64_t *x)
{
	struct model_realm *r = model_realm(m, a[0]);
	struct model_table *t;
	struct model_entry *e;

	x[0] = 1;
	if (!r || a[2] > 3 || (int)a[2] < r->start || !address_ok(r, a[1], (int)a[2]))
		return;
	t = model_cover(m, r, a[1], (int)a[2]);
	e = entry_of(t, a[1]);
	x[0] = 0;
	x[1] = (uint64_t)t->level;
	x[2] = e->kind == M_TABLE ? 2 : live(e) ? 1 : 0;
	x[3] = e->pa + e->attrs;
	x[4] = e->ripas;
}

/* ---- what tables map ---- */
static uint64_t data_create(struct model *m, const uint64_t *a, bool known)
{
	struct model_realm *r = model_realm(m, a[0]);
	struct model_table *t;
	struct model_entry *e;

	if (!r || !is(m, a[1], RMM_DELEGATED) || a[2] % PAGE || !inside(r, a[2]))
		return 1;
	if (known && !is(m, a[3], RMM_NS))
		return 1;
	if (known && r->active)
		return 2;
	t = model_cover(m, r, a[2], 3);
	e = entry_of(t, a[2]);
	if (t->level < 3 || e->kind != M_HOLE)
		return rtt_error(t->level);
	*e = (struct model_entry){ .kind = M_DATA,
				   .pa = a[1],
				   .ripas = known ? RMI_RAM : e->ripas };
	become(m, a[1], RMM_DATA);
	changed(m, t);
	return 0;
}

static void data_destroy(struct model *m, const uint64_t *a, uint64_t *x)
{
	static const unsigned int after[] = { RMI_EMPTY, RMI_DESTROYED, RMI_DESTROYED };
	struct model_realm *r = model_realm(m, a[0]);
	struct model_table *t;
	struct model_entry *e;

	x[0] = 1;
	if (!r || a[1] % PAGE || !inside(r, a[1]))
		return;
	t = model_cover(m, r, a[1], 3);
	e = entry_of(t, a[1]);
	x[0] = rtt_error(t->level);
	if (t->level == 3 && e->kind == M_DATA) {
		x[0] = 0;
		x[1] = e->pa;
		become(m, e->pa, RMM_DELEGATED);
		*e = (struct model_entry){ .kind = M_HOLE, .ripas = after[e->ripas] };
		changed(m, t);
	}
	x[2] = skip_from(t, a[1]);
}

static void init_ripas(struct model *m, const uint64_t *a, uint64_t *x)
{
	struct model_realm *r = model_realm(m, a[0]);
	uint64_t ipa = a[1], top = a[2], size;
	struct model_table *t;

	x[0] = 1;
	if (!r || ipa % PAGE || top % PAGE || top <= ipa || top > (1ull << r->s2sz) / 2)
		return;
	x[0] = 2;
	if (r->active)
		return;
	t = model_cover(m, r, ipa, 3);
	size = size_of(t->level);
	x[0] = rtt_error(t->level);
	while (ipa % size == 0 && ipa + size <= top && ipa < t->base + RMI_ENTRIES * size) {
		struct model_entry *e = entry_of(t, ipa);

		if (e->kind != M_HOLE || e->ripas == RMI_DESTROYED)
			break;
		e->ripas = RMI_RAM;
		ipa += size;
		x[0] = 0;
		x[1] = ipa;
	}
}

static bool outside_ok(const struct model_realm *r, uint64_t ipa, uint64_t level)
{
	return r && level >= 1 && level <= 3 && (int)level >= r->start &&
	       address_ok(r, ipa, (int)level) && !inside(r, ipa);
}

static uint64_t map(struct model *m, const uint64_t *a)
{
	struct model_realm *r = model_realm(m, a[0]);
	uint64_t pa = a[3] / PAGE * PAGE, attrs = a[3] % PAGE;
	struct model_table *t;
	struct model_entry *e;

	/* bits 2 to 7 are the host's; 4 in bits 2 to 5 is reserved */
	if (!outside_ok(r, a[1], a[2]) || pa >= 1ull << 48 || pa % size_of((int)a[2]) ||
	    attrs % 4 || attrs > 255 || attrs / 4 % 16 == 4)
		return 1;
	t = model_cover(m, r, a[1], (int)a[2]);
	e = entry_of(t, a[1]);
	if (t->level < (int)a[2] || e->kind != M_OUTSIDE)
		return rtt_error(t->level);
	*e = (struct model_entry){ .kind = M_WINDOW, .pa = pa, .attrs = attrs };
	return 0;
}

static void unmap(struct model *m, const uint64_t *a, uint64_t *x)
{
	struct model_realm *r = model_realm(m, a[0]);
	struct model_table *t;
	struct model_entry *e;

	x[0] = 1;
	if (!outside_ok(r, a[1], a[2]))
		return;
	t = model_cover(m, r, a[1], (int)a[2]);
	e = entry_of(t, a[1]);
	x[0] = rtt_error(t->level);
	if (t->level == (int)a[2] && e->kind == M_WINDOW) {
		x[0] = 0;
		*e = (struct model_entry){ .kind = M_OUTSIDE };
	}
	x[1] = skip_from(t, a[1]);
}

unsigned int model_call(struct model *m, uint64_t fid, const uint64_t *a, uint64_t *x)
{
	memset(x, 0, 5 * sizeof(*x));
	switch (fid) {
	case RMI_VERSION:
		x[0] = a[0] != 0x10000;
		x[1] = x[2] = 0x10000;
		return 3;
	case RMI_FEATURES:
		x[1] = a[0] ? 0 : m->feature0;
		return 2;
	case RMI_GRANULE_DELEGATE:
		x[0] = delegate(m, a[0]);
		return 1;
	case RMI_GRANULE_UNDELEGATE:
		x[0] = undelegate(m, a[0]);
		return 1;
	case RMI_REALM_CREATE:
		x[0] = realm_create(m, a[0], a[1]);
		return 1;
	case RMI_REALM_ACTIVATE:
		x[0] = realm_activate(m, a[0]);
		return 1;
	case RMI_REALM_DESTROY:
		x[0] = realm_destroy(m, a[0]);
		return 1;
	case RMI_RTT_CREATE:
		x[0] = rtt_create(m, a[0], a[1], a[2], a[3]);
		return 1;
	case RMI_RTT_DESTROY:
		rtt_destroy(m, a, x);
		return 3;
	case RMI_RTT_FOLD:
		rtt_fold(m, a, x);
		return 2;
	case RMI_RTT_READ_ENTRY:
		read_entry(m, a, x);
		return 5;
	case RMI_RTT_INIT_RIPAS:
		init_ripas(m, a, x);
		return 2;
	case RMI_RTT_MAP_UNPROTECTED:
		x[0] = map(m, a);
		return 1;
	case RMI_RTT_UNMAP_UNPROTECTED:
		unmap(m, a, x);
		return 2;
	case RMI_DATA_CREATE:
	case RMI_DATA_CREATE_UNKNOWN:
		x[0] = data_create(m, a, fid == RMI_DATA_CREATE);
		return 1;
	case RMI_DATA_DESTROY:
		data_destroy(m, a, x);
		return 3;
	}
	return 0;
}
