// SPDX-License-Identifier: GPL-2.0-or-later
/* pages.c: where a page goes, and how it is written: see pages.h. */
#include "pages.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "outfile.h"
#include "recording.h"

int page_check(const char *path)
{
	struct ns_error err = { 0 };
	struct ns_reader *r;
	struct stat st;

	if (stat(path, &st) || !S_ISREG(st.st_mode) || ns_reader_open(&r, path, &err))
		return 0;
	ns_reader_close(r);
	return fail(NS_EXIT_USAGE,
		    "%s is a recording, which a page would replace; --html names the page to write",
		    path);
}

int page_write(const char *path, int (*put)(FILE *f, const void *arg), const void *arg)
{
	struct outfile out;
	int rc = outfile_open(&out, path);

	if (rc)
		return rc;
	if (put(out.f, arg))
		rc = fail(NS_EXIT_FAIL, "out of memory");
	else if (fflush(out.f) || ferror(out.f))
		rc = fail(NS_EXIT_FAIL, "%s: %s", path, strerror(errno));
	return outfile_close(&out, rc);
}
