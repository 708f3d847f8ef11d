// SPDX-License-Identifier: GPL-2.0-or-later
/* check_view.c: the table of a check, and each violation with what proves it. */
#include "check_view.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#define SHOWN 5 /* violations of a rule; --json has more */

const char *const check_state_keys[] = {
	[NS_CHECK_OK] = "ok",
	[NS_CHECK_VIOLATED] = "violated",
	[NS_CHECK_INCONCLUSIVE] = "inconclusive",
	[NS_CHECK_NOT_CHECKED] = "not checked",
};

const char *check_verdict_key(int verdict)
{
	return verdict == NS_EXIT_OK ? "ok" : verdict == NS_EXIT_FAIL ? "violated" : "inconclusive";
}

const char *check_object(const struct check_view *v, const struct ns_violation *x, char *buf,
			 size_t size)
{
	struct ns_event ev = { .vm = x->vm };
	char vm[96];
	size_t n;

	*line_put_vm(vm, &v->names, &ev) = 0;
	n = (size_t)snprintf(buf, size, "%s", vm);
	if (n < size && x->vcpu != NS_NO_VCPU)
		n += (size_t)snprintf(buf + n, size - n, " vCPU %u", x->vcpu);
	if (n < size && x->vttbr != NS_UNAVAILABLE)
		n += (size_t)snprintf(buf + n, size - n, " vttbr 0x%" PRIx64, x->vttbr);
	if (n < size && x->ipa != NS_UNAVAILABLE)
		snprintf(buf + n, size - n, " ipa 0x%" PRIx64, x->ipa);
	return buf;
}

const char *check_proof(const struct check_view *v, const struct ns_check_proof *p, char *buf)
{
	char *end = buf + sprintf(buf, "#%" PRIu64 " ", p->id);

	if (p->held)
		*line_put(end, &v->names, &p->ev) = 0;
	else
		strcpy(end, "(not held any more)");
	return buf;
}

static void rule_row(FILE *f, const struct ns_rule_info *rule, const struct ns_check_result *r)
{
	char checked[32] = "-", violations[32] = "-", n[32];

	if (r->state != NS_CHECK_NOT_CHECKED) {
		ns_count_format(r->checked, checked, sizeof(checked));
		ns_count_format(r->violations, violations, sizeof(violations));
	}
	fprintf(f, " %-12s %12s %11s  %s", rule->key, checked, violations,
		check_state_keys[r->state]);
	if (*r->reason)
		fprintf(f, ": %s", r->reason);
	if (r->undecided)
		fprintf(f, " (%s undecided)", ns_count_format(r->undecided, n, sizeof(n)));
	if (r->forgotten)
		fprintf(f, " (%s forgotten)", ns_count_format(r->forgotten, n, sizeof(n)));
	fputc('\n', f);
}

static void violation(FILE *f, const struct check_view *v, const char *rule, bool possible,
		      const struct ns_violation *x)
{
	char buf[EVENT_LINE_MAX + 32];

	fprintf(f, "\n %s%s: %s: %s\n", possible ? "possible " : "", rule,
		check_object(v, x, buf, sizeof(buf)), x->text);
	for (unsigned int i = 0; i < x->nr_proofs; i++)
		fprintf(f, "  %s\n", check_proof(v, &x->proof[i], buf));
}

static void violations(FILE *f, const struct check_view *v, const struct ns_rule_info *rule,
		       const struct ns_check_result *r)
{
	unsigned int nr = r->nr_kept < SHOWN ? r->nr_kept : SHOWN;
	char n[32];

	if (r->state == NS_CHECK_NOT_CHECKED)
		return;
	for (unsigned int i = 0; i < nr; i++)
		violation(f, v, rule->key, r->state != NS_CHECK_VIOLATED, &r->kept[i]);
	if (r->violations > nr)
		fprintf(f, "\n %s: %s more of them\n", rule->key,
			ns_count_format(r->violations - nr, n, sizeof(n)));
}

int check_table(FILE *f, const struct check_view *v)
{
	struct ns_ledger_row l = ns_model_ledger(v->m);
	const struct ns_check_result *r;
	char n[32], lost[32];

	fprintf(f, " nestscope check %s: %s events, lost %s\n\n", v->source ? v->source : "(live)",
		ns_count_format(ns_check_events(v->check), n, sizeof(n)),
		ns_count_format(ns_ledger_lost(&l), lost, sizeof(lost)));
	fprintf(f, " %-12s %12s %11s\n", "rule", "checked", "violations");
	for (unsigned int i = 0; i < NS_NR_RULES; i++) {
		r = ns_check_result(v->check, i);
		if (r)
			rule_row(f, ns_rule_info(i), r);
	}
	for (unsigned int i = 0; i < NS_NR_RULES; i++) {
		r = ns_check_result(v->check, i);
		if (r)
			violations(f, v, ns_rule_info(i), r);
	}
	return ferror(f) ? -EIO : 0;
}
