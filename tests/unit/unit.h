/* SPDX-License-Identifier: GPL-2.0-or-later */
/* unit.h: what cmocka wants included before it. */
#ifndef NESTSCOPE_UNIT_H
#define NESTSCOPE_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#endif
