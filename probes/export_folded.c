// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * export_folded.c: stacks for flame graphs: VM, vCPU, and in ns who was to run (L1 or
 * L2) and what L0 did for it, by cause; or, counted, just the events.  The weight
 * in ns is a slice's own, without that of the slices within it, so that a
 * vCPU's weights add up to the time it was observed.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "export_priv.h"
#include "spans.h"

#define STACKS 65536 /* more are counted as left out */
#define FRAMES 3 /* of L0's slices; what is deeper counts for the third */

struct frame {
	uint8_t event, dim, sub;
};

struct stack {
	uint16_t vm, vcpu;
	uint8_t level; /* enum ns_level */
	uint8_t nr; /* frames, the first is the outermost */
	struct frame frame[FRAMES];
	uint8_t pad;
};

struct slot {
	struct stack key;
	bool used;
	uint64_t weight;
};

struct folded {
	struct ns_spans *spans; /* NULL: events are counted */
	struct slot slot[STACKS]; /* a hash */
};

static uint64_t hash(const struct stack *s)
{
	const unsigned char *p = (const void *)s;
	uint64_t h = 0xcbf29ce484222325ULL;

	for (size_t i = 0; i < sizeof(*s); i++)
		h = (h ^ p[i]) * 0x100000001b3ULL;
	return h;
}

/* Its place, or NULL when there is no room. */
static struct slot *find(struct folded *f, const struct stack *key)
{
	unsigned int i = hash(key) % STACKS, tries;
	struct slot *s;

	for (tries = 0; tries < STACKS; tries++, i = (i + 1) % STACKS) {
		s = &f->slot[i];
		if (s->used && memcmp(&s->key, key, sizeof(*key)))
			continue;
		s->used = true;
		s->key = *key;
		return s;
	}
	return NULL;
}

static void add(struct ns_export *x, const struct stack *key, int64_t weight)
{
	struct slot *s = find(x->priv, key);

	if (s)
		s->weight += (uint64_t)weight;
	else if (weight > 0)
		x->result->left_out += (uint64_t)weight;
}

/* ---- time ---- */

static void push(struct stack *key, const struct ns_event *ev)
{
	key->frame[key->nr++] = (struct frame){ ev->event, ev->dim, ev->sub };
}

/* The outermost frames of a slice; those of events that are not wanted do not show. */
static void frames(const struct ns_export *x, struct stack *key, const struct ns_span *s)
{
	if (s->parent)
		frames(x, key, s->parent);
	if (key->nr < FRAMES && ns_export_wants(x, s->ev.event))
		push(key, &s->ev);
}

static struct stack stack_of(const struct ns_export *x, const struct ns_span *s)
{
	struct stack key = { .vm = s->ev.vm, .vcpu = s->ev.vcpu, .level = (uint8_t)s->level };

	frames(x, &key, s);
	return key;
}

static int on_begin(void *arg, const struct ns_span *s)
{
	struct ns_export *x = arg;
	int64_t dur = (int64_t)(s->end - s->start);
	struct stack key = stack_of(x, s);

	x->result->events += ns_export_wants(x, s->ev.event);
	add(x, &key, dur);
	if (s->parent) {
		/* the level is the outermost slice's, as it was when that began */
		key = stack_of(x, s->parent);
		add(x, &key, -dur);
	}
	return 0;
}

static int on_level(void *arg, unsigned int vm, unsigned int vcpu, enum ns_level level,
		    uint64_t start, uint64_t end)
{
	const struct stack key = { .vm = (uint16_t)vm,
				   .vcpu = (uint16_t)vcpu,
				   .level = (uint8_t)level };

	add(arg, &key, (int64_t)(end - start));
	return 0;
}

/* ---- the format ---- */

static int begin(struct ns_export *x)
{
	static const struct ns_spans_ops ops = { .begin = on_begin, .level = on_level };
	struct folded *f = calloc(1, sizeof(*f));

	x->priv = f;
	if (!f)
		return -ENOMEM;
	return x->opts->counts ? 0 : ns_spans_open(&f->spans, &ops, x);
}

static int event(struct ns_export *x, uint64_t id, const struct ns_event *ev)
{
	struct stack key = { .vm = ev->vm, .vcpu = ev->vcpu };
	struct folded *f = x->priv;

	if (f->spans)
		return ns_spans_feed(f->spans, id, ev);
	if (!ns_export_wants(x, ev->event))
		return 0;
	x->result->events++;
	push(&key, ev);
	add(x, &key, 1);
	return 0;
}

/* A semicolon ends a frame. */
static void word(FILE *out, const char *s)
{
	for (; *s; s++)
		fputc(*s == ';' ? ':' : *s, out);
}

static void put(const struct ns_export *x, const struct slot *s)
{
	const struct ns_event_info *info;
	char buf[24];

	word(x->out, ns_export_vm(x, s->key.vm, buf, sizeof(buf)));
	if (s->key.vcpu == NS_NO_VCPU)
		fputs(";no vCPU", x->out);
	else
		fprintf(x->out, ";vCPU %u", s->key.vcpu);
	if (s->key.level != NS_LEVEL_UNKNOWN)
		fprintf(x->out, ";L%u", s->key.level == NS_LEVEL_L1 ? 1U : 2U);
	for (unsigned int i = 0; i < s->key.nr; i++) {
		info = &ns_events[s->key.frame[i].event];
		fprintf(x->out, ";%s", info->key);
		if (info->dim != NS_D_NONE)
			fprintf(x->out, ";%s", ns_value_key(info->dim, s->key.frame[i].dim));
		if (info->sub != NS_D_NONE)
			fprintf(x->out, ";%s", ns_value_key(info->sub, s->key.frame[i].sub));
	}
	fprintf(x->out, " %" PRIu64 "\n", s->weight);
}

/* The same recording gives the same bytes, in an order for people. */
static int by_key(const void *pa, const void *pb)
{
	const struct slot *a = pa, *b = pb;

	if (a->used != b->used)
		return a->used ? -1 : 1;
	if (a->key.vm != b->key.vm)
		return a->key.vm < b->key.vm ? -1 : 1;
	if (a->key.vcpu != b->key.vcpu)
		return a->key.vcpu < b->key.vcpu ? -1 : 1;
	return memcmp(&a->key, &b->key, sizeof(a->key));
}

static int end(struct ns_export *x)
{
	struct folded *f = x->priv;
	int rc = f->spans ? ns_spans_finish(f->spans, x->meta->end_ns) : 0;

	qsort(f->slot, STACKS, sizeof(*f->slot), by_key);
	for (unsigned int i = 0; !rc && i < STACKS && f->slot[i].used; i++)
		if (f->slot[i].weight)
			put(x, &f->slot[i]);
	return rc;
}

static void folded_free(struct ns_export *x)
{
	struct folded *f = x->priv;

	if (f)
		ns_spans_close(f->spans);
	free(f);
}

const struct ns_exporter ns_export_folded = { begin, event, end, folded_free };
