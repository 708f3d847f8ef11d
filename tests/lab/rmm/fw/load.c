// SPDX-License-Identifier: GPL-2.0-or-later
/* load.c: what -kernel and -initrd name, out of QEMU's fw_cfg by DMA. */
#include "fw.h"

#define KEY_KERNEL_SIZE 0x08
#define KEY_INITRD_SIZE 0x0b
#define KEY_KERNEL 0x11
#define KEY_INITRD 0x12

#define CTRL_ERROR 1u
#define CTRL_READ 2u
#define CTRL_SELECT 8u

/* The device is big-endian, and the request must lie in the host's RAM. */
struct request {
	uint32_t control, length;
	uint64_t address;
};

static bool dma(uint16_t key, uint64_t to, uint32_t length)
{
	volatile struct request *r = (struct request *)FW_DMA;

	r->control = __builtin_bswap32((uint32_t)key << 16 | CTRL_SELECT | CTRL_READ);
	r->length = __builtin_bswap32(length);
	r->address = __builtin_bswap64(to);
	dsb();
	/* the low word starts it */
	mmio_write(VIRT_FW_CFG + 0x10, 0);
	mmio_write(VIRT_FW_CFG + 0x14, __builtin_bswap32((uint32_t)FW_DMA));
	do
		dsb();
	while (__builtin_bswap32(r->control) & ~CTRL_ERROR);
	return !r->control;
}

static uint32_t size_of(uint16_t key)
{
	volatile uint32_t *size = (uint32_t *)(FW_DMA + sizeof(struct request));

	/* this one is in the byte order of the CPU */
	return dma(key, (uint64_t)size, 4) ? *size : 0;
}

bool load_image(struct image *image)
{
	uint32_t kernel = size_of(KEY_KERNEL_SIZE), initrd = size_of(KEY_INITRD_SIZE);

	*image = (struct image){ .kernel = FW_KERNEL };
	if (!kernel || !dma(KEY_KERNEL, FW_KERNEL, kernel))
		return false;
	if (!initrd)
		return true;
	/* Image's header: how much memory it wants, with its .bss */
	image->initrd = FW_KERNEL + *(volatile uint64_t *)(FW_KERNEL + 16);
	image->initrd = (image->initrd + (2ul << 20) - 1) & -(2ul << 20);
	image->initrd_end = image->initrd + initrd;
	return dma(KEY_INITRD, image->initrd, initrd);
}
