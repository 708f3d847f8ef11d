// SPDX-License-Identifier: GPL-2.0-or-later
/* feed.c: see feed.h. */
#include "feed.h"

#include <stdio.h>
#include <string.h>

#include "host.h"

int feed_open(struct feed *f, const struct args *a, struct ns_error *err)
{
	memset(f, 0, sizeof(*f));
	f->a = a;
	f->ops = a->input ? &feed_file : &feed_live;
	ns_model_init(&f->m);
	return f->ops->open(f, err);
}

void feed_update(struct feed *f, uint64_t max_age_ns)
{
	struct ns_error err = { 0 };
	uint64_t now = ns_now();

	if (f->read_ns && now - f->read_ns < max_age_ns)
		return;
	f->broken[0] = 0;
	if (f->ops->read(f, &err))
		snprintf(f->broken, sizeof(f->broken), "%.255s", err.msg);
	else
		ns_model_sort(&f->m);
	f->read_ns = now;
	f->generation++;
}

void feed_tick(struct feed *f)
{
	f->ops->tick(f);
}

void feed_close(struct feed *f)
{
	if (f->ops)
		f->ops->close(f);
	ns_model_free(&f->m);
}
