#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""agree.py: do two rungs of the ladder see the same, event for event?

Reads two recordings of the same run, one through the kvm_nv tracepoints and one
through fentry, and compares the events of each VM and vCPU in their order, with
every field that both can tell.  Prints TAP."""

import argparse
import collections
import itertools
import subprocess
import sys

# What is compared of each event: everything but times and what fentry does not see.
FIELDS = {
    "s2.fault": "dim,sub,vttbr,l2_ipa,l1_ipa,pc,esr,guest_size,map_size,ret,outcome",
    "s2.ctx": "dim,vttbr,vtcr,old_vttbr,pool",
    "s2.unmap": "dim,vttbr,start,size",
    "s2.wp": "dim,vttbr",
    "s2.tlbi": "dim,regval,contexts",
    "at.op": "dim,sub,va,par,par_fast,ret",
    "el2.vncr": "dim,esr,ret",
}


def events(nestscope, path, event):
    """{(vm, vcpu): [the fields of each event]}"""
    out = collections.defaultdict(list)
    text = subprocess.run([nestscope, "script", "-i", path, "-e", event, "-F", "vm,vcpu," + FIELDS[event]],
                          check=True, capture_output=True, text=True).stdout
    for line in text.splitlines():
        vm, vcpu, *fields = line.split()
        # unmaps of one VM may belong to no vCPU: the two rungs know that differently
        out[vm, "-" if event in ("s2.unmap", "s2.wp") else vcpu].append(fields)
    return out


def same(a, b):
    """Where both know a field it is the same."""
    return all(x == y or "unavailable" in (x, y) for x, y in zip(a, b))


def differences(nestscope, nv, fentry, event):
    a, b = events(nestscope, nv, event), events(nestscope, fentry, event)
    bad = []
    for key in sorted(set(a) | set(b)):
        pairs = itertools.zip_longest(a.get(key, []), b.get(key, []))
        for i, (x, y) in enumerate(pairs):
            if x is None or y is None or not same(x, y):
                bad.append(f"{key[0]} vcpu {key[1]} #{i}: tracepoint {x}, fentry {y}")
                break
    return sum(map(len, a.values())), bad


def main():
    ap = argparse.ArgumentParser(description=__doc__)
    ap.add_argument("--nestscope", required=True)
    ap.add_argument("--prefix", default="lab rungs")
    ap.add_argument("nv")
    ap.add_argument("fentry")
    a = ap.parse_args()
    failed = 0
    for event in FIELDS:
        n, bad = differences(a.nestscope, a.nv, a.fentry, event)
        if not n:
            bad.append("not one event")
        failed += bool(bad)
        print(f"not ok - {a.prefix}: {event}: " + "; ".join(bad[:3]) if bad else
              f"ok - {a.prefix}: {event}: both rungs see the same {n} events")
    return 1 if failed else 0


sys.exit(main())
