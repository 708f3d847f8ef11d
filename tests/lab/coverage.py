#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""coverage.py: does every value of every event occur in some workload?

Reads the suite's recording on a kernel with our tracepoints.  A value that does
not occur must stand in tests/lab/not-produced, with the reason; one that stands
there and does occur is a failure as well.  Prints TAP."""

import argparse
import collections
import os
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
# The splits and fields whose every value a workload must bring about.
WANTED = ["s2.fault split by", "s2.fault outcome", "s2.ctx split by", "s2.unmap split by", "s2.tlbi split by",
          "s2.tlbi source", "at.op split by", "mmio.cache split by", "el2.vncr split by", "el2.vncr_inval split by"]


# And of those that only realms have.
WANTED_REALM = ["rtt.call split by", "rtt.op split by", "rtt.teardown split by", "rtt.leak split by"]


def catalogue(nestscope):
    """{"s2.fault outcome": [values]} from `nestscope help events`."""
    text = subprocess.run([nestscope, "help", "events"], check=True, capture_output=True, text=True).stdout
    out, event, part = collections.defaultdict(list), None, None
    for line in text.splitlines():
        if m := re.match(r"(\S+\.\S+): ", line):
            event, part = m[1], None
        elif m := re.match(r"    (\S.*?)( is one of)?:$", line):
            part = None if m[1] == "fields" else m[1]
        elif part and (m := re.match(r"      (\S+)", line)):
            out[f"{event} {part}"].append(m[1])
    return out


def seen(nestscope, path, what):
    event, part = what.split(" ", 1)
    column = "dim" if part == "split by" else part
    out = subprocess.run([nestscope, "script", "-i", path, "-e", event, "-F", column], check=True, capture_output=True,
                         text=True).stdout
    return set(out.split())


def excused():
    """{("s2.fault outcome", "af"): reason}"""
    out = {}
    for line in open(os.path.join(HERE, "not-produced")):
        if line.strip() and not line.startswith("#"):
            what, value, reason = (w.strip() for w in line.split(":", 2))
            out[what, value] = reason
    return out


def main():
    ap = argparse.ArgumentParser(description=__doc__)
    ap.add_argument("--nestscope", required=True)
    ap.add_argument("--prefix", default="lab coverage")
    ap.add_argument("--realm", action="store_true", help="the workloads are realms'")
    ap.add_argument("recording")
    a = ap.parse_args()
    values, why, failed = catalogue(a.nestscope), excused(), 0
    for what in WANTED_REALM if a.realm else WANTED:
        got = seen(a.nestscope, a.recording, what)
        bad = [f"{v} never occurs" for v in values[what] if v not in got and (what, v) not in why]
        bad += [f"{v} occurs, though tests/lab/not-produced says it cannot" for v in got if (what, v) in why]
        if not values[what]:
            bad.append("not in the catalogue")
        failed += bool(bad)
        print(f"not ok - {a.prefix}: {what}: " + ", ".join(bad) if bad else
              f"ok - {a.prefix}: {what}: {len(got)} of {len(values[what])} values occur, the others cannot")
    return 1 if failed else 0


sys.exit(main())
