// SPDX-License-Identifier: GPL-2.0-or-later
/* settings.c: see settings.h. */
#include "settings.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "top.h"

/* The folder; "" when there is no home. */
static void folder(char *buf, size_t size)
{
	const char *config = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");

	if (config && *config == '/')
		snprintf(buf, size, "%s/nestscope", config);
	else if (home && *home == '/')
		snprintf(buf, size, "%s/.config/nestscope", home);
	else
		*buf = 0;
}

static void take(struct settings *s, const char *key, const char *value)
{
	unsigned int i;
	long n;

	if (!strcmp(key, "interval_ms")) {
		n = strtol(value, NULL, 10);
		if (n >= INTERVAL_MIN && n <= INTERVAL_MAX)
			s->interval_ms = (unsigned int)n;
	} else if (!strcmp(key, "theme")) {
		for (i = 0; i < NR_THEMES; i++)
			if (!strcmp(value, theme_names[i]))
				s->theme = (enum theme)i;
	} else if (!strcmp(key, "overview")) {
		s->by_vm = !strcmp(value, "vms");
	}
}

void settings_load(struct settings *s)
{
	char path[PATH_MAX + 16], dir[PATH_MAX], line[128], key[32], value[32];
	FILE *f;

	folder(dir, sizeof(dir));
	snprintf(path, sizeof(path), "%s/top.conf", dir);
	f = *dir ? fopen(path, "re") : NULL;
	if (!f)
		return;
	while (fgets(line, sizeof(line), f))
		if (sscanf(line, "%31s %31s", key, value) == 2)
			take(s, key, value);
	fclose(f);
}

/* The folder and the one above it. */
static int make_folder(char *dir)
{
	char *slash = strrchr(dir, '/');

	*slash = 0;
	if (mkdir(dir, 0700) && errno != EEXIST)
		return -errno;
	*slash = '/';
	return mkdir(dir, 0700) && errno != EEXIST ? -errno : 0;
}

static int write_file(const char *path, const struct settings *s)
{
	FILE *f = fopen(path, "we");
	bool bad;

	if (!f)
		return -errno;
	fprintf(f, "interval_ms %u\ntheme %s\noverview %s\n", s->interval_ms,
		theme_names[s->theme], s->by_vm ? "vms" : "vcpus");
	bad = fflush(f) || fsync(fileno(f));
	bad |= fclose(f) != 0;
	return bad ? -errno : 0;
}

int settings_save(const struct settings *s)
{
	char dir[PATH_MAX], path[PATH_MAX + 16], temporary[PATH_MAX + 32];
	int rc;

	folder(dir, sizeof(dir));
	if (!*dir)
		return -ENOENT;
	rc = make_folder(dir);
	if (rc)
		return rc;
	snprintf(path, sizeof(path), "%s/top.conf", dir);
	snprintf(temporary, sizeof(temporary), "%s/top.conf.%d", dir, (int)getpid());
	rc = write_file(temporary, s);
	if (!rc && rename(temporary, path))
		rc = -errno;
	if (rc)
		unlink(temporary);
	return rc;
}
