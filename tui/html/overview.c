// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * overview.c: the questions that users ask first, each with its answer in
 * words and numbers, or why there is none.
 */
#include <inttypes.h>

#include "html.h"
#include "rtt.h"
#include "top/fold.h"

/* ---- tiles: the numbers to look at first ---- */

static void tile(struct html *h, const char *label, int event, int dim)
{
	uint64_t n = html_sum(h, event, dim);
	double most;

	/* the answers below say why something is unavailable; most hosts run no realm */
	if ((n == NS_UNAVAILABLE && event != NS_EV_S2_FAULT) ||
	    (!n && ns_events[event].system == NS_SYS_RTT))
		return;
	fprintf(h->f, "<div class=\"tile\"><dt>%s</dt><dd>", label);
	html_count(h, n);
	if (n != NS_UNAVAILABLE) {
		fputs("<small>", h->f);
		html_rate(h, n);
		fputs("</small>", h->f);
	}
	most = n == NS_UNAVAILABLE ? 0 : html_course_most(h->p, event, dim);
	if (most > 0) {
		fprintf(h->f,
			"<svg class=\"spark\" viewBox=\"0 0 %.3f 200\" "
			"preserveAspectRatio=\"none\" aria-hidden=\"true\">",
			html_span(h));
		html_course_path(h, event, dim, most);
		fputs("</svg>", h->f);
	}
	fputs("</dd></div>\n", h->f);
}

static void tiles(struct html *h)
{
	fputs("<dl class=\"tiles\">\n", h->f);
	tile(h, "shadow S2 faults", NS_EV_S2_FAULT, NS_ANY);
	tile(h, "contexts evicted", NS_EV_S2_CTX, NS_CTX_EVICT);
	tile(h, "TLBIs by L1", NS_EV_S2_TLBI, NS_ANY);
	tile(h, "MMU notifier unmaps", NS_EV_S2_UNMAP, NS_UNMAP_NOTIFIER);
	tile(h, "AT instructions", NS_EV_AT_OP, NS_ANY);
	tile(h, "MMIO", mmio_event(&h->p->m), NS_ANY);
	tile(h, "traps", NS_EV_EL2_TRAP, NS_ANY);
	tile(h, "exits out of L2", NS_EV_EL2_EXIT, NS_ANY);
	tile(h, "shadow pages made", NS_EV_S2_PAGE, NS_PAGE_MADE);
	tile(h, "RMI calls", NS_EV_RTT_CALL, NS_ANY);
	fputs("</dl>\n", h->f);
}

/* ---- questions ---- */

static void ask(struct html *h, const char *question, const char *link)
{
	fprintf(h->f, "<dt>%s <a href=\"#%s\" aria-label=\"details: %s\">details</a></dt><dd>",
		question, link, question);
}

/* "<number> <words>" */
static void number(struct html *h, uint64_t n, const char *words)
{
	html_count(h, n);
	fputs(words, h->f);
}

/* Why there is no answer; true when there is none. */
static bool no_answer(struct html *h, unsigned int event)
{
	const char *note = h->p->m.provider[event].note;
	uint64_t lost = html_lost(h, event);

	if (html_has(h, event) && lost)
		fprintf(h->f, "<b class=\"bad\">%" PRIu64 " %s events were lost, so %s</b> ", lost,
			ns_events[event].key,
			html_sum(h, (int)event, NS_ANY) ? "at least:" : "it is not known.");
	if (html_has(h, event) && lost && !html_sum(h, (int)event, NS_ANY)) {
		fputs("</dd>\n", h->f);
		return true;
	}
	if (html_has(h, event))
		return false;
	fputs("<span class=\"na\">unavailable</span>: ", h->f);
	if (!view_shows(h->v, event))
		fprintf(h->f, "%s was left out by -e or --filter", ns_events[event].key);
	else
		html_text(h, *note ? note : "the kernel did not provide it");
	fputs(".</dd>\n", h->f);
	return true;
}

static uint64_t refaults(struct html *h)
{
	uint64_t n = 0;

	for (int c = 0; c < NS_NR_CAUSE; c++)
		n += cause_is_refault(c) ? html_sum(h, NS_EV_S2_FAULT, c) : 0;
	return n;
}

