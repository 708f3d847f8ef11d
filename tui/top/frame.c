// SPDX-License-Identifier: GPL-2.0-or-later
/* frame.c: head and foot around a screen, and numbers as screens show them. */
#include <math.h>
#include <string.h>

#include "catalogue.h"
#include "keys.h"
#include "screen.h"
#include "view.h"

const struct screen *const screens[] = { &screen_overview, &screen_faults, &screen_help, NULL };

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

static uint64_t count(const struct snapshot *s, const struct ui *ui, int event, int dim)
{
	struct ns_query q = { ui->only.vm, ui->only.vcpu, ui->only.ctx, event, dim, NS_ANY };

	return ns_model_count(s->delta, q);
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

/* seen = kept + out + lost; "out" is what filters left out, or what had no start. */
static void ledger_text(const struct snapshot *s, const struct ns_ledger_row *l, bool narrow,
			char *buf, size_t size)
{
	char seen[NUMBER], kept[NUMBER], lost[NUMBER], out[NUMBER], plus[NUMBER + 8] = "";

	short_count(l->seen, seen, sizeof(seen));
	short_count(l->kept, kept, sizeof(kept));
	short_count(ns_ledger_lost(l), lost, sizeof(lost));
	short_count(l->filtered + l->unattributed, out, sizeof(out));
	if (l->filtered + l->unattributed)
		snprintf(plus, sizeof(plus), " + out %s", out);
	if (narrow)
		snprintf(buf, size, "kept %s  lost %s", kept, lost);
	else
		snprintf(buf, size, "seen %s = kept %s%s  lost %s  %.1fs", seen, kept, plus, lost,
			 s->interval_ms / 1000.0);
}

static void draw_ledger(struct canvas *c, const struct snapshot *s, int x)
{
	struct ns_ledger_row l = ns_model_ledger(s->total);
	char buf[160];
	int len;

	ledger_text(s, &l, c->w < 60, buf, sizeof(buf));
	len = (int)strlen(buf);
	if (c->w - len - 1 > x)
		x = c->w - len - 1;
	draw_text(c, x, 0, ns_ledger_lost(&l) ? STYLE_WARN : STYLE_HEAD, "%s", buf);
}

static void draw_head(struct canvas *c, const struct snapshot *s)
{
	char by[64];
	int x;

	draw_line_style(c, 0, STYLE_HEAD);
	x = draw_text(c, 1, 0, STYLE_HEAD, "nestscope ");
	if (c->w >= 60)
		x = draw_text(c, x, 0, STYLE_HEAD, " %.24s %s ", s->total->host.release,
			      s->total->host.machine);
	if (c->w >= 100)
		x = draw_text(c, x, 0, STYLE_HEAD, " %s ",
			      provider_summary(s->total, by, sizeof(by)));
	draw_ledger(c, s, x);
}

static void draw_tabs(struct canvas *c, const struct snapshot *s, const struct ui *ui)
{
	const struct ns_model_vm *vm;
	unsigned int i;
	int x = 1;

	for (i = 0; screens[i]; i++)
		if (screens[i]->key)
			x = 1 + draw_text(c, x, 1, i == ui->screen ? STYLE_BOLD : STYLE_NORMAL,
					  i == ui->screen ? "[%c %s]" : " %c %s ", screens[i]->key,
					  screens[i]->name);
	vm = ui->only.vm == NS_ANY ? NULL : ns_model_vm(s->total, ui->only.vm);
	if (ui->only.vm == NS_ANY)
		x = draw_text(c, x + 1, 1, STYLE_NORMAL, "VM all (%u)", s->total->nr_vms);
	else
		x = draw_text(c, x + 1, 1, STYLE_BOLD, "VM %s", vm ? vm->name : "?");
	if (ui->only.vcpu != NS_ANY)
		x = draw_text(c, x + 1, 1, STYLE_BOLD, "vCPU %d", ui->only.vcpu);
	if (*s->state)
		x = draw_text(c, x + 2, 1, STYLE_WARN, "%s", s->state);
	if (s->warning)
		draw_text(c, x + 2, 1, STYLE_WARN, "warning: %s", s->warning);
}

static void draw_too_small(struct canvas *c)
{
	draw_text(c, 0, 0, STYLE_WARN, "terminal too small");
	draw_text(c, 0, 1, STYLE_NORMAL, "%dx%d, needs %dx%d", c->w, c->h, SCREEN_MIN_W,
		  SCREEN_MIN_H);
	draw_text(c, 0, 2, STYLE_NORMAL, "enlarge it, or q");
}

void frame_draw(struct canvas *c, const struct snapshot *s, struct ui *ui)
{
	canvas_clear(c);
	if (c->w < SCREEN_MIN_W || c->h < SCREEN_MIN_H) {
		draw_too_small(c);
		return;
	}
	ui->nr_rows = 0;
	draw_head(c, s);
	draw_tabs(c, s, ui);
	screens[ui->screen]->draw(c, s, ui, 2, c->h - 1);
	keys_foot(c, c->h - 1);
}
