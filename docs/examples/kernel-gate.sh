#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# kernel-gate.sh: does my kernel make nested guests slower?
#
#	kernel-gate.sh IMAGE [BASELINE]
#
# Boots IMAGE (arm64, KVM with nested virtualization, BTF, BPF and ftrace; the
# fragment kernel-patch/config/arm64-lab.config has what it takes) in the lab, runs
# the workloads, and compares with BASELINE (kernel-gate.json).  Without a baseline
# it makes one: do that with the kernel you start from.  Run it at the top of a
# nestscope tree.  GATE_WORKLOADS=FILE and GATE_RULES=FILE are instead of
# tests/gate/workloads and tests/gate/rules.  Exit status: 0 passed, 1 regression,
# 2 bad data, 3 inconclusive.
set -eu
image=${1:?usage: kernel-gate.sh IMAGE [BASELINE]}
baseline=${2:-kernel-gate.json}
if [ ! -f "$image" ]; then
	echo "kernel-gate: no kernel $image: build one with ARCH=arm64 (arch/arm64/boot/Image)" >&2
	exit 2
fi

make -s gate-programs
set -- --workloads "${GATE_WORKLOADS:-tests/gate/workloads}" --rules "${GATE_RULES:-tests/gate/rules}"
if [ ! -e "$baseline" ]; then
	tests/gate/run "$@" --baseline "$baseline" --update "$image"
	echo "made $baseline; run this again with the kernel to be judged"
	exit 0
fi
status=0
tests/gate/run "$@" --baseline "$baseline" "$image" || status=$?
echo "details: build/gate/$(basename "$image")/gate.md, gate.json, gate.xml"
exit $status