/* The three most frequent causes, with their shares. */
static void top_causes(struct html *h, uint64_t all)
{
	uint64_t n[NS_NR_CAUSE] = { 0 };
	int best;

	for (int c = 0; c < NS_NR_CAUSE; c++)
		n[c] = html_sum(h, NS_EV_S2_FAULT, c);
	for (int k = 0; k < 3; k++) {
		best = 0;
		for (int c = 1; c < NS_NR_CAUSE; c++)
			best = n[c] > n[best] ? c : best;
		if (!n[best])
			break;
		fputs(k ? ", " : ": ", h->f);
		html_value(h, NS_D_CAUSE, (unsigned int)best);
		fputs(" ", h->f);
		html_share(h, n[best], all);
		n[best] = 0;
	}
}

static void faults(struct html *h)
{
	uint64_t n;

	ask(h, "How many shadow stage-2 faults, and why?", "causes");
	if (no_answer(h, NS_EV_S2_FAULT))
		return;
	n = html_sum(h, NS_EV_S2_FAULT, NS_ANY);
	if (!n) {
		fputs("None", h->f);
	} else {
		number(h, n, " (");
		html_rate(h, n);
		fputs(")", h->f);
		top_causes(h, n);
		fputs(". ", h->f);
		number(h, refaults(h), " (");
		html_share(h, refaults(h), n);
		fputs(") were refaults, of pages that had been mapped before", h->f);
	}
	fputs(".</dd>\n", h->f);
}

static void cost(struct html *h)
{
	struct ns_query q = { NS_ANY, NS_ANY, NS_ANY, NS_EV_S2_FAULT, NS_ANY, NS_ANY };
	unsigned int vcpus = ns_model_vcpus(&h->p->m, q); /* which L2's stall is shared by */
	double s = model_seconds(&h->p->m);
	struct ns_hist hist;

	ask(h, "What does a shadow fault cost?", "latency");
	if (no_answer(h, NS_EV_S2_FAULT))
		return;
	hist = html_hist(h, NS_ANY, NS_EV_S2_FAULT, NS_ANY);
	if (!hist.count) {
		fputs("Nothing: there was none.</dd>\n", h->f);
		return;
	}
	fputs("Half of them took up to ", h->f);
	html_ns(h, ns_hist_quantile(&hist, 0.5));
	fputs(", one in a hundred more than ", h->f);
	html_ns(h, ns_hist_quantile(&hist, 0.99));
	fputs("; together ", h->f);
	html_ns(h, hist.ns);
	if (vcpus && s > 0) {
		fprintf(h->f,
			", in which L2 was stalled: %.2g %% of the time of the %u vCPU%s that took "
			"them",
			(double)hist.ns / 1e7 / s / vcpus, vcpus, vcpus > 1 ? "s" : "");
	}
	fputs(".</dd>\n", h->f);
	ns_hist_free(&hist);
}

/* What took shadow entries away, and what came of it. */
static void notifier(struct html *h)
{
	struct ns_hist own, after;

	ask(h, "Did the host take memory away from L2?", "bill");
	if (no_answer(h, NS_EV_S2_UNMAP))
		return;
	own = html_hist(h, NS_ANY, NS_EV_S2_UNMAP, NS_UNMAP_NOTIFIER);
	after = html_hist(h, NS_ANY, NS_EV_S2_FAULT, NS_CAUSE_NOTIFIER);
	if (!own.count && !after.count) {
		fputs(html_lost(h, NS_EV_S2_UNMAP)
			      ? "none that was kept is an MMU notifier's"
			      : "No: no MMU notifier unmapped a shadow context",
		      h->f);
	} else {
		fputs("Yes: MMU notifiers unmapped shadow contexts ", h->f);
		number(h, own.count, " times");
		if (html_has(h, NS_EV_S2_FAULT)) {
			fputs("; ", h->f);
			number(h, after.count, " refaults followed, which took ");
			html_ns(h, after.ns);
		}
	}
	fputs(".</dd>\n", h->f);
	ns_hist_free(&own);
	ns_hist_free(&after);
}

