// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * lanes.c: what shares the axis of time: a lane for each event, and for each
 * cause of shadow faults.  A lane is an SVG whose unit across is a slot of the
 * course, so that the script zooms by changing its viewBox; text is outside,
 * where it is not stretched.
 */
#include <inttypes.h>
#include <math.h>

#include "html.h"
#include "top/screen.h"

#define HIGH 200 /* units of a lane */
#define TICKS 6 /* at most so many on an axis */
#define PERIODS 24 /* rows of the table behind a figure */

/* The length of an observation, in ns: of the last slot only what was observed is shown. */
static double length(const struct ns_page *p)
{
	const struct ns_course *c = &p->course;

	return (double)(p->last_ns > c->start_ns ? p->last_ns - c->start_ns : c->width_ns);
}

double html_span(const struct html *h)
{
	double own = length(h->p), other = h->peer ? length(h->peer) : 0;

	return (own > other ? own : other) / (double)h->p->course.width_ns;
}

double html_x(const struct html *h, uint64_t ts)
{
	const struct ns_course *c = &h->p->course;

	return ts > c->start_ns ? (double)(ts - c->start_ns) / (double)c->width_ns : 0;
}

double html_course_most(const struct ns_page *p, int event, int dim)
{
	uint64_t n, most = 0;

	for (unsigned int i = 0; i < p->course.nr; i++) {
		n = ns_course_count(&p->course, (unsigned int)event, dim, i);
		most = n > most ? n : most;
	}
	return (double)most;
}

/* The highest count of a slot, here or at the same rate in the page beside this one. */
static double most_of(const struct html *h, int event, int dim)
{
	double most = html_course_most(h->p, event, dim), other;

	if (!h->peer)
		return most;
	other = html_course_most(h->peer, event, dim) * (double)h->p->course.width_ns /
		(double)h->peer->course.width_ns;
	return other > most ? other : most;
}

void html_course_path(struct html *h, int event, int dim, double most)
{
	const struct ns_course *c = &h->p->course;
	int y, last = HIGH;

	fprintf(h->f, "<path d=\"M0 %d", HIGH);
	for (unsigned int i = 0; i < c->nr; i++) {
		uint64_t n = ns_course_count(c, (unsigned int)event, dim, i);

		y = most > 0 ? HIGH - (int)ceil(HIGH * (double)n / most) : HIGH;
		if (y == last)
			continue;
		if (i)
			fprintf(h->f, "H%u", i);
		fprintf(h->f, "V%d", y);
		last = y;
	}
	fprintf(h->f, "H%uV%dZ\"/>", c->nr, HIGH);
}

/* ---- the axis ---- */

/* The distance of ticks, in ns: 1, 2 or 5 and zeros. */
static double tick_step(double ns)
{
	double step = pow(10, floor(log10(ns / TICKS)));

	return ns / step <= TICKS	? step
	       : ns / step / 2 <= TICKS ? step * 2
	       : ns / step / 5 <= TICKS ? step * 5
					: step * 10;
}

static void ticks(struct html *h, int height)
{
	double ns = html_span(h) * (double)h->p->course.width_ns, step = tick_step(ns);

	fputs("<path class=\"tk\" d=\"", h->f);
	for (double t = step; t < ns; t += step)
		fprintf(h->f, "M%.3f 0V%d", t / (double)h->p->course.width_ns, height);
	fputs("\"/>", h->f);
}

static void axis(struct html *h)
{
	double ns = html_span(h) * (double)h->p->course.width_ns, step = tick_step(ns);
	double unit = ns >= 1e9 ? 1e9 : ns >= 1e6 ? 1e6 : ns >= 1e3 ? 1e3 : 1;
	const char *name = ns >= 1e9 ? "s" : ns >= 1e6 ? "ms" : ns >= 1e3 ? "µs" : "ns";
	int digits = step < unit ? (int)ceil(-log10(step / unit) - 1e-9) : 0;

	fputs("<svg class=\"axis\" aria-hidden=\"true\" height=\"20\">", h->f);
	for (double t = 0; t < ns; t += step)
		fprintf(h->f, "<text x=\"%.3f%%\" y=\"14\">%.*f %s</text>", 100 * t / ns, digits,
			t / unit, name);
	fputs("</svg>", h->f);
}

