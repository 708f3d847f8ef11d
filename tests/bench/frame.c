// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * frame.c: how long a frame of the dashboard takes to draw on a large host.  The
 * load is synthetic: 8 VMs of 64 vCPUs, 1,023 contexts (all that there are ids
 * for), and events of all kinds on them at random, as many as the model has
 * room for.  Shown are the medians of the frames of each screen, in CPU time, which the
 * aim is for, and on the clock, which others on the machine have a part in.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "catalogue.h"
#include "detail.h"
#include "synth.h"
#include "top/screen.h"

#define VMS 8
#define VCPUS 64 /* of each */
#define CTXS (NS_MAX_CTXS - 1)
#define EVENTS 400000
#define FRAMES 41
#define AIM_MS 20.0

static struct ns_model total, delta;
static struct ns_detail detail;
static struct history history;

static int make_objects(struct ns_model *m)
{
	int rc = ns_synth_meta(m);

	for (unsigned int i = 1; i <= VMS && !rc; i++) {
		struct ns_vm_key key = { .start_ns = i, .pid = 1000 + i };
		struct ns_vm vm = { .id = i, .comm = "synthetic" };

		rc = ns_model_add_vm(m, &key, &vm);
	}
	for (unsigned int i = 1; i <= CTXS && !rc; i++) {
		struct ns_ctx_key key = { .vttbr = (uint64_t)i << 48 | 0x40000000 | i << 16,
					  .vtcr = 1 << 19, .vm = 1 + i % VMS, .s2_on = 1 };

		rc = ns_model_add_ctx(m, &key, i);
	}
	return rc;
}

/* An event of a vCPU, on one of the two contexts that it switches between. */
static void make_event(struct ns_synth *s, struct ns_event *ev)
{
	uint64_t r = ns_synth_random(s);
	unsigned int vcpu = r % (VMS * VCPUS);

	ns_synth_event(s, ev);
	ev->vm = 1 + vcpu % VMS;
	ev->vcpu = vcpu / VMS;
	ev->ctx = 1 + (vcpu + (r >> 32 & 1) * VMS * VCPUS) % CTXS;
}

static int make_load(void)
{
	struct ns_event ev;
	struct ns_synth s;
	int rc = make_objects(&total);

	if (!rc)
		rc = make_objects(&delta);
	if (!rc)
		rc = ns_detail_init(&detail);
	ns_synth_init(&s, 1);
	for (unsigned int i = 0; i < EVENTS && !rc; i++) {
		make_event(&s, &ev);
		rc = ns_model_add_event(&total, &ev);
		if (!rc && i % 2)
			rc = ns_model_add_event(&delta, &ev);
		if (!rc)
			rc = ns_detail_add(&detail, &ev);
	}
	total.end_ns = delta.end_ns = total.start_ns + 60000000000ULL;
	ns_model_sort(&total);
	ns_model_sort(&delta);
	for (unsigned int i = 0; i < HISTORY_LENGTH && !rc; i += 24)
		history_add(&history, &delta, 1);
	return rc;
}

static int compare(const void *a, const void *b)
{
	double d = *(const double *)a - *(const double *)b;

	return d < 0 ? -1 : d > 0;
}

static double now_ms(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

static double median(double *ms)
{
	qsort(ms, FRAMES, sizeof(*ms), compare);
	return ms[FRAMES / 2];
}

/* The median frame of a screen, in CPU time and on the clock. */
static void measure(struct canvas *c, struct ui *ui, double *cpu, double *wall)
{
	struct snapshot s = {
		.total = &total, .delta = &delta, .seconds = 1, .history = &history,
		.detail = &detail, .until_ns = UINT64_MAX, .interval_ms = 1000, .state = "",
	};
	double of_cpu[FRAMES], of_wall[FRAMES];

	for (unsigned int i = 0; i < FRAMES; i++) {
		of_cpu[i] = now_ms(CLOCK_PROCESS_CPUTIME_ID);
		of_wall[i] = now_ms(CLOCK_MONOTONIC);
		frame_draw(c, &s, ui);
		of_cpu[i] = now_ms(CLOCK_PROCESS_CPUTIME_ID) - of_cpu[i];
		of_wall[i] = now_ms(CLOCK_MONOTONIC) - of_wall[i];
	}
	*cpu = median(of_cpu);
	*wall = median(of_wall);
}

int main(void)
{
	static const int sizes[][2] = { { 80, 24 }, { 240, 60 } };
	struct canvas c = { .utf8 = true };
	struct ui ui;
	double cpu, wall;
	bool good = true;

	if (make_load()) {
		fprintf(stderr, "frame: no memory\n");
		return 1;
	}
	printf(" synthetic load: %d VMs, %d vCPUs, %d contexts, %u of %u metrics in use\n", VMS,
	       VMS * VCPUS, CTXS, total.nr_metrics, NS_MODEL_MAX_METRICS);
	printf("  %-10s %8s %14s %14s\n", "screen", "size", "CPU (ms)", "clock (ms)");
	for (unsigned int k = 0; k < 2; k++) {
		if (canvas_resize(&c, sizes[k][0], sizes[k][1]))
			return 1;
		for (unsigned int i = 0; screens[i]; i++) {
			ui_init(&ui);
			ui.p.only.ctx = screens[i] == &screen_heat ? 1 : NS_ANY;
			ui_tab(&ui, i);
			measure(&c, &ui, &cpu, &wall);
			good &= cpu < AIM_MS;
			printf("  %-10s %4dx%-3d %14.2f %14.2f%s\n", screens[i]->name, sizes[k][0],
			       sizes[k][1], cpu, wall, cpu < AIM_MS ? "" : "  over the aim");
		}
	}
	printf("  aim: a frame under %.0f ms of CPU time: %s\n", AIM_MS, good ? "met" : "not met");
	return 0;
}
