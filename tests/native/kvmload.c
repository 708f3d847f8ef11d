// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kvmload: an exactly known number of real KVM events on an x86-64 machine.
 *
 * A guest stores two bytes at a time to a page outside every memslot, with REP
 * STOSW, and ends with an OUT.  Each store is either absorbed in the kernel by an
 * ioeventfd (mode ioeventfd) or leaves to this program (mode vmm).  The stores
 * are counted a second time, by the eventfd or by the exits; a number that
 * differs from what was asked for is an error.
 *
 * REP, because what the processor and KVM need to get from the guest into the
 * emulator then costs little per store, so that the events are as dense as they
 * can be.  A 64-bit guest at privilege level 3, because that is what every kind
 * of KVM runs on the processor: the store faults, and KVM caches the address,
 * as for any guest.  (KVM without hardware support interprets the other modes.)
 *
 * One line of JSON tells what was done; how long a store took (wall clock and
 * CPU time, the mean of all vCPUs, and CPU time in the fastest tenth of the run,
 * which on a busy machine is the one to compare); and how often each event must have been
 * seen by an observer (see print_counts).
 *
 * Exit codes: 0 done, 1 failed, 2 usage, 77 cannot run here (no /dev/kvm).
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define EXIT_USAGE 2
#define EXIT_SKIP 77

#ifndef __x86_64__

int main(void)
{
	fprintf(stderr, "kvmload: runs on x86-64 only; use the workloads of tests/lab\n");
	return EXIT_SKIP;
}

#else

#include <linux/kvm.h>

#define RAM_SIZE 0x10000u /* the only memslot: guest physical 0..64K */
#define CODE_GPA 0x1000u
#define PML4_GPA 0x2000u
#define PDPT_GPA 0x3000u
#define PD_GPA 0x4000u
#define MMIO_GPA 0xd0000u /* in no memslot */
#define TSS_GPA 0xfffbd000u /* three pages Intel needs, anywhere below 4G */
#define STORE_SIZE 2
#define BURST 256u /* stores of one REP; as many ioeventfds */
#define MAX_ROUNDS 4096u /* whose time is kept */
#define ROUND (64 * BURST) /* stores until the OUT, which is when time is looked at */

/* SDM volume 3: 4.5 (page table entries), 2.5 (control registers), 2.2.1 (EFER) */
#define PTE_PRESENT_WRITE_USER 0x7u
#define PDE_2M 0x80u
#define CR0_PG_ET_PE 0x80000011u
#define CR4_PAE 0x20u
#define EFER_LMA_LME 0x500u
#define RFLAGS_IOPL3 0x3002u /* OUT is allowed; bit 1 is always set */

/* ECX: stores of the first REP; EDX: full bursts after it; RDI: the page. */
static const uint8_t guest_code[] = {
	0x66, 0xf3,	    0xab, /* 1: rep stosw */
	0xbf, 0x00,	    0x00,	0x0d, 0x00, /*    mov edi, MMIO_GPA */
	0xb9, BURST & 0xff, BURST >> 8, 0,    0, /*    mov ecx, BURST */
	0xff, 0xca, /*    dec edx */
	0x79, 0xef, /*    jns 1b */
	0xe6, 0x80, /*    out 0x80, al */
};

struct options {
	uint64_t iterations; /* of each vCPU, at most */
	double seconds; /* at most; 0: no limit */
	unsigned int vms, vcpus;
	int pin; /* -1: not pinned */
	bool vmm; /* stores exit to this program */
	const char *output;
};

struct vm {
	int fd, eventfd;
};

struct vcpu {
	pthread_t thread;
	struct vm *vm;
	const struct options *opt;
	struct kvm_run *run;
	int fd;
	uint64_t done, stores, exits; /* iterations; MMIO exits; all exits */
	uint64_t wall_ns, cpu_ns;
	double round_ns[MAX_ROUNDS]; /* CPU time per store in each round */
	unsigned int rounds; /* of which are known */
};

