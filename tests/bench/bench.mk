# SPDX-License-Identifier: GPL-2.0-or-later
# bench.mk: what observing costs
#
# make bench          all of it
# make bench-native   ns per event on this machine's KVM, beside the peers and the floor
# make bench-top      the dashboard: its share of a core, memory, frames, start and end
# make bench-serve    a scrape, and what it takes from the guest
# make bench-lab      instructions per L2 fault in the lab
# make bench-kernel   what KVM itself spends, stock and patched kernel
#
# BENCH_ARGS is for tests/bench/overhead, e.g. BENCH_ARGS='--rounds 9'.

BENCH_ARGS ?=

.PHONY: bench bench-native bench-lab bench-setup
bench: bench-native bench-top bench-serve bench-lab

bench-setup:
	$(Q)tests/setup base bench

# Setup comes first: it installs what the build needs.  77: cannot run here.
bench-native: bench-setup
	$(Q)$(MAKE) --no-print-directory $(BIN) $(BUILD)/tests/kvmload $(BUILD)/tests/floor
	$(Q)NESTSCOPE=$(abspath $(BIN)) KVMLOAD=$(abspath $(BUILD)/tests/kvmload) \
		tests/bench/overhead $(BENCH_ARGS) || [ $$? -eq 77 ]

bench-lab: setup
	$(Q)$(MAKE) --no-print-directory lab-nestscope lab-programs
	$(Q)$(MAKE) --no-print-directory ARCH=arm64 build/arm64/tests/floor
	$(Q)tests/lab/perf arm64 $(CACHE)/perf-arm64
	$(Q)for k in stock patched; do NESTSCOPE=$(abspath build/arm64/nestscope) \
		tests/bench/lab --kernel $$k --perf $(CACHE)/perf-arm64; done

# What KVM spends, on the stock and on the patched kernel.
.PHONY: bench-kernel
bench-kernel: setup
	$(Q)$(MAKE) --no-print-directory lab-nestscope lab-programs lab-firmware
	$(Q)NESTSCOPE=$(abspath build/arm64/nestscope) tests/bench/kernel

# The dashboard: its share of a core, its memory, its first frame and its end, on
# this machine's KVM; and how long a frame takes on a large host that is synthetic.
FRAME := $(BUILD)/tests/frame
$(FRAME): tests/bench/frame.c tests/unit/synth.c $(TUI_OBJ) $(LIB)
	$(call msg,CC,$<)
	$(Q)mkdir -p $(@D)
	$(Q)rm -f $@.a && $(AR) rcs $@.a $(filter %.o,$^) # only what it needs of the program
	$(Q)$(CC) $(NS_CFLAGS) -Itui -Itui/top -Itests/unit $(CFLAGS) $(filter %.c,$^) $@.a $(LIB) $(LIBS) -o $@

.PHONY: bench-top
bench-top: $(BIN) $(KVMLOAD) $(FRAME)
	$(Q)tests/bench/top $(abspath $(BIN)) $(abspath $(KVMLOAD)) || [ $$? -eq 77 ]
	$(Q)$(FRAME)

# A scrape beside a guest that is as fast as it can be; and of a recording with many series.
.PHONY: bench-serve
bench-serve: $(BIN) $(KVMLOAD) build/unit/mkrec
	$(Q)build/unit/mkrec $(BUILD)/tests/serve.nsr 200000
	$(Q)tests/bench/serve $(abspath $(BIN)) $(abspath $(KVMLOAD)) $(abspath $(BUILD)/tests/serve.nsr) || [ $$? -eq 77 ]

# The least that a program on a tracepoint costs, on this machine and in the lab.
FLOOR := $(BUILD)/tests/floor
$(BUILD)/tests/floor.bpf.o: tests/bench/floor.bpf.c bpf/kernel.h
	$(call msg,BPF,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CLANG) $(BPF_CFLAGS) -c $< -o $@
$(BUILD)/tests/floor.skel.h: $(BUILD)/tests/floor.bpf.o
	$(call msg,SKEL,$@)
	$(Q)$(BPFTOOL) gen skeleton $< name floor_bpf >$@
$(FLOOR): tests/bench/floor.c $(BUILD)/tests/floor.skel.h | $(if $(SYSROOT),$(SYSROOT)/.complete)
	$(call msg,CC,$<)
	$(Q)$(CC) $(NS_CFLAGS) -I$(BUILD)/tests $(CFLAGS) $< $(NS_LDFLAGS) $(LDFLAGS) -lbpf -lelf -lz $(if $(STATIC),-lzstd) -o $@
