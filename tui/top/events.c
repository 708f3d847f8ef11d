// SPDX-License-Identifier: GPL-2.0-or-later
/* events.c: the Events screen: the last events in memory, newest first. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "catalogue.h"
#include "table.h"
#include "view.h"

#define VALUES 32 /* that a split can have */

enum {
	COL_TIME,
	COL_EVENT,
	COL_WHAT,
	COL_DUR,
	COL_VCPU,
	COL_VM,
	COL_VMID,
	COL_SUB,
	COL_FIELDS,
	NR_COLS
};

static const char *show_time(double s, char *buf)
{
	snprintf(buf, NUMBER, "%.6f", s);
	return buf;
}

static const struct table_column columns[NR_COLS + 1] = {
	[COL_TIME] = { "seconds", 12, show_time, 0 },
	[COL_EVENT] = { "event", 14, NULL, 10 },
	[COL_WHAT] = { "what", 15, NULL, 14 },
	[COL_DUR] = { "dur", 7, show_ns, 0 },
	[COL_VCPU] = { "vCPU", 4, show_integer, 0 },
	[COL_VM] = { "VM", 15, NULL, 0 },
	[COL_VMID] = { "VMID", 5, show_integer, 0 },
	[COL_SUB] = { "by", 6, NULL, 0 },
	[COL_FIELDS] = { "fields", 20, NULL, 0 },
};

/* ---- which events ---- */

/* "vttbr=0x1000 l2_ipa=0x2000": what there is, unavailable as "-". */
static void fields_text(const struct ns_event *ev, char *out, size_t size)
{
	const struct ns_event_info *info = &ns_events[ev->event];
	unsigned int i = info->timed ? 1 : 0;
	size_t n = 0;
	char v[32];

	*out = 0;
	for (; i < info->nr_fields && i < ev->nr_fields && n < size; i++)
		n += snprintf(out + n, size - n, "%s%s=%s", n ? " " : "", info->fields[i].key,
			      ns_field_unavailable(info->fields[i].unit, ev->field[i])
				      ? "-"
				      : ns_field_format(info->fields[i].unit, ev->field[i], v,
							sizeof(v)));
}

/* What a filter or a search looks at, beside the fields. */
static void name_text(const struct ns_event *ev, char *out, size_t size)
{
	const struct ns_event_info *info = &ns_events[ev->event];

	snprintf(out, size, "%s %s %s", info->key,
		 info->dim == NS_D_NONE ? "" : ns_value_key(info->dim, ev->dim),
		 info->sub == NS_D_NONE ? "" : ns_value_key(info->sub, ev->sub));
}

/* Does the word look like a part of a field and not of a name? */
static bool is_field_word(const char *word)
{
	return strchr(word, '=') || !strncasecmp(word, "0x", 2);
}

static bool has_word(const struct ns_event *ev, const char *word)
{
	char text[512];

	if (is_field_word(word))
		fields_text(ev, text, sizeof(text));
	else
		name_text(ev, text, sizeof(text));
	return strcasestr(text, word) != NULL;
}

/* has_word, remembered for the few names that there are: 32,768 events come by. */
static bool name_fits(const struct ns_event *ev, const char *word, int8_t *known)
{
	if (is_field_word(word))
		return has_word(ev, word);
	if (!known[ev->sub])
		known[ev->sub] = has_word(ev, word) ? 1 : -1;
	return known[ev->sub] > 0;
}

static bool in_scope(const struct snapshot *s, const struct place *p, const struct ns_event *ev)
{
	uint64_t ipa;

	if (ev->ts > s->until_ns ||
	    (p->only.vm != NS_ANY && p->only.vm != ev->vm) ||
	    (p->only.vcpu != NS_ANY && p->only.vcpu != ev->vcpu) ||
	    (p->only.ctx != NS_ANY && p->only.ctx != ev->ctx))
		return false;
	if (!p->ipa_to)
		return true;
	if (ev->event != NS_EV_S2_FAULT)
		return false;
	ipa = ev->field[NS_S2_FAULT_L2_IPA];
	return ipa != NS_UNAVAILABLE && ipa >= p->ipa_from && ipa < p->ipa_to;
}

/* Ages of the events that are wanted, newest first. */
static unsigned int choose(const struct snapshot *s, const struct place *p, uint32_t *ages)
{
	const struct ns_detail *d = s->detail;
	static int8_t known[NS_NR_EVENTS][VALUES][VALUES];
	unsigned int age, nr = 0, count = ns_tail_count(&d->tail);
	const struct ns_event *ev;

	if (*p->filter)
		memset(known, 0, sizeof(known));
	for (age = 0; age < count; age++) {
		ev = ns_tail_get(&d->tail, age);
		if (ev->event >= NS_NR_EVENTS || ev->dim >= VALUES || ev->sub >= VALUES ||
		    !in_scope(s, p, ev))
			continue;
		if (!*p->filter || name_fits(ev, p->filter, known[ev->event][ev->dim]))
			ages[nr++] = age;
	}
	return nr;
}

