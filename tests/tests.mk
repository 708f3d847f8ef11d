# SPDX-License-Identifier: GPL-2.0-or-later
# tests.mk: the test targets that are not a folder's own

LAB := tests/lab/lab
LAB_NESTSCOPE := build/arm64/nestscope
# where this machine is one, what it builds for itself is another
LAB_NESTSCOPE_X86 := build/x86_64$(if $(filter x86_64,$(HOST_ARCH)),-static)/nestscope

include tests/lab/rmm/rmm.mk

.PHONY: test soak demo test-demo lab-nestscope lab-nestscope-x86 test-lab-debian-6.12 test-lab-exact test-lab-late test-lab-filters \
	test-lab-x86-patched test-lab-x86-modules test-lab-x86-debian-7.3 test-lab-x86-debian-6.12 \
	test-lab-x86-debian-6.1 test-lab-x86-host test-lab-x86-selftests test-lab-matrix
test: setup
	$(Q)tests/run

soak: setup
	$(Q)tests/run fuzz-long fuzz-expr-long fuzz-rmm-long soak-lab-stress soak-lab-broken soak-lab-hwpoison \
		gate-selftest fuzz-keys test-lab-serve soak-bare-12 soak-bare-13

# The lab's binary is always the arm64 one.
lab-nestscope:
	$(Q)$(MAKE) --no-print-directory ARCH=arm64 $(LAB_NESTSCOPE)

# And static, though this machine may be an x86 one: the guest has no libraries.
lab-nestscope-x86:
	$(Q)$(MAKE) --no-print-directory ARCH=x86_64 STATIC=1 $(LAB_NESTSCOPE_X86)

# ---- the demo: first what it needs, then the dashboard on a real L2 ----
demo: setup
	$(Q)$(MAKE) --no-print-directory lab-nestscope lab
	$(Q)tests/lab/demo

test-demo: lab-nestscope
	$(Q)tests/lab/demo-test

# ---- the suite of workloads on one kernel each ----
test-lab-%: lab-nestscope lab-programs $(BIN)
	$(Q)tests/lab/suite $*

# x86: the settings of KVM, see settings-x86; a boot each where KVM is built in
test-lab-x86-%: lab-nestscope-x86 lab-programs-x86
	$(Q)tests/lab/suite-x86 x86-$*

# ours differs from stock in what it tells, not in what it does
test-lab-x86-patched: lab-nestscope-x86 lab-programs-x86
	$(Q)tests/lab/suite-x86 x86-patched default npt0

# the oldest in every setting but that of a CPU with 52 bits of addresses, which is a boot
# of its own; the others in those that take other ways through KVM
test-lab-x86-debian-6.1: lab-nestscope-x86 lab-programs-x86
	$(Q)tests/lab/suite-x86 x86-debian-6.1 default npt0 tdp0 nocache npt0-nocache

test-lab-x86-modules test-lab-x86-debian-7.3 test-lab-x86-debian-6.12: lab-nestscope-x86 lab-programs-x86
	$(Q)tests/lab/suite-x86 $(@:test-lab-%=%) default npt0 nocache

# README's table is what the suites that ran before gave
test-lab-matrix:
	$(Q)tests/lab/matrix

test-lab-x86-host: lab-nestscope-x86 lab-programs-x86
	$(Q)tests/lab/host-x86 x86-debian-6.12

test-lab-x86-selftests: lab-nestscope-x86 lab-programs-x86
	$(Q)tests/lab/selftests x86

# Debian's 6.12 cannot run nested guests.
test-lab-debian-6.12: lab-nestscope lab-programs
	$(Q)tests/lab/no-nv debian-6.12

# Every value that L2 reads, while everything changes: a minute here, ten with
# the kernel's own checks on, and one that must go wrong.
.PHONY: test-lab-stress soak-lab-stress soak-lab-broken soak-lab-hwpoison
test-lab-stress: lab-nestscope lab-programs
	$(Q)tests/lab/stress

soak-lab-stress: lab-nestscope lab-programs
	$(Q)tests/lab/stress --kernel debug --seconds 600

soak-lab-broken: lab-nestscope lab-programs
	$(Q)tests/lab/stress --kernel broken --broken

# Bad pages of the host: only the debug kernel has CONFIG_MEMORY_FAILURE.
soak-lab-hwpoison: lab-nestscope lab-programs $(BIN)
	$(Q)tests/lab/suite debug --cases tests/lab/cases-debug

# ---- the kernel series: its KUnit tests, the kernel's selftests with and without it ----
.PHONY: test-lab-kunit test-lab-selftests
test-lab-kunit: lab-programs lab-firmware
	$(Q)tests/lab/kunit

test-lab-selftests: lab-nestscope lab-programs
	$(Q)tests/lab/selftests

# Realms, on the lab's RMM: with one CPU and with two; then nested guests with
# that firmware underneath, which must make no difference.
.PHONY: test-lab-realm
test-lab-realm: lab-nestscope lab-programs lab-firmware
	$(Q)tests/lab/suite patched --rmm --cases tests/lab/cases-realm
	$(Q)tests/lab/suite patched --rmm --cpus 2 --cases tests/lab/cases-realm
	$(Q)tests/lab/suite patched --rmm

test-lab-exact: lab-nestscope lab-programs
	$(Q)tests/lab/exact

# ---- both compilers' warnings are errors; cppcheck is quiet ----
LINT_SRC := $(PROBES_SRC) $(TUI_SRC)
.PHONY: test-lint
test-lint: $(SKEL) $(PROTO:%=%.h) $(ASSETS)
	$(Q)for f in $(LINT_SRC); do \
		$(CLANG) $(NS_CFLAGS) -Itui -fsyntax-only $$f && echo "ok - clang $$f" || \
			echo "not ok - clang $$f"; done
	$(Q)cppcheck -q --enable=warning,portability --error-exitcode=1 -Iprobes -Itui -Itests/unit -Itests/lab/rmm \
		-DNS_VERSION='"0"' '-Dbpf_object__for_each_program(p,o)=for(;;)' \
		--suppress=missingInclude --suppress=missingIncludeSystem --suppress=preprocessorErrorDirective \
		--suppress=syntaxError \
		probes tui tests/native tests/unit tests/pty tests/lab/rmm && echo "ok - cppcheck" || \
		echo "not ok - cppcheck"

test-lab-filters: lab-nestscope lab-programs
	$(Q)tests/lab/filters

test-lab-late: lab-nestscope lab-programs
	$(Q)tests/lab/late
