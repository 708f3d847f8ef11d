// SPDX-License-Identifier: GPL-2.0-or-later
/* numbers.c: numbers as screens show them, and what the scope selects. */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "catalogue.h"
#include "screen.h"
#include "view.h"

const char *show_rate(double per_second, char *buf)
{
	if (isnan(per_second))
		return "-";
	rate_format(per_second, buf, NUMBER);
	return buf;
}

const char *show_number(double n, char *buf)
{
	if (isnan(n))
		return "-";
	short_count(n, buf, NUMBER);
	return buf;
}

const char *show_count(double n, char *buf)
{
	return isnan(n) ? "-" : ns_count_format((uint64_t)n, buf, NUMBER);
}

const char *show_integer(double n, char *buf)
{
	if (isnan(n))
		return "-";
	snprintf(buf, NUMBER, "%.0f", n);
	return buf;
}

const char *show_hex(double n, char *buf)
{
	if (isnan(n))
		return "-";
	snprintf(buf, NUMBER, "0x%" PRIx64, (uint64_t)n);
	return buf;
}

const char *show_bytes(double n, char *buf)
{
	static const char units[] = "BKMGTP";
	unsigned int u = 0;

	if (isnan(n))
		return "-";
	for (; n >= 1023.5 && u < sizeof(units) - 2; u++)
		n /= 1024;
	snprintf(buf, NUMBER, u && n < 9.95 && n != (int)n ? "%.1f%c" : "%.0f%c", n, units[u]);
	return buf;
}

const char *show_factor(double n, char *buf)
{
	if (isnan(n))
		return "-";
	snprintf(buf, NUMBER, n < 9.95 ? "%.1fx" : "%.0fx", n);
	return buf;
}

const char *show_per_second(double n, char *buf)
{
	if (isnan(n))
		return "-";
	rate_number(n, buf, NUMBER);
	return buf;
}

const char *show_percent(double percent, char *buf)
{
	if (isnan(percent))
		return "-";
	snprintf(buf, NUMBER, percent < 9.95 && percent > 0 ? "%.1f %%" : "%.0f %%", percent);
	return buf;
}

const char *show_ns(double ns, char *buf)
{
	return isnan(ns) ? "-" : ns_duration_format((uint64_t)ns, buf, NUMBER);
}

/* ---- the scope ---- */

struct ns_query scope_query(const struct ui *ui, int event, int dim, int sub)
{
	const struct row_id *o = &ui->p.only;
	struct ns_query q = { o->vm, o->vcpu, o->ctx, event, dim, sub };

	return q;
}

bool scope_metric(const struct row_id *o, const struct ns_metric *k)
{
	return (o->vm == NS_ANY || o->vm == k->vm) && (o->vcpu == NS_ANY || o->vcpu == k->vcpu) &&
	       (o->ctx == NS_ANY || o->ctx == k->ctx);
}

bool scope_set(const struct ui *ui)
{
	return ui->p.only.vm != NS_ANY || ui->p.only.vcpu != NS_ANY || ui->p.only.ctx != NS_ANY;
}

static uint64_t count(const struct snapshot *s, const struct ui *ui, int event, int dim)
{
	return ns_model_count(s->delta, scope_query(ui, event, dim, NS_ANY));
}

double snap_rate(const struct snapshot *s, const struct ui *ui, int event, int dim)
{
	if (!event_on(s->total, event) || !(s->seconds > 0))
		return NAN;
	return count(s, ui, event, dim) / s->seconds;
}

double snap_share(const struct snapshot *s, const struct ui *ui, int event, int dim)
{
	uint64_t all;

	if (!event_on(s->total, event))
		return NAN;
	all = count(s, ui, event, NS_ANY);
	return all ? 100.0 * count(s, ui, event, dim) / all : NAN;
}

double snap_count(const struct snapshot *s, const struct ui *ui, int event, int dim)
{
	if (!event_on(s->total, event))
		return NAN;
	return ns_model_count(s->total, scope_query(ui, event, dim, NS_ANY));
}

void cause_label(int cause, char *out, size_t size)
{
	const char *label = ns_value_label(NS_D_CAUSE, cause), *gap = strstr(label, "  ");

	if (gap)
		snprintf(out, size, "%.*s%s", (int)(gap - label), label, gap + 1);
	else
		snprintf(out, size, "%s", label);
}

const char *cause_short(int cause)
{
	const char *label = ns_value_label(NS_D_CAUSE, cause), *gap = strstr(label, "  ");

	return gap ? gap + 2 : label;
}

const char *vm_name(const struct ns_model *m, int vm)
{
	const struct ns_model_vm *v = ns_model_vm(m, vm);

	return v ? v->name : "(no VM)";
}

bool draw_unavailable(struct canvas *c, const struct snapshot *s, int event, const char *what,
		      int y)
{
	if (event_on(s->total, event))
		return false;
	draw_text(c, 1, y, STYLE_BOLD, "%s unavailable: %s", what, s->total->provider[event].note);
	return true;
}

#define SPARK_MIN 12 /* a shorter history tells nothing */
#define SPARK_MAX 60

void draw_history(struct canvas *c, const struct snapshot *s, const struct ui *ui, int event,
		  int dim, int x, int y)
{
	int n = c->w - x < SPARK_MAX ? c->w - x : SPARK_MAX;
	double v[SPARK_MAX];

	/* the history is of all VMs: it would not fit a selected one */
	if (n < SPARK_MIN || scope_set(ui) || !event_on(s->total, event))
		return;
	history_get(s->history, s->back, event, dim, v, (unsigned int)n);
	draw_spark(c, x, y, v, (unsigned int)n);
}

int draw_wrapped(struct canvas *c, int x, int y, int width, int bottom, enum style style,
		 const char *text)
{
	size_t len, end;

	for (; *text && y < bottom; y++) {
		len = end = strlen(text);
		if (len > (size_t)width)
			for (end = (size_t)width; end && text[end] != ' '; end--)
				;
		if (!end)
			end = len < (size_t)width ? len : (size_t)width;
		draw_text(c, x, y, style, "%.*s", (int)end, text);
		text += end + strspn(text + end, " ");
	}
	return y;
}

bool draw_no_detail(struct canvas *c, const struct snapshot *s, int y)
{
	if (s->detail)
		return false;
	if (s->detail_why)
		draw_text(c, 1, y, STYLE_WARN, "no events: %s", s->detail_why);
	else
		draw_text(c, 1, y, STYLE_DIM, "opening a session for whole events ...");
	return true;
}
