// SPDX-License-Identifier: GPL-2.0-or-later
/* negotiate.c: see negotiate.h. */
#include "negotiate.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const struct {
	const char *type;
	const char *needs[2]; /* parameters without which it is something else */
	const char *content_type;
} formats[NS_NR_METRICS_FORMATS] = {
	[NS_METRICS_OPENMETRICS] = { "application/openmetrics-text",
				     { 0 },
				     "application/openmetrics-text; version=1.0.0; charset=utf-8" },
	[NS_METRICS_PROMETHEUS] = { "text/plain", { 0 }, "text/plain; version=0.0.4; charset=utf-8" },
	[NS_METRICS_PROTOBUF] = { "application/vnd.google.protobuf",
				  { "proto=io.prometheus.client.MetricFamily", "encoding=delimited" },
				  "application/vnd.google.protobuf; "
				  "proto=io.prometheus.client.MetricFamily; encoding=delimited" },
};

const char *content_type(enum ns_metrics_format format)
{
	return formats[format].content_type;
}

static const char *skip_blanks(const char *s)
{
	return s + strspn(s, " \t");
}

/* Has "; name=value; ..." this parameter? */
static bool has(const char *params, const char *end, const char *wanted)
{
	size_t n = strlen(wanted);

	for (; params < end; params += strcspn(params, ";,")) {
		params = skip_blanks(params + (*params == ';'));
		if (!strncasecmp(params, wanted, n) && strchr(";, \t", params[n]))
			return true;
		if (*params == ',')
			break;
	}
	return false;
}

static double quality(const char *params, const char *end)
{
	while (params < end && *params == ';') {
		params = skip_blanks(params + 1);
		if (!strncasecmp(params, "q=", 2))
			return strtod(params + 2, NULL);
		params += strcspn(params, ";,");
	}
	return 1;
}

/* Is this entry of the header format i? */
static bool names(const char *entry, const char *end, unsigned int i)
{
	size_t n = strlen(formats[i].type);
	const char *params = entry + strcspn(entry, ";, \t");

	if (strncasecmp(entry, formats[i].type, n) || entry + n != params)
		return false;
	params += strcspn(params, ";,");
	for (unsigned int k = 0; k < 2 && formats[i].needs[k]; k++)
		if (!has(params, end, formats[i].needs[k]))
			return false;
	return true;
}

enum ns_metrics_format negotiate(const char *accept)
{
	enum ns_metrics_format best = NS_METRICS_PROMETHEUS;
	double best_q = 0, q;

	for (const char *entry = accept, *end; entry && *entry; entry = *end ? end + 1 : end) {
		entry = skip_blanks(entry);
		end = entry + strcspn(entry, ",");
		q = quality(entry + strcspn(entry, ";,"), end);
		for (unsigned int i = 0; i < NS_NR_METRICS_FORMATS; i++)
			if (q > best_q && names(entry, end, i)) {
				best = i;
				best_q = q;
			}
	}
	return best;
}
