/* SPDX-License-Identifier: GPL-2.0-or-later */
/* top.h: the dashboard at large: a source, a history, what the user chose. */
#ifndef NESTSCOPE_TOP_H
#define NESTSCOPE_TOP_H

#include "screen.h"
#include "settings.h"
#include "source.h"

#define INTERVAL_MIN 100 /* ms */
#define INTERVAL_MAX 60000

struct top {
	const struct args *a;
	struct source src;
	struct history history;
	struct canvas canvas;
	struct ui ui;
	unsigned int interval_ms;
	struct settings settings; /* as they were when it started */
	enum theme theme;
	int speed; /* of a replay: 1 << speed, or 1 >> -speed, times as fast */
	bool paused, quit;
	bool behind; /* the terminal did not take the last frame */
	struct strip strip; /* snapshot.strip points here */
	char state[96]; /* what the line of tabs says about time */
	char message[160]; /* ui.message points here */
};

/* What drawing may read. */
struct snapshot top_snapshot(struct top *t);
/* The next interval.  0, or an exit code after a message. */
int top_step(struct top *t);
/* Show the interval so many after this one, or before when negative, and stay there. */
void top_go(struct top *t, int intervals);
/* Let time stand still, or go on; a live session is collected all the while. */
void top_pause(struct top *t);
/* Mark the moment that is shown. */
void top_mark(struct top *t);
/* A key of curses. */
void top_key(struct top *t, int key);
/* The dashboard on this terminal until it is left, or frames were shown (0: no limit). */
int top_interactive(struct top *t, uint64_t frames);
/* Write the events in memory to a recording; says in the foot line what became of it. */
void top_write(struct top *t);

#endif
