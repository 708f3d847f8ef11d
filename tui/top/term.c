// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * term.c: see term.h.  A serial line knows neither its size nor SIGWINCH, so
 * the size is asked from the terminal itself.  Whatever ends the program, the
 * terminal is put back first.
 */
#include "term.h"

#include <curses.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <term.h>
#include <termios.h>
#include <unistd.h>

#include "cmd.h"
#include "run.h"

#define STUCK_S 1 /* writing to the terminal for so long: is it to end? */
#define ASK_MS 300 /* a serial line answers well within */

static struct termios saved;
static SCREEN *screen;
static chtype attributes[NR_STYLES];
static const int crashes[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT };

/* Put the terminal back with what is safe in a signal handler: no curses. */
static void reset_terminal(void)
{
	/* no mouse, leave the alternate screen, show the cursor, reset attributes */
	static const char reset[] = "\033[?1006l\033[?1000l\033[?1049l\033[?25h\033[m\r\n";
	ssize_t n = write(STDOUT_FILENO, reset, sizeof(reset) - 1);

	(void)n;
	tcsetattr(STDIN_FILENO, TCSANOW, &saved);
}

/*
 * A terminal that takes nothing more holds us in write, and curses tries again
 * after a signal: whoever wants us to end would wait for it.  What it did not
 * take is thrown away, so that there is room for the way back.
 */
static void on_stuck(int sig)
{
	(void)sig;
	if (!stopped_by()) {
		alarm(STUCK_S);
		return;
	}
	tcflush(STDOUT_FILENO, TCOFLUSH);
	reset_terminal();
	_exit(0);
}

static void on_crash(int sig)
{
	reset_terminal();
	raise(sig); /* SA_RESETHAND: now it dies of it */
}

static void catch_crashes(void)
{
	struct sigaction sa = { .sa_handler = on_crash, .sa_flags = SA_RESETHAND | SA_NODEFER };
	unsigned int i;

	for (i = 0; i < sizeof(crashes) / sizeof(*crashes); i++)
		sigaction(crashes[i], &sa, NULL);
	sa = (struct sigaction){ .sa_handler = on_stuck };
	sigaction(SIGALRM, &sa, NULL);
}

/* Read an answer "ESC [ rows ; columns R" within ASK_MS. */
static bool read_position(int *rows, int *cols)
{
	struct pollfd p = { .fd = STDIN_FILENO, .events = POLLIN };
	char buf[32];
	size_t n = 0;
	char *esc;

	while (n < sizeof(buf) - 1 && poll(&p, 1, ASK_MS) > 0) {
		if (read(STDIN_FILENO, buf + n, 1) != 1)
			break;
		buf[++n] = 0;
		if (buf[n - 1] == 'R')
			break;
	}
	buf[n] = 0;
	esc = strstr(buf, "\033[");
	return esc && sscanf(esc, "\033[%d;%dR", rows, cols) == 2;
}

/* Give a terminal without a size the one that it has. */
static void find_size(void)
{
	static const char ask[] = "\0337\033[999;999H\033[6n\0338";
	struct winsize ws = { 0 };
	struct termios raw = saved;
	int rows, cols;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &ws) || (ws.ws_row && ws.ws_col))
		return;
	cfmakeraw(&raw);
	tcsetattr(STDIN_FILENO, TCSANOW, &raw);
	if (write(STDOUT_FILENO, ask, sizeof(ask) - 1) == (ssize_t)sizeof(ask) - 1 &&
	    read_position(&rows, &cols) && rows > 0 && rows < 1000 && cols > 0 && cols < 1000) {
		ws.ws_row = rows;
		ws.ws_col = cols;
		ioctl(STDOUT_FILENO, TIOCSWINSZ, &ws);
	}
	tcsetattr(STDIN_FILENO, TCSANOW, &saved);
}

const char *const theme_names[NR_THEMES] = { "default", "mono", "contrast" };
static enum theme theme_now;

