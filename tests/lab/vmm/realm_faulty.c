// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * realm_faulty.c: rtt-faulty: the firmware is told to fail, in each way once,
 * while a realm is built or taken down.  Every case is a VM of its own, and all
 * are one line.  What the
 * kernel must answer, whether a second try succeeds, and what is lost for ever is
 * said beside each; the firmware's granules and the kernel's count of leaks are
 * compared with that.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "realm_work.h"

/* Answers of the RMM. */
#define INPUT 1
#define REALM 2
#define RTT(level) (4 | (level) << 8)
#define GARBAGE (~0ull)
#define ALWAYS (~0ull)

/* What is asked of the kernel while the order stands. */
enum what { DESTROY, CREATE, TABLE, DATA, BLOCK, SHARE, RIPAS, UNFOLD, ACTIVATE };

/* What is lost when the VM ends, beside what the case says: all that the realm has. */
#define ALL (~0u)

static const struct fault {
	const char *name;
	enum what what;
	enum realm_call call; /* the one that is answered */
	unsigned int skip;
	uint64_t times, answer;
	int err; /* of what was asked */
	bool stays; /* the order stands until the VM is gone */
	unsigned int lost; /* pages; ALL: everything of the realm */
	enum realm_leak why;
	enum realm_step stop; /* how the walk stopped; STEP_MAX: it did not */
} faults[] = {
	/* undelegation is refused: the page is leaked, and all goes on */
	{ "undelegate-data", DESTROY, CALL_UNDELEGATE, 0, 1, INPUT, 0, false, 1, LEAK_UNDELEGATE, STEP_MAX },
	{ "undelegate-three", DESTROY, CALL_UNDELEGATE, 2, 3, INPUT, 0, false, 3, LEAK_UNDELEGATE, STEP_MAX },
	{ "undelegate-garbage", DESTROY, CALL_UNDELEGATE, 1, 1, GARBAGE, 0, false, 1, LEAK_UNDELEGATE, STEP_MAX },
	/* it is said to have succeeded: using the page would fault */
	{ "undelegate-lies", DESTROY, CALL_UNDELEGATE, 0, 1, 0, 0, false, 1, LEAK_UNDELEGATE, STEP_MAX },
	/* the first RTT_DESTROY is that of the block's table, which only saves a granule */
	{ "destroy-unfolded", DESTROY, CALL_RTT_DESTROY, 0, 1, INPUT, 0, false, 0, 0, STEP_MAX },
	/* a block above: busy; later it goes */
	{ "destroy-wrong-level", DESTROY, CALL_RTT_DESTROY, 1, 1, RTT(1), -EBUSY, false, 0, 0, STEP_BUSY },
	{ "destroy-live", DESTROY, CALL_RTT_DESTROY, 2, 1, RTT(3), -EBUSY, false, 0, 0, STEP_BUSY },
	{ "destroy-refused", DESTROY, CALL_RTT_DESTROY, 1, 1, INPUT, -ENXIO, false, 0, 0, STEP_FAILED },
	{ "destroy-garbage", DESTROY, CALL_RTT_DESTROY, 1, 1, GARBAGE, -ENXIO, false, 0, 0, STEP_FAILED },
	{ "destroy-lies", DESTROY, CALL_RTT_DESTROY, 1, 1, 0, -EIO, false, 0, 0, STEP_FAILED },
	/* never any progress: it must end, and everything is lost */
	{ "destroy-never", DESTROY, CALL_RTT_DESTROY, 0, ALWAYS, RTT(2), -EBUSY, true, ALL, 0, STEP_BUSY },
	/* the tables below are gone, and the one above still says it has some */
	{ "destroy-again", DESTROY, CALL_RTT_DESTROY, 4, 1, RTT(2), -EIO, false, 0, 0, STEP_NO_PROGRESS },
	{ "unmap-refused", DESTROY, CALL_DATA_DESTROY, 1, 1, INPUT, -ENXIO, false, 0, 0, STEP_FAILED },
	{ "unmap-lies", DESTROY, CALL_DATA_DESTROY, 1, 1, 0, -EIO, false, 0, 0, STEP_FAILED },
	{ "unmap-never", DESTROY, CALL_DATA_DESTROY, 0, ALWAYS, RTT(3), -EIO, true, ALL, 0, STEP_FAILED },
	/* a block where there is none: the table that is to replace it cannot be made */
	{ "unmap-wrong-level", DESTROY, CALL_DATA_DESTROY, 0, 1, RTT(1), -EIO, false, 0, 0, STEP_FAILED },
	{ "unshare-refused", DESTROY, CALL_UNMAP_NS, 0, 1, INPUT, -ENXIO, false, 0, 0, STEP_FAILED },
	{ "unshare-never", DESTROY, CALL_UNMAP_NS, 0, ALWAYS, RTT(3), -EBUSY, true, ALL, 0, STEP_BUSY },
	{ "realm-busy", DESTROY, CALL_REALM_DESTROY, 0, 1, REALM, -EBUSY, false, 0, 0, STEP_BUSY },
	{ "realm-never", DESTROY, CALL_REALM_DESTROY, 0, ALWAYS, REALM, -EBUSY, true, ALL, 0, STEP_BUSY },
	{ "realm-lies", DESTROY, CALL_REALM_DESTROY, 0, 1, 0, 0, false, 3, LEAK_UNDELEGATE, STEP_MAX },
	/* building: an error, nothing is lost */
	{ "create-refused", CREATE, CALL_REALM_CREATE, 0, 1, INPUT, -ENXIO, false, 0, 0, STEP_MAX },
	{ "delegate-rd", CREATE, CALL_DELEGATE, 0, 1, INPUT, -ENXIO, false, 0, 0, STEP_MAX },
	{ "delegate-root", CREATE, CALL_DELEGATE, 2, 1, INPUT, -ENXIO, false, 0, 0, STEP_MAX },
	{ "delegate-table", TABLE, CALL_DELEGATE, 0, 1, INPUT, -ENXIO, false, 0, 0, STEP_MAX },
	{ "delegate-spare", TABLE, CALL_DELEGATE, 1, 1, INPUT, 0, false, 0, 0, STEP_MAX },
	{ "table-refused", TABLE, CALL_RTT_CREATE, 0, 1, INPUT, -EINVAL, false, 0, 0, STEP_MAX },
	{ "table-wrong-level", TABLE, CALL_RTT_CREATE, 0, 1, RTT(3), -ENXIO, false, 0, 0, STEP_MAX },
	{ "table-never", TABLE, CALL_RTT_CREATE, 0, ALWAYS, RTT(1), -EIO, false, 0, 0, STEP_MAX },
	{ "delegate-data", DATA, CALL_DELEGATE, 0, 1, INPUT, -ENXIO, false, 0, 0, STEP_MAX },
	{ "data-refused", DATA, CALL_DATA_CREATE, 0, 1, INPUT, -EINVAL, false, 0, 0, STEP_MAX },
	{ "data-realm", DATA, CALL_DATA_CREATE, 0, 1, REALM, -EPERM, false, 0, 0, STEP_MAX },
	{ "data-never", DATA, CALL_DATA_CREATE, 0, ALWAYS, RTT(2), -EIO, false, 0, 0, STEP_MAX },
	{ "block-refused", BLOCK, CALL_DATA_CREATE, 100, 1, INPUT, -EINVAL, false, 0, 0, STEP_MAX },
	{ "block-no-fold", BLOCK, CALL_FOLD, 0, 1, RTT(3), -EBUSY, false, 0, 0, STEP_MAX },
	{ "fold-lies", BLOCK, CALL_FOLD, 0, 1, 0, -EIO, false, 0, 0, STEP_MAX },
	{ "unfold-refused", UNFOLD, CALL_RTT_CREATE, 0, 1, INPUT, -EINVAL, false, 0, 0, STEP_MAX },
	{ "share-refused", SHARE, CALL_MAP_NS, 0, 1, INPUT, -EINVAL, false, 0, 0, STEP_MAX },
	{ "ripas-refused", RIPAS, CALL_INIT_RIPAS, 0, 1, REALM, -EPERM, false, 0, 0, STEP_MAX },
	{ "ripas-lies", RIPAS, CALL_INIT_RIPAS, 0, 1, 0, -EIO, false, 0, 0, STEP_MAX },
	{ "ripas-never", RIPAS, CALL_INIT_RIPAS, 0, ALWAYS, RTT(3), -EEXIST, false, 0, 0, STEP_MAX },
	{ "activate-refused", ACTIVATE, CALL_ACTIVATE, 0, 1, REALM, -EPERM, false, 0, 0, STEP_MAX },
};
#define NR_FAULTS (sizeof(faults) / sizeof(faults[0]))

