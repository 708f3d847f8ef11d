// SPDX-License-Identifier: GPL-2.0-or-later
/* run.c: signals, the observed command and the end of collection. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "run.h"

#define NS_PER_S 1000000000ULL
#define KVM_CHECK_NS 200000000ULL /* how soon KVM is noticed */
#define PID_CHECK_NS 200000000ULL /* how soon the end of -p PID is noticed */

static volatile sig_atomic_t stop_signal;

static void on_stop(int sig)
{
	stop_signal = sig;
}

static void on_child(int sig)
{
	(void)sig; /* only there to interrupt a wait */
}

void stop_on_signals(void)
{
	static const int stops[] = { SIGINT, SIGTERM, SIGHUP };
	struct sigaction sa = { .sa_handler = on_stop }, old;
	unsigned int i;

	for (i = 0; i < 3; i++) {
		/* nohup's choice is respected */
		if (!sigaction(stops[i], NULL, &old) && old.sa_handler == SIG_IGN)
			continue;
		sigaction(stops[i], &sa, NULL);
	}
	sa.sa_handler = on_child;
	sigaction(SIGCHLD, &sa, NULL);
}

int stopped_by(void)
{
	return stop_signal;
}

int stop_poll(struct pollfd *fd, uint64_t ns)
{
	struct timespec t = { .tv_sec = ns / NS_PER_S, .tv_nsec = ns % NS_PER_S };
	sigset_t block, old;
	int n = 0;

	/* blocked while looking, so that no signal slips in between */
	sigemptyset(&block);
	sigaddset(&block, SIGINT);
	sigaddset(&block, SIGTERM);
	sigaddset(&block, SIGHUP);
	sigaddset(&block, SIGCHLD);
	sigprocmask(SIG_BLOCK, &block, &old);
	if (!stop_signal)
		n = ppoll(fd, fd ? 1 : 0, &t, &old);
	sigprocmask(SIG_SETMASK, &old, NULL);
	return n;
}

void stop_wait_fd(int fd, uint64_t until_ns)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	uint64_t now = ns_now();

	if (now < until_ns)
		stop_poll(fd >= 0 ? &p : NULL, until_ns - now);
}

void stop_wait(uint64_t until_ns)
{
	stop_wait_fd(-1, until_ns);
}

static void child_main(char **argv, int go, int failed)
{
	char c;
	int e;

	if (read(go, &c, 1) != 1)
		_exit(NS_EXIT_FAIL);
	execvp(argv[0], argv);
	e = errno;
	if (write(failed, &e, sizeof(e)) != sizeof(e))
		_exit(NS_EXIT_FAIL);
	_exit(e == ENOENT ? 127 : 126);
}

int child_prepare(struct child *c, char **argv)
{
	int go[2], failed[2];

	memset(c, 0, sizeof(*c));
	if (!argv || !argv[0])
		return 0;
	if (pipe2(go, O_CLOEXEC))
		return fail(NS_EXIT_FAIL, "pipe: %s", strerror(errno));
	if (pipe2(failed, O_CLOEXEC)) {
		close(go[0]);
		close(go[1]);
		return fail(NS_EXIT_FAIL, "pipe: %s", strerror(errno));
	}
	fflush(NULL);
	c->pid = fork();
	if (!c->pid) {
		close(go[1]);
		close(failed[0]);
		child_main(argv, go[0], failed[1]);
	}
	close(go[0]);
	close(failed[1]);
	c->go = go[1];
	c->failed = failed[0];
	if (c->pid > 0)
		return 0;
	c->pid = 0;
	close(c->go);
	close(c->failed);
	return fail(NS_EXIT_FAIL, "fork: %s", strerror(errno));
}

int child_start(struct child *c, char **argv)
{
	ssize_t n;
	int e = 0;

	if (!c->pid)
		return 0;
	n = write(c->go, "g", 1);
	close(c->go);
	c->go = -1;
	/* end of file when exec has closed it: it worked */
	while (n == 1 && (n = read(c->failed, &e, sizeof(e))) < 0 && errno == EINTR)
		n = 1;
	close(c->failed);
	if (n != sizeof(e))
		return 0;
	waitpid(c->pid, &c->status, 0);
	c->ended = true;
	return fail(e == ENOENT ? 127 : 126, "cannot run '%s': %s", argv[0], strerror(e));
}