/* ---- a figure ---- */

void html_times_begin(struct html *h, const char *what, bool shared)
{
	static const struct {
		const char *act, *text, *label;
	} buttons[] = {
		{ "in", "+", "Zoom in" },	    { "out", "−", "Zoom out" },
		{ "left", "←", "Earlier" },	    { "right", "→", "Later" },
		{ "all", "All", "The whole time" },
	};

	fprintf(h->f,
		"<figure class=\"times\" data-side=\"%s\" data-shared=\"%s\" tabindex=\"0\" role=\"group\" "
		"aria-label=\"%s. Plus and minus zoom, Page Up and Page Down move, arrows move the "
		"cursor, 0 shows all.\">\n<div class=\"tools\">",
		h->side, shared ? "yes" : "no", what);
	for (unsigned int i = 0; i < sizeof(buttons) / sizeof(*buttons); i++)
		fprintf(h->f,
			"<button type=\"button\" data-act=\"%s\" aria-label=\"%s\" title=\"%s\">%s"
			"</button>",
			buttons[i].act, buttons[i].label, buttons[i].label, buttons[i].text);
	fputs("<output class=\"range\" aria-live=\"polite\"></output>"
	      "<span class=\"hint\">drag to zoom · + − 0 · ← → cursor</span></div>\n"
	      "<div class=\"lanes\">\n",
	      h->f);
}

void html_times_end(struct html *h)
{
	fputs("<div class=\"lane foot\"><div class=\"name\"></div>", h->f);
	axis(h);
	fputs("<div class=\"now\"></div></div>\n<div class=\"cursor\"></div></div>\n", h->f);
}

void html_plot(struct html *h, const char *class, int height)
{
	double end = length(h->p) / (double)h->p->course.width_ns;

	fprintf(h->f,
		"<svg class=\"plot %s\" viewBox=\"0 0 %.3f %d\" preserveAspectRatio=\"none\" "
		"role=\"img\">",
		class, html_span(h), height);
	ticks(h, height);
	if (end < html_span(h)) /* the other side is longer */
		fprintf(h->f, "<rect class=\"beyond\" x=\"%.3f\" width=\"%.3f\" height=\"%d\"/>",
			end, html_span(h) - end, height);
}

static void marks(struct html *h)
{
	const struct ns_model *m = &h->p->m;

	if (!m->nr_marks)
		return;
	fputs("<div class=\"lane marks\"><div class=\"name\">marks</div>", h->f);
	html_plot(h, "mark", 20);
	fprintf(h->f, "<title>%u marks</title>", m->nr_marks);
	for (unsigned int i = 0; i < m->nr_marks; i++) {
		fprintf(h->f,
			"<g><title>%.6f s: ", ((double)m->marks[i].ts - (double)m->start_ns) / 1e9);
		html_text(h, m->marks[i].text);
		fprintf(h->f, "</title><path d=\"M%.3f 0V20\"/></g>", html_x(h, m->marks[i].ts));
	}
	fputs("</svg><div class=\"now\"></div></div>\n", h->f);
}

