// SPDX-License-Identifier: GPL-2.0-or-later
/* view_rtt.c: a realm's tables as text: what is live, calls, teardown, leaks. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "recording.h"
#include "rtt.h"
#include "view_rtt.h"

#define SPARK 48 /* characters of a history */

static uint64_t count(const struct view *v, int vm, int event, int dim, int sub)
{
	struct ns_query q = { vm, NS_ANY, NS_ANY, event, dim, sub };

	return ns_model_count(v->m, q);
}

static const char *number(uint64_t n, char *buf, size_t size)
{
	if (n == NS_UNAVAILABLE)
		snprintf(buf, size, "unavailable");
	else
		ns_count_format(n, buf, size);
	return buf;
}

/* Made and gone in the time that is shown; what is there now. */
static void line(FILE *f, const char *what, uint64_t now, uint64_t made, uint64_t gone)
{
	char a[32], b[32], c[32];

	fprintf(f, "  %-20s %12s %12s %12s\n", what, number(now, a, sizeof(a)),
		number(made, b, sizeof(b)), number(gone, c, sizeof(c)));
}

static void tables(FILE *f, const struct ns_rtt *then, const struct ns_rtt *now)
{
	uint64_t data = ns_rtt_data(now);
	char what[32], a[32], b[32];

	for (unsigned int i = 0; i < NS_RTT_LEVELS; i++) {
		if (!now->table[i].made && !now->table[i].gone)
			continue;
		snprintf(what, sizeof(what), "tables, level %u", i);
		line(f, what, ns_rtt_live(now, i), then->table[i].made, then->table[i].gone);
	}
	line(f, "data, 4 KiB pages", data == NS_UNAVAILABLE ? data : data >> 12,
	     then->data_mapped >> 12, then->data_unmapped >> 12);
	/* a table that goes takes its unprotected mappings along: now is not told */
	fprintf(f, "  %-20s %12s %12s %12s\n", "unprotected pages", "",
		number(then->ns_mapped >> 12, a, sizeof(a)),
		number(then->ns_unmapped >> 12, b, sizeof(b)));
}

/* Is the event there, and to be shown? */
static bool has(const struct view *v, unsigned int event)
{
	return event_on(v->m, event) && view_shows(v, event);
}

static void numbers(FILE *f, const struct view *v, const struct ns_rtt *then,
		    const struct ns_rtt *now)
{
	if (!has(v, NS_EV_RTT_OP) && !has(v, NS_EV_RTT_CALL))
		return;
	fprintf(f, "  %-20s %12s %12s %12s\n", "", "now", "made", "gone");
	if (has(v, NS_EV_RTT_OP))
		tables(f, then, now);
	if (has(v, NS_EV_RTT_CALL))
		line(f, "granules delegated", ns_rtt_granules(now), then->delegated,
		     then->undelegated);
	if (now->unknown[0])
		fprintf(f, "   what is there now is unavailable: %s\n", now->unknown);
}

/* Delegated granules over time, from nothing to the most there were. */
static void history(FILE *f, const struct ns_gauge *g)
{
	static const char *const utf8[] = { " ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█" };
	static const char ascii[] = " .:-=+*#@";
	unsigned int n = g->nr < SPARK ? g->nr : SPARK;
	char buf[32];
	int64_t v;
	int h;

	if (!n || g->most <= 0)
		return;
	fputs("   over time ", f);
	for (unsigned int i = 0; i < n; i++) {
		v = g->slot[(i + 1) * g->nr / n - 1];
		h = v <= 0 ? 0 : (int)(1 + v * 7 / g->most);
		if (utf8_wanted())
			fputs(utf8[h], f);
		else
			fputc(ascii[h], f);
	}
	fprintf(f, " most %s\n", ns_count_format((uint64_t)g->most, buf, sizeof(buf)));
}

/* Calls by command, and a column for each status that occurred. */
static void calls(FILE *f, const struct view *v, int vm)
{
	char buf[32];

	if (!has(v, NS_EV_RTT_CALL) || !count(v, vm, NS_EV_RTT_CALL, NS_ANY, NS_ANY))
		return;
	fprintf(f, "  %-22s", "RMI calls");
	for (int s = 0; s < NS_NR_RMI_STATUS; s++)
		if (count(v, vm, NS_EV_RTT_CALL, NS_ANY, s))
			fprintf(f, " %9s", ns_value_label(NS_D_RMI_STATUS, (unsigned int)s));
	fprintf(f, " %9s %9s\n", "p50", "total");
	for (int c = 0; c < NS_NR_RMI; c++) {
		struct ns_query q = { vm, NS_ANY, NS_ANY, NS_EV_RTT_CALL, c, NS_ANY };
		struct ns_hist h = { 0 };

		if (!ns_model_count(v->m, q) || ns_model_sum(v->m, q, &h))
			continue;
		fprintf(f, "   %-21s", ns_value_label(NS_D_RMI, (unsigned int)c));
		for (int s = 0; s < NS_NR_RMI_STATUS; s++)
			if (count(v, vm, NS_EV_RTT_CALL, NS_ANY, s))
				fprintf(f, " %9s",
					number(count(v, vm, NS_EV_RTT_CALL, c, s), buf,
					       sizeof(buf)));
		fprintf(f, " %9s",
			ns_duration_format(ns_hist_quantile(&h, 0.5), buf, sizeof(buf)));
		fprintf(f, " %9s\n", ns_duration_format(h.ns, buf, sizeof(buf)));
		ns_hist_free(&h);
	}
}

