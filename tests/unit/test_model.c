// SPDX-License-Identifier: GPL-2.0-or-later
/* test_model.c: counts, snapshots, queries and names of the model. */
#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "catalogue.h"
#include "model.h"
#include "synth.h"

#define N 20000

static const struct ns_query all = { NS_ANY, NS_ANY, NS_ANY, NS_ANY, NS_ANY, NS_ANY };

static void add_cell(struct ns_model *m, const struct ns_event *ev)
{
	uint64_t ns = ns_events[ev->event].timed ? ev->field[0] : 0;
	struct ns_cell_key key = {
		.vm = ev->vm,
		.vcpu = ev->vcpu,
		.ctx = ev->ctx,
		.bucket = (uint16_t)ns_bucket(ns),
		.event = ev->event,
		.dim = ev->dim,
		.sub = ev->sub,
	};
	struct ns_cell cell = { 1, ns };

	assert_int_equal(ns_model_add_cell(m, &key, &cell), 0);
}

static void assert_same(const struct ns_model *a, const struct ns_model *b)
{
	assert_int_equal(a->nr_metrics, b->nr_metrics);
	assert_memory_equal(a->ledger, b->ledger, sizeof(a->ledger));
	for (unsigned int i = 0; i < a->nr_metrics; i++) {
		const struct ns_metric *x = &a->metrics[i], *y = &b->metrics[i];

		assert_memory_equal(x, y, offsetof(struct ns_metric, h));
		assert_int_equal(x->h.count, y->h.count);
		assert_int_equal(x->h.ns, y->h.ns);
		for (unsigned int n = 0; n < NS_NR_BUCKETS; n++)
			assert_int_equal(ns_hist_at(&x->h, n), ns_hist_at(&y->h, n));
	}
}

static void test_events_and_cells(void **state)
{
	struct ns_model events, cells;
	uint64_t faults = 0, ns = 0;
	struct ns_query q = all;
	struct ns_synth s;
	struct ns_event ev;
	struct ns_hist h;

	ns_synth_init(&s, 1);
	ns_model_init(&events);
	ns_model_init(&cells);
	for (int i = 0; i < N; i++) {
		ns_synth_event(&s, &ev);
		assert_int_equal(ns_model_add_event(&events, &ev), 0);
		add_cell(&cells, &ev);
		if (ev.event == NS_EV_S2_FAULT && ev.vm == 1 && ev.vcpu == 2) {
			faults++;
			ns += ev.field[0];
		}
	}
	ns_model_sort(&events);
	ns_model_sort(&cells);
	assert_same(&events, &cells);
	assert_int_equal(ns_model_count(&events, all), N);
	assert_int_equal(ns_model_ledger(&events).kept, N);
	q.vm = 1;
	q.vcpu = 2;
	q.event = NS_EV_S2_FAULT;
	assert_int_equal(ns_model_sum(&events, q, &h), 0);
	assert_int_equal(h.count, faults);
	assert_int_equal(h.ns, ns);
	assert_true(faults > 100);
	ns_hist_free(&h);
	ns_model_free(&events);
	ns_model_free(&cells);
}

static void test_sorted(void **state)
{
	struct ns_model m;
	struct ns_synth s;
	struct ns_event ev;

	ns_synth_init(&s, 2);
	ns_model_init(&m);
	for (int i = 0; i < 2 * N; i++) {
		ns_synth_event(&s, &ev);
		assert_int_equal(ns_model_add_event(&m, &ev), 0);
		if (i == N)
			ns_model_sort(&m); /* adding goes on after sorting */
	}
	ns_model_sort(&m);
	for (unsigned int i = 1; i < m.nr_metrics; i++) {
		const struct ns_metric *a = &m.metrics[i - 1], *b = &m.metrics[i];

		assert_true(a->vm < b->vm || (a->vm == b->vm && a->event <= b->event));
		assert_true(memcmp(a, b, offsetof(struct ns_metric, h))); /* none twice */
	}
	assert_int_equal(ns_model_count(&m, all), 2 * N);
	ns_model_free(&m);
}

