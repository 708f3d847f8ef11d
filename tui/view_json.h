/* SPDX-License-Identifier: GPL-2.0-or-later */
/* view_json.h: pieces of JSON that several commands print. */
#ifndef NESTSCOPE_VIEW_JSON_H
#define NESTSCOPE_VIEW_JSON_H

#include <jansson.h>

#include "view.h"

/* "host" and "providers" as described in view_json.c; the caller owns them. */
json_t *json_hex(uint64_t n);
json_t *json_text(const char *s); /* bytes that may not be UTF-8 */
json_t *json_times(const struct ns_hist *h);
/* "groups" and "slowest" */
json_t *json_groups(const struct view *v);
json_t *json_slowest(const struct view *v);
json_t *json_host(const struct ns_model *m);
json_t *json_providers(const struct ns_model *m, uint64_t events);

#endif