/* What a lane is of: the class says whose colour it has. */
static void lane(struct html *h, int event, int dim, const char *class, double most)
{
	const struct ns_event_info *info = &ns_events[event];
	double own = html_course_most(h->p, event, dim);
	uint64_t n = html_sum(h, event, dim);
	char rate[NUMBER];

	show_rate(own * 1e9 / (double)h->p->course.width_ns, rate);
	fprintf(h->f,
		"<div class=\"lane\" data-lane=\"%c%d\" data-most=\"%.3f\"><div class=\"name\" "
		"title=\"",
		dim == NS_ANY ? 'e' : 'c', dim == NS_ANY ? event : dim, most);
	html_text(h, dim == NS_ANY ? info->help : ns_dims[info->dim].values[dim].help);
	fputs("\">", h->f);
	if (dim == NS_ANY)
		fprintf(h->f, "<code>%s</code>", info->key);
	else
		html_value(h, info->dim, (unsigned int)dim);
	if (n == NS_UNAVAILABLE) {
		fputs("</div><p class=\"none\">unavailable on this side</p><div "
		      "class=\"now\"></div>"
		      "</div>\n",
		      h->f);
		return;
	}
	fprintf(h->f, "<small>peak %s</small></div>", rate);
	html_plot(h, class, HIGH);
	fputs("<title>", h->f);
	if (dim == NS_ANY)
		fputs(info->key, h->f);
	else
		html_value(h, info->dim, (unsigned int)dim);
	fprintf(h->f, ": %" PRIu64 " in all, at most %s</title>", n, rate);
	html_course_path(h, event, dim, most);
	fputs("</svg><div class=\"now\">", h->f);
	html_count(h, n);
	fputs("</div></div>\n", h->f);
}

/* ---- the table behind it ---- */

struct column_of {
	int event, dim;
};

static void period_head(struct html *h, const struct column_of *c, unsigned int nr)
{
	fputs("<table><thead><tr><th scope=\"col\">from</th>", h->f);
	for (unsigned int i = 0; i < nr; i++) {
		fputs("<th scope=\"col\">", h->f);
		if (c[i].dim == NS_ANY)
			fputs(ns_events[c[i].event].key, h->f);
		else
			html_value(h, ns_events[c[i].event].dim, (unsigned int)c[i].dim);
		fputs("</th>", h->f);
	}
	fputs("</tr></thead><tbody>\n", h->f);
}

static void periods(struct html *h, const struct column_of *c, unsigned int nr)
{
	const struct ns_course *k = &h->p->course;
	unsigned int rows = k->nr < PERIODS ? k->nr : PERIODS, slot = 0, until;
	uint64_t n;

	html_data(h, "The numbers, by periods");
	period_head(h, c, nr);
	for (unsigned int r = 0; r < rows; r++, slot = until) {
		until = (r + 1) * k->nr / rows;
		fputs("<tr><th scope=\"row\">", h->f);
		html_ns(h, slot * k->width_ns);
		fputs("</th>", h->f);
		for (unsigned int i = 0; i < nr; i++) {
			n = 0;
			for (unsigned int s = slot; s < until; s++)
				n += ns_course_count(k, (unsigned int)c[i].event, c[i].dim, s);
			html_cell(h, html_count, n);
		}
		fputs("</tr>\n", h->f);
	}
	fputs("</tbody></table>", h->f);
	html_data_end(h);
}

/* ---- the figures ---- */

void html_timeline(struct html *h)
{
	static const char *const class[NS_NR_SYSTEMS] = {
		[NS_SYS_S2] = "s2",   [NS_SYS_AT] = "at",   [NS_SYS_MMIO] = "mmio",
		[NS_SYS_EL2] = "el2", [NS_SYS_RTT] = "rtt",
	};
	struct column_of shown[NS_NR_EVENTS];
	unsigned int nr = 0;

	for (int e = 0; e < NS_NR_EVENTS; e++)
		if (view_shows(h->v, (unsigned int)e) && most_of(h, e, NS_ANY) > 0)
			shown[nr++] = (struct column_of){ e, NS_ANY };
	if (!nr) {
		html_none(h, "No event was seen: no VM ran, or none did what is observed.");
		return;
	}
	html_times_begin(h, "Events over time", false);
	marks(h);
	for (unsigned int i = 0; i < nr; i++)
		lane(h, shown[i].event, NS_ANY, class[ns_events[shown[i].event].system],
		     most_of(h, shown[i].event, NS_ANY));
	html_times_end(h);
	fputs("<figcaption>Each lane has a scale of its own, up to its peak", h->f);
	fputs(h->peer ? " on either side.</figcaption>\n" : ".</figcaption>\n", h->f);
	periods(h, shown, nr);
	fputs("</figure>\n", h->f);
}