struct listed {
	const struct ns_detail *detail;
	const uint32_t *ages;
};

static bool event_has(const void *list, int i, const char *word)
{
	const struct listed *l = list;

	return has_word(ns_tail_get(&l->detail->tail, l->ages[i]), word);
}

/* ---- drawing ---- */

static void fill_row(const struct snapshot *s, const struct ns_event *ev, uint64_t number,
		     struct table_row *r)
{
	const struct ns_event_info *info = &ns_events[ev->event];
	const struct ns_model_ctx *ctx = ev->ctx ? ns_model_ctx(s->total, ev->ctx) : NULL;
	uint64_t start = s->total->start_ns;
	double *v = r->value;

	r->id = (struct row_id){ ev->vm, ev->vcpu, ev->ctx, (int64_t)number };
	v[COL_TIME] = ev->ts > start ? (ev->ts - start) / 1e9 : 0;
	snprintf(r->text[0], TABLE_TEXT, "%s", info->key);
	snprintf(r->text[1], TABLE_TEXT, "%s",
		 info->dim == NS_D_NONE ? "" : ns_value_key(info->dim, ev->dim));
	v[COL_DUR] = info->timed ? (double)ev->field[0] : NAN;
	v[COL_VCPU] = ev->vcpu == NS_NO_VCPU ? NAN : ev->vcpu;
	snprintf(r->text[2], TABLE_TEXT, "%s", vm_name(s->total, ev->vm));
	v[COL_VMID] = ctx ? vttbr_vmid(ctx->vttbr, ctx->vtcr) : NAN;
	snprintf(r->text[3], TABLE_TEXT, "%s",
		 info->sub == NS_D_NONE ? "" : ns_value_key(info->sub, ev->sub));
	fields_text(ev, r->text[4], TABLE_TEXT);
}

static void draw_rows(struct canvas *c, const struct snapshot *s, struct ui *ui,
		      const uint32_t *ages, int nr, int top, int bottom)
{
	struct table t = { .columns = columns, .sort = TABLE_NO_SORT, .window = true };
	int i, room = bottom - top - 1, first = table_window(ui, nr, room);
	const struct ns_tail *tail = &s->detail->tail;

	if (room < 1)
		return;
	t.rows = table_rows(room);
	for (i = 0; t.rows && i < room && first + i < nr; i++)
		fill_row(s, ns_tail_get(tail, ages[first + i]), tail->total - 1 - ages[first + i],
			 &t.rows[t.nr++]);
	table_draw(c, s, ui, &t, top, bottom);
	if (ui->on_row)
		ui->event = *ns_tail_get(tail, ages[ui->p.selected]);
}

static void events_draw(struct canvas *c, const struct snapshot *s, struct ui *ui, int top,
			int bottom)
{
	static uint32_t ages[NS_TAIL_EVENTS];
	const struct ns_detail *d = s->detail;
	char a[NUMBER], b[NUMBER], l[NUMBER];
	unsigned int nr;
	int x;

	if (draw_no_detail(c, s, top))
		return;
	nr = choose(s, &ui->p, ages);
	ui_search(ui, (int)nr, event_has, &(struct listed){ d, ages });
	x = draw_text(c, 1, top, STYLE_BOLD, "the last %s events",
		      show_count(ns_tail_count(&d->tail), a));
	if (*ui->p.filter || scope_set(ui) || ui->p.ipa_to)
		x = draw_text(c, x, top, STYLE_BOLD, ", of them %s here", show_count(nr, b));
	if (s->detail_lost)
		draw_text(c, x + 2, top, STYLE_WARN, "%s lost", show_number(s->detail_lost, l));
	draw_rows(c, s, ui, ages, (int)nr, top + 1, bottom);
	if (!nr)
		draw_text(c, 2, top + 2, STYLE_DIM,
			  ns_tail_count(&d->tail) ? "none of them is selected" : "none yet");
}

static void events_enter(struct ui *ui)
{
	ui_enter(ui, screen_index(&screen_event), ui->p.only);
}

void events_of(struct ui *ui, int event, int dim)
{
	const struct ns_event_info *info = &ns_events[event];
	bool split = dim != NS_ANY && info->dim != NS_D_NONE;

	ui_enter(ui, screen_index(&screen_events), ui->p.only);
	ui->p.came_with = true;
	/* the blank ends the word: "fast" is not "fast_perm" */
	snprintf(ui->p.filter, WORD, "%.14s %.15s ", info->key,
		 split ? ns_value_key(info->dim, (unsigned int)dim) : "");
}

const struct screen screen_events = { "Events", '9', true, events_draw, events_enter, NULL };
