// SPDX-License-Identifier: GPL-2.0-or-later
/* event.c: one event with all its fields, in the catalogue's words. */
#include <string.h>

#include "catalogue.h"
#include "screen.h"
#include "view.h"

static int draw_split(struct canvas *c, enum ns_dim dim, unsigned int value, int y)
{
	const struct ns_value_info *v;

	if (dim == NS_D_NONE || value >= ns_dims[dim].nr)
		return y;
	v = &ns_dims[dim].values[value];
	draw_field(c, 2, y, 15, false, STYLE_BOLD, v->key);
	if (strcmp(v->key, v->label))
		draw_text(c, 18, y, STYLE_NORMAL, "%s%s%s", v->label, *v->help ? ": " : "", v->help);
	else
		draw_text(c, 18, y, STYLE_NORMAL, "%s", v->help);
	return y + 1;
}

static int draw_who(struct canvas *c, const struct snapshot *s, const struct ns_event *ev, int y)
{
	const struct ns_model_ctx *ctx = ev->ctx ? ns_model_ctx(s->total, ev->ctx) : NULL;
	int x;

	x = draw_text(c, 2, y, STYLE_NORMAL, "%s  ", vm_name(s->total, ev->vm));
	if (ev->vcpu != NS_NO_VCPU)
		x = draw_text(c, x, y, STYLE_NORMAL, "vCPU %u  ", ev->vcpu);
	if (ctx)
		x = draw_text(c, x, y, STYLE_NORMAL, "VMID %u base 0x%llx  ",
			      vttbr_vmid(ctx->vttbr, ctx->vtcr),
			      (unsigned long long)(ctx->vttbr & 0xffffffffffffULL));
	draw_text(c, x, y, STYLE_NORMAL, "host CPU %u", ev->cpu);
	return y + 1;
}

/* "9868 ns", "4096 bytes", or as the catalogue has it. */
static void field_text(const struct ns_event *ev, unsigned int i, char *out, size_t size)
{
	enum ns_unit unit = ns_events[ev->event].fields[i].unit;
	char v[32];

	if (i >= ev->nr_fields || ns_field_unavailable(unit, ev->field[i]))
		snprintf(out, size, "unavailable");
	else
		snprintf(out, size, "%s%s", ns_field_format(unit, ev->field[i], v, sizeof(v)),
			 unit == NS_UNIT_NS	 ? " ns"
			 : unit == NS_UNIT_BYTES ? " bytes"
						 : "");
}

static void draw_fields(struct canvas *c, const struct ns_event *ev, int y, int bottom)
{
	const struct ns_event_info *info = &ns_events[ev->event];
	unsigned int i;
	char v[48];

	for (i = 0; i < info->nr_fields && y < bottom; i++, y++) {
		draw_field(c, 2, y, 11, false, STYLE_BOLD, info->fields[i].key);
		field_text(ev, i, v, sizeof(v));
		draw_field(c, 14, y, 20, true, STYLE_NORMAL, v);
		draw_text(c, 36, y, STYLE_DIM, "%s", info->fields[i].help);
	}
}

static void event_draw(struct canvas *c, const struct snapshot *s, struct ui *ui, int top,
		       int bottom)
{
	const struct ns_event *ev = &ui->event;
	const struct ns_event_info *info = &ns_events[ev->event];
	int y = top;

	draw_text(c, 1, y++, STYLE_BOLD, "%s at %.9f s: %s", info->key,
		  ev->ts > s->total->start_ns ? (ev->ts - s->total->start_ns) / 1e9 : 0.0,
		  info->help);
	y = draw_split(c, info->dim, ev->dim, y);
	y = draw_split(c, info->sub, ev->sub, y);
	y = draw_who(c, s, ev, y);
	draw_fields(c, ev, y + (bottom - y > (int)info->nr_fields), bottom);
}

const struct screen screen_event = { "Event", 0, true, event_draw, NULL, NULL };
