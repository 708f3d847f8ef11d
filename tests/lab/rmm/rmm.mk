# SPDX-License-Identifier: GPL-2.0-or-later
#
# make test-rmm        the RMM's rules on this machine: unit tests, a million
#                      random calls against a model, a minute of fuzzing
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
