// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * check_change.c: when mappings of a context went away, for the rules that ask
 * why a page faults again or how a cache can still know it.
 *
 * An unmap's event comes at its end and tells how long it took: what it covers
 * went away at some moment between begin and end.
 */
#include "check_priv.h"

#include <errno.h>
#include <stdlib.h>

#define KEPT 64 /* changes of each context */
/*
 * What KVM unmaps without letting go of mmu_lock, with any granule.  It has the
 * lock until its event has come, so that nothing gets in after it began.
 */
#define ONE_STEP (32ULL << 20)

struct ctx_changes {
	struct ns_change ring[KEPT];
	uint64_t nr; /* that there were */
};

struct ns_changes {
	struct ctx_changes ctx[NS_MAX_CTXS];
	uint64_t wp_end[NS_MAX_VMS]; /* the latest write-protection */
};

int ns_changes_open(struct ns_changes **out)
{
	/* 2.6 MB, touched as far as there are contexts */
	*out = calloc(1, sizeof(**out));
	return *out ? 0 : -ENOMEM;
}

void ns_changes_close(struct ns_changes *ch)
{
	free(ch);
}

static void add(struct ns_changes *ch, const struct ns_feed *f, uint64_t lo, uint64_t hi)
{
	struct ctx_changes *cc = &ch->ctx[f->ev->ctx];

	cc->ring[cc->nr++ % KEPT] = (struct ns_change){
		.id = f->id,
		.begin = hi - lo > ONE_STEP ? f->not_before : f->begin,
		.end = f->ev->ts,
		.lo = lo,
		.hi = hi,
	};
}

static void unmapped(struct ns_changes *ch, const struct ns_feed *f)
{
	uint64_t start = ns_fed(f->ev, NS_S2_UNMAP_START), size = ns_fed(f->ev, NS_S2_UNMAP_SIZE);

	add(ch, f, start, start + size < start ? UINT64_MAX : start + size);
}

void ns_changes_feed(struct ns_changes *ch, const struct ns_feed *f)
{
	const struct ns_event *ev = f->ev;

	if (ev->event == NS_EV_S2_WP && ev->vm < NS_MAX_VMS)
		ch->wp_end[ev->vm] = ev->ts;
	if (!ev->ctx || ev->ctx >= NS_MAX_CTXS)
		return;
	if (ev->event == NS_EV_S2_UNMAP)
		unmapped(ch, f);
	else if (ev->event == NS_EV_S2_CTX && ev->dim != NS_CTX_HIT)
		add(ch, f, 0, UINT64_MAX); /* it begins with nothing mapped */
}

static bool covers(const struct ns_change *x, uint64_t ipa)
{
	return ipa >= x->lo && ipa < x->hi;
}

bool ns_changed_since(const struct ns_changes *ch, const struct ns_event *ev, uint64_t ipa,
		      uint64_t since, bool *forgot)
{
	const struct ctx_changes *cc = &ch->ctx[ev->ctx % NS_MAX_CTXS];
	const struct ns_change *x;

	*forgot = false;
	if (ch->wp_end[ev->vm % NS_MAX_VMS] >= since)
		return true;
	for (uint64_t i = cc->nr; i && cc->nr - i < KEPT; i--) {
		x = &cc->ring[(i - 1) % KEPT];
		if (x->end < since)
			return false;
		if (covers(x, ipa))
			return true;
	}
	*forgot = cc->nr > KEPT;
	return false;
}

bool ns_unmapped_after(const struct ns_changes *ch, unsigned int ctx, uint64_t ipa, uint64_t after,
		       struct ns_change *out, bool *forgot)
{
	const struct ctx_changes *cc = &ch->ctx[ctx % NS_MAX_CTXS];
	const struct ns_change *x;
	bool found = false;

	*forgot = false;
	for (uint64_t i = cc->nr; i && cc->nr - i < KEPT; i--) {
		x = &cc->ring[(i - 1) % KEPT];
		if (x->end < after)
			return found;
		if (x->begin > after && covers(x, ipa)) {
			*out = *x;
			found = true;
		}
	}
	*forgot = cc->nr > KEPT;
	return found;
}
