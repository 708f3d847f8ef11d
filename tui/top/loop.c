// SPDX-License-Identifier: GPL-2.0-or-later
/* loop.c: the dashboard on a terminal: step, draw, wait for keys. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run.h"
#include "term.h"
#include "top.h"
#include "view.h"

#define DRAIN_MS 100 /* whole events are taken out of the ring so often */

/* Text after what is in buf already, two blanks between them. */
__attribute__((format(printf, 3, 4))) static void append(char *buf, size_t size, const char *fmt,
							 ...)
{
	size_t n = strlen(buf);
	va_list ap;

	if (n && n + 2 < size)
		n += strlen(strcpy(buf + n, "  "));
	va_start(ap, fmt);
	vsnprintf(buf + n, size - n, fmt, ap);
	va_end(ap);
}

static const char *state_text(struct top *t)
{
	const struct source *src = &t->src;
	uint64_t start = src->total->start_ns, end = src->total->end_ns;

	t->state[0] = 0;
	if (t->paused && src->ops->live)
		append(t->state, sizeof(t->state), "paused at %.1f s, %.1f s ago",
		       (end - start) / 1e9, (src->newest->end_ns - end) / 1e9);
	else if (t->paused)
		append(t->state, sizeof(t->state), "paused at %.1f s", (end - start) / 1e9);
	else if (t->speed)
		append(t->state, sizeof(t->state), t->speed > 0 ? "%dx" : "1/%dx",
		       1 << abs(t->speed));
	if (src->ended)
		append(t->state, sizeof(t->state), "end of file");
	if (src->since_ns > start)
		append(t->state, sizeof(t->state), "counts since %.1f s",
		       (src->since_ns - start) / 1e9);
	return t->state;
}

/* Time as a line, while it stands still. */
static const struct strip *find_strip(struct top *t)
{
	if (!t->paused)
		return NULL;
	memset(&t->strip, 0, sizeof(t->strip));
	t->src.ops->strip(&t->src, &t->strip, strip_columns(t->canvas.w));
	return t->strip.nr ? &t->strip : NULL;
}

