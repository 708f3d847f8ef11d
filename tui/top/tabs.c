// SPDX-License-Identifier: GPL-2.0-or-later
/* tabs.c: the line of tabs, and the one that says where we are. */
#include <string.h>

#include "screen.h"
#include "view.h"

const struct screen *const screens[] = {
	&screen_overview, &screen_faults, &screen_contexts, &screen_tlbi,  &screen_at,
	&screen_mmio,	  &screen_el2,	  &screen_rtt,	    &screen_events, &screen_heat,
	&screen_event,	  &screen_latency,  &screen_help,     NULL
};

unsigned int screen_index(const struct screen *s)
{
	unsigned int i;

	for (i = 0; screens[i] != s; i++)
		;
	return i;
}

int screen_find(const char *name)
{
	unsigned int i;

	for (i = 0; screens[i]; i++)
		if (screens[i]->key && !strcasecmp(screens[i]->name, name))
			return (int)i;
	return -1;
}

/* Narrow lines only have room for the name of the tab that is shown. */
static int draw_names(struct canvas *c, struct ui *ui, int y)
{
	bool here, named;
	unsigned int i;
	int x = 0;

	memset(ui->tab_end, 0, sizeof(ui->tab_end));
	for (i = 0; screens[i]; i++) {
		here = i == ui->p.screen;
		named = here || c->w >= SCREEN_NARROW + 10;
		if (!screens[i]->key && !here)
			continue;
		draw_text(c, x, y, STYLE_BOLD, here ? "[" : x ? "" : " ");
		x++;
		if (screens[i]->key)
			x = draw_text(c, x, y, here ? STYLE_BOLD : STYLE_NORMAL, "%c",
				      screens[i]->key);
		if (named)
			x = draw_text(c, x, y, here ? STYLE_BOLD : STYLE_NORMAL, "%s%s",
				      c->w >= 100 && screens[i]->key ? " " : "", screens[i]->name);
		if (here)
			draw_text(c, x, y, STYLE_BOLD, "]");
		ui->tab_end[i] = x;
	}
	return x + 2;
}

/* "VM a(1) vCPU 0 VMID 3 filter x since start": what differs from showing all. */
static void where(const struct snapshot *s, const struct ui *ui, char *buf, size_t size)
{
	const struct row_id *o = &ui->p.only;
	const struct ns_model_ctx *ctx = o->ctx > 0 ? ns_model_ctx(s->total, o->ctx) : NULL;
	size_t n;

	if (o->vm == NS_ANY)
		n = snprintf(buf, size, "VM all (%u)", s->total->nr_vms);
	else
		n = snprintf(buf, size, "VM %s", vm_name(s->total, o->vm));
	if (o->vcpu != NS_ANY && o->vcpu != NS_NO_VCPU)
		n += snprintf(buf + n, size - n, " > vCPU %d", o->vcpu);
	if (ctx)
		n += snprintf(buf + n, size - n, " > VMID %u base 0x%llx",
			      vttbr_vmid(ctx->vttbr, ctx->vtcr),
			      (unsigned long long)(ctx->vttbr & 0xffffffffffffULL));
	if (ui->p.ipa_to)
		n += snprintf(buf + n, size - n, " > 0x%llx-0x%llx",
			      (unsigned long long)ui->p.ipa_from,
			      (unsigned long long)ui->p.ipa_to - 1);
	if (ui->since_start)
		n += snprintf(buf + n, size - n, "  since start");
	if (*ui->p.filter && ui->prompt != PROMPT_FILTER)
		snprintf(buf + n, size - n, "  filter: %s", ui->p.filter);
}

int tabs_find(const struct ui *ui, int x)
{
	unsigned int i;

	for (i = 0; screens[i]; i++)
		if (x < ui->tab_end[i])
			return (int)i;
	return -1;
}

int tabs_draw(struct canvas *c, const struct snapshot *s, struct ui *ui, int y)
{
	bool plain = !scope_set(ui) && !ui->since_start && !*ui->p.filter;
	int x = draw_names(c, ui, y), len, first = y + 1;
	char buf[256];

	where(s, ui, buf, sizeof(buf));
	len = (int)strlen(buf) + (*s->state ? (int)strlen(s->state) + 2 : 0) +
	      (s->warning ? (int)strlen(s->warning) + 11 : 0);
	if (x + len > c->w) { /* a line of its own, when it tells something */
		if (plain && !*s->state && !s->warning)
			return first;
		x = 1;
		y = first++;
	}
	x = draw_text(c, x, y, plain ? STYLE_NORMAL : STYLE_BOLD, "%s", buf);
	if (*s->state)
		x = draw_text(c, x + 2, y, STYLE_WARN, "%s", s->state);
	if (s->warning)
		draw_text(c, x + 2, y, STYLE_WARN, "warning: %s", s->warning);
	return first;
}
