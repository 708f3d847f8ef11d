// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * check_junit.c: `check --junit`: a test case for each rule.  A violation is a
 * failure, a possible one (events were lost) an error, and a rule that could
 * not be checked, or not to the end, is skipped with the reason.
 */
#include "check_view.h"

#include <errno.h>

/* XML 1.0 has no way to write most control characters. */
static void put(FILE *f, const char *s)
{
	for (; *s; s++) {
		if (*s == '&')
			fputs("&amp;", f);
		else if (*s == '<')
			fputs("&lt;", f);
		else if (*s == '>')
			fputs("&gt;", f);
		else if (*s == '"')
			fputs("&quot;", f);
		else if ((unsigned char)*s < ' ' && *s != '\n')
			fputc('?', f);
		else
			fputc(*s, f);
	}
}

static void found(FILE *f, const struct check_view *v, const char *element,
		  const struct ns_check_result *r)
{
	char buf[EVENT_LINE_MAX + 32];

	fprintf(f, "    <%s message=\"%llu violations", element, (unsigned long long)r->violations);
	if (*r->reason)
		fputs("; ", f);
	put(f, r->reason);
	fputs("\">\n", f);
	for (unsigned int i = 0; i < r->nr_kept; i++) {
		const struct ns_violation *x = &r->kept[i];

		put(f, check_object(v, x, buf, sizeof(buf)));
		fputs(": ", f);
		put(f, x->text);
		fputc('\n', f);
		for (unsigned int p = 0; p < x->nr_proofs; p++) {
			fputs("  ", f);
			put(f, check_proof(v, &x->proof[p], buf));
			fputc('\n', f);
		}
	}
	fprintf(f, "    </%s>\n", element);
}

static void test_case(FILE *f, const struct check_view *v, const struct ns_rule_info *rule,
		      const struct ns_check_result *r)
{
	fprintf(f, "  <testcase classname=\"nestscope.check\" name=\"%s\">\n", rule->key);
	if (r->state == NS_CHECK_VIOLATED) {
		found(f, v, "failure", r);
	} else if (r->state == NS_CHECK_INCONCLUSIVE && r->violations) {
		found(f, v, "error", r);
	} else if (r->state != NS_CHECK_OK) {
		fprintf(f, "    <skipped message=\"%s: ", check_state_keys[r->state]);
		put(f, r->reason);
		fputs("\"/>\n", f);
	}
	fputs("  </testcase>\n", f);
}

int check_junit(FILE *f, const struct check_view *v)
{
	unsigned int tests = 0, failures = 0, errors = 0, skipped = 0;
	const struct ns_check_result *r;

	for (unsigned int i = 0; i < NS_NR_RULES; i++) {
		r = ns_check_result(v->check, i);
		if (!r)
			continue;
		tests++;
		if (r->state == NS_CHECK_VIOLATED)
			failures++;
		else if (r->state == NS_CHECK_INCONCLUSIVE && r->violations)
			errors++;
		else if (r->state != NS_CHECK_OK)
			skipped++;
	}
	fprintf(f,
		"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite name=\"nestscope check\" "
		"tests=\"%u\" failures=\"%u\" errors=\"%u\" skipped=\"%u\">\n",
		tests, failures, errors, skipped);
	for (unsigned int i = 0; i < NS_NR_RULES; i++)
		if (ns_check_result(v->check, i))
			test_case(f, v, ns_rule_info(i), ns_check_result(v->check, i));
	fputs("</testsuite>\n", f);
	return ferror(f) ? -EIO : 0;
}
