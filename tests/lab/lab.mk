# SPDX-License-Identifier: GPL-2.0-or-later
# The lab's two programs, for each architecture: the payload (bare metal) and the
# VMM around it.
LAB_OUT := build/lab
LAB_CROSS ?= $(if $(filter aarch64,$(shell uname -m)),,aarch64-linux-gnu-)
LAB_X86_CROSS ?= $(if $(filter x86_64,$(shell uname -m)),,x86_64-linux-gnu-)
LAB_WARN := -Wall -Wextra -Werror
LAB_FREESTANDING := -std=gnu11 -O2 $(LAB_WARN) -Wno-unused-parameter -Itests/lab/include \
	-ffreestanding -nostdlib -mgeneral-regs-only -fno-pic -fno-stack-protector \
	-fno-tree-loop-distribute-patterns -static -no-pie -Wl,--build-id=none -Wl,-z,max-page-size=4096
LAB_PAYLOAD_FLAGS := $(LAB_FREESTANDING) -mstrict-align -mno-outline-atomics
LAB_X86_PAYLOAD_FLAGS := $(LAB_FREESTANDING) -mno-red-zone -mcmodel=small -fcf-protection=none \
	-fno-asynchronous-unwind-tables -Wl,--no-warn-rwx-segments
LAB_VMM_FLAGS := -std=gnu11 -D_GNU_SOURCE -O2 -g $(LAB_WARN) -Itests/lab/include -pthread
LAB_HDR := $(wildcard $(addprefix tests/lab/,include/*.h payload/*.h x86/*.h vmm/*.h rmm/*.h))
LAB_PAYLOAD_SRC := $(wildcard tests/lab/payload/*.S tests/lab/payload/*.c)
LAB_X86_PAYLOAD_SRC := $(wildcard tests/lab/x86/*.S tests/lab/x86/*.c)
LAB_VMM_ARM64 := $(wildcard $(addprefix tests/lab/vmm/,arm64.c firmware.c realm*.c))
LAB_VMM_X86 := tests/lab/vmm/x86.c
LAB_VMM_SRC := $(filter-out $(LAB_VMM_ARM64) $(LAB_VMM_X86),$(wildcard tests/lab/vmm/*.c)) tests/lab/vmm/payload_bin.S

$(LAB_OUT)/payload.elf: $(LAB_PAYLOAD_SRC) $(LAB_HDR) tests/lab/payload/payload.ld
	$(call msg,PAYLOAD,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(LAB_CROSS)gcc $(LAB_PAYLOAD_FLAGS) -Wl,-T,tests/lab/payload/payload.ld $(LAB_PAYLOAD_SRC) -o $@

$(LAB_OUT)/x86/payload.elf: $(LAB_X86_PAYLOAD_SRC) $(LAB_HDR) tests/lab/x86/payload.ld
	$(call msg,PAYLOAD,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(LAB_X86_CROSS)gcc $(LAB_X86_PAYLOAD_FLAGS) -Wl,-T,tests/lab/x86/payload.ld $(LAB_X86_PAYLOAD_SRC) -o $@

$(LAB_OUT)/payload.bin: $(LAB_OUT)/payload.elf
	$(Q)$(LAB_CROSS)objcopy -O binary $< $@

$(LAB_OUT)/x86/payload.bin: $(LAB_OUT)/x86/payload.elf
	$(Q)$(LAB_X86_CROSS)objcopy -O binary $< $@

$(LAB_OUT)/vmm: $(LAB_VMM_SRC) $(LAB_VMM_ARM64) $(LAB_HDR) $(LAB_OUT)/payload.bin
	$(call msg,VMM,$@)
	$(Q)$(LAB_CROSS)gcc $(LAB_VMM_FLAGS) -DPAYLOAD='"$(LAB_OUT)/payload.bin"' \
		-static $(LAB_VMM_SRC) $(LAB_VMM_ARM64) -o $@

$(LAB_OUT)/x86/vmm: $(LAB_VMM_SRC) $(LAB_VMM_X86) $(LAB_HDR) $(LAB_OUT)/x86/payload.bin
	$(call msg,VMM,$@)
	$(Q)$(LAB_X86_CROSS)gcc $(LAB_VMM_FLAGS) -DPAYLOAD='"$(LAB_OUT)/x86/payload.bin"' \
		-static $(LAB_VMM_SRC) $(LAB_VMM_X86) -o $@

.PHONY: lab lab-programs lab-programs-x86
lab-programs: $(LAB_OUT)/vmm
lab-programs-x86: $(LAB_OUT)/x86/vmm
lab: lab-programs
	$(Q)tests/lab/lab kernel stock
