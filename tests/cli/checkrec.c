// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * checkrec.c: write a small synthetic recording for `nestscope check`.
 *
 *	checkrec good|bad|lossy|missed|filtered|hostile|empty FILE
 *
 * bad: one context in two slots, and a software walk after a hardware walk
 * that succeeded.  lossy: the former, with s2.ctx events lost; missed: that the
 * kernel did not tell; filtered: left out by "record -c".  good has nothing, empty no events.
 * hostile: everything that has a text has markup, and more, in it.
 */
#include <stdio.h>
#include <string.h>

#include "catalogue.h"
#include "recording.h"

#define VTTBR 0x1000040000000ULL
#define VTCR 0x80023558ULL

static uint64_t now = 1000000000000ULL;

static int meta(struct ns_model *m)
{
	struct ns_vm_key key = { .start_ns = 1, .pid = 4127 };
	struct ns_ctx_key ctx = { .vttbr = VTTBR, .vtcr = VTCR, .vm = 1, .s2_on = 1 };
	struct ns_vm vm = { .id = 1 };

	ns_model_init(m);
	strcpy(m->host.release, "7.3.4");
	strcpy(m->host.machine, "aarch64");
	strcpy(m->host.nodename, "nowhere");
	m->start_ns = now;
	for (unsigned int i = 0; i < NS_NR_EVENTS; i++)
		m->provider[i].state = NS_STATE_OK;
	m->provider[NS_EV_MMIO_CACHE].state = NS_STATE_OFF;
	strcpy(m->provider[NS_EV_MMIO_CACHE].note, "not in this kernel");
	strcpy(vm.cmdline, "l1 <&\"debian\">");
	vm.cmdline_len = (uint32_t)strlen(vm.cmdline) + 1;
	return ns_model_add_vm(m, &key, &vm) || ns_model_add_ctx(m, &ctx, 1);
}

/* What a guest's owner, or whoever made the file, could write. */
static int make_hostile(struct ns_model *m)
{
	struct ns_vm_key key = { .start_ns = 2, .pid = 666 };
	struct ns_vm vm = { .id = 2 };
	static const char argv[] =
		"qemu\0-name\0guest=<script>alert(0)</script>\0"
		"</title></style></script><img src=x onerror=\"document.title='owned'\">\0"
		"' onmouseover='alert(1)\0&lt;b&gt;\xff\xe2\x80\xae" "txt\0]]><!--";

	strcpy(m->host.nodename, "<iframe src=//example.com>");
	strcpy(m->host.release, "7.3.4\" onload=\"alert(1)");
	strcpy(m->provider[NS_EV_MMIO_CACHE].note, "<svg onload=alert(1)>{{7*7}}");
	strcpy(m->provider[NS_EV_AT_OP].by, "</td><script>1</script>");
	memcpy(vm.cmdline, argv, sizeof(argv));
	vm.cmdline_len = sizeof(argv);
	return ns_model_add_vm(m, &key, &vm) ||
	       ns_model_add_mark(m, now + 1500, "</title><script>alert(2)</script>");
}

static int put(struct ns_writer *w, struct ns_model *m, unsigned int event, unsigned int dim,
	       const uint64_t *fields)
{
	const struct ns_event_info *info = &ns_events[event];
	struct ns_event ev = {
		.ts = now += 1000,
		.vm = 1,
		.ctx = event == NS_EV_S2_CTX,
		.event = (uint8_t)event,
		.dim = (uint8_t)dim,
		.nr_fields = (uint8_t)info->nr_fields,
	};

	memcpy(ev.field, fields, info->nr_fields * sizeof(*fields));
	m->ledger[event].seen++;
	m->ledger[event].kept++;
	return ns_writer_event(w, &ev, NULL);
}

static int lookup(struct ns_writer *w, struct ns_model *m, unsigned int dim, uint64_t slot)
{
	uint64_t f[NS_MAX_FIELDS] = { 0 };

	f[NS_S2_CTX_VTTBR] = VTTBR;
	f[NS_S2_CTX_VTCR] = VTCR;
	f[NS_S2_CTX_POOL] = 4;
	f[NS_S2_CTX_SLOT] = slot;
	return put(w, m, NS_EV_S2_CTX, dim, f);
}

static int translate(struct ns_writer *w, struct ns_model *m, unsigned int path, uint64_t va)
{
	uint64_t f[NS_MAX_FIELDS] = { 0 };

	f[NS_AT_OP_DUR] = 900;
	f[NS_AT_OP_VA] = va;
	f[NS_AT_OP_PAR] = f[NS_AT_OP_PAR_FAST] = 0x80000b80;
	return put(w, m, NS_EV_AT_OP, path, f);
}

static int events(struct ns_writer *w, struct ns_model *m, const char *kind)
{
	bool bad = !strcmp(kind, "bad"), lossy = !strcmp(kind, "lossy"),
	     filtered = !strcmp(kind, "filtered"), missed = !strcmp(kind, "missed");
	int rc = 0;

	if (!strcmp(kind, "empty"))
		return 0;
	rc |= lookup(w, m, NS_CTX_FREE, 0);
	rc |= lookup(w, m, NS_CTX_HIT, 0);
	rc |= translate(w, m, NS_PATH_FAST, 0x1000);
	if (bad || lossy || filtered || missed)
		rc |= lookup(w, m, NS_CTX_FREE, 1);
	if (bad)
		rc |= translate(w, m, NS_PATH_SLOW_COLD, 0x2000);
	m->ledger[NS_EV_S2_CTX].ring_full = lossy ? 7 : 0;
	m->ledger[NS_EV_S2_CTX].filtered = filtered ? 7 : 0;
	m->ledger[NS_EV_S2_CTX].missed = missed ? 7 : 0;
	m->ledger[NS_EV_S2_CTX].seen += lossy || filtered || missed ? 7 : 0;
	return rc;
}

int main(int argc, char **argv)
{
	struct ns_writer *w;
	struct ns_model m;
	const char *cmdline;

	if (argc != 3 || meta(&m) || (!strcmp(argv[1], "hostile") && make_hostile(&m)))
		return 2;
	cmdline = strcmp(argv[1], "filtered") ? "nestscope record -p 4127 -o x -- vmm -c 0"
					      : "nestscope record -c 0 -o x -- vmm";
	if (!strcmp(argv[1], "hostile"))
		cmdline = "nestscope record -- sh -c '</script><script>alert(3)</script>'";
	if (ns_writer_open(&w, argv[2], &m, cmdline, NULL) || events(w, &m, argv[1]))
		return 1;
	m.end_ns = now;
	if (ns_writer_close(w, &m, NULL))
		return 1;
	ns_model_free(&m);
	return 0;
}