static void set_styles(void)
{
	const char *no_color = getenv("NO_COLOR");
	bool contrast = theme_now == THEME_CONTRAST;

	memset(attributes, 0, sizeof(attributes));
	attributes[STYLE_BOLD] = A_BOLD;
	attributes[STYLE_DIM] = A_DIM;
	attributes[STYLE_HEAD] = attributes[STYLE_SELECTED] = A_REVERSE;
	attributes[STYLE_WARN] = A_BOLD | A_REVERSE;
	if ((no_color && *no_color) || !has_colors() || theme_now == THEME_MONO)
		return;
	start_color();
	use_default_colors();
	init_pair(1, contrast ? COLOR_YELLOW : COLOR_CYAN, contrast ? COLOR_BLACK : -1);
	init_pair(2, COLOR_WHITE, COLOR_RED);
	init_pair(3, contrast ? COLOR_WHITE : COLOR_BLACK, contrast ? COLOR_BLUE : COLOR_GREEN);
	init_pair(4, COLOR_WHITE, COLOR_BLACK);
	if (contrast) { /* nothing is dim, and the background is black whatever the terminal's */
		attributes[STYLE_NORMAL] = attributes[STYLE_DIM] = COLOR_PAIR(4);
		attributes[STYLE_BOLD] = COLOR_PAIR(4) | A_BOLD;
		attributes[STYLE_SELECTED] = COLOR_PAIR(4) | A_REVERSE | A_BOLD;
	}
	attributes[STYLE_BAR] = COLOR_PAIR(1) | (contrast ? A_BOLD : 0);
	attributes[STYLE_WARN] = COLOR_PAIR(2) | A_BOLD;
	attributes[STYLE_HEAD] = COLOR_PAIR(3) | (contrast ? A_BOLD : 0);
}

void term_theme(enum theme theme)
{
	theme_now = theme;
	if (screen)
		set_styles();
}

int term_start(void)
{
	const char *name = getenv("TERM");
	int rc;

	if (setupterm(NULL, STDOUT_FILENO, &rc) == ERR)
		return fail(NS_EXIT_USAGE,
			    "terminal type '%s' is %s; set TERM, e.g. TERM=xterm or TERM=linux, "
			    "or use --batch",
			    name ? name : "", name ? "unknown" : "not set");
	del_curterm(cur_term); /* newterm reads its own */
	tcgetattr(STDIN_FILENO, &saved);
	find_size();
	catch_crashes();
	/* a serial console knows UTF-8 but not the line-drawing switches */
	setenv("NCURSES_NO_UTF8_ACS", "1", 0);
	screen = newterm(NULL, stdout, stdin);
	if (!screen)
		return fail(NS_EXIT_USAGE,
			    "terminal type '%s' cannot position the cursor; "
			    "use another TERM, or --batch",
			    name ? name : "");
	set_term(screen);
	set_escdelay(25);
	cbreak();
	noecho();
	keypad(stdscr, TRUE);
	nodelay(stdscr, TRUE);
	curs_set(0);
	mousemask(BUTTON1_PRESSED | BUTTON4_PRESSED | BUTTON5_PRESSED, NULL);
	mouseinterval(0); /* a press is a press: no waiting for the second one */
	set_styles();
	return 0;
}

void term_end(void)
{
	if (!screen)
		return;
	alarm(STUCK_S);
	endwin();
	alarm(0);
	delscreen(screen);
	screen = NULL;
}

void term_size(int *w, int *h)
{
	getmaxyx(stdscr, *h, *w);
}

/* Will it take something now?  A line that is slow, or stopped, gets a later frame. */
static bool takes_output(void)
{
	struct pollfd p = { .fd = STDOUT_FILENO, .events = POLLOUT };

	return poll(&p, 1, 0) != 0;
}

bool term_show(const struct canvas *c)
{
	const struct glyph *g;
	int x, y, width, height;
	wchar_t text[2] = { 0 };

	if (!takes_output())
		return false;
	term_size(&width, &height);
	for (y = 0; y < c->h && y < height; y++)
		for (x = 0; x < c->w && x < width; x++) {
			g = &c->cell[y * c->w + x];
			attrset(attributes[g->style]);
			text[0] = g->ch;
			if (g->ch < 0x80)
				mvaddch(y, x, g->ch);
			else
				mvaddnwstr(y, x, text, 1);
		}
	attrset(0);
	alarm(STUCK_S);
	refresh();
	alarm(0);
	return true;
}

bool term_mouse(int *x, int *y, int *wheel)
{
	MEVENT ev;

	if (getmouse(&ev) != OK)
		return false;
	*x = ev.x;
	*y = ev.y;
	*wheel = ev.bstate & BUTTON4_PRESSED ? -1 : ev.bstate & BUTTON5_PRESSED ? 1 : 0;
	return *wheel || ev.bstate & BUTTON1_PRESSED;
}

int term_key(int timeout_ms)
{
	struct pollfd p = { .fd = STDIN_FILENO, .events = POLLIN };
	int n, key;

	n = stop_poll(&p, timeout_ms * 1000000ULL);
	if (n > 0 && p.revents & (POLLHUP | POLLERR | POLLNVAL))
		return -1;
	key = getch(); /* after a signal too: SIGWINCH becomes KEY_RESIZE */
	if (key != ERR)
		return key;
	/* readable, but nothing to read: the other end has gone */
	if (n > 0 && p.revents & POLLIN) {
		p.revents = 0;
		if (poll(&p, 1, 0) > 0 && getch() == ERR)
			return -1;
	}
	return 0;
}
