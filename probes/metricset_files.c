// SPDX-License-Identifier: GPL-2.0-or-later
/* metricset_files.c: what a word on the command line stands for. */
#include "metricset_priv.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "format.h"

/* A stat file with every VM and context there can be has 5 MB. */
#define JSON_MAX (16 << 20)

static int cannot_read(struct ns_error *err, const char *path, int error)
{
	return ns_error(err, -EINVAL, NS_EXIT_USAGE, "cannot read %s: %s", path, strerror(error));
}

/* The whole file, malloc'ed, or NULL. */
static char *slurp(int fd, const char *path, size_t *len, struct ns_error *err)
{
	struct stat st;
	char *text;
	ssize_t n = 1;

	if (fstat(fd, &st)) {
		cannot_read(err, path, errno);
		return NULL;
	}
	if (!S_ISREG(st.st_mode) || st.st_size > JSON_MAX) {
		ns_error(err, -EINVAL, NS_EXIT_USAGE,
			 S_ISREG(st.st_mode)
				 ? "%s is too large for a JSON file of nestscope (16 MB)"
				 : "%s is not a regular file",
			 path);
		return NULL;
	}
	text = malloc((size_t)st.st_size + 1);
	if (!text) {
		ns_metricset_nomem(err);
		return NULL;
	}
	for (*len = 0; *len < (size_t)st.st_size && n > 0; *len += n > 0 ? (size_t)n : 0)
		n = read(fd, text + *len, (size_t)st.st_size - *len);
	if (n < 0) {
		cannot_read(err, path, errno);
		free(text);
		return NULL;
	}
	return text;
}

static int add_json(struct ns_metricset *set, const char *workload, const char *path,
		    const char *text, size_t len, struct ns_error *err)
{
	json_error_t e;
	json_t *root = json_loadb(text, len, JSON_REJECT_DUPLICATES, &e);
	const char *kind;
	char why[160];
	int rc;

	if (!root && e.line > 1 && json_error_code(&e) == json_error_end_of_input_expected)
		return ns_error(err, -EINVAL, NS_EXIT_USAGE,
				"%s has more than one object, as of 'stat -I': a run is one, and "
				"intervals are not runs; leave out -I",
				path);
	if (!root) {
		/* it quotes the file */
		ns_escape(why, sizeof(why), e.text, strlen(e.text));
		return ns_error(err, -EINVAL, NS_EXIT_USAGE,
				"%s is neither a recording nor JSON: line %d: %s", path, e.line,
				why);
	}
	kind = json_string_value(json_object_get(root, "nestscope"));
	if (kind && (!strcmp(kind, "stat") || !strcmp(kind, "report")))
		rc = ns_metricset_add_stat(set, workload, path, root, err);
	else if (kind && !strcmp(kind, "baseline"))
		rc = ns_metricset_add_baseline(set, path, root, err);
	else
		rc = ns_error(
			err, -EINVAL, NS_EXIT_USAGE,
			"%s is JSON, but not of 'nestscope stat --json', 'report --json' or a "
			"baseline",
			path);
	json_decref(root);
	return rc;
}

static int add_file(struct ns_metricset *set, const char *workload, const char *path,
		    struct ns_error *err)
{
	char magic[NS_REC_MAGIC_SIZE] = { 0 }, *text;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY), rc;
	size_t len;

	if (fd < 0)
		return cannot_read(err, path, errno);
	if (pread(fd, magic, sizeof(magic), 0) == NS_REC_MAGIC_SIZE &&
	    !memcmp(magic, NS_REC_MAGIC, NS_REC_MAGIC_SIZE)) {
		close(fd);
		return ns_metricset_add_recording(set, workload, path, err);
	}
	if (set->filter || set->group) {
		close(fd);
		return ns_error(
			err, -EINVAL, NS_EXIT_USAGE,
			"%s is no recording: it has sums, which cannot be filtered or grouped "
			"any more; give recordings",
			path);
	}
	text = slurp(fd, path, &len, err);
	close(fd);
	if (!text)
		return -EINVAL;
	rc = add_json(set, workload, path, text, len, err);
	free(text);
	return rc;
}

/* ---- directories ---- */

static int wanted(const struct dirent *d)
{
	return d->d_name[0] != '.';
}

static bool is_data(const char *name)
{
	const char *dot = strrchr(name, '.');

	return dot && (!strcmp(dot, ".nsr") || !strcmp(dot, ".json"));
}

static int add_dir(struct ns_metricset *set, const char *workload, const char *dir, bool below,
		   unsigned int *found, struct ns_error *err);

static int add_entry(struct ns_metricset *set, const char *workload, const char *dir,
		     const char *name, bool below, unsigned int *found, struct ns_error *err)
{
	char path[4096];
	struct stat st;

	if (snprintf(path, sizeof(path), "%s/%s", dir, name) >= (int)sizeof(path))
		return ns_error(err, -EINVAL, NS_EXIT_USAGE, "%s/%s: the path is too long", dir,
				name);
	if (stat(path, &st))
		return cannot_read(err, path, errno);
	if (S_ISDIR(st.st_mode))
		return below ? add_dir(set, name, path, false, found, err) : 0;
	if (!is_data(name))
		return 0;
	(*found)++;
	return add_file(set, workload, path, err);
}

/* Sorted, so that the same directory gives the same set. */
static int add_dir(struct ns_metricset *set, const char *workload, const char *dir, bool below,
		   unsigned int *found, struct ns_error *err)
{
	struct dirent **list;
	int n = scandir(dir, &list, wanted, alphasort), rc = 0;

	if (n < 0)
		return cannot_read(err, dir, errno);
	for (int i = 0; i < n; i++) {
		if (!rc)
			rc = add_entry(set, workload, dir, list[i]->d_name, below, found, err);
		free(list[i]);
	}
	free(list);
	return rc;
}

/* ---- words ---- */

/* NAME=PATH; a path with "=" in it that exists is a path. */
static const char *split(const char *word, char *name, size_t size)
{
	const char *eq = strchr(word, '=');

	*name = '\0';
	if (!eq || eq == word || memchr(word, '/', (size_t)(eq - word)) || !access(word, F_OK))
		return word;
	snprintf(name, size, "%.*s", (int)(eq - word), word);
	return eq + 1;
}

int ns_metricset_add(struct ns_metricset *set, const char *word, struct ns_error *err)
{
	unsigned int found = 0;
	const char *path;
	struct stat st;
	char name[64];
	int rc;

	path = split(word, name, sizeof(name));
	if (stat(path, &st))
		return cannot_read(err, path, errno);
	if (!S_ISDIR(st.st_mode))
		return add_file(set, name, path, err);
	rc = add_dir(set, name, path, !*name, &found, err);
	if (!rc && !found)
		return ns_error(err, -EINVAL, NS_EXIT_USAGE,
				"%s has no *.nsr or *.json file, nor has a directory in it", path);
	return rc;
}
