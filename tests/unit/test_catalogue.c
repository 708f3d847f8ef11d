// SPDX-License-Identifier: GPL-2.0-or-later
/* test_catalogue.c: the catalogue, look-ups in it, and number formats. */
#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "catalogue.h"

static void test_complete(void **state)
{
	for (unsigned int i = 0; i < NS_NR_EVENTS; i++) {
		const struct ns_event_info *ev = &ns_events[i];

		assert_int_equal(ev->id, i);
		assert_ptr_equal(ns_event_find(ev->key), ev);
		assert_true(strlen(ev->help) > 0);
		assert_true(ev->nr_fields >= 1 && ev->nr_fields <= NS_MAX_FIELDS);
		assert_int_equal(strncmp(ev->key, ns_systems[ev->system].key,
					 strlen(ns_systems[ev->system].key)),
				 0);
		if (ev->timed) {
			assert_string_equal(ev->fields[0].key, "dur");
			assert_int_equal(ev->fields[0].unit, NS_UNIT_NS);
		}
		for (unsigned int f = 0; f < ev->nr_fields; f++)
			assert_int_equal(ns_field_find(ev, ev->fields[f].key), f);
	}
	assert_int_equal(ns_events[NS_EV_S2_FAULT].nr_fields, NS_S2_FAULT_NR_FIELDS);
	assert_int_equal(ns_field_find(&ns_events[NS_EV_S2_FAULT], "pc"), NS_S2_FAULT_PC);
	assert_int_equal(ns_field_find(&ns_events[NS_EV_S2_FAULT], "nope"), -1);
	assert_null(ns_event_find("s2"));
}

static void test_values(void **state)
{
	assert_int_equal(ns_dims[NS_D_CAUSE].nr, NS_NR_CAUSE);
	assert_string_equal(ns_value_key(NS_D_CAUSE, NS_CAUSE_NOTIFIER), "notifier");
	assert_string_equal(ns_value_label(NS_D_CAUSE, NS_CAUSE_EVICT), "refault  context evicted");
	assert_string_equal(ns_value_key(NS_D_CAUSE, NS_NR_CAUSE), "?");
	assert_string_equal(ns_value_key(NS_NR_DIMS, 0), "?");
	assert_string_equal(ns_value_label(NS_D_NONE, 255), "?");
}

static void test_nearest(void **state)
{
	assert_string_equal(ns_event_nearest("s2.falt"), "s2.fault");
	assert_string_equal(ns_event_nearest("S2.FAULT"), "s2.fault");
	assert_string_equal(ns_event_nearest("eret"), "el2.eret");
	assert_string_equal(ns_event_nearest("mmoi"), "mmio");
	assert_string_equal(ns_event_nearest("at.opp"), "at.op");
	assert_non_null(ns_event_nearest(""));
	/* longer than any word is */
	assert_non_null(ns_event_nearest(
		"0123456789012345678901234567890123456789012345678901234567890123456789"));
}

static void test_parse(void **state)
{
	uint64_t mask = 0, s2 = 0;
	char *bad;

	for (unsigned int i = 0; i < NS_NR_EVENTS; i++)
		s2 |= ns_events[i].system == NS_SYS_S2 ? 1ULL << i : 0;
	assert_int_equal(ns_events_parse("s2.fault", &mask, &bad), 0);
	assert_int_equal(mask, 1ULL << NS_EV_S2_FAULT);
	assert_int_equal(ns_events_parse("s2,at.op", &mask, &bad), 0);
	assert_int_equal(mask, s2 | 1ULL << NS_EV_AT_OP);
	assert_null(bad);
	assert_int_equal(ns_events_parse("s2,s2.falt,at", &mask, &bad), -EINVAL);
	assert_string_equal(bad, "s2.falt");
	free(bad);
	assert_int_equal(ns_events_parse("", &mask, &bad), -EINVAL);
	assert_string_equal(bad, "");
	free(bad);
	assert_int_equal(ns_events_parse("s2,", &mask, &bad), -EINVAL);
	free(bad);
}

static void test_formats(void **state)
{
	char b[32];

	assert_string_equal(ns_duration_format(0, b, sizeof(b)), "0ns");
	assert_string_equal(ns_duration_format(812, b, sizeof(b)), "812ns");
	assert_string_equal(ns_duration_format(2100, b, sizeof(b)), "2.1us");
	assert_string_equal(ns_duration_format(999949, b, sizeof(b)), "999.9us");
	assert_string_equal(ns_duration_format(999950, b, sizeof(b)), "1.0ms");
	assert_string_equal(ns_duration_format(48100000, b, sizeof(b)), "48.1ms");
	assert_string_equal(ns_duration_format(9600000000ULL, b, sizeof(b)), "9.6s");
	assert_string_equal(ns_count_format(0, b, sizeof(b)), "0");
	assert_string_equal(ns_count_format(999, b, sizeof(b)), "999");
	assert_string_equal(ns_count_format(14016, b, sizeof(b)), "14,016");
	assert_string_equal(ns_count_format(UINT64_MAX, b, sizeof(b)),
			    "18,446,744,073,709,551,615");
	assert_string_equal(ns_field_format(NS_UNIT_HEX, 0xabc, b, sizeof(b)), "0xabc");
	assert_string_equal(ns_field_format(NS_UNIT_INT, (uint64_t)-14, b, sizeof(b)), "-14");
	assert_string_equal(ns_field_format(NS_UNIT_BYTES, 4096, b, sizeof(b)), "4096");
	assert_string_equal(ns_field_format(NS_UNIT_HEX, NS_UNAVAILABLE, b, sizeof(b)), "unavailable");
	assert_string_equal(ns_field_format(NS_UNIT_INT, (uint64_t)-1, b, sizeof(b)), "-1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_complete), cmocka_unit_test(test_values),
		cmocka_unit_test(test_nearest),	 cmocka_unit_test(test_parse),
		cmocka_unit_test(test_formats),
	};

	return cmocka_run_group_tests_name("catalogue", tests, NULL, NULL);
}
