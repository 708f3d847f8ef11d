# SPDX-License-Identifier: GPL-2.0-or-later
#
# make test-unit   the unit tests, under ASan and UBSan
# build/unit/plant   breaks a rule of check in a copy of a recording
# build/unit/mkrec   makes and measures synthetic recordings (no sanitizers)

# read once, by whichever of unit.mk and fuzz.mk comes first
ifndef UNIT_DIR
UNIT_DIR := build/unit
# all of the library that needs no BPF, no host and no other library
UNIT_LIB := $(filter-out export% host kernbtf ladder rungs session%,$(patsubst probes/%.c,%,$(wildcard probes/*.c)))
UNIT_TESTS := $(patsubst tests/unit/%.c,%,$(wildcard tests/unit/test_*.c))
UNIT_SAN := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
UNIT_CFLAGS := -std=gnu11 -D_GNU_SOURCE -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes \
	-Wmissing-prototypes -Wno-unused-parameter -Ibpf -Iprobes -Itests/unit -Itui/top -MMD -MP -g
UNIT_LIBS := -lzstd -lz -ljansson -lm
UNIT_CC ?= gcc

UNIT_SAN_LIB := $(UNIT_LIB:%=$(UNIT_DIR)/san/%.o) $(UNIT_DIR)/san/synth.o \
	$(UNIT_DIR)/san/files.o $(UNIT_DIR)/san/play.o $(UNIT_DIR)/san/realm.o
UNIT_FAST_LIB := $(UNIT_LIB:%=$(UNIT_DIR)/fast/%.o) $(UNIT_DIR)/fast/synth.o

$(UNIT_DIR)/san/%.o: probes/%.c
	@mkdir -p $(@D)
	@$(UNIT_CC) $(UNIT_CFLAGS) -O1 $(UNIT_SAN) -c $< -o $@

# what of the dashboard is no screen
$(UNIT_DIR)/san/timeline.o: tui/top/timeline.c
	@mkdir -p $(@D)
	@$(UNIT_CC) $(UNIT_CFLAGS) -O1 $(UNIT_SAN) -c $< -o $@

$(UNIT_DIR)/test_timeline: $(UNIT_DIR)/san/timeline.o

$(UNIT_DIR)/san/%.o: tests/unit/%.c
	@mkdir -p $(@D)
	@$(UNIT_CC) $(UNIT_CFLAGS) -O1 $(UNIT_SAN) -c $< -o $@

$(UNIT_DIR)/fast/%.o: probes/%.c
	@mkdir -p $(@D)
	@$(UNIT_CC) $(UNIT_CFLAGS) -O2 -c $< -o $@

$(UNIT_DIR)/fast/%.o: tests/unit/%.c
	@mkdir -p $(@D)
	@$(UNIT_CC) $(UNIT_CFLAGS) -O2 -c $< -o $@

$(UNIT_DIR)/test_%: $(UNIT_DIR)/san/test_%.o $(UNIT_SAN_LIB)
	@$(UNIT_CC) $(UNIT_SAN) $^ -lcmocka $(UNIT_LIBS) -o $@

# the exporters, with the messages of the formats; the fuzzer has no use for them
UNIT_EXPORT := $(patsubst probes/%.c,$(UNIT_DIR)/san/%.o,$(wildcard probes/export*.c)) \
	$(PROTOS:%=$(UNIT_DIR)/san/%.pb-c.o)
$(UNIT_EXPORT): UNIT_CFLAGS += -I$(PROTO_DIR)
$(UNIT_DIR)/san/export_perfetto_out.o $(UNIT_DIR)/san/export_metrics_proto.o: $(PROTO:%=%.h)

$(UNIT_DIR)/san/%.pb-c.o: $(PROTO_DIR)/%.pb-c.c
	@mkdir -p $(@D)
	@$(UNIT_CC) $(UNIT_CFLAGS) -w -O1 $(UNIT_SAN) -c $< -o $@

$(UNIT_DIR)/test_export: $(UNIT_DIR)/san/test_export.o $(UNIT_EXPORT) $(UNIT_SAN_LIB)
	@$(UNIT_CC) $(UNIT_SAN) $^ -lcmocka -lprotobuf-c $(UNIT_LIBS) -o $@

$(UNIT_DIR)/mkrec: $(UNIT_DIR)/fast/mkrec.o $(UNIT_FAST_LIB)
	@$(UNIT_CC) $^ $(UNIT_LIBS) -o $@

$(UNIT_DIR)/plant: $(UNIT_DIR)/fast/plant.o $(UNIT_FAST_LIB)
	@$(UNIT_CC) $^ $(UNIT_LIBS) -o $@

.PHONY: test-unit
test-unit: $(UNIT_TESTS:%=$(UNIT_DIR)/%)
	@set -e; for t in $^; do $$t; done

.SECONDARY: $(UNIT_SAN_LIB) $(UNIT_EXPORT) $(UNIT_FAST_LIB) $(UNIT_TESTS:%=$(UNIT_DIR)/san/%.o)

-include $(wildcard $(UNIT_DIR)/*/*.d)
endif
