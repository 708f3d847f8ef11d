/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * feed.h: what is served: a live session, or a recording as time passes.
 */
#ifndef NESTSCOPE_FEED_H
#define NESTSCOPE_FEED_H

#include "cmd.h"
#include "exemplars.h"
#include "model.h"

struct feed {
	const struct feed_ops *ops;
	const struct args *a;
	void *private;
	struct ns_model m; /* sorted, as of read_ns */
	struct ns_exemplars exemplars;
	bool hidden[NS_MAX_VMS]; /* VMs that ended a while ago */
	uint64_t read_ns; /* when m was read; 0: not yet */
	unsigned int generation; /* of m */
	bool full; /* no room for more VMs, of which most have ended: it is time to begin anew */
	char broken[256]; /* why m could not be read; "" when it was */
};

struct feed_ops {
	int (*open)(struct feed *f, struct ns_error *err);
	/* Bring f->m up to now. */
	int (*read)(struct feed *f, struct ns_error *err);
	/* Once a second, whoever asks. */
	void (*tick)(struct feed *f);
	void (*close)(struct feed *f);
};

extern const struct feed_ops feed_live, feed_file;

/*
 * Begin to observe, or to replay a->input; f is overwritten.  Returns 0 or a negative
 * errno; close it after an error, too.
 */
int feed_open(struct feed *f, const struct args *a, struct ns_error *err);
/* Read anew when what is there is older than max_age_ns; what fails is in f->broken. */
void feed_update(struct feed *f, uint64_t max_age_ns);
void feed_tick(struct feed *f);
void feed_close(struct feed *f);

#endif
