// SPDX-License-Identifier: GPL-2.0-or-later
/* outfile.c: see outfile.h. */
#include "outfile.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd.h"

static char temporary[PATH_MAX]; /* "": none; one at a time, for the signal handler */

static void on_signal(int sig)
{
	unlink(temporary);
	signal(sig, SIG_DFL);
	raise(sig);
}

static void handle_signals(void (*handler)(int))
{
	static const int sigs[] = { SIGINT, SIGTERM, SIGHUP };

	for (unsigned int i = 0; i < sizeof(sigs) / sizeof(sigs[0]); i++)
		signal(sigs[i], handler);
}

static int cannot_write(const char *path)
{
	return fail(NS_EXIT_USAGE, "cannot write %s: %s; choose another file with -o", path,
		    strerror(errno));
}

static int open_temporary(struct outfile *o)
{
	int fd;

	if (snprintf(temporary, sizeof(temporary), "%s.XXXXXX", o->path) >= (int)sizeof(temporary)) {
		*temporary = '\0';
		errno = ENAMETOOLONG;
		return cannot_write(o->path);
	}
	fd = mkostemp(temporary, O_CLOEXEC); /* 0600 */
	if (fd < 0) {
		*temporary = '\0';
		return cannot_write(o->path);
	}
	handle_signals(on_signal);
	o->f = fdopen(fd, "w");
	return o->f ? 0 : outfile_close(o, cannot_write(o->path));
}

int outfile_open(struct outfile *o, const char *path)
{
	struct stat st;

	*o = (struct outfile){ .f = stdout };
	if (!path || !strcmp(path, "-"))
		return 0;
	o->path = path;
	if (stat(path, &st) || S_ISREG(st.st_mode))
		return open_temporary(o);
	o->f = fopen(path, "we");
	return o->f ? 0 : cannot_write(path);
}

int outfile_close(struct outfile *o, int rc)
{
	if (!o->path)
		return rc;
	if (o->f && fclose(o->f) && !rc)
		rc = fail(NS_EXIT_FAIL, "%s: %s", o->path, strerror(errno));
	o->f = NULL;
	if (!*temporary)
		return rc;
	if (!rc && rename(temporary, o->path))
		rc = cannot_write(o->path);
	if (rc)
		unlink(temporary);
	handle_signals(SIG_DFL);
	*temporary = '\0';
	return rc;
}
