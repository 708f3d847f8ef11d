// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * main.c: the lab's VMM: run one workload in one VM or two, and say what was
 * really done, one line of JSON for each VM.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "realm.h"
#include "vm.h"

#define W_ROW(id, name, prefault, help) { name, help, prefault },
static const struct {
	const char *name, *help;
	bool prefault;
} workloads[] = { LAB_WORKLOADS(W_ROW) };

#define P_ROW(id, name, def, help) { name, def, help },
static const struct {
	const char *name;
	uint64_t def;
	const char *help;
} params[] = { LAB_PARAMS(P_ROW) };

#define C_ROW(id, key) key,
static const char *const counts[] = { LAB_COUNTS(C_ROW) };

#define D_ROW(param, word, value) { PARAM_##param, word, value },
static const struct {
	enum lab_param param;
	const char *word;
	uint64_t value;
} words[] = { LAB_WORDS(D_ROW) { PARAM_MAX, NULL, 0 } };

struct options {
	struct vm_config vm;
	unsigned int vms, delay_ms;
	bool one_process;
};

static void usage(FILE *f)
{
	fprintf(f, "usage: vmm WORKLOAD [OPTION]...\n\nworkloads:\n");
	for (unsigned int i = 0; i < WL_MAX; i++)
		fprintf(f, "  %-12s %s\n", workloads[i].name, workloads[i].help);
	fprintf(f, "\nworkloads of realms (arm64), with options of their own (vmm NAME --help):\n");
	realm_list(f, "  %-12s %s\n");
	fprintf(f, "\noptions:\n");
	for (unsigned int i = 0; i < PARAM_MAX; i++)
		fprintf(f, "  --%s N%*s%s (%llu)\n", params[i].name,
			(int)(12 - strlen(params[i].name)), "", params[i].help,
			(unsigned long long)params[i].def);
	fprintf(f, "  --vcpus N       vCPUs, 1 or 2 (1)\n"
		   "  --shared        both vCPUs run one L2 address space (s2-cold, s2-tlbi)\n"
		   "  --vms N         VMs at once, 1 or 2 (1), each in a process of its own\n"
		   "  --one-process   both VMs in one process\n"
		   "  --delay-ms N    sleep before the start and after the end\n"
		   "  --seconds N     repeat the workload for so long\n"
		   "  --loop          repeat it until SIGINT or SIGTERM\n"
		   "  --pause-ms N    sleep between repetitions\n"
		   "  --list          names and one line about each workload\n"
		   "\nexit status: 0 done, 1 failed, 2 usage, 77 the host cannot do it\n");
}

int vm_bad(const char *what, const char *word)
{
	fprintf(stderr, "vmm: %s '%s'; see vmm --help\n", what, word);
	return -VMM_USAGE;
}

static int parse_number(enum lab_param p, const char *arg, uint64_t *out)
{
	char *end;

	for (unsigned int i = 0; words[i].word; i++)
		if (words[i].param == p && !strcmp(words[i].word, arg)) {
			*out = words[i].value;
			return 0;
		}
	errno = 0;
	*out = strtoull(arg, &end, 0);
	return errno || *end || end == arg ? vm_bad("not a number:", arg) : 0;
}

enum {
	OPT_VCPUS = PARAM_MAX,
	OPT_SHARED,
	OPT_VMS,
	OPT_ONE,
	OPT_DELAY,
	OPT_SECONDS,
	OPT_LOOP,
	OPT_PAUSE,
	OPT_LIST,
	OPT_HELP,
	OPT_COUNT
};

static int parse_option(struct options *o, int c, const char *arg)
{
	uint64_t n = 0;

	if (arg && parse_number(c < PARAM_MAX ? (enum lab_param)c : PARAM_MAX, arg, &n))
		return -VMM_USAGE;
	switch (c) {
	case OPT_VCPUS:
		o->vm.vcpus = n;
		break;
	case OPT_SHARED:
		o->vm.flags |= LAB_FLAG_SHARED;
		break;
	case OPT_VMS:
		o->vms = n;
		break;
	case OPT_ONE:
		o->one_process = true;
		break;
	case OPT_DELAY:
		o->delay_ms = n;
		break;
	case OPT_SECONDS:
		o->vm.seconds = n;
		break;
	case OPT_LOOP:
		o->vm.seconds = -1;
		break;
	case OPT_PAUSE:
		o->vm.pause_ms = n;
		break;
	default:
		o->vm.params[c] = n;
	}
	return 0;
}