static pthread_barrier_t start_line;

static _Noreturn void die(const char *what)
{
	fprintf(stderr, "kvmload: %s: %s\n", what, strerror(errno));
	exit(EXIT_FAILURE);
}

static uint64_t now_ns(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + ts.tv_nsec;
}

static int open_kvm(void)
{
	int fd = open("/dev/kvm", O_RDWR | O_CLOEXEC);

	if (fd < 0) {
		fprintf(stderr, "kvmload: /dev/kvm: %s; %s\n", strerror(errno),
			errno == EACCES
				? "run as root or as a member of group kvm"
				: "load a kvm module, or enable virtualization on this machine");
		exit(EXIT_SKIP);
	}
	if (ioctl(fd, KVM_GET_API_VERSION, 0) != KVM_API_VERSION) {
		fprintf(stderr, "kvmload: /dev/kvm does not speak KVM API version %d\n",
			KVM_API_VERSION);
		exit(EXIT_SKIP);
	}
	return fd;
}

static void vm_create(struct vm *vm, int kvm, bool vmm)
{
	struct kvm_userspace_memory_region slot = { .memory_size = RAM_SIZE };
	struct kvm_ioeventfd absorb = { .len = STORE_SIZE };
	unsigned int i;
	uint8_t *ram;

	vm->fd = ioctl(kvm, KVM_CREATE_VM, 0);
	if (vm->fd < 0)
		die("KVM_CREATE_VM");
	if (ioctl(vm->fd, KVM_SET_TSS_ADDR, TSS_GPA) < 0)
		die("KVM_SET_TSS_ADDR");
	ram = mmap(NULL, RAM_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (ram == MAP_FAILED)
		die("guest memory");
	memcpy(ram + CODE_GPA, guest_code, sizeof(guest_code));
	/* The first 2M of the guest's virtual addresses are its physical ones. */
	*(uint64_t *)(ram + PML4_GPA) = PDPT_GPA | PTE_PRESENT_WRITE_USER;
	*(uint64_t *)(ram + PDPT_GPA) = PD_GPA | PTE_PRESENT_WRITE_USER;
	*(uint64_t *)(ram + PD_GPA) = PDE_2M | PTE_PRESENT_WRITE_USER;
	slot.userspace_addr = (uintptr_t)ram;
	if (ioctl(vm->fd, KVM_SET_USER_MEMORY_REGION, &slot) < 0)
		die("KVM_SET_USER_MEMORY_REGION");
	vm->eventfd = -1;
	if (vmm)
		return;
	/* A length, not 0: 0 would take the fast bus, before the tracepoints. */
	vm->eventfd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	absorb.fd = vm->eventfd;
	if (vm->eventfd < 0)
		die("eventfd");
	for (i = 0; i < BURST; i++) {
		absorb.addr = MMIO_GPA + i * STORE_SIZE;
		if (ioctl(vm->fd, KVM_IOEVENTFD, &absorb) < 0)
			die("KVM_IOEVENTFD");
	}
}

/* Give the vCPU all features of the host; without them it has no 64-bit mode. */
static void vcpu_set_cpuid(int vcpu, int kvm)
{
	struct kvm_cpuid2 *cpuid = calloc(1, sizeof(*cpuid) + 256 * sizeof(cpuid->entries[0]));

	if (!cpuid)
		die("memory");
	cpuid->nent = 256;
	if (ioctl(kvm, KVM_GET_SUPPORTED_CPUID, cpuid) < 0 ||
	    ioctl(vcpu, KVM_SET_CPUID2, cpuid) < 0)
		die("KVM_SET_CPUID2");
	free(cpuid);
}

/* 64-bit mode, privilege level 3, flat segments, paging on. */
static void vcpu_set_mode(int vcpu)
{
	struct kvm_segment data = {
		.limit = ~0u,
		.selector = 0x1b,
		.type = 3,
		.present = 1,
		.dpl = 3,
		.db = 1,
		.s = 1,
		.g = 1,
	};
	struct kvm_segment code = {
		.limit = ~0u,
		.selector = 0x13,
		.type = 11,
		.present = 1,
		.dpl = 3,
		.l = 1,
		.s = 1,
		.g = 1,
	};
	struct kvm_sregs sregs;

	if (ioctl(vcpu, KVM_GET_SREGS, &sregs) < 0)
		die("KVM_GET_SREGS");
	sregs.cs = code;
	sregs.ds = sregs.es = sregs.fs = sregs.gs = sregs.ss = data;
	sregs.cr0 = CR0_PG_ET_PE;
	sregs.cr3 = PML4_GPA;
	sregs.cr4 = CR4_PAE;
	sregs.efer = EFER_LMA_LME;
	if (ioctl(vcpu, KVM_SET_SREGS, &sregs) < 0)
		die("KVM_SET_SREGS");
}

static void vcpu_create(struct vcpu *vcpu, int kvm, unsigned int id)
{
	int size = ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0);

	vcpu->fd = ioctl(vcpu->vm->fd, KVM_CREATE_VCPU, id);
	if (size < 0 || vcpu->fd < 0)
		die("KVM_CREATE_VCPU");
	vcpu->run = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, vcpu->fd, 0);
	if (vcpu->run == MAP_FAILED)
		die("vCPU run page");
	vcpu_set_cpuid(vcpu->fd, kvm);
	vcpu_set_mode(vcpu->fd);
}

