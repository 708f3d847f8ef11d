# SPDX-License-Identifier: GPL-2.0-or-later
#
# make               nestscope for this machine
# make ARCH=arm64    static arm64 binary, for the lab; ARCH=x86_64 STATIC=1 for its x86 side
# make setup         install what building and testing need (root)
# make lab           kernel and workloads of the arm64 lab (x86: lab-programs-x86)
# make demo          the dashboard on a real nested guest in the lab
# make test          every test          make soak   the long ones
# make gate          what the lab's workloads cost, against baselines
# make bench         what observing costs, beside the peers
# make bench-kernel  what KVM spends, on the stock and on the patched kernel
# make deb           Debian packages
# make man           the man pages, from the tables of the program
# make install DESTDIR=DIR PREFIX=/usr/local
# make clean
#
# V=1 shows the commands.  CLANG, BPFTOOL, CROSS_COMPILE choose tools.

MAKEFLAGS += --no-builtin-rules
.DELETE_ON_ERROR:
.SUFFIXES:
.DEFAULT_GOAL := all

V ?= 0
ifeq ($(V),0)
Q := @
msg = @printf '  %-8s %s\n' '$(1)' '$(2)'
else
Q :=
msg = @:
endif

HOST_ARCH := $(shell uname -m | sed 's/aarch64/arm64/')
ARCH ?= $(HOST_ARCH)
# a static binary, against Debian 12's libraries: always for another architecture
STATIC ?= $(if $(filter $(ARCH),$(HOST_ARCH)),,1)
BUILD := build/$(ARCH)$(if $(filter $(ARCH),$(HOST_ARCH)),$(if $(STATIC),-static))
CACHE := $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/nestscope

include probes/version.mk

# ---- tools ----
CLANG ?= $(shell command -v clang-19 || command -v clang)
BPFTOOL ?= $(shell command -v bpftool || echo /usr/sbin/bpftool)
PROTOC_C ?= protoc-c
PKG_CONFIG ?= pkg-config
GNU_ARCH := $(subst arm64,aarch64,$(ARCH))
ifeq ($(ARCH),$(HOST_ARCH))
CC := $(if $(filter default,$(origin CC)),gcc,$(CC))
else
CROSS_COMPILE ?= $(subst _,-,$(GNU_ARCH))-linux-gnu-
CC := $(CROSS_COMPILE)gcc
endif
# Debian's -dev packages, unpacked by tests/lab/sysroot
SYSROOT := $(if $(STATIC),$(CACHE)/sysroot-$(ARCH)-$(firstword $(shell cksum tests/lab/sysroot)))
LINK_STATIC := $(if $(STATIC),-static)

PROTO_DIR := build/proto
ASSETS_DIR := build/assets
WARN := -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
	-Wno-unused-parameter
CFLAGS ?= -O2 -g
NS_CFLAGS := -std=gnu11 -D_GNU_SOURCE $(WARN) -Ibpf -Iprobes -I$(BUILD)/bpf -I$(PROTO_DIR) -I$(ASSETS_DIR) \
	-DNS_VERSION='"$(VERSION)"' \
	$(if $(SYSROOT),-isystem $(SYSROOT)/usr/include -isystem $(SYSROOT)/usr/include/$(GNU_ARCH)-linux-gnu)
NS_LDFLAGS := $(LINK_STATIC) $(if $(SYSROOT),-L$(SYSROOT)/usr/lib/$(GNU_ARCH)-linux-gnu)
LIBS = -lbpf -lelf -lz -lprotobuf-c -lzstd -lncursesw -ltinfo -ljansson -lm -lpthread \
	$(if $(HTTP),-lmicrohttpd)

BPF_ARCH := $(subst x86_64,x86,$(ARCH))
BPF_CFLAGS := -g -O2 -ffile-prefix-map=$(CURDIR)=. -target bpf -mcpu=v3 -D__TARGET_ARCH_$(BPF_ARCH) -Wall -Wextra -Werror \
	-Wno-unused-parameter -Ibpf -idirafter /usr/include/$(shell gcc -dumpmachine 2>/dev/null)

# ---- bpf: one object per system, linked into one skeleton ----
BPF_SRC := $(wildcard bpf/*.bpf.c)
BPF_OBJ := $(BPF_SRC:bpf/%.bpf.c=$(BUILD)/bpf/%.bpf.o)
SKEL := $(BUILD)/bpf/nestscope.skel.h

$(BUILD)/bpf/%.bpf.o: bpf/%.bpf.c
	$(call msg,BPF,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CLANG) $(BPF_CFLAGS) -MMD -MP -c $< -o $@

$(BUILD)/bpf/nestscope.o: $(BPF_OBJ)
	$(call msg,LINKBPF,$@)
	$(Q)$(BPFTOOL) gen object $@ $^

$(SKEL): $(BUILD)/bpf/nestscope.o
	$(call msg,SKEL,$@)
	$(Q)$(BPFTOOL) gen skeleton $< name nestscope_bpf >$@

# ---- the messages of other tools' formats: the same C for every architecture ----
PROTOS := perfetto prometheus
PROTO := $(PROTOS:%=$(PROTO_DIR)/%.pb-c)

$(PROTO_DIR)/%.pb-c.c $(PROTO_DIR)/%.pb-c.h: probes/%.proto
	$(call msg,PROTO,$<)
	$(Q)mkdir -p $(PROTO_DIR)
	$(Q)$(PROTOC_C) -Iprobes --c_out=$(PROTO_DIR) $<

# ---- style and script of pages of HTML, with their hashes ----
ASSETS := $(ASSETS_DIR)/html_assets.h

$(ASSETS): tui/html/page.css tui/html/page.js tui/html/embed
	$(call msg,EMBED,$@)
	$(Q)mkdir -p $(@D)
	$(Q)(tui/html/embed tui/html/page.css css && tui/html/embed tui/html/page.js js) >$@

# ---- the library and the program ----
PROBES_SRC := $(wildcard probes/*.c)
# serve needs libmicrohttpd: the lab's static binaries go without
HTTP := $(if $(STATIC),,$(shell $(PKG_CONFIG) --exists libmicrohttpd && echo yes))
TUI_SRC := $(filter-out tui/serve/$(if $(HTTP),none,http).c,$(wildcard tui/*.c tui/*/*.c))
PROBES_OBJ := $(PROBES_SRC:%.c=$(BUILD)/%.o) $(PROTOS:%=$(BUILD)/probes/%.pb-c.o)
TUI_OBJ := $(TUI_SRC:%.c=$(BUILD)/%.o)
LIB := $(BUILD)/libnestscope.a
BIN := $(BUILD)/nestscope

