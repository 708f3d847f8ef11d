// SPDX-License-Identifier: GPL-2.0-or-later
/* log.c: what the RMM was asked and answered, counted and the last calls kept. */
#include "rules.h"

void log_call(struct rmm *m, const struct rmm_call *c)
{
	struct rmm_log_entry *e = &m->log[m->count.logged++ % RMM_LOG_SIZE];
	unsigned int status = RMI_STATUS(c->x[0]);

	/* an ordered answer may be no status at all */
	if (c->x[0] > 0xffff || status >= RMI_NR_STATUS)
		status = RMI_NR_STATUS;
	m->count.calls[c->fid - RMI_FID_FIRST][status]++;
	e->fid = (uint32_t)c->fid;
	e->x0 = (uint32_t)c->x[0];
	for (unsigned int i = 0; i < 3; i++)
		e->a[i] = c->a[i];
}

/* One number, RMM_COUNT_*; false when there is no such. */
bool log_count(const struct rmm *m, uint64_t what, uint64_t i, uint64_t j, uint64_t *value)
{
	const struct rmm_counts *n = &m->count;
	const uint64_t *levels[] = {
		[RMM_COUNT_TABLES] = n->tables,
		[RMM_COUNT_TABLES_MADE] = n->made,
		[RMM_COUNT_TABLES_GONE] = n->gone,
	};

	switch (what) {
	case RMM_COUNT_CALLS:
		if (i >= RMI_NR_FIDS || j > RMI_NR_STATUS)
			return false;
		*value = n->calls[i][j];
		return true;
	case RMM_COUNT_GRANULES:
		if (i >= RMM_NR_STATES)
			return false;
		*value = n->granules[i];
		return true;
	case RMM_COUNT_TABLES:
	case RMM_COUNT_TABLES_MADE:
	case RMM_COUNT_TABLES_GONE:
		if (i > RMI_LEVEL_LAST)
			return false;
		*value = levels[what][i];
		return true;
	case RMM_COUNT_REALMS:
		*value = n->realms;
		return true;
	case RMM_COUNT_ORDERED:
		*value = n->ordered;
		return true;
	case RMM_COUNT_LOGGED:
		*value = n->logged;
		return true;
	}
	return false;
}

/* Call number n; false when it has not been made or is not kept any more. */
bool log_read(const struct rmm *m, uint64_t n, struct rmm_log_entry *e)
{
	if (n >= m->count.logged || m->count.logged - n > RMM_LOG_SIZE)
		return false;
	*e = m->log[n % RMM_LOG_SIZE];
	return true;
}
