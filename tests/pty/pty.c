// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * pty.c: run `nestscope top` on a real pseudo-terminal behind a terminal
 * emulator (libvterm) and compare what a person would see with golden frames.
 *
 *	pty NESTSCOPE RECORDING GOLDEN_DIR OUTPUT_DIR
 *	pty --live NESTSCOPE KVMLOAD
 *
 * A frame that differs is left in OUTPUT_DIR as NAME.txt; whoever changes the
 * screen on purpose looks at it and copies it to GOLDEN_DIR.  --live watches a real
 * guest on this machine and leaves in the current directory what it did (did.json)
 * and the recordings that were made of it, for tests/native/native.sh to compare.
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

#define QUIET_MS 60 /* a screen that does not change for so long is drawn */
#define PATIENCE_MS 5000 /* for what must come */
#define ESCAPE_MS 60 /* Esc alone is a key when nothing follows it for 25 ms */
#define RANDOM_KEYS 600
#define WORKERS 8 /* terminals at a time */
#define FRAME_MAX (64 * 1024) /* bytes of a frame as text */

static const char *program, *recording, *realms, *golden_dir, *output_dir;
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
	bool shell; /* run it as a job of a shell's */
	const char *config; /* $XDG_CONFIG_HOME, or NULL: one that cannot be made */
	bool realms; /* the recording of realms */
	const char *const *argv; /* instead of replaying the recording, or NULL */
};

#define SETUP(w, h)                                                  \
	{                                                            \
		w, h, false, "C.UTF-8", NULL, "xterm-256color", NULL, false, NULL, false, NULL \
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

/*
 * What a shell does with a job: its own process group in the foreground; when
 * it stops, take the terminal back, and let it go on when a line is typed.
 */
static void be_shell(void)
{
	pid_t job = fork();
	int status;
	char c;

	setpgid(job, job);
	signal(SIGTTOU, SIG_IGN);
	if (!job) {
		tcsetpgrp(0, getpid());
		signal(SIGTTOU, SIG_DFL);
		return;
	}
	signal(SIGTTIN, SIG_IGN);
	while (waitpid(job, &status, WUNTRACED) == job && WIFSTOPPED(status)) {
		tcsetpgrp(0, getpgrp());
		if (write(1, "stopped\r\n", 9) < 0)
			_exit(98);
		do
			if (read(0, &c, 1) != 1)
				_exit(98);
		while (c != '\n');
		tcsetpgrp(0, job);
		kill(-job, SIGCONT);
	}
	_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 97);
}

