/* SPDX-License-Identifier: GPL-2.0-or-later */
/* negotiate.h: in which format a scraper wants its metrics. */
#ifndef NESTSCOPE_NEGOTIATE_H
#define NESTSCOPE_NEGOTIATE_H

#include "export_metrics.h"

/* The best of what an Accept header (NULL: none) names; the older text when it names none. */
enum ns_metrics_format negotiate(const char *accept);
/* The Content-Type of a format. */
const char *content_type(enum ns_metrics_format format);

#endif