static const unsigned int fids[] = {
#define C_FID(id, key, fid) fid,
	REALM_CALLS(C_FID)
};

#define BLOCK_AT (8 * REALM_SIZE(2))

/* A realm to take down: pages in two tables, a block, one page shared. */
static void build(struct realm *r)
{
	realm_data(r, 0, 2, false);
	realm_data(r, 2 * REALM_SIZE(2) + 5 * REALM_PAGE, 1, false);
	realm_block(r, BLOCK_AT, true);
	realm_share(r, 1ull << (r->m.bits - 1), 3);
}

static int ask(struct realm *r, enum what what)
{
	uint64_t ipa = 16 * REALM_SIZE(1);

	switch (what) {
	case DESTROY:
		return realm_call(r, OP_DESTROY, 0, 0, 0, NULL);
	case CREATE:
		return realm_call(r, OP_CREATE, 0, 0, 0, NULL);
	case TABLE:
		return realm_call(r, OP_MAKE_TABLES, 3, ipa, REALM_SIZE(2), NULL);
	case DATA:
		return realm_call(r, OP_POPULATE, 3, ipa, REALM_PAGE, r->page);
	case BLOCK:
		return realm_call(r, OP_POPULATE, 2, ipa, REALM_SIZE(2), realm_contents());
	case SHARE:
		return realm_call(r, OP_SHARE, 3, (1ull << (r->m.bits - 1)) + ipa, REALM_PAGE, r->page);
	case RIPAS:
		return realm_call(r, OP_INIT_RIPAS, 0, ipa, REALM_SIZE(2), NULL);
	case UNFOLD:
		return realm_call(r, OP_UNFOLD, 3, BLOCK_AT, 0, NULL);
	case ACTIVATE:
		return realm_call(r, OP_ACTIVATE, 0, 0, 0, NULL);
	}
	return -EINVAL;
}