static const char *cause_class(int cause)
{
	if (cause == NS_CAUSE_COLD)
		return "cold";
	if (cause <= NS_CAUSE_TLBI_ALLE1)
		return "tlbi";
	if (cause == NS_CAUSE_EVICT)
		return "evict";
	if (cause <= NS_CAUSE_TABLES)
		return "host";
	return cause == NS_CAUSE_MMIO ? "mmio" : "rest";
}

/* Faults of a cause, here and in the page beside this one. */
static uint64_t of_both(struct html *h, int cause)
{
	struct ns_query q = { NS_ANY, NS_ANY, NS_ANY, NS_EV_S2_FAULT, cause, NS_ANY };

	return ns_model_count(&h->p->m, q) + (h->peer ? ns_model_count(&h->peer->m, q) : 0);
}

void html_causes(struct html *h)
{
	struct column_of shown[NS_NR_CAUSE], one;
	double most = 0, m;
	unsigned int nr = 0, k;

	if (html_off(h, NS_EV_S2_FAULT))
		return;
	for (int c = 0; c < NS_NR_CAUSE; c++) {
		m = most_of(h, NS_EV_S2_FAULT, c);
		if (!(m > 0))
			continue;
		most = m > most ? m : most;
		one = (struct column_of){ NS_EV_S2_FAULT, c };
		/* the most frequent ones first */
		for (k = nr++; k && of_both(h, shown[k - 1].dim) < of_both(h, c); k--)
			shown[k] = shown[k - 1];
		shown[k] = one;
	}
	if (!nr) {
		html_none(h, "L2 took no fault on a shadow context.");
		return;
	}
	html_times_begin(h, "Causes of shadow faults over time", true);
	for (unsigned int i = 0; i < nr; i++)
		lane(h, NS_EV_S2_FAULT, shown[i].dim, cause_class(shown[i].dim), most);
	html_times_end(h);
	fputs("<figcaption>All lanes have the same scale, the most frequent cause first."
	      "</figcaption>\n",
	      h->f);
	periods(h, shown, nr);
	fputs("</figure>\n", h->f);
}

/* ---- for the script ---- */

static void counts(struct html *h, char kind, int id, int event, int dim, bool *first)
{
	const struct ns_course *c = &h->p->course;

	if (!(html_course_most(h->p, event, dim) > 0))
		return;
	fprintf(h->f, "%s\"%c%d\":[", *first ? "" : ",\n", kind, id);
	for (unsigned int i = 0; i < c->nr; i++)
		fprintf(h->f, "%s%" PRIu64, i ? "," : "",
			ns_course_count(c, (unsigned int)event, dim, i));
	fputc(']', h->f);
	*first = false;
}

void html_times_data(struct html *h)
{
	bool first = true;

	/* numbers only: nothing of a recording's words is ever part of a script */
	fprintf(h->f,
		"<script type=\"application/json\" class=\"times-data\" data-side=\"%s\">"
		"{\"slot\":%" PRIu64 ",\"span\":%.3f,\"fixed\":%s,\"lanes\":{\n",
		h->side, h->p->course.width_ns, html_span(h), h->peer ? "true" : "false");
	for (int e = 0; e < NS_NR_EVENTS; e++)
		if (view_shows(h->v, (unsigned int)e))
			counts(h, 'e', e, e, NS_ANY, &first);
	for (int c = 0; c < NS_NR_CAUSE; c++)
		if (html_has(h, NS_EV_S2_FAULT))
			counts(h, 'c', c, NS_EV_S2_FAULT, c, &first);
	fputs("}}</script>\n", h->f);
}
