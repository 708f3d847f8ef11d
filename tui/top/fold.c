// SPDX-License-Identifier: GPL-2.0-or-later
/* fold.c: see fold.h. */
#include "fold.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "view.h"

struct fold {
	struct fold_row *row;
	unsigned int nr, cap;
	uint32_t *index; /* a hash: position + 1 */
	unsigned int index_size;
};

#define FOLD_MIN 64 /* rows; a power of two */

int mmio_event(const struct ns_model *m)
{
	return event_on(m, NS_EV_MMIO_ABORT) ? NS_EV_MMIO_ABORT : NS_EV_MMIO_ACCESS;
}

bool cause_is_refault(int cause)
{
	return cause >= NS_CAUSE_TLBI_VMALLS12E1 && cause <= NS_CAUSE_TABLES;
}

bool path_is_slow(int path)
{
	return path > NS_PATH_FAST_UNKNOWN && path != NS_PATH_RETRY;
}

double percent_of(uint64_t part, uint64_t all)
{
	return all ? 100.0 * part / all : NAN;
}

static struct row_id id_of(const struct ns_metric *k, enum fold_level level)
{
	struct row_id id = { k->vm, NS_ANY, NS_ANY, 0 };

	if (level == FOLD_VCPU)
		id.vcpu = k->vcpu;
	if (level == FOLD_CTX)
		id.ctx = k->ctx;
	return id;
}

static uint32_t *slot_of(const struct fold *f, const struct row_id *id)
{
	uint64_t mix = ((uint64_t)(uint32_t)id->vm << 40 ^ (uint64_t)(uint32_t)id->vcpu << 20 ^
			(uint32_t)id->ctx) *
		       0x9e3779b97f4a7c15ULL;
	unsigned int i = (unsigned int)(mix >> 32) & (f->index_size - 1);
	const struct row_id *have;

	for (; f->index[i]; i = (i + 1) & (f->index_size - 1)) {
		have = &f->row[f->index[i] - 1].id;
		if (have->vm == id->vm && have->vcpu == id->vcpu && have->ctx == id->ctx)
			break;
	}
	return &f->index[i];
}

static bool grow(struct fold *f)
{
	unsigned int cap = f->cap ? f->cap * 2 : FOLD_MIN, i;
	struct fold_row *row = realloc(f->row, cap * sizeof(*row));
	uint32_t *index;

	if (!row)
		return false;
	f->row = row;
	index = calloc(cap * 2, sizeof(*index));
	if (!index)
		return false;
	free(f->index);
	f->index = index;
	f->cap = cap;
	f->index_size = cap * 2;
	for (i = 0; i < f->nr; i++)
		*slot_of(f, &f->row[i].id) = i + 1;
	return true;
}

/* The row of id; a new one when there is none.  NULL: no memory. */
static struct fold_row *row_of(struct fold *f, struct row_id id)
{
	struct fold_row *r;
	uint32_t *slot;

	if (f->nr == f->cap && !grow(f))
		return NULL;
	slot = slot_of(f, &id);
	if (*slot)
		return &f->row[*slot - 1];
	*slot = ++f->nr;
	r = &f->row[f->nr - 1];
	memset(r, 0, sizeof(*r));
	r->id = id;
	return r;
}

static void add_total(struct fold_row *r, const struct ns_metric *k)
{
	if (k->event == NS_EV_S2_FAULT) {
		r->all_faults += k->h.count;
		r->all_ns += k->h.ns;
		r->all_cause[k->dim] += k->h.count;
	} else if (k->event == NS_EV_S2_CTX) {
		r->all_ctx[k->dim] += k->h.count;
	}
}

static void add_delta(struct fold_row *r, const struct ns_metric *k, int mmio)
{
	if (k->event == NS_EV_S2_FAULT) {
		ns_hist_merge(&r->faults, &k->h);
		r->cause[k->dim] += k->h.count;
	} else if (k->event == NS_EV_S2_CTX) {
		r->ctx[k->dim] += k->h.count;
	} else if (k->event == NS_EV_AT_OP) {
		r->at += k->h.count;
		r->at_slow += path_is_slow(k->dim) ? k->h.count : 0;
	} else if (k->event == mmio) {
		r->mmio += k->h.count;
	}
}

static void fold_model(struct fold *f, const struct ns_model *m, const struct row_id *scope,
		       enum fold_level level, bool total)
{
	int mmio = mmio_event(m);
	const struct ns_metric *k;
	struct fold_row *r;
	unsigned int i;

	for (i = 0; i < m->nr_metrics; i++) {
		k = &m->metrics[i];
		if (!scope_metric(scope, k) || (level == FOLD_CTX && !k->ctx))
			continue;
		r = row_of(f, id_of(k, level));
		if (!r)
			return;
		if (total)
			add_total(r, k);
		else
			add_delta(r, k, mmio);
	}
}

/* A VM's own events get a row only where no vCPU of it is known. */
static void drop_ownerless(struct fold *f)
{
	unsigned int i, j, nr = 0;
	bool drop;

	for (i = 0; i < f->nr; i++) {
		drop = false;
		for (j = 0; f->row[i].id.vcpu == NS_NO_VCPU && j < f->nr && !drop; j++)
			drop = f->row[j].id.vm == f->row[i].id.vm &&
			       f->row[j].id.vcpu != NS_NO_VCPU;
		if (drop)
			ns_hist_free(&f->row[i].faults);
		else
			f->row[nr++] = f->row[i];
	}
	f->nr = nr;
}

static void fold_make(struct fold *f, const struct snapshot *s, const struct row_id *scope,
		      enum fold_level level)
{
	memset(f, 0, sizeof(*f));
	fold_model(f, s->total, scope, level, true);
	fold_model(f, s->delta, scope, level, false);
	if (level == FOLD_VCPU)
		drop_ownerless(f);
}

static void fold_free(struct fold *f)
{
	unsigned int i;

	for (i = 0; i < f->nr; i++)
		ns_hist_free(&f->row[i].faults);
	free(f->row);
	free(f->index);
	memset(f, 0, sizeof(*f));
}

void fold_draw(struct canvas *c, const struct snapshot *s, struct ui *ui, struct table *t,
	       enum fold_level level, fold_fill_fn *fill, int top, int bottom)
{
	struct fold f;
	unsigned int i;

	fold_make(&f, s, &ui->p.only, level);
	t->rows = table_rows((int)f.nr);
	for (i = 0; t->rows && i < f.nr; i++)
		fill(s, &f.row[i], &t->rows[t->nr++]);
	table_draw(c, s, ui, t, top, bottom);
	fold_free(&f);
}
