// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_export.c: every format of any recording that can be read at all, with
 * identities and times that no kernel makes, and with damage, under sanitizers.
 * What is in the files is tests/cli/export.sh's.
 */
#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "catalogue.h"
#include "export.h"
#include "files.h"
#include "recording.h"
#include "synth.h"

#define N 4000

static char path[256];

/* ids: how many VMs, vCPUs, contexts and CPUs the noise may have; 0: real shapes. */
static void write_recording(uint64_t seed, unsigned int ids)
{
	struct ns_error err = { 0 };
	struct ns_model meta;
	struct ns_synth s;
	struct ns_writer *w;
	struct ns_event ev;

	ns_synth_init(&s, seed);
	assert_int_equal(ns_synth_meta(&meta), 0);
	if (ns_writer_open(&w, path, &meta, "test", &err))
		fail_msg("%s", err.msg);
	for (unsigned int i = 0; i < N; i++) {
		if (ids) {
			ns_synth_noise(&s, &ev);
			ev.vm %= ids;
			ev.vcpu = ev.vcpu % ids ? ev.vcpu % ids : NS_NO_VCPU;
			ev.ctx %= ids;
			ev.cpu %= ids;
		} else {
			ns_synth_event(&s, &ev);
		}
		assert_int_equal(ns_writer_event(w, &ev, &err), 0);
	}
	assert_int_equal(ns_writer_close(w, &meta, &err), 0);
	ns_model_free(&meta);
}

static int export_as(unsigned int format, uint64_t *events)
{
	struct ns_export_opts o = { .path = path, .format = format, .events = ~0ULL };
	struct ns_export_result r;
	struct ns_error err = { 0 };
	FILE *f = fopen("/dev/null", "w");
	int rc = ns_export(f, &o, &r, &err);

	if (rc)
		assert_true(err.msg[0]);
	*events = r.events;
	free(r.warning);
	fclose(f);
	return rc;
}

static void test_all(void **state)
{
	uint64_t events;

	snprintf(path, sizeof(path), "%s.nsr", test_path("export"));
	for (unsigned int format = 0; format < NS_NR_EXPORTS; format++) {
		write_recording(1, 0);
		assert_int_equal(export_as(format, &events), 0);
		/* folded by time has those that take time */
		assert_true(format == NS_EXPORT_FOLDED ? events > 0 && events < N : events == N);
		write_recording(2, 20); /* at most 20 * 20 vCPUs */
		assert_int_equal(export_as(format, &events), 0);
		write_recording(3, 1500); /* beyond what any kernel's ids can be */
		export_as(format, &events);
	}
	unlink(path);
}

static void test_too_many_vcpus(void **state)
{
	struct ns_error err = { 0 };
	struct ns_model meta;
	struct ns_writer *w;
	struct ns_event ev = { .event = NS_EV_EL2_TRAP, .vm = 1, .ts = 1000 };
	uint64_t events;

	snprintf(path, sizeof(path), "%s.nsr", test_path("many"));
	assert_int_equal(ns_synth_meta(&meta), 0);
	assert_int_equal(ns_writer_open(&w, path, &meta, "test", &err), 0);
	for (unsigned int i = 0; i < 9000; i++) {
		ev.vcpu = (uint16_t)i;
		assert_int_equal(ns_writer_event(w, &ev, &err), 0);
	}
	assert_int_equal(ns_writer_close(w, &meta, &err), 0);
	ns_model_free(&meta);
	assert_int_equal(export_as(NS_EXPORT_PERFETTO, &events), -E2BIG);
	assert_int_equal(export_as(NS_EXPORT_FOLDED, &events), -E2BIG);
	assert_int_equal(export_as(NS_EXPORT_CSV, &events), 0);
	unlink(path);
}

/* Flipped bytes and cuts: an error or what can be read, nothing else. */
static void test_damage(void **state)
{
	static uint8_t file[1 << 20], copy[1 << 20];
	struct ns_synth s;
	uint64_t events;
	size_t len;
	FILE *f;

	snprintf(path, sizeof(path), "%s.nsr", test_path("damaged"));
	write_recording(4, 20);
	f = fopen(path, "r");
	assert_non_null(f);
	len = fread(file, 1, sizeof(file), f);
	fclose(f);
	assert_true(len < sizeof(file));
	ns_synth_init(&s, 5);
	for (unsigned int i = 0; i < 100; i++) {
		memcpy(copy, file, len);
		copy[(ns_synth_random(&s) >> 8) % len] ^= 1 + (ns_synth_random(&s) >> 8) % 255;
		test_spit(path, copy, i % 2 ? len : (ns_synth_random(&s) >> 8) % len);
		export_as(i % NS_NR_EXPORTS, &events);
		assert_true(events <= N);
	}
	unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all),
		cmocka_unit_test(test_too_many_vcpus),
		cmocka_unit_test(test_damage),
	};

	return cmocka_run_group_tests_name("export", tests, NULL, NULL);
}
