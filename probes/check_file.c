// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * check_file.c: check a recording.  It is read twice when something is found:
 * the second time for the events that prove it, which would be too many to
 * hold the first time.
 */
#include "check.h"
#include "recording.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int no_memory(const char *path, struct ns_error *err)
{
	return ns_error(err, -ENOMEM, NS_EXIT_FAIL, "%s: out of memory", path);
}

/* A VM's name comes after its first events: read the names before. */
static int read_names(struct ns_model *names, const char *path, struct ns_error *err)
{
	struct ns_chunks chunks;
	struct ns_reader *r;
	int rc = ns_reader_open(&r, path, err);

	if (rc)
		return rc;
	rc = ns_reader_skim(r, &chunks, err);
	if (!rc) {
		ns_chunks_free(&chunks);
		rc = ns_model_copy(names, ns_reader_meta(r));
		if (rc)
			no_memory(path, err);
	}
	ns_reader_close(r);
	return rc;
}

static int feed_all(struct ns_check *c, struct ns_reader *r, const struct ns_check_select *sel,
		    const struct ns_model *names, struct ns_error *err)
{
	bool all = !sel->pid && sel->vcpu < 0;
	struct ns_event ev;
	int rc;

	while ((rc = ns_reader_next(r, &ev, err)) > 0)
		if (all || ns_model_selects(names, sel->pid, sel->vcpu, &ev))
			ns_check_feed(c, ns_reader_id(r), &ev);
	return rc;
}

/* ---- proofs ---- */

struct wanted {
	struct ns_check_proof **proof; /* by id */
	size_t nr;
};

static int by_id(const void *a, const void *b)
{
	uint64_t x = (*(struct ns_check_proof *const *)a)->id;
	uint64_t y = (*(struct ns_check_proof *const *)b)->id;

	return x < y ? -1 : x > y;
}

static int want(struct wanted *w, struct ns_check_proof *p)
{
	void *more;

	if (p->held)
		return 0;
	if (!(w->nr & (w->nr - 1))) { /* a power of two: full */
		more = realloc(w->proof, (w->nr ? 2 * w->nr : 1) * sizeof(*w->proof));
		if (!more)
			return -ENOMEM;
		w->proof = more;
	}
	w->proof[w->nr++] = p;
	return 0;
}

static int want_all(struct wanted *w, struct ns_check *c)
{
	const struct ns_check_result *res;
	int rc = 0;

	for (unsigned int i = 0; i < NS_NR_RULES; i++) {
		res = ns_check_result(c, i);
		for (unsigned int v = 0; res && v < res->nr_kept; v++)
			for (unsigned int p = 0; !rc && p < res->kept[v].nr_proofs; p++)
				rc = want(w, &res->kept[v].proof[p]);
	}
	if (w->nr)
		qsort(w->proof, w->nr, sizeof(*w->proof), by_id);
	return rc;
}

static int read_proofs(struct wanted *w, const char *path, struct ns_error *err)
{
	struct ns_reader *r;
	struct ns_event ev;
	size_t at = 0;
	int rc;

	rc = ns_reader_open(&r, path, err);
	if (rc)
		return rc;
	while (at < w->nr && (rc = ns_reader_next(r, &ev, err)) > 0)
		for (; at < w->nr && w->proof[at]->id <= ns_reader_id(r); at++) {
			w->proof[at]->held = w->proof[at]->id == ns_reader_id(r);
			w->proof[at]->ev = ev;
		}
	ns_reader_close(r);
	return rc < 0 ? rc : 0;
}

static int find_proofs(struct ns_check *c, const char *path, struct ns_error *err)
{
	struct wanted w = { 0 };
	int rc = want_all(&w, c);

	if (rc)
		no_memory(path, err);
	else if (w.nr)
		rc = read_proofs(&w, path, err);
	free(w.proof);
	return rc;
}

/* ---- the whole ---- */

static int check(struct ns_check *c, struct ns_reader *r, const char *path,
		 const struct ns_check_select *sel, bool filters_harmless, struct ns_error *err)
{
	struct ns_check_input in = { .filters_harmless = filters_harmless };
	struct ns_model names;
	int rc = 0;

	ns_model_init(&names);
	if (sel->pid)
		rc = read_names(&names, path, err);
	if (!rc)
		rc = feed_all(c, r, sel, &names, err);
	ns_model_free(&names);
	if (rc)
		return rc;
	in.cut = !ns_reader_whole(r);
	ns_check_finish(c, &in);
	return find_proofs(c, path, err);
}

int ns_check_recording(struct ns_check **out, const char *path, const struct ns_check_opts *opts,
		       const struct ns_check_select *sel,
		       bool (*filters_harmless)(const char *cmdline), struct ns_model *meta,
		       char **warning, struct ns_error *err)
{
	struct ns_reader *r;
	int rc = ns_reader_open(&r, path, err);

	*out = NULL;
	*warning = NULL;
	if (rc)
		return rc;
	rc = ns_check_open(out, opts, ns_reader_meta(r));
	if (rc)
		no_memory(path, err);
	else
		rc = check(*out, r, path, sel, filters_harmless(ns_reader_cmdline(r)), err);
	if (!rc && ns_reader_warning(r))
		*warning = strdup(ns_reader_warning(r));
	if (!rc) {
		ns_model_free(meta);
		rc = ns_model_copy(meta, ns_reader_meta(r));
		if (rc)
			no_memory(path, err);
	}
	ns_reader_close(r);
	if (rc) {
		ns_check_close(*out);
		*out = NULL;
	}
	return rc;
}