/* The page that faulted most often: is L2 going in circles? */
static void stuck(struct html *h)
{
	const struct ns_heat *heat = &h->p->detail.heat;
	const struct ns_heat_page *most = NULL;

	ask(h, "Is L2 making progress?", "heat");
	if (no_answer(h, NS_EV_S2_FAULT))
		return;
	for (unsigned int i = 0; i < heat->size; i++) {
		const struct ns_heat_page *p = &heat->slot[i];

		/* a hash: of equal ones the same whatever its size */
		if (p->faults &&
		    (!most || p->faults > most->faults ||
		     (p->faults == most->faults &&
		      (p->ctx < most->ctx || (p->ctx == most->ctx && p->page < most->page)))))
			most = p;
	}
	if (!most) {
		fputs(html_sum(h, NS_EV_S2_FAULT, NS_ANY)
			      ? "<span class=\"na\">unavailable</span>: no fault told its address"
			      : "No page of L2 faulted",
		      h->f);
	} else {
		fprintf(h->f, "The page that faulted most, 0x%" PRIx64 ", did so ",
			most->page << NS_HEAT_SHIFT);
		number(h, most->faults, most->faults == 1 ? " time, mostly " : " times, mostly ");
		html_value(h, NS_D_CAUSE, ns_heat_top_cause(most));
		fputs("; ", h->f);
		number(h, html_sum(h, NS_EV_S2_FAULT, NS_CAUSE_RETRY), " faults had to be retried");
	}
	fputs(". <code>nestscope check</code> looks for faults that never end.</dd>\n", h->f);
}

static void contexts(struct html *h)
{
	uint64_t hit, evict, all;
	unsigned int nr = 0;

	ask(h, "Are the shadow contexts thrashing?", "contexts");
	if (no_answer(h, NS_EV_S2_CTX))
		return;
	hit = html_sum(h, NS_EV_S2_CTX, NS_CTX_HIT);
	evict = html_sum(h, NS_EV_S2_CTX, NS_CTX_EVICT);
	all = html_sum(h, NS_EV_S2_CTX, NS_ANY);
	for (unsigned int i = 1; i < NS_MAX_CTXS; i++)
		nr += h->p->detail.pool.ctx[i].lookups > 0;
	if (!all) {
		fputs("None was looked up.</dd>\n", h->f);
		return;
	}
	fputs(evict || html_lost(h, NS_EV_S2_CTX) ? "" : "No: ", h->f);
	number(h, nr, nr == 1 ? " context, " : " contexts, ");
	number(h, all, " look-ups, ");
	html_share(h, hit, all);
	fputs(" hits; ", h->f);
	number(h, evict, evict == 1 ? " eviction" : " evictions");
	if (evict && html_has(h, NS_EV_S2_FAULT)) {
		fputs(", after which ", h->f);
		number(h, html_sum(h, NS_EV_S2_FAULT, NS_CAUSE_EVICT), " pages faulted again");
	}
	fputs(".</dd>\n", h->f);
}

static void tlbi(struct html *h)
{
	struct ns_hist own, sum;
	uint64_t n = 0, ns = 0;

	ask(h, "What do L1's TLBIs cost?", "bill");
	if (no_answer(h, NS_EV_S2_TLBI))
		return;
	own = html_hist(h, NS_ANY, NS_EV_S2_TLBI, NS_ANY);
	for (int c = NS_CAUSE_TLBI_VMALLS12E1; c <= NS_CAUSE_TLBI_ALLE1; c++) {
		sum = html_hist(h, NS_ANY, NS_EV_S2_FAULT, c);
		n += sum.count;
		ns += sum.ns;
		ns_hist_free(&sum);
	}
	if (!own.count) {
		fputs("Nothing: L1 issued none", h->f);
	} else {
		number(h, own.count, " took ");
		html_ns(h, own.ns);
	}
	if (n && html_has(h, NS_EV_S2_FAULT)) {
		fputs("; ", h->f);
		number(h, n, " refaults on what they dropped took ");
		html_ns(h, ns);
	}
	fputs(".</dd>\n", h->f);
	ns_hist_free(&own);
}

