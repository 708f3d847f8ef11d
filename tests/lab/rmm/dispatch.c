// SPDX-License-Identifier: GPL-2.0-or-later
/* dispatch.c: from a function number to the rule, and the calls that have none. */
#include "rules.h"

/*
 * nx: how many registers are results.  top: which of them says where to go on,
 * from: the argument that it starts from; an order leaves it there.
 */
struct command {
	const char *name;
	void (*run)(struct rmm *m, struct rmm_call *c);
	uint8_t nx, top, from;
};

static void rmi_version(struct rmm *m, struct rmm_call *c)
{
	(void)m;
	c->x[0] = c->a[0] == RMI_ABI_VERSION ? RMI_SUCCESS : RMI_ERROR_INPUT;
	c->x[1] = c->x[2] = RMI_ABI_VERSION;
}

static void rmi_features(struct rmm *m, struct rmm_call *c)
{
	c->x[0] = RMI_SUCCESS;
	c->x[1] = c->a[0] == 0 ? m->feature0 : 0;
}

#define INDEX(fid) ((fid)-RMI_FID_FIRST)
static const struct command commands[RMI_NR_FIDS] = {
	[INDEX(RMI_VERSION)] = { "VERSION", rmi_version, 3, 0, 0 },
	[INDEX(RMI_FEATURES)] = { "FEATURES", rmi_features, 2, 0, 0 },
	[INDEX(RMI_GRANULE_DELEGATE)] = { "GRANULE_DELEGATE", rmi_granule_delegate, 1, 0, 0 },
	[INDEX(RMI_GRANULE_UNDELEGATE)] = { "GRANULE_UNDELEGATE", rmi_granule_undelegate, 1, 0, 0 },
	[INDEX(RMI_REALM_CREATE)] = { "REALM_CREATE", rmi_realm_create, 1, 0, 0 },
	[INDEX(RMI_REALM_ACTIVATE)] = { "REALM_ACTIVATE", rmi_realm_activate, 1, 0, 0 },
	[INDEX(RMI_REALM_DESTROY)] = { "REALM_DESTROY", rmi_realm_destroy, 1, 0, 0 },
	[INDEX(RMI_RTT_CREATE)] = { "RTT_CREATE", rmi_rtt_create, 1, 0, 0 },
	[INDEX(RMI_RTT_DESTROY)] = { "RTT_DESTROY", rmi_rtt_destroy, 3, 2, 1 },
	[INDEX(RMI_RTT_FOLD)] = { "RTT_FOLD", rmi_rtt_fold, 2, 0, 0 },
	[INDEX(RMI_RTT_READ_ENTRY)] = { "RTT_READ_ENTRY", rmi_rtt_read_entry, 5, 0, 0 },
	[INDEX(RMI_RTT_INIT_RIPAS)] = { "RTT_INIT_RIPAS", rmi_rtt_init_ripas, 2, 1, 1 },
	[INDEX(RMI_RTT_MAP_UNPROTECTED)] = { "RTT_MAP_UNPROTECTED", rmi_rtt_map_unprotected, 1, 0,
					     0 },
	[INDEX(RMI_RTT_UNMAP_UNPROTECTED)] = { "RTT_UNMAP_UNPROTECTED", rmi_rtt_unmap_unprotected,
					       2, 1, 1 },
	[INDEX(RMI_DATA_CREATE)] = { "DATA_CREATE", rmi_data_create, 1, 0, 0 },
	[INDEX(RMI_DATA_CREATE_UNKNOWN)] = { "DATA_CREATE_UNKNOWN", rmi_data_create_unknown, 1, 0,
					     0 },
	[INDEX(RMI_DATA_DESTROY)] = { "DATA_DESTROY", rmi_data_destroy, 3, 2, 1 },
};

static const struct command *find(uint64_t fid)
{
	const struct command *cmd;

	if (fid < RMI_FID_FIRST || fid - RMI_FID_FIRST >= RMI_NR_FIDS)
		return NULL;
	cmd = &commands[fid - RMI_FID_FIRST];
	return cmd->run ? cmd : NULL;
}

const char *rmm_fid_name(uint64_t fid)
{
	const struct command *cmd = find(fid);

	return cmd ? cmd->name : "?";
}

const char *rmm_status_name(unsigned int status)
{
	static const char *const names[] = { "SUCCESS", "INPUT", "REALM", "REC", "RTT" };

	return status < RMI_NR_STATUS ? names[status] : "OTHER";
}

static void ctl_log(struct rmm *m, struct rmm_call *c)
{
	struct rmm_log_entry e;

	c->nx = 1;
	if (!log_read(m, c->a[0], &e))
		return;
	c->nx = 5;
	c->x[0] = 0;
	c->x[1] = (uint64_t)e.fid << 32 | e.x0;
	for (unsigned int i = 0; i < 3; i++)
		c->x[2 + i] = e.a[i];
}

/* The calls of ctl.h; false when it is none. */
static bool control(struct rmm *m, struct rmm_call *c)
{
	bool done = true;

	c->nx = 1;
	c->x[0] = ~0ull;
	switch (c->fid) {
	case RMM_CTL_ORDER:
		/* what is not served cannot be ordered either */
		done = find(c->a[0]) && order_add(m, c->a[0], c->a[1], c->a[2], c->a[3]);
		break;
	case RMM_CTL_CLEAR:
		order_clear(m);
		break;
	case RMM_CTL_COUNT:
		done = log_count(m, c->a[0], c->a[1], c->a[2], &c->x[1]);
		c->nx = done ? 2 : 1;
		break;
	case RMM_CTL_LOG:
		ctl_log(m, c);
		return true;
	default:
		return false;
	}
	if (done)
		c->x[0] = 0;
	return true;
}

bool rmm_dispatch(struct rmm *m, struct rmm_call *c)
{
	const struct command *cmd = find(c->fid);
	uint64_t answer;

	for (unsigned int i = 0; i < 5; i++)
		c->x[i] = 0;
	if (!cmd)
		return control(m, c);
	c->nx = cmd->nx;
	if (order_answers(m, c->fid, &answer)) {
		c->x[0] = answer;
		if (cmd->top)
			c->x[cmd->top] = c->a[cmd->from];
	} else {
		cmd->run(m, c);
	}
	log_call(m, c);
	return true;
}
