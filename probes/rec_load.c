// SPDX-License-Identifier: GPL-2.0-or-later
/* rec_load.c: a whole recording into a model. */
#include "recording.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* VMs, contexts, host, providers and times of meta; m has the counts. */
static int take_objects(struct ns_model *m, const struct ns_model *meta)
{
	m->host = meta->host;
	m->start_ns = meta->start_ns;
	m->end_ns = meta->end_ns;
	memcpy(m->marks, meta->marks, sizeof(m->marks));
	m->nr_marks = meta->nr_marks;
	memcpy(m->provider, meta->provider, sizeof(m->provider));
	return ns_model_take_names(m, meta);
}

/* The recorded ledger, but with what really arrived here. */
static void take_ledger(struct ns_model *m, const struct ns_model *meta, const struct ns_load *l)
{
	struct ns_ledger_row row;

	for (unsigned int i = 0; i < NS_NR_EVENTS; i++) {
		row = meta->ledger[i];
		row.kept = m->ledger[i].kept;
		row.map_full += m->ledger[i].map_full;
		row.filtered += l->left_out[i];
		m->ledger[i] = row;
	}
}

static int take_warning(char **warning, const struct ns_reader *r)
{
	const char *text = ns_reader_warning(r);

	if (!warning || !text)
		return 0;
	*warning = strdup(text);
	return *warning ? 0 : -ENOMEM;
}

/* The events of a chunk, the first of which has number id. */
static int take_events(struct ns_model *m, struct ns_load *l, const struct ns_model *meta,
		       const struct ns_event *ev, unsigned int nr, uint64_t id)
{
	bool chosen;
	int rc = 0;

	for (unsigned int i = 0; !rc && i < nr; i++) {
		if (ev[i].event >= NS_NR_EVENTS)
			continue;
		chosen = !l->filter || ns_expr_matches(l->filter, &ev[i], meta);
		if (chosen)
			rc = ns_model_add_event(m, &ev[i]);
		else
			l->left_out[ev[i].event]++;
		if (!rc && l->see)
			rc = l->see(l->arg, &ev[i], id + i, chosen, meta);
	}
	return rc;
}

static int load(struct ns_reader *r, struct ns_model *m, struct ns_load *l, char **warning,
		struct ns_error *err)
{
	const struct ns_event *ev;
	unsigned int nr;
	int rc;

	while ((rc = ns_reader_batch(r, &ev, &nr, err)) > 0) {
		rc = take_events(m, l, ns_reader_meta(r), ev, nr, ns_reader_id(r) - nr + 1);
		if (rc)
			break;
	}
	if (!rc)
		rc = take_objects(m, ns_reader_meta(r));
	if (!rc)
		rc = take_warning(warning, r);
	take_ledger(m, ns_reader_meta(r), l);
	snprintf(l->cmdline, sizeof(l->cmdline), "%s", ns_reader_cmdline(r));
	return rc;
}

int ns_recording_load_some(const char *path, struct ns_model *m, struct ns_load *l, char **warning,
			   struct ns_error *err)
{
	struct ns_reader *r;
	int rc;

	if (warning)
		*warning = NULL;
	if (l->filter || l->see)
		rc = ns_reader_open_known(&r, path, err);
	else
		rc = ns_reader_open(&r, path, err);
	if (rc)
		return rc;
	rc = load(r, m, l, warning, err);
	if (rc == -ENOMEM)
		ns_error(err, rc, NS_EXIT_FAIL, "%s: out of memory", path);
	ns_reader_close(r);
	return rc;
}

int ns_recording_load(const char *path, struct ns_model *m, char **warning, struct ns_error *err)
{
	struct ns_load all = { 0 };

	return ns_recording_load_some(path, m, &all, warning, err);
}
