// SPDX-License-Identifier: GPL-2.0-or-later
/* cmd_top.c: `nestscope top`: the loop of the dashboard. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "run.h"
#include "top/keys.h"
#include "top/source.h"
#include "top/term.h"
#include "view.h"

#define FRAMES_DEFAULT 3 /* on a pipe without -n */
#define PAGE 10
#define INTERVAL_MIN 100
#define INTERVAL_MAX 60000

static const struct opt opts[] = {
	{ 'i', "input", "FILE", OPT_STRING, ARG(input), "replay a recording" },
	OPTS_FILTER,
	{ 'I', "interval", "MS", OPT_MS, ARG(interval_ms), "time between frames (default 1000)" },
	{ 'b', "batch", NULL, OPT_FLAG, ARG(batch),
	  "print plain frames, as wide as $COLUMNS; a recording is stepped through at once" },
	{ 'n', "frames", "N", OPT_NUMBER, ARG(frames),
	  "end after N frames (3 on a pipe without --batch)" },
	{ 0, "ascii", NULL, OPT_FLAG, ARG(ascii), "draw with ASCII only" },
	OPTS_END
};

struct top {
	const struct args *a;
	struct source src;
	struct history history;
	struct canvas canvas;
	struct ui ui;
	unsigned int interval_ms;
	bool paused, quit;
};

static struct snapshot snapshot(const struct top *t)
{
	struct snapshot s = {
		.total = &t->src.total,
		.delta = &t->src.delta,
		.seconds = t->src.seconds,
		.history = &t->history,
		.interval_ms = t->interval_ms,
		.state = t->paused	? "paused"
			 : t->src.ended ? "end of file"
					: "",
		.warning = t->src.warning,
	};

	return s;
}

static int step(struct top *t)
{
	struct ns_error err = { 0 };
	int rc;

	if (t->src.ended)
		return 0;
	rc = t->src.ops->step(&t->src, t->interval_ms * 1000000ULL, &err);
	if (rc) {
		term_end();
		return fail_with(&err);
	}
	history_add(&t->history, &t->src.delta, t->src.seconds);
	return 0;
}

/* ---- frames for pipes ---- */

static int env_size(const char *name, int fallback)
{
	const char *s = getenv(name);
	int n = s ? atoi(s) : 0;

	return n > 0 && n < 1000 ? n : fallback;
}

static int batch(struct top *t, uint64_t frames)
{
	uint64_t i, next = now_ns(), step_ns = t->interval_ms * 1000000ULL;
	struct snapshot s;
	int rc = 0;

	if (canvas_resize(&t->canvas, env_size("COLUMNS", 80), env_size("LINES", 24)))
		return fail(NS_EXIT_FAIL, "no memory");
	for (i = 0; (!frames || i < frames) && !stopped_by() && !t->src.ended; i++) {
		next += step_ns;
		while (!t->a->input && now_ns() < next && !stopped_by())
			stop_wait(next);
		rc = step(t);
		if (rc)
			return rc;
		s = snapshot(t);
		frame_draw(&t->canvas, &s, &t->ui);
		if (i)
			putchar('\n');
		canvas_print(&t->canvas, stdout);
		if (fflush(stdout))
			return fail(NS_EXIT_FAIL, "standard output: %s", strerror(errno));
	}
	return 0;
}

/* ---- the terminal ---- */

static void go_to(struct top *t, unsigned int screen)
{
	if (screen == t->ui.screen)
		return;
	t->ui.back = t->ui.screen;
	t->ui.screen = screen;
	t->ui.selected = -1;
	t->ui.scroll = 0;
	t->ui.sort = 0;
}

static unsigned int help_screen(void)
{
	unsigned int i;

	for (i = 0; screens[i] != &screen_help; i++)
		;
	return i;
}

/* The next screen that has a tab, in direction d. */
static unsigned int next_tab(unsigned int from, int d)
{
	unsigned int n = 0;

	while (screens[n])
		n++;
	do
		from = (from + n + d) % n;
	while (!screens[from]->key);
	return from;
}

static void move(struct ui *ui, int by)
{
	ui->selected += ui->selected < 0 && by < 0 ? 0 : by;
	if (ui->selected >= ui->nr_rows)
		ui->selected = ui->nr_rows - 1;
	if (ui->selected < 0)
		ui->selected = ui->nr_rows ? 0 : -1;
}

static void enter(struct ui *ui)
{
	if (ui->selected < 0 || ui->at.vm == NS_ANY)
		return;
	ui->only = ui->at;
	ui->selected = -1;
}

static void back(struct top *t)
{
	if (t->ui.screen == help_screen())
		go_to(t, t->ui.back);
	else if (t->ui.only.vm != NS_ANY)
		t->ui.only = (struct row_id){ NS_ANY, NS_ANY, NS_ANY };
	else
		t->ui.selected = -1;
}

