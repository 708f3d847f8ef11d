# SPDX-License-Identifier: GPL-2.0-or-later
#
# make deb        Debian packages for amd64 and arm64, in build/deb
# make test-deb   lintian, reproducibility, installing and purging on Debian 12 and 13
.PHONY: deb test-deb
deb: setup
	$(Q)tests/deb/build

test-deb: deb $(BIN)
	$(Q)tests/deb/try
