/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * settings.h: what the dashboard remembers from one time to the next, in
 * ${XDG_CONFIG_HOME:-~/.config}/nestscope/top.conf: a line "KEY VALUE" each.
 */
#ifndef NESTSCOPE_SETTINGS_H
#define NESTSCOPE_SETTINGS_H

#include <stdbool.h>

#include "term.h"

struct settings {
	unsigned int interval_ms;
	enum theme theme;
	bool by_vm; /* Overview has a row per VM */
};

/* Overwrite what the file has; what it does not have, or has wrong, stays. */
void settings_load(struct settings *s);
/* Replace the file, all or nothing.  0 or -errno. */
int settings_save(const struct settings *s);

#endif
