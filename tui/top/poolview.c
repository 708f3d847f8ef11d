// SPDX-License-Identifier: GPL-2.0-or-later
/* poolview.c: the pool of contexts in words: its size, who pushes out whom. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "contexts.h"
#include "fold.h"
#include "view.h"

#define CHAINS 6 /* lines of them */
#define CHAIN_LENGTH 12 /* contexts in one */

/* The VM that the pool lines are about: the scope's, or the one that evicts most. */
static int pool_vm(const struct snapshot *s, const struct ui *ui)
{
	uint64_t n, most = 0;
	unsigned int i;
	int best = NS_ANY;

	if (ui->p.only.vm != NS_ANY)
		return ui->p.only.vm;
	for (i = 0; i < s->total->nr_vms; i++) {
		struct ns_query q = { s->total->vms[i].id, NS_ANY, NS_ANY,
				      NS_EV_S2_CTX,	   NS_ANY, NS_ANY };

		n = 1 + ns_model_count(s->total, q);
		q.dim = NS_CTX_EVICT;
		n += ns_model_count(s->total, q) << 20; /* evictions count before look-ups */
		if (n > most) {
			most = n;
			best = s->total->vms[i].id;
		}
	}
	return best;
}

/* "pool of 3; LRU hits with 1: 7 %, 2: 24 %, 3 (as now): 45 %, 5: 100 % (enough)" */
static void draw_sizes(struct canvas *c, const struct snapshot *s, int vm, int y)
{
	const struct ns_stackdist *d = s->detail && vm != NS_ANY ? s->detail->dist[vm] : NULL;
	unsigned int slots = s->detail && vm != NS_ANY ? s->detail->pool.slots[vm] : 0, n;
	uint64_t lookups = d ? ns_stackdist_lookups(d) : 0;
	unsigned int enough = d ? ns_stackdist_enough(d) : 0;
	char a[NUMBER];
	int x;

	if (!lookups)
		return;
	x = draw_text(c, 1, y, STYLE_NORMAL, "%s: pool of ", vm_name(s->total, vm));
	x = slots ? draw_text(c, x, y, STYLE_NORMAL, "%u", slots)
		  : draw_text(c, x, y, STYLE_NORMAL, "unknown size");
	x = draw_text(c, x, y, STYLE_NORMAL, "; LRU hits with");
	for (n = 1; n < enough && x < c->w - 28; n++)
		if (n == slots || (!(n & (n - 1)) && (c->w >= 100 || n >= slots)))
			x = draw_text(c, x, y, STYLE_NORMAL, " %u%s: %s,", n,
				      n == slots ? " (as now)" : "",
				      show_percent(100.0 * ns_stackdist_hits(d, n) / lookups, a));
	draw_text(c, x, y, STYLE_BOLD, " %u: %s (enough)", enough,
		  show_percent(100.0 * ns_stackdist_hits(d, enough) / lookups, a));
}

int pool_draw_head(struct canvas *c, const struct snapshot *s, const struct ui *ui, int y,
		   int bottom)
{
	char a[NUMBER], b[NUMBER], d[NUMBER];
	int x;

	if (draw_unavailable(c, s, NS_EV_S2_CTX, "context look-ups", y))
		return y + 1;
	x = draw_text(c, 1, y++, STYLE_BOLD, "look-ups %s  hit %s  evict %s",
		      show_rate(snap_rate(s, ui, NS_EV_S2_CTX, NS_ANY), a),
		      show_percent(snap_share(s, ui, NS_EV_S2_CTX, NS_CTX_HIT), b),
		      show_rate(snap_rate(s, ui, NS_EV_S2_CTX, NS_CTX_EVICT), d));
	if (s->detail && ui->p.only.vcpu == NS_ANY)
		x = draw_text(c, x, y - 1, STYLE_BOLD, "  in the pool %u",
			  ns_pool_live(&s->detail->pool, ui->p.only.vm));
	draw_history(c, s, ui, NS_EV_S2_CTX, NS_CTX_EVICT, x + 2, y - 1);
	if (bottom - y < 7)
		return y;
	if (!draw_no_detail(c, s, y))
		draw_sizes(c, s, pool_vm(s, ui), y);
	return y + 1;
}

