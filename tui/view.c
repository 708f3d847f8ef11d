// SPDX-License-Identifier: GPL-2.0-or-later
/* view.c: what all views share: options, the head of the page, rows. */
#include <string.h>

#include "view.h"

#define LABEL_WIDTH 33
#define TOP_DEFAULT 10

int view_init(struct view *v, const char *command, const struct args *a, const struct ns_model *m)
{
	int rc;

	memset(v, 0, sizeof(*v));
	v->command = command;
	v->m = m;
	v->events = a->events;
	v->top = a->top ? (unsigned int)a->top : TOP_DEFAULT;
	if (a->by && !strcmp(a->by, "vcpu"))
		v->by_vcpu = true;
	else if (a->by && !strcmp(a->by, "context"))
		v->by_context = true;
	else if (a->by)
		return fail(NS_EXIT_USAGE, "--by: '%s' is neither vcpu nor context", a->by);
	if (a->json && a->csv)
		return fail(NS_EXIT_USAGE, "--json and --csv exclude each other; give one");
	rc = columns_parse(a->fields, v->columns, 12);
	if (!rc && a->sort)
		rc = column_parse(a->sort, &v->sort);
	return rc;
}

bool view_shows(const struct view *v, unsigned int event)
{
	return v->events >> event & 1;
}

bool event_on(const struct ns_model *m, unsigned int event)
{
	return m->provider[event].state != NS_STATE_OFF;
}

double model_seconds(const struct ns_model *m)
{
	return m->end_ns > m->start_ns ? (m->end_ns - m->start_ns) / 1e9 : 0;
}

unsigned int vttbr_vmid(uint64_t vttbr, uint64_t vtcr)
{
	/* VTTBR_EL2.VMID is [63:48]; VTCR_EL2.VS (bit 19) clear: [55:48] */
	return vtcr >> 19 & 1 ? vttbr >> 48 : vttbr >> 48 & 0xff;
}

const char *provider_summary(const struct ns_model *m, char *buf, size_t size)
{
	char word[48];
	unsigned int i;

	*buf = 0;
	for (i = 0; i < NS_NR_EVENTS; i++) {
		if (!event_on(m, i))
			continue;
		snprintf(word, sizeof(word), "%.*s", (int)strcspn(m->provider[i].by, " "),
			 m->provider[i].by);
		if (strstr(buf, word))
			continue;
		if (*buf)
			strncat(buf, "+", size - strlen(buf) - 1);
		strncat(buf, word, size - strlen(buf) - 1);
	}
	return *buf ? buf : "nothing attached";
}

static void head_count(FILE *f, const char *before, uint64_t n)
{
	char buf[32];

	fprintf(f, "%s%s", before, ns_count_format(n, buf, sizeof(buf)));
}

void view_head(FILE *f, const struct view *v)
{
	const char *dot = utf8_wanted() ? " · " : " - ";
	struct ns_ledger_row l = ns_model_ledger(v->m);
	char buf[128];

	fprintf(f, "# nestscope %s%s%s\n", v->command, v->title ? " " : "",
		v->title ? v->title : "");
	fprintf(f, " Linux %s %s%s%s%s%.3f s%s", v->m->host.release, v->m->host.machine, dot,
		provider_summary(v->m, buf, sizeof(buf)), dot, model_seconds(v->m), dot);
	head_count(f, "seen ", l.seen);
	head_count(f, " = kept ", l.kept);
	if (l.filtered)
		head_count(f, " + filtered ", l.filtered);
	if (l.unattributed)
		head_count(f, " + unattributed ", l.unattributed);
	if (ns_ledger_lost(&l))
		head_count(f, " + lost ", ns_ledger_lost(&l));
	else
		fputs(", lost 0", f);
	if (l.missed)
		head_count(f, ", of these missed ", l.missed);
	else if (l.missed_unknown)
		fputs(", missed unavailable", f);
	fputs("\n\n", f);
	if (v->warning)
		fprintf(f, " warning: %s\n\n", v->warning);
	if (!v->m->nr_vms && !l.seen)
		fputs(" no event was seen: no VM ran, or none did what is observed\n\n", f);
}

void view_row_head(FILE *f, const struct view *v, const char *label)
{
	const struct column *const *c;

	fputc(' ', f);
	put_padded(f, label, v->label_width ? v->label_width : LABEL_WIDTH);
	for (c = v->columns; *c; c++)
		fprintf(f, "%*s", (*c)->width, (*c)->title);
	fputc('\n', f);
}

void view_row(FILE *f, const struct view *v, const char *label, struct numbers *n)
{
	const struct column *const *c;
	char line[512], buf[32];
	size_t len = 0;

	for (c = v->columns; *c && len < sizeof(line); c++) {
		*buf = 0;
		if (n->h.count ? !(*c)->of_time || n->timed : !(*c)->of_time)
			(*c)->format((*c)->value(n), buf, sizeof(buf));
		len += snprintf(line + len, sizeof(line) - len, "%*s", (*c)->width, buf);
	}
	if (len >= sizeof(line))
		len = sizeof(line) - 1;
	while (len && line[len - 1] == ' ')
		line[--len] = 0;
	fputc(' ', f);
	put_padded(f, label, v->label_width ? v->label_width : LABEL_WIDTH);
	fprintf(f, "%s\n", line);
	ns_hist_free(&n->h);
}

void view_unavailable(FILE *f, const struct view *v)
{
	const struct ns_provider *p;
	bool first = true;
	unsigned int i;

	for (i = 0; i < NS_NR_EVENTS; i++) {
		p = &v->m->provider[i];
		if (!view_shows(v, i) || p->state != NS_STATE_OFF)
			continue;
		if (first)
			fputs(" unavailable:\n", f);
		first = false;
		fprintf(f, "  %-12s %s\n", ns_events[i].key,
			*p->note ? p->note : "see nestscope doctor");
	}
}
