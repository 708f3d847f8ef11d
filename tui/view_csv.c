// SPDX-License-Identifier: GPL-2.0-or-later
/* view_csv.c: the finest numbers, one line each. */
#include <inttypes.h>
#include <string.h>

#include "csv.h"
#include "view.h"

static void times(FILE *f, const struct ns_metric *k)
{
	if (!ns_events[k->event].timed) {
		fputs(",,,,\n", f);
		return;
	}
	fprintf(f, ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 "\n", k->h.ns,
		ns_hist_quantile(&k->h, 0.5), ns_hist_quantile(&k->h, 0.9),
		ns_hist_quantile(&k->h, 0.99));
}

static void line(FILE *f, const struct view *v, const struct ns_metric *k)
{
	const struct ns_event_info *ev = &ns_events[k->event];
	const struct ns_model_vm *vm = ns_model_vm(v->m, k->vm);
	const struct ns_model_ctx *c = ns_model_ctx(v->m, k->ctx);

	fprintf(f, "%" PRIu64 ",%u,", v->m->end_ns - v->m->start_ns, k->vm);
	ns_csv_text(f, vm ? vm->name : "");
	if (k->vcpu == NS_NO_VCPU)
		fputs(",,", f);
	else
		fprintf(f, ",%u,", k->vcpu);
	if (c)
		fprintf(f, "0x%" PRIx64, c->vttbr);
	fprintf(f, ",%s,%s,%s,%" PRIu64, ev->key,
		ev->dim == NS_D_NONE ? "" : ns_value_key(ev->dim, k->dim),
		ev->sub == NS_D_NONE ? "" : ns_value_key(ev->sub, k->sub), k->h.count);
	times(f, k);
}

int view_csv(FILE *f, const struct view *v, bool head)
{
	const struct ns_metric *k;
	unsigned int i;

	if (head)
		fputs("duration_ns,vm,name,vcpu,vttbr,event,dim,sub,count,total_ns,p50_ns,p90_ns,"
		      "p99_ns\n",
		      f);
	for (i = 0; i < v->m->nr_metrics; i++) {
		k = &v->m->metrics[i];
		if (view_shows(v, k->event) && k->h.count)
			line(f, v, k);
	}
	return 0;
}
