// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * feed_file.c: a recording, as if it happened now: what came in its first second is
 * told one second after somebody asked first.  At its end the last numbers stay.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "feed.h"
#include "host.h"
#include "recording.h"

struct file {
	struct ns_reader *r;
	struct ns_event ev; /* read, but of later */
	bool have_ev, over;
	uint64_t start; /* of the recording */
	uint64_t first_ns; /* of the replay, CLOCK_MONOTONIC; 0: nobody asked */
};

static int file_open(struct feed *f, struct ns_error *err)
{
	struct file *p = calloc(1, sizeof(*p));
	const struct ns_model *meta;
	int rc;

	f->private = p;
	if (!p)
		return ns_error(err, -ENOMEM, NS_EXIT_FAIL, "no memory");
	rc = ns_reader_open_known(&p->r, f->a->input, err);
	if (!rc)
		rc = ns_reader_next(p->r, &p->ev, err);
	if (rc < 0)
		return rc;
	p->have_ev = rc > 0;
	p->over = !rc;
	meta = ns_reader_meta(p->r);
	if (ns_model_copy(&f->m, meta))
		return ns_error(err, -ENOMEM, NS_EXIT_FAIL, "no memory");
	ns_model_clear_counts(&f->m);
	/* the file does not always say when it began */
	p->start = meta->start_ns ? meta->start_ns : p->ev.ts;
	f->m.start_ns = f->m.end_ns = p->start;
	f->exemplars.real_ns = meta->host.start_realtime_ns - (int64_t)p->start;
	return 0;
}

static bool chosen(const struct feed *f, const struct ns_event *ev)
{
	return ev->event < NS_NR_EVENTS && f->a->events >> ev->event & 1 &&
	       ns_model_selects(&f->m, f->a->pid, f->a->vcpu, ev);
}

/* Losses as far as the file has told by now; kept is what was counted. */
static void take_ledger(struct feed *f, const struct ns_model *meta)
{
	for (unsigned int i = 0; i < NS_NR_EVENTS; i++)
		ns_ledger_take(&f->m.ledger[i], &meta->ledger[i]);
}

static int feed_event(struct feed *f, struct file *p)
{
	int rc = 0;

	if (chosen(f, &p->ev)) {
		rc = ns_model_add_event(&f->m, &p->ev);
		ns_exemplars_add(&f->exemplars, &p->ev, ns_reader_id(p->r));
	}
	return rc == -ENOMEM ? rc : 0; /* others are damage, which the reader tells */
}

static int file_read(struct feed *f, struct ns_error *err)
{
	struct file *p = f->private;
	const struct ns_model *meta = ns_reader_meta(p->r);
	uint64_t now;
	int rc;

	if (!p->first_ns)
		p->first_ns = ns_now();
	now = p->start + (ns_now() - p->first_ns);
	while (!p->over && (!p->have_ev || p->ev.ts <= now)) {
		if (p->have_ev && feed_event(f, p))
			return ns_error(err, -ENOMEM, NS_EXIT_FAIL, "no memory");
		rc = ns_reader_next(p->r, &p->ev, err);
		if (rc < 0)
			return rc;
		p->have_ev = rc > 0;
		p->over = !rc;
	}
	f->m.end_ns = p->over && meta->end_ns && meta->end_ns < now ? meta->end_ns : now;
	take_ledger(f, meta);
	return 0;
}

static void file_tick(struct feed *f)
{
	(void)f;
}

static void file_close(struct feed *f)
{
	struct file *p = f->private;

	if (p && p->r)
		ns_reader_close(p->r);
	free(p);
}

const struct feed_ops feed_file = {
	.open = file_open,
	.read = file_read,
	.tick = file_tick,
	.close = file_close,
};
