// SPDX-License-Identifier: GPL-2.0-or-later
/* latency.c: how long each timed event took: histograms over powers of ten. */
#include <inttypes.h>
#include <math.h>

#include "html.h"

#define PER_DECADE 10
#define BINS (12 * PER_DECADE) /* from 1 ns to 1000 s */

struct bins {
	uint64_t n[BINS];
	uint64_t most;
	int first, last; /* whole decades around what occurred */
};

static int bin_of(uint64_t ns)
{
	int b = ns > 1 ? (int)(log10((double)ns) * PER_DECADE) : 0;

	return b < BINS ? b : BINS - 1;
}

static void fill(struct bins *b, const struct ns_hist *h)
{
	uint64_t low, high;
	int i;

	*b = (struct bins){ .first = BINS, .last = 0 };
	for (unsigned int k = h->first; k < (unsigned int)h->first + h->nr; k++) {
		if (!ns_hist_at(h, k))
			continue;
		ns_bucket_range(k, &low, &high);
		i = bin_of(low + (high - low) / 2);
		b->n[i] += ns_hist_at(h, k);
		b->most = b->n[i] > b->most ? b->n[i] : b->most;
		b->first = i < b->first ? i : b->first;
		b->last = i > b->last ? i : b->last;
	}
	b->first -= b->first % PER_DECADE;
	b->last += PER_DECADE - b->last % PER_DECADE;
}

/* Decades of both, when there is a page beside this one. */
static void share(struct bins *b, const struct bins *other)
{
	if (!other->most)
		return;
	b->first = other->first < b->first ? other->first : b->first;
	b->last = other->last > b->last ? other->last : b->last;
}

static void quantile(struct html *h, const struct ns_hist *hist, double q, const char *class)
{
	double ns = (double)ns_hist_quantile(hist, q);

	fprintf(h->f, "<path class=\"%s\" d=\"M%.2f 0V100\"/>", class,
		ns > 1 ? log10(ns) * PER_DECADE : 0);
}

static const char *decade(int i, char *buf, size_t size)
{
	static const char *const unit[] = { "ns", "µs", "ms", "s" };
	int k = i / 3 < 3 ? i / 3 : 3;

	snprintf(buf, size, "%.0f %s", pow(10, i - 3 * k), unit[k]);
	return buf;
}

static void bars(struct html *h, const struct ns_hist *hist, const struct bins *b)
{
	char buf[16];

	fprintf(h->f,
		"<svg class=\"hist\" viewBox=\"%d 0 %d 100\" preserveAspectRatio=\"none\" "
		"role=\"img\">"
		"<title>%" PRIu64
		" durations, on a logarithmic axis</title><path class=\"tk\" d=\"",
		b->first, b->last - b->first, hist->count);
	for (int i = b->first; i <= b->last; i += PER_DECADE)
		fprintf(h->f, "M%d 0V100", i);
	fputs("\"/>", h->f);
	for (int i = b->first; i < b->last; i++)
		if (b->n[i])
			fprintf(h->f, "<rect x=\"%.2f\" y=\"%.1f\" width=\".84\" height=\"%.1f\"/>",
				i + 0.08, 100 - 100 * (double)b->n[i] / (double)b->most,
				100 * (double)b->n[i] / (double)b->most);
	quantile(h, hist, 0.5, "q50");
	quantile(h, hist, 0.99, "q99");
	fputs("</svg><svg class=\"axis\" height=\"18\" aria-hidden=\"true\">", h->f);
	for (int i = b->first; i <= b->last; i += PER_DECADE)
		fprintf(h->f, "<text x=\"%.2f%%\" y=\"13\" text-anchor=\"%s\">%s</text>",
			100.0 * (i - b->first) / (b->last - b->first),
			i == b->first  ? "start"
			: i == b->last ? "end"
				       : "middle",
			decade(i / PER_DECADE, buf, sizeof(buf)));
	fputs("</svg>", h->f);
}