static void resize(struct top *t)
{
	int w, h;

	term_size(&w, &h);
	if (canvas_resize(&t->canvas, w, h))
		t->quit = true;
}

static void set_interval(struct top *t, unsigned int ms)
{
	if (ms >= INTERVAL_MIN && ms <= INTERVAL_MAX)
		t->interval_ms = ms;
}

static void act(struct top *t, enum action action)
{
	struct ui *ui = &t->ui;

	switch (action) {
	case ACT_HELP:
		go_to(t, ui->screen == help_screen() ? ui->back : help_screen());
		break;
	case ACT_NEXT:
		go_to(t, next_tab(ui->screen, 1));
		break;
	case ACT_PREVIOUS:
		go_to(t, next_tab(ui->screen, -1));
		break;
	case ACT_QUIT:
		t->quit = true;
		break;
	case ACT_PAUSE:
		t->paused = !t->paused;
		break;
	case ACT_SLOWER:
		set_interval(t, t->interval_ms * 2);
		break;
	case ACT_FASTER:
		set_interval(t, t->interval_ms / 2);
		break;
	case ACT_UP:
		move(ui, -1);
		break;
	case ACT_DOWN:
		move(ui, 1);
		break;
	case ACT_PAGE_UP:
		move(ui, -PAGE);
		break;
	case ACT_PAGE_DOWN:
		move(ui, PAGE);
		break;
	case ACT_HOME:
		move(ui, -ui->nr_rows);
		break;
	case ACT_END:
		move(ui, ui->nr_rows);
		break;
	case ACT_ENTER:
		enter(ui);
		break;
	case ACT_BACK:
		back(t);
		break;
	case ACT_SORT:
		ui->sort = ui->nr_columns ? ui->sort % (ui->nr_columns - 1) + 1 : 0;
		break;
	case ACT_RESIZE:
		resize(t);
		break;
	case ACT_NONE:
		break;
	}
}

static void on_key(struct top *t, int key)
{
	unsigned int i;

	for (i = 0; screens[i]; i++)
		if (screens[i]->key && screens[i]->key == key) {
			go_to(t, i);
			return;
		}
	act(t, keys_find(key));
}

static void draw(struct top *t)
{
	struct snapshot s = snapshot(t);

	frame_draw(&t->canvas, &s, &t->ui);
	term_show(&t->canvas);
}

/* Wait for a key until the next step is due. */
static void wait_key(struct top *t, uint64_t until)
{
	uint64_t now = now_ns();
	int key;

	key = term_key(now < until ? (int)((until - now) / 1000000 + 1) : 0);
	if (key < 0)
		t->quit = true;
	else if (key)
		on_key(t, key);
}

static int interactive(struct top *t, uint64_t frames)
{
	uint64_t next = now_ns(), shown = 0;
	int rc = term_start();

	if (rc)
		return rc;
	resize(t);
	if (t->a->input)
		rc = step(t);
	while (!rc && !t->quit && !stopped_by() && (!frames || shown < frames)) {
		draw(t);
		next += t->interval_ms * 1000000ULL;
		if (next < now_ns()) /* suspended, or too slow: do not catch up */
			next = now_ns();
		shown++;
		while (!t->quit && !stopped_by() && now_ns() < next) {
			wait_key(t, next);
			draw(t);
		}
		if (!t->paused && !t->quit)
			rc = step(t);
	}
	term_end();
	return rc;
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
	t->ui.selected = -1;
	t->ui.only = (struct row_id){ NS_ANY, NS_ANY, NS_ANY };
	t->canvas.utf8 = utf8_wanted() && !a->ascii;
	t->src.ops = a->input ? &source_replay : &source_live;
	ns_model_init(&t->src.total);
	ns_model_init(&t->src.delta);
	if (plain && !a->batch && !frames)
		frames = FRAMES_DEFAULT;
	stop_on_signals();
	if (t->src.ops->open(&t->src, a, &err))
		rc = fail_with(&err);
	else
		rc = plain ? batch(t, frames) : interactive(t, frames);
	t->src.ops->close(&t->src);
	ns_model_free(&t->src.total);
	ns_model_free(&t->src.delta);
	canvas_free(&t->canvas);
	free(t->src.warning);
	free(t);
	return rc;
}

const struct command cmd_top = {
	.name = "top",
	.usage = "[options]",
	.help = "the dashboard, live or from a recording",
	.text = "Shows shadow stage-2 faults and their causes, contexts, AT, MMIO and virtual EL2\n"
		"as they happen, per VM and vCPU. On a pipe it prints plain frames and ends. F1\n"
		"shows the keys. NO_COLOR is respected.\n",
	.opts = opts,
	.run = run,
};
