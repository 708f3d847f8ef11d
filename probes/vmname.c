// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * vmname.c: what to call a VM, from the command line of its VMM.  A command
 * line is whatever somebody typed: nothing in it is trusted.
 */
#include "model.h"

#include <stdio.h>
#include <string.h>

#define NAME_TEXT 40 /* of a name, before "(pid)#n" */

/* Length of the valid UTF-8 sequence at p that is printable, or 0. */
static size_t printable(const unsigned char *p, size_t left)
{
	size_t n;

	if (p[0] >= 0x20 && p[0] < 0x7f)
		return 1;
	if (p[0] < 0xc2 || p[0] > 0xf4)
		return 0;
	n = p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
	if (left < n)
		return 0;
	for (size_t i = 1; i < n; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	if (p[0] == 0xc2 && p[1] < 0xa0) /* C1 controls */
		return 0;
	if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] >= 0xa0) ||
	    (p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] >= 0x90))
		return 0; /* overlong, surrogates, beyond Unicode */
	if (p[0] == 0xe2 && ((p[1] == 0x80 && p[2] >= 0x8b) || (p[1] == 0x81 && p[2] >= 0xa0)))
		return 0; /* invisible and direction-changing characters */
	return n;
}

void ns_escape(char *buf, size_t size, const char *text, size_t len)
{
	const unsigned char *p = (const unsigned char *)text;
	size_t out = 0, n;

	for (size_t i = 0; i < len; i += n ? n : 1) {
		n = printable(p + i, len - i);
		if (out + (n ? n : 4) >= size)
			break;
		if (n) {
			memcpy(buf + out, p + i, n);
			out += n;
		} else {
			out += (size_t)snprintf(buf + out, 5, "\\x%02x", p[i]);
		}
	}
	buf[out] = '\0';
}

struct word {
	const char *text;
	size_t len;
};

/* The next NUL-terminated argument in [*p, end); false at the end. */
static bool next_arg(const char **p, const char *end, struct word *arg)
{
	const char *nul;

	if (*p >= end)
		return false;
	nul = memchr(*p, '\0', (size_t)(end - *p));
	arg->text = *p;
	arg->len = (size_t)((nul ? nul : end) - *p);
	*p = nul ? nul + 1 : end;
	return true;
}

static bool is(struct word w, const char *text)
{
	return w.len == strlen(text) && !memcmp(w.text, text, w.len);
}

static bool starts(struct word w, const char *text)
{
	return w.len >= strlen(text) && !memcmp(w.text, text, strlen(text));
}

static struct word skip(struct word w, size_t n)
{
	return (struct word){ w.text + n, w.len - n };
}

/* The name in QEMU's -name VALUE: "X", "X,debug-threads=on", "guest=X,...". */
static struct word qemu_name(struct word value)
{
	struct word item = value, first = { 0 };
	const char *comma;
	bool at_start = true;

	while (item.len) {
		comma = memchr(item.text, ',', item.len);
		value = item;
		if (comma)
			value.len = (size_t)(comma - item.text);
		if (starts(value, "guest="))
			return skip(value, strlen("guest="));
		if (at_start && !memchr(value.text, '=', value.len))
			first = value;
		at_start = false;
		item = comma ? skip(item, value.len + 1) : (struct word){ 0 };
	}
	return first;
}

/* The value of the first naming option; empty when there is none. */
static struct word named(const char *p, const char *end)
{
	struct word arg, value;

	while (next_arg(&p, end, &arg) && !is(arg, "--")) {
		if (starts(arg, "--name="))
			return skip(arg, strlen("--name="));
		if (starts(arg, "--id="))
			return skip(arg, strlen("--id="));
		if (!is(arg, "-name") && !is(arg, "--name") && !is(arg, "--id"))
			continue;
		if (!next_arg(&p, end, &value))
			break;
		return is(arg, "--id") ? value : qemu_name(value);
	}
	return (struct word){ 0 };
}

static struct word base(struct word path)
{
	size_t i = path.len;

	while (i && path.text[i - 1] != '/')
		i--;
	return skip(path, i);
}

void ns_vm_name(char *buf, size_t size, const struct ns_vm *vm, uint32_t pid)
{
	size_t len = vm->cmdline_len < NS_CMDLINE ? vm->cmdline_len : NS_CMDLINE;
	const char *p = vm->cmdline, *end = vm->cmdline + len;
	struct word argv0 = { 0 }, name;
	char text[NAME_TEXT];

	next_arg(&p, end, &argv0);
	name = named(p, end);
	if (!name.len)
		name = base(argv0);
	if (!name.len)
		name = (struct word){ vm->comm, strnlen(vm->comm, sizeof(vm->comm)) };
	if (!name.len)
		name = (struct word){ "vm", 2 };
	ns_escape(text, sizeof(text), name.text, name.len);
	snprintf(buf, size, "%s(%u)", text, pid);
}
