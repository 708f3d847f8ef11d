// SPDX-License-Identifier: GPL-2.0-or-later
/* export.c: see export.h. */
#include "export.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "export_metrics.h"
#include "export_priv.h"
#include "recording.h"
#include "spans.h"

static const struct {
	const char *name, *help;
	const struct ns_exporter *ops; /* NULL: from the sums */
} formats[NS_NR_EXPORTS] = {
	[NS_EXPORT_PERFETTO] = { "perfetto", "a trace for ui.perfetto.dev and trace_processor",
				 &ns_export_perfetto },
	[NS_EXPORT_FOLDED] = { "folded", "stacks by cause, for flame graphs", &ns_export_folded },
	[NS_EXPORT_CSV] = { "csv", "one line per event", &ns_export_csv },
	[NS_EXPORT_OPENMETRICS] = { "openmetrics", "the sums, with the time of the end", NULL },
	[NS_EXPORT_PROMETHEUS] = { "prometheus", "the sums as text for node_exporter", NULL },
};

const char *ns_export_name(unsigned int format)
{
	return format < NS_NR_EXPORTS ? formats[format].name : NULL;
}

const char *ns_export_help(unsigned int format)
{
	return format < NS_NR_EXPORTS ? formats[format].help : NULL;
}

const char *ns_export_vm(const struct ns_export *x, unsigned int vm, char *buf, size_t size)
{
	const struct ns_model_vm *m = ns_model_vm(x->meta, vm);

	if (m && *m->name)
		return m->name;
	snprintf(buf, size, vm ? "VM %u" : "no VM", vm);
	return buf;
}

const char *ns_dim_label(enum ns_dim dim, char *buf, size_t size)
{
	const char *name = ns_dims[dim].name;
	size_t i;

	for (i = 0; name[i] && i + 1 < size; i++)
		buf[i] = (char)tolower((unsigned char)name[i]);
	buf[i] = '\0';
	return buf;
}

static int take_warning(struct ns_export_result *r, const char *text)
{
	if (!text || r->warning)
		return 0;
	r->warning = strdup(text);
	return r->warning ? 0 : -ENOMEM;
}

/* ---- a stream of events ---- */

static int failed(int rc, const char *path, struct ns_error *err)
{
	if (rc == -E2BIG)
		return ns_error(err, rc, NS_EXIT_USAGE,
				"%s has more than %d vCPUs, more than can be exported", path,
				NS_SPANS_LANES);
	return ns_error(err, rc, NS_EXIT_FAIL, "exporting %s: %s", path, strerror(-rc));
}

static int stream(struct ns_export *x, struct ns_reader *r, struct ns_error *err)
{
	const struct ns_exporter *ops = formats[x->opts->format].ops;
	struct ns_event ev;
	int rc = ops->begin(x), more = 1;

	while (!rc && (more = ns_reader_next(r, &ev, err)) > 0)
		if (ev.event < NS_NR_EVENTS && ev.dim < ns_dims[ns_events[ev.event].dim].nr &&
		    ev.sub < ns_dims[ns_events[ev.event].sub].nr)
			rc = ops->event(x, ns_reader_id(r), &ev);
	if (!rc && more < 0)
		return more; /* err is filled */
	if (!rc)
		rc = ops->end(x);
	if (!rc)
		rc = take_warning(x->result, ns_reader_warning(r));
	return rc ? failed(rc, x->opts->path, err) : 0;
}

/* Two readers: one has looked at all of it before the other begins. */
static int export_events(struct ns_export *x, struct ns_error *err)
{
	struct ns_reader *all, *r = NULL;
	struct ns_chunks chunks = { 0 };
	int rc;

	rc = ns_reader_open(&all, x->opts->path, err);
	if (rc)
		return rc;
	rc = ns_reader_skim(all, &chunks, err);
	ns_chunks_free(&chunks);
	if (!rc)
		rc = ns_reader_open(&r, x->opts->path, err);
	if (!rc) {
		x->meta = ns_reader_meta(all);
		x->now = ns_reader_meta(r);
		rc = stream(x, r, err);
		formats[x->opts->format].ops->free(x);
	}
	ns_reader_close(r);
	ns_reader_close(all);
	return rc;
}

/* ---- sums ---- */

static int export_sums(struct ns_export *x, struct ns_error *err)
{
	bool timeless = x->opts->format == NS_EXPORT_PROMETHEUS;
	struct ns_model m;
	int64_t end_ns;
	int rc;

	ns_model_init(&m);
	rc = ns_recording_load(x->opts->path, &m, &x->result->warning, err);
	if (!rc) {
		ns_model_sort(&m);
		end_ns = m.host.start_realtime_ns + (int64_t)(m.end_ns - m.start_ns);
		x->result->events = ns_model_ledger(&m).kept;
		rc = ns_metrics_write(x->out, &m,
				      &(struct ns_metrics_opts){
					      .format = timeless ? NS_METRICS_PROMETHEUS :
								   NS_METRICS_OPENMETRICS,
					      .events = x->opts->events,
					      .time_ns = timeless ? 0 : end_ns,
				      });
		if (rc)
			failed(rc, x->opts->path, err);
	}
	ns_model_free(&m);
	return rc;
}

int ns_export(FILE *out, const struct ns_export_opts *opts, struct ns_export_result *r,
	      struct ns_error *err)
{
	struct ns_export x = { .out = out, .opts = opts, .result = r };
	int rc;

	memset(r, 0, sizeof(*r));
	if (opts->format >= NS_NR_EXPORTS)
		return ns_error(err, -EINVAL, NS_EXIT_USAGE, "there is no export format %u",
				opts->format);
	rc = formats[opts->format].ops ? export_events(&x, err) : export_sums(&x, err);
	if (!rc && (fflush(out) || ferror(out))) {
		rc = errno ? -errno : -EIO;
		ns_error(err, rc, NS_EXIT_FAIL, "writing: %s", strerror(-rc));
	}
	return rc;
}
