# SPDX-License-Identifier: GPL-2.0-or-later
#
# make test-html   pages of HTML in headless Chromium, and one of ten million events

HTML_DIR := build/html
HTML_RECS := fixed=build/pty/fixed.nsr realm=build/pty/fixed-realm.nsr real=tests/cli/s2-tlbi.nsr \
	other=$(CLI_DIR)/lossy.nsr hostile=$(CLI_DIR)/hostile.nsr
HTML_EVENTS := 10000000

.PHONY: test-html
test-html: $(BIN) build/pty/fixed.nsr build/pty/fixed-realm.nsr $(CLI_DIR)/hostile.nsr $(CLI_DIR)/lossy.nsr $(UNIT_DIR)/mkrec
	@tests/html/html.sh $(BIN) $(HTML_DIR) $(UNIT_DIR)/mkrec $(HTML_EVENTS) $(HTML_RECS)
