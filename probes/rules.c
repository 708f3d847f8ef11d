// SPDX-License-Identifier: GPL-2.0-or-later
/* rules.c: the rules of a gate; rules.h describes the format. */
#include "rules.h"

#include <errno.h>
#include <fnmatch.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define LINE_MAX_LEN 1024
#define RULES_MAX 10000

static const char exact_rules[] = "*.count      0   0   both\n"
				  "*.time.mean  1%  50  up\n";
static const char noisy_rules[] = "*.count      3%  5     up\n"
				  "*.time.mean  3%  50ns  up\n";

struct parser {
	struct ns_rules *r;
	struct ns_error *err;
	unsigned int line;
};

static int wrong(const struct parser *p, const char *word, const char *wanted)
{
	return ns_error(p->err, -EINVAL, NS_EXIT_USAGE, "%s:%u: '%.80s' is not %s", p->r->path,
			p->line, word, wanted);
}

static int nomem(struct ns_error *err)
{
	return ns_error(err, -ENOMEM, NS_EXIT_FAIL, "out of memory");
}

/* ---- words ---- */

/* A number of 0 or more at the start of word, or NAN. */
static double number(const char *word, char **end)
{
	double v;

	/* strtod would take "inf", "nan" and hexadecimal numbers too */
	if (!strchr("0123456789+.", *word) || strpbrk(word, "xX"))
		return NAN;
	v = strtod(word, end);
	return *end == word || !isfinite(v) ? NAN : v;
}

static int parse_relative(const struct parser *p, const char *word, double *out)
{
	char *end = NULL;
	double v = number(word, &end);

	if (isnan(v) || (strcmp(end, "%") && (*end || v != 0)))
		return wrong(p, word, "a relative limit, such as 1% or 0.5% or 0");
	*out = v / 100;
	return 0;
}

static int parse_absolute(const struct parser *p, const char *word, double *out)
{
	static const struct {
		const char *name;
		double scale;
	} units[] = { { "", 1 }, { "ns", 1 }, { "us", 1e3 }, { "ms", 1e6 }, { "s", 1e9 } };
	char *end = NULL;
	double v = number(word, &end);

	for (unsigned int i = 0; !isnan(v) && i < sizeof(units) / sizeof(*units); i++) {
		if (strcmp(end, units[i].name))
			continue;
		*out = v * units[i].scale;
		return 0;
	}
	return wrong(p, word, "an absolute limit, such as 50 or 50ns or 1.5us");
}

static int set_pattern(const struct parser *p, char **to, const char *text)
{
	char *copy = strdup(text);

	if (!copy)
		return nomem(p->err);
	free(*to);
	*to = copy;
	return 0;
}

static int parse_option(const struct parser *p, const char *word, struct ns_rule *rule)
{
	static const char *const directions[] = {
		[NS_UP] = "up", [NS_DOWN] = "down", [NS_BOTH] = "both", [NS_IGNORE] = "ignore"
	};

	for (unsigned int i = 0; i < 4; i++) {
		if (strcmp(word, directions[i]))
			continue;
		rule->direction = i;
		return 0;
	}
	if (!strncmp(word, "workload=", 9) && word[9])
		return set_pattern(p, &rule->workload, word + 9);
	if (!strncmp(word, "vm=", 3) && word[3])
		return set_pattern(p, &rule->vm, word + 3);
	return wrong(p, word, "up, down, both, ignore, workload=NAME or vm=NAME");
}

/* ---- lines ---- */

static struct ns_rule *rule_new(struct parser *p)
{
	struct ns_rules *r = p->r;
	struct ns_rule *rule = realloc(r->rule, (r->nr + 1) * sizeof(*rule));

	if (!rule)
		return NULL;
	r->rule = rule;
	rule += r->nr++;
	memset(rule, 0, sizeof(*rule));
	rule->line = p->line;
	rule->workload = strdup("*");
	rule->vm = strdup("");
	return rule->workload && rule->vm ? rule : NULL;
}