static void test_copy_and_diff(void **state)
{
	struct ns_model m, before, delta, second;
	struct ns_synth s;
	struct ns_event ev;

	assert_int_equal(ns_synth_meta(&m), 0);
	ns_model_init(&second);
	ns_synth_init(&s, 5);
	m.end_ns = 17;
	for (int i = 0; i < N; i++) {
		ns_synth_event(&s, &ev);
		assert_int_equal(ns_model_add_event(&m, &ev), 0);
	}
	assert_int_equal(ns_model_copy(&before, &m), 0);
	assert_same(&before, &m);
	for (int i = 0; i < 100; i++) {
		ns_synth_event(&s, &ev);
		assert_int_equal(ns_model_add_event(&m, &ev), 0);
		assert_int_equal(ns_model_add_event(&second, &ev), 0);
	}
	assert_int_equal(ns_model_count(&before, all), N); /* a copy stays */
	assert_int_equal(ns_model_diff(&delta, &m, &before), 0);
	ns_model_sort(&delta);
	ns_model_sort(&second);
	assert_same(&delta, &second);
	assert_int_equal(delta.nr_vms, 2);
	assert_int_equal(delta.start_ns, 17);
	ns_model_clear_counts(&m);
	assert_int_equal(ns_model_count(&m, all), 0);
	assert_int_equal(m.nr_vms, 2);
	ns_model_free(&m);
	ns_model_free(&before);
	ns_model_free(&delta);
	ns_model_free(&second);
}

static void test_limits(void **state)
{
	struct ns_event ev = { .event = NS_NR_EVENTS };
	struct ns_model m;

	ns_model_init(&m);
	assert_int_equal(ns_model_add_event(&m, &ev), -EINVAL);
	ev.event = NS_EV_S2_FAULT;
	ev.dim = NS_NR_CAUSE;
	assert_int_equal(ns_model_add_event(&m, &ev), -EINVAL);
	ev.event = NS_EV_EL2_EXC; /* not timed: no histograms needed */
	ev.dim = 0;
	for (unsigned int i = 0; i < NS_MODEL_MAX_METRICS + 10; i++) {
		ev.vcpu = (uint16_t)i;
		assert_int_equal(ns_model_add_event(&m, &ev), 0);
	}
	/* nothing is lost without being told */
	assert_int_equal(m.ledger[NS_EV_EL2_EXC].kept, NS_MODEL_MAX_METRICS);
	assert_int_equal(m.ledger[NS_EV_EL2_EXC].map_full, 10);
	ns_model_free(&m);
}

/* args: NUL-separated, with a NUL at the end */
static const char *name_of(const char *args, size_t len, uint32_t pid)
{
	static char name[64];
	struct ns_vm vm = { .id = 1, .comm = "comm", .cmdline_len = (uint32_t)len };

	memcpy(vm.cmdline, args, len < sizeof(vm.cmdline) ? len : sizeof(vm.cmdline));
	ns_vm_name(name, sizeof(name), &vm, pid);
	return name;
}

#define NAME(args) name_of(args, sizeof(args) - 1, 39)

static void test_names(void **state)
{
	assert_string_equal(NAME("/usr/bin/vmm\0s2-tlbi\0"), "vmm(39)");
	assert_string_equal(NAME("qemu\0-name\0web\0-m\0001G\0"), "web(39)");
	assert_string_equal(NAME("qemu\0-name\0guest=web,debug-threads=on\0"), "web(39)");
	assert_string_equal(NAME("qemu\0-name\0debug-threads=on,guest=web\0"), "web(39)");
	assert_string_equal(NAME("qemu\0-name\0web,process=x\0"), "web(39)");
	assert_string_equal(NAME("/opt/firecracker\0--id\0f-1\0--api-sock\0/x\0"), "f-1(39)");
	assert_string_equal(NAME("crosvm\0run\0--name=box\0"), "box(39)");
	assert_string_equal(NAME("lkvm\0run\0--name\0box\0"), "box(39)");
	assert_string_equal(NAME("vmm\0--\0--name\0box\0"), "vmm(39)");
	assert_string_equal(NAME("qemu\0-name\0"), "qemu(39)"); /* cut off */
	assert_string_equal(NAME(""), "comm(39)");
	assert_string_equal(NAME("qemu\0-name\0a\033[2Jb\n\0"), "a\\x1b[2Jb\\x0a(39)");
	assert_string_equal(NAME("qemu\0-name\0\303\244\377\302\233\0"),
			    "\303\244\\xff\\xc2\\x9b(39)");
	assert_string_equal(NAME("qemu\0-name\0x\342\200\256y\0"), "x\\xe2\\x80\\xaey(39)");
}

static void test_long_name(void **state)
{
	char args[1024];

	memset(args, '\1', sizeof(args));
	memcpy(args, "q\0-name\0", 8);
	/* more than fits, and a length beyond the buffer */
	assert_true(strlen(name_of(args, sizeof(args), UINT32_MAX)) < 64);
	assert_non_null(strstr(name_of(args, sizeof(args), UINT32_MAX), "(4294967295)"));
}

static void add_vm(struct ns_model *m, unsigned int id, uint32_t pid, uint64_t start, uint64_t kvm,
		   const char *args, size_t len)
{
	struct ns_vm_key key = { .pid = pid, .start_ns = start, .kvm = kvm };
	struct ns_vm vm = { .id = id, .cmdline_len = (uint32_t)len };

	memcpy(vm.cmdline, args, len);
	assert_int_equal(ns_model_add_vm(m, &key, &vm), 0);
}

