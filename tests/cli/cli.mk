# SPDX-License-Identifier: GPL-2.0-or-later
#
# make test-cli   what the commands say to good and bad input

.PHONY: test-cli
test-cli: $(BIN) build/pty/fixed.nsr
	@tests/cli/cli.sh $(BIN) build/pty/fixed.nsr
