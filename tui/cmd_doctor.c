// SPDX-License-Identifier: GPL-2.0-or-later
/* cmd_doctor.c: `nestscope doctor`: what works here, what does not, what to do. */
#include <string.h>

#include "catalogue.h"
#include "cmd.h"
#include "host.h"
#include "serve/http.h"
#include "session.h"
#include "view_json.h"

#define MAX_CHECKS 32

static const struct opt opts[] = {
	{ 0, "json", NULL, OPT_FLAG, ARG(json), "JSON" },
	OPTS_NO_NV,
	OPTS_END,
};

static void print_events(const struct ns_model *m)
{
	const struct ns_provider *p;
	unsigned int i;

	printf(" %-14s %-38s state\n", "event", "provided by");
	for (i = 0; i < NS_NR_EVENTS; i++) {
		p = &m->provider[i];
		printf(" %-14s %-38s %s", ns_events[i].key, *p->by ? p->by : "-", ns_state_key(p->state));
		if (*p->note)
			printf("%*s%s", (int)(9 - strlen(ns_state_key(p->state))), "", p->note);
		putchar('\n');
	}
}

static void print_checks(const struct ns_host_check *c, int n)
{
	int i;

	printf("\n %-26s %-8s %s\n", "check", "state", "found");
	for (i = 0; i < n; i++) {
		printf(" %-26s %-8s %s\n", c[i].name, ns_state_key(c[i].state), c[i].found);
		if (c[i].state != NS_STATE_OK && *c[i].remedy)
			printf(" %-26s %-8s -> %s\n", "", "", c[i].remedy);
	}
}

static json_t *check_json(const struct ns_host_check *c)
{
	json_t *j = json_object();

	json_object_set_new(j, "name", json_string(c->name));
	json_object_set_new(j, "state", json_string(ns_state_key(c->state)));
	json_object_set_new(j, "found", json_string(c->found));
	json_object_set_new(j, "remedy", json_string(c->remedy));
	return j;
}

static void print_json(const struct ns_model *m, const struct ns_host_check *c, int n,
		       const struct ns_error *err)
{
	json_t *j = json_object(), *checks = json_array();
	int i;

	for (i = 0; i < n; i++)
		json_array_append_new(checks, check_json(&c[i]));
	json_object_set_new(j, "nestscope", json_string("doctor"));
	json_object_set_new(j, "version", json_string(NS_VERSION));
	json_object_set_new(j, "host", json_host(m));
	json_object_set_new(j, "providers", json_providers(m, ~0ULL));
	json_object_set_new(j, "checks", checks);
	json_object_set_new(j, "error", *err->msg ? json_string(err->msg) : json_null());
	json_dumpf(j, stdout, JSON_INDENT(1));
	putchar('\n');
	json_decref(j);
}

/* What this program was built without is found out here, not when it is missed. */
static int add_serve(struct ns_host_check *c)
{
	snprintf(c->name, sizeof(c->name), "serve");
	c->state = http_built_in ? NS_STATE_OK : NS_STATE_OFF;
	snprintf(c->found, sizeof(c->found), "built with%s libmicrohttpd", http_built_in ? "" : "out");
	snprintf(c->remedy, sizeof(c->remedy),
		 http_built_in ? "" : "install libmicrohttpd-dev and build again, or take the package");
	return 1;
}

/* 0 when something works: that is what a script asks first. */
static int verdict(const struct ns_model *m, const struct ns_error *err)
{
	unsigned int i;

	for (i = 0; i < NS_NR_EVENTS; i++)
		if (m->provider[i].state != NS_STATE_OFF)
			return NS_EXIT_OK;
	return err->code == NS_EXIT_PRIVILEGE ? NS_EXIT_PRIVILEGE : NS_EXIT_SYSTEM;
}

static int run(struct args *a)
{
	struct ns_host_check checks[MAX_CHECKS];
	struct ns_error err = { 0 };
	struct ns_model m;
	int n, rc;

	ns_model_init(&m);
	/* a failure is what doctor is there to show; the providers are filled */
	ns_session_probe(&m, a->no_nv, &err);
	n = ns_host_checks(checks, MAX_CHECKS - 1);
	n += add_serve(&checks[n]);
	if (a->json) {
		print_json(&m, checks, n, &err);
	} else {
		printf("# nestscope doctor: nestscope %s on Linux %s %s\n", NS_VERSION,
		       m.host.release, m.host.machine);
		if (*err.msg)
			printf(" %s\n", err.msg);
		putchar('\n');
		print_events(&m);
		print_checks(checks, n);
	}
	rc = verdict(&m, &err);
	ns_model_free(&m);
	return rc;
}

const struct command cmd_doctor = {
	.name = "doctor",
	.usage = "[options]",
	.help = "what works here, what does not, and what to do",
	.text = "Tries to attach every event and shows by what each is provided, why one is off,\n"
		"and what the machine lacks, with the remedy. Exit code 0 when something works,\n"
		"4 when privileges are missing, 5 when nothing works.\n",
	.examples = "What works here, and what to do about the rest:\n"
		"    nestscope doctor\n",
	.opts = opts,
	.run = run,
};