static void at(struct html *h)
{
	uint64_t fast = 0, slow = 0, n, all;

	ask(h, "Does AT take the slow path?", "counts");
	if (no_answer(h, NS_EV_AT_OP))
		return;
	all = html_sum(h, NS_EV_AT_OP, NS_ANY);
	for (int p = 0; p < NS_NR_PATH; p++) {
		n = html_sum(h, NS_EV_AT_OP, p);
		if (path_is_slow(p))
			slow += n;
		else if (p != NS_PATH_RETRY)
			fast += n;
	}
	if (!all) {
		fputs("L1 executed none", h->f);
	} else {
		number(h, all, " in all: ");
		html_share(h, fast, all);
		fputs(" fast, ", h->f);
		html_share(h, slow, all);
		fputs(" slow, ", h->f);
		html_share(h, html_sum(h, NS_EV_AT_OP, NS_PATH_RETRY), all);
		fputs(" replayed", h->f);
	}
	fputs(".</dd>\n", h->f);
}

/* The MMU, or exits? */
static void exits(struct html *h)
{
	bool x86 = event_on(&h->p->m, NS_EV_EL2_EXIT);
	int leaves = x86 ? NS_EV_EL2_EXIT : NS_EV_EL2_TRAP;

	ask(h, "Is it the MMU at all, or exits?", "timeline");
	if (no_answer(h, (unsigned int)leaves))
		return;
	number(h, html_sum(h, leaves, NS_ANY), x86 ? " exits out of L2 (" : " traps (");
	html_rate(h, html_sum(h, leaves, NS_ANY));
	fputs(x86 ? "), entries of L2: " : "), returns from virtual EL2: ", h->f);
	number(h, html_sum(h, NS_EV_EL2_ERET, NS_ANY), " (");
	html_rate(h, html_sum(h, NS_EV_EL2_ERET, NS_ANY));
	fputs(")", h->f);
	if (!x86) {
		fputs(", VNCR_EL2 faults: ", h->f);
		html_count(h, html_sum(h, NS_EV_EL2_VNCR, NS_ANY));
	}
	fputs(", against shadow faults: ", h->f);
	html_count(h, html_sum(h, NS_EV_S2_FAULT, NS_ANY));
	fputs(".</dd>\n", h->f);
}

static void mmio(struct html *h)
{
	int event = mmio_event(&h->p->m);
	uint64_t all, known;

	ask(h, "Who handles MMIO, and does its cache help?", "counts");
	if (no_answer(h, (unsigned int)event))
		return;
	all = html_sum(h, event, NS_ANY);
	if (event == NS_EV_MMIO_ABORT && all) {
		number(h, all, " aborts: ");
		html_share(h, html_sum(h, event, NS_DEST_KERNEL), all);
		fputs(" handled in the kernel, ", h->f);
		html_share(h, html_sum(h, event, NS_DEST_USER), all);
		fputs(" by the VMM. Cache: ", h->f);
	} else {
		number(h, all, " accesses. Cache: ");
	}
	all = html_sum(h, NS_EV_MMIO_CACHE, NS_ANY);
	if (all == NS_UNAVAILABLE) {
		html_count(h, all);
	} else if (!all) {
		fputs("never asked", h->f);
	} else {
		known = html_sum(h, NS_EV_MMIO_CACHE, NS_CACHE_HIT) +
			html_sum(h, NS_EV_MMIO_CACHE, NS_CACHE_VCPU_HIT);
		html_share(h, known, all);
		fputs(" hits, ", h->f);
		html_share(h, html_sum(h, NS_EV_MMIO_CACHE, NS_CACHE_STALE), all);
		fputs(" stale", h->f);
	}
	fputs(".</dd>\n", h->f);
}

static void realm(struct html *h)
{
	struct ns_rtt r;

	if (!html_has(h, NS_EV_RTT_OP))
		return;
	ns_rtt_count(&h->p->m, NS_ANY, &r);
	if (!r.seen)
		return;
	ask(h, "What is left of the realms?", "realms");
	fputs("Tables: ", h->f);
	html_count(h, ns_rtt_live_all(&r));
	fputs(", delegated granules: ", h->f);
	html_count(h, ns_rtt_granules(&r));
	fputs(", pages leaked: ", h->f);
	html_count(h, html_sum(h, NS_EV_RTT_LEAK, NS_ANY));
	fputs(".</dd>\n", h->f);
}

void html_overview(struct html *h)
{
	tiles(h);
	fputs("<dl class=\"answers\">\n", h->f);
	faults(h);
	notifier(h);
	cost(h);
	stuck(h);
	exits(h);
	contexts(h);
	tlbi(h);
	at(h);
	mmio(h);
	realm(h);
	fputs("</dl>\n", h->f);
}
