// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * metricset_json.c: the numbers of a `stat --json` or `report --json` file as a
 * run of a set.  The file may say anything: every type and range is checked.
 */
#include "metricset_priv.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "catalogue.h"

#define COUNT_MAX (1LL << 53) /* what a double holds exactly */
#define KEY_MAX 40

struct reading {
	const char *path;
	struct ns_error *err;
	struct ns_workload *w;
	unsigned int run;
	const char *vm; /* NULL: the only one */
};

static int wrong(const struct reading *r, const char *where, const char *key, const char *what)
{
	return ns_error(r->err, -EINVAL, NS_EXIT_USAGE,
			"%s: %s%s%.60s is %s; is it a file of 'nestscope stat --json'?", r->path,
			where, *where ? "." : "", key, what);
}

static int get_count(const struct reading *r, const json_t *in, const char *where, const char *key,
		     uint64_t *out)
{
	const json_t *j = json_object_get(in, key);

	if (!j)
		return wrong(r, where, key, "missing");
	if (!json_is_integer(j) || json_integer_value(j) < 0 || json_integer_value(j) > COUNT_MAX)
		return wrong(r, where, key, "not a count");
	*out = (uint64_t)json_integer_value(j);
	return 0;
}

static int get_object(const struct reading *r, const json_t *in, const char *where, const char *key,
		      const json_t **out)
{
	*out = json_object_get(in, key);
	if (!*out)
		return wrong(r, where, key, "missing");
	return json_is_object(*out) ? 0 : wrong(r, where, key, "not an object");
}

/* Text for people, without what could disturb a terminal. */
static void get_text(const json_t *in, const char *key, char *buf, size_t size)
{
	const json_t *j = json_object_get(in, key);

	ns_escape(buf, size, json_is_string(j) ? json_string_value(j) : "",
		  json_is_string(j) ? json_string_length(j) : 0);
}

/* ---- facts ---- */

static int read_host(const struct reading *r, const json_t *root, struct run *run)
{
	const json_t *host, *start;
	char clock[16];
	int rc = get_object(r, root, "", "host", &host);

	if (rc)
		return rc;
	get_text(host, "release", run->origin.release, sizeof(run->origin.release));
	get_text(host, "machine", run->origin.machine, sizeof(run->origin.machine));
	get_text(host, "nodename", run->nodename, sizeof(run->nodename));
	get_text(host, "clock", clock, sizeof(clock));
	run->exact = !strcmp(clock, "icount");
	start = json_object_get(host, "start_realtime_ns");
	if (!json_is_integer(start))
		return wrong(r, "host", "start_realtime_ns", "not a number");
	run->start_realtime_ns = json_integer_value(start);
	return get_count(r, root, "", "duration_ns", &run->duration_ns);
}

static int read_ledger_row(const struct reading *r, const json_t *j, const char *event,
			   struct ns_ledger_row *row)
{
	char where[64];
	int rc;

	snprintf(where, sizeof(where), "ledger.events.%s", event);
	if (!j || json_is_null(j))
		return 0;
	rc = get_count(r, j, where, "seen", &row->seen);
	if (!rc)
		rc = get_count(r, j, where, "kept", &row->kept);
	if (!rc)
		rc = get_count(r, j, where, "ring_full", &row->ring_full);
	if (!rc)
		rc = get_count(r, j, where, "map_full", &row->map_full);
	/* a file of an older nestscope, or a kernel that does not tell */
	row->missed_unknown = json_is_null(json_object_get(j, "missed")) ||
			      !json_object_get(j, "missed");
	if (!rc && !row->missed_unknown)
		rc = get_count(r, j, where, "missed", &row->missed);
	if (!rc)
		rc = get_count(r, j, where, "filtered", &row->filtered);
	return rc ? rc : get_count(r, j, where, "unattributed", &row->unattributed);
}

static int read_ledger(const struct reading *r, const json_t *root, struct run *run)
{
	const json_t *ledger, *events;
	int rc = get_object(r, root, "", "ledger", &ledger);

	if (!rc)
		rc = get_object(r, ledger, "ledger", "events", &events);
	for (unsigned int i = 0; !rc && i < NS_NR_EVENTS; i++)
		rc = read_ledger_row(r, json_object_get(events, ns_events[i].key), ns_events[i].key,
				     &run->ledger[i]);
	return rc;
}

static int read_providers(const struct reading *r, const json_t *root, struct run *run)
{
	const json_t *providers, *p;
	char state[16];
	int rc = get_object(r, root, "", "providers", &providers);

	for (unsigned int i = 0; !rc && i < NS_NR_EVENTS; i++) {
		p = json_object_get(providers, ns_events[i].key);
		if (!p) /* left out by -e */
			continue;
		get_text(p, "state", state, sizeof(state));
		if (!strcmp(state, "off"))
			continue;
		if (strcmp(state, "ok") && strcmp(state, "partial"))
			return wrong(r, "providers", ns_events[i].key, "without a state");
		run->events |= 1ULL << i;
		get_text(p, "by", run->origin.by[i], sizeof(run->origin.by[i]));
	}
	return rc;
}

/* ---- numbers ---- */

static int nomem_or_0(const struct reading *r, int rc)
{
	return rc ? ns_metricset_nomem(r->err) : 0;
}

/* Values of a newer catalogue are as good, if they are words. */
static bool is_key(const char *s)
{
	size_t len = strlen(s);

	return len && len <= KEY_MAX && strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789_") == len;
}

