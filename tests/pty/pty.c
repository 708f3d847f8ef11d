// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * pty.c: run `nestscope top` on a real pseudo-terminal behind a terminal
 * emulator (libvterm) and compare what a person would see with golden frames.
 *
 *	pty NESTSCOPE RECORDING GOLDEN_DIR OUTPUT_DIR
 *
 * A frame that differs is left in OUTPUT_DIR as NAME.txt; whoever changes the
 * screen on purpose looks at it and copies it to GOLDEN_DIR.
 */
#include <errno.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <utmp.h>
#include <unistd.h>
#include <vterm.h>

#define QUIET_MS 250 /* a screen that does not change for so long is done */
#define PATIENCE_MS 5000

static const char *program, *recording, *golden_dir, *output_dir;
static unsigned int passed, failed;

struct term {
	VTerm *vt;
	VTermScreen *screen;
	int fd;
	pid_t pid;
	int w, h;
	bool alternate; /* the program has the alternate screen */
	struct termios before;
};

struct setup {
	int w, h; /* of the emulator */
	bool no_size; /* the terminal tells 0x0, as a serial line does */
	const char *lang, *no_color, *term;
	const char *option; /* one more argument, or NULL */
};

#define SETUP(w, h)                                                  \
	{                                                            \
		w, h, false, "C.UTF-8", NULL, "xterm-256color", NULL \
	}
static const struct setup plain = SETUP(80, 24);

static void result(const char *name, bool ok, const char *why)
{
	printf("%s %s%s%s\n", ok ? "ok" : "FAIL", name, ok ? "" : ": ", ok ? "" : why);
	if (ok)
		passed++;
	else
		failed++;
}

/* ---- the terminal ---- */

static int on_property(VTermProp prop, VTermValue *val, void *user)
{
	struct term *t = user;

	if (prop == VTERM_PROP_ALTSCREEN)
		t->alternate = val->boolean;
	return 1;
}

static const VTermScreenCallbacks callbacks = { .settermprop = on_property };

/* What the emulator answers, such as the position of the cursor. */
static void on_answer(const char *s, size_t len, void *user)
{
	struct term *t = user;

	if (write(t->fd, s, len) != (ssize_t)len)
		perror("pty: write");
}

static void child(const struct setup *s)
{
	setenv("TERM", s->term ? s->term : "", 1);
	if (!s->term)
		unsetenv("TERM");
	setenv("LC_ALL", s->lang, 1);
	unsetenv("COLUMNS");
	unsetenv("LINES");
	unsetenv("NO_COLOR");
	if (s->no_color)
		setenv("NO_COLOR", s->no_color, 1);
	execl(program, program, "top", "-i", recording, "-I", "60000", s->option, NULL);
	_exit(99);
}

static bool start(struct term *t, const struct setup *s)
{
	struct winsize ws = { .ws_row = s->no_size ? 0 : s->h, .ws_col = s->no_size ? 0 : s->w };
	int slave;

	memset(t, 0, sizeof(*t));
	t->w = s->w;
	t->h = s->h;
	t->vt = vterm_new(s->h, s->w);
	vterm_set_utf8(t->vt, 1);
	t->screen = vterm_obtain_screen(t->vt);
	vterm_screen_set_callbacks(t->screen, &callbacks, t);
	vterm_screen_enable_altscreen(t->screen, 1);
	vterm_screen_reset(t->screen, 1);
	vterm_output_set_callback(t->vt, on_answer, t);
	if (openpty(&t->fd, &slave, NULL, NULL, &ws))
		return false;
	tcgetattr(slave, &t->before);
	t->pid = fork();
	if (!t->pid) {
		close(t->fd);
		login_tty(slave);
		child(s);
	}
	close(slave);
	return t->pid > 0;
}

/* Feed the emulator until nothing has come for QUIET_MS. */
static void settle(struct term *t, int first_ms)
{
	struct pollfd p = { .fd = t->fd, .events = POLLIN };
	int wait_ms = first_ms;
	char buf[4096];
	ssize_t n;

	while (poll(&p, 1, wait_ms) > 0) {
		n = read(t->fd, buf, sizeof(buf));
		if (n <= 0)
			break;
		vterm_input_write(t->vt, buf, n);
		wait_ms = QUIET_MS;
	}
}

