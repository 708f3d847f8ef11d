// SPDX-License-Identifier: GPL-2.0-or-later
/* cmd_serve.c: `nestscope serve`: metrics for Prometheus, until it is told to stop. */
#include <stdio.h>
#include <string.h>

#include "http.h"
#include "notify.h"
#include "run.h"

#define SECOND 1000000000ULL

static const struct opt opts[] = {
	{ 'i', "input", "FILE", OPT_STRING, ARG(input),
	  "serve a recording, as if it began with the first request" },
	OPTS_FILTER,
	OPTS_DURATION,
	{ 'I', "interval", "MS", OPT_MS, ARG(interval_ms),
	  "numbers are read at most so often (default 1000)" },
	{ 0, "listen", "ADDRESS:PORT", OPT_STRING, ARG(listen),
	  "where to listen (default 127.0.0.1:9564); another machine's needs TLS and a token" },
	{ 0, "tls-cert", "FILE", OPT_STRING, ARG(tls_cert),
	  "certificate, PEM, with those that sign it" },
	{ 0, "tls-key", "FILE", OPT_STRING, ARG(tls_key), "its private key, PEM" },
	{ 0, "token-file", "FILE", OPT_STRING, ARG(token_file),
	  "answer only requests with the bearer token in FILE's first line" },
	OPTS_END
};

struct serving {
	struct endpoint at;
	struct feed feed;
	struct http *http;
	struct run run;
};

/* A recording is not over when KVM or a VMM is gone. */
static bool over(struct serving *s)
{
	if (!s->feed.a->input)
		return s->feed.full || run_over(&s->run);
	return stopped_by() || (s->run.end_ns && ns_now() >= s->run.end_ns);
}

static void loop(struct serving *s)
{
	uint64_t now, wake, watchdog = notify_watchdog_ns(), barked = 0, ticked = 0;

	while (!over(s)) {
		now = ns_now();
		if (now - ticked >= SECOND) {
			ticked = now;
			feed_tick(&s->feed);
		}
		if (watchdog && now - barked >= watchdog) {
			barked = now;
			notify("WATCHDOG=1");
		}
		wake = ticked + SECOND;
		if (watchdog && barked + watchdog < wake)
			wake = barked + watchdog;
		if (s->run.end_ns && s->run.end_ns < wake)
			wake = s->run.end_ns;
		if (http_due_ns(s->http) < wake)
			wake = http_due_ns(s->http);
		stop_wait_fd(http_fd(s->http), wake);
		http_run(s->http);
	}
}

static int serve(struct serving *s, const struct args *a)
{
	uint64_t max_age_ns = (a->interval_ms ? a->interval_ms : 1000) * 1000000;
	struct ns_error err = { 0 };
	int rc;

	rc = run_prepare(&s->run, a);
	if (!rc)
		rc = endpoint_open(&s->at, a);
	if (rc)
		return rc;
	if (feed_open(&s->feed, a, &err))
		return stopped_by() ? NS_EXIT_OK : fail_with(&err); /* told to, while it waited for KVM */
	if (http_open(&s->http, &s->at, &s->feed, max_age_ns, &err))
		return fail_with(&err);
	/* what strangers send is read by a process that may nothing */
	rc = ns_drop_privileges(false);
	if (rc)
		fail(0, "warning: keeps its privileges: %s", strerror(-rc));
	run_start(&s->run, a); /* the duration begins */
	fprintf(stderr, "nestscope serve: http%s://%s/metrics\n", s->at.cert ? "s" : "", s->at.name);
	notify("READY=1");
	loop(s);
	notify("STOPPING=1");
	if (s->feed.full)
		return fail(NS_EXIT_FAIL,
			    "%u VMs came, most of them went, and there is room for %d: start it "
			    "again, as nestscope.service does",
			    s->feed.m.nr_vms, NS_MAX_VMS - 1);
	return NS_EXIT_OK;
}

static int run(struct args *a)
{
	static struct serving s = { .at.fd = -1 };
	struct ns_error err = { 0 };
	int rc;

	if (!http_built_in) {
		http_open(NULL, NULL, NULL, 0, &err);
		return fail_with(&err);
	}
	rc = serve(&s, a);
	http_close(s.http);
	feed_close(&s.feed);
	endpoint_close(&s.at);
	return rc;
}

const struct command cmd_serve = {
	.name = "serve",
	.usage = "[options]",
	.help = "metrics for Prometheus, over HTTP",
	.text = "Answers on http://127.0.0.1:9564/metrics with counts, histograms and the loss ledger, as\n"
		"OpenMetrics, as Prometheus' older text or, for native histograms, in its protobuf\n"
		"format, whichever the scraper prefers; /healthz says whether it can. It runs until\n"
		"SIGTERM, SIGINT, or the end of -p or -d, which is exit code 0; when its table of 255 VMs\n"
		"is full of those that ended, it ends with 1 to be started again.\n",
	.examples = "For a Prometheus on this machine:\n"
		"    nestscope serve\n"
		"For one elsewhere:\n"
		"    nestscope serve --listen 0.0.0.0:9564 --tls-cert cert.pem --tls-key key.pem --token-file token\n"
		"Try the alerts on a recording:\n"
		"    nestscope serve -i nestscope.nsr\n",
	.opts = opts,
	.run = run,
};