static int check(struct options *o, const char *name)
{
	unsigned int i;

	for (i = 0; i < WL_MAX && strcmp(workloads[i].name, name); i++)
		;
	if (i == WL_MAX)
		return vm_bad("no workload", name);
	o->vm.workload = i;
	if (!o->vm.vcpus || o->vm.vcpus > LAB_MAX_VCPUS)
		return vm_bad("--vcpus must be 1 or 2, not", "another number");
	if (!o->vms || o->vms > 2)
		return vm_bad("--vms must be 1 or 2, not", "another number");
	if (!o->vm.params[PARAM_PAGES] || o->vm.params[PARAM_PAGES] > LAB_MAX_PAGES / 4)
		return vm_bad("--pages must be 1 to 1024, not", "another number");
	return arch_check(&o->vm, name);
}

static int parse(struct options *o, int argc, char **argv)
{
	static struct option longs[OPT_COUNT + 1] = {
		[OPT_VCPUS] = { "vcpus", 1, NULL, OPT_VCPUS },
		[OPT_SHARED] = { "shared", 0, NULL, OPT_SHARED },
		[OPT_VMS] = { "vms", 1, NULL, OPT_VMS },
		[OPT_ONE] = { "one-process", 0, NULL, OPT_ONE },
		[OPT_DELAY] = { "delay-ms", 1, NULL, OPT_DELAY },
		[OPT_SECONDS] = { "seconds", 1, NULL, OPT_SECONDS },
		[OPT_LOOP] = { "loop", 0, NULL, OPT_LOOP },
		[OPT_PAUSE] = { "pause-ms", 1, NULL, OPT_PAUSE },
		[OPT_LIST] = { "list", 0, NULL, OPT_LIST },
		[OPT_HELP] = { "help", 0, NULL, OPT_HELP },
	};
	int c, err;

	for (unsigned int i = 0; i < PARAM_MAX; i++) {
		longs[i] = (struct option){ params[i].name, 1, NULL, i };
		o->vm.params[i] = params[i].def;
	}
	while ((c = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		if (c == '?')
			return -VMM_USAGE;
		if (c == OPT_HELP) {
			usage(stdout);
			exit(VMM_OK);
		}
		if (c == OPT_LIST) {
			for (unsigned int i = 0; i < WL_MAX; i++)
				printf("%-12s %s\n", workloads[i].name, workloads[i].help);
			realm_list(stdout, "%-12s %s\n");
			exit(VMM_OK);
		}
		err = parse_option(o, c, optarg);
		if (err)
			return err;
	}
	if (optind + 1 != argc) {
		usage(stderr);
		return -VMM_USAGE;
	}
	return check(o, argv[optind]);
}

/* ,"each":[{...},...]: the counts of each vCPU, where it matters which one it was. */
static void report_each(const struct vm *vm, FILE *f)
{
#ifdef LAB_VCPU_COUNTS
	for (unsigned int i = 0; vm->cfg->vcpus > 1 && i < vm->cfg->vcpus; i++) {
		const char *sep = "";

		fprintf(f, "%s{", i ? "," : "\"each\":[");
		for (unsigned int c = 0; c < CNT_MAX; c++) {
			uint64_t n = vm->abi->vcpu[i].counts[c];

			if (!n)
				continue;
			fprintf(f, "%s\"%s\":%llu", sep, counts[c], (unsigned long long)n);
			sep = ",";
		}
		fprintf(f, "%s", i + 1 < vm->cfg->vcpus ? "}" : "}],");
	}
#else
	(void)vm;
	(void)f;
#endif
}

/* One line, written at once, so that two VMs never mix theirs. */
static void report(const struct vm *vm)
{
	uint64_t sum, interrupted = 0;
	const char *sep = "";
	char *line;
	size_t size;
	FILE *f = open_memstream(&line, &size);

	if (!f)
		return;
	fprintf(f, "{\"workload\":\"%s\",\"pid\":%d,\"vm\":%u,\"vcpus\":%u,\"params\":{",
		workloads[vm->cfg->workload].name, getpid(), vm->index, vm->cfg->vcpus);
	for (unsigned int i = 0; i < PARAM_MAX; i++)
		fprintf(f, "%s\"%s\":%llu", i ? "," : "", params[i].name,
			(unsigned long long)vm->cfg->params[i]);
	fprintf(f, "},\"iterations\":%llu,\"counts\":{", (unsigned long long)vm->iterations);
	for (unsigned int c = 0; c < CNT_MAX; c++) {
		sum = 0;
		for (unsigned int i = 0; i < vm->cfg->vcpus; i++)
			sum += vm->abi->vcpu[i].counts[c];
		if (!sum || !arch_reports(vm, counts[c]))
			continue;
		fprintf(f, "%s\"%s\":%llu", sep, counts[c], (unsigned long long)sum);
		sep = ",";
	}
	for (unsigned int i = 0; i < vm->cfg->vcpus; i++)
		interrupted += vm->vcpu[i].interrupted;
	fprintf(f, "},");
	report_each(vm, f);
	fprintf(f,
		"\"not_counted\":[" LAB_NOT_COUNTED "],"
		"\"interrupted\":%llu,\"elapsed_ns\":%llu}\n",
		(unsigned long long)interrupted,
		(unsigned long long)((vm->end_s - vm->start_s) * 1e9));
	fclose(f);
	if (write(STDOUT_FILENO, line, size) != (ssize_t)size)
		perror("vmm: stdout");
	free(line);
}

/* Create all, start all, wait for all: two VMs really run side by side. */
static int run_vms(const struct options *o, unsigned int first, unsigned int n)
{
	static struct vm vms[2];
	int err = 0;

	for (unsigned int i = 0; !err && i < n; i++) {
		err = vm_create(&vms[i], &o->vm, first + i);
		for (unsigned int c = 0; !err && c < o->vm.vcpus; c++)
			if (workloads[o->vm.workload].prefault)
				vm_populate(&vms[i], LAB_DATA_BASE + c * LAB_DATA_PER_VCPU,
					    o->vm.params[PARAM_PAGES] * o->vm.vcpus *
						    LAB_PAGE_SIZE);
	}
	if (!err && o->delay_ms)
		usleep(o->delay_ms * 1000);
	for (unsigned int i = 0; !err && i < n; i++)
		err = vm_start(&vms[i]);
	for (unsigned int i = 0; !err && i < n; i++) {
		err = vm_wait(&vms[i]);
		report(&vms[i]);
	}
	if (!err && o->delay_ms)
		usleep(o->delay_ms * 1000);
	return -err;
}

static void on_signal(int sig)
{
	(void)sig;
	vm_stop = 1;
}

int main(int argc, char **argv)
{
	struct options o = { .vms = 1, .vm.vcpus = 1 };
	int err = realm_main(argc, argv), status, worst = 0;

	if (err >= 0)
		return err;
	err = parse(&o, argc, argv);
	if (err)
		return -err;
	signal(SIGINT, on_signal);
	signal(SIGTERM, on_signal);
	if (o.vms == 1 || o.one_process)
		return run_vms(&o, 0, o.vms);
	for (unsigned int i = 0; i < o.vms; i++) {
		pid_t pid = fork();

		if (pid < 0) {
			perror("vmm: fork");
			return VMM_FAILED;
		}
		if (!pid)
			return run_vms(&o, i, 1);
	}
	while (wait(&status) > 0 || errno == EINTR)
		if (!WIFEXITED(status) || WEXITSTATUS(status))
			worst = WIFEXITED(status) ? WEXITSTATUS(status) : VMM_FAILED;
	return worst;
}
