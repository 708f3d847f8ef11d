// SPDX-License-Identifier: GPL-2.0-or-later
/* diff_page.c: the recordings of `diff --html`: see pages.h. */
#include "pages.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "view.h"

#define SLOWEST 10 /* --top is of the changes */

/* A side's recording, and what is made of it. */
struct loaded {
	char file[PATH_MAX];
	char note[PATH_MAX + 600];
	struct ns_page page;
	struct view v;
};

static bool is_directory(const char *path)
{
	struct stat st;

	return !stat(path, &st) && S_ISDIR(st.st_mode);
}

static int is_recording(const struct dirent *e)
{
	size_t len = strlen(e->d_name);

	return len > 4 && !strcmp(e->d_name + len - 4, ".nsr");
}

static int is_visible(const struct dirent *e)
{
	return e->d_name[0] != '.';
}

/* The first recording in a directory, by name; how many there are. */
static int first_of(const char *dir, char *file, size_t size)
{
	struct dirent **list = NULL;
	int n = scandir(dir, &list, is_recording, alphasort);

	if (n > 0 && snprintf(file, size, "%s/%s", dir, list[0]->d_name) >= (int)size)
		*file = '\0';
	for (int i = 0; i < n; i++)
		free(list[i]);
	free(list);
	return n > 0 ? n : 0;
}

/* The same, of a directory whose own directories are workloads. */
static int first_below(const char *dir, char *file, size_t size)
{
	struct dirent **list = NULL;
	char below[PATH_MAX];
	int found = first_of(dir, file, size), n = scandir(dir, &list, is_visible, alphasort);

	for (int i = 0; i < n; i++) {
		if (!found && snprintf(below, sizeof(below), "%s/%s", dir, list[i]->d_name) <
				      (int)sizeof(below))
			found = first_of(below, file, size);
		free(list[i]);
	}
	free(list);
	return found;
}

/* The recording that a side's charts are of: "A", "NAME=A", "A,B" or a directory. */
static void choose(const char *word, struct loaded *l)
{
	const char *path = word, *equals = strchr(word, '=');
	int found = 1;

	*l->note = '\0';
	if (access(word, F_OK) && equals)
		path = equals + 1;
	snprintf(l->file, sizeof(l->file), "%s", path);
	if (access(l->file, F_OK) && strchr(l->file, ',')) {
		l->file[strcspn(l->file, ",")] = '\0';
		found = 2;
	}
	if (is_directory(path)) {
		*l->file = '\0';
		found = first_below(path, l->file, sizeof(l->file));
	}
	if (found > 1)
		snprintf(l->note, sizeof(l->note),
			 "The charts are of %s, one of several recordings; the changes are of all.",
			 l->file);
	else if (!found)
		snprintf(l->note, sizeof(l->note), "%s has no recording (*.nsr)", word);
}

/* Charts need whole events: a file of sums has none, and that is no error. */
static int load(const struct args *a, const char *word, struct loaded *l, struct html_side *side,
		const struct ns_expr *filter)
{
	struct ns_page_opts o = { .filter = filter, .events = ~0ULL, .context = PAGE_CONTEXT };
	struct ns_error err = { 0 };
	int rc;

	choose(word, l);
	rc = view_init(&l->v, "diff", a, &l->page.m);
	if (rc)
		return rc;
	l->v.top = o.slowest = SLOWEST;
	side->note = *l->note ? l->note : NULL;
	side->file = l->file;
	if (!*l->file)
		return 0;
	rc = ns_page_load(&l->page, l->file, &o, &err);
	if (rc == -ENOMEM)
		return fail_with(&err);
	if (rc) {
		snprintf(l->note, sizeof(l->note), "No charts: %s", err.msg);
		side->note = l->note;
		return 0;
	}
	if (filter)
		l->v.events &= ns_expr_events(filter);
	side->page = &l->page;
	side->v = &l->v;
	return 0;
}

static int put(FILE *f, const void *arg)
{
	return html_diff(f, arg);
}

int diff_page(const struct args *a, struct html_diff *d, const struct ns_expr *filter)
{
	struct loaded *sides = calloc(2, sizeof(*sides));
	int rc;

	if (!sides)
		return fail(NS_EXIT_FAIL, "out of memory");
	rc = load(a, d->a.word, &sides[0], &d->a, filter);
	if (!rc)
		rc = load(a, d->b.word, &sides[1], &d->b, filter);
	if (!rc)
		rc = page_write(a->html, put, d);
	for (int i = 0; i < 2; i++)
		ns_page_free(&sides[i].page);
	free(sides);
	return rc;
}
