# SPDX-License-Identifier: GPL-2.0-or-later
#
# make test-rmm        the RMM's rules on this machine: unit tests, a million
#                      random calls against a model, a minute of fuzzing
# make test-lab-rmm    the firmware in the emulated machine: a program at EL2 calls it,
#                      Linux with a nested guest runs on it
# make lab-firmware    the lab's firmware with the RMM in it (lab run --rmm)
# make fuzz-rmm-long   ten minutes of it, with libFuzzer where clang has it

RMM := tests/lab/rmm
RMM_OUT := build/lab/rmm
RMM_LIB := $(addprefix $(RMM)/,granule.c realm.c entry.c rtt.c fold.c data.c faults.c log.c dispatch.c)
RMM_WARN := -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes

# ---- on this machine ----
RMM_HOST := $(RMM_LIB) $(addprefix $(RMM)/host/,model.c world.c steps.c)
RMM_HOST_FLAGS := -std=gnu11 -D_GNU_SOURCE -O1 -g $(RMM_WARN) -Wno-unused-parameter -I$(RMM) \
	-fno-sanitize-recover=all -fno-omit-frame-pointer
RMM_SAN := -fsanitize=address,undefined
RMM_HDR := $(wildcard $(RMM)/*.h $(RMM)/host/*.h)
RMM_FUZZ_SECONDS ?= 600

$(RMM_OUT)/test_rules $(RMM_OUT)/prop $(RMM_OUT)/fuzz: $(RMM_OUT)/%: $(RMM)/host/%.c $(RMM_HOST) $(RMM_HDR)
	@mkdir -p $(@D)
	@gcc $(RMM_HOST_FLAGS) $(RMM_SAN) $(RMM_HOST) $< -lcmocka -o $@

$(RMM_OUT)/libfuzzer: $(RMM)/host/fuzz.c $(RMM_HOST) $(RMM_HDR)
	@mkdir -p $(@D)
	@clang $(RMM_HOST_FLAGS) -DRMM_LIBFUZZER -fsanitize=fuzzer,address,undefined $(RMM_HOST) $< -o $@

.PHONY: test-rmm fuzz-rmm-long
test-rmm: $(RMM_OUT)/test_rules $(RMM_OUT)/prop $(RMM_OUT)/fuzz
	@$(RMM_OUT)/test_rules
	@$(RMM_OUT)/prop 1000000
	@$(RMM_OUT)/fuzz 60 && echo "ok - rmm: fuzzing for 60 s"

fuzz-rmm-long: $(RMM_OUT)/fuzz
	@mkdir -p $(RMM_OUT)/corpus
	@if $(MAKE) --no-print-directory $(RMM_OUT)/libfuzzer 2>$(RMM_OUT)/fuzz.log; then \
		$(RMM_OUT)/libfuzzer $(RMM_OUT)/corpus -max_total_time=$(RMM_FUZZ_SECONDS) \
			-max_len=8192 -timeout=20 -artifact_prefix=$(RMM_OUT)/ -print_final_stats=1; \
	else \
		echo "no libFuzzer ($(RMM_OUT)/fuzz.log says why): the plain driver instead"; \
		$< $(RMM_FUZZ_SECONDS); \
	fi && echo "ok - rmm: fuzzing for $(RMM_FUZZ_SECONDS) s"

# ---- the firmware, and a program that calls it from EL2; bare metal, arm64 ----
RMM_CROSS ?= $(if $(filter aarch64,$(shell uname -m)),,aarch64-linux-gnu-)
RMM_BARE_FLAGS := -std=gnu11 -O2 $(RMM_WARN) -Wno-unused-parameter -I$(RMM) -ffreestanding -nostdlib \
	-mgeneral-regs-only -mstrict-align -fno-pic -fno-stack-protector \
	-fno-tree-loop-distribute-patterns -mno-outline-atomics -static -no-pie \
	-Wl,--build-id=none -Wl,-z,max-page-size=4096 -Wl,--no-warn-rwx-segments
RMM_FW_SRC := $(wildcard $(RMM)/fw/*.S $(RMM)/fw/*.c)

$(RMM_OUT)/fw.elf: $(RMM_FW_SRC) $(RMM_LIB) $(RMM_HDR) $(RMM)/fw/fw.h $(RMM)/fw/fw.ld
	$(call msg,FIRMWARE,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(RMM_CROSS)gcc $(RMM_BARE_FLAGS) -Wl,-T,$(RMM)/fw/fw.ld $(RMM_FW_SRC) $(RMM_LIB) -o $@

$(RMM_OUT)/%.bin: $(RMM_OUT)/%.elf
	$(Q)$(RMM_CROSS)objcopy -O binary $< $@

.PHONY: lab-firmware
lab-firmware: $(RMM_OUT)/fw.bin

RMM_EL2_SRC := $(wildcard $(RMM)/el2/*.S $(RMM)/el2/*.c)
$(RMM_OUT)/el2.elf: $(RMM_EL2_SRC) $(RMM_HDR) $(RMM)/el2/el2.h $(RMM)/el2/el2.ld
	$(call msg,EL2,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(RMM_CROSS)gcc $(RMM_BARE_FLAGS) -Wl,-T,$(RMM)/el2/el2.ld $(RMM_EL2_SRC) -o $@

.PHONY: test-lab-rmm
test-lab-rmm: lab-firmware $(RMM_OUT)/el2.bin lab-programs
	$(Q)$(RMM)/check
