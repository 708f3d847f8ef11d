/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * event_line.h: an event as one line of text, for script and check.
 */
#ifndef NESTSCOPE_EVENT_LINE_H
#define NESTSCOPE_EVENT_LINE_H

#include "catalogue.h"
#include "event.h"
#include "model.h"

#define EVENT_LINE_MAX 2048 /* bytes; no line is longer */

/* Names of VMs without blanks, so that a line splits into words. */
struct line_names {
	char vm[NS_MAX_VMS][64];
	unsigned int nr; /* of the model's VMs, when the names were made */
};
/* Take the names of m, when there are new ones. */
void line_names_learn(struct line_names *n, const struct ns_model *m);

/*
 * Each puts a word at p and returns the end of it; nothing is terminated.
 * line_put is the whole line, without its end: time, VM, vCPU, event, its two
 * splits, and the fields as key=value.
 */
char *line_put(char *p, const struct line_names *n, const struct ns_event *ev);
char *line_put_text(char *p, const char *s);
char *line_put_number(char *p, uint64_t n);
char *line_put_time(char *p, uint64_t ns);
char *line_put_field(char *p, enum ns_unit unit, uint64_t v);
char *line_put_vm(char *p, const struct line_names *n, const struct ns_event *ev);
char *line_put_vcpu(char *p, const struct ns_event *ev);
char *line_put_value(char *p, enum ns_dim dim, unsigned int value);

#endif