bool child_ended(struct child *c)
{
	if (c->pid && !c->ended && waitpid(c->pid, &c->status, WNOHANG) == c->pid)
		c->ended = true;
	return c->ended;
}

int child_finish(struct child *c)
{
	if (!c->pid)
		return 0;
	if (!child_ended(c)) {
		/*
		 * A child that was never started waits for its pipe, and has our
		 * signal handlers still: the end of the pipe ends it, whenever.
		 */
		if (c->go >= 0)
			close(c->go);
		c->go = -1;
		kill(c->pid, SIGTERM);
		while (waitpid(c->pid, &c->status, 0) < 0 && errno == EINTR)
			;
		c->ended = true;
	}
	if (c->timed_out)
		return 0;
	return WIFSIGNALED(c->status) ? 128 + WTERMSIG(c->status) : WEXITSTATUS(c->status);
}

int run_prepare(struct run *r, const struct args *a)
{
	memset(r, 0, sizeof(*r));
	r->pid = a->pid;
	if (a->pid && kill(a->pid, 0) && errno == ESRCH)
		return fail(NS_EXIT_USAGE, "-p %d: no such process; give the process id of a VMM",
			    a->pid);
	stop_on_signals();
	return child_prepare(&r->child, a->argv);
}

int run_start(struct run *r, const struct args *a)
{
	if (a->duration_ms)
		r->end_ns = ns_now() + a->duration_ms * 1000000;
	return child_start(&r->child, a->argv);
}

void kvm_wait(const struct args *a)
{
	if (!a->wait || ns_have_kvm())
		return;
	stop_on_signals();
	fputs("nestscope: no KVM yet: waiting until its module is loaded\n", stderr);
	while (!ns_have_kvm() && !stopped_by())
		stop_wait(ns_now() + KVM_CHECK_NS);
}

/*
 * Attached programs hold the module kvm, though not kvm_amd and kvm_intel: what
 * is left can only be unloaded after us.  A CMD goes on: it may be what unloads.
 */
static bool kvm_gone(struct run *r)
{
	if (ns_have_kvm())
		return false;
	if (!r->kvm_gone)
		fprintf(stderr, "nestscope: KVM was unloaded: %s\n",
			r->child.pid ? "its module kvm is held until CMD ends" :
				       "the observation ends");
	r->kvm_gone = true;
	return !r->child.pid;
}

bool run_over(struct run *r)
{
	bool gone = kvm_gone(r); /* first: CMD may have ended right after */

	if (child_ended(&r->child) || stopped_by())
		return true;
	if (r->pid && kill(r->pid, 0) && errno == ESRCH)
		return true;
	if (r->end_ns && ns_now() >= r->end_ns) {
		r->child.timed_out = true;
		return true;
	}
	return gone;
}

int run_finish(struct run *r)
{
	return child_finish(&r->child);
}

struct ns_session_opts session_opts(const struct args *a, unsigned int mode)
{
	struct ns_session_opts o = {
		.events = a->event_list ? a->events : 0,
		.no_nv = a->no_nv,
		.mode = mode,
		.pid = a->pid,
		.vcpu = a->vcpu,
		.ring_bytes = a->ring_bytes,
		.min_ns = a->min_ns,
		.causes = a->causes,
		.sample = (unsigned int)a->sample,
	};

	return o;
}

int output_check(const char *path)
{
	char dir[4096];
	char *slash;

	if (!access(path, F_OK)) {
		if (!access(path, W_OK))
			return 0;
	} else {
		snprintf(dir, sizeof(dir), "%s", path);
		slash = strrchr(dir, '/');
		if (slash)
			slash[slash == dir] = 0;
		if (!access(slash ? dir : ".", W_OK | X_OK))
			return 0;
	}
	return fail(NS_EXIT_USAGE, "cannot write %s: %s; choose another file with -o", path,
		    strerror(errno));
}
