/* SPDX-License-Identifier: GPL-2.0-or-later */
/* realm.h: what is live of the scope's realms, for the screens that say so. */
#ifndef NESTSCOPE_REALM_H
#define NESTSCOPE_REALM_H

#include "rtt.h"
#include "screen.h"

void realm_count(const struct snapshot *s, const struct ui *ui, struct ns_rtt *r);

#endif
