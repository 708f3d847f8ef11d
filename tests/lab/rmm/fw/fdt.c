// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * fdt.c: QEMU's device tree, made to say how CPUs are started.  With secure=on
 * QEMU leaves that to the firmware.
 */
#include "fw.h"

#define FDT_MAGIC 0xd00dfeed
#define FDT_BEGIN_NODE 1
#define FDT_END_NODE 2
#define FDT_PROP 3
#define FDT_NOP 4
#define FDT_END 9

struct header {
	uint32_t magic, size, structs, strings, reserved, version, compatible, boot_cpu,
		strings_size, structs_size;
};

/* A new tree; the names it adds follow the old one's names. */
struct tree {
	uint32_t *p; /* the next word of the structure */
	char *names;
	uint32_t names_at, names_size;
};

static uint32_t be(uint32_t v)
{
	return __builtin_bswap32(v);
}

static size_t length(const char *s)
{
	size_t n = 0;

	while (s[n])
		n++;
	return n;
}

static bool begins(const char *s, const char *with)
{
	while (*with)
		if (*s++ != *with++)
			return false;
	return true;
}

static void copy(void *to, const void *from, size_t n)
{
	char *t = to;
	const char *f = from;

	while (n--)
		*t++ = *f++;
}

static uint32_t words(uint32_t bytes)
{
	return (bytes + 3) / 4;
}

/* How many words the token at p has; 0 at the end or when it is none. */
static uint32_t token_words(const uint32_t *p)
{
	switch (be(*p)) {
	case FDT_BEGIN_NODE:
		return 1 + words((uint32_t)length((const char *)(p + 1)) + 1);
	case FDT_PROP:
		return 3 + words(be(p[1]));
	case FDT_END_NODE:
	case FDT_NOP:
		return 1;
	}
	return 0;
}

static void put_prop(struct tree *t, const char *name, const void *value, uint32_t size)
{
	*t->p++ = be(FDT_PROP);
	*t->p++ = be(size);
	*t->p++ = be(t->names_size);
	copy(t->p, value, size);
	t->p += words(size);
	copy(t->names + t->names_size, name, length(name) + 1);
	t->names_size += (uint32_t)length(name) + 1;
}

static void put_u32(struct tree *t, const char *name, uint32_t v)
{
	v = be(v);
	put_prop(t, name, &v, 4);
}

static void put_u64(struct tree *t, const char *name, uint64_t v)
{
	v = __builtin_bswap64(v);
	put_prop(t, name, &v, 8);
}

static void put_psci(struct tree *t)
{
	*t->p++ = be(FDT_BEGIN_NODE);
	copy(t->p, "psci\0\0\0", 8);
	t->p += 2;
	put_prop(t, "compatible", "arm,psci-1.0\0arm,psci-0.2", 26);
	put_prop(t, "method", "smc", 4);
	put_u32(t, "cpu_on", 0xc4000003);
	put_u32(t, "cpu_off", 0x84000002);
	*t->p++ = be(FDT_END_NODE);
}

/* The properties a node gets, before those it has. */
static void put_more(struct tree *t, const char *node, const struct image *image)
{
	if (begins(node, "cpu@")) {
		put_prop(t, "enable-method", "psci", 5);
	} else if (begins(node, "chosen") && image->initrd) {
		put_u64(t, "linux,initrd-start", image->initrd);
		put_u64(t, "linux,initrd-end", image->initrd_end);
	}
}

bool fdt_patch(uint64_t from, uint64_t to, const struct image *image)
{
	const struct header *h = (const struct header *)from;
	struct header *n = (struct header *)to;
	const uint32_t *p = (const uint32_t *)(from + be(h->structs));
	uint32_t reserved = be(h->structs) - be(h->reserved), depth = 0, k;
	struct tree t = { .names_size = be(h->strings_size) };

	if (be(h->magic) != FDT_MAGIC || be(h->structs) < be(h->reserved))
		return false;
	/* names first: they are short of nothing there, and grow */
	t.names_at = sizeof(*n) + reserved;
	t.names = (char *)(to + t.names_at);
	copy(n, h, sizeof(*h));
	copy((void *)(to + sizeof(*n)), (const void *)(from + be(h->reserved)), reserved);
	copy(t.names, (const void *)(from + be(h->strings)), t.names_size);
	t.p = (uint32_t *)(to + (t.names_at + t.names_size + 4096) / 8 * 8);
	n->structs = be((uint32_t)((uint64_t)t.p - to));
	for (; (k = token_words(p)); p += k) {
		if (be(*p) == FDT_END_NODE && !--depth)
			put_psci(&t);
		copy(t.p, p, k * 4);
		t.p += k;
		if (be(*p) == FDT_BEGIN_NODE) {
			depth++;
			put_more(&t, (const char *)(p + 1), image);
		}
	}
	*t.p++ = be(FDT_END);
	n->size = be((uint32_t)((uint64_t)t.p - to));
	n->structs_size = be(be(n->size) - be(n->structs));
	n->reserved = be(sizeof(*n));
	n->strings = be(t.names_at);
	n->strings_size = be(t.names_size);
	return be(*p) == FDT_END;
}

unsigned int fdt_cpus(uint64_t dtb)
{
	const struct header *h = (const struct header *)dtb;
	const uint32_t *p = (const uint32_t *)(dtb + be(h->structs));
	unsigned int n = 0;
	uint32_t k;

	for (; (k = token_words(p)); p += k)
		n += be(*p) == FDT_BEGIN_NODE && begins((const char *)(p + 1), "cpu@");
	return n;
}

/* The first bank of memory. */
bool fdt_memory(uint64_t dtb, uint64_t *base, uint64_t *size)
{
	const struct header *h = (const struct header *)dtb;
	const uint32_t *p = (const uint32_t *)(dtb + be(h->structs));
	bool memory = false;
	uint32_t k;

	if (be(h->magic) != FDT_MAGIC)
		return false;
	for (; (k = token_words(p)); p += k) {
		const char *name = (const char *)(dtb + be(h->strings) + be(p[2]));

		if (be(*p) == FDT_BEGIN_NODE)
			memory = begins((const char *)(p + 1), "memory@");
		if (!memory || be(*p) != FDT_PROP || !begins(name, "reg") || be(p[1]) < 16)
			continue;
		*base = (uint64_t)be(p[3]) << 32 | be(p[4]);
		*size = (uint64_t)be(p[5]) << 32 | be(p[6]);
		return true;
	}
	return false;
}
