// SPDX-License-Identifier: GPL-2.0-or-later
/* contexts.c: the Contexts screen: who is in the pool of shadow contexts. */
#include "contexts.h"

#include <math.h>
#include <string.h>

#include "fold.h"
#include "table.h"
#include "view.h"

#define BADDR 0xffffffffffffULL /* VTTBR_EL2.BADDR, below the VMID */

enum {
	COL_VM,
	COL_SLOT,
	COL_VMID,
	COL_BASE,
	COL_FAULTS,
	COL_REFAULT,
	COL_HIT,
	COL_EVICT,
	COL_USERS,
	COL_AGE,
	COL_P99,
	COL_COUNT,
	COL_TOTAL,
	COL_COLD,
	COL_EVICTED,
	COL_HITS,
	COL_OUT,
	COL_AWAY,
	NR_COLS
};
static const struct table_column columns[NR_COLS + 1] = {
	[COL_VM] = { "VM", 15, NULL, 8 },
	[COL_SLOT] = { "slot", 4, show_integer, 0 },
	[COL_VMID] = { "VMID", 5, show_integer, 0 },
	[COL_BASE] = { "base", 14, show_hex, 10 },
	[COL_FAULTS] = { "faults/s", 8, show_per_second, 0 },
	[COL_REFAULT] = { "refault", 7, show_percent, 0 },
	[COL_HIT] = { "hit", 6, show_percent, 0 },
	[COL_EVICT] = { "evict/s", 7, show_per_second, 0 },
	[COL_USERS] = { "users", 5, show_integer, 0 },
	[COL_AGE] = { "age", 7, show_ns, 0 },
	[COL_P99] = { "p99", 7, show_ns, 0 },
	[COL_COUNT] = { "faults", 9, show_count, 0 },
	[COL_TOTAL] = { "time", 7, show_ns, 0 },
	[COL_COLD] = { "cold", 7, show_count, 0 },
	[COL_EVICTED] = { "evicted", 9, show_count, 0 },
	[COL_HITS] = { "hits", 9, show_count, 0 },
	[COL_OUT] = { "out", 7, show_count, 0 },
	[COL_AWAY] = { "away", 7, show_ns, 0 },
};

static double told(uint32_t v)
{
	return v == NS_POOL_NONE ? NAN : v;
}

/* What only whole events tell. */
static void fill_pool(const struct snapshot *s, int ctx, double *v)
{
	const struct ns_pool_ctx *p = s->detail ? &s->detail->pool.ctx[ctx] : NULL;
	uint64_t now = s->total->end_ns;

	v[COL_SLOT] = v[COL_USERS] = v[COL_AGE] = v[COL_OUT] = v[COL_AWAY] = NAN;
	if (!p || !p->lookups)
		return;
	if (p->live) {
		v[COL_SLOT] = told(p->slot);
		v[COL_USERS] = told(p->users);
	}
	v[COL_AGE] = now > p->last_ns ? now - p->last_ns : 0;
	v[COL_OUT] = p->evicted;
	v[COL_AWAY] = p->back ? (double)p->away_ns / p->back : NAN;
}

static void fill_row(const struct snapshot *s, const struct fold_row *f, struct table_row *r)
{
	const struct ns_model_ctx *ctx = ns_model_ctx(s->total, f->id.ctx);
	bool look = event_on(s->total, NS_EV_S2_CTX), fault = event_on(s->total, NS_EV_S2_FAULT);
	uint64_t refaults = 0, lookups = 0;
	double *v = r->value;
	int i;

	for (i = 0; i < NS_NR_CAUSE; i++)
		refaults += cause_is_refault(i) ? f->cause[i] : 0;
	for (i = 0; i < NS_NR_CTX; i++)
		lookups += f->ctx[i];
	r->id = f->id;
	snprintf(r->text[0], TABLE_TEXT, "%s", vm_name(s->total, f->id.vm));
	v[COL_VMID] = ctx ? vttbr_vmid(ctx->vttbr, ctx->vtcr) : NAN;
	v[COL_BASE] = ctx ? (double)(ctx->vttbr & BADDR) : NAN;
	v[COL_FAULTS] = fault && s->seconds > 0 ? f->faults.count / s->seconds : NAN;
	v[COL_REFAULT] = percent_of(refaults, f->faults.count);
	v[COL_HIT] = percent_of(f->ctx[NS_CTX_HIT], lookups);
	v[COL_EVICT] = look && s->seconds > 0 ? f->ctx[NS_CTX_EVICT] / s->seconds : NAN;
	v[COL_P99] = f->faults.count ? ns_hist_quantile(&f->faults, 0.99) : NAN;
	v[COL_COUNT] = fault ? (double)f->all_faults : NAN;
	v[COL_TOTAL] = fault ? (double)f->all_ns : NAN;
	v[COL_COLD] = fault ? (double)f->all_cause[NS_CAUSE_COLD] : NAN;
	v[COL_EVICTED] = fault ? (double)f->all_cause[NS_CAUSE_EVICT] : NAN;
	v[COL_HITS] = look ? (double)f->all_ctx[NS_CTX_HIT] : NAN;
	fill_pool(s, f->id.ctx, v);
}

void contexts_table(struct canvas *c, const struct snapshot *s, struct ui *ui, int top, int bottom)
{
	struct table t = { .columns = columns, .sort = COL_FAULTS };

	fold_draw(c, s, ui, &t, FOLD_CTX, fill_row, top, bottom);
}

static void contexts_draw(struct canvas *c, const struct snapshot *s, struct ui *ui, int top,
			  int bottom)
{
	top = pool_draw_head(c, s, ui, top, bottom);
	if (bottom - top >= 12)
		bottom = pool_draw_chains(c, s, ui, top + 4, bottom);
	contexts_table(c, s, ui, top, bottom);
}

static void contexts_enter(struct ui *ui)
{
	ui_enter(ui, screen_index(&screen_heat), ui->at);
}

const struct screen screen_contexts = { "Contexts", '3', true, contexts_draw, contexts_enter, NULL };
