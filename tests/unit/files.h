/* SPDX-License-Identifier: GPL-2.0-or-later */
/* files.h: what the tests of recordings share. */
#ifndef NESTSCOPE_TEST_FILES_H
#define NESTSCOPE_TEST_FILES_H

#include <stddef.h>
#include <stdint.h>

#include "event.h"

/* A private directory, removed at exit with the files in it. */
const char *test_path(const char *name);

uint8_t *test_slurp(const char *path, size_t *len); /* malloc'ed */
void test_spit(const char *path, const void *data, size_t len);

/* A recording of nr events, a flush after every "every" (0: never). */
void test_record(const char *path, const struct ns_event *ev, unsigned int nr, unsigned int every);

/*
 * Read path. Returns the number of events read, after comparing each with ev;
 * -1 when it cannot be opened.  warning: 256 bytes, "" for none.
 */
long test_read(const char *path, const struct ns_event *ev, char *warning);

/* Offset of the head of section number nr of a kind, or 0. */
size_t test_section(const uint8_t *file, size_t len, uint32_t id, unsigned int nr);
/* Put right the CRCs of a head whose payload or fields were changed. */
void test_reseal(uint8_t *head);

#endif
