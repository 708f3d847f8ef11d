// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * check_json.c: `check --json`:
 *
 * {"nestscope": "check", "version": "0.1.0", "source": FILE | null (live),
 *  "events": N, "lost": N, "verdict": "ok" | "violated" | "inconclusive",
 *  "rules": [{"rule", "help",
 *    "state": "ok" | "violated" | "inconclusive" | "not checked",
 *    "reason": TEXT | null, "checked", "violations", "undecided", "forgotten",
 *    "found": [{"text", "vm": NAME | null, "vcpu": N | null, "vttbr": "0x.." | null,
 *       "ipa": "0x.." | null, "events": [{"id": N, "line": TEXT | null}]}]}],
 *  "warning": null | TEXT}
 *
 * "found" has the first violations, at most 100 of a rule; "violations" counts
 * all.  Those of an inconclusive rule are possible ones.  "line" is what script
 * prints, null when the event is not held any more.
 */
#include "check_view.h"

#include <errno.h>
#include <inttypes.h>

#include <jansson.h>

static json_t *number(uint64_t n)
{
	return json_integer((json_int_t)n);
}

static json_t *text_or_null(const char *s)
{
	json_t *j = s && *s ? json_string(s) : NULL;

	return j ? j : json_null();
}

static json_t *hex_or_null(uint64_t n)
{
	char buf[24];

	if (n == NS_UNAVAILABLE)
		return json_null();
	snprintf(buf, sizeof(buf), "0x%" PRIx64, n);
	return json_string(buf);
}

static json_t *proof(const struct check_view *v, const struct ns_check_proof *p)
{
	char buf[EVENT_LINE_MAX];
	json_t *j = json_object();

	json_object_set_new(j, "id", number(p->id));
	if (p->held)
		*line_put(buf, &v->names, &p->ev) = 0;
	json_object_set_new(j, "line", text_or_null(p->held ? buf : NULL));
	return j;
}

static json_t *violation(const struct check_view *v, const struct ns_violation *x)
{
	json_t *j = json_object(), *events = json_array();
	struct ns_event ev = { .vm = x->vm };
	char vm[96];

	*line_put_vm(vm, &v->names, &ev) = 0;
	json_object_set_new(j, "text", json_string(x->text));
	json_object_set_new(j, "vm", text_or_null(x->vm ? vm : NULL));
	json_object_set_new(j, "vcpu", x->vcpu == NS_NO_VCPU ? json_null() : number(x->vcpu));
	json_object_set_new(j, "vttbr", hex_or_null(x->vttbr));
	json_object_set_new(j, "ipa", hex_or_null(x->ipa));
	for (unsigned int i = 0; i < x->nr_proofs; i++)
		json_array_append_new(events, proof(v, &x->proof[i]));
	json_object_set_new(j, "events", events);
	return j;
}

static json_t *rule(const struct check_view *v, const struct ns_rule_info *info,
		    const struct ns_check_result *r)
{
	json_t *j = json_object(), *found = json_array();

	json_object_set_new(j, "rule", json_string(info->key));
	json_object_set_new(j, "help", json_string(info->help));
	json_object_set_new(j, "state", json_string(check_state_keys[r->state]));
	json_object_set_new(j, "reason", text_or_null(r->reason));
	json_object_set_new(j, "checked", number(r->checked));
	json_object_set_new(j, "violations", number(r->violations));
	json_object_set_new(j, "undecided", number(r->undecided));
	json_object_set_new(j, "forgotten", number(r->forgotten));
	for (unsigned int i = 0; i < r->nr_kept; i++)
		json_array_append_new(found, violation(v, &r->kept[i]));
	json_object_set_new(j, "found", found);
	return j;
}

int check_json(FILE *f, const struct check_view *v)
{
	struct ns_ledger_row l = ns_model_ledger(v->m);
	json_t *j = json_object(), *rules = json_array();
	int rc;

	json_object_set_new(j, "nestscope", json_string("check"));
	json_object_set_new(j, "version", json_string(NS_VERSION));
	json_object_set_new(j, "source", text_or_null(v->source));
	json_object_set_new(j, "events", number(ns_check_events(v->check)));
	json_object_set_new(j, "lost", number(ns_ledger_lost(&l)));
	json_object_set_new(j, "verdict",
			    json_string(check_verdict_key(ns_check_verdict(v->check))));
	for (unsigned int i = 0; i < NS_NR_RULES; i++)
		if (ns_check_result(v->check, i))
			json_array_append_new(
				rules, rule(v, ns_rule_info(i), ns_check_result(v->check, i)));
	json_object_set_new(j, "rules", rules);
	json_object_set_new(j, "warning", text_or_null(v->warning));
	rc = json_dumpf(j, f, JSON_COMPACT);
	json_decref(j);
	return rc || fputc('\n', f) == EOF ? -EIO : 0;
}
