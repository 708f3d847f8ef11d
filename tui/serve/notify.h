/* SPDX-License-Identifier: GPL-2.0-or-later */
/* notify.h: tell a service manager how things are (sd_notify(3), without its library). */
#ifndef NESTSCOPE_NOTIFY_H
#define NESTSCOPE_NOTIFY_H

#include <stdint.h>

/* "READY=1" and the like; nothing happens without a service manager. */
void notify(const char *state);
/* How often it wants to hear "WATCHDOG=1", in ns: half of its time limit; 0: never. */
uint64_t notify_watchdog_ns(void);

#endif