static void child(const struct setup *s)
{
	signal(SIGHUP, SIG_DFL); /* though the tests were started by nohup */
	if (s->shell)
		be_shell();
	setenv("TERM", s->term ? s->term : "", 1);
	if (!s->term)
		unsetenv("TERM");
	setenv("LC_ALL", s->lang, 1);
	unsetenv("COLUMNS");
	unsetenv("LINES");
	unsetenv("NO_COLOR");
	setenv("XDG_CONFIG_HOME", s->config ? s->config : "/nonexistent", 1);
	if (s->no_color)
		setenv("NO_COLOR", s->no_color, 1);
	if (s->argv)
		execv(program, (char *const *)s->argv);
	else
		execl(program, program, "top", "-i", s->realms ? realms : recording, "-I",
		      "60000", s->option, NULL);
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

/* Feed the emulator what comes within ms, or until nothing has come for QUIET_MS. */
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

/* Type keys; an Esc must not look like the beginning of a longer key. */
static void type(struct term *t, const char *keys)
{
	size_t n;

	while (*keys) {
		n = *keys == '\033' && keys[1] != '[' && keys[1] != 'O' ? 1
									: strcspn(keys, "\033");
		if (!n)
			n = 1 + strcspn(keys + 1, "\033");
		if (write(t->fd, keys, n) < 0)
			perror("pty: write");
		keys += n;
		settle(t, *keys ? ESCAPE_MS : QUIET_MS);
	}
}

/* Until the program has drawn, or said, something. */
static void first_frame(struct term *t)
{
	settle(t, PATIENCE_MS);
	if (t->alternate)
		settle(t, QUIET_MS);
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

/* What is on the screen, line by line. */
static const char *frame_text(struct term *t)
{
	static char text[FRAME_MAX];
	char line[2048];
	size_t n = 0;
	int y;

	for (y = 0; y < t->h; y++) {
		screen_line(t, y, line, sizeof(line));
		n += snprintf(text + n, sizeof(text) - n, "%s\n", line);
	}
	return text;
}

static const char *golden_text(const char *path)
{
	static char text[FRAME_MAX];
	FILE *f = fopen(path, "r");
	size_t n = f ? fread(text, 1, sizeof(text) - 1, f) : 0;

	text[n] = 0;
	if (f)
		fclose(f);
	return text;
}

static void save_frame(struct term *t, const char *path)
{
	FILE *f = fopen(path, "w");

	if (!f)
		return;
	fputs(frame_text(t), f);
	fclose(f);
}

/* Wait until the screen is as it should be; when it stays otherwise, say how. */
static void compare(struct term *t, const char *name, const char *golden)
{
	char out[512], want[512], cmd[1200];
	int i;

	snprintf(out, sizeof(out), "%s/%s.txt", output_dir, name);
	snprintf(want, sizeof(want), "%s/%s.txt", golden_dir, golden);
	for (i = 0; i < PATIENCE_MS / 100 && strcmp(frame_text(t), golden_text(want)); i++)
		settle(t, 100);
	save_frame(t, out);
	snprintf(cmd, sizeof(cmd), "diff -u '%s' '%s'", want, out);
	fflush(stdout);
	result(name, !system(cmd), "the frame differs from the golden one");
	fflush(stdout);
}

/* ---- the same in ASCII, and without colour ---- */

#define NOT_ASCII '\x7f' /* in a pattern: something else stands here */

/*
 * Golden text as a pattern for ASCII: what is more than ASCII may be anything that
 * is seen, but for the dot of an empty cell, which is a blank.
 */
static const char *ascii_pattern(const char *golden)
{
	static char out[FRAME_MAX];
	size_t n = 0;

	for (; *golden; golden++) {
		if (((unsigned char)*golden & 0xc0) == 0x80)
			continue;
		out[n] = *golden;
		if ((unsigned char)*golden >= 0x80)
			out[n] = strncmp(golden, "\u00b7", 2) ? NOT_ASCII : ' ';
		while (out[n] == '\n' && n && out[n - 1] == ' ')
			out[--n] = '\n';
		n++;
	}
	out[n] = 0;
	return out;
}

/* Is frame what golden is, with something of ASCII wherever that has more than ASCII? */
static bool same_in_ascii(const char *frame, const char *golden)
{
	const char *p = ascii_pattern(golden);

	for (; *p && *frame; p++, frame++)
		if (*p == NOT_ASCII ? *frame <= ' ' || *frame >= NOT_ASCII : *frame != *p)
			return false;
	return !*p && !*frame;
}

static bool has_colour(struct term *t)
{
	VTermScreenCell cell;
	VTermPos at;

	for (at.row = 0; at.row < t->h; at.row++)
		for (at.col = 0; at.col < t->w; at.col++) {
			vterm_screen_get_cell(t->screen, at, &cell);
			if (!VTERM_COLOR_IS_DEFAULT_FG(&cell.fg) ||
			    !VTERM_COLOR_IS_DEFAULT_BG(&cell.bg))
				return true;
		}
	return false;
}

/* Until ok says that the frame is right, or it has had its time. */
static bool becomes(struct term *t, const char *golden, bool (*ok)(const char *, const char *))
{
	char want[512];
	int i;

	snprintf(want, sizeof(want), "%s/%s.txt", golden_dir, golden);
	for (i = 0; i < PATIENCE_MS / 100; i++) {
		if (ok(frame_text(t), golden_text(want)))
			return true;
		settle(t, 100);
	}
	return false;
}

static bool same(const char *frame, const char *golden)
{
	return !strcmp(frame, golden);
}

struct frame_case {
	const char *name;
	struct setup s;
	const char *keys; /* typed before the frame is taken, or NULL */
	const char *golden;
};

/* A tab at all sizes: the key that goes there, and a name. */
#define SIZES(name, key)                                                        \
	{ name "-40x10", SETUP(40, 10), key, name "-40x10" },                    \
		{ name "-80x24", SETUP(80, 24), key, name "-80x24" },            \
		{ name "-120x40", SETUP(120, 40), key, name "-120x40" },         \
	{                                                                       \
		name "-240x60", SETUP(240, 60), key, name "-240x60"              \
	}
#define ASCII(w, h)                                               \
	{                                                         \
		w, h, false, "C", NULL, "vt100", NULL, false, NULL, false, NULL \
	}

#define REALMS(w, h)                                                                          \
	{                                                                                     \
		w, h, false, "C.UTF-8", NULL, "xterm-256color", NULL, false, NULL, true, NULL \
	}

static const struct frame_case frames[] = {
	SIZES("overview", ""),
	SIZES("faults", "2"),
	SIZES("contexts", "3"),
	SIZES("tlbi", "4"),
	SIZES("at", "5"),
	SIZES("mmio", "6"),
	SIZES("el2", "7"),
	SIZES("events", "9"),
	SIZES("heat", "3j\r"),
	SIZES("help", "?"),
	{ "no-rtt-80x24", SETUP(80, 24), "8", "no-rtt-80x24" },
	{ "no-rtt-40x10", SETUP(40, 10), "8", "no-rtt-40x10" },
	{ "rtt-40x10", REALMS(40, 10), "8", "rtt-40x10" },
	{ "rtt-80x24", REALMS(80, 24), "8", "rtt-80x24" },
	{ "rtt-120x40", REALMS(120, 40), "8", "rtt-120x40" },
	{ "rtt-240x60", REALMS(240, 60), "8", "rtt-240x60" },
	{ "rtt-one-vm", REALMS(80, 24), "jj\r8", "rtt-one-vm" },
	{ "rtt-to-events", REALMS(80, 24), "8\\leak\rj\r", "rtt-to-events" },
	{ "overview-realms", REALMS(80, 24), NULL, "overview-realms" },
	SIZES("event", "9j\r"),
	SIZES("latency", "l"),
	{ "overview-ascii-option",
	  { 80, 24, false, "C.UTF-8", NULL, "xterm-256color", "--ascii", false, NULL, false, NULL },
	  NULL,
	  "overview-ascii" },
	{ "overview-ascii-locale", ASCII(80, 24), NULL, "overview-ascii" },
	{ "heat-ascii", ASCII(80, 24), "3j\r", "heat-ascii" },
	{ "overview-no-color",
	  { 80, 24, false, "C.UTF-8", "1", "xterm-256color", NULL, false, NULL, false, NULL },
	  NULL,
	  "overview-80x24" },
	{ "overview-serial-size",
	  { 80, 24, true, "C.UTF-8", NULL, "xterm", NULL, false, NULL, false, NULL },
	  NULL,
	  "overview-80x24" },
	{ "start-screen",
	  { 80, 24, false, "C.UTF-8", NULL, "xterm-256color", "--screen=TLBI", false, NULL, false, NULL },
	  NULL,
	  "tlbi-80x24" },
	{ "too-small", SETUP(30, 8), NULL, "too-small" },

	/* going around */
	{ "tab", SETUP(80, 24), "\t", "faults-80x24" },
	{ "shift-tab", SETUP(80, 24), "\033[Z", "events-80x24" },
	{ "help-and-back", SETUP(80, 24), "4??", "tlbi-80x24" },
	{ "help-f1", SETUP(80, 24), "\033OP", "help-80x24" },
	{ "help-scrolled", SETUP(80, 24), "?G", "help-scrolled" },

	/* down: VMs, a VM's vCPUs, a vCPU's contexts, the heat map, events, one event */
	{ "down-1-vms", SETUP(80, 24), "t", "down-1-vms" },
	{ "down-2-vcpus", SETUP(80, 24), "tj\r", "down-2-vcpus" },
	{ "down-3-contexts", SETUP(80, 24), "tj\rjj\r", "down-3-contexts" },
	{ "down-4-heat", SETUP(80, 24), "tj\rjj\rj\r", "down-4-heat" },
	{ "down-5-events", SETUP(80, 24), "tj\rjj\rj\rj\r", "down-5-events" },
	{ "down-6-event", SETUP(80, 24), "tj\rjj\rj\rj\rj\r", "down-6-event" },
	{ "down-6-event-40x10", SETUP(40, 10), "9j\r", "down-6-event-40x10" },
	{ "back-to-4", SETUP(80, 24), "tj\rjj\rj\rj\rj\r\033\033", "back-to-4" },
	{ "back-to-all", SETUP(80, 24), "j\rj\rj\r\033\033\033\033", "overview-80x24" },
	{ "back-from-events", SETUP(80, 24), "7j\r\033\033", "el2-80x24" },
	{ "scope-stays", SETUP(80, 24), "j\r4", "scope-stays" },
	{ "row-to-events", SETUP(80, 24), "5j\r", "row-to-events" },
	{ "heat-by-time", SETUP(120, 40), "3j\rm", "heat-by-time" },
	{ "heat-by-cause", SETUP(120, 40), "3j\rmm", "heat-by-cause" },

	/* order, search, filter, time */
	{ "sort-next", SETUP(80, 24), ">>", "sort-next" },
	{ "sort-f6", SETUP(80, 24), "\033[17~\033[17~", "sort-next" },
	{ "sort-inverted", SETUP(80, 24), "7I", "sort-inverted" },
	{ "search", SETUP(80, 24), "7/exc\r", "search" },
	{ "search-typing", SETUP(80, 24), "7/exc", "search-typing" },
	{ "search-next", SETUP(80, 24), "7/exc\rn", "search-next" },
	{ "search-nothing", SETUP(80, 24), "7/xyzzy", "search-nothing" },
	{ "filter", SETUP(80, 24), "7\\trap\r", "filter" },
	{ "filter-f4", SETUP(80, 24), "7\033OStrap\r", "filter" },
	{ "filter-cleared", SETUP(80, 24), "7\\trap\r\033", "el2-80x24" },
	{ "filter-nothing", SETUP(80, 24), "7\\xyzzy\r", "filter-nothing" },
	{ "filter-events", SETUP(80, 24), "9\\at.op retry\r", "filter-events" },
	{ "filter-events-field", SETUP(120, 40), "9\\l2_ipa=0x9\r", "filter-events-field" },
	{ "since-start", SETUP(80, 24), "2a", "since-start" },
	{ "paused", SETUP(80, 24), "p", "paused" },
	{ "latency-of-cause", SETUP(80, 24), "2jj\r\033l", "latency-of-cause" },
	{ "latency-of-vcpu", SETUP(120, 40), "jjl", "latency-of-vcpu" },
	{ "latency-next", SETUP(80, 24), "4jlll", "latency-next" },

	/* the mouse: on a tab, on a row, on it again; the wheel */
	{ "mouse-tab", SETUP(80, 24), "\033[<0;32;2M\033[<0;32;2m", "tlbi-80x24" },
	{ "mouse-enter", SETUP(80, 24), "3\033[<0;9;6M\033[<0;9;6m\033[<0;9;6M", "heat-80x24" },
	{ "mouse-wheel", SETUP(80, 24), "7\033[<65;9;6M\033[<65;9;6M\033[<64;9;6M\033[<65;9;6M",
	  "mouse-wheel" },

	/* time in a recording */
	{ "step", SETUP(80, 24), ".", "step" },
	{ "step-right", SETUP(80, 24), "\033OC", "step" },
	{ "step-back", SETUP(80, 24), ".,", "paused" },
	{ "to-the-start", SETUP(80, 24), ".{", "paused" },
	{ "to-the-end", SETUP(80, 24), "}", "to-the-end" },
	{ "speed", SETUP(80, 24), "]]", "speed" },
	{ "paused-40x10", SETUP(40, 10), "p", "paused-40x10" },
	{ "paused-ascii", ASCII(80, 24), "p", "paused-ascii" },
	{ "marked", SETUP(80, 24), "pM\033", "marked" },
	{ "marked-at-the-end", SETUP(120, 40), ".M\033", "marked-at-the-end" },
	{ "speed-slow", SETUP(80, 24), "[", "speed-slow" },
};

/* Is a case one of SIZES: a tab as it is, in UTF-8 and with colour? */
static bool is_tab(const struct frame_case *f)
{
	return !strcmp(f->name, f->golden) && f->keys && f->s.lang[1] == '.' && !f->s.no_size &&
	       (strstr(f->name, "0x1") || strstr(f->name, "0x2") || strstr(f->name, "0x4") ||
		strstr(f->name, "0x6"));
}

/* A tab of one size once more in another setup. */
static void another(const struct frame_case *f, const char *how, struct setup s)
{
	bool mono = s.no_color != NULL, ok;
	char name[64];
	struct term t;

	s.w = f->s.w;
	s.h = f->s.h;
	s.realms = f->s.realms;
	start(&t, &s);
	first_frame(&t);
	type(&t, f->keys);
	ok = becomes(&t, f->golden, mono ? same : same_in_ascii);
	snprintf(name, sizeof(name), "%s-%s", f->name, how);
	result(name, ok && (!mono || !has_colour(&t)),
	       ok ? "there is colour" : "it is not what the golden frame is");
	if (!ok)
		puts(frame_text(&t));
	stop(&t);
}

static void test_frame(const struct frame_case *f)
{
	static const struct setup ascii = ASCII(0, 0);
	struct setup mono = plain;
	struct term t;

	start(&t, &f->s);
	first_frame(&t);
	if (f->keys)
		type(&t, f->keys);
	compare(&t, f->name, f->golden);
	if (is_tab(f))
		result(f->name, has_colour(&t), "there is no colour"); /* else mono proves nothing */
	stop(&t);
	if (!is_tab(f))
		return;
	mono.no_color = "1";
	another(f, "mono", mono);
	another(f, "ascii", ascii);
}

/* Every WORKERS-th frame, from the k-th on. */
static void some_frames(unsigned int k)
{
	unsigned int i;

	for (i = k; i < sizeof(frames) / sizeof(*frames); i += WORKERS)
		test_frame(&frames[i]);
}

/* Most of the time is waiting for screens to settle: wait for many at once. */
static void test_frames(void)
{
	unsigned int k, n = sizeof(frames) / sizeof(*frames), bad = 0;
	int status;

	fflush(stdout);
	for (k = 0; k < WORKERS; k++)
		if (!fork()) {
			some_frames(k);
			fflush(stdout);
			_exit((int)failed);
		}
	while (wait(&status) > 0)
		bad += WIFEXITED(status) ? (unsigned int)WEXITSTATUS(status) : n;
	failed += bad < n ? bad : n;
	passed += bad < n ? n - bad : 0;
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
	first_frame(&t);
	vterm_set_size(t.vt, 10, 40);
	t.w = 40;
	t.h = 10;
	ioctl(t.fd, TIOCSWINSZ, &ws);
	first_frame(&t);
	compare(&t, "resize-to-40x10", "overview-40x10");
	stop(&t);
}

static void test_quit(void)
{
	struct term t;
	int status;

	start(&t, &plain);
	first_frame(&t);
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
	first_frame(&t);
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
	first_frame(&t);
	close(t.fd);
	t.fd = -1;
	result("hangup-ends", wait_end(&t) != -1, "still running 5 s after the terminal went");
	stop(&t);
}

/* Sizes one after the other, down to one cell: the last one counts. */
static void test_resize_storm(void)
{
	static const struct winsize last = { .ws_row = 24, .ws_col = 80 };
	struct winsize ws;
	struct term t;
	unsigned int i;

	start(&t, &plain);
	first_frame(&t);
	for (i = 0; i < 200; i++) {
		ws = (struct winsize){ .ws_row = 1 + i * 7 % 70, .ws_col = 1 + i * 13 % 250 };
		ioctl(t.fd, TIOCSWINSZ, &ws);
		if (i % 10 == 0)
			settle(&t, 5);
	}
	ioctl(t.fd, TIOCSWINSZ, &last);
	settle(&t, 200);
	type(&t, "2");
	type(&t, "1");
	vterm_screen_reset(t.screen, 1); /* sizes it never had left their marks on it */
	type(&t, "2");
	ioctl(t.fd, TIOCSWINSZ, &(struct winsize){ .ws_row = 23, .ws_col = 79 });
	settle(&t, 100);
	ioctl(t.fd, TIOCSWINSZ, &last);
	compare(&t, "resize-storm", "faults-80x24");
	stop(&t);
}

/* Keys at random, always the same ones, and what looks like keys. */
static void test_random_keys(void)
{
	static const char *const words[] = {
		"\033", "\r",	"\t",	 "j",	 "k",  "/",	  "\\",    "x\r", "trap", "0x4", "\033OP",
		"1",	"2",	"3",	 "4",	 "5",  "6",	  "7",	   "8",	  "9",	  "?",	 "a",
		"m",	"l",	"t",	 ">",	 "I",  "\033[6~", "\033[5~", "G",	  "g",	  "n",	 "N",
		".",	",",	"}",	 "{",	 "]",  "[",	  "p",	   "+",	  "-",	  "\b",	 "\025",
	};
	unsigned int i, n = sizeof(words) / sizeof(*words), seed = 1;
	struct term t;
	int status;

	start(&t, &plain);
	first_frame(&t);
	for (i = 0; i < RANDOM_KEYS; i++) {
		seed = seed * 1664525 + 1013904223;
		if (write(t.fd, words[(seed >> 8) % n], strlen(words[(seed >> 8) % n])) < 0)
			break;
		settle(&t, i % 50 ? 0 : 20);
	}
	settle(&t, 500);
	result("random-keys", t.alternate && !kill(t.pid, 0), "it ended");
	type(&t, "\033\033q"); /* a prompt may be open */
	status = wait_end(&t);
	result("random-keys-quit", status != -1 && WIFEXITED(status) && !WEXITSTATUS(status),
	       "not 0");
	stop(&t);
}

/*
 * A reader that stops reading: what it does not take is not drawn, keys are
 * taken all the same, and when it goes on it sees what is there now.
 */
static void test_stalled(void)
{
	struct term t;
	unsigned int i;

	start(&t, &plain);
	first_frame(&t);
	for (i = 0; i < 400; i++) /* each changes the whole screen */
		if (write(t.fd, i % 2 ? "2" : "9", 1) != 1)
			break;
	usleep(300000);
	result("stalled-lives", i == 400 && !kill(t.pid, 0) && waitpid(t.pid, NULL, WNOHANG) == 0,
	       "it ended, or took no keys");
	compare(&t, "stalled-goes-on", "faults-80x24");
	stop(&t);
}

/* ^S and ^Q: what came meanwhile is shown when it goes on, without another key. */
static void test_flow(void)
{
	struct term t;

	start(&t, &plain);
	first_frame(&t);
	type(&t, "\023");
	type(&t, "4");
	settle(&t, 200);
	type(&t, "2");
	settle(&t, 200);
	result("flow-stopped", screen_has(&t, "[1Overview]"), "something was drawn after ^S");
	type(&t, "\021");
	compare(&t, "flow-goes-on", "faults-80x24");
	stop(&t);
}

/* ... and it can be ended while nobody reads. */
static void test_stalled_end(void)
{
	struct winsize ws = { .ws_row = 200, .ws_col = 250 };
	struct term t;
	unsigned int i;
	int status;

	start(&t, &plain);
	first_frame(&t);
	for (i = 0; i < 200; i++) {
		ws.ws_row = 200 - i % 2;
		ioctl(t.fd, TIOCSWINSZ, &ws);
		if (write(t.fd, i % 2 ? "2" : "9", 1) != 1)
			break;
		usleep(2000);
	}
	kill(t.pid, SIGTERM);
	status = wait_end(&t);
	settle(&t, 200);
	result("stalled-ends", status != -1 && WIFEXITED(status) && !WEXITSTATUS(status),
	       "still running 5 s after SIGTERM, or not 0");
	result("stalled-end-restores", restored(&t), "the terminal was not restored");
	stop(&t);
}

/* ^Z and fg, as in a shell: be_shell() plays it. */
static void test_suspend(void)
{
	struct setup s = plain;
	struct term t;

	s.shell = true;
	start(&t, &s);
	first_frame(&t);
	type(&t, "\032");
	settle(&t, 500);
	result("suspend-restores-terminal", screen_has(&t, "stopped") && !t.alternate,
	       "not stopped, or the alternate screen was left on");
	type(&t, "fg\r");
	compare(&t, "resumed", "overview-80x24");
	stop(&t);
}

/* What a key changed is there the next time; a terminal that is small, too. */
static void test_settings(void)
{
	struct setup s = plain;
	char dir[] = "/tmp/nestscope-pty-XXXXXX", cmd[256];
	struct term t;
	int status;

	if (!mkdtemp(dir)) {
		result("settings", false, "no temporary folder");
		return;
	}
	s.config = dir;
	start(&t, &s);
	first_frame(&t);
	type(&t, "tcq");
	status = wait_end(&t);
	result("settings-exit-code", status != -1 && WIFEXITED(status) && !WEXITSTATUS(status),
	       "not 0");
	stop(&t);
	snprintf(cmd, sizeof(cmd),
		 "cd %s && [ \"$(ls nestscope)\" = top.conf ] && "
		 "grep -qx 'theme mono' nestscope/top.conf && "
		 "grep -qx 'overview vms' nestscope/top.conf",
		 dir);
	result("settings-kept", !system(cmd), "not in the file, or another file was left");
	start(&t, &s);
	first_frame(&t);
	compare(&t, "settings-loaded", "down-1-vms");
	stop(&t);
	snprintf(cmd, sizeof(cmd), "rm -r %s", dir);
	result("settings-cleaned", !system(cmd), "rm");
}

static void test_bad_term(const char *name, const char *term)
{
	struct setup s = plain;
	struct term t;
	int status;

	s.term = term;
	start(&t, &s);
	first_frame(&t);
	status = wait_end(&t);
	result(name,
	       status != -1 && WIFEXITED(status) && WEXITSTATUS(status) == 2 &&
		       screen_has(&t, "--batch"),
	       "no message with the remedy, or the exit code is not 2");
	stop(&t);
}

/* ---- live ---- */

static const char *load_program;

/*
 * A guest that makes two events with each of so many stores, and keeps an account
 * of them in did.json.  It waits to be let go: its pid is known before.
 */
struct load {
	pid_t pid;
	int go;
};

static bool load_prepare(struct load *l, const char *iterations)
{
	int go[2];
	char c;

	if (pipe(go))
		return false;
	fflush(stdout);
	l->pid = fork();
	if (!l->pid) {
		close(go[1]);
		if (read(go[0], &c, 1) != 1 || !freopen("did.json", "w", stdout))
			_exit(1);
		execl(load_program, load_program, "--iterations", iterations, NULL);
		_exit(1);
	}
	close(go[0]);
	l->go = go[1];
	return l->pid > 0;
}

static bool load_run(struct load *l)
{
	int status = 1;

	if (write(l->go, "", 1) != 1)
		return false;
	close(l->go);
	return waitpid(l->pid, &status, 0) == l->pid && !status;
}

/* Start a dashboard on a screen that only sees this guest: others may be about. */
static void start_on(struct term *t, const struct load *l, const char *screen)
{
	char pid[16];
	/* only what the guest counts itself: how many shadow pages KVM makes is not known */
	const char *argv[] = { "nestscope", "top", "-I", "300", "--screen", screen,
			       "-p", pid, "-e", "mmio", NULL };
	struct setup s = plain;

	snprintf(pid, sizeof(pid), "%d", l->pid);
	s.argv = argv;
	start(t, &s);
	first_frame(t);
}

/* Until the screen says it. */
static bool says(struct term *t, const char *what)
{
	for (int i = 0; i < PATIENCE_MS / 50; i++) {
		if (screen_has(t, what))
			return true;
		settle(t, 50);
	}
	return false;
}

/* A result of what is on the screen, with the screen when it is not as it should be. */
static void seen(struct term *t, const char *name, bool ok, const char *why)
{
	result(name, ok, why);
	if (!ok)
		puts(frame_text(t));
}

/* Events shows 6,000 of them, M marks and w writes. */
static void test_live_events(void)
{
	struct load l;
	struct term t;

	if (!load_prepare(&l, "3000")) {
		result("live-load", false, "no process");
		return;
	}
	start_on(&t, &l, "events");
	seen(&t, "live-load", says(&t, "none yet") && load_run(&l), "no frame, or no guest");
	seen(&t, "live-counts", says(&t, "kept 6.00k") && says(&t, "the last 6,000 events") &&
	     screen_has(&t, "lost 0"), "not what the guest did");
	type(&t, "M");
	seen(&t, "live-mark", says(&t, "mark 1"), "no mark");
	type(&t, "w");
	seen(&t, "live-write", says(&t, "6000 events written"), "not written");
	stop(&t);
}

/* Time stands still while 4,000 events happen; they are there when it goes on. */
static void test_live_time(void)
{
	struct load l;
	struct term t;
	int status;

	if (!load_prepare(&l, "2000")) {
		result("live-time-load", false, "no process");
		return;
	}
	start_on(&t, &l, "mmio");
	says(&t, "never said"); /* some intervals pass, to go back to */
	type(&t, "p,");
	seen(&t, "live-back", says(&t, "paused at") && says(&t, "s ago") && load_run(&l),
	     "time does not stand still");
	says(&t, "never said");
	seen(&t, "live-stands-still", screen_has(&t, "kept 0") && screen_has(&t, "none since"),
	     "what came later is shown");
	type(&t, "p");
	seen(&t, "live-goes-on", says(&t, "kept 4.00k") && !screen_has(&t, "paused"),
	     "what came meanwhile is not there");
	type(&t, "{{{");
	seen(&t, "live-back-again", says(&t, "paused at") && says(&t, "kept 0 "),
	     "it does not go back to what it had");
	type(&t, "q");
	status = wait_end(&t);
	seen(&t, "live-quit", status != -1 && WIFEXITED(status) && !WEXITSTATUS(status) &&
	     restored(&t), "not 0, or the terminal was left");
	stop(&t);
}

static void test_live_crash(void)
{
	static const char *const argv[] = { "nestscope", "top", NULL };
	struct setup s = plain;
	struct term t;
	int status;

	s.argv = argv;
	start(&t, &s);
	first_frame(&t);
	kill(t.pid, SIGSEGV);
	settle(&t, 1000);
	status = wait_end(&t);
	result("live-crash-restores", status != -1 && WIFSIGNALED(status) && restored(&t),
	       "the terminal was left");
	stop(&t);
}

/* A recorder whose terminal goes ends its recording. */
static void test_live_hangup(void)
{
	static const char *const argv[] = { "nestscope", "record", "-o", "hangup.nsr", NULL };
	struct setup s = plain;
	struct load l;
	struct term t;

	s.argv = argv;
	start(&t, &s);
	settle(&t, 1500); /* a line says that it records */
	result("record-load", load_prepare(&l, "1000") && load_run(&l), "no guest");
	close(t.fd);
	t.fd = -1;
	result("record-hangup-ends", wait_end(&t) == 0, "still running, or not 0");
	stop(&t);
}

static int live(void)
{
	test_live_crash();
	test_live_hangup();
	if (rename("did.json", "did-hangup.json"))
		result("record-account", false, "the guest left none");
	test_live_time();
	test_live_events(); /* the last one: did.json is of it */
	printf("%u passed, %u failed, 0 skipped\n", passed, failed);
	return failed != 0;
}

int main(int argc, char **argv)
{
	signal(SIGPIPE, SIG_IGN);
	if (argc == 4 && !strcmp(argv[1], "--live")) {
		program = argv[2];
		load_program = argv[3];
		return live();
	}
	if (argc != 6) {
		fprintf(stderr, "usage: pty NESTSCOPE RECORDING GOLDEN_DIR OUTPUT_DIR REALMS\n"
				"       pty --live NESTSCOPE KVMLOAD\n");
		return 2;
	}
	program = argv[1];
	recording = argv[2];
	golden_dir = argv[3];
	output_dir = argv[4];
	realms = argv[5];
	test_frames();
	test_resize();
	test_resize_storm();
	test_random_keys();
	test_suspend();
	test_stalled();
	test_flow();
	test_stalled_end();
	test_settings();
	test_quit();
	test_signal("sigterm-restores", SIGTERM, false);
	test_signal("crash-restores", SIGSEGV, true);
	test_hangup();
	test_bad_term("term-unset", NULL);
	test_bad_term("term-unknown", "no-such-terminal");
	printf("%u passed, %u failed, 0 skipped\n", passed, failed);
	return failed != 0;
}
