// SPDX-License-Identifier: GPL-2.0-or-later
/* units.c: numbers as people and scripts read them. */
#include "catalogue.h"

#include <inttypes.h>
#include <stdio.h>

const char *ns_unit_name(enum ns_unit unit)
{
	static const char *const names[] = {
		[NS_UNIT_HEX] = "hex",	 [NS_UNIT_NS] = "ns",
		[NS_UNIT_BYTES] = "bytes", [NS_UNIT_N] = "number",
		[NS_UNIT_INT] = "signed number",
	};

	return ns_unit_is_enum(unit) ? "name" : names[unit];
}

const char *ns_field_format(enum ns_unit unit, uint64_t value, char *buf, size_t size)
{
	if (ns_field_unavailable(unit, value)) {
		snprintf(buf, size, "unavailable");
		return buf;
	}
	if (ns_unit_is_enum(unit)) {
		snprintf(buf, size, "%s", ns_value_key(ns_unit_dim(unit), (unsigned int)value));
		return buf;
	}
	switch (unit) {
	case NS_UNIT_HEX:
		snprintf(buf, size, "0x%" PRIx64, value);
		break;
	case NS_UNIT_INT:
		snprintf(buf, size, "%" PRId64, (int64_t)value);
		break;
	default:
		snprintf(buf, size, "%" PRIu64, value);
		break;
	}
	return buf;
}

const char *ns_duration_format(uint64_t ns, char *buf, size_t size)
{
	static const struct {
		uint64_t ns;
		const char *name;
	} unit[] = { { 1000, "us" }, { 1000000, "ms" }, { 1000000000, "s" } };
	unsigned int u = 0;
	double v;

	if (ns < 1000) {
		snprintf(buf, size, "%" PRIu64 "ns", ns);
		return buf;
	}
	/* 999.95us would print as 1000.0us: it is 1.0ms */
	while (u < 2 && (double)ns / (double)unit[u].ns >= 999.95)
		u++;
	v = (double)ns / (double)unit[u].ns;
	snprintf(buf, size, "%.1f%s", v, unit[u].name);
	return buf;
}

const char *ns_count_format(uint64_t n, char *buf, size_t size)
{
	char digits[24], out[32];
	int len = snprintf(digits, sizeof(digits), "%" PRIu64, n);
	char *p = out;

	for (int i = 0; i < len; i++) {
		if (i && (len - i) % 3 == 0)
			*p++ = ',';
		*p++ = digits[i];
	}
	*p = '\0';
	snprintf(buf, size, "%s", out);
	return buf;
}
