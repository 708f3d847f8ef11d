# SPDX-License-Identifier: GPL-2.0-or-later
#
# make test-serve   nestscope serve: what a real Prometheus makes of it, and what clients
#                   of the worse kind do to it

.PHONY: test-serve
test-serve: $(BIN) $(KVMLOAD)
	$(Q)tests/serve/serve.py $(abspath $(BIN)) $(abspath $(KVMLOAD))