static void test_vms(void **state)
{
	struct ns_ctx_key ctx = { .vttbr = 7, .vtcr = 8, .vm = 2, .s2_on = 1 };
	struct ns_vm vm0 = { 0 };
	struct ns_vm_key key0 = { 0 };
	struct ns_model m;

	ns_model_init(&m);
	add_vm(&m, 1, 39, 5, 0x10, "vmm\0a\0", 6);
	add_vm(&m, 2, 39, 5, 0x20, "vmm\0a\0", 6); /* the same process */
	add_vm(&m, 3, 39, 6, 0x10, "vmm\0", 4); /* the pid came again */
	add_vm(&m, 2, 39, 5, 0x20, "vmm\0a\0", 6); /* told twice */
	assert_int_equal(m.nr_vms, 3);
	assert_string_equal(ns_model_vm(&m, 1)->name, "vmm(39)");
	assert_string_equal(ns_model_vm(&m, 2)->name, "vmm(39)#2");
	assert_string_equal(ns_model_vm(&m, 3)->name, "vmm(39)");
	assert_string_equal(ns_model_vm(&m, 1)->cmdline, "vmm a");
	assert_null(ns_model_vm(&m, 4));
	assert_int_equal(ns_model_add_vm(&m, &key0, &vm0), -EINVAL);
	vm0.id = NS_MAX_VMS;
	assert_int_equal(ns_model_add_vm(&m, &key0, &vm0), -EINVAL);
	assert_int_equal(ns_model_add_ctx(&m, &ctx, 5), 0);
	assert_int_equal(ns_model_add_ctx(&m, &ctx, 5), 0);
	assert_int_equal(m.nr_ctxs, 1);
	assert_int_equal(ns_model_ctx(&m, 5)->vttbr, 7);
	assert_true(ns_model_ctx(&m, 5)->s2_on);
	assert_int_equal(ns_model_add_ctx(&m, &ctx, 0), -EINVAL);
	assert_int_equal(ns_model_add_ctx(&m, &ctx, NS_MAX_CTXS), -EINVAL);
	ns_model_free(&m);
}

/* A number that occurs, one that does not, or any. */
static int pick(struct ns_synth *s, unsigned int occurs)
{
	unsigned int r = (unsigned int)(ns_synth_random(s) >> 40);

	return r % 3 == 0 ? NS_ANY : r % 17 == 0 ? (int)(r >> 8 & 0xff) : (int)occurs;
}

/* What is looked up in a sorted model is what is found by reading all of one. */
static void test_queries(void **state)
{
	struct ns_model plain, sorted;
	struct ns_hist a, b;
	struct ns_event ev;
	struct ns_synth s;
	unsigned int found = 0;

	ns_synth_init(&s, 5);
	ns_model_init(&plain);
	ns_model_init(&sorted);
	for (unsigned int i = 0; i < 3000; i++) {
		if (i % 2)
			ns_synth_event(&s, &ev);
		else
			ns_synth_noise(&s, &ev);
		assert_int_equal(ns_model_add_event(&plain, &ev), 0);
		assert_int_equal(ns_model_add_event(&sorted, &ev), 0);
	}
	ns_model_sort(&sorted);
	for (unsigned int i = 0; i < 20000; i++) {
		const struct ns_metric *k = &plain.metrics[i % plain.nr_metrics];
		struct ns_query q = { pick(&s, k->vm), pick(&s, k->vcpu), pick(&s, k->ctx),
				      pick(&s, k->event), pick(&s, k->dim), pick(&s, k->sub) };

		assert_int_equal(ns_model_sum(&plain, q, &a), 0);
		assert_int_equal(ns_model_sum(&sorted, q, &b), 0);
		assert_int_equal(a.count, b.count);
		assert_int_equal(a.ns, b.ns);
		assert_int_equal(ns_hist_quantile(&a, 0.9), ns_hist_quantile(&b, 0.9));
		assert_int_equal(ns_model_count(&sorted, q), a.count);
		found += a.count != 0;
		ns_hist_free(&a);
		ns_hist_free(&b);
	}
	assert_true(found > 5000);
	ns_model_free(&plain);
	ns_model_free(&sorted);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_queries),
		cmocka_unit_test(test_events_and_cells),
		cmocka_unit_test(test_sorted),
		cmocka_unit_test(test_copy_and_diff),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_long_name),
		cmocka_unit_test(test_vms),
	};

	return cmocka_run_group_tests_name("model", tests, NULL, NULL);
}