static void table(struct html *h, const struct bins *b)
{
	html_data(h, "The numbers");
	fputs("<table><thead><tr><th scope=\"col\">from</th><th scope=\"col\">events</th></tr>"
	      "</thead><tbody>\n",
	      h->f);
	for (int i = b->first; i < b->last; i++) {
		if (!b->n[i])
			continue;
		fputs("<tr><th scope=\"row\">", h->f);
		html_ns(h, (uint64_t)pow(10, (double)i / PER_DECADE));
		fputs("</th>", h->f);
		html_cell(h, html_count, b->n[i]);
		fputs("</tr>\n", h->f);
	}
	fputs("</tbody></table>", h->f);
	html_data_end(h);
}

static void numbers(struct html *h, const struct ns_hist *hist)
{
	const struct {
		const char *name, *class;
		double q;
	} quantiles[] = { { "p50", "q50", 0.5 }, { "p90", NULL, 0.9 }, { "p99", "q99", 0.99 } };

	fputs("<p class=\"stats\">", h->f);
	html_count(h, hist->count);
	fputs(" events", h->f);
	for (unsigned int i = 0; i < 3; i++) {
		fprintf(h->f, " <span>%s ", quantiles[i].name);
		if (quantiles[i].class)
			fprintf(h->f,
				"<svg class=\"key\" viewBox=\"0 0 1 10\" aria-hidden=\"true\">"
				"<path class=\"%s\" d=\"M.5 0V10\"/></svg> ",
				quantiles[i].class);
		html_ns(h, ns_hist_quantile(hist, quantiles[i].q));
		fputs("</span>", h->f);
	}
	fputs(" <span>in all ", h->f);
	html_ns(h, hist->ns);
	fputs("</span></p>", h->f);
}

static void histogram(struct html *h, int event, const struct ns_hist *hist)
{
	struct html other = { .p = h->peer, .v = h->v };
	struct ns_hist beside = { 0 };
	struct bins b, o;

	fill(&b, hist);
	if (h->peer) {
		beside = html_hist(&other, NS_ANY, event, NS_ANY);
		fill(&o, &beside);
		share(&b, &o);
		ns_hist_free(&beside);
	}
	fprintf(h->f, "<figure class=\"latency\"><figcaption><code>%s</code> <small>",
		ns_events[event].key);
	html_text(h, ns_events[event].help);
	fputs("</small></figcaption>", h->f);
	numbers(h, hist);
	bars(h, hist, &b);
	table(h, &b);
	fputs("</figure>\n", h->f);
}

/* An event that only the page beside this one has: its place, and why it is empty. */
static bool only_there(struct html *h, int event)
{
	struct ns_query q = { NS_ANY, NS_ANY, NS_ANY, event, NS_ANY, NS_ANY };

	if (!h->peer || !view_shows(h->v, (unsigned int)event) || !ns_model_count(&h->peer->m, q))
		return false;
	fprintf(h->f, "<figure class=\"latency\"><figcaption><code>%s</code></figcaption>",
		ns_events[event].key);
	if (!html_off(h, (unsigned int)event))
		html_none(h, "It did not happen on this side.");
	fputs("</figure>\n", h->f);
	return true;
}

void html_latency(struct html *h)
{
	struct ns_hist hist;
	unsigned int nr = 0;

	if (h->p->m.host.icount)
		fputs("<p class=\"note\">An emulator's clock: one nanosecond is one "
		      "instruction.</p>\n",
		      h->f);
	fputs("<div class=\"small-multiples\">\n", h->f);
	for (int e = 0; e < NS_NR_EVENTS; e++) {
		if (!ns_events[e].timed)
			continue;
		hist = html_has(h, (unsigned int)e) ? html_hist(h, NS_ANY, e, NS_ANY)
						    : (struct ns_hist){ 0 };
		/* without a duration that was told there is nothing to draw */
		if (hist.count && hist.nr) {
			histogram(h, e, &hist);
			nr++;
		} else {
			nr += only_there(h, e);
		}
		ns_hist_free(&hist);
	}
	fputs("</div>\n", h->f);
	if (!nr)
		html_none(h, "No event that has a duration was seen.");
}
