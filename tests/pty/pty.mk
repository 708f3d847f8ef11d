# SPDX-License-Identifier: GPL-2.0-or-later
#
# make test-pty   the dashboard on a pseudo-terminal against golden frames
# make fuzz-keys  random keys at the dashboard for a minute, under sanitizers; live, too, as root with KVM

PTY_DIR := build/pty
PTY_CFLAGS := -std=gnu11 -D_GNU_SOURCE -O1 -g -Wall -Wextra -Werror -Wshadow \
	-Wstrict-prototypes -Wmissing-prototypes -Wno-unused-parameter -Ibpf -Iprobes

$(PTY_DIR)/fixed: tests/pty/fixed.c $(LIB)
	@mkdir -p $(@D)
	@gcc $(PTY_CFLAGS) $< $(LIB) -lzstd -lbpf -lelf -lz -lm -o $@

$(PTY_DIR)/fixed.nsr: $(PTY_DIR)/fixed
	@$< $@

$(PTY_DIR)/fixed_realm: tests/pty/fixed_realm.c tests/unit/realm.c $(LIB)
	@mkdir -p $(@D)
	@gcc $(PTY_CFLAGS) -Itests/unit $(filter %.c,$^) $(LIB) -lzstd -lbpf -lelf -lz -lm -o $@

$(PTY_DIR)/fixed-realm.nsr: $(PTY_DIR)/fixed_realm
	@$< $@

$(PTY_DIR)/pty: tests/pty/pty.c
	@mkdir -p $(@D)
	@gcc $(PTY_CFLAGS) $< -lvterm -lutil -o $@

.PHONY: test-pty
test-pty: $(BIN) $(PTY_DIR)/pty $(PTY_DIR)/fixed.nsr $(PTY_DIR)/fixed-realm.nsr
	@mkdir -p $(PTY_DIR)/frames
	@$(PTY_DIR)/pty $(BIN) $(PTY_DIR)/fixed.nsr tests/pty/golden $(PTY_DIR)/frames \
		$(PTY_DIR)/fixed-realm.nsr || exit 1
	@LC_ALL=C.UTF-8 COLUMNS=150 LINES=24 $(BIN) top -b -i $(PTY_DIR)/fixed.nsr -I 5000 --screen faults | \
		tail -n 24 >$(PTY_DIR)/frames/history.txt; \
		diff -u tests/pty/golden/history.txt $(PTY_DIR)/frames/history.txt && \
		echo "ok history" || echo "FAIL history: the frame differs from the golden one"
	@python3 tests/pty/write.py $(BIN) $(PTY_DIR)/fixed.nsr
	@python3 tests/pty/numbers.py $(BIN) $(PTY_DIR)/fixed.nsr bpf/events.def
	@python3 tests/pty/numbers.py $(BIN) $(PTY_DIR)/fixed-realm.nsr bpf/events.def RTT

# keys at random for a minute, the program built with sanitizers
PTY_SAN := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
.PHONY: fuzz-keys
fuzz-keys: $(PTY_DIR)/fixed.nsr
	@$(MAKE) --no-print-directory BUILD=build/asan CFLAGS="$(PTY_SAN)" build/asan/nestscope
	@python3 tests/pty/keys.py build/asan/nestscope $< 60
	@if [ -w /dev/kvm ] && [ $$(id -u) = 0 ]; then python3 tests/pty/keys.py build/asan/nestscope - 30; fi
