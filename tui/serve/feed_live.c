// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * feed_live.c: a session.  Counts stay in the kernel until somebody asks; of whole
 * events only the slow ones come up the ring, as candidates for exemplars.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "catalogue.h"
#include "feed.h"
#include "run.h"

#define ENDED_SHOWN_NS 300000000000ULL /* a VM's last counts are shown for so long */

struct live {
	struct ns_session *session;
	uint64_t ended_ns[NS_MAX_VMS]; /* when its end was noticed, 0: it lives */
};

static int live_open(struct feed *f, struct ns_error *err)
{
	struct ns_session_opts o = session_opts(f->a, NS_MODE_COUNT);
	struct live *l = calloc(1, sizeof(*l));
	int rc;

	f->private = l;
	if (!l)
		return ns_error(err, -ENOMEM, NS_EXIT_FAIL, "no memory");
	kvm_wait(f->a);
	rc = ns_session_open(&l->session, &o, err);
	if (!rc)
		ns_session_start(l->session);
	return rc;
}

/* VMs come and go for weeks: what ended is not told for ever. */
static void hide_ended(struct feed *f, struct live *l)
{
	uint64_t now = ns_now();

	for (unsigned int i = 0; i < f->m.nr_vms; i++) {
		const struct ns_model_vm *vm = &f->m.vms[i];

		if (vm->id >= NS_MAX_VMS)
			continue;
		if (!vm->ended)
			l->ended_ns[vm->id] = 0;
		else if (!l->ended_ns[vm->id])
			l->ended_ns[vm->id] = now;
		f->hidden[vm->id] = l->ended_ns[vm->id] &&
				    now - l->ended_ns[vm->id] > ENDED_SHOWN_NS;
	}
}

static int live_read(struct feed *f, struct ns_error *err)
{
	struct live *l = f->private;
	int rc = ns_session_read(l->session, &f->m, err);

	if (!rc)
		hide_ended(f, l);
	return rc;
}

static void live_tick(struct feed *f)
{
	(void)f;
}

static void live_close(struct feed *f)
{
	struct live *l = f->private;

	if (l)
		ns_session_close(l->session);
	free(l);
}

const struct feed_ops feed_live = {
	.open = live_open,
	.read = live_read,
	.tick = live_tick,
	.close = live_close,
};
