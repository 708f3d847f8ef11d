// SPDX-License-Identifier: GPL-2.0-or-later
/* loop.c: the dashboard on a terminal: step, draw, wait for keys. */
#include "run.h"
#include "term.h"
#include "top.h"
#include "view.h"

#define DRAIN_MS 100 /* whole events are taken out of the ring so often */

struct snapshot top_snapshot(const struct top *t)
{
	const struct source *src = &t->src;
	bool all = t->ui.since_start;
	struct snapshot s = {
		.total = &src->total,
		.delta = all ? &src->total : &src->delta,
		.seconds = all ? model_seconds(&src->total) : src->seconds,
		.history = &t->history,
		.detail = src->detail,
		.detail_lost = src->detail_lost,
		.detail_why = *src->detail_why ? src->detail_why : NULL,
		.interval_ms = t->interval_ms,
		.state = t->paused ? "paused" : src->ended ? "end of file" : "",
		.warning = src->warning,
	};

	return s;
}

int top_step(struct top *t)
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

/* Paused, the list of events stands still, too. */
static void take_events(struct top *t)
{
	if (!t->paused)
		t->src.ops->events(&t->src, screens[t->ui.p.screen]->events);
}

static void draw(struct top *t)
{
	struct snapshot s;

	take_events(t);
	s = top_snapshot(t);
	frame_draw(&t->canvas, &s, &t->ui);
	term_show(&t->canvas);
}

/* Wait for a key until the next step is due; true when there was one. */
static bool wait_key(struct top *t, uint64_t until)
{
	uint64_t now = now_ns(), ms = now < until ? (until - now) / 1000000 + 1 : 0;
	int key = term_key((int)(ms < DRAIN_MS || !t->src.detail ? ms : DRAIN_MS));

	if (key < 0)
		t->quit = true;
	else if (key)
		top_key(t, key);
	return key > 0;
}

/* Until the next step is due. */
static void listen(struct top *t, uint64_t until)
{
	while (!t->quit && !stopped_by() && now_ns() < until) {
		if (wait_key(t, until))
			draw(t);
		else
			take_events(t);
	}
}

int top_interactive(struct top *t, uint64_t frames)
{
	uint64_t next = now_ns(), shown = 0;
	int rc = term_start(), w, h;

	if (rc)
		return rc;
	term_size(&w, &h);
	if (canvas_resize(&t->canvas, w, h))
		t->quit = true;
	if (t->a->input)
		rc = top_step(t);
	while (!rc && !t->quit && !stopped_by() && (!frames || shown < frames)) {
		draw(t);
		next += t->interval_ms * 1000000ULL;
		if (next < now_ns()) /* suspended, or too slow: do not catch up */
			next = now_ns();
		shown++;
		listen(t, next);
		if (!t->paused && !t->quit)
			rc = top_step(t);
	}
	term_end();
	return rc;
}
