# SPDX-License-Identifier: GPL-2.0-or-later
#
# make test-cli   what the commands say to good and bad input

CLI_DIR := build/cli
CLI_CHECKRECS := $(addprefix $(CLI_DIR)/,good.nsr bad.nsr lossy.nsr missed.nsr filtered.nsr hostile.nsr empty.nsr)

$(CLI_DIR)/checkrec: tests/cli/checkrec.c $(LIB)
	@mkdir -p $(@D)
	@gcc $(PTY_CFLAGS) $< $(LIB) -lzstd -lbpf -lelf -lz -lm -o $@

$(CLI_CHECKRECS): $(CLI_DIR)/%.nsr: $(CLI_DIR)/checkrec
	@$< $* $@

.PHONY: test-cli
test-cli: $(BIN) build/pty/fixed.nsr build/pty/fixed-realm.nsr $(CLI_CHECKRECS)
	@tests/cli/cli.sh $(BIN) build/pty/fixed.nsr $(CLI_DIR)