$(BUILD)/probes/%.o: probes/%.c | $(SKEL)
	$(call msg,CC,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(NS_CFLAGS) $(CFLAGS) -MMD -MP -c $< -o $@

# generated code is not held to our warnings
$(BUILD)/probes/%.pb-c.o: $(PROTO_DIR)/%.pb-c.c
	$(call msg,CC,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(filter-out $(WARN),$(NS_CFLAGS)) $(CFLAGS) -MMD -MP -c $< -o $@

$(BUILD)/probes/export_perfetto_out.o: $(PROTO_DIR)/perfetto.pb-c.h
$(BUILD)/probes/export_metrics_proto.o: $(PROTO_DIR)/prometheus.pb-c.h

$(BUILD)/tui/%.o: tui/%.c
	$(call msg,CC,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(NS_CFLAGS) -Itui $(CFLAGS) -MMD -MP -c $< -o $@

$(BUILD)/tui/html/page.o: $(ASSETS)

$(BUILD)/probes/session.o $(BUILD)/probes/ladder.o: $(SKEL)

$(LIB): $(PROBES_OBJ)
	$(call msg,AR,$@)
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$(BIN): $(TUI_OBJ) $(LIB)
	$(call msg,LINK,$@)
	$(Q)$(CC) $(CFLAGS) $(NS_LDFLAGS) $(LDFLAGS) $^ $(LIBS) -o $@

ifneq ($(SYSROOT),)
$(PROBES_OBJ) $(TUI_OBJ): | $(SYSROOT)/.complete
$(SYSROOT)/.complete:
	$(call msg,SYSROOT,$(ARCH))
	$(Q)tests/lab/sysroot $(subst x86_64,amd64,$(ARCH)) $(SYSROOT)
endif

.PHONY: all
all: $(BIN)

-include $(wildcard $(BUILD)/*/*.d $(BUILD)/*/*/*.d)
-include tests/tests.mk $(wildcard tests/*/*.mk)

# ---- man pages: what the program's tables say, in files (tests/cli compares) ----
.PHONY: man
man: $(BIN)
	$(Q)tui/man-pages $(BIN) man

# ---- installing: man pages, completion, the unit of serve, the kernel series, examples ----
PREFIX ?= /usr/local
SHARE = $(DESTDIR)$(PREFIX)/share
SERIES_FILES := $(wildcard kernel-patch/*.patch kernel-patch/config/*) kernel-patch/README.md \
	kernel-patch/Makefile
EXAMPLES := $(wildcard docs/examples/*)
UNIT = $(DESTDIR)$(PREFIX)/lib/systemd/system/nestscope.service
DOCS := README.md $(wildcard CHANGELOG.md) $(wildcard docs/*.md)
.PHONY: install uninstall clean setup
install: $(BIN)
	install -D -m 0755 $(BIN) $(DESTDIR)$(PREFIX)/bin/nestscope
	$(Q)install -d "$(SHARE)/man/man1" && install -m 0644 man/*.1 "$(SHARE)/man/man1"
	$(Q)install -D -m 0644 tui/completion/nestscope.bash "$(SHARE)/bash-completion/completions/nestscope"
	$(Q)install -D -m 0644 tui/completion/_nestscope "$(SHARE)/zsh/vendor-completions/_nestscope"
	$(Q)install -D -m 0644 tui/serve/nestscope.service "$(UNIT)"
	$(Q)sed -i 's,/usr/bin/,$(PREFIX)/bin/,' "$(UNIT)"
	$(Q)for f in $(SERIES_FILES); do \
		install -D -m 0644 "$$f" "$(SHARE)/nestscope/$$f" || exit 1; done
	$(Q)for f in apply steps; do \
		install -m 0755 "kernel-patch/$$f" "$(SHARE)/nestscope/kernel-patch/" || exit 1; done
	$(Q)install -d "$(SHARE)/doc/nestscope/examples" && install -m 0644 $(DOCS) "$(SHARE)/doc/nestscope"
	$(Q)cp -p --no-preserve=ownership $(EXAMPLES) "$(SHARE)/doc/nestscope/examples"

uninstall:
	rm -f $(DESTDIR)$(PREFIX)/bin/nestscope
	$(Q)for m in man/*.1; do rm -f "$(SHARE)/man/man1/$${m##*/}"; done
	$(Q)rm -f "$(SHARE)/bash-completion/completions/nestscope" "$(SHARE)/zsh/vendor-completions/_nestscope"
	$(Q)rm -f "$(UNIT)"
	$(Q)rm -rf "$(SHARE)/nestscope" "$(SHARE)/doc/nestscope"

clean:
	rm -rf build

setup:
	$(Q)tests/setup
