// SPDX-License-Identifier: GPL-2.0-or-later
/* host.c: see host.h. */
#include "host.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/prctl.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include <linux/capability.h>
#include <linux/kvm.h>

static uint64_t clock_ns(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return (uint64_t)ts.tv_sec * 1000000000ULL + (uint64_t)ts.tv_nsec;
}

uint64_t ns_now(void)
{
	return clock_ns(CLOCK_MONOTONIC);
}

void ns_host_fill(struct ns_host *host, uint64_t start_ns)
{
	const char *clock = getenv("NESTSCOPE_CLOCK");
	struct utsname u;

	memset(host, 0, sizeof(*host));
	if (!uname(&u)) {
		snprintf(host->release, sizeof(host->release), "%.64s", u.release);
		snprintf(host->machine, sizeof(host->machine), "%.64s", u.machine);
		snprintf(host->nodename, sizeof(host->nodename), "%.64s", u.nodename);
	}
	host->cpus = (uint32_t)sysconf(_SC_NPROCESSORS_ONLN);
	host->start_realtime_ns = (int64_t)(clock_ns(CLOCK_REALTIME) - ns_now() + start_ns);
	/* No machine can find this out by itself: who runs the emulator says so. */
	host->icount = clock && !strcmp(clock, "icount");
}

/* First line of a small file, without its newline; false if unreadable. */
static bool read_line(const char *path, char *buf, size_t size)
{
	FILE *f = fopen(path, "re");
	bool ok;

	if (!f)
		return false;
	ok = fgets(buf, (int)size, f);
	fclose(f);
	if (ok)
		buf[strcspn(buf, "\n")] = '\0';
	return ok;
}

/* ---- privileges ---- */

static uint64_t effective_caps(void)
{
	struct __user_cap_header_struct h = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct d[2] = { 0 };

	if (syscall(SYS_capget, &h, d))
		return 0;
	return (uint64_t)d[1].effective << 32 | d[0].effective;
}

bool ns_have_kvm(void)
{
	return !access("/dev/kvm", F_OK);
}

const char *ns_missing_caps(char *buf, size_t size)
{
	uint64_t caps = effective_caps();
	bool admin = caps & 1ULL << CAP_SYS_ADMIN;

	buf[0] = '\0';
	if (!admin && !(caps & 1ULL << CAP_BPF))
		snprintf(buf, size, "CAP_BPF");
	if (!admin && !(caps & 1ULL << CAP_PERFMON))
		snprintf(buf + strlen(buf), size - strlen(buf), "%sCAP_PERFMON", buf[0] ? " " : "");
	return buf;
}

bool ns_sees_modules(void)
{
	return effective_caps() & 1ULL << CAP_SYS_ADMIN;
}

