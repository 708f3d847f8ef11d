# SPDX-License-Identifier: GPL-2.0-or-later
# native.mk: the load generator for real KVM on this machine

KVMLOAD := $(BUILD)/tests/kvmload

$(KVMLOAD): tests/native/kvmload.c
	$(call msg,CC,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(NS_CFLAGS) $(CFLAGS) -MMD -MP $< $(NS_LDFLAGS) $(LDFLAGS) -lpthread -o $@

.PHONY: kvmload
kvmload: $(KVMLOAD)

# stat and record of a real VM here, machines that lack something, and what
# hinders a recorder
.PHONY: test-native
test-native: $(BIN) $(KVMLOAD) build/pty/pty
	$(Q)tests/native/native.sh $(abspath $(BIN)) $(abspath $(KVMLOAD)) $(abspath build/pty/pty)
	$(Q)tests/native/record.sh $(abspath $(BIN)) $(abspath $(KVMLOAD))