static int put_times(struct reading *r, const json_t *cell, const char *name, uint64_t count)
{
	struct cell_times t;
	const json_t *time;
	int rc = get_object(r, cell, name, "time", &time);

	if (!rc)
		rc = get_count(r, time, name, "total", &t.total);
	if (!rc)
		rc = get_count(r, time, name, "p50", &t.p50);
	if (!rc)
		rc = get_count(r, time, name, "p90", &t.p90);
	if (!rc)
		rc = get_count(r, time, name, "p99", &t.p99);
	return rc ? rc : nomem_or_0(r, ns_put_times(r->w, r->run, r->vm, name, count, &t));
}

static int put_cell(struct reading *r, const json_t *cell, const char *name, bool timed)
{
	uint64_t count;
	int rc;

	if (!json_is_object(cell))
		return wrong(r, "metrics", name, "not an object");
	rc = get_count(r, cell, name, "count", &count);
	if (!rc)
		rc = nomem_or_0(r, ns_put_count(r->w, r->run, r->vm, name, count));
	return rc || !timed ? rc : put_times(r, cell, name, count);
}

static int put_subs(struct reading *r, const json_t *cell, const char *prefix)
{
	const json_t *subs = json_object_get(cell, "sub");
	char name[128];
	const char *key;
	json_t *value;
	uint64_t n;
	int rc = 0;

	if (subs && !json_is_object(subs))
		return wrong(r, prefix, "sub", "not an object");
	json_object_foreach ((json_t *)subs, key, value) {
		if (!is_key(key))
			return wrong(r, prefix, "sub", "not of values of the catalogue");
		rc = get_count(r, subs, prefix, key, &n);
		snprintf(name, sizeof(name), "%s.%s", prefix, key);
		if (!rc && n)
			rc = nomem_or_0(r, ns_put_count(r->w, r->run, r->vm, name, n));
		if (rc)
			return rc;
	}
	return 0;
}

static int put_event(struct reading *r, const json_t *cell, const struct ns_event_info *ev)
{
	const json_t *by;
	char name[96];
	const char *key;
	json_t *value;
	int rc = put_cell(r, cell, ev->key, ev->timed);

	by = json_object_get(cell, "by");
	if (!rc && by && !json_is_object(by))
		return wrong(r, ev->key, "by", "not an object");
	json_object_foreach ((json_t *)by, key, value) {
		if (rc)
			return rc;
		if (!is_key(key))
			return wrong(r, ev->key, "by", "not of values of the catalogue");
		snprintf(name, sizeof(name), "%s.%s", ev->key, key);
		rc = put_cell(r, value, name, ev->timed);
		if (!rc)
			rc = put_subs(r, value, name);
	}
	return rc;
}

static int put_vm(struct reading *r, const json_t *vm)
{
	const json_t *metrics, *cell;
	int rc = get_object(r, vm, "vms", "metrics", &metrics);

	for (unsigned int i = 0; !rc && i < NS_NR_EVENTS; i++) {
		cell = json_object_get(metrics, ns_events[i].key);
		if (!(r->w->events[r->run] >> i & 1))
			continue;
		if (!cell)
			return wrong(r, "vms.metrics", ns_events[i].key,
				     "missing, though it is provided");
		rc = put_event(r, cell, &ns_events[i]);
	}
	return rc;
}

/* A run in which no VM did anything: all counts are 0. */
static int put_nothing(struct reading *r)
{
	const struct cell_times none = { 0 };
	int rc = 0;

	for (unsigned int i = 0; !rc && i < NS_NR_EVENTS; i++) {
		if (!(r->w->events[r->run] >> i & 1))
			continue;
		rc = ns_put_count(r->w, r->run, NULL, ns_events[i].key, 0);
		if (!rc && ns_events[i].timed)
			rc = ns_put_times(r->w, r->run, NULL, ns_events[i].key, 0, &none);
	}
	return nomem_or_0(r, rc);
}

static int put_vms(struct reading *r, const json_t *vms)
{
	struct vm_names names = { 0 };
	const json_t *vm, *pid;
	char name[64];
	size_t i;
	int rc = json_array_size(vms) ? 0 : put_nothing(r);

	json_array_foreach (vms, i, vm) {
		if (rc)
			break;
		get_text(vm, "name", name, sizeof(name));
		pid = json_object_get(vm, "pid");
		rc = nomem_or_0(r, ns_vm_names_add(&names, json_is_null(pid) ? "none" : name,
						   (uint64_t)json_integer_value(pid)));
		if (rc)
			break;
		r->vm = json_array_size(vms) > 1 ? names.name[i] : NULL;
		rc = put_vm(r, vm);
	}
	ns_vm_names_free(&names);
	return rc;
}

int ns_metricset_add_stat(struct ns_metricset *set, const char *workload, const char *path,
			  const json_t *root, struct ns_error *err)
{
	const json_t *vms = json_object_get(root, "vms"), *warning;
	struct reading r = { .path = path, .err = err };
	struct run run = { .path = path };
	char text[256];
	int rc = read_host(&r, root, &run);

	if (!rc)
		rc = read_ledger(&r, root, &run);
	if (!rc)
		rc = read_providers(&r, root, &run);
	if (!rc && (!json_is_array(vms) || json_array_size(vms) > NS_MAX_VMS))
		rc = wrong(&r, "", "vms", "not a list of VMs");
	if (rc)
		return rc;
	warning = json_object_get(root, "warning");
	get_text(root, "warning", text, sizeof(text));
	if (warning && !json_is_null(warning))
		run.warning = text;
	rc = ns_run_begin(set, workload, &run, &r.w, &r.run, err);
	return rc ? rc : put_vms(&r, vms);
}