/* vcpu_round: let the guest make some stores, until the OUT. */
static void vcpu_round(struct vcpu *vcpu, uint64_t stores)
{
	struct kvm_regs regs = {
		.rip = CODE_GPA,
		.rcx = stores % BURST,
		.rdx = stores / BURST,
		.rdi = MMIO_GPA,
		.rflags = RFLAGS_IOPL3,
	};

	if (ioctl(vcpu->fd, KVM_SET_REGS, &regs) < 0)
		die("KVM_SET_REGS");
	for (;;) {
		if (ioctl(vcpu->fd, KVM_RUN, 0) < 0) {
			if (errno == EINTR || errno == EAGAIN)
				continue;
			die("KVM_RUN");
		}
		vcpu->exits++;
		switch (vcpu->run->exit_reason) {
		case KVM_EXIT_MMIO:
			vcpu->stores++;
			continue;
		case KVM_EXIT_IO:
			vcpu->done += stores;
			return;
		}
		fprintf(stderr, "kvmload: unexpected exit %u from the guest (error %d)\n",
			vcpu->run->exit_reason,
			vcpu->run->exit_reason == KVM_EXIT_INTERNAL_ERROR
				? (int)vcpu->run->internal.suberror
				: 0);
		exit(EXIT_FAILURE);
	}
}

static void *vcpu_thread(void *arg)
{
	struct vcpu *vcpu = arg;
	const struct options *opt = vcpu->opt;
	uint64_t wall, cpu, end, stores, round_start, round_end;
	cpu_set_t set;

	if (opt->pin >= 0) {
		CPU_ZERO(&set);
		CPU_SET(opt->pin, &set);
		if (sched_setaffinity(0, sizeof(set), &set) < 0)
			die("--pin");
	}
	pthread_barrier_wait(&start_line);
	wall = now_ns(CLOCK_MONOTONIC);
	cpu = round_start = now_ns(CLOCK_THREAD_CPUTIME_ID);
	end = opt->seconds > 0 ? wall + (uint64_t)(opt->seconds * 1e9) : UINT64_MAX;
	do {
		stores = opt->iterations - vcpu->done;
		if (stores > ROUND)
			stores = ROUND;
		vcpu_round(vcpu, stores);
		round_end = now_ns(CLOCK_THREAD_CPUTIME_ID);
		if (vcpu->rounds < MAX_ROUNDS)
			vcpu->round_ns[vcpu->rounds++] = (double)(round_end - round_start) / stores;
		round_start = round_end;
	} while (vcpu->done < opt->iterations && now_ns(CLOCK_MONOTONIC) < end);
	vcpu->cpu_ns = round_end - cpu;
	vcpu->wall_ns = now_ns(CLOCK_MONOTONIC) - wall;
	return NULL;
}

