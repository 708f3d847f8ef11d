/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * outfile.h: a file that is there whole or not at all: written under another name
 * beside it, and renamed at the end.
 */
#ifndef NESTSCOPE_OUTFILE_H
#define NESTSCOPE_OUTFILE_H

#include <stdio.h>

struct outfile {
	FILE *f; /* to write to */
	const char *path; /* NULL: standard output */
};

/*
 * path NULL or "-": standard output.  A file is made 0600; a device or a pipe is
 * written to as it is.  Ended by a signal, nothing is left behind.  Return 0, or an
 * exit code after a message.
 */
int outfile_open(struct outfile *o, const char *path);
/* rc 0: the file takes its name.  Else it goes.  Returns rc, or an exit code after a message. */
int outfile_close(struct outfile *o, int rc);

#endif
