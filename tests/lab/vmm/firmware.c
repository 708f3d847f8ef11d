// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * firmware.c: orders for the lab's firmware and its counts, through the file
 * that a kernel with CONFIG_KVM_ARM_REALM_DEBUG has.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "../rmm/ctl.h"
#include "realm.h"

#define DIR "/sys/kernel/debug/kvm_realm/"
#define FID(n) (0xc4000150u + (n))

/* A call: a[] go in, x[] come out; 0 or -errno. */
static int firmware_call(uint64_t fid, const uint64_t a[4], uint64_t x[5])
{
	char line[128];
	int fd = open(DIR "firmware", O_RDWR | O_CLOEXEC), err = 0;
	ssize_t n;

	if (fd < 0)
		return -errno;
	n = snprintf(line, sizeof(line), "%llx %llx %llx %llx %llx", (unsigned long long)fid,
		     (unsigned long long)a[0], (unsigned long long)a[1], (unsigned long long)a[2],
		     (unsigned long long)a[3]);
	if (write(fd, line, (size_t)n) != n)
		err = -errno;
	n = err ? 0 : pread(fd, line, sizeof(line) - 1, 0);
	close(fd);
	if (err || n <= 0)
		return err ? err : -EIO;
	line[n] = 0;
	char *at = line;
	for (int i = 0; i < 5; i++)
		x[i] = strtoull(at, &at, 16);
	return 0;
}

static int firmware_count(uint64_t what, uint64_t i, uint64_t j, uint64_t *value)
{
	uint64_t x[5] = { 0 };
	int err = firmware_call(RMM_CTL_COUNT, (const uint64_t[]){ what, i, j, 0 }, x);

	if (!err && x[0])
		err = -EOPNOTSUPP;
	*value = x[1];
	return err;
}

int firmware_read(struct firmware *f)
{
#define C_FID(id, key, fid) fid,
	static const unsigned int fids[] = { REALM_CALLS(C_FID) };
	int err = firmware_count(RMM_COUNT_ORDERED, 0, 0, &f->ordered);

	for (unsigned int i = 0; !err && i < CALL_MAX; i++)
		for (unsigned int s = 0; !err && s <= STATUS_MAX; s++)
			err = firmware_count(RMM_COUNT_CALLS, fids[i], s, &f->call[i][s]);
	for (unsigned int i = RMM_DELEGATED; !err && i < RMM_NR_STATES; i++)
		err = firmware_count(RMM_COUNT_GRANULES, i, 0, &f->state[i]);
	f->state[RMM_NS] = 0;
	return err;
}

/* fid: of the call, less 0x150. */
int firmware_order(unsigned int fid, uint64_t skip, uint64_t times, uint64_t answer)
{
	uint64_t x[5];
	int err = firmware_call(RMM_CTL_ORDER, (const uint64_t[]){ FID(fid), skip, times, answer }, x);

	return err ? err : x[0] ? -EINVAL : 0;
}

int firmware_clear(void)
{
	uint64_t x[5];

	return firmware_call(RMM_CTL_CLEAR, (const uint64_t[4]){ 0 }, x);
}

bool firmware_agrees(const struct firmware *before, const struct firmware *after,
		     const struct model_counts *n)
{
#define C_NAME(id, key, fid) key,
	static const char *const names[] = { REALM_CALLS(C_NAME) };
	bool same = true;

	for (unsigned int i = 0; i < CALL_MAX; i++)
		for (unsigned int s = 0; s <= STATUS_MAX; s++) {
			uint64_t got = after->call[i][s] - before->call[i][s];
			uint64_t want = s < STATUS_MAX ? n->call[i][s] : 0;

			if (got == want)
				continue;
			fprintf(stderr, "vmm: the firmware answered %s with status %u %llu times, not %llu\n",
				names[i], s, (unsigned long long)got, (unsigned long long)want);
			same = false;
		}
	return same;
}

uint64_t firmware_delegated(const struct firmware *f)
{
	uint64_t n = 0;

	for (unsigned int i = RMM_DELEGATED; i < RMM_NR_STATES; i++)
		n += f->state[i];
	return n;
}

int64_t kernel_leaked(void)
{
	char text[32];
	int fd = open(DIR "leaked", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	if (fd < 0)
		return -errno;
	close(fd);
	if (n <= 0)
		return -EIO;
	text[n] = 0;
	return strtoll(text, NULL, 10);
}
