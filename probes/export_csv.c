// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * export_csv.c: one line per event.  Of one event the columns are its own; of
 * several, all their fields, by name.  A field that an event does not have is empty, one
 * that the kernel did not tell is "unavailable".
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "csv.h"
#include "export_priv.h"

struct csv {
	unsigned int nr; /* columns of fields */
	const char *key[NS_NR_EVENTS * NS_MAX_FIELDS];
	int8_t field[NS_NR_EVENTS][NS_NR_EVENTS * NS_MAX_FIELDS]; /* -1: it has none */
};

static unsigned int column(struct csv *c, const char *key)
{
	unsigned int i;

	for (i = 0; i < c->nr; i++)
		if (!strcmp(c->key[i], key))
			return i;
	c->key[c->nr++] = key;
	return i;
}

static void head(const struct ns_export *x, const struct csv *c)
{
	const struct ns_event_info *only = NULL;
	unsigned int wanted = 0;
	char buf[24];

	for (unsigned int i = 0; i < NS_NR_EVENTS; i++)
		if (ns_export_wants(x, i)) {
			wanted++;
			only = &ns_events[i];
		}
	fputs("id,ts_ns,vm,vm_name,vcpu,cpu,vttbr,event,", x->out);
	if (wanted == 1 && only->dim != NS_D_NONE)
		fputs(ns_dim_label(only->dim, buf, sizeof(buf)), x->out);
	else
		fputs("dim", x->out);
	fputc(',', x->out);
	if (wanted == 1 && only->sub != NS_D_NONE)
		fputs(ns_dim_label(only->sub, buf, sizeof(buf)), x->out);
	else
		fputs("sub", x->out);
	for (unsigned int i = 0; i < c->nr; i++) {
		/* the context has its own column */
		fputs(strcmp(c->key[i], "vttbr") ? "," : ",vttbr_field", x->out);
		if (strcmp(c->key[i], "vttbr"))
			fputs(c->key[i], x->out);
	}
	fputc('\n', x->out);
}

static int begin(struct ns_export *x)
{
	struct csv *c = calloc(1, sizeof(*c));

	x->priv = c;
	if (!c)
		return -ENOMEM;
	memset(c->field, -1, sizeof(c->field));
	for (unsigned int e = 0; e < NS_NR_EVENTS; e++)
		for (unsigned int f = 0; ns_export_wants(x, e) && f < ns_events[e].nr_fields; f++)
			c->field[e][column(c, ns_events[e].fields[f].key)] = (int8_t)f;
	head(x, c);
	return 0;
}

static void where(const struct ns_export *x, uint64_t id, const struct ns_event *ev)
{
	const struct ns_model_ctx *ctx = ev->ctx ? ns_model_ctx(x->meta, ev->ctx) : NULL;
	char buf[24];

	fprintf(x->out, "%" PRIu64 ",%" PRIu64 ",%u,", id, ev->ts, ev->vm);
	ns_csv_text(x->out, ns_export_vm(x, ev->vm, buf, sizeof(buf)));
	if (ev->vcpu == NS_NO_VCPU)
		fputs(",,", x->out);
	else
		fprintf(x->out, ",%u,", ev->vcpu);
	fprintf(x->out, "%u,", ev->cpu);
	if (ctx)
		fprintf(x->out, "0x%" PRIx64, ctx->vttbr);
}

static const char *value(enum ns_dim dim, unsigned int v)
{
	return dim == NS_D_NONE ? "" : ns_value_key(dim, v);
}

static int event(struct ns_export *x, uint64_t id, const struct ns_event *ev)
{
	const struct ns_event_info *info = &ns_events[ev->event];
	const struct csv *c = x->priv;
	char buf[64];
	int f;

	if (!ns_export_wants(x, ev->event))
		return 0;
	x->result->events++;
	errno = 0;
	where(x, id, ev);
	fprintf(x->out, ",%s,%s,%s", info->key, value(info->dim, ev->dim),
		value(info->sub, ev->sub));
	for (unsigned int i = 0; i < c->nr; i++) {
		f = c->field[ev->event][i];
		fputc(',', x->out);
		if (f >= 0)
			fputs(ns_field_format(info->fields[f].unit, ns_event_field(ev, (unsigned int)f),
					      buf, sizeof(buf)),
			      x->out);
	}
	fputc('\n', x->out);
	return ferror(x->out) ? (errno ? -errno : -EIO) : 0;
}

static int end(struct ns_export *x)
{
	return 0;
}

static void csv_free(struct ns_export *x)
{
	free(x->priv);
}

const struct ns_exporter ns_export_csv = { begin, event, end, csv_free };
