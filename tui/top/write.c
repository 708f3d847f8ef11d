// SPDX-License-Identifier: GPL-2.0-or-later
/* write.c: the events in memory as a recording. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "recording.h"
#include "top.h"

/* The ledger of what is written: all that is seen here is kept here. */
static void own_ledger(struct ns_model *meta, const struct ns_tail *tail)
{
	const struct ns_event *ev;
	unsigned int i, nr = ns_tail_count(tail);

	memset(meta->ledger, 0, sizeof(meta->ledger));
	for (i = 0; i < nr; i++) {
		ev = ns_tail_get(tail, i);
		meta->ledger[ev->event].seen++;
		meta->ledger[ev->event].kept++;
	}
	meta->end_ns = ns_tail_get(tail, 0)->ts;
	meta->start_ns = ns_tail_get(tail, nr - 1)->ts;
}

static int write_all(const char *path, const struct ns_model *total, const struct ns_tail *tail,
		     struct ns_error *err)
{
	unsigned int i = ns_tail_count(tail);
	/* names only: the writer reads VMs, contexts, host, providers and the ledger */
	struct ns_model meta = *total;
	struct ns_writer *w;
	int rc, closed;

	own_ledger(&meta, tail);
	meta.host.start_realtime_ns += (int64_t)(meta.start_ns - total->start_ns);
	rc = ns_writer_open(&w, path, &meta, "top (events in memory)", err);
	if (rc)
		return rc;
	while (i-- && !rc)
		rc = ns_writer_event(w, ns_tail_get(tail, i), err);
	closed = ns_writer_close(w, &meta, rc ? NULL : err);
	return rc ? rc : closed;
}

void top_write(struct top *t)
{
	const struct ns_detail *d = t->src.detail;
	time_t now = time(NULL);
	struct ns_error err = { 0 };
	char path[64];
	struct tm tm;

	t->ui.message = t->message;
	if (!d || !ns_tail_count(&d->tail)) {
		snprintf(t->message, sizeof(t->message),
			 "no events in memory: open Events (9) first");
		return;
	}
	localtime_r(&now, &tm);
	strftime(path, sizeof(path), "nestscope-%Y%m%d-%H%M%S.nsr", &tm);
	if (write_all(path, t->src.total, &d->tail, &err))
		snprintf(t->message, sizeof(t->message), "%.150s", err.msg);
	else
		snprintf(t->message, sizeof(t->message), "%u events written to %s",
			 ns_tail_count(&d->tail), path);
}
