// SPDX-License-Identifier: GPL-2.0-or-later
/* cmd_top.c: `nestscope top`: its options, and frames for pipes. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "run.h"
#include "top/top.h"
#include "view.h"

#define FRAMES_DEFAULT 3 /* on a pipe without -n */
#define DRAIN_NS 100000000 /* whole events are taken out of the ring so often */

static const struct opt opts[] = {
	{ 'i', "input", "FILE", OPT_STRING, ARG(input), "replay a recording" },
	OPTS_FILTER,
	{ 'I', "interval", "MS", OPT_MS, ARG(interval_ms), "time between frames (default 1000)" },
	{ 0, "screen", "NAME", OPT_STRING, ARG(screen),
	  "begin with a screen: overview (the default), faults, contexts, tlbi, at, mmio, el2, rtt "
	  "or events" },
	{ 'b', "batch", NULL, OPT_FLAG, ARG(batch),
	  "print plain frames, as wide as $COLUMNS; a recording is stepped through at once" },
	{ 'n', "frames", "N", OPT_NUMBER, ARG(frames),
	  "end after N frames (3 on a pipe without --batch)" },
	{ 0, "ascii", NULL, OPT_FLAG, ARG(ascii), "draw with ASCII only" },
	OPTS_END
};

static int env_size(const char *name, int fallback)
{
	const char *s = getenv(name);
	int n = s ? atoi(s) : 0;

	return n > 0 && n < 1000 ? n : fallback;
}

/* One frame on standard output. */
static int print_frame(struct top *t, bool first)
{
	struct snapshot s;

	t->src.ops->events(&t->src, screens[t->ui.p.screen]->events);
	s = top_snapshot(t);
	frame_draw(&t->canvas, &s, &t->ui);
	if (!first)
		putchar('\n');
	canvas_print(&t->canvas, stdout);
	if (fflush(stdout))
		return fail(NS_EXIT_FAIL, "standard output: %s", strerror(errno));
	return 0;
}

/* Until the next step is due; meanwhile whole events are taken out of the ring. */
static void wait_step(struct top *t, uint64_t next)
{
	uint64_t now;

	while (!t->a->input && (now = ns_now()) < next && !stopped_by()) {
		t->src.ops->events(&t->src, screens[t->ui.p.screen]->events);
		stop_wait(next - now < DRAIN_NS ? next : now + DRAIN_NS);
	}
}

static int batch(struct top *t, uint64_t frames)
{
	uint64_t i, next = ns_now(), step_ns = t->interval_ms * 1000000ULL;
	int rc = 0;

	if (canvas_resize(&t->canvas, env_size("COLUMNS", 80), env_size("LINES", 24)))
		return fail(NS_EXIT_FAIL, "no memory");
	for (i = 0; !rc && (!frames || i < frames) && !stopped_by() && !t->src.ended; i++) {
		next += step_ns;
		wait_step(t, next);
		rc = top_step(t);
		if (!rc)
			rc = print_frame(t, !i);
	}
	return rc;
}

/* Attaching takes seconds on a slow machine: say what is going on, and take it back. */
static int open_source(struct top *t, bool plain, struct ns_error *err)
{
	static const char what[] = "attaching to the kernel ...";
	bool say = !plain && t->src.ops->live;
	int rc;

	if (say) {
		fputs(what, stdout);
		fflush(stdout);
	}
	rc = t->src.ops->open(&t->src, t->a, err);
	if (say) {
		printf("\r%*s\r", (int)sizeof(what), "");
		fflush(stdout);
	}
	return rc;
}

static int first_screen(struct top *t, const char *name)
{
	int i = name ? screen_find(name) : 0;

	if (i < 0)
		return fail(NS_EXIT_USAGE, "--screen: there is no screen '%s'; see 'nestscope help top'",
			    name);
	ui_tab(&t->ui, (unsigned int)i);
	return 0;
}

static int run(struct args *a)
{
	bool plain = a->batch || !isatty(STDOUT_FILENO) || !isatty(STDIN_FILENO);
	struct ns_error err = { 0 };
	struct top *t = calloc(1, sizeof(*t));
	uint64_t frames = a->frames;
	int rc;

	if (!t)
		return fail(NS_EXIT_FAIL, "no memory");
	t->a = a;
	t->interval_ms = a->interval_ms ? (unsigned int)a->interval_ms : 1000;
	ui_init(&t->ui);
	t->canvas.utf8 = utf8_wanted() && !a->ascii;
	t->src.ops = a->input ? &source_replay : &source_live;
	if (plain && !a->batch && !frames)
		frames = FRAMES_DEFAULT;
	rc = first_screen(t, a->screen);
	if (rc) {
		free(t);
		return rc;
	}
	stop_on_signals();
	if (open_source(t, plain, &err))
		rc = fail_with(&err);
	else
		rc = plain ? batch(t, frames) : top_interactive(t, frames);
	t->src.ops->close(&t->src);
	canvas_free(&t->canvas);
	free(t->src.warning);
	free(t);
	return rc;
}

const struct command cmd_top = {
	.name = "top",
	.usage = "[options]",
	.help = "the dashboard, live or from a recording",
	.text = "Shows shadow stage-2 faults and their causes, contexts, TLBIs, AT, MMIO, virtual EL2\n"
		"and realms as they happen, per VM and vCPU, down to single events. On a pipe it\n"
		"prints plain frames and ends. F1 shows the keys. NO_COLOR is respected.\n",
	.examples = "Why is this L2 slow?\n"
		"    nestscope top\n"
		"Look again at what a recording saw:\n"
		"    nestscope top -i nestscope.nsr\n"
		"One frame for a mail or a log:\n"
		"    nestscope top --batch -n 1\n",
	.opts = opts,
	.run = run,
};
