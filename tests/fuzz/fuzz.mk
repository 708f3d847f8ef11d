# SPDX-License-Identifier: GPL-2.0-or-later
#
# make fuzz-short   hostile recordings against the reader, 15 s, and hostile
#                   filter expressions, 5 s (everywhere)
# make fuzz-long    10 minutes of each, with libFuzzer where clang has it

include tests/unit/unit.mk

FUZZ_DIR := build/fuzz
FUZZ_CORPUS := $(FUZZ_DIR)/corpus
FUZZ_CLANG ?= clang
FUZZ_SRC := tests/unit/synth.c $(UNIT_LIB:%=probes/%.c)
FUZZ_CFLAGS = $(filter-out -MMD -MP,$(UNIT_CFLAGS)) -O1
FUZZ_SECONDS ?= 600

$(FUZZ_DIR)/rec_fuzz: tests/fuzz/rec_fuzz.c $(UNIT_SAN_LIB)
	@mkdir -p $(@D)
	@$(UNIT_CC) $(FUZZ_CFLAGS) $(UNIT_SAN) $^ -lcmocka $(UNIT_LIBS) -o $@

$(FUZZ_DIR)/expr_fuzz: tests/fuzz/expr_fuzz.c $(UNIT_SAN_LIB)
	@mkdir -p $(@D)
	@$(UNIT_CC) $(FUZZ_CFLAGS) $(UNIT_SAN) $^ -lcmocka $(UNIT_LIBS) -o $@

$(FUZZ_DIR)/%_libfuzzer: tests/fuzz/%_fuzz.c $(FUZZ_SRC)
	@mkdir -p $(@D)
	@$(FUZZ_CLANG) $(FUZZ_CFLAGS) -DNS_LIBFUZZER \
		-fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all $^ $(UNIT_LIBS) -o $@

.PHONY: fuzz-short fuzz-long fuzz-expr-long
fuzz-short: $(FUZZ_DIR)/rec_fuzz $(FUZZ_DIR)/expr_fuzz
	@$(FUZZ_DIR)/rec_fuzz 15
	@echo "ok - fuzzing the reader for 15 s"
	@$(FUZZ_DIR)/expr_fuzz 5
	@echo "ok - fuzzing filter expressions for 5 s"

fuzz-expr-long: $(FUZZ_DIR)/expr_fuzz
	@mkdir -p $(FUZZ_CORPUS)-expr
	@if $(MAKE) --no-print-directory $(FUZZ_DIR)/expr_libfuzzer 2>$(FUZZ_DIR)/log; then \
		$(FUZZ_DIR)/expr_libfuzzer $(FUZZ_CORPUS)-expr -max_total_time=$(FUZZ_SECONDS) \
			-max_len=600 -timeout=10 -artifact_prefix=$(FUZZ_DIR)/; \
	else \
		$< $(FUZZ_SECONDS); \
	fi && echo "ok - fuzzing filter expressions for $(FUZZ_SECONDS) s"

fuzz-long: $(FUZZ_DIR)/rec_fuzz
	@mkdir -p $(FUZZ_CORPUS)
	@if $(MAKE) --no-print-directory $(FUZZ_DIR)/rec_libfuzzer 2>$(FUZZ_DIR)/log; then \
		NS_FUZZ_SEEDS=$(FUZZ_CORPUS) $(FUZZ_DIR)/rec_libfuzzer $(FUZZ_CORPUS) \
			-max_total_time=$(FUZZ_SECONDS) -max_len=65536 -timeout=10 \
			-rss_limit_mb=1024 -artifact_prefix=$(FUZZ_DIR)/ -print_final_stats=1; \
	else \
		echo "no libFuzzer ($(FUZZ_DIR)/log says why): the plain driver instead"; \
		$< $(FUZZ_SECONDS); \
	fi && echo "ok - fuzzing the reader for $(FUZZ_SECONDS) s"
