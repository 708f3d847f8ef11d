/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * event.h: one event in memory, wherever it came from (ring or recording).
 */
#ifndef NESTSCOPE_EVENT_H
#define NESTSCOPE_EVENT_H

#include <stdint.h>

#include "abi.h"

struct ns_event {
	uint64_t ts; /* CLOCK_MONOTONIC ns */
	uint16_t vm; /* 0: none */
	uint16_t vcpu; /* NS_NO_VCPU: none */
	uint16_t ctx; /* 0: none */
	uint16_t cpu; /* host CPU */
	uint8_t event; /* enum ns_event_id */
	uint8_t dim;
	uint8_t sub;
	uint8_t nr_fields;
	uint64_t field[NS_MAX_FIELDS];
};

#endif
