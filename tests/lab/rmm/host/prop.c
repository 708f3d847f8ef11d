// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * prop.c: prop CALLS [SEED]: random calls of the library and the model, compared
 * after each; prints TAP.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "world.h"

#define WORLD_CALLS 50000 /* then a new world: an old one grows stale */
#define CHECK_EVERY 64

struct random {
	struct chooser chooser;
	uint64_t state;
};

static uint64_t random_below(struct chooser *c, uint64_t n)
{
	struct random *r = (struct random *)c;

	/* xorshift64 */
	r->state ^= r->state << 13;
	r->state ^= r->state >> 7;
	r->state ^= r->state << 17;
	return r->state % n;
}

static uint64_t seen[RMI_NR_FIDS][RMI_NR_STATUS], folds[M_TABLE], unfolds[M_TABLE];

static void one_world(struct random *r, uint64_t calls)
{
	struct world *w = world_new();

	for (uint64_t last = 0; w->calls < calls;) {
		world_step(w, &r->chooser);
		if (w->calls - last >= CHECK_EVERY) {
			world_check(w);
			last = w->calls;
		}
	}
	world_check(w);
	for (int f = 0; f < RMI_NR_FIDS; f++)
		for (int s = 0; s < RMI_NR_STATUS; s++)
			seen[f][s] += w->seen[f][s];
	for (int k = 0; k < M_TABLE; k++) {
		folds[k] += w->model.folds[k];
		unfolds[k] += w->model.unfolds[k];
	}
	world_free(w);
}

/* Tables of every kind must have been folded into one entry, and made from one. */
static int report_folds(void)
{
	static const char *const kinds[] = { "hole", "data", "outside", "window" };
	int bad = 0;

	for (int k = 0; k < M_TABLE; k++) {
		printf("# %s: folded %" PRIu64 ", unfolded %" PRIu64 "\n", kinds[k], folds[k],
		       unfolds[k]);
		bad += !folds[k] || !unfolds[k];
	}
	printf("%s - rmm: every kind of table was folded and unfolded\n", bad ? "not ok" : "ok");
	return bad;
}

/* A call that never succeeded, or a way to fail that never came, was not tested. */
static int report(uint64_t calls)
{
	/* bit s: status s can be the answer */
	static const uint8_t possible[RMI_NR_FIDS] = {
		[RMI_VERSION - RMI_FID_FIRST] = 0x3,
		[RMI_FEATURES - RMI_FID_FIRST] = 0x1,
		[RMI_GRANULE_DELEGATE - RMI_FID_FIRST] = 0x3,
		[RMI_GRANULE_UNDELEGATE - RMI_FID_FIRST] = 0x3,
		[RMI_REALM_CREATE - RMI_FID_FIRST] = 0x3,
		[RMI_REALM_ACTIVATE - RMI_FID_FIRST] = 0x7,
		[RMI_REALM_DESTROY - RMI_FID_FIRST] = 0x7,
		[RMI_RTT_CREATE - RMI_FID_FIRST] = 0x13,
		[RMI_RTT_DESTROY - RMI_FID_FIRST] = 0x13,
		[RMI_RTT_FOLD - RMI_FID_FIRST] = 0x13,
		[RMI_RTT_READ_ENTRY - RMI_FID_FIRST] = 0x3,
		[RMI_RTT_INIT_RIPAS - RMI_FID_FIRST] = 0x17,
		[RMI_RTT_MAP_UNPROTECTED - RMI_FID_FIRST] = 0x13,
		[RMI_RTT_UNMAP_UNPROTECTED - RMI_FID_FIRST] = 0x13,
		[RMI_DATA_CREATE - RMI_FID_FIRST] = 0x17,
		[RMI_DATA_CREATE_UNKNOWN - RMI_FID_FIRST] = 0x13,
		[RMI_DATA_DESTROY - RMI_FID_FIRST] = 0x13,
	};
	int bad = 0;

	for (int f = 0; f < RMI_NR_FIDS; f++) {
		if (!possible[f])
			continue;
		printf("# %-22s", rmm_fid_name(RMI_FID_FIRST + f));
		for (int s = 0; s < RMI_NR_STATUS; s++) {
			printf(" %s %-8" PRIu64, rmm_status_name(s), seen[f][s]);
			bad += !!seen[f][s] != (possible[f] >> s & 1);
		}
		putchar('\n');
	}
	printf("%s - rmm: %" PRIu64 " random calls agree with the model\n", "ok", calls);
	printf("%s - rmm: every command was answered in every way it can be\n",
	       bad ? "not ok" : "ok");
	return bad != 0;
}

int main(int argc, char **argv)
{
	uint64_t calls = argc > 1 ? strtoull(argv[1], NULL, 0) : 1000000;
	struct random r = { { random_below }, argc > 2 ? strtoull(argv[2], NULL, 0) : 1 };

	for (uint64_t done = 0; done < calls; done += WORLD_CALLS)
		one_world(&r, WORLD_CALLS);
	return report(calls) + report_folds() != 0;
}
