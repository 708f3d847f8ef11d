# SPDX-License-Identifier: GPL-2.0-or-later
#
# make gate            the lab's workloads, on the stock and the patched kernel, against
#                      tests/gate/baseline-*.json; GATE_KERNELS=stock for one of them
# make gate-update     write these baselines; look at the difference before committing it
# make test-gate-example   docs/examples, with the lab's kernels as somebody's
# make gate-selftest   does the gate find what was made slower?  Builds a kernel.

GATE_KERNELS ?= stock patched

.PHONY: gate gate-update gate-selftest gate-programs test-gate-example
gate-programs: $(BIN) lab-nestscope lab-programs

# Setup comes first: it installs what the build needs.
gate: setup
	$(Q)$(MAKE) --no-print-directory gate-programs
	$(Q)tests/gate/run $(GATE_KERNELS)

gate-update: setup
	$(Q)$(MAKE) --no-print-directory gate-programs
	$(Q)tests/gate/run --update $(GATE_KERNELS)

gate-selftest: setup
	$(Q)$(MAKE) --no-print-directory gate-programs
	$(Q)tests/gate/selftest

test-gate-example: gate-programs
	$(Q)tests/gate/example