/* ---- eviction chains ---- */

struct chain {
	unsigned int ctx[CHAIN_LENGTH], nr;
	uint64_t count; /* of its rarest step */
};

static int by_count(const void *pa, const void *pb)
{
	const struct ns_pool_pair *a = pa, *b = pb;

	if (a->count != b->count)
		return a->count < b->count ? 1 : -1;
	return a->victim != b->victim ? a->victim - b->victim : a->winner - b->winner;
}

/* The most frequent pair not yet told whose victim is ctx (0: any); -1: none. */
static int next_pair(const struct ns_pool_pair *pair, const bool *told, unsigned int nr,
		     unsigned int ctx)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		if (!told[i] && (!ctx || pair[i].victim == ctx))
			return (int)i;
	return -1;
}

/* Follow a slot from owner to owner until one comes twice. */
static bool next_chain(const struct ns_pool_pair *pair, bool *told, unsigned int nr,
		       struct chain *ch)
{
	int i = next_pair(pair, told, nr, 0);
	unsigned int j;

	if (i < 0)
		return false;
	memset(ch, 0, sizeof(*ch));
	ch->ctx[ch->nr++] = pair[i].victim;
	ch->count = UINT64_MAX;
	while (i >= 0 && ch->nr < CHAIN_LENGTH) {
		told[i] = true;
		if (pair[i].count < ch->count)
			ch->count = pair[i].count;
		ch->ctx[ch->nr++] = pair[i].winner;
		for (j = 0; j + 1 < ch->nr; j++)
			if (ch->ctx[j] == pair[i].winner)
				return true;
		i = next_pair(pair, told, nr, pair[i].winner);
	}
	return true;
}

static int chain_by_count(const void *pa, const void *pb)
{
	const struct chain *a = pa, *b = pb;

	return a->count < b->count ? 1 : -(a->count > b->count);
}

static void draw_chain(struct canvas *c, const struct snapshot *s, const struct chain *ch, int y)
{
	const struct ns_model_ctx *ctx = ns_model_ctx(s->total, ch->ctx[0]);
	char a[NUMBER];
	unsigned int i;
	int x;

	x = draw_text(c, 2, y, STYLE_NORMAL, "%9s x  ", show_count(ch->count, a));
	if (ctx)
		x = draw_text(c, x, y, STYLE_NORMAL, "%s: ", vm_name(s->total, ctx->vm));
	for (i = 0; i < ch->nr; i++) {
		ctx = ns_model_ctx(s->total, ch->ctx[i]);
		x = draw_text(c, x, y, STYLE_NORMAL, "%s", i ? " -> " : "VMID ");
		x = ctx ? draw_text(c, x, y, STYLE_NORMAL, "%u",
				    vttbr_vmid(ctx->vttbr, ctx->vtcr))
			: draw_text(c, x, y, STYLE_NORMAL, "?");
	}
}

int pool_draw_chains(struct canvas *c, const struct snapshot *s, const struct ui *ui, int top,
		     int bottom)
{
	static struct ns_pool_pair pair[NS_POOL_PAIRS];
	bool told[NS_POOL_PAIRS] = { false };
	const struct ns_pool *p = s->detail ? &s->detail->pool : NULL;
	struct chain ch[CHAINS];
	unsigned int i, nr = 0;
	int chains = 0;

	for (i = 0; p && i < p->nr_pairs; i++)
		if (ui->p.only.vm == NS_ANY || p->ctx[p->pair[i].victim].vm == ui->p.only.vm)
			pair[nr++] = p->pair[i];
	if (!nr)
		return bottom;
	qsort(pair, nr, sizeof(*pair), by_count);
	while (chains < CHAINS && bottom - chains - 2 > top &&
	       next_chain(pair, told, nr, &ch[chains]))
		chains++;
	qsort(ch, (size_t)chains, sizeof(*ch), chain_by_count);
	for (i = 0; i < (unsigned int)chains; i++)
		draw_chain(c, s, &ch[i], bottom - chains + (int)i);
	draw_text(c, 1, bottom - chains - 1, STYLE_BOLD, "a slot goes from one to the next (so many times at least):");
	return bottom - chains - 1;
}
