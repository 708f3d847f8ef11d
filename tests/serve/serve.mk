# SPDX-License-Identifier: GPL-2.0-or-later
#
# make test-serve   nestscope serve: what a real Prometheus makes of it, and what clients
#                   of the worse kind do to it

.PHONY: test-serve
test-serve: $(BIN) $(KVMLOAD)
	$(Q)tests/serve/serve.py $(abspath $(BIN)) $(abspath $(KVMLOAD))

# The same in the lab: live beside guests whose events take time, and the alerts, each fired
# by the VM that deserves it.
.PHONY: test-lab-serve
test-lab-serve: $(BIN) lab-nestscope lab-programs lab-programs-x86 lab-firmware
	$(Q)tests/serve/lab $(abspath $(BIN))
