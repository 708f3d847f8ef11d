# SPDX-License-Identifier: GPL-2.0-or-later
#
# make deb        Debian packages for amd64 and arm64, in build/deb
# make test-deb   lintian, reproducibility, installing and purging on Debian 12 and 13
# make soak-bare-12, soak-bare-13   make demo and make test on a bare Debian
#                 BARE="demo test-unit" is less of it
.PHONY: deb test-deb soak-bare-12 soak-bare-13
deb: setup
	$(Q)tests/deb/build

test-deb: deb $(BIN)
	$(Q)tests/deb/try

# as root; what is not committed is not in it
BARE ?=
soak-bare-12: setup
	$(Q)tests/deb/bare bookworm $(BARE)

soak-bare-13: setup
	$(Q)tests/deb/bare trixie $(BARE)