/*
 * print_counts: what an observer of the whole run must have counted.
 *
 * kvm_mmio fires once per store.  So does vcpu_match_mmio, the first store
 * included: its fault puts the address into the vCPU's MMIO cache, and only then
 * is the instruction emulated.
 */
static void print_counts(FILE *f, uint64_t iterations, uint64_t exits)
{
	fprintf(f, ",\"counts\":{\"mmio.access.write\":%lu,\"mmio.match.write\":%lu}", iterations,
		iterations);
	fprintf(f, ",\"userspace_exits\":%lu", exits);
}

static int compare_ns(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/*
 * best_ns: the time that a tenth of the rounds did not exceed.  Not the least:
 * the kernel takes what it thinks was stolen off the CPU time, at times too much.
 */
static double best_ns(struct vcpu *vcpu)
{
	qsort(vcpu->round_ns, vcpu->rounds, sizeof(vcpu->round_ns[0]), compare_ns);
	return vcpu->round_ns[vcpu->rounds / 10];
}

static void report(const struct options *opt, const struct vm *vms, struct vcpu *vcpus)
{
	uint64_t done = 0, stores = 0, exits = 0, wall = 0, cpu = 0, value;
	double best = best_ns(&vcpus[0]);
	FILE *f = opt->output ? fopen(opt->output, "w") : stdout;
	struct rusage ru;
	unsigned int i;

	if (!f)
		die(opt->output);
	for (i = 0; i < opt->vms * opt->vcpus; i++) {
		done += vcpus[i].done;
		stores += vcpus[i].stores;
		exits += vcpus[i].exits;
		wall += vcpus[i].wall_ns;
		cpu += vcpus[i].cpu_ns;
		if (best_ns(&vcpus[i]) < best)
			best = best_ns(&vcpus[i]);
	}
	for (i = 0; i < opt->vms && !opt->vmm; i++)
		if (read(vms[i].eventfd, &value, sizeof(value)) == sizeof(value))
			stores += value;
	if (stores != done) {
		fprintf(stderr, "kvmload: %lu stores arrived, %lu were made\n", stores, done);
		exit(EXIT_FAILURE);
	}
	getrusage(RUSAGE_SELF, &ru);
	fprintf(f, "{\"workload\":\"kvmload\",\"mode\":\"%s\",\"pid\":%d,\"vms\":%u,\"vcpus\":%u",
		opt->vmm ? "vmm" : "ioeventfd", getpid(), opt->vms, opt->vcpus);
	fprintf(f, ",\"iterations\":%lu,\"ns_per_iteration\":%.2f,\"cpu_ns_per_iteration\":%.2f",
		done, (double)wall / done, (double)cpu / done);
	fprintf(f, ",\"best_ns_per_iteration\":%.2f", best);
	fprintf(f, ",\"process_cpu_ms\":%.1f",
		(ru.ru_utime.tv_sec + ru.ru_stime.tv_sec) * 1e3 +
			(ru.ru_utime.tv_usec + ru.ru_stime.tv_usec) / 1e3);
	print_counts(f, done, exits);
	fprintf(f, "}\n");
	if (fflush(f) || ferror(f) || (opt->output && fclose(f)))
		die(opt->output ? opt->output : "standard output");
}

static const char usage[] =
	"usage: kvmload [options]\n"
	"  --iterations N   stores by each vCPU (default 1000000; with --seconds, no limit)\n"
	"  --seconds S      stop after S seconds\n"
	"  --vcpus N        vCPUs of each VM (default 1)\n"
	"  --vms N          VMs at the same time (default 1)\n"
	"  --pin CPU        run every vCPU on this CPU\n"
	"  --mode MODE      ioeventfd: the kernel absorbs the store (default)\n"
	"                   vmm: each store exits to user space\n"
	"  --output FILE    write the line of JSON there, not to standard output\n";

static _Noreturn void usage_error(const char *option, const char *value)
{
	fprintf(stderr, "kvmload: --%s %s: not a value it can have\n%s", option, value, usage);
	exit(EXIT_USAGE);
}

static uint64_t number(const char *option, const char *value, uint64_t min, uint64_t max)
{
	unsigned long n;
	char *end;

	errno = 0;
	n = strtoul(value, &end, 10);
	if (errno || end == value || *end || *value == '-' || n < min || n > max)
		usage_error(option, value);
	return n;
}

static void parse(struct options *opt, int argc, char **argv)
{
	static const struct option longopts[] = { { "iterations", required_argument, NULL, 'i' },
						  { "seconds", required_argument, NULL, 's' },
						  { "vcpus", required_argument, NULL, 'c' },
						  { "vms", required_argument, NULL, 'v' },
						  { "pin", required_argument, NULL, 'p' },
						  { "mode", required_argument, NULL, 'm' },
						  { "output", required_argument, NULL, 'o' },
						  { "help", no_argument, NULL, 'h' },
						  {} };
	int c, index = 0;
	char *end;

	while ((c = getopt_long(argc, argv, "", longopts, &index)) != -1) {
		const char *name = longopts[index].name;

		switch (c) {
		case 'i':
			opt->iterations = number(name, optarg, 1, 1ul << 62);
			break;
		case 'c':
			opt->vcpus = number(name, optarg, 1, 64);
			break;
		case 'v':
			opt->vms = number(name, optarg, 1, 64);
			break;
		case 'p':
			opt->pin = number(name, optarg, 0, CPU_SETSIZE - 1);
			break;
		case 'o':
			opt->output = optarg;
			break;
		case 's':
			opt->seconds = strtod(optarg, &end);
			if (end == optarg || *end || !(opt->seconds > 0 && opt->seconds < 1e6))
				usage_error(name, optarg);
			break;
		case 'm':
			opt->vmm = !strcmp(optarg, "vmm");
			if (!opt->vmm && strcmp(optarg, "ioeventfd"))
				usage_error(name, optarg);
			break;
		case 'h':
			fputs(usage, stdout);
			exit(EXIT_SUCCESS);
		default:
			fputs(usage, stderr);
			exit(EXIT_USAGE);
		}
	}
	if (optind < argc) {
		fprintf(stderr, "kvmload: %s: no such argument\n%s", argv[optind], usage);
		exit(EXIT_USAGE);
	}
	if (!opt->iterations)
		opt->iterations = opt->seconds > 0 ? 1ul << 62 : 1000000;
}

int main(int argc, char **argv)
{
	struct options opt = { .vms = 1, .vcpus = 1, .pin = -1 };
	unsigned int i, total;
	struct vcpu *vcpus;
	struct vm *vms;
	int kvm;

	parse(&opt, argc, argv);
	kvm = open_kvm();
	total = opt.vms * opt.vcpus;
	vms = calloc(opt.vms, sizeof(*vms));
	vcpus = calloc(total, sizeof(*vcpus));
	if (!vms || !vcpus)
		die("memory");
	for (i = 0; i < opt.vms; i++)
		vm_create(&vms[i], kvm, opt.vmm);
	pthread_barrier_init(&start_line, NULL, total);
	for (i = 0; i < total; i++) {
		vcpus[i].vm = &vms[i / opt.vcpus];
		vcpus[i].opt = &opt;
		vcpu_create(&vcpus[i], kvm, i % opt.vcpus);
	}
	for (i = 0; i < total; i++) {
		errno = pthread_create(&vcpus[i].thread, NULL, vcpu_thread, &vcpus[i]);
		if (errno)
			die("thread");
	}
	for (i = 0; i < total; i++)
		pthread_join(vcpus[i].thread, NULL);
	report(&opt, vms, vcpus);
	return EXIT_SUCCESS;
}

#endif
