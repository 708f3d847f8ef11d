// SPDX-License-Identifier: GPL-2.0-or-later
/* metricset_run.c: may this run take part in a set, and what are its VMs called? */
#include "metricset_priv.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "catalogue.h"
#include "stats.h"

struct seen {
	char nodename[65];
	int64_t start_realtime_ns;
	uint64_t duration_ns;
	char *path;
};

void ns_run_forget(struct ns_metricset *set)
{
	struct seen *seen = set->seen;

	for (unsigned int i = 0; i < set->nr_seen; i++)
		free(seen[i].path);
	free(seen);
	set->seen = NULL;
	set->nr_seen = 0;
}

/* ---- names of VMs ---- */

static bool vm_name_taken(const struct vm_names *n, const char *name)
{
	for (unsigned int i = 0; i < n->nr; i++)
		if (!strcmp(n->name[i], name))
			return true;
	return false;
}

int ns_vm_names_add(struct vm_names *n, const char *name, uint64_t pid)
{
	void *p = realloc(n->name, (n->nr + 1) * sizeof(*n->name));
	char plain[64], tag[24], *at, unique[72];

	if (!p)
		return -ENOMEM;
	n->name = p;
	ns_escape(plain, sizeof(plain), name, strlen(name));
	snprintf(tag, sizeof(tag), "(%" PRIu64 ")", pid);
	at = strstr(plain, tag);
	if (at)
		memmove(at, at + strlen(tag), strlen(at + strlen(tag)) + 1);
	snprintf(unique, sizeof(unique), "%s", *plain ? plain : "?");
	for (unsigned int i = 2; vm_name_taken(n, unique); i++)
		snprintf(unique, sizeof(unique), "%.60s#%u", plain, i);
	memcpy(n->name[n->nr++], unique, sizeof(unique));
	return 0;
}

void ns_vm_names_free(struct vm_names *n)
{
	free(n->name);
	memset(n, 0, sizeof(*n));
}

static int note(struct ns_metricset *set, const char *line)
{
	size_t have = set->notes ? strlen(set->notes) : 0;
	char *p = realloc(set->notes, have + strlen(line) + 2);

	if (!p)
		return -ENOMEM;
	sprintf(p + have, "%s\n", line);
	set->notes = p;
	return 0;
}

/* ---- may this run take part? ---- */

static const char *remedy_for(const struct ns_ledger_row *l)
{
	return l->ring_full || l->map_full ?
		       "record again with a larger ring (-m) or fewer events (-e), or use stat" :
		       "the kernel was preempted while it told of others: give the VMs CPUs of "
		       "their own";
}

/* What is wrong with the run's data; false: nothing. */
static bool flawed(const struct run *r, char *why, size_t size)
{
	const struct ns_ledger_row *l;

	if (r->warning) {
		snprintf(why, size, "%s: damaged: %s; record it again", r->path, r->warning);
		return true;
	}
	for (unsigned int i = 0; i < NS_NR_EVENTS; i++) {
		l = &r->ledger[i];
		if (ns_ledger_lost(l))
			snprintf(why, size, "%s: %" PRIu64 " of %" PRIu64 " %s events were lost; %s",
				 r->path, ns_ledger_lost(l), l->seen, ns_events[i].key,
				 remedy_for(l));
		else if (l->seen != ns_ledger_accounted(l))
			snprintf(why, size,
				 "%s: the ledger of %s does not add up: seen %" PRIu64
				 ", accounted for %" PRIu64 "; record it again",
				 r->path, ns_events[i].key, l->seen, ns_ledger_accounted(l));
		else
			continue;
		return true;
	}
	return false;
}

static int check_flaws(struct ns_metricset *set, const struct run *r, struct ns_error *err)
{
	char why[480];

	if (!flawed(r, why, sizeof(why)))
		return 0;
	if (!set->lossy_ok)
		return ns_error(err, -EINVAL, NS_EXIT_USAGE, "%s", why);
	return note(set, why) ? ns_metricset_nomem(err) : 0;
}

/* Fewer events may be fewer that were let through. */
static int note_filters(struct ns_metricset *set, const struct run *r, struct ns_error *err)
{
	char line[480];

	for (unsigned int i = 0; !set->filtered && i < NS_NR_EVENTS; i++) {
		if (!r->ledger[i].filtered)
			continue;
		set->filtered = true;
		snprintf(line, sizeof(line),
			 "%s: %" PRIu64 " of %" PRIu64
			 " %s events were filtered out: both sides must "
			 "have the same filters",
			 r->path, r->ledger[i].filtered, r->ledger[i].seen, ns_events[i].key);
		return note(set, line) ? ns_metricset_nomem(err) : 0;
	}
	return 0;
}

static int check_clock(struct ns_metricset *set, const struct run *r, struct ns_error *err)
{
	bool first = !set->nr_workloads;

	if (first)
		set->exact = r->exact;
	if (set->exact == r->exact)
		return 0;
	return ns_error(err, -EINVAL, NS_EXIT_USAGE,
			"%s has %s, the files before it %s: they cannot be runs of one thing",
			r->path, r->exact ? "instruction counts (clock: icount)" : "measured times",
			r->exact ? "measured times" : "instruction counts");
}

/* A run given twice would make noise look small. */
static int check_twice(struct ns_metricset *set, const struct run *r, struct ns_error *err)
{
	struct seen *s = set->seen;

	for (unsigned int i = 0; !r->exact && i < set->nr_seen; i++)
		if (s[i].start_realtime_ns == r->start_realtime_ns &&
		    s[i].duration_ns == r->duration_ns && !strcmp(s[i].nodename, r->nodename))
			return ns_error(err, -EINVAL, NS_EXIT_USAGE,
					"%s and %s are of the same observation: give each run once",
					s[i].path, r->path);
	s = realloc(set->seen, (set->nr_seen + 1) * sizeof(*s));
	if (!s)
		return ns_metricset_nomem(err);
	set->seen = s;
	s += set->nr_seen;
	memcpy(s->nodename, r->nodename, sizeof(s->nodename));
	s->start_realtime_ns = r->start_realtime_ns;
	s->duration_ns = r->duration_ns;
	s->path = strdup(r->path);
	if (!s->path)
		return ns_metricset_nomem(err);
	set->nr_seen++;
	return 0;
}

int ns_run_begin(struct ns_metricset *set, const char *workload, const struct run *r,
		 struct ns_workload **w, unsigned int *nr, struct ns_error *err)
{
	int rc = check_flaws(set, r, err);

	if (!rc)
		rc = check_clock(set, r, err);
	if (!rc)
		rc = check_twice(set, r, err);
	if (!rc)
		rc = note_filters(set, r, err);
	if (rc)
		return rc;
	if (set->nr_workloads == NS_MAX_WORKLOADS && !ns_metricset_workload(set, workload))
		return ns_error(err, -EINVAL, NS_EXIT_USAGE, "%s: more than %d workloads", r->path,
				NS_MAX_WORKLOADS);
	*w = ns_metricset_get(set, workload);
	if (!*w)
		return ns_metricset_nomem(err);
	if ((*w)->nr_runs == NS_STATS_MAX)
		return ns_error(err, -EINVAL, NS_EXIT_USAGE,
				"%s: more than %d runs of one workload; give fewer", r->path,
				NS_STATS_MAX);
	if (!(*w)->nr_runs)
		(*w)->origin = r->origin;
	*nr = (*w)->nr_runs;
	if (ns_workload_run(*w, r->events) ||
	    ns_workload_put(*w, *nr, "", RUN_TIME, (double)r->duration_ns))
		return ns_metricset_nomem(err);
	return 0;
}
