/* SPDX-License-Identifier: GPL-2.0-or-later */
/* check_view.h: the result of a check for people and for programs. */
#ifndef NESTSCOPE_CHECK_VIEW_H
#define NESTSCOPE_CHECK_VIEW_H

#include <stdio.h>

#include "check.h"
#include "event_line.h"

struct check_view {
	const struct ns_check *check; /* finished */
	const struct ns_model *m; /* VMs, contexts, ledger */
	const char *source; /* file, or NULL: live */
	const char *warning; /* or NULL */
	struct line_names names;
};

extern const char *const check_state_keys[]; /* by enum ns_check_state */
const char *check_verdict_key(int verdict);

/* "vmm(39) vCPU 0 vttbr 0x.. ipa 0x..", as far as it is known.  Returns buf. */
const char *check_object(const struct check_view *v, const struct ns_violation *x, char *buf,
			 size_t size);
/* A proof as a line of script.  Returns buf, of at least EVENT_LINE_MAX + 32 bytes. */
const char *check_proof(const struct check_view *v, const struct ns_check_proof *p, char *buf);

/* All return 0 or a negative errno. */
int check_table(FILE *f, const struct check_view *v);
int check_json(FILE *f, const struct check_view *v);
int check_junit(FILE *f, const struct check_view *v);

#endif