static void type(struct term *t, const char *keys)
{
	if (write(t->fd, keys, strlen(keys)) < 0)
		perror("pty: write");
	settle(t, 1000);
}

/* The exit status within PATIENCE_MS, or -1. */
static int wait_end(struct term *t)
{
	int i, status;

	for (i = 0; i < PATIENCE_MS / 10; i++) {
		if (waitpid(t->pid, &status, WNOHANG) == t->pid) {
			t->pid = 0;
			return status;
		}
		usleep(10000);
	}
	return -1;
}

static void stop(struct term *t)
{
	if (t->pid > 0) {
		kill(t->pid, SIGKILL);
		waitpid(t->pid, NULL, 0);
	}
	if (t->fd >= 0)
		close(t->fd);
	vterm_free(t->vt);
}

/* ---- frames ---- */

static void screen_line(struct term *t, int y, char *out, size_t size)
{
	VTermRect r = { .start_row = y, .end_row = y + 1, .start_col = 0, .end_col = t->w };
	size_t n = vterm_screen_get_text(t->screen, out, size - 1, r);

	while (n && (out[n - 1] == ' ' || out[n - 1] == '\n'))
		n--;
	out[n] = 0;
}

static bool screen_has(struct term *t, const char *what)
{
	char line[2048];
	int y;

	for (y = 0; y < t->h; y++) {
		screen_line(t, y, line, sizeof(line));
		if (strstr(line, what))
			return true;
	}
	return false;
}

static void save_frame(struct term *t, const char *path)
{
	FILE *f = fopen(path, "w");
	char line[2048];
	int y;

	for (y = 0; f && y < t->h; y++) {
		screen_line(t, y, line, sizeof(line));
		fprintf(f, "%s\n", line);
	}
	if (f)
		fclose(f);
}

static void compare(struct term *t, const char *name, const char *golden)
{
	char out[512], want[512], cmd[1200];

	snprintf(out, sizeof(out), "%s/%s.txt", output_dir, name);
	snprintf(want, sizeof(want), "%s/%s.txt", golden_dir, golden);
	save_frame(t, out);
	snprintf(cmd, sizeof(cmd), "diff -u '%s' '%s'", want, out);
	fflush(stdout);
	result(name, !system(cmd), "the frame differs from the golden one");
}

struct frame_case {
	const char *name;
	struct setup s;
	const char *keys; /* typed before the frame is taken, or NULL */
	const char *golden;
};

static const struct frame_case frames[] = {
	{ "overview-80x24", SETUP(80, 24), NULL, "overview-80x24" },
	{ "overview-40x10", SETUP(40, 10), NULL, "overview-40x10" },
	{ "overview-120x40", SETUP(120, 40), NULL, "overview-120x40" },
	{ "overview-ascii-option",
	  { 80, 24, false, "C.UTF-8", NULL, "xterm-256color", "--ascii" },
	  NULL,
	  "overview-ascii" },
	{ "overview-ascii-locale",
	  { 80, 24, false, "C", NULL, "vt100", NULL },
	  NULL,
	  "overview-ascii" },
	{ "overview-no-color",
	  { 80, 24, false, "C.UTF-8", "1", "xterm-256color", NULL },
	  NULL,
	  "overview-80x24" },
	{ "overview-serial-size",
	  { 80, 24, true, "C.UTF-8", NULL, "xterm", NULL },
	  NULL,
	  "overview-80x24" },
	{ "faults-80x24", SETUP(80, 24), "2", "faults-80x24" },
	{ "faults-140x30", SETUP(140, 30), "\t", "faults-140x30" },
	{ "faults-40x10", SETUP(40, 10), "2", "faults-40x10" },
	{ "help", SETUP(80, 24), "?", "help" },
	{ "only-one-vcpu", SETUP(80, 24), "jj\r", "only-one-vcpu" },
	{ "all-again", SETUP(80, 24), "jj\r\033", "overview-80x24" },
	{ "sort-next", SETUP(80, 24), ">>", "sort-next" },
	{ "too-small", SETUP(30, 8), NULL, "too-small" },
};