int ns_drop_privileges(bool keep_files)
{
	struct __user_cap_header_struct h = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct d[2] = { 0 };
	uint32_t files = 1U << CAP_DAC_OVERRIDE;

	if (keep_files && effective_caps() & files)
		d[0].effective = d[0].permitted = files;
	if (syscall(SYS_capset, &h, d) || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return -errno;
	return 0;
}

/* ---- processes ---- */

bool ns_process_alive(pid_t pid, uint64_t start_ns)
{
	char path[64], line[1024], *p;
	unsigned long long ticks = 0;
	long hz = sysconf(_SC_CLK_TCK);
	uint64_t tick_ns = 1000000000ULL / (uint64_t)(hz > 0 ? hz : 100);

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	if (!read_line(path, line, sizeof(line)))
		return false;
	/* The name in parentheses may contain anything; field 3 follows the last ')'. */
	p = strrchr(line, ')');
	for (int field = 2; p && field < 22; field++)
		p = strchr(p + 1, ' ');
	if (!p || sscanf(p, " %llu", &ticks) != 1)
		return false;
	/* starttime is since boot, in ticks: the same process within two ticks */
	return start_ns / tick_ns <= ticks + 2 && ticks <= start_ns / tick_ns + 2;
}

/* ---- checks ---- */

__attribute__((format(printf, 4, 5))) static void
check_set(struct ns_host_check *c, const char *name, enum ns_state state, const char *found_fmt, ...)
{
	va_list ap;

	memset(c, 0, sizeof(*c));
	snprintf(c->name, sizeof(c->name), "%s", name);
	c->state = state;
	va_start(ap, found_fmt);
	vsnprintf(c->found, sizeof(c->found), found_fmt, ap);
	va_end(ap);
}

static void remedy(struct ns_host_check *c, const char *text)
{
	snprintf(c->remedy, sizeof(c->remedy), "%s", text);
}

static void check_privileges(struct ns_host_check *c)
{
	char missing[64];

	ns_missing_caps(missing, sizeof(missing));
	if (!missing[0]) {
		check_set(c, "privileges", NS_STATE_OK, geteuid() ? "capabilities" : "root");
		return;
	}
	check_set(c, "privileges", NS_STATE_OFF, "missing %s", missing);
	remedy(c, "run as root, or: setcap cap_bpf,cap_perfmon,cap_dac_read_search+ep $(which "
		  "nestscope)");
}

static void check_btf(struct ns_host_check *c)
{
	if (!access(NS_VMLINUX_BTF, R_OK)) {
		check_set(c, "BTF", NS_STATE_OK, "/sys/kernel/btf/vmlinux");
		return;
	}
	check_set(c, "BTF", NS_STATE_OFF, "/sys/kernel/btf/vmlinux: %s", strerror(errno));
	remedy(c, "boot a kernel with CONFIG_DEBUG_INFO_BTF=y (distribution kernels have it)");
}

static void check_tracefs(struct ns_host_check *c)
{
	if (!access("/sys/kernel/tracing/events", R_OK)) {
		check_set(c, "tracefs", NS_STATE_OK, "/sys/kernel/tracing");
		return;
	}
	check_set(c, "tracefs", NS_STATE_PARTIAL, "/sys/kernel/tracing: %s", strerror(errno));
	remedy(c, "not needed by nestscope itself; for perf: mount -t tracefs tracefs "
		  "/sys/kernel/tracing");
}

static void check_kvm(struct ns_host_check *c)
{
	if (ns_have_kvm()) {
		check_set(c, "KVM", NS_STATE_OK, "/dev/kvm");
		return;
	}
	check_set(c, "KVM", NS_STATE_OFF, "/dev/kvm: %s", strerror(errno));
#ifdef __aarch64__
	remedy(c, "boot at EL2 with a kernel that has CONFIG_KVM=y");
#else
	remedy(c, "modprobe kvm_intel or kvm_amd; if that fails, enable virtualization in the "
		  "firmware");
#endif
}

/* Can this KVM run nested guests?  1 yes, 0 no, -errno when it cannot be asked. */
static int kvm_nests(void)
{
#ifdef __aarch64__
	const unsigned long cap = 240; /* KVM_CAP_ARM_EL2 */
#else
	const unsigned long cap = 157; /* KVM_CAP_NESTED_STATE */
#endif
	int fd = open("/dev/kvm", O_RDWR | O_CLOEXEC), rc;

	if (fd < 0)
		return -errno;
	rc = ioctl(fd, KVM_CHECK_EXTENSION, cap);
	close(fd);
	return rc > 0;
}

static void check_nested(struct ns_host_check *c)
{
	int rc = kvm_nests();

	if (rc > 0) {
		check_set(c, "nested", NS_STATE_OK, "KVM can run nested guests");
		return;
	}
	if (rc < 0) {
		check_set(c, "nested", NS_STATE_PARTIAL, "cannot ask /dev/kvm: %s", strerror(-rc));
		remedy(c, "see KVM above; it must be readable and writable");
		return;
	}
	check_set(c, "nested", NS_STATE_OFF, "this KVM cannot run nested guests");
#ifdef __aarch64__
	remedy(c, "needs a CPU with FEAT_NV2, Linux 6.16 or later, and kvm-arm.mode=nested on its "
		  "command line");
#else
	remedy(c,
	       "load kvm_intel or kvm_amd with nested=1; plain guests are observed all the same");
#endif
}

static void check_lockdown(struct ns_host_check *c)
{
	char line[128], *open, *close;

	if (!read_line("/sys/kernel/security/lockdown", line, sizeof(line))) {
		check_set(c, "lockdown", NS_STATE_OK, "not in this kernel");
		return;
	}
	open = strchr(line, '[');
	close = open ? strchr(open, ']') : NULL;
	if (close)
		*close = '\0';
	if (!close || strcmp(open + 1, "confidentiality")) {
		check_set(c, "lockdown", NS_STATE_OK, "%s", close ? open + 1 : line);
		return;
	}
	check_set(c, "lockdown", NS_STATE_OFF, "confidentiality: BPF may not read kernel memory");
	remedy(c, "boot without lockdown=confidentiality (integrity is fine)");
}

static void check_sysctl(struct ns_host_check *c, const char *name, const char *path)
{
	char line[64];

	if (read_line(path, line, sizeof(line)))
		check_set(c, name, NS_STATE_OK, "%s (does not matter with the privileges above)",
			  line);
	else
		check_set(c, name, NS_STATE_OK, "not in this kernel");
}

int ns_host_checks(struct ns_host_check *checks, unsigned int max)
{
	static void (*const fns[])(struct ns_host_check *) = {
		check_privileges, check_btf, check_kvm, check_nested, check_tracefs, check_lockdown,
	};
	unsigned int n = 0;

	for (size_t i = 0; i < sizeof(fns) / sizeof(fns[0]) && n < max; i++)
		fns[i](&checks[n++]);
	if (n < max)
		check_sysctl(&checks[n++], "perf_event_paranoid",
			     "/proc/sys/kernel/perf_event_paranoid");
	if (n < max)
		check_sysctl(&checks[n++], "unprivileged_bpf",
			     "/proc/sys/kernel/unprivileged_bpf_disabled");
	return (int)n;
}