struct snapshot top_snapshot(struct top *t)
{
	const struct source *src = &t->src;
	bool all = t->ui.since_start;
	struct snapshot s = {
		.total = src->total,
		.delta = all ? src->total : src->delta,
		.seconds = all ? (src->total->end_ns - src->since_ns) / 1e9 : src->seconds,
		.history = &t->history,
		.back = src->back,
		.strip = find_strip(t),
		.until_ns = t->paused ? src->total->end_ns : UINT64_MAX,
		.late = src->since_ns > src->total->start_ns,
		.detail = src->detail,
		.detail_lost = src->detail_lost,
		.detail_why = *src->detail_why ? src->detail_why
			      : t->paused      ? "none were collected, and now it is paused (p)"
					       : NULL,
		.interval_ms = t->interval_ms,
		.state = state_text(t),
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
	history_add(&t->history, t->src.newest, t->src.newest_seconds);
	return 0;
}

void top_go(struct top *t, int intervals)
{
	bool live = t->src.ops->live, jump = !live && intervals != 1;
	struct ns_error err = { 0 };

	if (live && t->paused && !t->src.back && intervals > 0) { /* nothing newer is over */
		top_pause(t);
		return;
	}
	if (jump) /* what is before it was not read */
		memset(&t->history, 0, sizeof(t->history));
	if (t->src.ops->go(&t->src, intervals, t->interval_ms * 1000000ULL, &err)) {
		snprintf(t->message, sizeof(t->message), "%.150s", err.msg);
		t->ui.message = t->message;
		return;
	}
	t->paused = true;
	if (!live)
		history_add(&t->history, t->src.newest, t->src.newest_seconds);
}

void top_pause(struct top *t)
{
	if (!t->paused && t->src.ops->live) {
		top_go(t, 0);
		return;
	}
	if (t->paused)
		t->src.ops->follow(&t->src);
	t->paused = !t->paused;
}

/* The name of a mark is its number; a recording may have some already. */
void top_mark(struct top *t)
{
	char text[sizeof(t->src.total->marks[0].text)];

	snprintf(text, sizeof(text), "mark %u", t->src.total->nr_marks + 1);
	if (t->src.ops->mark(&t->src, text))
		snprintf(t->message, sizeof(t->message), "there are %d marks: no room for more",
			 NS_MAX_MARKS);
	else
		snprintf(t->message, sizeof(t->message), "%s; w writes it with the events", text);
	t->ui.message = t->message;
}

static void take_events(struct top *t)
{
	t->src.ops->events(&t->src, screens[t->ui.p.screen]->events);
}

static void show(struct top *t)
{
	struct snapshot s = top_snapshot(t);

	frame_draw(&t->canvas, &s, &t->ui);
	t->behind = !term_show(&t->canvas);
}

static void draw(struct top *t)
{
	/* loading programs takes a while on a slow machine: say what is going on */
	if (screens[t->ui.p.screen]->events && !t->src.detail && !t->paused)
		show(t);
	take_events(t);
	show(t);
}

/* Wait for a key until the next step is due; true when there was one. */
static bool wait_key(struct top *t, uint64_t until)
{
	uint64_t now = ns_now(), ms = now < until ? (until - now) / 1000000 + 1 : 0;
	bool soon = t->src.detail || t->behind;
	int key = term_key((int)(ms < DRAIN_MS || !soon ? ms : DRAIN_MS));

	if (key < 0)
		t->quit = true;
	else if (key)
		top_key(t, key);
	return key > 0;
}

/* Until the next step is due. */
static void listen(struct top *t, uint64_t until)
{
	while (!t->quit && !stopped_by() && ns_now() < until) {
		if (wait_key(t, until) || t->behind)
			draw(t);
		else
			take_events(t);
	}
}

/* Between frames: a replay may be faster or slower than what it shows. */
static uint64_t wall_ns(const struct top *t)
{
	uint64_t ns = t->interval_ms * 1000000ULL;

	return t->speed < 0 ? ns << -t->speed : ns >> t->speed;
}

/* The file's, but not over what the command line says. */
static void load_settings(struct top *t)
{
	t->settings.interval_ms = t->interval_ms;
	settings_load(&t->settings);
	if (!t->a->interval_ms)
		t->interval_ms = t->settings.interval_ms;
	t->ui.by_vm = t->settings.by_vm;
	t->theme = t->settings.theme;
	term_theme(t->theme);
}

/* Only what a key changed: -I is for once. */
static void save_settings(const struct top *t, unsigned int interval_ms)
{
	struct settings s = t->settings;
	int rc;

	if (t->interval_ms != interval_ms)
		s.interval_ms = t->interval_ms;
	s.by_vm = t->ui.by_vm;
	s.theme = t->theme;
	if (s.interval_ms == t->settings.interval_ms && s.by_vm == t->settings.by_vm &&
	    s.theme == t->settings.theme)
		return;
	rc = settings_save(&s);
	if (rc)
		fail(0, "the settings cannot be kept: %s", strerror(-rc));
}

int top_interactive(struct top *t, uint64_t frames)
{
	uint64_t next = ns_now(), shown = 0;
	unsigned int interval_ms;
	int rc, w, h;

	load_settings(t);
	interval_ms = t->interval_ms;
	rc = term_start();

	if (rc)
		return rc;
	term_size(&w, &h);
	if (canvas_resize(&t->canvas, w, h))
		t->quit = true;
	if (t->a->input)
		rc = top_step(t);
	while (!rc && !t->quit && !stopped_by() && (!frames || shown < frames)) {
		draw(t);
		next += wall_ns(t);
		if (next < ns_now()) /* suspended, or too slow: do not catch up */
			next = ns_now();
		shown++;
		listen(t, next);
		if ((!t->paused || t->src.ops->live) && !t->quit)
			rc = top_step(t);
	}
	term_end();
	save_settings(t, interval_ms);
	return rc;
}