/*
 * What the realm still has: of all leaks the reason is known.  The host page
 * that is shared is lost when the realm could not even be asked to unmap it.
 */
static uint64_t lost_all(struct realm *r, struct model_counts *n, bool shared)
{
	if (realm_call(r, OP_INFO, 0, 0, 0, NULL))
		exit(1);
	n->leak[LEAK_TEARDOWN] += 1 + r->last.out[INFO_ROOTS];
	n->leak[LEAK_NOT_DESTROYED] += r->last.out[INFO_DATA] + r->last.out[INFO_TABLES];
	n->leak[LEAK_PINNED] += shared;
	return 1 + r->last.out[INFO_ROOTS] + r->last.out[INFO_DATA] + r->last.out[INFO_TABLES];
}

static int run(struct work *w, const struct fault *f, struct model_counts *n)
{
	uint64_t lost = f->lost == ALL ? 0 : f->lost, pinned = 0;
	struct realm *r = &w->realm;
	struct firmware after;
	int err;

	if (r->fd < 0 && realm_open(r, (unsigned int)w->params[REALM_PARAM_BITS]))
		return 1;
	if (firmware_read(&w->before))
		return 77;
	w->leaked_before = kernel_leaked();
	if (f->what != CREATE) {
		realm_create(r, (unsigned int)w->params[REALM_PARAM_BITS]);
		build(r);
	}
	err = firmware_order(fids[f->call], f->skip, f->times, f->answer);
	if (!err)
		err = ask(r, f->what);
	if (err != f->err) {
		fprintf(stderr, "vmm: %s: %s, not %s\n", f->name, strerror(-err), strerror(-f->err));
		return 1;
	}
	if (f->lost == ALL) {
		pinned = f->call == CALL_UNMAP_NS;
		lost = lost_all(r, n, pinned);
	} else if (lost) {
		n->leak[f->why] += lost;
	}
	if (!f->stays)
		firmware_clear();
	realm_close(r);
	firmware_clear();
	if (firmware_read(&after))
		return 1;
	if (after.ordered == w->before.ordered) {
		fprintf(stderr, "vmm: %s: the firmware never got to answer as it was told\n", f->name);
		return 1;
	}
	if (firmware_delegated(&after) - firmware_delegated(&w->before) != lost ||
	    kernel_leaked() - w->leaked_before != (int64_t)(lost + pinned)) {
		fprintf(stderr, "vmm: %s: the RMM keeps %llu granules, the kernel leaked %lld, not %llu\n", f->name,
			(unsigned long long)(firmware_delegated(&after) - firmware_delegated(&w->before)),
			(long long)(kernel_leaked() - w->leaked_before), (unsigned long long)(lost + pinned));
		return 1;
	}
	return 0;
}

/* What was done, for the line: how it must have ended. */
static void report(FILE *f, const struct fault *fault, const char *sep)
{
	static const char *const steps[] = {
#define STEP(id, key) key,
		REALM_STEPS(STEP)
	};

	/* an order that stands stops the attempt at the VM's end as well */
	fprintf(f, "%s{\"case\":\"%s\",\"error\":%d,\"stop\":\"%s\",\"stops\":%d}", sep, fault->name, -fault->err,
		fault->stop == STEP_MAX ? "" : steps[fault->stop],
		fault->stop == STEP_MAX ? 0 : 1 + fault->stays);
}

int work_faulty(struct work *w)
{
	struct model_counts n = { 0 };
	char *more = NULL;
	size_t size;
	FILE *f = open_memstream(&more, &size);
	int worst = 0, err = 0;

	if (!f)
		return 1;
	fprintf(f, "\"cases\":[");
	for (unsigned int i = 0; i < NR_FAULTS && err != 77; i++) {
		err = run(w, &faults[i], &n);
		firmware_clear();
		realm_close(&w->realm);
		if (err)
			worst = err;
		report(f, &faults[i], i ? "," : "");
		w->rounds++;
	}
	fprintf(f, "]");
	fclose(f);
	if (worst == 77)
		fprintf(stderr, "vmm: rtt-faulty needs the lab's firmware, and a kernel that lets us order faults\n");
	else if (!worst)
		work_report(w, &n, more);
	free(more);
	return worst;
}
