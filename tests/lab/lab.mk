# SPDX-License-Identifier: GPL-2.0-or-later
# The lab's two programs: the payload (bare metal, arm64) and the VMM around it.
LAB_OUT := build/lab
LAB_CROSS ?= $(if $(filter aarch64,$(shell uname -m)),,aarch64-linux-gnu-)
LAB_WARN := -Wall -Wextra -Werror
LAB_PAYLOAD_FLAGS := -std=gnu11 -O2 $(LAB_WARN) -Wno-unused-parameter -Itests/lab/include \
	-ffreestanding -nostdlib -mgeneral-regs-only -mstrict-align -fno-pic -fno-stack-protector \
	-fno-tree-loop-distribute-patterns -mno-outline-atomics
LAB_PAYLOAD_LINK := -static -no-pie -Wl,-T,tests/lab/payload/payload.ld -Wl,--build-id=none \
	-Wl,-z,max-page-size=4096
LAB_VMM_FLAGS := -std=gnu11 -D_GNU_SOURCE -O2 -g $(LAB_WARN) -Itests/lab/include -pthread
LAB_HDR := $(wildcard tests/lab/include/*.h tests/lab/payload/*.h tests/lab/vmm/*.h)
LAB_PAYLOAD_SRC := $(wildcard tests/lab/payload/*.S tests/lab/payload/*.c)
LAB_VMM_SRC := $(wildcard tests/lab/vmm/*.c) tests/lab/vmm/payload_bin.S

$(LAB_OUT)/payload.elf: $(LAB_PAYLOAD_SRC) $(LAB_HDR) tests/lab/payload/payload.ld
	$(call msg,PAYLOAD,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(LAB_CROSS)gcc $(LAB_PAYLOAD_FLAGS) $(LAB_PAYLOAD_LINK) $(LAB_PAYLOAD_SRC) -o $@

$(LAB_OUT)/payload.bin: $(LAB_OUT)/payload.elf
	$(Q)$(LAB_CROSS)objcopy -O binary $< $@

$(LAB_OUT)/vmm: $(LAB_VMM_SRC) $(LAB_HDR) $(LAB_OUT)/payload.bin
	$(call msg,VMM,$@)
	$(Q)$(LAB_CROSS)gcc $(LAB_VMM_FLAGS) -DPAYLOAD='"$(LAB_OUT)/payload.bin"' \
		-static $(LAB_VMM_SRC) -o $@

.PHONY: lab lab-programs
lab-programs: $(LAB_OUT)/vmm
lab: lab-programs
	$(Q)tests/lab/lab kernel stock