/* "destroyed 420, skipped 12" */
static bool values(FILE *f, const struct view *v, int vm, int event, enum ns_dim dim)
{
	bool first = true;
	char buf[32];
	uint64_t n;

	for (unsigned int i = 0; i < ns_dims[dim].nr; i++) {
		n = count(v, vm, event, (int)i, NS_ANY);
		if (n)
			fprintf(f, "%s%s %s", first ? "" : ", ", ns_value_label(dim, i),
				ns_count_format(n, buf, sizeof(buf)));
		first &= !n;
	}
	return !first;
}

static void step(FILE *f, const char *what, const struct ns_rtt_step *s)
{
	if (!s->ts)
		return;
	fprintf(f, "   %s: %s", what, ns_value_label(NS_D_TEARDOWN, s->action));
	if (s->action != NS_TEARDOWN_DONE)
		fprintf(f, " at level %" PRIu64 " 0x%" PRIx64, s->level, s->addr);
	fputc('\n', f);
}

static void teardown(FILE *f, const struct view *v, int vm, const struct ns_rtt_trace *t)
{
	if (!has(v, NS_EV_RTT_TEARDOWN) || !count(v, vm, NS_EV_RTT_TEARDOWN, NS_ANY, NS_ANY))
		return;
	fputs("  teardown       ", f);
	values(f, v, vm, NS_EV_RTT_TEARDOWN, NS_D_TEARDOWN);
	fputc('\n', f);
	if (!t)
		return;
	step(f, "given up last", &t->stop);
	if (t->last.ts != t->stop.ts)
		step(f, "last step", &t->last);
}

static void leaks(FILE *f, const struct view *v, int vm, const struct ns_rtt_trace *t)
{
	if (!has(v, NS_EV_RTT_LEAK))
		return;
	fputs("  leaked pages   ", f);
	if (!values(f, v, vm, NS_EV_RTT_LEAK, NS_D_LEAK))
		fputs("0", f);
	fputc('\n', f);
	for (unsigned int i = 0; t && i < t->leaks && i < NS_RTT_LEAKS; i++)
		fprintf(f, "   0x%-12" PRIx64 " %s\n", t->leak[i].pa,
			ns_value_label(NS_D_LEAK, t->leak[i].why));
	if (t && t->leaks > NS_RTT_LEAKS)
		fprintf(f, "   and %" PRIu64 " more; nestscope script -e rtt.leak has all\n",
			t->leaks - NS_RTT_LEAKS);
}

static bool any_shown(const struct view *v)
{
	return has(v, NS_EV_RTT_OP) || has(v, NS_EV_RTT_CALL) || has(v, NS_EV_RTT_TEARDOWN) ||
	       has(v, NS_EV_RTT_LEAK);
}

static void realm(FILE *f, const struct view *v, int vm, const char *name)
{
	const struct ns_rtt_trace *t = v->traces ? v->traces->vm[vm] : NULL;
	struct ns_rtt then, now;

	ns_rtt_count(v->m, vm, &then);
	ns_rtt_count(v->since_start ? v->since_start : v->m, vm, &now);
	if (!then.seen || !any_shown(v))
		return;
	fprintf(f, " Realm of %s\n", name);
	numbers(f, v, &then, &now);
	if (t && !now.unknown[0] && has(v, NS_EV_RTT_CALL))
		history(f, &t->granules);
	calls(f, v, vm);
	teardown(f, v, vm, t);
	leaks(f, v, vm, t);
	fputc('\n', f);
}

void view_rtt(FILE *f, const struct view *v)
{
	for (unsigned int i = 0; i < v->m->nr_vms; i++)
		realm(f, v, v->m->vms[i].id, v->m->vms[i].name);
	realm(f, v, 0, "no VM");
}

int view_rtt_read(struct ns_rtt_traces *t, const struct view *v, const char *path,
		  struct ns_error *err)
{
	struct ns_reader *r;
	struct ns_event ev;
	int rc = ns_reader_open(&r, path, err);

	if (rc)
		return rc;
	while ((rc = ns_reader_next(r, &ev, err)) > 0)
		if (ev.event < NS_NR_EVENTS && view_shows(v, ev.event) &&
		    ns_rtt_trace_add(t, &ev)) {
			rc = ns_error(err, -ENOMEM, NS_EXIT_FAIL, "%s: out of memory", path);
			break;
		}
	ns_reader_close(r);
	return rc;
}
