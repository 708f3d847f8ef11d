#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""alerts.py NESTSCOPE DIR: DIR has a recording of a fleet of real VMs (guest-fleet), which
is served as it happened, and a real Prometheus with the rules that are installed, but for
minutes that are seconds.  Each alert fires for the VM that deserves it, and none for the VM
that deserves none.  Prints TAP."""
import os
import re
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from prom import RULES, Serve, board, firing, have, ok, quick_rules, skip, watching  # noqa: E402

NS, DIR = sys.argv[1:3]
# what each workload is there for; and what else it cannot help
DESERVES = {
    "s2-tlbi": ({"NestscopeRefaultStorm", "NestscopeL2Stalled"}, set()),
    "s2-notifier": ({"NestscopeRefaultStorm"}, {"NestscopeL2Stalled"}),
    "s2-switch": ({"NestscopeContextThrash"}, {"NestscopeRefaultStorm", "NestscopeL2Stalled"}),
    "at-slow": ({"NestscopeAtSlow"}, set()),
    "rtt-faulty": ({"NestscopeRttLeak"}, set()),
    "at-fast": (set(), set()),
}
OF_HOSTS = {"NestscopeLoss", "NestscopeDown"}  # tests/serve/serve.py has these


def seconds():
    """How long the recording is, to be played once."""
    import json
    import subprocess
    out = subprocess.run([NS, "report", "--json", "-i", f"{DIR}/rec.nsr"], stdout=subprocess.PIPE, check=True)
    return json.loads(out.stdout)["duration_ns"] / 1e9


def play(scratch):
    """{VM: alerts that fired} over the whole recording, and what panels of the board were empty."""
    serve = Serve(NS, "-i", f"{DIR}/rec.nsr", "-I", "200")
    prom = watching(serve.port, quick_rules(scratch))
    fired, empty = {}, {f"{t}: {e}" for t, e in board()}
    end = time.monotonic() + seconds() + 15  # Prometheus has to start, and alerts to be evaluated
    while time.monotonic() < end:
        for alert, vm in firing(prom):
            fired.setdefault(vm, set()).add(alert)
        for title, expr in board():
            if f"{title}: {expr}" in empty and prom.query(expr.replace("[5m]", "[6s]")):
                empty.discard(f"{title}: {expr}")
        time.sleep(0.5)
    trouble = prom.trouble()
    prom.stop()
    serve.stop()
    return fired, empty, trouble


missing = have("prometheus")
if missing:
    skip("alerts of a fleet", "no prometheus: tests/setup test")
    sys.exit(0)
with open(f"{DIR}/vms") as f:
    vms = dict(reversed(line.split()) for line in f)
with tempfile.TemporaryDirectory() as d:
    fired, empty, trouble = play(d)
named = set(re.findall(r"alert: (\S+)", open(RULES).read()))
ok("each alert has a workload", named - OF_HOSTS - set().union(*(a for a, _ in DESERVES.values())))
for workload, (deserved, more) in DESERVES.items():
    got = fired.get(f"vmm({vms.get(workload)})", set())
    bad = got ^ deserved if not deserved <= got else got - deserved - more
    ok(f"{workload}: {', '.join(sorted(deserved)) or 'no alert'}",
       f"fired: {', '.join(sorted(got)) or 'none'}; {trouble}" if bad else "")
others = {vm: a for vm, a in fired.items() if vm not in {f"vmm({p})" for p in vms.values()}}
ok("no other alert", others)
# what this kernel, these VMs or 20 s do not have
ok("each panel of the board shows something", "; ".join(sorted(empty)))
