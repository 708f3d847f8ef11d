// SPDX-License-Identifier: GPL-2.0-or-later
/* gate_calibrate.c: what an A/A run says about rules. */
#include "compare_text.h"
#include "gate_out.h"
#include "view.h"

#define ROWS 20

static void row(FILE *f, const struct ns_noise *n, const struct ns_rules *rules)
{
	const struct ns_change c = { .vm = n->vm, .name = n->name };
	char label[220];

	fputs("  ", f);
	put_padded(f, n->workload, 13);
	fputc(' ', f);
	put_padded(f, metric_label(&c, label, sizeof(label)), 33);
	fprintf(f, " %7.2f %% %7.2f %% %6.2f %% %6u\n", n->variation * 100, n->width * 100,
		rules->rule[n->rule].relative * 100, n->failed);
}

void calibrate_text(FILE *f, const struct ns_calibration *c, const struct ns_rules *rules)
{
	fprintf(f,
		"# nestscope gate --calibrate\n %u times one half of the runs against the other, "
		"%s\n\n",
		c->rounds, rules->path);
	fputs("  workload      metric                                 noise  interval    limit "
	      "failed\n",
	      f);
	for (unsigned int i = 0; i < c->nr && i < ROWS; i++)
		row(f, &c->noise[i], rules);
	if (c->nr > ROWS)
		fprintf(f, "  and %u metrics with less noise\n", c->nr - ROWS);
	fprintf(f, "\n failed %u of %u times; %.5g %% are allowed\n", c->failed, c->rounds,
		(1 - c->confidence) * 100);
	if (c->unsure)
		fprintf(f,
			" unsure: halves of so few runs can show no difference at all; %u runs "
			"can\n",
			c->need_runs);
	if (c->drifted)
		fprintf(f,
			" drift: %u metrics of the last half of the runs are not those of the "
			"first; "
			"interleave the runs of both sides, or find out what changed\n",
			c->drifted);
	else if (!c->unsure)
		fputs(" drift: none between the first and the last half of the runs\n", f);
	fprintf(f, " exit %d\n", ns_calibration_exit(c));
}
