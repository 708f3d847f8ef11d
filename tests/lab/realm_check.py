#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""realm_check.py: does what nestscope saw of realms equal the firmware's account?

Reads a run directory of tests/lab/suite --rmm: stat.json, rmm.log (what the
firmware answered since it was started, and what granules it has at the end), the
file leaked (the kernel's own count) and stdout, where rtt-faulty says how each
walk must have stopped.  Prints TAP."""

import argparse
import collections
import json
import sys

# What the kernel asks at boot, before anybody can watch.
AT_BOOT = {"version.success": 1, "features.success": 1}
STOPS = ("busy", "failed", "no_progress")


def firmware(path):
    """({"rtt_create.success": n}, {"granules RTT": n})"""
    calls, rest = {}, {}
    for line in open(path, errors="replace"):
        w = line.split()
        if len(w) != 4 or w[0] != "rmm":
            continue
        if w[1] == "calls":
            calls[w[2].lower().replace("/", ".")] = int(w[3])
        else:
            rest[f"{w[1]} {w[2]}"] = int(w[3])
    return calls, rest


def seen(view, event):
    """{"rtt_create.success": n} of an event, all VMs together."""
    out = collections.Counter()
    for vm in view["vms"]:
        m = vm["metrics"].get(event)
        for dim, v in (m or {}).get("by", {}).items():
            for sub, n in v.get("sub", {"": v["count"]}).items():
                out[f"{dim}.{sub}".rstrip(".")] += n
    return {k: n for k, n in out.items() if n}


def differences(a, b, name_a, name_b):
    return [f"{k}: {name_a} {a.get(k, 0)}, {name_b} {b.get(k, 0)}"
            for k in sorted(set(a) | set(b)) if a.get(k, 0) != b.get(k, 0)]


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--prefix", default="lab realm")
    ap.add_argument("run")
    a = ap.parse_args()
    stat = json.load(open(f"{a.run}/stat.json"))
    calls, rest = firmware(f"{a.run}/rmm.log")
    failed = 0

    def tap(name, bad):
        nonlocal failed
        failed += bool(bad)
        print(f"not ok - {a.prefix}: {name}: {'; '.join(bad[:5])}" if bad else f"ok - {a.prefix}: {name}")

    mine = seen(stat, "rtt.call")
    for k, n in AT_BOOT.items():
        mine[k] = mine.get(k, 0) + n
    tap(f"{sum(calls.values())} calls by command and status are those of the firmware's account",
        differences(mine, calls, "seen", "firmware") or ([] if calls else ["the firmware tells of none"]))
    leaks = seen(stat, "rtt.leak")
    kernel = int(open(f"{a.run}/leaked").read())
    tap(f"{kernel} leaks are those of the kernel's count",
        [] if kernel == sum(leaks.values()) > 0 else [f"kernel {kernel}, seen {leaks}"])
    # host memory that is lost was never the RMM's
    kept = sum(n for k, n in rest.items() if k.startswith("granules "))
    want = kernel - leaks.get("pinned", 0)
    tap(f"every granule is the host's again, but the {want} that were leaked",
        [] if kept == want else [f"the firmware has {kept}: {rest}"])
    stops = collections.Counter()
    for line in open(f"{a.run}/stdout"):
        if line.startswith("{"):
            for case in json.loads(line).get("cases", []):
                stops[case["stop"]] += case["stops"]
    got = seen(stat, "rtt.teardown")
    tap("walks stop as the workload says", differences({s: stops.get(s, 0) for s in STOPS},
                                                       {s: got.get(s, 0) for s in STOPS}, "did", "seen"))
    return 1 if failed else 0


sys.exit(main())