static void test_frames(void)
{
	struct term t;
	unsigned int i;

	for (i = 0; i < sizeof(frames) / sizeof(*frames); i++) {
		start(&t, &frames[i].s);
		settle(&t, PATIENCE_MS);
		if (frames[i].keys)
			type(&t, frames[i].keys);
		compare(&t, frames[i].name, frames[i].golden);
		stop(&t);
	}
}

/* ---- manners ---- */

static bool restored(struct term *t)
{
	struct termios now;

	return !t->alternate && !tcgetattr(t->fd, &now) && now.c_lflag == t->before.c_lflag &&
	       now.c_iflag == t->before.c_iflag && now.c_oflag == t->before.c_oflag;
}

static void test_resize(void)
{
	struct winsize ws = { .ws_row = 10, .ws_col = 40 };
	struct term t;

	start(&t, &plain);
	settle(&t, PATIENCE_MS);
	vterm_set_size(t.vt, 10, 40);
	t.w = 40;
	t.h = 10;
	ioctl(t.fd, TIOCSWINSZ, &ws);
	settle(&t, PATIENCE_MS);
	compare(&t, "resize-to-40x10", "overview-40x10");
	stop(&t);
}

static void test_quit(void)
{
	struct term t;
	int status;

	start(&t, &plain);
	settle(&t, PATIENCE_MS);
	result("takes-alternate-screen", t.alternate, "the alternate screen was not used");
	type(&t, "q");
	status = wait_end(&t);
	result("quit-exit-code", status != -1 && WIFEXITED(status) && !WEXITSTATUS(status),
	       "not 0");
	result("quit-restores-terminal", restored(&t), "modes or the alternate screen were left");
	stop(&t);
}

static void test_signal(const char *name, int sig, bool dies)
{
	struct term t;
	int status;
	bool ended;

	if (!start(&t, &plain)) { /* and kill(0) would be our own group's end */
		result(name, false, "no pseudo-terminal");
		return;
	}
	settle(&t, PATIENCE_MS);
	kill(t.pid, sig);
	settle(&t, 1000);
	status = wait_end(&t);
	ended = status != -1 && (dies ? WIFSIGNALED(status) && WTERMSIG(status) == sig
				      : WIFEXITED(status) && !WEXITSTATUS(status));
	result(name, ended && restored(&t), ended ? "the terminal was not restored" : "wrong end");
	stop(&t);
}

static void test_hangup(void)
{
	struct term t;

	start(&t, &plain);
	settle(&t, PATIENCE_MS);
	close(t.fd);
	t.fd = -1;
	result("hangup-ends", wait_end(&t) != -1, "still running 5 s after the terminal went");
	stop(&t);
}

static void test_bad_term(const char *name, const char *term)
{
	struct setup s = plain;
	struct term t;
	int status;

	s.term = term;
	start(&t, &s);
	settle(&t, PATIENCE_MS);
	status = wait_end(&t);
	result(name,
	       status != -1 && WIFEXITED(status) && WEXITSTATUS(status) == 2 &&
		       screen_has(&t, "--batch"),
	       "no message with the remedy, or the exit code is not 2");
	stop(&t);
}

int main(int argc, char **argv)
{
	if (argc != 5) {
		fprintf(stderr, "usage: pty NESTSCOPE RECORDING GOLDEN_DIR OUTPUT_DIR\n");
		return 2;
	}
	program = argv[1];
	recording = argv[2];
	golden_dir = argv[3];
	output_dir = argv[4];
	signal(SIGPIPE, SIG_IGN);
	test_frames();
	test_resize();
	test_quit();
	test_signal("sigterm-restores", SIGTERM, false);
	test_signal("crash-restores", SIGSEGV, true);
	test_hangup();
	test_bad_term("term-unset", NULL);
	test_bad_term("term-unknown", "no-such-terminal");
	printf("%u passed, %u failed, 0 skipped\n", passed, failed);
	return failed != 0;
}