static int parse_words(struct parser *p, const char *metric, char **save)
{
	struct ns_rule *rule = rule_new(p);
	const char *relative = strtok_r(NULL, " \t\r", save);
	const char *absolute = strtok_r(NULL, " \t\r", save), *word;
	int rc;

	if (!rule)
		return nomem(p->err);
	rc = set_pattern(p, &rule->metric, metric);
	if (rc)
		return rc;
	if (!relative || !absolute)
		return wrong(p, metric,
			     "a whole rule: METRIC RELATIVE ABSOLUTE, as in '*.count 1% 5'");
	rc = parse_relative(p, relative, &rule->relative);
	if (!rc)
		rc = parse_absolute(p, absolute, &rule->absolute);
	while (!rc && (word = strtok_r(NULL, " \t\r", save)))
		rc = parse_option(p, word, rule);
	return rc;
}

static int parse_line(struct parser *p, char *line)
{
	char *save, *metric;

	line[strcspn(line, "#\n")] = '\0';
	metric = strtok_r(line, " \t\r", &save);
	if (!metric)
		return 0;
	if (p->r->nr == RULES_MAX)
		return wrong(p, metric, "taken: there are 10000 rules already");
	for (const char *c = line; *c; c++)
		if ((unsigned char)*c < ' ' && *c != '\t' && *c != '\r')
			return wrong(p, "this line", "text");
	return parse_words(p, metric, &save);
}

static int parse(struct parser *p, FILE *f)
{
	char line[LINE_MAX_LEN];
	int rc = 0;

	while (!rc && fgets(line, sizeof(line), f)) {
		p->line++;
		if (!strchr(line, '\n') && !feof(f))
			return wrong(p, "this line", "a rule: it is too long");
		rc = parse_line(p, line);
	}
	if (!rc && ferror(f))
		return ns_error(p->err, -EIO, NS_EXIT_USAGE, "cannot read %s: %s", p->r->path,
				strerror(errno));
	if (!rc && !p->r->nr)
		return ns_error(p->err, -EINVAL, NS_EXIT_USAGE, "%s has no rule", p->r->path);
	return rc;
}

/* ---- all of them ---- */

int ns_rules_read(struct ns_rules *r, const char *path, struct ns_error *err)
{
	struct parser p = { .r = r, .err = err };
	struct stat st;
	FILE *f;
	int rc;

	memset(r, 0, sizeof(*r));
	r->path = strdup(path);
	if (!r->path)
		return nomem(err);
	f = fopen(path, "re");
	if (!f)
		return ns_error(err, -errno, NS_EXIT_USAGE, "cannot read the rules %s: %s", path,
				strerror(errno));
	if (!fstat(fileno(f), &st) && S_ISDIR(st.st_mode))
		rc = ns_error(err, -EISDIR, NS_EXIT_USAGE, "the rules %s are a directory", path);
	else
		rc = parse(&p, f);
	fclose(f);
	return rc;
}

int ns_rules_built_in(struct ns_rules *r, bool exact, struct ns_error *err)
{
	const char *text = exact ? exact_rules : noisy_rules;
	struct parser p = { .r = r, .err = err };
	FILE *f;
	int rc;

	memset(r, 0, sizeof(*r));
	r->built_in = true;
	r->path = strdup("the built-in rules");
	f = fmemopen((void *)text, strlen(text), "r");
	if (!r->path || !f) {
		if (f)
			fclose(f);
		return nomem(err);
	}
	rc = parse(&p, f);
	fclose(f);
	return rc;
}

bool ns_rule_matches(const struct ns_rule *rule, const char *workload, const char *vm,
		     const char *metric)
{
	if (!*rule->vm ? *vm != '\0' : !*vm || fnmatch(rule->vm, vm, FNM_NOESCAPE))
		return false;
	return !fnmatch(rule->metric, metric, FNM_NOESCAPE) &&
	       !fnmatch(rule->workload, workload, FNM_NOESCAPE);
}

int ns_rules_find(const struct ns_rules *r, const char *workload, const char *vm,
		  const char *metric)
{
	for (unsigned int i = r->nr; i > 0; i--)
		if (ns_rule_matches(&r->rule[i - 1], workload, vm, metric))
			return (int)i - 1;
	return -1;
}

void ns_rules_free(struct ns_rules *r)
{
	for (unsigned int i = 0; i < r->nr; i++) {
		free(r->rule[i].metric);
		free(r->rule[i].workload);
		free(r->rule[i].vm);
	}
	free(r->rule);
	free(r->path);
	memset(r, 0, sizeof(*r));
}
