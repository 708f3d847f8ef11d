#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""live.py NESTSCOPE DIR: DIR is what guest-live left: counts of serve are the VM's, and
its exemplars are events that record saw, too, slow ones.  Prints TAP."""
import json
import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from prom import ok  # noqa: E402

NS, DIR = sys.argv[1:3]
NEAR_NS = 2_000_000  # two programs at one tracepoint, in an emulator


def text(name):
    with open(f"{DIR}/{name}") as f:
        return f.read()


def ns(seconds):
    """"17.292880141", as script has times."""
    return int(seconds.replace(".", ""))


def samples(om, name):
    """[(labels, value, exemplar's labels, exemplar's seconds)] of a metric."""
    pattern = rf"^{name}\{{([^}}]*)\}} (\S+)(?: # \{{([^}}]*)\}} (\S+) \S+)?$"
    labels = lambda t: dict(re.findall(r'(\w+)="([^"]*)"', t or ""))  # noqa: E731
    return [(labels(m[0]), float(m[1]), labels(m[2]), float(m[3] or 0)) for m in re.findall(pattern, om, re.M)]


def wrong_counts(om, did):
    """Counts by event and splits that are not the VM's own."""
    bad, checked = [], 0
    for key, n in did["counts"].items():
        if not re.fullmatch(r"\w+(\.\w+){2,3}", key):
            continue
        system, event, *splits = key.split(".")
        got = sum(v for labels, v, _, _ in samples(om, f"nestscope_{system}_{event}_total")
                  if labels["vm"] == f"vmm({did['pid']})" and set(splits) <= set(labels.values()))
        checked += 1
        if got != n:
            bad.append(f"{key} did {n}, serve has {got}")
    return "; ".join(bad) or ("" if checked else "nothing could be compared")


def recorded():
    """{cause: [(ts, vcpu, dur)]} as record saw it."""
    out = subprocess.run([NS, "script", "-i", f"{DIR}/rec.nsr", "-e", "s2.fault", "-F", "ts,vcpu,dim,dur"],
                         stdout=subprocess.PIPE, text=True, check=True).stdout
    by = {}
    for line in out.splitlines():
        ts, vcpu, cause, dur = line.split()
        by.setdefault(cause, []).append((ns(ts), vcpu, int(dur)))
    return by


def bad_exemplars(om):
    by, bad, found = recorded(), [], 0
    for labels, _, e, seconds in samples(om, "nestscope_s2_fault_duration_seconds_bucket"):
        if not e:
            continue
        events = by.get(labels["cause"], [])
        near = [d for ts, vcpu, d in events
                if abs(ts - ns(e["ts"])) < NEAR_NS and vcpu == e["vcpu"] and 0.5 < d / (seconds * 1e9) < 2]
        slow = sorted(d for _, _, d in events)
        found += 1
        if not near:
            bad.append(f"{labels['cause']} {e} {seconds}: record saw no such event")
        elif max(near) < slow[len(slow) * 9 // 10]:
            bad.append(f"{labels['cause']} {e} {seconds}: one in ten is slower")
    return "; ".join(bad) or ("" if found else "there is none")


ok("in the lab: serve has the VM's counts",
   wrong_counts(text("second.om"), json.loads(text("second.json").splitlines()[0])))
ok("in the lab: exemplars are slow events that record saw", bad_exemplars(text("first.om")))
ok("in the lab: SIGTERM ends it", "" if text("serve.status").strip() == "0" else text("serve.err"))
